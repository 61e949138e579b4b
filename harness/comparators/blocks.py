"""Which items of a flat list belong together: those of an article, where there are many articles.

What is compared of many articles at once stands in flat lists, article after article. Items are
compared within their own block alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blocks", "Places", "equal_pairs", "every_pair"]

Places = NDArray[np.int64]
"""Where items stand in a flat list."""


class Blocks:
    """How many items of a flat list each block has; they stand one behind the other.

    Parameters
    ----------
    sizes
        Of each block.

    Attributes
    ----------
    starts
        Where each block starts, and where the last one ends.

    Examples
    --------
    >>> blocks = Blocks([2, 0, 1])
    >>> blocks.starts, blocks.numbers.tolist()
    ([0, 2, 2, 3], [0, 0, 2])
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        self.starts = list(accumulate(sizes, initial=0))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_items(self) -> int:
        """The length of the flat list."""
        return self.starts[-1]

    @cached_property
    def sizes(self) -> Places:
        """How many items each block has."""
        starts = np.array(self.starts, dtype=np.int64)
        sizes: Places = starts[1:] - starts[:-1]
        return sizes

    @cached_property
    def numbers(self) -> Places:
        """The number of each item's block."""
        if len(self) == 1:
            return np.zeros(self.n_items, dtype=np.int64)
        return np.arange(len(self)).repeat(self.sizes)

    def of(self, number: int) -> slice:
        """Where the items of a block stand."""
        return slice(self.starts[number], self.starts[number + 1])

    def select(self, places: Places) -> Blocks:
        """The blocks of some items alone, which are in their order."""
        if len(self) == 1:
            return Blocks([len(places)])
        return Blocks(np.bincount(self.numbers[places], minlength=len(self)).tolist())


def every_pair(one: Blocks, other: Blocks) -> tuple[Places, Places]:
    """Every pair of an item of the one list and an item of the other that have the same block.

    Examples
    --------
    >>> rows, columns = every_pair(Blocks([2, 1]), Blocks([2, 1]))
    >>> rows.tolist(), columns.tolist()
    ([0, 0, 1, 1, 2], [0, 1, 0, 1, 2])
    """
    starts = np.array(other.starts[:-1], dtype=np.int64)
    return _expand(starts.repeat(one.sizes), other.sizes.repeat(one.sizes))


def equal_pairs(keys: Places, others: Places) -> tuple[Places, Places]:
    """Every pair of equal keys, by their places.

    Examples
    --------
    >>> rows, columns = equal_pairs(np.array([7, 8, 7]), np.array([9, 7]))
    >>> rows.tolist(), columns.tolist()
    ([0, 2], [1, 1])
    """
    order = others.argsort(kind="stable")
    ordered = others[order]
    first = ordered.searchsorted(keys, "left")
    rows, columns = _expand(first, ordered.searchsorted(keys, "right") - first)
    return rows, order[columns]


def _expand(first: Places, n: Places) -> tuple[Places, Places]:
    """For each range of numbers, given by its first and how many, its place and each number."""
    before = n.cumsum() - n
    places = np.arange(len(n)).repeat(n)
    return places, np.arange(len(places)) + (first - before).repeat(n)
