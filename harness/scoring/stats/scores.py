"""Precision, recall and F1 of whole arrays of counts, by claim type and overall.

The definitions are those of `harness.scoring.score`, for many sums at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["checked_mask", "ratios", "score_array", "score_ratios"]


def score_array(counts: ArrayLike, in_overall: ArrayLike) -> NDArray[np.float64]:
    """Score arrays of counts.

    Parameters
    ----------
    counts
        Shape (..., n_types, 3): true positives, false positives, false negatives.
    in_overall
        Shape (n_types,), boolean: the claim types that have gold in the whole selection.

    Returns
    -------
    ndarray
        Shape (..., n_types + 1, 3): precision, recall and F1, each in [0, 1], or NaN where the
        denominator is zero or a count is NaN. The last row is overall: the mean of those of the
        types in overall that are defined, NaN where none is.

    Raises
    ------
    ValueError
        The shapes do not fit, or `in_overall` is not boolean.

    Examples
    --------
    >>> score_array([[2, 2, 0], [0, 0, 3]], [True, True]).tolist()
    [[0.5, 1.0, 0.6666666666666666], [nan, 0.0, 0.0], [0.5, 0.5, 0.3333333333333333]]
    """
    values = np.asarray(counts, dtype=np.float64)
    if values.ndim < 2 or values.shape[-1] != 3:
        raise ValueError(f"counts must have the shape (..., n_types, 3), not {values.shape}")
    mask = checked_mask(in_overall, values.shape[-2])
    return score_ratios(*ratios(values), mask)


def ratios(counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The numerators and denominators of precision, recall and F1: linear in the counts."""
    tp, fp, fn = counts[..., 0], counts[..., 1], counts[..., 2]
    numerators = np.stack([tp, tp, 2 * tp], axis=-1)
    denominators = np.stack([tp + fp, tp + fn, 2 * tp + fp + fn], axis=-1)
    return numerators, denominators


def score_ratios(
    numerators: NDArray[Any], denominators: NDArray[Any], in_overall: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Divide, and append the row overall. Shapes as in `score_array`."""
    *leading, n_types, n_scores = numerators.shape
    scores = np.full((*leading, n_types + 1, n_scores), np.nan)
    by_type = scores[..., :n_types, :]
    np.divide(numerators, denominators, out=by_type, where=denominators > 0)
    selected = by_type[..., in_overall, :]
    defined = ~np.isnan(selected)
    n_defined = defined.sum(axis=-2)
    total = np.where(defined, selected, 0.0).sum(axis=-2)
    np.divide(total, n_defined, out=scores[..., n_types, :], where=n_defined > 0)
    return scores


def checked_mask(in_overall: ArrayLike, n_types: int) -> NDArray[np.bool_]:
    """The mask as an array; ValueError where it is not one boolean for each claim type."""
    mask = np.asarray(in_overall)
    if mask.shape != (n_types,) or (mask.dtype != np.bool_ and n_types):
        raise ValueError(
            f"in_overall must be {n_types} booleans, one for each claim type, "
            f"not {mask.dtype} of shape {mask.shape}"
        )
    return mask.astype(np.bool_)
