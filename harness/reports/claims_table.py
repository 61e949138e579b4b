"""What became of every claim, as a table for a person to read.

It is the longest of the reports and needs all that scoring knows of an article; so it is made
article by article.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from harness.evaluate import Evaluation
from harness.records import Cell, Claim, ClaimOutcome
from harness.reports.csv_text import csv_line
from harness.reports.frame import CELL, ColumnType, make_frame
from harness.reports.plain import escape_unstorable
from harness.scoring import TypeResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["claims_csv", "claims_header", "claims_lines", "claims_table", "standing"]

_CLAIMS: dict[str, ColumnType] = {
    **CELL,
    "article_id": "str",
    "repeat": "Int64",
    "claim_type": "str",
    "side": "str",
    "number": "Int64",
    "outcome": "str",
    "partner": "Int64",
    "similarity": "float64",
    "error_class": "str",
    "error_detail": "str",
    "nearest": "Int64",
    "strict_outcome": "str",
    "strict_partner": "Int64",
    "strict_error_class": "str",
    "strict_error_detail": "str",
    "strict_nearest": "Int64",
    "reason": "str",
    "grounding": "str",
    "start": "Int64",
    "end": "Int64",
    "claim": "str",
}

_to_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode


def claims_table(evaluation: Evaluation) -> pd.DataFrame:
    """What became of every gold and every predicted claim, and why.

    Parameters
    ----------
    evaluation
        One that kept its results.
    """
    rows = (row for cell, result in _kept(evaluation) for row in _rows(cell, result))
    return make_frame(_CLAIMS, rows)


def claims_csv(evaluation: Evaluation) -> Iterator[str]:
    """The same as CSV, line by line."""
    yield claims_header()
    for cell, result in _kept(evaluation):
        yield from claims_lines(cell, result)


def claims_header() -> str:
    """The first line of the CSV."""
    return csv_line(_CLAIMS)


def claims_lines(cell: Cell, result: TypeResult) -> Iterator[str]:
    """The lines of the CSV that are about one claim type in one article and repeat of a cell."""
    return map(csv_line, _rows(cell, result))


def _kept(evaluation: Evaluation) -> Iterator[tuple[Cell, TypeResult]]:
    return ((cell.cell, result) for cell in evaluation.cells for result in cell.results)


def _rows(cell: Cell, result: TypeResult) -> Iterator[tuple[Any, ...]]:
    names = (cell.model, cell.prompt, result.article_id, result.repeat, result.claim_type)
    for values in _claim_values(result):
        yield (*names, *values)


def _claim_values(result: TypeResult) -> Iterator[tuple[Any, ...]]:
    levels = zip(result.outcomes["lenient"], result.outcomes["strict"], strict=True)
    for lenient, strict in levels:
        yield (
            *(lenient.side, lenient.number, lenient.outcome, lenient.partner, lenient.similarity),
            *(lenient.error_class, lenient.error_detail, lenient.nearest),
            *(strict.outcome, strict.partner),
            *(strict.error_class, strict.error_detail, strict.nearest),
            result.failure if lenient.outcome == "fn" else "",
            *standing(result, lenient),
            _claim_json(lenient.claim),
        )


def standing(result: TypeResult, outcome: ClaimOutcome) -> tuple[str, int | None, int | None]:
    """Where a prediction stands: its compared verbatim field, or its evidence where it has none.

    Returns
    -------
    status, start, end
        Empty and None for gold, and where the article is not known.
    """
    groundings = result.aligned.groundings
    if outcome.side == "predicted" and outcome.number < len(groundings):
        claim_type = result.aligned.comparison.claim_type
        verbatim = [field for field in claim_type.fields if field.verbatim]
        for field in sorted(verbatim, key=lambda each: each.compare is None):
            if (found := groundings[outcome.number].get(field.name)) is not None:
                return (found.status, found.start, found.end)
    return ("", None, None)


def _claim_json(claim: Claim) -> str:
    return escape_unstorable(_to_json(dict(claim)))
