"""What a comparator is: two values in, exactness and similarity out, one pair or many at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.comparators.blocks import Blocks, Places
from harness.comparators.fold import fold

__all__ = ["EXACT", "UNLIKE", "Alike", "AlikeArrays", "Comparator", "Comparison", "integers"]


class Comparison(NamedTuple):
    """How alike two values are.

    The similarity is kept as a ratio of integers, so that a threshold or a tie is never decided
    by rounding.

    Parameters
    ----------
    exact
        Exact implies a similarity of 1.
    numerator, denominator
        Their ratio lies in [0, 1]; the denominator is positive.
    """

    exact: bool
    numerator: int
    denominator: int

    @property
    def is_alike(self) -> bool:
        """Whether the similarity is at least one half."""
        return 2 * self.numerator >= self.denominator


EXACT = Comparison(True, 1, 1)
UNLIKE = Comparison(False, 0, 1)


Alike: TypeAlias = tuple[int, int, bool, int, int]
"""The places of a gold and of a predicted value, and their `Comparison`: plain, being many."""


def integers(values: Sequence[int]) -> NDArray[Any]:
    """Integers as an array: of 64 bits, or of any size where one is larger."""
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.array(values, dtype=np.object_)


@dataclass(slots=True)
class AlikeArrays:
    """Pairs as `Alike` has them, each part in an array of its own.

    Parameters
    ----------
    rows, columns
        The places of the values.
    exact, numerators, denominators
        How they compare, as `integers` has the ratios.
    """

    rows: Places
    columns: Places
    exact: NDArray[np.bool_]
    numerators: NDArray[Any]
    denominators: NDArray[Any]

    @classmethod
    def of(cls, pairs: Iterable[Alike]) -> AlikeArrays:
        """Those of some pairs, in their order."""
        found = list(pairs)
        if not found:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, nothing.astype(np.bool_), nothing, nothing)
        rows, columns, exact, numerators, denominators = zip(*found, strict=True)
        return cls(
            np.array(rows, dtype=np.int64),
            np.array(columns, dtype=np.int64),
            np.array(exact, dtype=np.bool_),
            integers(numerators),
            integers(denominators),
        )

    @classmethod
    def exactly(cls, rows: Places, columns: Places) -> AlikeArrays:
        """Pairs that are all exact."""
        ones = np.ones(len(rows), dtype=np.int64)
        return cls(rows, columns, ones.astype(np.bool_), ones, ones)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Alike]:
        return zip(
            self.rows.tolist(),
            self.columns.tolist(),
            self.exact.tolist(),
            self.numerators.tolist(),
            self.denominators.tolist(),
            strict=True,
        )

    def __add__(self, other: AlikeArrays) -> AlikeArrays:
        parts = zip(self._parts(), other._parts(), strict=True)
        return AlikeArrays(*[np.concatenate(both) for both in parts])

    def _parts(self) -> tuple[NDArray[Any], ...]:
        return self.rows, self.columns, self.exact, self.numerators, self.denominators

    def where(self, chosen: NDArray[np.bool_]) -> AlikeArrays:
        """Those of the pairs that are chosen."""
        return self.take(chosen.nonzero()[0])

    def take(self, places: Places) -> AlikeArrays:
        """The pairs at these places."""
        return AlikeArrays(
            self.rows[places],
            self.columns[places],
            self.exact[places],
            self.numerators[places],
            self.denominators[places],
        )


class Comparator(ABC):
    """Compares the values of one field.

    A subclass prepares each value once (folds, parses) and compares prepared values. Null never
    reaches a comparator: null against null is exact, null against a value is 0, whatever the
    field.
    """

    name: ClassVar[str]
    is_reflexive: ClassVar[bool] = True
    """Whether every value is exactly equal to itself."""
    has_words: ClassVar[bool] = False
    """Whether prepared values have `words` in their order, so that one can be part of another."""

    @abstractmethod
    def prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        """Bring a value into the form that `pair` takes. Never raises on untrusted text."""

    def prepare_gold(self, value: str, titles: str = "") -> Any:  # noqa: ANN401
        """Bring a gold value into that form; `titles` are words that may stand in front of it."""
        return self.prepare(value)

    def prepare_many(self, values: Sequence[str]) -> list[Any]:
        """Prepare values; a subclass may do this in bulk."""
        return list(map(self.prepare, values))

    def prepare_gold_many(self, values: Sequence[str], titles: Sequence[str]) -> list[Any]:
        """Prepare gold values, each with its titles; a subclass may do this in bulk."""
        if type(self).prepare_gold is Comparator.prepare_gold:
            return self.prepare_many(values)
        return list(map(self.prepare_gold, values, titles))

    def prepare_both(
        self, gold: Sequence[str], titles: Sequence[str], predicted: Sequence[str]
    ) -> tuple[list[Any], list[Any]]:
        """Prepare gold values, each with its titles, and predicted ones; in one go if it may be."""
        own = type(self)
        if (
            own.prepare_gold is not Comparator.prepare_gold
            or own.prepare_gold_many is not Comparator.prepare_gold_many
        ):
            return self.prepare_gold_many(gold, titles), self.prepare_many(predicted)
        # What stands on both sides is prepared once.
        values = list(dict.fromkeys((*gold, *predicted)))
        known = dict(zip(values, self.prepare_many(values), strict=True))
        return [known[value] for value in gold], [known[value] for value in predicted]

    @abstractmethod
    def pair(self, gold: Any, predicted: Any) -> Comparison:  # noqa: ANN401
        """Compare a prepared gold value with a prepared predicted one."""

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether a gold value and a predicted one, neither prepared, are exact."""
        return self.pair(self.prepare_gold(gold), self.prepare(predicted)).exact

    def equal_many(self, gold: Sequence[str], predicted: Sequence[str]) -> list[bool]:
        """Say of each gold value whether the predicted one in its place is exact, as `equal`."""
        return list(map(self.equal, gold, predicted))

    def alike(self, gold: Sequence[Any], predicted: Sequence[Any]) -> Iterable[Alike]:
        """Find, among n gold and m predicted values, all pairs that are at least half alike."""
        for row, one in enumerate(gold):
            for column, other in enumerate(predicted):
                comparison = self.pair(one, other)
                if comparison.is_alike:
                    yield row, column, *comparison

    def alike_within(
        self, gold: Sequence[Any], predicted: Sequence[Any], gold_blocks: Blocks, blocks: Blocks
    ) -> AlikeArrays:
        """Find the same among the values of many articles, within each article.

        A subclass may do this in bulk; the result is that of `alike` for each article.

        Parameters
        ----------
        gold, predicted
            Prepared values, those of each article one behind the other.
        gold_blocks, blocks
            How many of each there are in each article.
        """
        found: list[Alike] = []
        for number in range(len(blocks)):
            own, given = gold_blocks.of(number), blocks.of(number)
            if own.start < own.stop and given.start < given.stop:
                found += [
                    (own.start + pair[0], given.start + pair[1], *pair[2:])
                    for pair in self.alike(gold[own], predicted[given])
                ]
        return AlikeArrays.of(found)

    def identity(self, value: str) -> Hashable:
        """What is equal for values that are the same, where no gold claim decides it."""
        return fold(value)

    def overlaps(self, gold: Any, predicted: Any) -> bool:  # noqa: ANN401
        """Whether two prepared values that may be too unlike still mean parts of the same."""
        return self.pair(gold, predicted).numerator > 0

    def fault(self, value: str) -> str | None:
        """Name what keeps a predicted value from ever being equal to one; None where nothing."""
        return None

    def difference(self, gold: str, predicted: str) -> str | None:
        """Name the way in which a predicted value differs, if it is one that people know."""
        return None

    def check(self, value: str) -> str | None:
        """Say what is wrong with a value that a labeller wrote, or return None."""
        return None if value.strip() else "is empty"
