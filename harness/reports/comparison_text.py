"""Comparisons as tables for a terminal. Names come from outside and are never read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from harness.evaluate import ALPHA, HEADLINE, OVERALL
from harness.reports.caveats import span, too_few
from harness.reports.grid import Column, folded, grid_lines, shortened
from harness.reports.plain import UNDEFINED, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparison_text", "figure", "pairs_of", "signed"]

_STYLES = {"better": "green", "worse": "red"}
_NAME_WIDTH = 15
_PAIR = ("model_a", "prompt_a", "model_b", "prompt_b")


def comparison_text(table: pd.DataFrame, width: int = 80) -> RenderableType:
    """Comparisons: for each pair of cells a table of the lenient figures, overall first.

    Parameters
    ----------
    table
        As `harness.reports.compare.comparison_table` makes it.
    width
        Columns of the terminal.
    """
    rows = table[table["level"] == HEADLINE].to_dict("records")
    family = [row["f1_p"] for row in rows]
    parts: list[RenderableType] = []
    for pair in pairs_of(rows):
        parts += [*_pair(pair, family, width), ""]
    caption = (
        "Lenient micro figures (P precision, R recall) over the articles that both have; "
        "differences are B minus A, that of F1 with its 95% interval; p is adjusted for all "
        f"comparisons (Holm), and B is called better or worse where it is below {ALPHA}; "
        f"{UNDEFINED} is undefined (nothing to divide by)."
    )
    return Group(*parts, Text(caption, "dim"))


def pairs_of(rows: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The rows of each pair of cells, overall first."""
    pairs: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        pairs.setdefault(tuple(row.get(each) for each in (*_PAIR, "run_a", "run_b")), []).append(
            row
        )
    return [sorted(each, key=lambda row: row["claim_type"] != OVERALL) for each in pairs.values()]


def _pair(rows: Sequence[Mapping[str, Any]], family: Sequence[float], width: int) -> list[Text]:
    whole = rows[0]
    lines = [
        line
        for side in "ab"
        for line in folded(f"{side.upper()}  ", _name(whole, side), width, "bold")
    ]
    names = [shortened(printable(row["claim_type"]), _NAME_WIDTH) for row in rows]
    columns = [
        Column("", names, is_number=False),
        *(
            Column(header, [value(row) for row in rows])
            for header, value in (
                ("F1 A", lambda row: figure(row["f1_a"])),
                ("F1 B", lambda row: figure(row["f1_b"])),
                ("B-A", lambda row: signed(row["f1_difference"])),
                ("95% interval", _limits),
                ("p", lambda row: figure(row["p_holm"])),
                ("P B-A", lambda row: signed(row["precision_difference"])),
                ("R B-A", lambda row: signed(row["recall_difference"])),
            )
        ),
        Column(
            "B is",
            [row["verdict"] or UNDEFINED for row in rows],
            is_number=False,
            styles=[_STYLES.get(row["verdict"], "") for row in rows],
        ),
    ]
    told = [f"{span([row['n_articles'] for row in rows], 'article')}."]
    told += too_few(int(whole["n_resampled"]), whole["resampled"], family)
    if whole["detectable"] > 0:
        told.append(
            f"A difference of {whole['detectable']:.3f} overall would be found four times in five."
        )
    return [*lines, *grid_lines(columns, width), Text(" ".join(told), "dim")]


def _name(row: Mapping[str, Any], side: str) -> str:
    parts = [row[f"model_{side}"], row[f"prompt_{side}"]]
    if row.get("run_a") != row.get("run_b"):
        parts.append(row[f"run_{side}"])
    return " · ".join(map(printable, parts))


def _limits(row: Mapping[str, Any]) -> str:
    if isnan(row["f1_low"]):
        return UNDEFINED
    return f"{signed(row['f1_low'])} {signed(row['f1_high'])}"


def figure(value: float) -> str:
    """A score or a p for a person."""
    return UNDEFINED if isnan(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """A difference for a person."""
    return UNDEFINED if isnan(value) else f"{value:+.3f}"
