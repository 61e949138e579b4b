"""Paired approximate randomization: could the difference between two cells be chance?

If the cells did not differ, which of them made which of a unit's two results would be a toss of a
coin. The test swaps the results of whole units and asks how often the difference gets as large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.scoring.stats.draws import all_swaps, check_settings, random_swaps
from harness.scoring.stats.scores import checked_mask, ratios, score_ratios

__all__ = ["RandomizationResult", "randomization_test", "smallest_p"]

_EXACT_FLOAT32 = 2**24
_EXACT_FLOAT64 = 2**53
# Scores are in [0, 1] and wrong by no more than about 1e-15; what lies nearer than this is
# compared in integers.
_NEAR = 1e-9
_SCORED_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class RandomizationResult:
    """The p values of the differences between two cells.

    Parameters
    ----------
    p
        Shape (n_types + 1, 3): for each claim type, and last for overall, that of precision,
        recall and F1; NaN where the observed difference is undefined.
    n_undefined
        Of the same shape: the swaps that were left out because the difference is undefined.
    exact
        All swaps there are were looked at.
    n
        The swaps looked at.
    """

    p: NDArray[np.float64]
    n_undefined: NDArray[np.int64]
    exact: bool
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class _Ratios:
    """Numerators and denominators of the scores of one or more pairs of cells.

    Parameters
    ----------
    a, b
        Each a numerator and a denominator of shape (..., n_types, 3), whole numbers.
    """

    a: tuple[NDArray[Any], NDArray[Any]]
    b: tuple[NDArray[Any], NDArray[Any]]

    def differences(self, in_overall: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The absolute differences of the scores, of shape (..., n_types + 1, 3)."""
        return np.abs(score_ratios(*self.a, in_overall) - score_ratios(*self.b, in_overall))

    def select(
        self, places: NDArray[np.intp], types: NDArray[np.intp], score: int
    ) -> NDArray[np.int64]:
        """What one score of the types is made of: shape (n_places, 4, n_types)."""
        wanted = (places[:, np.newaxis], types, score)
        parts = [part[wanted] for part in (*self.a, *self.b)]
        return np.stack(parts, axis=1).astype(np.int64)


def randomization_test(
    a: ArrayLike, b: ArrayLike, in_overall: ArrayLike, n_resamples: int = 10_000, seed: int = 0
) -> RandomizationResult:
    """Test the differences between the micro scores of two cells, two-sided.

    Where there are no more than `n_resamples` ways to swap units, all are looked at, and
    p = c / N; else as many random ones, and p = (c + 1) / (N + 1). c counts the swaps where the
    absolute difference is at least as large as the observed one, N those where it is defined.
    Ties are decided exactly.

    Parameters
    ----------
    a, b
        Shape (n_units, n_types, 3), non-negative integers: true positives, false positives and
        false negatives of the two cells on the same units, in the same order. Counts that are
        means over repeats are multiplied by a common denominator k first, the same for both
        cells. It cancels, since scores are ratios of sums of counts: k tp / (k tp + k fp) is
        tp / (tp + fp), and so for recall and F1, whichever units are swapped.
    in_overall
        Shape (n_types,), boolean: the claim types that have gold in the whole selection.
    n_resamples
        At least 1.
    seed
        Any integer from 0. The swaps depend on it, on n_units and on n_resamples alone.

    Returns
    -------
    RandomizationResult
        The p values of precision, recall and F1 of each claim type and overall.

    Raises
    ------
    ValueError
        The shapes differ, counts are not non-negative integers, or their sums are too large for
        exact arithmetic; or `n_resamples` or `seed` is out of its range.

    References
    ----------
    Noreen, E. W. (1989). Computer-Intensive Methods for Testing Hypotheses. Wiley.

    Examples
    --------
    >>> a = [[[3, 0, 1]], [[2, 1, 0]], [[4, 0, 0]]]
    >>> b = [[[1, 2, 3]], [[1, 1, 1]], [[2, 2, 2]]]
    >>> result = randomization_test(a, b, [True])
    >>> result.exact, result.n, result.p[0].tolist()
    (True, 8, [0.25, 0.25, 0.25])
    """
    check_settings(n_resamples, seed)
    counts_a, counts_b = _checked_counts(a, "a"), _checked_counts(b, "b")
    if counts_a.shape != counts_b.shape:
        raise ValueError(f"a has the shape {counts_a.shape}, but b {counts_b.shape}")
    n_units, n_types, _ = counts_a.shape
    mask = checked_mask(in_overall, n_types)
    exact = _is_enumerated(n_units, n_resamples)
    # To swap a unit moves from a to b what a has more of.
    gains = counts_a - counts_b
    if exact:
        # To swap a unit where the cells are alike changes nothing, so one swap stands for several.
        gains = gains[gains.any(axis=(1, 2))]
        n, n_alike = 2 ** len(gains), 2 ** (n_units - len(gains))
        moved = _swapped_sums(gains, all_swaps(len(gains)), n)
    else:
        n, n_alike = n_resamples, 1
        moved = _swapped_sums(gains, random_swaps(n_units, n_resamples, seed), n)

    sums_a, sums_b = counts_a.sum(axis=0), counts_b.sum(axis=0)
    observed = _Ratios(ratios(sums_a[np.newaxis]), ratios(sums_b[np.newaxis]))
    difference = observed.differences(mask)
    reached = np.zeros((n_types + 1, 3), dtype=np.int64)
    n_undefined = np.zeros_like(reached)
    for start in range(0, n, _SCORED_AT_ONCE):
        block = moved[start : start + _SCORED_AT_ONCE]
        swapped = _Ratios(ratios(sums_a - block), ratios(sums_b + block))
        differences = swapped.differences(mask)
        reached += (differences > difference + _NEAR).sum(axis=0)
        near = np.abs(differences - difference) <= _NEAR
        reached += _n_reached_exactly(near, swapped, observed, mask)
        n_undefined += np.isnan(differences).sum(axis=0)
    # What was observed is one of all swaps already; random ones are given it.
    given = 0 if exact else 1
    p = np.full(reached.shape, np.nan)
    np.divide(reached + given, n - n_undefined + given, out=p, where=~np.isnan(difference[0]))
    return RandomizationResult(p, n_undefined * n_alike, exact, n * n_alike)


