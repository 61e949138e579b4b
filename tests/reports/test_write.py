"""Files are there whole or not at all."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.claims import ClaimSchema
from harness.evaluate import Evaluation, evaluate
from harness.records import Cell, CellPredictions, CellUsage, Gold, Prediction
from harness.reports.claims_table import claims_csv, claims_table
from harness.reports.comparisons_table import comparisons_csv, comparisons_table
from harness.reports.csv_text import to_csv
from harness.reports.frame import json_rows
from harness.reports.leaderboard_table import (
    leaderboard_csv,
    leaderboard_records,
    leaderboard_table,
)
from harness.reports.tables import (
    articles_csv,
    articles_table,
    fields_csv,
    fields_table,
    grounding_csv,
    grounding_table,
    scores_csv,
    scores_table,
)
from harness.reports.write import (
    REPORTS,
    ResultFiles,
    render_reports,
    write_claims,
    write_files,
    write_reports,
)


def test_write_files_writes_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    write_files(tmp_path / "a" / "b", {"x.csv": "é\n", "y.csv": "\n"})
    assert (tmp_path / "a" / "b" / "x.csv").read_bytes() == "é\n".encode()
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["x.csv", "y.csv"]


def test_write_files_leaves_old_files_and_no_rubbish_where_one_fails(tmp_path: Path) -> None:
    write_files(tmp_path, {"x.csv": "old\n"})
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"x.csv": "new\n", "y.csv": "\ud800"})
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_text() == "old\n"


def test_write_files_are_as_readable_as_other_new_files(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write_files(tmp_path, {"x.csv": ""})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_the_files_of_a_result_are_written_without_pandas() -> None:
    code = """
import sys
from harness.claims import load_schema
from harness.evaluate import evaluate
from harness.records import Cell, CellPredictions, Gold, GoldClaim, Prediction
from harness.reports.page import PageFacts, page_html
from harness.reports.summary import summarize
from harness.reports.terminal import leaderboard_text
from harness.reports.write import render_reports

date = {"text": "May 2", "value": "2031-05-02"}
cells = [
    CellPredictions(Cell(name, "p"), ("dates",), [Prediction("a", {"dates": [date]})])
    for name in ("m", "n")
]
evaluation = evaluate(cells, {"a": Gold("a", {"dates": (GoldClaim(date),)})}, load_schema())
assert all(render_reports(evaluation, {}, {}).values())
assert "May 2" in "".join(page_html(evaluation, PageFacts("result")))
leaderboard_text(summarize(evaluation), 80)
print("pandas" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "False\n"


@pytest.mark.parametrize(
    ("frame", "lines"),
    [
        (lambda evaluation: leaderboard_table(evaluation), leaderboard_csv),
        (
            lambda evaluation: comparisons_table(evaluation.comparisons),
            lambda evaluation: comparisons_csv(evaluation.comparisons),
        ),
        (scores_table, scores_csv),
        (articles_table, articles_csv),
        (fields_table, fields_csv),
        (grounding_table, grounding_csv),
        (claims_table, claims_csv),
    ],
)
def test_a_table_has_the_same_csv_with_and_without_a_data_frame(
    evaluation: Evaluation,
    grounded: Evaluation,
    frame: Callable[[Evaluation], pd.DataFrame],
    lines: Callable[[Evaluation], Iterable[str]],
) -> None:
    for each in (evaluation, grounded):
        assert "".join(lines(each)) == to_csv(frame(each))
    assert len(frame(grounded)) > 0


def test_records_of_the_leaderboard_are_those_of_its_data_frame(evaluation: Evaluation) -> None:
    records = leaderboard_records(evaluation)
    assert records == json_rows(leaderboard_table(evaluation))
    assert [list(map(type, each.values())) for each in records] == [
        list(map(type, each.values())) for each in json_rows(leaderboard_table(evaluation))
    ]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_result_files_are_there_all_at_once(tmp_path: Path) -> None:
    with ResultFiles(tmp_path) as files:
        files.write("x.csv", ["a\n", "b\n"])
        files.write("y.csv", ["c\n"])
        files.write("x.csv", ["d\n"])
        assert ("x.csv" in files, "z.csv" in files) == (True, False)
        assert all(name.startswith(".") for name in names_in(tmp_path))
    assert names_in(tmp_path) == ["x.csv", "y.csv"]
    assert (tmp_path / "x.csv").read_text() == "a\nb\nd\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("is_new", [True, False])
def test_result_files_leave_nothing_where_something_fails(
    tmp_path: Path, error: BaseException, is_new: bool
) -> None:
    write_files(tmp_path / "old", {"x.csv": "old\n"})
    folder = tmp_path / ("new/deep" if is_new else "old")
    with pytest.raises(type(error)), ResultFiles(folder) as files:
        files.write("x.csv", ["half of "])
        files.write("y.csv", ["all\n"])
        raise error
    assert folder.exists() is not is_new
    assert names_in(tmp_path / "old") == ["x.csv"]
    assert (tmp_path / "old" / "x.csv").read_text() == "old\n"


def test_result_files_remove_only_a_folder_that_was_made_for_them(tmp_path: Path) -> None:
    for is_new in (False, True):
        with pytest.raises(ValueError, match="no"), ResultFiles(tmp_path, is_new=is_new) as files:
            files.write("x.csv", ["x"])
            raise ValueError("no")
        assert tmp_path.exists() is not is_new


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_result_files_that_cannot_be_finished_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is buffered fails when it is written out, and again when the file is closed."""
    opened = Path.open

    def full(path: Path, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        path.touch()
        return opened(Path("/dev/full") if "y.csv" in path.name else path, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    folder = tmp_path / "new"
    with pytest.raises(OSError, match="No space left"), ResultFiles(folder) as files:
        files.write("x.csv", ["x\n"])
        files.write("y.csv", ["y\n"])
    assert not folder.exists()


def test_claims_written_while_articles_are_scored_are_those_of_kept_results(
    tmp_path: Path,
    schema: ClaimSchema,
    gold: dict[str, Gold],
    usage: dict[Cell, CellUsage],
) -> None:
    cells = [
        CellPredictions(
            Cell("m", prompt),
            ("dates", "quotes"),
            [
                Prediction(name, {"dates": [{"text": "=1", "value": "2031-04-15"}]}, repeat)
                for name in ("a2", "a1")
                for repeat in range(2)
            ],
        )
        for prompt in "pq"
    ]
    with ResultFiles(tmp_path) as files:
        evaluation = evaluate(cells, gold, schema, each=write_claims(files))
        write_reports(files, evaluation, usage, {})
    assert names_in(tmp_path) == sorted(REPORTS)
    found = {name: (tmp_path / name).read_bytes().decode() for name in REPORTS}
    assert found == render_reports(evaluate(cells, gold, schema), usage, {})
    assert len(found["claims.csv"].splitlines()) > 8


def test_reports_of_kept_results_are_written_as_they_are_rendered(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    with ResultFiles(tmp_path) as files:
        write_reports(files, evaluation, {}, {})
    found = {name: (tmp_path / name).read_bytes().decode() for name in REPORTS}
    assert found == render_reports(evaluation, {}, {})
