"""Tables and texts that people write: rows with their places, and problems instead of errors.

What tables of articles hold, and how they fail, is tested in `test_corpus`.
"""

import csv
from pathlib import Path

import pytest

from harness.errors import InputError, Problem
from harness.tables import TABLES, Columns, read_csv, read_jsonl, read_parquet, read_text

COLUMNS = Columns(required=(("id", "article_id"), ("text",)), optional=("split",))


def test_every_reader_is_in_the_table() -> None:
    assert {".jsonl": read_jsonl, ".csv": read_csv, ".parquet": read_parquet} == TABLES


def test_columns_are_known_by_every_name() -> None:
    assert COLUMNS.names == {"id", "article_id", "text", "split"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["id", "text"], None),
        (["article_id", "id", "text", "split"], None),
        (["article_id", "text", "other", "other"], None),
        (["text"], "has no 'id', only ['text']: add what is missing"),
        ([], "has no 'id' and no 'text', only []: add what is missing"),
        (["id", "text", "split", "split"], "has 'split' twice: keep one column of each name"),
    ],
)
def test_columns_say_what_is_missing_or_double(names: list[str], expected: str | None) -> None:
    assert COLUMNS.problem(names) == expected


def test_rows_stand_at_their_first_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,text\n\na,"one\ntwo"\nb,three\n')
    (tmp_path / "t.jsonl").write_text('{"id": "a", "text": 1}\n\n{"id": "b", "text": 2}')
    problems: list[Problem] = []
    rows = read_csv(tmp_path / "t.csv", COLUMNS, problems)
    rows += read_jsonl(tmp_path / "t.jsonl", COLUMNS, problems)
    assert problems == []
    assert [(Path(where).name, values["id"]) for where, values in rows] == [
        ("t.csv: line 3", "a"),
        ("t.csv: line 5", "b"),
        ("t.jsonl: line 1", "a"),
        ("t.jsonl: line 3", "b"),
    ]


def test_csv_reads_cells_of_any_length_and_leaves_the_limit_of_csv_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    text = "long " * 100_000
    (tmp_path / "t.csv").write_text(f"id,text\na,{text}\n")
    ((_, values),) = read_csv(tmp_path / "t.csv", COLUMNS, [])
    assert values["text"] == text
    assert csv.field_size_limit() == before


def test_jsonl_ends_lines_at_line_feeds_only(tmp_path: Path) -> None:
    line = '{"id": "a", "text": "one\u2028two\x85three"}\r\n'
    (tmp_path / "t.jsonl").write_bytes(line.encode())
    ((_, values),) = read_jsonl(tmp_path / "t.jsonl", COLUMNS, [])
    assert values["text"] == "one\u2028two\x85three"


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_table_in_another_encoding_is_one_problem(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"t{suffix}"
    file.write_bytes(b"id,text\na,\xe9\n")
    problems: list[Problem] = []
    assert TABLES[suffix](file, COLUMNS, problems) == []
    assert problems == [Problem(str(file), "byte 10 (0xe9) is not UTF-8: save the file as UTF-8")]


def test_read_text_raises_one_problem_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.txt: cannot be read \(No such file"):
        read_text(tmp_path / "gone.txt")
