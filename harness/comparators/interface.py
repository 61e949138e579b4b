"""What a comparator is: two values in, exactness and similarity out, one pair or many at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

from harness.comparators.fold import fold

__all__ = ["EXACT", "UNLIKE", "Alike", "Comparator", "Comparison"]


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


class Comparator(ABC):
    """Compares the values of one field.

    A subclass prepares each value once (folds, parses) and compares prepared values. Null never
    reaches a comparator: null against null is exact, null against a value is 0, whatever the
    field.
    """

    name: ClassVar[str]
    takes_aliases: ClassVar[bool] = False
    """Whether gold claims with such an anchor may carry aliases, each as right as the value."""
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

    @abstractmethod
    def pair(self, gold: Any, predicted: Any) -> Comparison:  # noqa: ANN401
        """Compare a prepared gold value with a prepared predicted one."""

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether a gold value and a predicted one, neither prepared, are exact."""
        return self.pair(self.prepare_gold(gold), self.prepare(predicted)).exact

    def alike(self, gold: Sequence[Any], predicted: Sequence[Any]) -> Iterable[Alike]:
        """Find, among n gold and m predicted values, all pairs that are at least half alike.

        A subclass may do this in bulk; the result is that of `pair` for each pair.
        """
        for row, one in enumerate(gold):
            for column, other in enumerate(predicted):
                comparison = self.pair(one, other)
                if comparison.is_alike:
                    yield row, column, *comparison

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
