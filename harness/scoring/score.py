"""From counts to precision, recall and F1: micro, macro and overall.

A zero denominator is undefined: NaN, never 0 or 1, and left out of every mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

from harness.records import Counts

__all__ = ["Score", "macro_average", "mean", "micro_average", "overall", "score"]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, each in [0, 1] or NaN where it is undefined."""

    precision: float = nan
    recall: float = nan
    f1: float = nan


def score(counts: Counts) -> Score:
    """Score counts.

    Parameters
    ----------
    counts
        True positives, false positives and false negatives, of an article or summed.

    Returns
    -------
    Score
        Precision TP / (TP + FP), recall TP / (TP + FN), F1 2 TP / (2 TP + FP + FN).

    Examples
    --------
    >>> score(Counts(tp=2, fp=1, fn=2))
    Score(precision=0.6666666666666666, recall=0.5, f1=0.5714285714285714)
    >>> score(Counts(fn=3))
    Score(precision=nan, recall=0.0, f1=0.0)
    """
    return Score(
        _ratio(counts.tp, counts.tp + counts.fp),
        _ratio(counts.tp, counts.tp + counts.fn),
        _ratio(2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn),
    )


def micro_average(counts: Iterable[Counts]) -> Score:
    """Score the sum of the counts of several articles."""
    return score(sum(counts, Counts()))


def macro_average(counts: Iterable[Counts]) -> Score:
    """The means of the articles' own scores; articles where one is undefined are left out of it."""
    return _mean_score([score(each) for each in counts])


def overall(scores: Sequence[Score]) -> Score:
    """The means of the claim types' own scores.

    Parameters
    ----------
    scores
        One for each claim type that has gold in the selection.
    """
    return _mean_score(scores)


def mean(values: Iterable[float]) -> float:
    """The mean of the values that are defined; NaN where none is.

    Examples
    --------
    >>> mean([1.0, nan, 0.5])
    0.75
    """
    defined = [value for value in values if not isnan(value)]
    return sum(defined) / len(defined) if defined else nan


def _mean_score(scores: Sequence[Score]) -> Score:
    return Score(
        mean(each.precision for each in scores),
        mean(each.recall for each in scores),
        mean(each.f1 for each in scores),
    )


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else nan
