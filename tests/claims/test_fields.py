"""The annotations by which fields say how they are compared."""

from dataclasses import FrozenInstanceError

import pytest

from harness.claims import Compare, Verbatim
from harness.comparators import COMPARATORS
from harness.errors import SchemaError


@pytest.mark.parametrize("name", sorted(COMPARATORS))
def test_compare_takes_the_name_of_a_comparator_or_the_comparator(name: str) -> None:
    assert Compare(name).by is COMPARATORS[name]
    assert Compare(COMPARATORS[name]) == Compare(name)


def test_compare_without_options_is_no_key() -> None:
    compare = Compare("text")
    assert (compare.key, compare.anchor) == (False, False)
    assert (compare.through, compare.titles_in) == (None, None)


def test_an_anchor_is_a_key() -> None:
    assert Compare("text", anchor=True).key


def test_compare_with_an_unknown_comparator_names_those_there_are() -> None:
    with pytest.raises(SchemaError) as caught:
        Compare("fuzzy")
    assert "'fuzzy'" in str(caught.value)
    assert all(name in str(caught.value) for name in COMPARATORS)


def test_annotations_are_values() -> None:
    assert Verbatim() == Verbatim()
    assert Compare("name", key=True) == Compare("name", key=True)
    assert Compare("name", key=True) != Compare("name")
    with pytest.raises(FrozenInstanceError):
        Compare("name").key = True  # type: ignore[misc]
