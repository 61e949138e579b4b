"""The random draws, in chunks that stay in the processor's cache.

They depend on the number of units, the number of resamples and the seed alone, so everything that
is computed over the same units is paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["all_swaps", "check_settings", "random_swaps", "resample_weights"]

# Larger arrays are slower by half: their memory is asked of the system anew for each chunk.
# With another size the same seed gives other bootstrap draws: random words are left over at the
# end of each chunk.
_CHUNK_CELLS = 2**14


def resample_weights(n_units: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """How often each unit is drawn, `n_units` draws with replacement to a row.

    Yields
    ------
    ndarray
        Shape (rows, n_units), `n_resamples` rows in all; each row sums to `n_units`.
    """
    generator = np.random.default_rng(seed)
    # Small integers are drawn several to a random word; the places in a chunk must fit as well.
    dtype = np.min_scalar_type(max(_CHUNK_CELLS, n_units))
    for start, stop in _chunks(n_resamples, n_units):
        rows = stop - start
        places = generator.integers(n_units, size=(rows, n_units), dtype=dtype)
        places += np.arange(0, rows * n_units, n_units, dtype=dtype)[:, np.newaxis]
        counted = np.bincount(places.ravel(), minlength=rows * n_units)
        yield counted.reshape(rows, n_units)


def random_swaps(n_units: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """For each unit 1 (swap) or 0, by the toss of a coin.

    Yields
    ------
    ndarray
        Shape (rows, n_units), `n_resamples` rows in all.
    """
    generator = np.random.default_rng(seed)
    n_words = -(-n_units // 64)
    for start, stop in _chunks(n_resamples, n_units):
        words = generator.integers(2**64, size=(stop - start, n_words), dtype=np.uint64)
        # Little-endian, so that the same seed swaps the same units on every machine.
        yield np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, count=n_units)


def all_swaps(n_units: int) -> Iterator[NDArray[np.uint8]]:
    """Each of the 2**n_units ways to swap units once, the first being to swap none."""
    for start, stop in _chunks(2**n_units, n_units):
        numbers = np.arange(start, stop, dtype=np.int64)[:, np.newaxis]
        yield ((numbers >> np.arange(n_units)) & 1).astype(np.uint8)


def check_settings(n_resamples: int, seed: int) -> None:
    """ValueError where `n_resamples` is no integer from 1, or `seed` none from 0."""
    if not _is_integer(n_resamples) or n_resamples < 1:
        raise ValueError(f"n_resamples must be an integer of at least 1, not {n_resamples!r}")
    # None would seed from the machine: never the same twice.
    if not _is_integer(seed) or seed < 0:
        raise ValueError(f"seed must be a non-negative integer, not {seed!r}")


def _is_integer(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _chunks(n_rows: int, n_columns: int) -> Iterator[tuple[int, int]]:
    size = max(1, _CHUNK_CELLS // max(1, n_columns))
    for start in range(0, n_rows, size):
        yield start, min(start + size, n_rows)
