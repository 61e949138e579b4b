"""The reader marks exactly what the CSV says of an article."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.claims import load_schema
from harness.records import Cell
from harness.reports.csv_text import read_csv
from harness.scoring.ground import ArticleText

from .conftest import Opened
from .sample import (
    CELLS,
    DIRECT,
    FACTS,
    GUIDED,
    HARBOUR,
    QUIET,
    SMALL,
    TEXTS,
    TOKYO,
    Sample,
    address,
    write_result,
)

MARKS = """pane => {
    const found = {};
    const text = pane.querySelector(".article-text");
    for (const mark of pane.querySelectorAll(".mark")) {
        const before = document.createRange();
        before.setStart(text, 0);
        before.setEndBefore(mark);
        const start = Array.from(before.toString()).length;
        for (const name of mark.dataset.claims.split(" ")) {
            if (!(name in found)) found[name] = {start, text: ""};
            found[name].text += mark.textContent;
        }
    }
    return found;
}"""
"""Of each claim that is marked where its marks begin, in characters, and all their text."""


def rows_of(sample: Sample, article: str, cell: Cell, repeat: int = 0) -> list[dict[str, Any]]:
    """What `claims.csv` says."""
    table = read_csv(sample.folder / "claims.csv")
    chosen = (
        (table["model"] == cell.model)
        & (table["prompt"] == cell.prompt)
        & (table["article_id"] == article)
        & (table["repeat"] == repeat)
    )
    rows: list[dict[str, Any]] = table[chosen].astype(object).to_dict("records")
    return rows


def expected_marks(rows: list[dict[str, Any]], text: str) -> dict[str, dict[str, Any]]:
    """Where predictions stand by `claims.csv`, and gold by looking it up."""
    schema = load_schema()
    located = ArticleText(text)
    marks: dict[str, dict[str, Any]] = {}
    for row in rows:
        place = (row["start"], row["end"])
        if row["side"] == "gold":
            claim = json.loads(row["claim"])
            fields = [field for field in schema.types[row["claim_type"]].fields if field.verbatim]
            compared = [field.name for field in fields if field.compare]
            values = [claim[name] for name in compared or [field.name for field in fields]]
            found = located.locate(values[0])
            place = (found.start, found.end)
        elif row["grounding"] in ("", "absent", "copied"):
            continue
        start, end = place
        name = f"{row['claim_type']}:{row['side']}:{row['number']}"
        marks[name] = {"start": start, "text": text[start:end]}
    return marks


@pytest.mark.parametrize("article", [HARBOUR, TOKYO, QUIET])
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_marks_are_where_the_claims_file_says(
    sample: Sample, open_page: Callable[..., Opened], article: str, cell: Cell
) -> None:
    rows = rows_of(sample, article, cell)
    opened = open_page(sample.page + address(article, cell))
    pane = opened.page.locator(".pane")
    assert pane.locator(".article-text").text_content() == TEXTS[article]
    expected = expected_marks(rows, TEXTS[article]) if rows else {}
    assert pane.evaluate(MARKS) == expected
    # Every claim of the file is in the list, those that stand nowhere included.
    listed = [
        name
        for each in opened.page.locator(".claims > li").all()
        for name in (each.get_attribute("data-claim") or "").split()
    ]
    assert sorted(listed) == sorted(
        f"{row['claim_type']}:{row['side']}:{row['number']}" for row in rows
    )


OUTCOMES = {"tp": "found", "fn": "missed", "set_aside": "set aside", "optional": "set aside"}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_outcomes_are_those_of_the_claims_file(
    sample: Sample, open_page: Callable[..., Opened], cell: Cell
) -> None:
    opened = open_page(sample.page + address(HARBOUR, cell))
    shown = {
        name: each.get_attribute("data-outcome")
        for each in opened.page.locator(".claims > li").all()
        for name in (each.get_attribute("data-claim") or "").split()
    }
    for row in rows_of(sample, HARBOUR, cell):
        outcome = OUTCOMES.get(row["outcome"])
        if outcome is None:
            is_ungrounded = row["error_class"] in ("ungrounded", "copied_from_prompt")
            outcome = "ungrounded" if is_ungrounded else "spurious"
        assert shown[f"{row['claim_type']}:{row['side']}:{row['number']}"] == outcome, row


def test_every_outcome_is_in_the_sample(sample: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    found = {
        each.get_attribute("data-outcome") for each in opened.page.locator(".claims > li").all()
    }
    assert found == {"found", "missed", "spurious", "ungrounded", "set aside"}


def test_outcomes_are_told_apart_by_more_than_colour(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(sample.page + address(HARBOUR, DIRECT)).page
    styles = page.eval_on_selector_all(
        ".filters .swatch", "all => all.map(each => getComputedStyle(each).textDecorationStyle)"
    )
    assert sorted(styles) == ["dashed", "dotted", "double", "solid", "wavy"]
    signs = page.eval_on_selector_all(".filters .sign", "all => all.map(each => each.textContent)")
    assert len(set(signs)) == 5


def test_fields_of_a_pair_are_compared(sample: Sample, open_page: Callable[..., Opened]) -> None:
    """A name by its alias, and the wrong kind: the pair is lenient, and one field of it wrong."""
    opened = open_page(sample.page + address(HARBOUR, DIRECT, claim="actors:gold:1"))
    detail = opened.page.locator(".claims .detail")
    assert detail.locator("thead th").all_text_contents() == [
        "Field",
        "Gold",
        "Predicted",
        "Right?",
    ]
    rows = [line.locator("th, td").all_text_contents() for line in detail.locator("tbody tr").all()]
    assert rows == [
        ["name", "Charles Babbage", "Charles Babbage", "✓ right"],
        ["kind", "person", "organization", "✗ wrong"],
        ["role", "none", "none", "✓ right"],
    ]
    assert "not a strict pair: wrong_kind" in (detail.text_content() or "")
    opened.go(address(HARBOUR, DIRECT, claim="actors:gold:0"))
    opened.page.wait_for_selector("[data-claim~='actors:gold:0'].selected")
    assert detail.locator("tbody tr").first.locator("th, td").all_text_contents() == [
        *("name", "Ada Lovelace", "the countess", "✓ right"),
    ]
    assert "Also right: name the countess" in (detail.text_content() or "")


def test_an_error_is_shown_beside_what_it_is_nearest_to(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT, claim="dates:gold:1"))
    detail = opened.page.locator(".claims .detail")
    assert "Nearest prediction, 1" in detail.locator("thead th").all_text_contents()
    value = detail.locator("tbody tr", has_text="2031-05-03").locator("th, td").all_text_contents()
    assert value == ["value", "2031-05-03", "2031", "✗ other"]
    assert "wrong_value" in (detail.text_content() or "")


def test_two_cells_stand_side_by_side(sample: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    opened.page.select_option("#reader-cell2", label="A  openai/gpt-x · guided")
    opened.page.wait_for_selector(".pane:nth-of-type(2)")
    panes = opened.page.locator(".pane")
    assert panes.count() == 2
    boxes = [panes.nth(place).bounding_box() for place in range(2)]
    assert boxes[0] and boxes[1] and boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"] + 1
    for place, cell in enumerate((DIRECT, GUIDED)):
        expected = expected_marks(rows_of(sample, HARBOUR, cell), TEXTS[HARBOUR])
        assert panes.nth(place).evaluate(MARKS) == expected
    # A gold claim that is chosen under one is chosen under the other.
    panes.nth(0).locator("[data-claim~='quotes:gold:0'] > button").click()
    assert opened.page.locator(".claims li.selected").count() == 2
    assert opened.page.locator("#dock section").count() == 2


def test_another_cell_is_chosen_from_the_list(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(sample.page + address(HARBOUR, DIRECT)).page
    page.select_option("#reader-cell", label="C  ollama/llama3.2:1b · direct")
    page.wait_for_selector(".pane[aria-label*=llama]")
    expected = expected_marks(rows_of(sample, HARBOUR, SMALL), TEXTS[HARBOUR])
    assert page.locator(".pane").evaluate(MARKS) == expected


def test_another_repeat_is_chosen_from_the_list(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(sample.page + address(HARBOUR, DIRECT)).page
    page.select_option("#reader-repeat", "1")
    page.wait_for_function("location.hash.includes('repeat=1')")
    expected = expected_marks(rows_of(sample, HARBOUR, DIRECT, repeat=1), TEXTS[HARBOUR])
    assert page.locator(".pane").evaluate(MARKS) == expected


def test_filters_leave_what_passes(sample: Sample, open_page: Callable[..., Opened]) -> None:
    page = open_page(sample.page + address(HARBOUR, DIRECT)).page

    def shown() -> set[str]:
        names = page.eval_on_selector_all(
            ".claims > li", "all => all.map(each => each.dataset.claim)"
        )
        return set(" ".join(names).split())

    def marked() -> set[str]:
        found: dict[str, Any] = page.locator(".pane").evaluate(MARKS)
        return set(found)

    everything = shown()
    page.locator(".filters .check", has_text="quotes").uncheck()
    assert shown() == {name for name in everything if not name.startswith("quotes")}
    assert not any(name.startswith("quotes") for name in marked())
    page.locator(".filters .check", has_text="quotes").check()
    for outcome in ("found", "set aside", "missed", "spurious"):
        page.locator(".filters .check", has_text=outcome).uncheck()
    ungrounded = {
        f"{row['claim_type']}:predicted:{row['number']}"
        for row in rows_of(sample, HARBOUR, DIRECT)
        if row["error_class"] == "ungrounded"
    }
    assert shown() == ungrounded != set()
    for outcome in ("found", "set aside", "missed", "spurious"):
        page.locator(".filters .check", has_text=outcome).check()
    assert shown() == everything
    page.select_option("#reader-class", "wrong_value")
    assert shown() == {
        f"{row['claim_type']}:{row['side']}:{row['number']}"
        for row in rows_of(sample, HARBOUR, DIRECT)
        if row["error_class"] == "wrong_value"
    }


def test_a_failed_request_is_named_where_its_gold_is_missed(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(TOKYO, SMALL))
    notice = opened.page.text_content(".pane .notice") or ""
    assert "actors, quotes, dates, sanctions failed (timeout)" in notice
    opened.follow(".pane .notice a")
    assert opened.page.locator("#failures-view").is_visible()


def test_an_article_that_a_cell_did_not_answer_is_said_to_be_so(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(QUIET, SMALL))
    assert "no answer for this article" in (opened.page.text_content(".pane") or "")


def test_claims_are_listed_where_no_text_is_known(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    opened = open_page(write_result(tmp_path, texts={}).page + address(HARBOUR, DIRECT))
    assert "text is not at hand" in (opened.page.text_content(".pane") or "")
    assert opened.page.locator(".claims > li").count() > 10
    assert opened.page.locator(".mark").count() == 0


def test_articles_that_have_no_room_are_counted(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    facts = replace(FACTS, limits=replace(FACTS.limits, n_articles=1, n_heat_rows=1))
    opened = open_page(write_result(tmp_path, facts=facts).page + "#reader")
    assert "1 of 3 articles are in this page" in (opened.page.text_content("#reader-view") or "")
    assert opened.page.locator("#reader-article option").count() == 1
    opened.go("#charts")
    assert "the 1 hardest of 2 articles" in (opened.page.text_content("#charts-view") or "")
    opened.go(address(QUIET, DIRECT))
    opened.page.wait_for_selector("#not-found:not([hidden])")
    assert "is not in this page, which has 1 of 3" in (opened.page.text_content("#not-found") or "")
