"""Comparisons of cells as a table: a row for each pair of cells, claim type and level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from harness.evaluate import CellComparison
from harness.reports.csv_text import csv_lines
from harness.reports.frame import ColumnType, make_frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparisons_csv", "comparisons_table"]

_SCORES = ("precision", "recall", "f1")

_COMPARISONS: dict[str, ColumnType] = {
    "model_a": "str",
    "prompt_a": "str",
    "model_b": "str",
    "prompt_b": "str",
    "claim_type": "str",
    "level": "str",
    "n_types": "Int64",
    "n_articles": "Int64",
    "n_failed_a": "Int64",
    "n_failed_b": "Int64",
    "n_gold_a": "float64",
    "n_gold_b": "float64",
    "n_predicted_a": "float64",
    "n_predicted_b": "float64",
    **{
        f"{score}{part}": "float64"
        for score in _SCORES
        for part in ("_a", "_b", "_difference", "_low", "_high", "_p")
    },
    "p_holm": "float64",
    "detectable": "float64",
    "resampled": "str",
    "n_resampled": "Int64",
    "verdict": "str",
}


def comparisons_table(rows: Iterable[CellComparison]) -> pd.DataFrame:
    """What `harness.evaluate.compare_cells` found."""
    return make_frame(_COMPARISONS, map(_values, rows))


def comparisons_csv(rows: Iterable[CellComparison]) -> Iterator[str]:
    """The same as CSV, line by line."""
    return csv_lines(_COMPARISONS, map(_values, rows))


def _values(row: CellComparison) -> tuple[Any, ...]:
    return (
        *(row.cell_a.model, row.cell_a.prompt, row.cell_b.model, row.cell_b.prompt),
        *(row.claim_type, row.level, row.n_types, row.n_articles),
        *(*row.n_failed, *row.n_gold, *row.n_predicted),
        *(
            getattr(part, score)
            for score in _SCORES
            for part in (row.a, row.b, row.difference, row.low, row.high, row.p)
        ),
        *(row.p_holm, row.detectable, row.unit, row.n_units, row.verdict),
    )
