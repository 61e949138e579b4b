"""Articles from folders and tables, and every way in which they can be wrong."""

import doctest
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from harness import corpus
from harness.corpus import divided_stories, file_stem, load_articles, split_of
from harness.errors import ConfigurationError, CorpusError
from harness.records import Article


def folder(path: Path, manifest: str | bytes | None = None, **texts: str | bytes) -> Path:
    """A folder with a manifest and one .txt file for each keyword."""
    path.mkdir(exist_ok=True)
    if manifest is not None:
        data = manifest.encode() if isinstance(manifest, str) else manifest
        (path / "manifest.csv").write_bytes(data)
    for stem, text in texts.items():
        data = text.encode() if isinstance(text, str) else text
        (path / f"{stem}.txt").write_bytes(data)
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load_articles(path)
    return [str(problem) for problem in caught.value.problems]


def one_problem(path: Path) -> str:
    (problem,) = problems(path)
    return problem


# --- folders


def test_folder_with_manifest_reads_all_facts(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        "id,file,published,source,story,note,split,tags\n"
        'b/1,b.txt,2021-04-16,"TASS, Moscow",s1,ignored,dev, short ; x;\n'
        "a,a.txt,,,,,,\n",
        a="A text",
        b="B text",
    )
    assert load_articles(path) == [
        Article("a", "A text", split="dev"),
        Article("b/1", "B text", date(2021, 4, 16), "TASS, Moscow", "s1", "dev", ("short", "x")),
    ]


def test_folder_without_manifest_names_articles_after_their_files(tmp_path: Path) -> None:
    path = folder(tmp_path, b="two", a="one")
    (path / ".hidden.txt").write_text("not an article")
    (path / "readme.md").write_text("not an article")
    (path / "folder.txt").mkdir()
    assert load_articles(path) == [
        Article("a", "one", split="dev"),
        Article("b", "two", split="dev"),
    ]


def test_folder_is_sorted_by_id_not_by_file(tmp_path: Path) -> None:
    path = folder(tmp_path, "id,file\nz,a.txt\ny,b.txt\n", a="one", b="two")
    assert [article.id for article in load_articles(path)] == ["y", "z"]


def test_manifest_may_name_files_in_folders_within(tmp_path: Path) -> None:
    path = folder(tmp_path, "id,file\na,./in/a.txt\n")
    folder(path / "in", a="deep")
    assert load_articles(path) == [Article("a", "deep", split="dev")]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\rthree\n", "one\r\ntwo\rthree\n"),
        (b"\xef\xbb\xbfwith a mark", "with a mark"),
        ("no\u00a0break \u2028 é".encode(), "no\u00a0break \u2028 é"),
        (b"  spaces stay \n\n", "  spaces stay \n\n"),
    ],
)
def test_text_is_kept_to_the_letter(tmp_path: Path, data: bytes, text: str) -> None:
    assert load_articles(folder(tmp_path, a=data))[0].text == text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("x,gone.txt,", "manifest.csv: line 3: there is no file 'gone.txt'"),
        ("x,,", "manifest.csv: line 3: the file is empty"),
        ("x,/etc/passwd,", "manifest.csv: line 3: file '/etc/passwd' is not inside"),
        ("x,../a.txt,", "manifest.csv: line 3: file '../a.txt' is not inside"),
        ("x,in/../a.txt,", "manifest.csv: line 3: file 'in/../a.txt' is not inside"),
        (r"x,C:\a.txt,", r"manifest.csv: line 3: file 'C:\\a.txt' is not inside"),
        ("x,a\0.txt,", "manifest.csv: line 3: there is no file 'a\\x00.txt'"),
        ("x,./a.txt,", "line 3: file './a.txt' is that of"),
        ("x,out.txt,", "line 3: file 'out.txt' is a link out of"),
        ("x,broken.txt,", "line 3: there is no file 'broken.txt'"),
        ("x,a.txt,,,", "manifest.csv: line 3: has 5 cells and the header 3"),
        ("x,a.txt", "manifest.csv: line 3: has 2 cells and the header 3"),
        ('x,"a.txt,', "manifest.csv: line 3: is not CSV"),
    ],
)
def test_manifest_row_problem_is_the_only_one_reported(
    tmp_path: Path, row: str, expected: str
) -> None:
    outside = folder(tmp_path / "outside", secret="not yours")
    path = folder(tmp_path / "corpus", f"id,file,note\nok,a.txt,\n{row}\n", a="text")
    if "out.txt" in row:
        (path / "out.txt").symlink_to(outside / "secret.txt")
    if "broken.txt" in row:
        (path / "broken.txt").symlink_to(outside / "gone.txt")
    assert expected in one_problem(path)


