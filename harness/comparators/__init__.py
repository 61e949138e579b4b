"""Comparators: how the gold value and the predicted value of a field are compared.

Adding one is one file here and one line in `COMPARATORS`.
"""

from __future__ import annotations

from harness.comparators.category import CategoryComparator
from harness.comparators.edtf import EdtfComparator
from harness.comparators.interface import Comparator, Comparison
from harness.comparators.name import NameComparator
from harness.comparators.text import TextComparator

__all__ = ["COMPARATORS", "Comparator", "Comparison"]

COMPARATORS: dict[str, Comparator] = {
    "text": TextComparator(),
    "name": NameComparator(),
    "edtf": EdtfComparator(),
    "category": CategoryComparator(),
}
