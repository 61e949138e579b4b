"""The public API is what `harness.__all__` says it is."""

from __future__ import annotations

import harness


def test_every_public_name_is_there_and_documented() -> None:
    for name in harness.__all__:
        assert getattr(harness, name).__doc__, name


def test_names_are_sorted_and_each_has_a_definition() -> None:
    assert sorted(harness.__all__) == harness.__all__
    assert set(harness._DEFINED_IN) == set(harness.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(harness, "no_such_name")
