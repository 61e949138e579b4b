"""How long the statistics of a comparison take: resamples and permutations of counts."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import peak_mb, run_apart

_N_ARTICLES = 1000
_N_TYPES = 4
_N_RESAMPLES = 10_000
_N_REPEATS = 3


def figures() -> Iterator[tuple[str, str]]:
    """Both in one process, beside the least that resampling does: the bare sums."""
    figure = run_apart("benchmarks.resampling")
    of = f"of {_N_ARTICLES:,} articles x {_N_TYPES} claim types"
    for name, what in (("bootstrap", "bootstrap resamples"), ("permutation", "permutations")):
        yield (
            f"{_N_RESAMPLES:,} {what} {of}",
            f"{figure[name]:.2f} s, {figure[name] / figure['floor']:.1f}x the bare sums of as many "
            f"resamples in numpy (medians of {_N_REPEATS}), peak {figure['mb']:.0f} MB for both",
        )


def main() -> None:
    """Print the seconds of each as JSON."""
    from harness.scoring.stats import bootstrap_sums, randomization_test

    seconds: dict[str, list[float]] = {"floor": [], "bootstrap": [], "permutation": []}
    for seed in range(_N_REPEATS):
        a, b = _two_cells(seed)
        in_overall = np.ones(_N_TYPES, dtype=np.bool_)
        started = time.perf_counter()
        bootstrap_sums(a, _N_RESAMPLES, seed)
        seconds["bootstrap"].append(time.perf_counter() - started)
        started = time.perf_counter()
        randomization_test(a, b, in_overall, _N_RESAMPLES, seed)
        seconds["permutation"].append(time.perf_counter() - started)
        mb = peak_mb()  # before the floor, which holds more at once
        started = time.perf_counter()
        _bare_sums(a, seed)
        seconds["floor"].append(time.perf_counter() - started)
        if seed == 0:
            peak = mb
    print(
        json.dumps(
            {"mb": peak, **{name: statistics.median(each) for name, each in seconds.items()}}
        )
    )


def _two_cells(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """tp, fp and fn of each article and claim type: of one gold, the second cell a bit better."""
    random = np.random.default_rng(seed)
    shape = (_N_ARTICLES, _N_TYPES)
    n_gold = random.integers(0, 11, size=shape)

    def counts(share: float) -> NDArray[np.int64]:
        tp = random.binomial(n_gold, share)
        return np.stack([tp, random.poisson(2, size=shape), n_gold - tp], axis=-1)

    return counts(0.6), counts(0.61)


def _bare_sums(counts: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    flat = counts.reshape(_N_ARTICLES, -1).astype(np.float64)
    sums = np.empty((_N_RESAMPLES, flat.shape[1]))
    for start in range(0, _N_RESAMPLES, 1000):
        n = min(1000, _N_RESAMPLES - start)
        drawn = random.integers(0, _N_ARTICLES, size=(n, _N_ARTICLES))
        rows = np.arange(n)[:, None] * _N_ARTICLES
        weights = np.bincount((drawn + rows).ravel(), minlength=n * _N_ARTICLES)
        sums[start : start + n] = weights.reshape(n, _N_ARTICLES).astype(np.float64) @ flat
    return sums


if __name__ == "__main__":
    main()
