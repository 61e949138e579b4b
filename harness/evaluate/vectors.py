"""The counts of a cell, article by article: all that scores and their intervals are made of."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.records import Counts, Level
from harness.scoring import LEVELS, CountedType, TypeResult

__all__ = ["ArticleCounts", "CountTally", "CountVectors", "mean_count"]

_LARGEST_SCALE = 2**24
_N_COUNTS = 4  # tp, fp, fn, set_aside
_N_LEVELS = len(LEVELS)
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """The counts of one article, claim type and level, averaged over repeats.

    Parameters
    ----------
    n_repeats
        How many replies the counts are the mean of.
    n_failed
        How many of them failed.
    """

    article_id: str
    claim_type: str
    level: Level
    counts: Counts
    n_repeats: int = 1
    n_failed: int = 0


@dataclass(frozen=True, eq=False)
class CountVectors:
    """Counts by article, claim type and level.

    Parameters
    ----------
    article_ids, claim_types
        What the first two axes stand for; articles are sorted.
    totals
        Shape (n_articles, n_types, n_levels, 4): true positives, false positives, false negatives
        and predictions set aside, summed over repeats.
    n_repeats, n_failed
        Shape (n_articles, n_types): the replies behind the totals, and how many of them failed. A
        claim type that was not labelled in an article has none.
    is_counted
        Shape (n_types, n_levels): whether the claim type is counted at that level.
    """

    article_ids: tuple[str, ...]
    claim_types: tuple[str, ...]
    totals: NDArray[np.int64]
    n_repeats: NDArray[np.int64]
    n_failed: NDArray[np.int64]
    is_counted: NDArray[np.bool_]

    @cached_property
    def scale(self) -> int:
        """What the means over repeats have to be multiplied by to be whole numbers.

        Where articles have so many different numbers of repeats that this would pass 2**24, it is
        2**24, and the multiplied means are rounded.
        """
        return min(lcm(*set(self.n_repeats[self.n_repeats > 0].tolist())), _LARGEST_SCALE)

    @property
    def is_rounded(self) -> bool:
        """Whether the multiplied means are rounded."""
        return self.scale == _LARGEST_SCALE

    @cached_property
    def scaled(self) -> NDArray[np.int64]:
        """The means over repeats times `scale`: whole numbers, in the shape of the totals."""
        if not self.is_rounded:
            factors = np.where(self.n_repeats > 0, self.scale // self.n_repeats.clip(min=1), 0)
            return self.totals * factors[:, :, np.newaxis, np.newaxis]
        return np.rint(self.means * self.scale).astype(np.int64)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """The means over repeats, in the shape of the totals."""
        n_repeats = self.n_repeats.clip(min=1)[:, :, np.newaxis, np.newaxis]
        return np.asarray(self.totals / n_repeats)

    @cached_property
    def readable(self) -> CountVectors:
        """The counts of the replies that did not fail.

        A failed reply adds nothing but missed gold, so theirs follow from the counts of all.
        """
        n_readable = self.n_repeats - self.n_failed
        n_gold = (self.totals[..., 0] + self.totals[..., 2]) // self.n_repeats.clip(min=1)[
            :, :, np.newaxis
        ]
        totals = self.totals.copy()
        totals[..., 2] -= n_gold * self.n_failed[:, :, np.newaxis]
        return CountVectors(
            self.article_ids,
            self.claim_types,
            totals,
            n_readable,
            np.zeros_like(self.n_failed),
            self.is_counted,
        )

    def select(
        self, article_ids: Iterable[str], claim_types: Sequence[str] | None = None
    ) -> CountVectors:
        """Those of some articles, and of some claim types in the order given."""
        rows = sorted(self._rows[each] for each in set(article_ids) if each in self._rows)
        types = self.claim_types if claim_types is None else tuple(claim_types)
        columns = [self.claim_types.index(each) for each in types]
        return CountVectors(
            tuple(self.article_ids[row] for row in rows),
            types,
            self.totals[rows][:, columns],
            self.n_repeats[rows][:, columns],
            self.n_failed[rows][:, columns],
            self.is_counted[columns],
        )

    def places(self, article_ids: Iterable[str]) -> NDArray[np.intp]:
        """Where these articles stand on the first axis."""
        return np.array([self._rows[each] for each in article_ids], dtype=np.intp)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {article_id: row for row, article_id in enumerate(self.article_ids)}

    def rows(self) -> Iterator[ArticleCounts]:
        """The means over repeats, by article, claim type and level."""
        levels = [
            (column, claim_type, number, level)
            for column, claim_type in enumerate(self.claim_types)
            for number, level in enumerate(LEVELS)
            if self.is_counted[column, number]
        ]
        arrays = (self.totals, self.n_repeats, self.n_failed)
        by_article = zip(self.article_ids, *map(_each_row, arrays), strict=True)
        for article_id, totals, n_repeats, n_failed in by_article:
            for column, claim_type, number, level in levels:
                if n := n_repeats[column]:
                    counts = Counts(*(mean_count(each, n) for each in totals[column][number]))
                    yield ArticleCounts(article_id, claim_type, level, counts, n, n_failed[column])

    @classmethod
    def from_rows(cls, rows: Iterable[ArticleCounts]) -> CountVectors:
        """Those whose `rows` these are, in any order."""
        given = list(rows)
        claim_types = tuple(dict.fromkeys(each.claim_type for each in given))
        tally = CountTally(claim_types)
        for each in given:
            counts = (each.counts.tp, each.counts.fp, each.counts.fn, each.counts.set_aside)
            # Means are of whole numbers.
            totals = [round(count * each.n_repeats) for count in counts]
            tally.put(
                each.article_id, each.claim_type, each.level, totals, each.n_repeats, each.n_failed
            )
        return tally.vectors()


class CountTally:
    """Takes in the results of one article after the other; grows by their counts alone.

    Parameters
    ----------
    claim_types
        The claim types that are counted.
    """

    def __init__(self, claim_types: Sequence[str]) -> None:
        self._claim_types = tuple(claim_types)
        self._columns = {name: column for column, name in enumerate(claim_types)}
        self._rows: dict[str, int] = {}
        self._totals = array("q")
        self._n_repeats = array("q")
        self._n_failed = array("q")
        self._is_counted = np.zeros((len(claim_types), _N_LEVELS), dtype=np.bool_)

    def add(self, result: TypeResult) -> None:
        """Add what scoring says of one claim type in one article and repeat."""
        self._add(
            [result.article_id],
            result.claim_type,
            [result.failed],
            {
                level: np.array([[counts.tp, counts.fp, counts.fn, counts.set_aside]])
                for level, counts in result.counts.items()
            },
        )

    def add_all(self, counted: Iterable[CountedType]) -> None:
        """Add what scoring says of several articles."""
        for each in counted:
            numbers = list(each.numbers())
            name = each.claim_type.name
            predictions = [each.predictions[number] for number in numbers]
            self._add(
                [each.gold[number].article_id for number in numbers],
                name,
                [name in prediction.failures for prediction in predictions if prediction],
                {level: counts[numbers] for level, counts in each.counts.items()},
            )

    def _add(
        self,
        article_ids: Sequence[str],
        claim_type: str,
        failed: Sequence[bool],
        counts: Mapping[Level, NDArray[np.int64]],
    ) -> None:
        places = [self._place(article_id, claim_type) for article_id in article_ids]
        for place, has_failed in zip(places, failed, strict=True):
            self._n_repeats[place] += 1
            self._n_failed[place] += has_failed
        # An array of its own that looks at these totals; they cannot grow while there is one.
        totals = np.frombuffer(self._totals, dtype=np.int64).reshape(-1, _N_LEVELS, _N_COUNTS)
        for level, each in counts.items():
            number = LEVELS.index(level)
            if places:
                self._is_counted[self._columns[claim_type], number] = True
            np.add.at(totals[:, number], places, each)

    def put(
        self,
        article_id: str,
        claim_type: str,
        level: Level,
        totals: Sequence[int],
        n_repeats: int,
        n_failed: int,
    ) -> None:
        """Set the totals of one level."""
        place = self._place(article_id, claim_type)
        self._n_repeats[place], self._n_failed[place] = n_repeats, n_failed
        at = self._place_of_counts(place, claim_type, level)
        self._totals[at : at + _N_COUNTS] = array("q", totals)

    def _place(self, article_id: str, claim_type: str) -> int:
        if article_id not in self._rows:
            self._rows[article_id] = len(self._rows)
            n_types = len(self._claim_types)
            self._totals.frombytes(bytes(8 * n_types * _N_LEVELS * _N_COUNTS))
            self._n_repeats.frombytes(bytes(8 * n_types))
            self._n_failed.frombytes(bytes(8 * n_types))
        return self._rows[article_id] * len(self._claim_types) + self._columns[claim_type]

    def _place_of_counts(self, place: int, claim_type: str, level: Level) -> int:
        number = LEVELS.index(level)
        self._is_counted[self._columns[claim_type], number] = True
        return (place * _N_LEVELS + number) * _N_COUNTS

    def vectors(self) -> CountVectors:
        """The counts of what was taken in."""
        article_ids = sorted(self._rows)
        order = [self._rows[each] for each in article_ids]
        shape = (len(order), len(self._claim_types))
        return CountVectors(
            tuple(article_ids),
            self._claim_types,
            np.array(self._totals, dtype=np.int64).reshape(*shape, _N_LEVELS, _N_COUNTS)[order],
            np.array(self._n_repeats, dtype=np.int64).reshape(shape)[order],
            np.array(self._n_failed, dtype=np.int64).reshape(shape)[order],
            self._is_counted.copy(),
        )


def _each_row(values: NDArray[np.int64]) -> Iterator[list[Any]]:
    """The rows of an array as lists; some are made at once, which takes less time than each."""
    for start in range(0, len(values), _BLOCK):
        yield from values[start : start + _BLOCK].tolist()


def mean_count(total: int, n: int) -> float:
    """A total over so many repeats, averaged; whole where there is one."""
    return total if n == 1 else total / n
