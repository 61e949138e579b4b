"""Formats of a check, each read by what reads it: an XML parser, a Markdown parser, the rules of
workflow commands."""

from __future__ import annotations

import json
from html import unescape
from xml.etree.ElementTree import fromstring

import pytest
from markdown_it import MarkdownIt

from harness.records import Cell
from harness.regression.changes import PromptChange
from harness.regression.formats import FORMATS, CheckReport
from harness.regression.verdict import CheckItem, Status, Verdict
from harness.regression.word_diff import word_diff

from .conftest import OTHER, Work, but

HOSTILE = (
    "</details><script>alert(1)</script> ![x](http://evil/x.png) [a](b) | @everyone #1 "
    "```\n::error::y %0A ]]> &amp; www.evil.test \x1b[2J \u202e"
)


def verdict(status: Status, text: str = "", *details: str, model: str = "mine") -> Verdict:
    item = CheckItem(Cell(model, "guided"), "prompts/guided.md", "quotes", "max_drop")
    return Verdict(item, status, text, details=details)


def report(*verdicts: Verdict, prompt: PromptChange | None = None) -> CheckReport:
    return CheckReport(
        "recorded replies", "results/baseline.json", verdicts, (prompt,) if prompt else (), ()
    )


HOSTILE_REPORT = report(
    verdict("fail", HOSTILE, HOSTILE, HOSTILE, model=HOSTILE),
    verdict("pass", HOSTILE, model=HOSTILE),
    prompt=PromptChange(
        HOSTILE, HOSTILE, "1", "2", word_diff("One.\n", f"{HOSTILE}\n````\n</details>\n")
    ),
)


@pytest.fixture
def changed(work: Work) -> CheckReport:
    """A real report: a prompt changed, and claims were lost and gained."""
    work.record(but(["a05"], work.gold))
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00", "a01", "a02", "a03"], work.gold))
    return work.check().report


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_what_fails_and_what_was_lost(changed: CheckReport, name: str) -> None:
    text = FORMATS[name](changed, 80)
    assert text.endswith("\n")
    words = " ".join(unescape(text).split())
    assert "max_drop" in words
    assert "2031-04-04" in words
    assert "prompts/guided.md" in words


@pytest.mark.parametrize("name", [*FORMATS])
def test_no_format_lets_control_characters_out(name: str) -> None:
    text = FORMATS[name](HOSTILE_REPORT, 80)
    assert not {char for char in text if not char.isprintable()} - {"\n"}


def test_text_fits_a_terminal(changed: CheckReport) -> None:
    lines = FORMATS["text"](changed, 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert "lost 2031-04-01 (April 1)" in "\n".join(lines)
    assert "gained 2031-04-06 (April 6)" in "\n".join(lines)
    assert "Find{+ all+} the dates" in "\n".join(lines)


def test_a_command_stands_on_one_line_to_be_copied(work: Work) -> None:
    work.record()
    name = "a-prompt-with-a-name-that-is-longer-than-a-line-of-a-terminal-has-columns-left"
    work.prompt(OTHER, name)
    found = work.check().report
    command = f"harness run -m mine -p prompts/{name}.md --update"
    lines = FORMATS["text"](found, 80).splitlines()
    assert [line.strip() for line in lines if "harness run" in line] == [command]
    assert any(line.endswith("no reply to 50 of 50 requests; run:") for line in lines)
    commands = [each["command"] for each in json.loads(FORMATS["json"](found, 80))["verdicts"]]
    assert commands.count(command) == 1
    assert commands.count(None) == len(commands) - 1


def test_json_is_json(changed: CheckReport) -> None:
    values = json.loads(FORMATS["json"](changed, 80))
    assert values["failed"]
    (cell,) = values["cells"]
    assert [each["article_id"] for each in cell["lost"]] == ["a00", "a01", "a02", "a03"]
    assert cell["lost"][0]["claim"]["value"] == "2031-04-01"


def test_markdown_has_tables_that_a_parser_reads(changed: CheckReport) -> None:
    html = MarkdownIt("commonmark").enable("table").render(FORMATS["md"](changed, 80))
    assert "<h2>Checks failed</h2>" in html
    assert html.count("<table>") == 3
    assert "<td>dates</td>" in html


def test_figures_in_markdown_read_as_they_are(changed: CheckReport) -> None:
    text = FORMATS["md"](changed, 80)
    assert "\n2 fail, 0 warn, " in text
    assert "| dates | 0.980 | 0.920 | -0.060 | -" in text


@pytest.mark.parametrize(
    "line", ["- a", "-", "---", "- - -", "+ a", "1. a", "12) a", "1.", "===", "= =", "# a", "> a"]
)
def test_no_line_in_markdown_begins_a_block(line: str) -> None:
    text = FORMATS["md"](report(verdict("fail", line, line)), 80)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    of_lists = [token for token in tokens if "list" in token.type]
    assert [token.type for token in of_lists if token.nesting == 1] == [
        "bullet_list_open",
        "list_item_open",
    ]
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2", "h3"]
    assert not {token.type for token in tokens} & {"hr", "blockquote_open"}
    notices = CheckReport("recorded replies", None, (), (), (), (f"A {line}", line))
    text = FORMATS["md"](notices, 80)
    types = [token.type for token in MarkdownIt("commonmark").parse(text)]
    assert types == [
        *("heading_open", "inline", "heading_close"),
        *("paragraph_open", "inline", "paragraph_close") * 3,
    ]


def test_hostile_text_in_markdown_is_only_text() -> None:
    text = FORMATS["md"](HOSTILE_REPORT, 80)
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in inline} <= {"text", "html_inline", "softbreak", "text_special"}
    # No HTML but our own: a part that is folded, and the comments that keep links apart.
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert blocks == ["<details><summary>1 pass</summary>", "</details>"]
    assert {each.content for each in inline if each.type == "html_inline"} == {"<!-- -->"}
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type in ("td_open", "th_open")]
    assert len(cells) == 5 * len(rows)
    assert "@everyone" not in text.replace("```text", "").split("Line 1:")[0]
    (code,) = [token for token in tokens if token.type == "fence"]
    assert "</details>" in code.content