def smallest_p(n_units: int, n_resamples: int = 10_000) -> float:
    """The smallest p that `randomization_test` could give, whatever the counts.

    Where this is above the level of significance, no difference could be significant. All swaps
    include that of no unit and that of every unit, and both are as large as what was observed.

    Examples
    --------
    >>> smallest_p(4), smallest_p(1000, n_resamples=99)
    (0.125, 0.01)
    """
    check_settings(n_resamples, seed=0)
    if n_units < 0:
        raise ValueError(f"n_units must be at least 0, not {n_units!r}")
    if _is_enumerated(n_units, n_resamples):
        return min(1.0, 2.0 ** (1 - n_units))
    return 1 / (n_resamples + 1)


def _is_enumerated(n_units: int, n_resamples: int) -> bool:
    return n_units < int(n_resamples).bit_length()  # 2**n_units <= n_resamples


def _checked_counts(counts: ArrayLike, name: str) -> NDArray[np.int64]:
    values = np.asarray(counts)
    if values.ndim != 3 or values.shape[-1] != 3:
        raise ValueError(f"{name} must have the shape (n_units, n_types, 3), not {values.shape}")
    if values.size and values.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers, not {values.dtype}")
    if (values < 0).any():
        raise ValueError(f"{name} holds a negative count: {int(values.min())}")
    # Twice the true positives of both cells is the largest number that is computed.
    if 4 * values.sum(dtype=np.float64) >= _EXACT_FLOAT64:
        raise ValueError(f"the counts of {name} are too large for exact arithmetic")
    return values.astype(np.int64)


def _swapped_sums(
    counts: NDArray[np.int64], swaps_in_chunks: Iterable[NDArray[np.uint8]], n: int
) -> NDArray[np.float64]:
    """The sums of the counts of the units that are swapped: shape (n, n_types, 3)."""
    n_units, n_types, _ = counts.shape
    flat = counts.reshape(n_units, n_types * 3)
    # The narrowest type in which every sum is exact, and one type for both factors, or the
    # product would be made without BLAS.
    largest = np.abs(flat).sum(axis=0).max(initial=0)
    factor: NDArray[np.floating[Any]] = flat.astype(
        np.float32 if largest < _EXACT_FLOAT32 else np.float64
    )
    sums = np.empty((n, n_types * 3))
    start = 0
    for swaps in swaps_in_chunks:
        stop = start + len(swaps)
        sums[start:stop] = swaps.astype(factor.dtype) @ factor
        start = stop
    return sums.reshape(n, n_types, 3)


def _n_reached_exactly(
    near: NDArray[np.bool_], swapped: _Ratios, observed: _Ratios, in_overall: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Of the swaps near what was observed, those at least as large, in whole numbers."""
    n_reached = np.zeros(near.shape[1:], dtype=np.int64)
    only = np.array([0])
    for row, score in np.argwhere(near.any(axis=0)).tolist():
        types = np.array([row]) if row < len(in_overall) else np.flatnonzero(in_overall)
        target = Fraction(*_exact_difference(*observed.select(only, types, score)[0].tolist()))
        places = np.flatnonzero(near[:, row, score])
        # Few different numbers make many ties, so each is compared once.
        parts = swapped.select(places, types, score).reshape(-1, 4 * len(types))
        distinct, n_each = np.unique(parts, axis=0, return_counts=True)
        for part, n in zip(distinct.reshape(-1, 4, len(types)), n_each, strict=True):
            numerator, denominator = _exact_difference(*part.tolist())
            if numerator * target.denominator >= target.numerator * denominator:
                n_reached[row, score] += n
    return n_reached


def _exact_difference(
    numerators_a: Sequence[int],
    denominators_a: Sequence[int],
    numerators_b: Sequence[int],
    denominators_b: Sequence[int],
) -> tuple[int, int]:
    """The absolute difference of two means of ratios, as numerator and denominator."""
    mean_a, below_a = _exact_mean(numerators_a, denominators_a)
    mean_b, below_b = _exact_mean(numerators_b, denominators_b)
    return abs(mean_a * below_b - mean_b * below_a), below_a * below_b


def _exact_mean(numerators: Sequence[int], denominators: Sequence[int]) -> tuple[int, int]:
    # Not reduced: a common divisor would take longer to find than it saves.
    total, common, n_defined = 0, 1, 0
    for numerator, denominator in zip(numerators, denominators, strict=True):
        if denominator:
            total, common = total * denominator + numerator * common, common * denominator
            n_defined += 1
    return total, common * n_defined
