"""From count vectors to the rows of a report: micro, macro, overall, by slice, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.vectors import CountVectors
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
    rows: list[ScoreRow] = []
    overall: list[ScoreRow] = []
    for number, level in enumerate(LEVELS):
        own = list(_score_level(vectors, number, level, slice_name))
        rows.extend(own[:-1])
        # At the level content, which few claim types have, there is no mean over types.
        if level in CLAIM_LEVELS:
            overall.append(own[-1])
    rows.sort(key=lambda row: vectors.claim_types.index(row.claim_type))
    return (*rows, *overall)


def has_gold(vectors: CountVectors) -> NDArray[np.bool_]:
    """The claim types that have gold: those of the overall score, for every cell alike."""
    levels = [LEVELS.index(level) for level in CLAIM_LEVELS]
    n_gold = vectors.totals[:, :, levels][..., [_TP, _FN]].sum(axis=(0, 2, 3))
    return np.asarray(n_gold > 0)


def _score_level(
    vectors: CountVectors, number: int, level: Level, slice_name: str
) -> Iterator[ScoreRow]:
    chosen = has_gold(vectors)
    sums = vectors.scaled[:, :, number].sum(axis=0)
    micro = score_array(sums[:, :3], chosen)
    macro = _macro(score_array(vectors.scaled[:, :, number, :3], chosen)[:, :-1], chosen)
    readable = score_array(vectors.readable.means[:, :, number, :3].sum(axis=0), chosen)
    is_labelled = vectors.n_repeats > 0
    for column, claim_type in enumerate(vectors.claim_types):
        if vectors.is_counted[column, number] and is_labelled[:, column].any():
            yield ScoreRow(
                claim_type,
                level,
                _counts(sums[column], vectors.scale),
                as_score(micro[column]),
                as_score(macro[column]),
                as_score(readable[column]),
                n_articles=int(is_labelled[:, column].sum()),
                n_failed=int(vectors.n_failed[:, column].sum()),
                n_types=1,
                slice=slice_name,
            )
    yield ScoreRow(
        OVERALL,
        level,
        _counts(sums[chosen].sum(axis=0), vectors.scale),
        as_score(micro[-1]),
        as_score(macro[-1]),
        as_score(readable[-1]),
        n_articles=int(is_labelled[:, chosen].any(axis=1).sum()),
        n_failed=int(vectors.n_failed[:, chosen].sum()),
        n_types=int(chosen.sum()),
        slice=slice_name,
    )


def _macro(by_article: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The means of the articles' own scores, and last the mean of those of the chosen types."""
    by_type = _mean_of_defined(by_article)
    return np.concatenate([by_type, _mean_of_defined(by_type[chosen])[np.newaxis]])


def _mean_of_defined(values: NDArray[np.float64]) -> NDArray[np.float64]:
    is_defined = ~np.isnan(values)
    n = is_defined.sum(axis=0)
    total = np.where(is_defined, values, 0).sum(axis=0)
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


def _counts(scaled: NDArray[np.int64], scale: int) -> Counts:
    return Counts(*(count if scale == 1 else count / scale for count in scaled.tolist()))


def as_score(values: NDArray[np.float64]) -> Score:
    """Precision, recall and F1 of an array of the three."""
    return Score(*values.tolist())
