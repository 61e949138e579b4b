"""Dates and times as intervals of time."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from harness import edtf
from harness.comparators.blocks import Blocks, every_pair
from harness.comparators.interface import (
    EXACT,
    UNLIKE,
    Alike,
    AlikeArrays,
    Comparator,
    Comparison,
)

__all__ = ["EdtfComparator"]

_MONTH_AND_DAY = re.compile(r"^(-?[0-9]{4})-([0-9]{2})-([0-9]{2})")
_LATEST = 2**62  # in seconds, beyond any bound
_OFFSET = re.compile(r"(?<=[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}(:[0-9]{2})?)$")


class EdtfComparator(Comparator):
    """Exact: the same interval of time. Similarity: overlap over union.

    A value that is not EDTF equals nothing, itself included.

    References
    ----------
    ISO 8601-2:2019, Extended Date/Time Format, levels 0 and 1. Jaccard index of two intervals.
    """

    name: ClassVar[str] = "edtf"
    is_reflexive: ClassVar[bool] = False

    def prepare(self, value: str) -> edtf.Interval | None:
        """Parse a value; None where it is not EDTF."""
        try:
            return edtf.parse(value)
        except edtf.EdtfError:
            return None

    def prepare_many(self, values: Sequence[str]) -> list[edtf.Interval | None]:
        """Parse values."""
        found: list[edtf.Interval | None] = []
        for value in values:
            try:
                found.append(edtf.parse(value))
            except edtf.EdtfError:
                found.append(None)
        return found

    def pair(self, gold: edtf.Interval | None, predicted: edtf.Interval | None) -> Comparison:
        """Compare two intervals."""
        if gold is None or predicted is None:
            return UNLIKE
        if edtf.same(gold, predicted):
            return EXACT
        return Comparison(False, *edtf.overlap_s(gold, predicted))

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether two values are the same interval."""
        wanted = self.prepare(gold)
        if wanted is None or gold == predicted:
            return wanted is not None
        given = self.prepare(predicted)
        return given is not None and edtf.same(wanted, given)

    def alike_within(
        self,
        gold: Sequence[edtf.Interval | None],
        predicted: Sequence[edtf.Interval | None],
        gold_blocks: Blocks,
        blocks: Blocks,
    ) -> AlikeArrays:
        """Find the pairs of intervals that are at least half alike."""
        rows, columns = every_pair(gold_blocks, blocks)
        starts, ends = _bounds(gold)
        other_starts, other_ends = _bounds(predicted)
        # Most pairs are apart, which is told at little cost.
        meet = (starts[rows] < other_ends[columns]) & (other_starts[columns] < ends[rows])
        found: list[Alike] = []
        for row, column in zip(rows[meet].tolist(), columns[meet].tolist(), strict=True):
            wanted, given = gold[row], predicted[column]
            assert wanted is not None
            assert given is not None
            if wanted is given or edtf.same(wanted, given):
                found.append((row, column, True, 1, 1))
                continue
            shared, whole = edtf.overlap_s(wanted, given)
            if 2 * shared >= whole:
                found.append((row, column, False, shared, whole))
        return AlikeArrays.of(found)

    def identity(self, value: str) -> Hashable:
        """The interval of time; a value that is none is equal to nothing but its own letters."""
        return self.prepare(value) or value

    def fault(self, value: str) -> str | None:
        """``not_edtf`` for what is no date at all, as "Thursday"."""
        return None if self.prepare(value) else "not_edtf"

    def difference(self, gold: str, predicted: str) -> str | None:
        """``day_month_swapped``, ``zone`` (the same wall clock elsewhere) or ``precision``."""
        wanted, given = self.prepare(gold), self.prepare(predicted)
        if wanted is None or given is None or edtf.same(wanted, given):
            return None
        swapped = self.prepare(_MONTH_AND_DAY.sub(r"\1-\3-\2", predicted))
        if swapped is not None and edtf.same(wanted, swapped):
            return "day_month_swapped"
        if _OFFSET.sub("", gold) == _OFFSET.sub("", predicted):
            return "zone"
        if _is_within(wanted, given) or _is_within(given, wanted):
            return "precision"
        return None

    def check(self, value: str) -> str | None:
        """Say why a value is not EDTF, or return None."""
        try:
            edtf.parse(value)
        except edtf.EdtfError as error:
            return str(error)
        return None


def _span(interval: edtf.Interval) -> tuple[float, float]:
    return (
        -inf if interval.start is None else interval.start,
        inf if interval.end is None else interval.end,
    )


def _bounds(
    intervals: Sequence[edtf.Interval | None],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The bounds of intervals; what is no interval is empty, and meets none."""
    starts = [
        _LATEST if each is None else -_LATEST if each.start is None else each.start
        for each in intervals
    ]
    ends = [
        -_LATEST if each is None else _LATEST if each.end is None else each.end
        for each in intervals
    ]
    return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)


def _is_within(one: edtf.Interval, other: edtf.Interval) -> bool:
    """Whether the other runs as long as the one at both ends; an open end runs on for ever."""
    (start, end), (other_start, other_end) = _span(one), _span(other)
    return other_start <= start and end <= other_end
