"""The percentile bootstrap: resampled sums of counts, intervals and standard errors.

Scores come from sums of counts, so the sums are resampled, once for everything that is scored
from them. The same units, resamples and seed give the same draws: differences between the values
of two cells, row by row, are paired.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.scoring.stats.draws import check_settings, resample_weights

__all__ = [
    "Interval",
    "bootstrap_sums",
    "percentile_interval",
    "smallest_detectable_difference",
    "standard_error",
]

_EXACT_FLOAT32 = 2**24
_DETECTABLE = 2.80
"""z(0.975) + z(0.80): found at the 5% level with a power of 80%."""


class Interval(NamedTuple):
    """The limits of an interval, and how many resamples were undefined and left out."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_undefined: NDArray[np.int64]


def bootstrap_sums(
    counts: ArrayLike, n_resamples: int = 10_000, seed: int = 0
) -> NDArray[np.float64]:
    """Sum the counts of units drawn with replacement, as many as there are, again and again.

    Parameters
    ----------
    counts
        Shape (n_units, ...), finite.
    n_resamples
        At least 1.
    seed
        Any integer from 0.

    Returns
    -------
    ndarray
        Shape (n_resamples, ...), exact where the counts are integers. NaN where there are fewer
        than two units: resampling one unit says nothing of how units differ.

    Raises
    ------
    ValueError
        A count is not finite, or `n_resamples` or `seed` is out of its range.

    Examples
    --------
    >>> sums = bootstrap_sums([[1, 0], [0, 1]], n_resamples=1000)
    >>> sums.shape, sums.sum(axis=1).min(), sums.sum(axis=1).max()
    ((1000, 2), np.float64(2.0), np.float64(2.0))
    """
    check_settings(n_resamples, seed)
    values = np.asarray(counts, dtype=np.float64)
    if values.ndim == 0:
        raise ValueError("counts must have the shape (n_units, ...), not that of a single number")
    if not np.isfinite(values).all():
        raise ValueError("counts must be finite")
    n_units = len(values)
    flat = values.reshape(n_units, int(np.prod(values.shape[1:])))
    sums = np.full((n_resamples, flat.shape[1]), np.nan)
    if n_units >= 2:
        flat = flat.astype(_narrowest(flat))
        start = 0
        for weights in resample_weights(n_units, n_resamples, seed):
            stop = start + len(weights)
            sums[start:stop] = weights.astype(flat.dtype) @ flat
            start = stop
    return sums.reshape(n_resamples, *values.shape[1:])


def percentile_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """The percentile interval of resampled values.

    Parameters
    ----------
    values
        Shape (n_resamples, ...). NaN is undefined: left out and counted.
    level
        The share of the resamples that the interval holds, in (0, 1).

    Returns
    -------
    Interval
        For each column the percentiles, interpolated linearly, NaN where every resample is
        undefined; and the number of undefined resamples. Each of shape (...).

    Raises
    ------
    ValueError
        The level is not in (0, 1), or `values` is a single number.

    Examples
    --------
    >>> low, high, n_undefined = percentile_interval([0.0, 1.0, 2.0, 3.0, 4.0, np.nan], level=0.5)
    >>> float(low), float(high), int(n_undefined)
    (1.0, 3.0, 1)
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level!r}")
    columns, shape = _columns(values)
    undefined = np.isnan(columns)
    limits = np.full((2, len(columns)), np.nan)
    tail = (1 - level) / 2
    for number, column in enumerate(columns):
        defined = column[~undefined[number]]
        if len(defined):
            limits[:, number] = np.quantile(defined, [tail, 1 - tail])
    low, high = limits
    n_undefined = undefined.sum(axis=1, dtype=np.int64)
    return Interval(low.reshape(shape), high.reshape(shape), n_undefined.reshape(shape))


def standard_error(values: ArrayLike) -> NDArray[np.float64]:
    """The standard deviation of resampled values, by n - 1.

    Parameters
    ----------
    values
        Shape (n_resamples, ...). NaN is undefined and left out.

    Returns
    -------
    ndarray
        Shape (...); NaN where fewer than two resamples are defined.

    Examples
    --------
    >>> float(standard_error([1.0, 2.0, 3.0, np.nan]))
    1.0
    """
    columns, shape = _columns(values)
    errors = np.full(len(columns), np.nan)
    for number, column in enumerate(columns):
        defined = column[~np.isnan(column)]
        if len(defined) > 1:
            errors[number] = defined.std(ddof=1)
    return errors.reshape(shape)


def smallest_detectable_difference(standard_error: ArrayLike) -> NDArray[np.float64]:
    """The true difference that a comparison would find four times in five, at the 5% level.

    Parameters
    ----------
    standard_error
        Of the paired difference.

    Examples
    --------
    >>> round(float(smallest_detectable_difference(0.01)), 6)
    0.028
    """
    return np.asarray(np.asarray(standard_error, dtype=np.float64) * _DETECTABLE)


def _columns(values: ArrayLike) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """The values of each column as a contiguous row, and the shape of the columns."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0:
        raise ValueError("values must have the shape (n_resamples, ...), not that of one number")
    shape = array.shape[1:]
    return np.ascontiguousarray(array.reshape(len(array), int(np.prod(shape))).T), shape


def _narrowest(counts: NDArray[np.float64]) -> type[np.float32] | type[np.float64]:
    """The narrowest type in which sums of as many counts as there are stay exact."""
    whole = np.array_equal(counts, np.rint(counts))
    largest = float(np.abs(counts).max(initial=0))
    return np.float32 if whole and largest * len(counts) < _EXACT_FLOAT32 else np.float64
