"""How long scoring takes where an article has very many quotations, and how much memory."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator

from benchmarks.measure import peak_mb, run_apart

_N_REPEATS = 3


def figures() -> Iterator[tuple[str, str]]:
    """Each figure is measured in a process of its own, so that peak memory is its own too."""
    for n_quotes in (200, 1000):
        for kind, how in (("own", "of words of their own"), ("alike", "that share most words")):
            figure = run_apart("benchmarks.scoring", n_quotes, kind)
            yield (
                f"score 1 pair with {n_quotes:,} quotes a side {how}",
                f"{figure['s']:.2f} s, {figure['ratio']:.1f}x rapidfuzz `cdist` + scipy assignment "
                f"alone (medians of {_N_REPEATS}), peak {figure['mb']:.0f} MB",
            )


def main(n_quotes: int, kind: str) -> None:
    """Score, and print seconds, the ratio to the floor and peak memory."""
    from benchmarks.articles import quotes_pair
    from benchmarks.peers.floor import columns_of, count
    from harness.claims import load_schema
    from harness.scoring import count_article

    schema = load_schema()
    seconds, floors = [], []
    for seed in range(_N_REPEATS + 1):
        # The first is small: it warms up what is made once.
        n = n_quotes if seed else 10
        pair = quotes_pair(n, seed, alike=kind == "alike")
        gold, prediction = pair.records()
        columns = columns_of("quotes", pair.gold["quotes"], pair.predicted["quotes"])
        started = time.perf_counter()
        count_article(schema, gold, prediction, ("quotes",))
        scored = time.perf_counter()
        count("quotes", columns)
        if seed:
            seconds.append(scored - started)
            floors.append(time.perf_counter() - scored)
    ratio = statistics.median(own / floor for own, floor in zip(seconds, floors, strict=True))
    print(json.dumps({"s": statistics.median(seconds), "ratio": ratio, "mb": peak_mb()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
