"""One word of a closed vocabulary: equal or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from harness.comparators.interface import Comparator, Similarities

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
        codes: dict[str, int] = {}
        return Similarities.from_exact(
            np.equal.outer(
                np.array([codes.setdefault(value, len(codes)) for value in gold]),
                np.array([codes.setdefault(value, len(codes)) for value in predicted]),
            )
        )
