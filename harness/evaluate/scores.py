"""From count vectors to the rows of a report: micro, macro, overall, by slice, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.vectors import CountVectors, mean_count
from harness.records import Article, Counts, Level
from harness.scoring import CLAIM_LEVELS, LEVELS, Score
from harness.scoring.stats import (
    ResamplingUnits,
    bootstrap_sums,
    percentile_interval,
    resampling_units,
    score_array,
    sum_by_unit,
)

__all__ = [
    "ALL",
    "OVERALL",
    "Resampling",
    "ScoreInterval",
    "ScoreRow",
    "as_score",
    "has_gold",
    "labelled_units",
    "score_intervals",
    "score_slices",
    "score_vectors",
    "slices_of",
    "stories_of",
]

OVERALL = "overall"
"""The name under which the mean of the claim types stands."""

ALL = "all"
"""The name of the slice that holds every article."""

_UNDEFINED = Score()
_TP, _FN = 0, 2
_CLAIM_LEVELS = [LEVELS.index(level) for level in CLAIM_LEVELS]
# Slices are scored in batches, so that the arrays of many stories, or of many articles, stay small.
_BATCH_SLICES = 256
_BATCH_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals and tests are made; recorded with each score.

    Parameters
    ----------
    seed
        Any whole number from 0 on.
    n_resamples
        Of the bootstrap, and the swaps of a test where not all are looked at.
    """

    seed: int = 0
    n_resamples: int = 10_000


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The score of a claim type at a level, or of all of them (`OVERALL`).

    Parameters
    ----------
    counts
        Summed over articles, averaged over repeats.
    micro, macro
        From summed counts, and as the mean of the articles' own scores. For `OVERALL` each is
        the mean over the claim types that have gold.
    readable
        Micro, over the replies that did not fail.
    n_articles
        The articles behind the row.
    n_types
        The number of claim types behind the row.
    slice
        The articles that are looked at: `ALL`, or e.g. ``split=dev``.
    """

    claim_type: str
    level: Level
    counts: Counts
    micro: Score
    macro: Score
    readable: Score
    n_articles: int
    n_failed: int
    n_types: int
    slice: str = ALL


@dataclass(frozen=True, slots=True)
class ScoreInterval:
    """The 95% percentile interval of a micro score.

    Parameters
    ----------
    low, high
        Its limits; NaN where fewer than two units leave nothing to resample.
    n_undefined
        How many resamples had no precision, recall and F1; they are left out.
    unit
        What was resampled: ``stories`` or ``articles``.
    n_units
        In how many of them the claim type is labelled.
    """

    low: Score
    high: Score
    n_undefined: tuple[int, int, int]
    unit: str
    n_units: int


def slices_of(
    article_ids: Iterable[str], articles: Mapping[str, Article]
) -> dict[str, tuple[str, ...]]:
    """Name the slices of a selection: all, then each split, tag and story that it has.

    Parameters
    ----------
    article_ids
        The selection.
    articles
        What is known of articles, by id; some or all may be missing.

    Returns
    -------
    dict of str to tuple of str
        The ids of each slice, in the order of the selection.
    """
    chosen = tuple(article_ids)
    found: dict[str, dict[str, list[str]]] = {"split": {}, "tag": {}, "story": {}}
    for article in (articles[each] for each in chosen if each in articles):
        names = {"split": (article.split,), "tag": article.tags, "story": (article.story,)}
        for kind, values in names.items():
            for value in filter(None, dict.fromkeys(values)):
                found[kind].setdefault(value, []).append(article.id)
    slices = {ALL: chosen}
    for kind, members in found.items():
        for value, ids in sorted(members.items()):
            slices[f"{kind}={value}"] = tuple(ids)
    return slices


def score_vectors(vectors: CountVectors, slice_name: str = ALL) -> tuple[ScoreRow, ...]:
    """Score counts: a row for each claim type and level, then the overall rows.

    Parameters
    ----------
    vectors
        Counts of the articles of a slice.
    slice_name
        What the slice is called.
    """
    return tuple(score_slices(vectors, {slice_name: vectors.article_ids}))


def score_slices(vectors: CountVectors, slices: Mapping[str, Sequence[str]]) -> Iterator[ScoreRow]:
    """Score slices, each as if it were everything, in their order and as `score_vectors` does.

    Parameters
    ----------
    vectors
        Counts of articles.
    slices
        The ids of the articles of each slice, sorted.
    """
    if vectors.is_rounded and len(slices) > 1:
        # Rounded to a scale that is that of all; a slice has its own.
        for name, ids in slices.items():
            yield from score_vectors(vectors.select(ids), name)
        return
    by_article = _ArticleScores.of(vectors)
    for batch in _batches(slices):
        yield from _score_batch(vectors, by_article, batch)


def _batches(slices: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Sequence[str]]]:
    """Slices that are scored at once: many small ones, or a large one."""
    batch: dict[str, Sequence[str]] = {}
    n_rows = 0
    for name, ids in slices.items():
        if batch and (n_rows + len(ids) > _BATCH_ROWS or len(batch) == _BATCH_SLICES):
            yield batch
            batch, n_rows = {}, 0
        batch[name] = ids
        n_rows += len(ids)
    yield batch


@dataclass(frozen=True, slots=True, eq=False)
class _ArticleScores:
    """What the rows of slices are summed from, for each article.

    Parameters
    ----------
    scores
        Shape (n_articles, n_types, n_levels, 3): precision, recall and F1 of its own.
    readable
        Shape (n_articles, n_types, n_levels, 3): the mean counts of the replies that can be read.
    """

    scores: NDArray[np.float64]
    readable: NDArray[np.float64]

    @classmethod
    def of(cls, vectors: CountVectors) -> _ArticleScores:
        return cls(_by_type(vectors.scaled[..., :3]), vectors.readable.means[..., :3])


class _Sums:
    """Sums over the articles of each slice, in the order of the articles."""

    def __init__(self, vectors: CountVectors, slices: Mapping[str, Sequence[str]]) -> None:
        sizes = [len(ids) for ids in slices.values()]
        self.rows = vectors.places(each for ids in slices.values() for each in ids)
        self.of = np.repeat(np.arange(len(sizes)), sizes)
        self._n = len(sizes)

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """Shape (n_articles, ...) to (n_slices, ...)."""
        return self.of_rows(values[self.rows])

    def of_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """The same for values of the articles of one slice after the other."""
        dtype = np.float64 if values.dtype.kind == "f" else np.int64
        sums = np.zeros((self._n, *values.shape[1:]), dtype)
        np.add.at(sums, self.of, values)
        return sums


def _score_batch(
    vectors: CountVectors, by_article: _ArticleScores, slices: Mapping[str, Sequence[str]]
) -> Iterator[ScoreRow]:
    sums = _Sums(vectors, slices)
    counts = sums(vectors.scaled)
    is_labelled = vectors.n_repeats > 0
    chosen = counts[:, :, _CLAIM_LEVELS][..., [_TP, _FN]].sum(axis=(2, 3)) > 0
    defined = ~np.isnan(by_article.scores)
    macro = _quotients(sums(np.where(defined, by_article.scores, 0)), sums(defined))
    micro, readable = _by_type(counts[..., :3]), _by_type(sums(by_article.readable))
    # Claim types, and last what is overall: the mean of their scores, the sum of their counts.
    micro_scores, macro_scores, readable_scores = (
        _with_overall(each, chosen).tolist() for each in (micro, macro, readable)
    )
    all_counts = _with_sum(counts, chosen).tolist()
    n_failed = _with_sum(sums(vectors.n_failed), chosen).tolist()
    is_in = (is_labelled[sums.rows] & chosen[sums.of]).any(axis=1)
    n_articles = np.column_stack([sums(is_labelled), sums.of_rows(is_in)]).tolist()
    n_types = chosen.sum(axis=1).tolist()
    levels = _levels_of_rows(vectors)
    for number, name in enumerate(slices):
        for row, claim_type, level in levels:
            is_overall = row == len(vectors.claim_types)
            if not (is_overall or n_articles[number][row]):
                continue
            at = LEVELS.index(level)
            yield ScoreRow(
                claim_type,
                level,
                _counts(all_counts[number][row][at], vectors.scale),
                Score(*micro_scores[number][row][at]),
                Score(*macro_scores[number][row][at]),
                Score(*readable_scores[number][row][at]),
                n_articles=n_articles[number][row],
                n_failed=n_failed[number][row],
                n_types=n_types[number] if is_overall else 1,
                slice=name,
            )


def _levels_of_rows(vectors: CountVectors) -> list[tuple[int, str, Level]]:
    """The levels at which each claim type is counted, and last those of overall."""
    found = [
        (row, claim_type, level)
        for row, claim_type in enumerate(vectors.claim_types)
        for number, level in enumerate(LEVELS)
        if vectors.is_counted[row, number]
    ]
    # At the level content, which few claim types have, there is no mean over types.
    return found + [(len(vectors.claim_types), OVERALL, level) for level in CLAIM_LEVELS]


def has_gold(vectors: CountVectors) -> NDArray[np.bool_]:
    """The claim types that have gold: those of the overall score, for every cell alike."""
    n_gold = vectors.totals[:, :, _CLAIM_LEVELS][..., [_TP, _FN]].sum(axis=(0, 2, 3))
    return np.asarray(n_gold > 0)


def _by_type(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Precision, recall and F1 of counts of the shape (..., n_types, n_levels, 3), in that form."""
    by_level = np.moveaxis(counts, -2, 0)
    scores = score_array(by_level, np.zeros(counts.shape[-3], dtype=np.bool_))[..., :-1, :]
    return np.ascontiguousarray(np.moveaxis(scores, 0, -2))


