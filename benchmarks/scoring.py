"""How long scoring takes, and how much memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.articles import article_pair, quotes_pair

_N_ARTICLES = 1000


def figures() -> Iterator[tuple[str, str]]:
    """Each figure is measured in a process of its own, so that peak memory is its own too."""
    yield from (
        (what, _measure(argument))
        for what, argument in (
            (
                f"score {_N_ARTICLES} article pairs (10 quotes, 10 actors, 8 dates, 5 sanctions)",
                "0",
            ),
            ("score 1 pair with 200 quotes a side", "200"),
            ("score 1 pair with 1,000 quotes a side", "1000"),
        )
    )


def _measure(argument: str) -> str:
    command = [sys.executable, "-m", "benchmarks.scoring", argument]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main(n_quotes: int) -> None:
    """Score, and print seconds and peak memory."""
    from harness.claims import load_schema
    from harness.scoring import count_article

    schema = load_schema()
    types = tuple(schema.types)
    if n_quotes:
        pairs = [quotes_pair(n_quotes)]
    else:
        pairs = [article_pair(seed) for seed in range(_N_ARTICLES)]
        count_article(schema, *pairs[0], types)
    started = time.perf_counter()
    for gold, prediction in pairs:
        count_article(schema, gold, prediction, types)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = f"{1000 * seconds / len(pairs):.2f} ms a pair, " if len(pairs) > 1 else ""
    print(f"{each}{seconds:.2f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]))
