"""Dates and times as intervals of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from harness import edtf
from harness.comparators.interface import Comparator, Similarities

__all__ = ["EdtfComparator"]


class EdtfComparator(Comparator):
    """Exact: the same interval of time. Similarity: overlap over union.

    A value that is not EDTF equals nothing, itself included.

    References
    ----------
    ISO 8601-2:2019, Extended Date/Time Format, levels 0 and 1. Jaccard index of two intervals.
    """

    name: ClassVar[str] = "edtf"

    def prepare(self, value: str) -> edtf.Interval | None:
        """Parse a value; None where it is not EDTF."""
        try:
            return edtf.parse(value)
        except edtf.EdtfError:
            return None

    def compare(
        self, gold: Sequence[edtf.Interval | None], predicted: Sequence[edtf.Interval | None]
    ) -> Similarities:
        """Compare n intervals with m intervals."""
        shape = (len(gold), len(predicted))
        exact = np.zeros(shape, dtype=np.bool_)
        numerator, denominator = np.zeros(shape, np.int64), np.ones(shape, np.int64)
        for row, one in enumerate(gold):
            for column, other in enumerate(predicted):
                if one is None or other is None or _are_apart(one, other):
                    continue
                exact[row, column] = edtf.same(one, other)
                overlap = edtf.overlap(one, other)
                numerator[row, column] = overlap.numerator
                denominator[row, column] = overlap.denominator
        return Similarities(exact, numerator, denominator)

    def check(self, value: str) -> str | None:
        """Say why a value is not EDTF, or return None."""
        try:
            edtf.parse(value)
        except edtf.EdtfError as error:
            return str(error)
        return None


def _are_apart(one: edtf.Interval, other: edtf.Interval) -> bool:
    """Whether one ends before the other starts: most pairs, told at little cost."""
    return (one.end is not None and other.start is not None and one.end <= other.start) or (
        other.end is not None and one.start is not None and other.end <= one.start
    )
