"""What is resampled: whole stories, or articles where there are too few stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_STORIES", "ResamplingUnits", "resampling_units", "sum_by_unit"]

MIN_STORIES = 8
"""With fewer stories than this, articles are resampled."""


@dataclass(frozen=True, slots=True, eq=False)
class ResamplingUnits:
    """The units of a list of articles.

    Parameters
    ----------
    labels
        The name of each unit, sorted: a story, or the id of an article that is its own unit.
    index
        For each article, in the order of the list, the number of its unit.
    order
        The places of the articles in the list, sorted by unit and article id.
    """

    kind: Literal["stories", "articles"]
    labels: tuple[str, ...]
    index: NDArray[np.intp]
    order: NDArray[np.intp]


def resampling_units(article_ids: Sequence[str], stories: Sequence[str]) -> ResamplingUnits:
    """Group articles into the units that are resampled together.

    Articles on one story share its facts and its wording, so they are not independent; stories
    are. Units are numbered in the order of their names, whatever the order of the articles.

    Parameters
    ----------
    article_ids
        The articles, each once.
    stories
        The story of each; an article whose story is ``""`` is a story of its own.

    Returns
    -------
    ResamplingUnits
        Stories, but articles where there are fewer than `MIN_STORIES` stories, or none is named.

    Raises
    ------
    ValueError
        The lists differ in length, or an article is there twice.

    Examples
    --------
    >>> units = resampling_units(["b", "a", "c"], ["vote", "vote", ""])
    >>> units.kind, units.labels, units.index.tolist()
    ('articles', ('a', 'b', 'c'), [1, 0, 2])
    """
    if len(article_ids) != len(stories):
        raise ValueError(f"{len(article_ids)} article ids, but {len(stories)} stories")
    twice = sorted(each for each, n in Counter(article_ids).items() if n > 1)
    if twice:
        raise ValueError(f"an article is there more than once: {twice[0]!r}")
    # The second item keeps a story apart from an article whose id is the story's name.
    keys = [
        (story, True) if story else (article_id, False)
        for article_id, story in zip(article_ids, stories, strict=True)
    ]
    kind: Literal["stories", "articles"] = "stories"
    if len(set(keys)) < MIN_STORIES or not any(stories):
        kind = "articles"
        keys = [(article_id, False) for article_id in article_ids]
    distinct = sorted(set(keys))
    numbers = {key: number for number, key in enumerate(distinct)}
    index = [numbers[key] for key in keys]
    order = sorted(range(len(keys)), key=lambda place: (index[place], article_ids[place]))
    return ResamplingUnits(
        kind,
        tuple(name for name, _ in distinct),
        np.array(index, dtype=np.intp),
        np.array(order, dtype=np.intp),
    )


def sum_by_unit(counts: ArrayLike, units: ResamplingUnits) -> NDArray[Any]:
    """Sum the counts of the articles of each unit.

    Parameters
    ----------
    counts
        Shape (n_articles, ...), in the order of the articles that the units were made of.

    Returns
    -------
    ndarray
        Shape (n_units, ...): int64 for integers, float64 otherwise. Fractions are added in the
        order of the article ids, so that the last bit does not depend on the order of the list.

    Raises
    ------
    ValueError
        There are not as many rows as articles.

    Examples
    --------
    >>> units = resampling_units(["b", "a"], ["", ""])
    >>> sum_by_unit([[1, 0, 2], [3, 1, 0]], units).tolist()
    [[3, 1, 0], [1, 0, 2]]
    """
    values = np.asarray(counts)
    n_articles = len(units.index)
    if values.ndim == 0 or len(values) != n_articles:
        raise ValueError(f"counts of shape {values.shape} for {n_articles} articles")
    values = values.astype(np.int64 if values.dtype.kind in "biu" else np.float64)
    sums = np.zeros((len(units.labels), *values.shape[1:]), dtype=values.dtype)
    np.add.at(sums, units.index[units.order], values[units.order])
    return sums
