"""One word of a closed vocabulary: equal or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from harness.comparators.interface import Comparator, Similarities, equal

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

    def compare(self, gold: Sequence[str], predicted: Sequence[str]) -> Similarities:
        """Compare n categories with m categories."""
        return Similarities.from_exact(equal(gold, predicted))
