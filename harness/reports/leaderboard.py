"""What the leaderboard is, whether it is shown as CSV or in a terminal."""

from __future__ import annotations

from math import isnan

from harness.evaluate import OVERALL, CellEvaluation, Evaluation
from harness.records import CellUsage
from harness.scoring import Score

__all__ = ["leaderboard_order", "n_failed_requests", "score_or_undefined"]


def score_or_undefined(cell: CellEvaluation, claim_type: str) -> Score:
    """The lenient micro score of a claim type; undefined where it was not scored."""
    row = cell.score_of(claim_type)
    return row.micro if row else Score()


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
    return len({(each.article_id, each.repeat) for each in cell.results if each.failed})
