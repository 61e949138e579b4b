"""Scores as fractions: what decides whether a limit is passed is exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from harness.evaluate import OVERALL, CountVectors
from harness.records import Level
from harness.scoring import CLAIM_LEVELS, LEVELS

__all__ = ["ExactScore", "exact_scores"]


@dataclass(frozen=True, slots=True)
class ExactScore:
    """A micro score of a claim type, or overall; None is undefined.

    Parameters
    ----------
    n_gold, n_predicted
        Required gold claims and predictions, averaged over repeats.
    n_articles
        In which the claim type is labelled.
    """

    precision: Fraction | None
    recall: Fraction | None
    f1: Fraction | None
    n_gold: Fraction
    n_predicted: Fraction
    n_articles: int

    @property
    def values(self) -> tuple[Fraction | None, ...]:
        """Precision, recall and F1."""
        return (self.precision, self.recall, self.f1)


def exact_scores(vectors: CountVectors, level: Level) -> dict[str, ExactScore]:
    """The micro scores of each claim type, and overall: the mean of those that have gold.

    Parameters
    ----------
    vectors
        Counts of the articles that are looked at.
    level
        ``strict`` or ``lenient``.

    Returns
    -------
    dict of str to ExactScore
        By claim type, and last `OVERALL`.
    """
    assert level in CLAIM_LEVELS
    at = LEVELS.index(level)
    sums = vectors.scaled[:, :, at].sum(axis=0).tolist()
    is_labelled = vectors.n_repeats > 0
    n_articles = is_labelled.sum(axis=0).tolist()
    scores = {}
    with_gold = []
    for column, name in enumerate(vectors.claim_types):
        tp, fp, fn, aside = sums[column]
        scores[name] = ExactScore(
            _ratio(tp, tp + fp),
            _ratio(tp, tp + fn),
            _ratio(2 * tp, 2 * tp + fp + fn),
            Fraction(tp + fn, vectors.scale),
            Fraction(tp + fp + aside, vectors.scale),
            n_articles[column],
        )
        if tp + fn:
            with_gold.append(name)
    chosen = [scores[name] for name in with_gold]
    columns = [vectors.claim_types.index(name) for name in with_gold]
    scores[OVERALL] = ExactScore(
        _mean(each.precision for each in chosen),
        _mean(each.recall for each in chosen),
        _mean(each.f1 for each in chosen),
        sum((each.n_gold for each in chosen), Fraction()),
        sum((each.n_predicted for each in chosen), Fraction()),
        int(is_labelled[:, columns].any(axis=1).sum()),
    )
    return scores


def _ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if denominator else None


def _mean(values: Iterable[Fraction | None]) -> Fraction | None:
    defined = [value for value in values if value is not None]
    return sum(defined, Fraction()) / len(defined) if defined else None
