"""What became of every claim, as a table for a person to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from harness.evaluate import Evaluation
from harness.records import Claim, ClaimOutcome
from harness.reports.frame import CELL, ColumnType, make_frame, names_of
from harness.reports.plain import escape_unstorable
from harness.scoring import TypeResult

__all__ = ["claims_table"]

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


def claims_table(evaluation: Evaluation) -> pd.DataFrame:
    """What became of every gold and every predicted claim, and why."""
    return make_frame(
        _CLAIMS,
        (
            (*names_of(cell), *(result.article_id, result.repeat, result.claim_type), *values)
            for cell in evaluation.cells
            for result in cell.results
            for values in _claim_values(result)
        ),
    )


def _claim_values(result: TypeResult) -> Iterator[tuple[Any, ...]]:
    levels = zip(result.outcomes["lenient"], result.outcomes["strict"], strict=True)
    for lenient, strict in levels:
        yield (
            *(lenient.side, lenient.number, lenient.outcome, lenient.partner, lenient.similarity),
            *(lenient.error_class, lenient.error_detail, lenient.nearest),
            *(strict.outcome, strict.partner),
            *(strict.error_class, strict.error_detail, strict.nearest),
            result.failure if lenient.outcome == "fn" else "",
            *_grounding(result, lenient),
            _claim_json(lenient.claim),
        )


def _grounding(result: TypeResult, outcome: ClaimOutcome) -> tuple[str, int | None, int | None]:
    """Where a prediction stands: its compared verbatim field, or its evidence where it has none."""
    groundings = result.aligned.groundings
    if outcome.side == "predicted" and outcome.number < len(groundings):
        claim_type = result.aligned.comparison.claim_type
        verbatim = [field for field in claim_type.fields if field.verbatim]
        for field in sorted(verbatim, key=lambda each: each.compare is None):
            if (found := groundings[outcome.number].get(field.name)) is not None:
                return (found.status, found.start, found.end)
    return ("", None, None)


def _claim_json(claim: Claim) -> str:
    return escape_unstorable(
        json.dumps(dict(claim), sort_keys=True, ensure_ascii=False, default=str)
    )
