"""No text from outside is run, followed or read as markup, in any form that a result takes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console, RenderableType

from harness.cli.main import _main
from harness.reports.compare import comparison_table, load_result
from harness.reports.comparison_text import comparison_text
from harness.reports.csv_text import read_csv, to_csv
from harness.reports.formats import TABLES
from harness.reports.junit import result_junit
from harness.reports.markdown import comparison_markdown, result_markdown
from harness.reports.plain import storable
from harness.reports.result_json import result_json, rows_json
from harness.reports.stored import StoredResult, load_stored
from harness.reports.terminal import summary_text

from .hostile import HOSTILE, write_hostile

# What a spreadsheet may take for the beginning of a formula.
FORMULA = re.compile("^[\\s\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
# What moves a cursor, colours, or reverses a line.
UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]")
SGR = re.compile("\x1b\\[[0-9;]*m")
OUR_ELEMENTS = {
    *("h3", "p", "ul", "li", "strong", "code", "details", "summary", "sub"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "`<b>`"
    write_hostile(path)
    return path


@pytest.fixture(scope="module")
def result(folder: Path) -> StoredResult:
    return load_stored(folder)


@pytest.fixture(scope="module")
def compared(folder: Path) -> pd.DataFrame:
    """All cells beside one of them: the baseline's name is hostile as well."""
    loaded = load_result(folder)
    base = next(cell for cell in loaded.cells if cell.model.startswith("=cmd"))
    return comparison_table(loaded, baseline=f"{base.model}:{base.prompt}")


def cells_of(text: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""))


def is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell))


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 20


@pytest.mark.parametrize("table", TABLES)
def test_csv_has_no_formula_and_as_many_cells_in_every_row(folder: Path, table: str) -> None:
    content = (folder / f"{table}.csv").read_bytes()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", content)
    header, *rows = cells_of(content.decode("utf-8"))
    assert len(rows) >= len(HOSTILE) // 2
    for row in rows:
        assert len(row) == len(header)
        assert [cell for cell in row if FORMULA.match(cell) and not is_number(cell)] == []


def test_csv_reads_back_as_it_was(folder: Path, compared: pd.DataFrame) -> None:
    expected = {storable(text) for text in HOSTILE}
    for table in ("leaderboard", "scores", "claims", "articles"):
        frame = read_csv(folder / f"{table}.csv")
        assert set(frame["model"]) | set(frame["prompt"]) == expected
    articles = read_csv(folder / "articles.csv")
    for name in ("article_id", "split"):
        assert set(articles[name]) == expected
    claims = read_csv(folder / "claims.csv")
    values = [json.loads(claim) for claim in claims["claim"]]
    # In JSON nothing at all is lost.
    assert {value["text"] for value in values if "text" in value} == set(HOSTILE)
    assert set(claims["reason"]) - {""} == expected
    pandas = pd.read_csv(folder / "leaderboard.csv", keep_default_na=False, dtype=str)
    assert len(pandas) == len(HOSTILE) // 2
    back = read_csv(to_csv(compared))
    names = ("model_a", "prompt_a", "model_b", "prompt_b")
    assert set().union(*(back[name] for name in names)) == expected
    assert set(back["run_a"]) == {"`<b>`"}


