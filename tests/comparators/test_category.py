"""The comparator of closed vocabularies, the table of comparators and what they have in common."""

import pkgutil
from fractions import Fraction

import numpy as np
import pytest

from harness import comparators
from harness.comparators import COMPARATORS, Similarities

CATEGORY = COMPARATORS["category"]


def test_category_is_equal_or_not() -> None:
    gold = [CATEGORY.prepare_gold(word) for word in ("state", "person")]
    predicted = [CATEGORY.prepare(word) for word in ("person", "State", "state", "state ")]
    found = CATEGORY.compare(gold, predicted)
    assert found.exact.tolist() == [[False, False, True, False], [True, False, False, False]]
    assert [[found.fraction(i, j) for j in range(4)] for i in range(2)] == found.exact.tolist()


def test_every_module_of_the_family_is_in_the_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(comparators.__path__)}
    assert set(COMPARATORS) == modules - {"fold", "interface"}
    assert all(comparator.name == name for name, comparator in COMPARATORS.items())


@pytest.mark.parametrize("name", sorted(COMPARATORS))
def test_check_says_that_a_value_is_empty(name: str) -> None:
    assert COMPARATORS[name].check(" ")


@pytest.mark.parametrize("name", ["text", "name", "category"])
def test_check_finds_nothing_wrong_with_a_word(name: str) -> None:
    assert COMPARATORS[name].check("person") is None


def test_similarities_are_ratios_of_integers() -> None:
    found = Similarities(np.array([[False]]), np.array([[2]]), np.array([[6]]))
    assert found.fraction(0, 0) == Fraction(1, 3)
    assert found.ratio.tolist() == [[1 / 3]]
