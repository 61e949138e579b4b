"""What each contestant is run by: the same pairs, a warm-up, one clock. Standard library only.

The clock is that of the processor: what others do on the machine meanwhile is not in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.measure import peak_mb

__all__ = ["f1", "run"]

T = TypeVar("T")


def run(prepare: Callable[[dict[str, Any]], T], score: Callable[[Sequence[T]], float]) -> None:
    """Score the first pairs of a file, and print CPU milliseconds a pair and memory as JSON.

    What a contestant needs made of the JSON is made before the clock starts. The first pair of
    the file is scored before that and not counted.

    Parameters
    ----------
    prepare
        Make a contestant's own objects of a pair.
    score
        Score pairs; returns the F1 that it finds for all of them.
    """
    path, n_pairs = Path(sys.argv[1]), int(sys.argv[2])
    with path.open(encoding="utf-8") as file:
        pairs = [prepare(json.loads(line)) for line in islice(file, n_pairs + 1)]
    score(pairs[:1])
    before = peak_mb()
    started = time.process_time()
    found = score(pairs[1:])
    seconds = time.process_time() - started
    peak = peak_mb()
    n = len(pairs) - 1
    figures = {"ms": 1000 * seconds / n, "n": n, "mb": peak, "added_mb": peak - before, "f1": found}
    print(json.dumps(figures))


def f1(tp: float, fp: float, fn: float) -> float:
    """F1 of summed counts."""
    return 2 * tp / (2 * tp + fp + fn)
