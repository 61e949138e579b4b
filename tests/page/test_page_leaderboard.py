"""The leaderboard and the charts say what the CSV files say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from harness.claims import load_schema
from harness.records import CellPredictions, Gold, Prediction
from harness.reports.csv_text import read_csv
from harness.reports.page import PageFacts
from harness.reports.summary import summarize

from .conftest import Opened
from .sample import (
    CELLS,
    DIRECT,
    FACTS,
    GOOD,
    GUIDED,
    QUIET,
    Sample,
    predictions_of_sample,
    write_result,
)


def column(opened: Opened, title: str) -> list[str]:
    """What a column of the leaderboard shows, from top to bottom."""
    heads = [text.strip() for text in opened.texts(".leaderboard thead th")]
    place = heads.index(title) + 1
    return [text.strip() for text in opened.texts(f".leaderboard tbody tr > :nth-child({place})")]


def test_figures_are_those_of_the_leaderboard_file(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    table = read_csv(sample.folder / "leaderboard.csv")
    assert column(opened, "Model") == list(table["model"])
    assert column(opened, "Prompt") == list(table["prompt"])
    shown = {
        "Rank": "rank",
        "P": "precision",
        "R": "recall",
        "Strict F1": "strict_f1",
        "actors": "actors_f1",
        "quotes": "quotes_f1",
        "dates": "dates_f1",
        "sanctions": "sanctions_f1",
        "Failed": "n_failed_requests",
    }
    for title, name in shown.items():
        digits = 0 if title in ("Rank", "Failed") else 3
        expected = ["–" if isnan(value) else f"{value:.{digits}f}" for value in table[name]]
        assert column(opened, title) == expected, title
    assert column(opened, "Grounded") == [f"{100 * value:.1f}%" for value in table["grounded"]]
    f1 = column(opened, "F1")
    for text, row in zip(f1, table.to_dict("records"), strict=True):
        assert text.startswith(f"{row['f1']:.3f}")
        assert f"{row['f1_low']:.2f}–{row['f1_high']:.2f}" in text
    assert column(opened, "Cost $") == ["0.30", "0.012", "–"]
    assert column(opened, "Tokens in") == ["22k", "12k", "9,000"]


def test_bars_are_as_long_as_their_f1(sample: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(sample.page)
    table = read_csv(sample.folder / "leaderboard.csv")
    widths = opened.page.eval_on_selector_all(
        ".leaderboard .bar",
        """bars => bars.map(bar => bar.querySelector(".value").width.baseVal.value
            / bar.querySelector(".track").width.baseVal.value)""",
    )
    assert widths == pytest.approx(list(table["f1"]), abs=0.001)


def is_sorted(values: Sequence[str], *, descending: bool) -> bool:
    numbers = [float(value.rstrip("%").replace(",", "")) for value in values if value != "–"]
    undefined_last = [value == "–" for value in values] == sorted(value == "–" for value in values)
    ordered = all((a >= b) if descending else (a <= b) for a, b in pairwise(numbers))
    return undefined_last and ordered


@pytest.mark.parametrize(("title", "first"), [("P", "descending"), ("Cost $", "ascending")])
def test_a_column_is_sorted_by_its_heading(
    sample: Sample, open_page: Callable[..., Opened], title: str, first: str
) -> None:
    opened = open_page(sample.page)
    head = opened.page.locator(
        ".leaderboard thead th", has=opened.page.get_by_text(title, exact=True)
    )
    assert opened.page.locator("th[aria-sort]").text_content() == "F1"
    for order in (first, "ascending" if first == "descending" else "descending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        assert opened.page.locator("th[aria-sort]").count() == 1
        assert is_sorted(column(opened, title), descending=order == "descending")
        assert order in (opened.page.text_content("#said") or "")


def test_meaning_and_signature_are_one_click_away(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    signature = read_csv(sample.folder / "leaderboard.csv")["signature"][0]
    assert not opened.page.get_by_text("required gold without a pair").is_visible()
    opened.page.click("#definitions summary")
    assert opened.page.get_by_text("required gold without a pair").is_visible()
    opened.page.click("#signature summary")
    assert opened.page.text_content("#signature-text") == signature
    assert opened.texts("#signature-parts code") == signature.split("|")


def test_caveats_say_what_so_few_articles_cannot_tell(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    caveats = open_page(sample.page).texts("#caveats li")
    assert caveats[0] == "1 article has no gold and was left out."
    assert "same articles" in caveats[1]


def test_pairs_are_those_of_the_comparisons_file_with_the_better_first(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    table = read_csv(sample.folder / "comparisons.csv")
    for claim_type in ("overall", "quotes"):
        opened.page.select_option("#comparisons select", claim_type)
        rows = table[(table["claim_type"] == claim_type) & (table["level"] == "lenient")]
        expected = set()
        for row in rows.to_dict("records"):
            a, b = (f"{row[f'model_{side}']} · {row[f'prompt_{side}']}" for side in "ab")
            difference = row["f1_difference"]
            names = (b, a) if not difference < 0 else (a, b)
            expected.add((*names, f"+{abs(difference):.3f}", f"{row['p_holm']:.3f}"))
        cells = [
            [text.strip() for text in line.locator("th, td").all_text_contents()]
            for line in opened.page.locator("#comparisons tbody tr").all()
        ]
        shown = {
            (row[0].split(" ", 1)[1], row[2].split(" ", 1)[1], row[3], row[5]) for row in cells
        }
        assert shown == expected
        assert {row[1] for row in cells} == {"no evidence"}


def test_charts_have_titles_descriptions_and_tables(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{sample.page}#charts")
    page = opened.page
    assert opened.texts("figcaption h3") == [
        *("F1 with its 95% interval", "Precision against recall"),
        *("Quality against cost", "Quality against latency", "Hard articles"),
    ]
    for drawing in page.locator("svg[role=img].drawing").all():
        ids = (drawing.get_attribute("aria-labelledby") or "").split()
        assert all(page.text_content(f"#{name}") for name in ids)
    for figure in page.locator("figure").all():
        figure.locator("details.as-table summary").click()
        assert figure.locator("details.as-table tbody tr").count() >= 2
    table = read_csv(sample.folder / "leaderboard.csv")
    rows = page.locator("figure", has_text="Precision against recall").locator("tbody tr")
    assert rows.first.locator("td").all_text_contents()[1:3] == [
        f"{table[name][0]:.3f}" for name in ("precision", "recall")
    ]
    assert page.locator(".iso").count() >= 3


def test_costs_that_are_not_known_are_said_to_be_missing(
    sample: Sample, open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    opened = open_page(f"{sample.page}#charts")
    cost = opened.page.locator("figure", has_text="Quality against cost")
    assert "Left out: 1 cell without a known cost" in (cost.text_content() or "")
    # The cheaper of the two is worse, so both are on the front.
    cost.locator("summary").click()
    assert cost.locator("tbody td:last-child").all_text_contents() == ["yes", "yes"]
    unknown = write_result(tmp_path, facts=replace(FACTS, usage={}))
    opened = open_page(f"{unknown.page}#charts")
    for title in ("Quality against cost", "Quality against latency"):
        figure = opened.page.locator("figure", has_text=title)
        assert figure.locator("svg").count() == 0
        assert "is known, so there is nothing to set quality against" in (
            figure.text_content() or ""
        )


def test_heat_map_shows_hard_articles_first_and_opens_them(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{sample.page}#charts")
    squares = opened.page.locator(".heat-map .square")
    values = opened.texts(".heat-map .square text")
    assert len(values) == 2 * len(CELLS)  # no type of the third article has gold
    assert squares.first.get_attribute("aria-label") in (
        opened.page.locator(".heat-map a").first.get_attribute("aria-label"),
    )
    squares.nth(1).hover()
    readout = opened.page.text_content(".readout") or ""
    assert f"F1 {float(values[1]):.2f}"[:6] in readout
    opened.follow(squares.nth(1))
    assert opened.page.locator("#reader-view").is_visible()
    assert opened.page.input_value("#reader-cell") == "1"
    assert opened.page.locator(".article-text").count() == 1


def test_heat_map_is_walked_with_arrow_keys(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(f"{sample.page}#charts").page
    labels = page.eval_on_selector_all(
        ".heat-map .square", "squares => squares.map(each => each.getAttribute('aria-label'))"
    )
    page.focus(".heat-map .square[tabindex='0']")
    focused = "document.activeElement.getAttribute('aria-label')"
    for key, place in (("ArrowRight", 1), ("ArrowDown", 4), ("ArrowLeft", 3), ("ArrowUp", 0)):
        page.keyboard.press(key)
        assert page.evaluate(focused) == labels[place]
        assert page.text_content(".readout") == labels[place]


def test_one_cell_has_nothing_to_be_compared_with(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    one: list[CellPredictions] = predictions_of_sample()[1:2]
    opened = open_page(write_result(tmp_path, one).page)
    assert "nothing to compare it with" in (opened.page.text_content("#comparisons") or "")


def test_caveats_are_those_of_the_terminal(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    actors = {name: {"actors": claims["actors"]} for name, claims in GOOD.items()}
    cells = [
        CellPredictions(DIRECT, tuple(load_schema().types), _predictions(GOOD)),
        CellPredictions(GUIDED, ("actors",), _predictions(actors)),
    ]
    sample = write_result(tmp_path, cells, facts=PageFacts("some types"))
    caveats = open_page(sample.page).texts("#caveats li")
    assert caveats == summarize(sample.evaluation).notes
    assert caveats[0].startswith("Not all are scored on the same claim types")


def test_charts_of_nothing_say_that_there_is_nothing(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    types = tuple(load_schema().types)
    nothing = dict.fromkeys(types, ())
    cell = CellPredictions(DIRECT, types, [Prediction(QUIET, nothing)])
    facts = PageFacts("nothing")
    sample = write_result(tmp_path, [cell], {QUIET: Gold(QUIET, nothing)}, facts=facts)
    opened = open_page(f"{sample.page}#charts")
    plot = opened.page.locator("figure", has_text="Precision against recall").locator(".plot")
    assert "nothing to divide by" in (plot.text_content() or "")
    assert plot.locator("svg").count() == 0
    opened.go("#reader")
    assert "The one article is in this page." in opened.texts("#reader-body .about")[0]


def _predictions(claims: Mapping[str, Mapping[str, Any]]) -> list[Prediction]:
    return [Prediction(name, each) for name, each in claims.items()]
