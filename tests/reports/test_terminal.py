"""What a terminal shows."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from pydantic import create_model
from rich.cells import cell_len
from rich.console import Console, RenderableType

from harness.claims import ClaimSchema, load_schema
from harness.evaluate import Evaluation, evaluate
from harness.records import Cell, CellPredictions, CellUsage, Gold, GoldClaim, Prediction
from harness.reports.terminal import leaderboard_text


def shown(renderable: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=False).print(renderable)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_leaderboard_fits_and_cuts_no_number(
    evaluation: Evaluation, usage: dict[Cell, CellUsage], width: int
) -> None:
    text = shown(leaderboard_text(evaluation, usage, width), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    (line,) = [each for each in text.splitlines() if each.startswith("good/model")]
    # F1, P and R are means over actors, quotes and dates; sanctions have no gold.
    assert line.split()[2:] == [
        *("0.711", "0.833", "0.722", "0.489"),
        *("0.800", "0.667", "0.667", "–", "0"),
    ]


def test_leaderboard_caption_says_what_the_figures_are(evaluation: Evaluation) -> None:
    text = " ".join(shown(leaderboard_text(evaluation, {})).split())
    assert "2 articles, 6 gold claims" in text
    assert "lenient micro F1" in text
    assert "– is undefined" in text


def test_leaderboard_shows_names_as_they_are(evaluation: Evaluation) -> None:
    text = shown(leaderboard_text(evaluation, {}, 200), 200)
    assert "[red]terse[/red]" in text


def test_leaderboard_lets_no_control_character_through(
    schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    cell = Cell("a\x1b[31mb\x07\u202ec\nd", "p\ud800")
    evaluation = evaluate([CellPredictions(cell, ("actors",), [])], gold, schema)
    text = shown(leaderboard_text(evaluation, {}, 120), 120)
    assert "a\ufffd[31mb\ufffd\ufffdc\ufffdd" in text


def test_leaderboard_failed_units_count_where_nothing_was_asked(evaluation: Evaluation) -> None:
    lines = shown(leaderboard_text(evaluation, {})).splitlines()
    (line,) = [each for each in lines if each.startswith("=HYPER")]
    assert line.split()[-1] == "1"


def test_leaderboard_leaves_out_claim_types_without_room_and_says_so() -> None:
    actors = load_schema().types["actors"].model
    names = [f"claims_of_sort_{number}" for number in range(12)]
    fields = dict.fromkeys(names, (list[actors], ...))
    schema = ClaimSchema.from_class(create_model("Many", **fields))
    gold = {"a": Gold("a", {name: (GoldClaim({"name": "x", "kind": "state"}),) for name in names})}
    predictions = CellPredictions(Cell("m" * 40, "p" * 40), tuple(names), [Prediction("a", {})])
    evaluation = evaluate([predictions], gold, schema)
    text = shown(leaderboard_text(evaluation, {}, 80))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "more claim types stand in leaderboard.csv" in " ".join(text.split())
    assert text.count("m") >= 40
    assert "…" not in text


def test_leaderboard_without_cells_is_a_table(schema: ClaimSchema) -> None:
    assert "0 articles" in shown(leaderboard_text(Evaluation(schema, ()), {}))


def test_terminal_needs_no_pandas() -> None:
    code = "import sys, harness.reports.terminal; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
