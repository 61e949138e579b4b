"""What goes wrong most often, and where: error classes by claim type, and the worst articles.

Filled while articles are scored, or from the ``claims.csv`` of a result folder, with the same
figures: both count the lenient outcomes of all claims, over all cells and repeats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.evaluate import HEADLINE
from harness.records import Cell, Counts
from harness.scoring import TypeResult, score

__all__ = ["FAILED", "ErrorClassCount", "ErrorTally", "WorstArticle"]

FAILED = "failed request"
"""The class of gold that is missed because its request failed; it says nothing of reading."""

_COUNTED = ("tp", "fp", "fn")

ErrorKey = tuple[str, str]
"""A claim type and an error class."""


@dataclass(frozen=True, slots=True)
class WorstArticle:
    """An article in which much goes wrong.

    Parameters
    ----------
    f1
        Lenient micro F1 of all claims of all claim types, cells and repeats together.
    n_errors
        False positives and false negatives behind it.
    errors
        How often each claim type and error class stands behind them, the most frequent first.
    """

    article_id: str
    f1: float
    n_errors: int
    errors: tuple[tuple[ErrorKey, int], ...]

    @property
    def worst_type(self) -> str:
        """The claim type of the most frequent errors."""
        return self.errors[0][0][0]


@dataclass(frozen=True, slots=True)
class ErrorClassCount:
    """An error class, and how many false positives and false negatives are of it."""

    name: str
    n: int
    by_type: Mapping[str, int]


class ErrorTally:
    """Counts errors as results come; grows by the error classes of each article alone."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._errors: dict[str, dict[ErrorKey, int]] = {}
        # Each key is kept once, however many articles have it.
        self._keys: dict[ErrorKey, ErrorKey] = {}

    def add(self, cell: Cell, result: TypeResult) -> None:
        """Count what became of the claims of one type in one article, as `evaluate` hands it on."""
        for each in result.outcomes[HEADLINE]:
            # A pair stands on both sides, and counts once.
            if each.outcome != "tp" or each.side == "predicted":
                failure = result.failure if each.outcome == "fn" else ""
                self.put(
                    result.article_id, result.claim_type, each.outcome, each.error_class, failure
                )

    def put(
        self,
        article_id: str,
        claim_type: str,
        outcome: str,
        error_class: str,
        failure: str | None,
        n: int = 1,
    ) -> None:
        """Count one claim, or several that are alike.

        Parameters
        ----------
        outcome
            At the lenient level; what is neither ``tp``, ``fp`` nor ``fn`` counts nowhere.
        failure
            Why the request for it failed; empty where it did not.
        """
        if outcome not in _COUNTED:
            return
        counts = self._counts.setdefault(article_id, [0, 0, 0])
        counts[_COUNTED.index(outcome)] += n
        if outcome != "tp":
            key = (claim_type, FAILED if failure else error_class)
            key = self._keys.setdefault(key, key)
            errors = self._errors.setdefault(article_id, {})
            errors[key] = errors.get(key, 0) + n

    def worst(self, n: int = 3) -> list[WorstArticle]:
        """The articles with the lowest F1, then the most errors, then by id; none without errors.

        Parameters
        ----------
        n
            At most so many.
        """
        ranked = sorted(
            (score(Counts(tp, fp, fn)).f1, -(fp + fn), article_id)
            for article_id, (tp, fp, fn) in self._counts.items()
            if fp + fn
        )
        return [
            WorstArticle(article_id, f1, -negative, _by_number(self._errors[article_id].items()))
            for f1, negative, article_id in ranked[:n]
        ]

    def classes(self) -> list[ErrorClassCount]:
        """The error classes, the most frequent first, then by name."""
        totals: dict[str, Counter[str]] = {}
        for errors in self._errors.values():
            for (claim_type, name), n in errors.items():
                totals.setdefault(name, Counter())[claim_type] += n
        found = [
            ErrorClassCount(name, by_type.total(), dict(sorted(by_type.items())))
            for name, by_type in totals.items()
        ]
        return sorted(found, key=lambda each: (-each.n, each.name))


def _by_number(
    errors: Iterable[tuple[ErrorKey, int]],
) -> tuple[tuple[ErrorKey, int], ...]:
    return tuple(sorted(errors, key=lambda each: (-each[1], each[0])))