def test_text_without_a_row_is_a_problem(tmp_path: Path) -> None:
    path = folder(tmp_path, "id,file\na,a.txt\n", a="text", b="forgotten")
    problem = one_problem(path)
    assert problem.startswith(f"{path / 'b.txt'}: has no row in {path / 'manifest.csv'}: add one")


def test_link_out_of_a_folder_without_manifest_is_a_problem(tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside", secret="not yours")
    path = folder(tmp_path / "corpus", a="text")
    (path / "b.txt").symlink_to(outside / "secret.txt")
    assert "b.txt: is a link out of the folder" in one_problem(path)


def test_manifest_without_its_columns_is_one_problem(tmp_path: Path) -> None:
    path = folder(tmp_path, "article;file\na;a.txt\n", a="text")
    assert one_problem(path) == (
        f"{path / 'manifest.csv'}: has no 'id' and no 'file', only ['article;file']: "
        "add what is missing"
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"ok \xe9t\xe9", "a.txt: byte 3 (0xe9) is not UTF-8: save the file as UTF-8"),
        (b"\xef\xbb\xbfok\xe9", "a.txt: byte 5 (0xe9) is not UTF-8: save the file as UTF-8"),
        ("text".encode("utf-16"), "a.txt: is UTF-16 or UTF-32: save it as UTF-8"),
        (b"\xfe\xff\x00t", "a.txt: is UTF-16 or UTF-32: save it as UTF-8"),
        ("text".encode("utf-16-le"), "a.txt: character 1 of the text is NUL"),
        (b"", "a.txt: the text is empty"),
        (b" \n\t\r\n", "a.txt: the text is empty"),
    ],
)
def test_unusable_text_is_a_problem(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in one_problem(folder(tmp_path, a=data))


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        "id,file,published\na,a.txt,yesterday\n,b.txt,2021-04-31\na,c.txt,\nd,gone.txt,2021-4-1\n",
        a=b"\xff\xfea\x00",
        b="",
        c="fine",
        e="no row",
    )
    found = problems(path)
    expected = [
        "a.txt: is UTF-16",
        "b.txt: the text is empty",
        "line 5: there is no file 'gone.txt'",
        "e.txt: has no row",
        "line 2: published is 'yesterday'",
        "line 3: the id is empty",
        "line 3: published is '2021-04-31'",
        "line 5: published is '2021-4-1'",
        "line 4: id 'a' is that of",
    ]
    assert len(found) == len(expected)
    assert all(part in problem for part, problem in zip(expected, found, strict=True))


# --- tables


def jsonl(path: Path, *lines: object) -> Path:
    file = path / "articles.jsonl"
    file.write_text(
        "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines),
        encoding="utf-8",
    )
    return file


def parquet_file(path: Path, columns: dict[str, object]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table(columns), path / "articles.parquet")
    return path / "articles.parquet"


WHOLE = Article("b", "T\r\n", date(2021, 4, 16), "TASS", "s", "dev", ("x", "y"))
BARE = Article("a", "text", split="dev")


