"""Pairs of items within blocks, against one pair after the other."""

from __future__ import annotations

import random
from itertools import accumulate, chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.comparators.blocks import Blocks, equal_pairs, every_pair

SIZES = st.lists(st.integers(0, 4), max_size=5)


def number_of_each(sizes: list[int]) -> list[int]:
    return [number for number, size in enumerate(sizes) for _ in range(size)]


@given(SIZES)
def test_blocks_stand_one_behind_the_other(sizes: list[int]) -> None:
    blocks = Blocks(sizes)
    assert len(blocks) == len(sizes)
    assert blocks.sizes.tolist() == sizes
    assert blocks.starts == [0, *accumulate(sizes)]
    assert blocks.n_items == sum(sizes)
    assert blocks.numbers.tolist() == number_of_each(sizes)
    items = list(range(sum(sizes)))
    parts = [items[blocks.of(number)] for number in range(len(sizes))]
    assert [len(part) for part in parts] == sizes
    assert list(chain.from_iterable(parts)) == items


@given(SIZES, st.randoms(use_true_random=False))
def test_the_blocks_of_some_items_alone(sizes: list[int], chance: random.Random) -> None:
    numbers = number_of_each(sizes)
    chosen = [place for place in range(len(numbers)) if chance.random() < 0.5]
    selected = Blocks(sizes).select(np.array(chosen, dtype=np.int64))
    expected = [sum(numbers[place] == number for place in chosen) for number in range(len(sizes))]
    assert selected.sizes.tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5))
def test_every_pair_within_a_block(sizes: list[tuple[int, int]]) -> None:
    one, other = [size for size, _ in sizes], [size for _, size in sizes]
    rows, columns = every_pair(Blocks(one), Blocks(other))
    expected = [
        (row, column)
        for row, number in enumerate(number_of_each(one))
        for column, its in enumerate(number_of_each(other))
        if number == its
    ]
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == expected


KEYS = st.lists(st.integers(0, 5), max_size=8)


@given(KEYS, KEYS)
def test_every_pair_of_equal_keys(keys: list[int], others: list[int]) -> None:
    rows, columns = equal_pairs(*(np.array(each, dtype=np.int64) for each in (keys, others)))
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [
        (row, column)
        for row, key in enumerate(keys)
        for column, other in enumerate(others)
        if key == other
    ]
