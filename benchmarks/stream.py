"""How much memory scoring takes where article pairs come one after the other and none is kept."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from benchmarks.articles import article_pair
from benchmarks.measure import peak_mb, run_apart
from harness.records import Gold, Prediction

_MARKS = (10_000, 100_000)

Pair = tuple[Gold, Prediction]


def score_stream(pairs: Iterator[Pair]) -> object:
    """Score pairs as they come; what is kept of them is their counts."""
    from harness.claims import load_schema
    from harness.evaluate import score_pairs, score_vectors

    return score_vectors(score_pairs(pairs, load_schema()))


def figures() -> Iterator[tuple[str, str]]:
    """One process scores all; its peak is read on the way."""
    figure = run_apart("benchmarks.stream", *_MARKS)
    for n, peak in zip(_MARKS, figure["mb"], strict=True):
        yield f"score {n:,} article pairs as a stream", f"peak {peak:.0f} MB"
    yield (
        f"the stream of {_MARKS[-1]:,}",
        f"{figure['ms']:.2f} ms a pair, {figure['s']:.0f} s; "
        f"making the pairs, which is not in it, took {figure['making_s']:.0f} s",
    )


def main(marks: list[int]) -> None:
    """Score as many pairs as the last mark says; print the peak memory after each mark."""
    peaks: list[float] = []
    making = 0.0

    def pairs() -> Iterator[Pair]:
        nonlocal making
        # One more than is marked: it is asked for when all before it are scored.
        for seed in range(marks[-1] + 1):
            if seed in marks:
                peaks.append(peak_mb())
            if seed == marks[-1]:
                return
            started = time.perf_counter()
            pair = article_pair(seed).records()
            making += time.perf_counter() - started
            yield pair

    started = time.perf_counter()
    score_stream(pairs())
    seconds = time.perf_counter() - started - making
    print(
        json.dumps(
            {"mb": peaks, "s": seconds, "ms": 1000 * seconds / marks[-1], "making_s": making}
        )
    )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
