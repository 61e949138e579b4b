"""A result as JSON: all that a machine needs to decide by it, in one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.reports.error_tally import ErrorTally
from harness.reports.frame import json_rows
from harness.reports.json_text import json_text

if TYPE_CHECKING:
    import pandas as pd

    from harness.reports.stored import StoredResult

__all__ = ["result_json", "rows_json"]

_N_WORST = 20


def result_json(result: StoredResult) -> str:
    """The facts of the run, its leaderboard, scores, comparisons and errors.

    Parameters
    ----------
    result
        Read from its folder.

    Returns
    -------
    str
        Keys always stand in the same order; null is undefined or unknown.
    """
    return json_text(
        {
            "result": result.name,
            "facts": result.facts,
            "claim_types": result.claim_types,
            "notes": result.summary.notes,
            "leaderboard": json_rows(result.leaderboard),
            "scores": json_rows(result.scores),
            "comparisons": json_rows(result.comparisons),
            **_errors(result.errors),
        }
    )


def rows_json(frame: pd.DataFrame) -> str:
    """The rows of a table, an object each."""
    return json_text(json_rows(frame))


def _errors(errors: ErrorTally) -> dict[str, Any]:
    return {
        "errors": [
            {"error_class": each.name, "n": each.n, "by_claim_type": each.by_type}
            for each in errors.classes()
        ],
        "worst_articles": [
            {
                "article_id": each.article_id,
                "f1": each.f1,
                "n_errors": each.n_errors,
                "errors": [
                    {"claim_type": claim_type, "error_class": name, "n": n}
                    for (claim_type, name), n in each.errors
                ],
            }
            for each in errors.worst(_N_WORST)
        ],
    }
