"""Which articles are hard: for the heat map, and for the reader where not all have room."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from harness.evaluate import HEADLINE, CellEvaluation, Evaluation
from harness.scoring import LEVELS

__all__ = ["ArticleScores", "by_errors", "by_f1", "scores_of"]

_LEVEL = LEVELS.index(HEADLINE)
_TP, _FP, _FN = 0, 1, 2


@dataclass(frozen=True, eq=False)
class ArticleScores:
    """The articles of one cell.

    Parameters
    ----------
    f1
        The mean of the lenient F1 of those claim types that have gold in the article, as the
        overall score has it; NaN where none has.
    n_missed, n_wrong
        Missed gold and false positives of all claim types, means over repeats.
    """

    article_ids: tuple[str, ...]
    f1: NDArray[np.float64]
    n_missed: NDArray[np.float64]
    n_wrong: NDArray[np.float64]


def scores_of(cell: CellEvaluation) -> ArticleScores:
    """The scores of each article of a cell."""
    counts = cell.vectors.means[:, :, _LEVEL]
    tp, fp, fn = (counts[:, :, number] for number in (_TP, _FP, _FN))
    has_gold = tp + fn > 0
    f1 = np.divide(2 * tp, 2 * tp + fp + fn, out=np.zeros_like(tp), where=has_gold)
    n_types = has_gold.sum(axis=1)
    mean = np.divide(f1.sum(axis=1), n_types, out=np.full(len(f1), np.nan), where=n_types > 0)
    return ArticleScores(cell.vectors.article_ids, mean, fn.sum(axis=1), fp.sum(axis=1))


def by_errors(evaluation: Evaluation) -> list[str]:
    """All articles, those first in which some cell made the most errors; then by id."""
    most: dict[str, float] = {}
    for cell in evaluation.cells:
        scores = scores_of(cell)
        errors = (scores.n_missed + scores.n_wrong).tolist()
        for article_id, n in zip(scores.article_ids, errors, strict=True):
            most[article_id] = max(n, most.get(article_id, 0))
    return sorted(most, key=lambda article_id: (-most[article_id], article_id))


def by_f1(evaluation: Evaluation) -> list[str]:
    """All articles that have an F1, hardest first: by its mean over cells, then by id."""
    sums: dict[str, tuple[float, int]] = {}
    for cell in evaluation.cells:
        scores = scores_of(cell)
        for article_id, f1 in zip(scores.article_ids, scores.f1.tolist(), strict=True):
            if not isnan(f1):
                total, n = sums.get(article_id, (0.0, 0))
                sums[article_id] = (total + f1, n + 1)
    means = {article_id: total / n for article_id, (total, n) in sums.items()}
    return sorted(means, key=lambda article_id: (means[article_id], article_id))