def test_jsonl_reads_all_facts_in_file_order(tmp_path: Path) -> None:
    row = {"id": "b", "text": "T\r\n", "published": "2021-04-16", "source": "TASS", "story": "s"}
    file = jsonl(
        tmp_path,
        {**row, "split": "dev", "tags": ["x", " y"], "other": {}},
        "\n",
        {"article_id": "a", "text": "text", "published": None, "source": None, "tags": None},
    )
    assert load_articles(file) == [WHOLE, BARE]


def test_csv_reads_all_facts_in_file_order(tmp_path: Path) -> None:
    file = tmp_path / "articles.CSV"
    file.write_bytes(
        b"\xef\xbb\xbfid,text, published,source,story,split,tags,other\r\n"
        b'b,"T\r\n",2021-04-16,TASS,s,dev,x;y,1\r\n\r\na,text,,,,,,\r\n'
    )
    assert load_articles(file) == [WHOLE, BARE]


def test_parquet_reads_all_facts_in_file_order(tmp_path: Path) -> None:
    file = parquet_file(
        tmp_path,
        {
            "id": ["b", "a"],
            "text": ["T\r\n", "text"],
            "published": [date(2021, 4, 16), None],
            "source": ["TASS", None],
            "story": ["s", ""],
            "split": ["dev", None],
            "tags": [["x", "y"], None],
            "other": [float("nan"), 1.0],
        },
    )
    assert load_articles(file) == [WHOLE, BARE]


def test_parquet_written_by_pandas_is_read(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(
        {
            "id": [7, 8],
            "text": ["one", "two"],
            "published": pandas.to_datetime(["2021-04-16", None]),
            "story": [float("nan"), float("nan")],
            "tags": ["x;y", None],
        }
    )
    frame.to_parquet(tmp_path / "articles.parquet")
    assert load_articles(tmp_path / "articles.parquet") == [
        Article("7", "one", date(2021, 4, 16), split="dev", tags=("x", "y")),
        Article("8", "two", split="dev"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id": "a", "text": ', "line 2: is not JSON"),
        ("[" * 200_000, "line 2: is not JSON"),
        ('["a", "text"]', "line 2: is no JSON object"),
        ({"text": "text"}, "line 2: has no 'id', only ['text']"),
        ({"id": "a"}, "line 2: has no 'text', only ['id']"),
        ({"id": "a", "text": 5}, "line 2: text is 5: give the text"),
        ({"id": "a", "text": None}, "line 2: text is None: give the text"),
        ({"id": "a", "text": " "}, "line 2: the text is empty"),
        ({"id": "a", "text": "\ud800"}, "line 2: character 0 of the text is half a surrogate"),
        ({"id": "\ud800", "text": "t"}, "line 2: id '\\ud800' holds half a surrogate pair"),
        ({"id": "", "text": "t"}, "line 2: the id is empty"),
        ({"id": None, "text": "t"}, "line 2: the id is empty"),
        ({"id": 1.5, "text": "t"}, "line 2: id is 1.5: write it as text"),
        ({"id": True, "text": "t"}, "line 2: id is True: write it as text"),
        ({"id": "first", "text": "t"}, "line 2: id 'first' is that of"),
        ({"id": "a", "text": "t", "published": "20210416"}, "published is '20210416': write"),
        ({"id": "a", "text": "t", "published": "2021-02-30"}, "published is '2021-02-30' (day"),
        ({"id": "a", "text": "t", "published": 2021}, "published is 2021: write a day"),
        ({"id": "a", "text": "t", "source": ["x"]}, "line 2: source is ['x']: write it as text"),
        ({"id": "a", "text": "t", "tags": [1]}, "line 2: tags is [1]: write words"),
        ({"id": "a", "text": "t", "tags": {}}, "line 2: tags is {}: write words"),
    ],
)
def test_jsonl_line_problem(tmp_path: Path, line: object, expected: str) -> None:
    file = jsonl(tmp_path, {"id": "first", "text": "text"}, line)
    problem = one_problem(file)
    assert problem.startswith(f"{file}: ")
    assert expected in problem


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("id,body\na,text\n", "articles.csv: has no 'text', only ['id', 'body']"),
        ("", "articles.csv: has no 'id' and no 'text', only []"),
        ("id,text,text\na,b,c\n", "articles.csv: has 'text' twice"),
        ('id,text\na,"one\ntwo"\nb,x,y\n', "articles.csv: line 4: has 3 cells and the header 2"),
        ('id,text\na,"one" two\n', "articles.csv: line 2: is not CSV"),
        ("id,text\n", "articles.csv: holds no article"),
    ],
)
def test_csv_problem(tmp_path: Path, data: str, expected: str) -> None:
    (tmp_path / "articles.csv").write_text(data)
    assert expected in one_problem(tmp_path / "articles.csv")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"id": ["a"]}, "articles.parquet: has no 'text', only ['id']"),
        ({"id": ["a"], "text": [None]}, "articles.parquet: row 1: text is None"),
        ({"id": ["a"], "text": [b"bytes"]}, "articles.parquet: row 1: text is b'bytes'"),
        (
            {"id": ["a"], "text": ["t"], "published": [datetime(2021, 4, 16, 12)]},  # noqa: DTZ001
            "row 1: published is datetime.datetime(2021, 4, 16, 12, 0): write a day",
        ),
    ],
)
def test_parquet_problem(tmp_path: Path, columns: dict[str, object], expected: str) -> None:
    assert expected in one_problem(parquet_file(tmp_path, columns))