class Elements(HTMLParser):
    """What stands in a page: elements, code spans, and the text outside of them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.code: list[str] = []
        self.rows: list[int] = []
        self.outside = ""
        self._in_code = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "code":
            self._in_code = True
            self.code.append("")
        elif tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code[-1] += data
        else:
            self.outside += data

    def handle_comment(self, data: str) -> None:
        self.names.add("<!--")

    def handle_decl(self, decl: str) -> None:
        self.names.add("<!")

    def unknown_decl(self, data: str) -> None:
        self.names.add("<![")

    def handle_pi(self, data: str) -> None:
        self.names.add("<?")


def rendered(markdown: str) -> Elements:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return Elements(parser.render(markdown))


def test_markdown_holds_no_element_that_we_did_not_write(
    result: StoredResult, compared: pd.DataFrame
) -> None:
    for markdown in (result_markdown(result), comparison_markdown(compared, HOSTILE)):
        assert not UNPRINTABLE.search(markdown)
        page = rendered(markdown)
        assert page.names <= OUR_ELEMENTS
        assert page.attributes <= {"style"}
        # Nothing of a text stands outside of code, where it could become a link or a mention.
        assert not re.search(r"[@`\\|\[\]]|https?:|www\.|javascript|\bGH-|[^ ]#\d", page.outside)
        for word in ("octocat", "alert", "etc/passwd", "reverse", "\u6771"):
            assert word not in page.outside


def test_markdown_has_a_row_for_each_cell_and_shows_its_name(result: StoredResult) -> None:
    markdown = result_markdown(result)
    page = rendered(markdown)
    n_rows, n_columns = len(HOSTILE) // 2 + 1, page.rows[0]
    assert page.rows[:n_rows] == [n_columns] * n_rows
    assert "=cmd|' /C calc'!A0" in page.code
    assert "</script><img src=x onerror=alert(1)>" in page.code
    assert "`` ` ``` code ```` `" in page.code
    assert "\ufffd[31mred\ufffd[0m\ufffd[2J\ufffd[1A" in page.code
    # A backslash before a pipe gets a space after it.
    assert "a|b|c\\ |d\\\\ |e|" in page.code
    assert max(map(len, page.code)) <= 300
    # Code hosts take no more than so many characters in a comment.
    assert len(markdown) < 65_536


def test_junit_reads_back_and_names_every_cell(result: StoredResult) -> None:
    text = result_junit(result)
    assert text.encode("utf-8")
    assert "<!DOCTYPE" not in text
    assert "<!ENTITY" not in text
    suites = ElementTree.fromstring(text.encode("utf-8"))
    assert len(suites) == len(HOSTILE) // 2
    assert {each.tag for each in suites.iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase", "error"),
        *("system-out", "system-err"),
    }
    names = {suite.get("name", "") for suite in suites}
    assert any(name.startswith("=cmd|' /C calc'!A0 =HYPERLINK") for name in names)
    assert any("</script><img src=x onerror=alert(1)>" in name for name in names)
    assert any("]]><![CDATA[" in name for name in names)
    properties = {
        each.get("value") for each in suites.iter("property") if "m" in each.get("name", "")
    }
    assert "half \ufffd surrogate \ufffd" in properties
    assert "carriage\r\nreturn\rfeed\n" in properties
    failed = [each.text or "" for each in suites.iter("error")]
    assert len(failed) == len(HOSTILE) // 2
    assert any("nul\ufffdbell\ufffdback\ufffdspace\ufffd: 1 of 1" in text for text in failed)


def test_json_reads_back_and_shows_nothing_invisible(
    result: StoredResult, compared: pd.DataFrame
) -> None:
    for text in (result_json(result), rows_json(compared)):
        assert text.encode("utf-8")
        assert not UNPRINTABLE.search(text)
    loaded = json.loads(result_json(result))
    expected = {storable(text) for text in HOSTILE}
    found = {row[name] for row in loaded["leaderboard"] for name in ("model", "prompt")}
    assert found == expected
    assert {each["article_id"] for each in loaded["worst_articles"]} <= expected
    assert set(loaded["facts"]["stopped"]) == set(HOSTILE)
    rows = json.loads(rows_json(compared))
    found = {row[f"{name}_{side}"] for row in rows for name in ("model", "prompt") for side in "ab"}
    assert found == expected


def on_a_terminal(renderable: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system="standard")
    console.print(renderable)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize(
    "shown",
    [
        lambda result, compared, width: summary_text(result.summary, width),
        lambda result, compared, width: comparison_text(compared, width),
    ],
    ids=["summary", "comparison"],
)
def test_terminal_shows_no_escape_but_our_colours(
    result: StoredResult,
    compared: pd.DataFrame,
    shown: Callable[[StoredResult, pd.DataFrame, int], RenderableType],
    width: int,
) -> None:
    text = on_a_terminal(shown(result, compared, width), width)
    colours = set(SGR.findall(text))
    assert colours <= {f"\x1b[{code}m" for code in ("0", "1", "2", "31", "32")}
    plain = SGR.sub("", text)
    assert not UNPRINTABLE.search(plain)
    assert max(map(cell_len, plain.splitlines())) <= width
    joined = "".join(plain.split())
    for name in ("[red]markup[/red]", "</script><imgsrc=xonerror=alert(1)>", "=cmd|'/Ccalc'!A0"):
        assert name in joined


@pytest.mark.parametrize(
    "arguments",
    [
        ["report"],
        ["report", "--table", "articles"],
        ["report", "--format", "md"],
        ["report", "--format", "junit"],
        ["report", "--format", "json"],
        ["compare", "--baseline", "@SUM(A1:A9)"],
        ["compare", "--baseline", "@SUM(A1:A9)", "--format", "csv"],
        ["compare", "--baseline", "no \x1b[31m such \x9b cell"],
    ],
    ids=" ".join,
)
def test_command_prints_no_escape(
    folder: Path,
    arguments: list[str],
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder.parent)
    command, *options = arguments
    code = _main([command, str(folder), *options])
    out, err = capsysbinary.readouterr()
    assert code == (2 if "no \x1b" in arguments[-1] else 0)
    for shown in (out.decode("utf-8"), err.decode("utf-8")):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", shown)
    assert (b"there is no cell" in err) is (code == 2)
