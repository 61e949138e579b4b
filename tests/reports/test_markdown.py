"""A result and a comparison in a comment: what a reviewer has to see is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.evaluate import Evaluation
from harness.records import Cell, CellUsage
from harness.reports.compare import comparison_table, load_result
from harness.reports.markdown import comparison_markdown, result_markdown
from harness.reports.markdown_text import code, label
from harness.reports.plain import printable
from harness.reports.run_json import run_json
from harness.reports.stored import load_stored
from harness.reports.write import render_reports, write_files

from .test_terminal import evaluated

GOOD = Cell("good/model", "plain")
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")


def written(folder: Path, evaluation: Evaluation, **facts: object) -> str:
    usage = {GOOD: CellUsage(4, 1, input_tokens=9, cost_usd=0.0125, latency_s=0.25)}
    files = render_reports(evaluation, usage, {})
    write_files(folder, {**files, "run.json": run_json(facts)})
    return result_markdown(load_stored(folder))


def table_of(markdown: str, first: str) -> list[dict[str, str]]:
    """The rows of the table whose first header that is."""
    lines = markdown.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_leaderboard_has_intervals_types_and_failures(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    markdown = written(tmp_path, evaluation)
    good, bad = table_of(markdown, "model")
    assert (good["model"], good["prompt"]) == ("`good/model`", "`plain`")
    assert (good["F1"], good["precision"], good["recall"]) == ("**0.711**", "0.833", "0.722")
    assert re.fullmatch(r"0\.\d{3} to \d\.\d{3}", good["95% interval"])
    assert (good["actors"], good["sanctions"]) == ("0.800", "–")
    assert (good["USD"], good["s (median)"], good["failed"]) == ("0.0125", "0.25", "1 of 4")
    assert bad["model"] == "`=HYPERLINK(1)`"
    # Nothing was asked: an article without predictions is a failure, and costs are unknown.
    assert (bad["USD"], bad["failed"]) == ("–", "1")


def test_comment_says_what_failed_and_what_cannot_be_told(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    markdown = written(
        tmp_path,
        evaluation,
        failures={"timeout": 2},
        n_not_asked=3,
        n_in_batches=1,
        n_articles_without_gold=1,
        interrupted=True,
        stopped={"m": "a price is <b>unknown</b>"},
    )
    assert (
        "- 2 requests failed (`timeout` `2`); what they were to find counts as missed." in markdown
    )
    assert "- 3 requests were not asked." in markdown
    assert "- 1 request are in open batches." not in markdown
    assert "- 1 request is in open batches." in markdown
    assert "- 1 article is without gold, and left out." in markdown
    assert "- The run was interrupted." in markdown
    assert "- Stopped: `a price is <b>unknown</b>`" in markdown
    assert "- With 2 articles no difference between cells can be significant" in markdown


def test_comment_says_nothing_of_what_did_not_happen(tmp_path: Path) -> None:
    markdown = written(tmp_path, evaluated(20, 1))
    assert "failed (" not in markdown
    assert "\n- " not in markdown
    # One cell: nothing to compare, and no errors.
    assert "| A | B |" not in markdown
    assert "<details>" not in markdown
    assert "20 articles, 20 gold claims." in markdown


def test_comment_compares_every_pair_and_sets_verdicts_off(tmp_path: Path) -> None:
    markdown = written(tmp_path, evaluated(20, 3, n_right=4))
    rows = table_of(markdown, "A")
    overall = [row for row in rows if row["claim type"] == "overall"]
    assert [(row["A"], row["B"], row["B is"]) for row in overall] == [
        ("`model-0` `p`", "`model-1` `p`", "**worse**"),
        ("`model-0` `p`", "`model-2` `p`", "**worse**"),
        ("`model-1` `p`", "`model-2` `p`", "no evidence"),
    ]
    assert overall[0]["B−A"] == "-0.800"
    # Of claim types, those stand there that a verdict is about.
    types = [row for row in rows if row["claim type"] == "dates"]
    assert [row["B is"] for row in types] == ["**worse**", "**worse**"]


def test_comment_of_many_cells_compares_with_the_best(tmp_path: Path) -> None:
    markdown = written(tmp_path, evaluated(3, 8, n_right=1))
    rows = [row for row in table_of(markdown, "A") if row["claim type"] == "overall"]
    assert len(rows) == 7
    assert all("`model-0` `p`" in (row["A"], row["B"]) for row in rows)
    assert "Of 28 pairs of cells, those with the first; all stand in comparisons.csv." in markdown


def test_comment_names_errors_and_worst_articles(tmp_path: Path, evaluation: Evaluation) -> None:
    markdown = written(tmp_path, evaluation)
    errors = table_of(markdown, "most common errors")
    result = load_stored(tmp_path)
    classes = result.errors.classes()
    assert [row["most common errors"].strip("`") for row in errors] == [
        each.name for each in classes[:8]
    ]
    assert [int(row["all"]) for row in errors] == [each.n for each in classes[:8]]
    assert [sum(int(row[name]) for name in result.claim_types) for row in errors] == [
        int(row["all"]) for row in errors
    ]
    worst = table_of(markdown, "worst articles, all cells together")
    assert {row["worst articles, all cells together"] for row in worst} == {"`a1`", "`a2`"}


def test_comment_of_nothing_is_a_comment(tmp_path: Path) -> None:
    evaluation = evaluated(0, 1)
    assert "| `model-0` | `p` | – | **–** |" in written(tmp_path, evaluation)


def test_comparison_has_every_claim_type_and_its_notes(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    table = comparison_table(load_result(tmp_path))
    markdown = comparison_markdown(table, ["only in <x>, left out: 1 article(s)"])
    rows = table_of(markdown, "A")
    assert [row["claim type"] for row in rows] == ["overall", "actors", "quotes", "dates"]
    assert rows[0]["A"] == "`=HYPERLINK(1)` `[red]terse[/red]`"
    assert "- `only in <x>, left out: 1 article(s)`" in markdown
    assert "Lenient micro F1" in markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "`plain`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``b`c", "```a``b`c```"),
        ("a|b", "`a\\|b`"),
        ("a\\|b", "`a\\ \\|b`"),
        ("a\r\n\tb", "`a b`"),
        ("", "–"),
        (" \n", "–"),
        ("\u202ex", "`\ufffdx`"),
    ],
)
def test_code_by_example(text: str, expected: str) -> None:
    assert code(text) == expected


@given(st.text(alphabet=st.sampled_from("`|\\<>&*_[]()@ab \n\t\x1b\u202e"), max_size=30))
def test_code_in_a_cell_is_one_cell_and_shows_the_text(text: str) -> None:
    html = RENDERER.render(f"| a | b |\n|---|---|\n| {code(text)} | end |\n")
    cells = re.findall(r"<td>(.*?)</td>", html)
    assert len(cells) == 2
    assert cells[1] == "end"
    shown = printable(" ".join(text.split()))
    shown = re.sub(r"(\\+)\|", r"\1 |", shown)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        shown = shown.replace(char, entity)
    assert cells[0] == (f"<code>{shown}</code>" if shown else "–")


def test_label_is_plain_where_it_is_a_word() -> None:
    assert (label("quotes"), label("wrong_value"), label("a@b")) == (
        *("quotes", "`wrong_value`", "`a@b`"),
    )