def test_parquet_that_is_none_is_a_problem(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "articles.parquet").write_bytes(b"no Parquet")
    assert "is no readable Parquet file" in one_problem(tmp_path / "articles.parquet")


def test_parquet_without_pyarrow_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "articles.parquet").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"pip install 'claim-harness\[parquet\]'"):
        load_articles(tmp_path / "articles.parquet")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path / "gone", "gone: is not there: give a folder of .txt files"),
        (lambda path: folder(path), "holds no article: give a folder of .txt files"),
        (lambda path: folder(path, "id,file\n"), "holds no article"),
        (lambda path: folder(path, a="text") / "a.txt", "a.txt: is no table that can be read"),
    ],
)
def test_path_without_articles_says_what_to_give(
    tmp_path: Path, make: Callable[[Path], Path], expected: str
) -> None:
    assert expected in one_problem(make(tmp_path))


def test_unreadable_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = folder(tmp_path, a="text")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "a.txt: cannot be read (Permission denied)" in one_problem(path)


# --- splits


@pytest.mark.parametrize(
    ("name", "split"),
    [
        # The last digit of what `printf %s NAME | sha256sum` prints: b, d, 5, a, e.
        ("a", "dev"),
        ("b", "dev"),
        ("harbour-dispute", "dev"),
        ("y", "test"),
        ("ключ", "test"),
    ],
)
def test_split_of_is_the_same_for_ever(name: str, split: str) -> None:
    assert split_of(name) == split


def test_split_of_takes_any_text_and_parts_names_in_halves() -> None:
    assert split_of("half \ud83d") in {"dev", "test"}
    sides = [split_of(f"article {number}") for number in range(1000)]
    assert 450 < sides.count("dev") < 550
    assert sides.count("dev") + sides.count("test") == 1000


def splits(path: Path) -> dict[str, str]:
    return {article.id: article.split for article in load_articles(path)}


