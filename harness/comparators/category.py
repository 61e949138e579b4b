"""One word of a closed vocabulary: equal or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from harness.comparators.interface import EXACT, UNLIKE, Comparator, Comparison

__all__ = ["CategoryComparator"]


class CategoryComparator(Comparator):
    """Equal or not, to the letter.

    A word outside the vocabulary equals nothing: gold never holds one (`harness gold check`), so
    a prediction that does has no partner.
    """

    name: ClassVar[str] = "category"

    def prepare(self, value: str) -> str:
        """Categories are compared to the letter."""
        return value

    def pair(self, gold: str, predicted: str) -> Comparison:
        """Compare two categories."""
        return EXACT if gold == predicted else UNLIKE

    def prepare_many(self, values: Sequence[str]) -> list[str]:
        """Categories are compared to the letter."""
        return list(values)

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether two categories are the same."""
        return gold == predicted

    def identity(self, value: str) -> str:
        """A word is itself, to the letter."""
        return value
