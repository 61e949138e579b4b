"""Holm's correction by hand and by its definition."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scoring.stats import holm


def test_holm_by_hand() -> None:
    # Ascending 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1: 0.02, 0.03, 0.06, and 0.04, which must
    # not be smaller than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_adjusted_values_are_at_most_one() -> None:
    assert holm([0.9, 0.6, 0.4]).tolist() == [1.0, 1.0, 1.0]
    assert holm([0.0, 1.0]).tolist() == [0.0, 1.0]


def test_equal_values_are_adjusted_alike() -> None:
    assert holm([0.02, 0.01, 0.01]) == pytest.approx([0.03, 0.03, 0.03])


def test_what_was_not_tested_is_not_of_the_family() -> None:
    assert holm([0.02, nan, 0.5]) == pytest.approx([0.04, nan, 0.5], nan_ok=True)
    assert np.isnan(holm([nan, nan])).all()
    assert holm([]).tolist() == []


def test_the_shape_is_kept() -> None:
    found = holm([[0.01, 0.2], [nan, 0.03]])
    np.testing.assert_allclose(found, [[0.03, 0.2], [nan, 0.06]])


@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_what_is_no_p_value_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=f"must be in .0, 1., not {value}"):
        holm([0.5, nan, value])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 100).map(lambda n: n / 100), max_size=8),
    st.sampled_from([0.01, 0.05, 0.3]),
)
def test_what_is_rejected_is_what_stepping_down_rejects(
    p_values: list[float], alpha: float
) -> None:
    ascending = sorted(range(len(p_values)), key=lambda place: p_values[place])
    rejected = set()
    for rank, place in enumerate(ascending):
        # Compared as the product, since that is what is rounded.
        if p_values[place] * (len(p_values) - rank) > alpha:
            break
        rejected.add(place)
    assert set(np.flatnonzero(holm(p_values) <= alpha)) == rejected
