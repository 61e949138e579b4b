"""Pairs in arrays."""

from __future__ import annotations

import numpy as np
import pytest

from harness.comparators.interface import AlikeArrays, integers


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([], np.int64),
        ([1, 2**63 - 1], np.int64),
        # What would fit without a sign, too: a product with another array is to be exact.
        ([1, 2**63], np.object_),
        ([1, 2**64], np.object_),
        ([2**63, 2**64 - 1], np.object_),
    ],
)
def test_integers_are_of_any_size_where_one_is_beyond_64_bits(
    values: list[int], dtype: type[np.generic]
) -> None:
    found = integers(values)
    assert found.dtype == dtype
    assert found.tolist() == values
    ones = np.ones(len(values), dtype=np.int64)
    assert ((found // 2) * ones).tolist() == [value // 2 for value in values]


PAIRS = [(3, 1, True, 1, 1), (0, 2, False, 2, 3), (0, 0, False, 2**63, 2**64)]


def test_pairs_are_the_same_in_arrays() -> None:
    found = AlikeArrays.of(iter(PAIRS))
    assert list(found) == PAIRS
    assert len(found) == 3
    assert found.exact.dtype == np.bool_
    assert list(found.take(np.array([2, 0]))) == [PAIRS[2], PAIRS[0]]
    assert list(found.where(found.exact)) == PAIRS[:1]
    assert list(found + AlikeArrays.of(())) == PAIRS
    assert list(AlikeArrays.of(PAIRS[:1]) + AlikeArrays.of(PAIRS[1:])) == PAIRS


def test_no_pairs_are_arrays_of_the_same_kinds() -> None:
    for nothing in AlikeArrays.of(()), AlikeArrays.exactly(*np.zeros((2, 0), dtype=np.int64)):
        assert list(nothing) == []
        assert nothing.exact.dtype == np.bool_
        assert nothing.numerators.dtype == nothing.denominators.dtype == np.int64
        assert nothing.rows.dtype == nothing.columns.dtype == np.int64


def test_pairs_that_are_all_exact() -> None:
    found = AlikeArrays.exactly(np.array([4, 0]), np.array([1, 1]))
    assert list(found) == [(4, 1, True, 1, 1), (0, 1, True, 1, 1)]
