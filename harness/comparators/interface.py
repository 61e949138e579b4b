"""What a comparator is: values in, exactness and similarity out, in bulk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Comparator", "Similarities", "equal"]


@dataclass(frozen=True, slots=True)
class Similarities:
    """How alike n gold values and m predicted values are.

    Similarities are kept as ratios of integers, so that a threshold or a tie is never decided
    by rounding.

    Parameters
    ----------
    exact
        Booleans, shape (n, m). Exact implies a similarity of 1.
    numerator, denominator
        Integers, shape (n, m); their ratio lies in [0, 1] and no denominator is zero.
    """

    exact: NDArray[np.bool_]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]

    @property
    def ratio(self) -> NDArray[np.float64]:
        """The similarities as floats, shape (n, m), in [0, 1]."""
        ratio: NDArray[np.float64] = self.numerator / self.denominator
        return ratio

    def fraction(self, gold: int, predicted: int) -> Fraction:
        """The exact similarity of one pair."""
        return Fraction(
            int(self.numerator[gold, predicted]), int(self.denominator[gold, predicted])
        )

    @classmethod
    def from_exact(cls, exact: NDArray[np.bool_]) -> Similarities:
        """Similarities that are 1 where the values are exactly equal and 0 elsewhere."""
        return cls(exact, exact.astype(np.int64), np.ones(exact.shape, dtype=np.int64))


def equal(gold: Sequence[str], predicted: Sequence[str]) -> NDArray[np.bool_]:
    """Which of n gold texts are equal, to the letter, to which of m predicted ones."""
    found: NDArray[np.bool_] = np.equal.outer(
        np.array(gold, dtype=np.object_), np.array(predicted, dtype=np.object_)
    )
    return found


class Comparator(ABC):
    """Compares the values of one field.

    A subclass prepares each value once (folds, parses) and then compares all gold values with
    all predicted ones in one call. Null never reaches a comparator: null against null is exact,
    null against a value is 0, whatever the field.
    """

    name: ClassVar[str]

    @abstractmethod
    def prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        """Bring a value into the form that `compare` takes. Never raises on untrusted text."""

    def prepare_gold(self, value: str, titles: str = "") -> Any:  # noqa: ANN401
        """Bring a gold value into that form; `titles` are words that may stand in front of it."""
        return self.prepare(value)

    @abstractmethod
    def compare(self, gold: Sequence[Any], predicted: Sequence[Any]) -> Similarities:
        """Compare n prepared gold values with m prepared predicted ones."""

    def check(self, value: str) -> str | None:
        """Say what is wrong with a value that a labeller wrote, or return None."""
        return None if value.strip() else "is empty"
