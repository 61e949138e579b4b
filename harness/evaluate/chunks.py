"""Which articles are scored at once: enough that it pays, and few enough for memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from harness.records import Gold, Prediction

__all__ = ["chunks", "n_cells"]

# So many articles are scored at once, unless they have more pairs of a gold claim and a prediction.
_MOST_ARTICLES = 64
_MOST_CELLS = 500_000

T = TypeVar("T")


def chunks(items: Iterable[T], cells_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Lists of items that are scored at once: few enough, and with few enough pairs of claims."""
    chunk: list[T] = []
    total = 0
    for item in items:
        n = cells_of(item)
        if chunk and total + n > _MOST_CELLS:
            yield chunk
            chunk, total = [], 0
        chunk.append(item)
        total += n
        if len(chunk) == _MOST_ARTICLES:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


def n_cells(gold: Gold, *predictions: Prediction) -> int:
    """How many pairs of a gold claim and a prediction an article has."""
    return sum(
        len(claims) * len(prediction.claims.get(name, ()))
        for name, claims in gold.claims.items()
        for prediction in predictions
    )
