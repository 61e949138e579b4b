"""Holm's correction for testing many hypotheses at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["holm"]


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust a family of p values, step down.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none becomes smaller than
    one before it, none greater than 1. A hypothesis whose adjusted value is at most alpha is
    rejected with at most alpha as the chance of any false rejection, whatever the dependence.

    Parameters
    ----------
    p_values
        Of any shape, in [0, 1]. NaN (no test) is not of the family.

    Returns
    -------
    ndarray
        Adjusted values in the same places; NaN stays NaN.

    Raises
    ------
    ValueError
        A value is not in [0, 1].

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    >>> holm([0.5, 0.0625, np.nan, 0.125]).tolist()
    [0.5, 0.1875, nan, 0.25]
    """
    given = np.asarray(p_values, dtype=np.float64)
    values = given.ravel()
    family = np.flatnonzero(~np.isnan(values))
    outside = values[family][(values[family] < 0) | (values[family] > 1)]
    if len(outside):
        raise ValueError(f"a p value must be in [0, 1], not {float(outside[0])!r}")
    ascending = family[np.argsort(values[family], kind="stable")]
    factors = np.arange(len(family), 0, -1)
    adjusted = np.full(len(values), np.nan)
    adjusted[ascending] = np.minimum(np.maximum.accumulate(values[ascending] * factors), 1.0)
    return adjusted.reshape(given.shape)