def _with_overall(scores: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scores of the shape (n_slices, n_types, ...), and last the mean of the chosen types'."""
    defined = ~np.isnan(scores) & _spread(chosen, scores)
    total = np.where(defined, scores, 0).sum(axis=1)
    return np.concatenate([scores, _quotients(total, defined.sum(axis=1))[:, np.newaxis]], axis=1)


def _with_sum(counts: NDArray[np.int64], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Counts of the shape (n_slices, n_types, ...), and last the sum of those of chosen types."""
    total = (counts * _spread(chosen, counts)).sum(axis=1)
    return np.concatenate([counts, total[:, np.newaxis]], axis=1)


def _spread(chosen: NDArray[np.bool_], values: NDArray[Any]) -> NDArray[np.bool_]:
    return chosen.reshape(*chosen.shape, *(1,) * (values.ndim - chosen.ndim))


def _quotients(total: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means; NaN where there is nothing to divide by."""
    return np.where(n > 0, total / n.clip(min=1), np.nan)


def score_intervals(
    vectors: CountVectors, articles: Mapping[str, Article], resampling: Resampling
) -> dict[tuple[str, Level], ScoreInterval]:
    """Bootstrap the micro scores of every claim type, and overall, at every level.

    Parameters
    ----------
    vectors
        Counts of the articles of a slice.
    articles
        What is known of articles, by id: their stories are what is resampled.
    resampling
        The seed and the number of resamples.

    Returns
    -------
    dict
        By claim type (or `OVERALL`) and level.
    """
    units = resampling_units(vectors.article_ids, stories_of(vectors.article_ids, articles))
    chosen = has_gold(vectors)
    names = (*vectors.claim_types, OVERALL)
    n_units = labelled_units(vectors.n_repeats > 0, units, chosen)
    sums = bootstrap_sums(
        sum_by_unit(vectors.scaled[..., :3], units), resampling.n_resamples, resampling.seed
    )
    intervals = {}
    for number, level in enumerate(LEVELS):
        interval = percentile_interval(score_array(sums[:, :, number], chosen))
        for row, name in enumerate(names):
            is_varied = n_units[row] > 1
            intervals[name, level] = ScoreInterval(
                as_score(interval.low[row]) if is_varied else _UNDEFINED,
                as_score(interval.high[row]) if is_varied else _UNDEFINED,
                tuple(interval.n_undefined[row].tolist()) if is_varied else (0, 0, 0),
                units.kind,
                n_units[row],
            )
    return intervals


def labelled_units(
    is_labelled: NDArray[np.bool_], units: ResamplingUnits, in_overall: NDArray[np.bool_]
) -> list[int]:
    """In how many units each claim type is labelled, and last any of those in overall.

    Parameters
    ----------
    is_labelled
        Shape (n_articles, n_types).
    units
        Those of the articles.
    in_overall
        Shape (n_types,).
    """
    by_unit = sum_by_unit(is_labelled.astype(np.int64), units) > 0
    any_of_overall = by_unit[:, in_overall].any(axis=1)
    return [*by_unit.sum(axis=0).tolist(), int(any_of_overall.sum())]


def stories_of(article_ids: Sequence[str], articles: Mapping[str, Article]) -> list[str]:
    """The story of each article, empty where it is not known."""
    return [articles[each].story if each in articles else "" for each in article_ids]


def _counts(scaled: Sequence[int], scale: int) -> Counts:
    return Counts(*(mean_count(count, scale) for count in scaled))


def as_score(values: NDArray[np.float64]) -> Score:
    """Precision, recall and F1 of an array of the three."""
    return Score(*values.tolist())
