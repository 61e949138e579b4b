"""What the leaderboard is, whether it is shown as CSV or in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan, nan
from typing import get_args

from harness.evaluate import ALL, HEADLINE, OVERALL, CellEvaluation, Evaluation
from harness.records import CellUsage
from harness.scoring import Score
from harness.scoring.ground import GroundingStatus

__all__ = [
    "STATUSES",
    "grounded_share",
    "leaderboard_order",
    "limits_or_undefined",
    "n_failed_requests",
    "score_or_undefined",
]

STATUSES: tuple[GroundingStatus, ...] = get_args(GroundingStatus)
"""What may be said of where a verbatim value stands."""

_GROUNDED = frozenset({"exact", "folded", "approximate"})


def score_or_undefined(cell: CellEvaluation, claim_type: str) -> Score:
    """The lenient micro score of a claim type; undefined where it was not scored."""
    row = cell.score_of(claim_type)
    return row.micro if row else Score()


def limits_or_undefined(cell: CellEvaluation, claim_type: str) -> tuple[Score, Score]:
    """The limits of the interval of that score; undefined where it has none."""
    interval = cell.intervals.get((ALL, claim_type, HEADLINE))
    if interval is None or cell.score_of(claim_type) is None:
        return Score(), Score()
    return interval.low, interval.high


def leaderboard_order(evaluation: Evaluation) -> list[CellEvaluation]:
    """The cells, best first: by overall lenient F1, the undefined last, then by name."""

    def place(cell: CellEvaluation) -> tuple[bool, float, str, str]:
        f1 = score_or_undefined(cell, OVERALL).f1
        return (isnan(f1), 0.0 if isnan(f1) else -f1, cell.cell.model, cell.cell.prompt)

    return sorted(evaluation.cells, key=place)


def n_failed_requests(cell: CellEvaluation, usage: CellUsage | None) -> int:
    """How many requests failed.

    Where nothing was asked (claims made elsewhere), an article without predictions is one.
    """
    if usage is not None:
        return usage.n_failed
    return cell.n_failed


def grounded_share(groundings: Iterable[Mapping[GroundingStatus, int]]) -> float:
    """The share of verbatim values that stand in their article, exactly or nearly.

    Parameters
    ----------
    groundings
        Counts by status. NaN is returned where there is nothing to count.
    """
    counts = [(status, n) for each in groundings for status, n in each.items()]
    n_all = sum(n for _, n in counts)
    return sum(n for status, n in counts if status in _GROUNDED) / n_all if n_all else nan