def test_a_long_comment_is_cut_where_github_would_refuse_it() -> None:
    many = report(*(verdict("fail", "F1 fell. " * 20, "lost " * 10) for _ in range(1000)))
    text = FORMATS["md"](many, 80)
    assert len(text) < 65_536
    assert "There is more" in text
    long = "\n".join(f"Line {number}" for number in range(20_000))
    cut = FORMATS["md"](report(prompt=PromptChange("p", "f", "1", "2", word_diff("", long))), 80)
    tokens = MarkdownIt("commonmark").parse(cut)
    assert [token.type for token in tokens][-3:] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


def test_junit_has_a_test_case_for_each_verdict() -> None:
    statuses: list[Status] = ["fail", "warn", "inconclusive", "pass"]
    root = fromstring(FORMATS["junit"](report(*(verdict(each, each) for each in statuses)), 80))
    (suite,) = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    assert suite.get("name") == "prompts/guided.md::mine"
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == ["quotes::max_drop"] * 4
    kinds = [[child.tag for child in case if child.tag != "system-out"] for case in cases]
    assert kinds == [["failure"], [], ["skipped"], []]
    assert cases[1].findtext("system-out") == "warning: warn"


def test_junit_of_hostile_text_is_xml() -> None:
    root = fromstring(FORMATS["junit"](HOSTILE_REPORT, 80))
    failure = root.find(".//failure")
    assert failure is not None
    assert "<script>" in str(failure.text)


def test_github_annotations_stand_at_the_prompt() -> None:
    lines = FORMATS["github"](
        report(
            verdict("fail", "F1 fell: by 50 %,\nmuch", "lost a, b"),
            verdict("warn", "w"),
            verdict("inconclusive", "i"),
            verdict("pass", "p"),
        ),
        80,
    ).splitlines()
    assert lines[0] == (
        "::error file=prompts/guided.md,title=max_drop of mine%3A quotes::"
        "F1 fell: by 50 %25,\N{REPLACEMENT CHARACTER}much%0Alost a, b"
    )
    assert [line.partition(" ")[0] for line in lines[:3]] == ["::error", "::warning", "::notice"]
    assert lines[3].startswith("1 fail, 1 warn, 1 inconclusive, 1 pass")


def test_hostile_text_is_no_workflow_command() -> None:
    lines = FORMATS["github"](HOSTILE_REPORT, 80).splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert [line.partition(" ")[0] for line in commands] == ["::error", "::notice"]
    head, _, data = commands[0].removeprefix("::").partition("::")
    properties = dict(pair.split("=", 1) for pair in head.removeprefix("error ").split(","))
    assert properties.keys() == {"file", "title"}
    assert "%0A" in data


def test_every_module_of_formats_is_in_the_table() -> None:
    assert [*FORMATS] == ["text", "md", "junit", "github", "json"]