def test_split_follows_the_story_and_not_who_else_is_there(tmp_path: Path) -> None:
    ids = [f"a{number}" for number in range(20)]
    stories = {each: f"story {number // 4}" for number, each in enumerate(ids)}
    rows = [{"id": each, "text": "t", "story": stories[each]} for each in ids]
    whole = splits(jsonl(tmp_path, *rows))
    assert set(whole.values()) == {"dev", "test"}
    assert {each: split_of(story) for each, story in stories.items()} == whole
    fewer = splits(jsonl(tmp_path, *reversed(rows[7:9])))
    assert fewer == {each: whole[each] for each in ("a7", "a8")}
    # Without their stories, they are on the side of their own ids.
    alone = splits(jsonl(tmp_path, *({**row, "story": None} for row in rows)))
    assert alone == {each: split_of(each) for each in ids}
    assert alone != whole


def test_split_of_a_folder_is_that_of_a_table(tmp_path: Path) -> None:
    rows = [("a", "fire", ""), ("b", "vote", ""), ("c", "", ""), ("d", "", "mine")]
    manifest = "id,file,story,split\n"
    manifest += "".join(f"{name},{name}.txt,{story},{split}\n" for name, story, split in rows)
    path = folder(tmp_path / "folder", manifest, a="t", b="t", c="t", d="t")
    lines = [{"id": a, "text": "t", "story": story, "split": split} for a, story, split in rows]
    assert splits(path) == splits(jsonl(tmp_path, *lines))
    assert splits(path)["d"] == "mine"
    bare = folder(tmp_path / "bare", a="t", c="t")
    assert splits(bare) == {"a": split_of("a"), "c": split_of("c")}


def test_split_that_is_written_stays_and_its_story_follows(tmp_path: Path) -> None:
    other = {"dev": "test", "test": "dev"}[split_of("fire")]
    found = load_articles(
        jsonl(
            tmp_path,
            {"id": "a", "text": "t", "story": "fire"},
            {"id": "b", "text": "t", "story": "fire", "split": other},
            {"id": "c", "text": "t", "story": "fire", "split": " "},
            {"id": "d", "text": "t", "story": "vote", "split": "train"},
            {"id": "e", "text": "t", "story": "vote"},
            {"id": "f", "text": "t", "split": "train"},
        )
    )
    assert [each.split for each in found] == [other, other, other, "train", "train", "train"]
    assert divided_stories(found) == {}


def test_split_of_a_story_that_is_divided_is_no_guess(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path,
        {"id": "a", "text": "t", "story": "fire", "split": "train"},
        {"id": "b", "text": "t", "story": "fire", "split": "held out"},
        {"id": "c", "text": "t", "story": "fire"},
        {"id": "d", "text": "t", "split": "train"},
        {"id": "e", "text": "t", "split": "held out"},
    )
    found = load_articles(file)
    assert [each.split for each in found[:3]] == ["train", "held out", split_of("fire")]
    assert divided_stories(found) == {
        "fire": tuple(sorted({"held out", "train", split_of("fire")}))
    }


# --- file names


@pytest.mark.parametrize(
    ("article_id", "stem"),
    [
        ("000_2be0101697c4b7b8", "000_2be0101697c4b7b8"),
        ("a b-c~d.e", "a b-c~d.e"),
        ("https://x.org/a?b=1", "https%3A%2F%2Fx.org%2Fa%3Fb%3D1"),
        ("100%", "100%25"),
        ("\u00e9", "%C3%A9"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("../a", "..%2Fa"),
        ("a\\b\0c\n", "a%5Cb%00c%0A"),
    ],
)
def test_file_stem_is_safe(article_id: str, stem: str) -> None:
    assert file_stem(article_id) == stem


def test_file_stem_of_a_long_id_is_short_and_its_own() -> None:
    stems = {file_stem("/" * 300 + end) for end in ("a", "b", "")}
    assert len(stems) == 3
    assert all(len(stem) < 250 for stem in stems)


def test_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(corpus).failed == 0


def test_tags_of_a_list_are_apart_at_a_semicolon_as_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"id": "a", "text": "t", "tags": ["long; winding", " wire "]}\n')
    (article,) = load_articles(path)
    assert article.tags == ("long", "winding", "wire")
