"""Dates and times as intervals of time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from math import inf
from operator import itemgetter
from typing import ClassVar

from harness import edtf
from harness.comparators.interface import EXACT, UNLIKE, Alike, Comparator, Comparison

__all__ = ["EdtfComparator"]

_MONTH_AND_DAY = re.compile(r"^(-?[0-9]{4})-([0-9]{2})-([0-9]{2})")
_START = itemgetter(0)
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

    def alike(
        self, gold: Sequence[edtf.Interval | None], predicted: Sequence[edtf.Interval | None]
    ) -> Iterable[Alike]:
        """Find the pairs of intervals that are at least half alike."""
        spans = [(*_span(each), column, each) for column, each in enumerate(predicted) if each]
        spans.sort(key=_START)
        starts = list(map(_START, spans))
        for row, wanted in enumerate(gold):
            if wanted is None:
                continue
            start, end = _span(wanted)
            # Most pairs are apart, which is told at little cost.
            for _, other_end, column, given in spans[: bisect_left(starts, end)]:
                if start < other_end:
                    if wanted is given or edtf.same(wanted, given):
                        yield row, column, True, 1, 1
                        continue
                    shared, whole = edtf.overlap_s(wanted, given)
                    if 2 * shared >= whole:
                        yield row, column, False, shared, whole

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


def _is_within(one: edtf.Interval, other: edtf.Interval) -> bool:
    """Whether the other runs as long as the one at both ends; an open end runs on for ever."""
    (start, end), (other_start, other_end) = _span(one), _span(other)
    return other_start <= start and end <= other_end
