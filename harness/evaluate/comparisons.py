"""Pairs of cells: how far their scores differ, and whether that is more than noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.evaluate.scores import (
    OVERALL,
    Resampling,
    as_score,
    has_gold,
    labelled_units,
    stories_of,
)
from harness.evaluate.vectors import CountVectors, mean_count
from harness.records import Article, Cell, Level
from harness.scoring import CLAIM_LEVELS, LEVELS, Score
from harness.scoring.stats import (
    ResamplingUnits,
    bootstrap_sums,
    holm,
    percentile_interval,
    randomization_test,
    resampling_units,
    score_array,
    smallest_detectable_difference,
    standard_error,
    sum_by_unit,
)

__all__ = ["ALPHA", "HEADLINE", "CellComparison", "Verdict", "compare_cells", "compare_vectors"]

ALPHA = 0.05
"""The level of significance, after Holm's adjustment."""

HEADLINE: Level = "lenient"
"""The level of ranks and verdicts."""

_F1 = 2
_NO_ERROR = 1e-12

CellCounts: TypeAlias = tuple[Cell, CountVectors]
"""A cell and its counts."""

Verdict: TypeAlias = Literal["", "better", "worse", "no evidence"]


@dataclass(frozen=True, slots=True)
class CellComparison:
    """B beside A: a claim type (or `OVERALL`) at a level, on the articles that both have.

    Parameters
    ----------
    a, b
        Micro scores.
    n_gold, n_predicted, n_failed
        Of A and of B: required gold claims, predictions and failed replies.
    low, high
        The 95% percentile interval of B minus A.
    p
        Of the paired approximate randomization test, two-sided, for precision, recall and F1.
    p_holm
        That of F1, adjusted for all pairs of cells and claim types; NaN beside the headline level.
    detectable
        The smallest difference in F1 that such a comparison would find four times in five; 0 where
        it is the same in every resample, which says nothing.
    unit, n_units
        What is resampled and swapped, ``stories`` or ``articles``, and in how many of them the
        claim type is labelled.
    exact
        Whether all swaps were looked at.
    """

    cell_a: Cell
    cell_b: Cell
    claim_type: str
    level: Level
    n_types: int
    n_articles: int
    a: Score
    b: Score
    n_gold: tuple[float, float]
    n_predicted: tuple[float, float]
    n_failed: tuple[int, int]
    low: Score
    high: Score
    p: Score
    detectable: float
    unit: str
    n_units: int
    exact: bool
    p_holm: float = nan

    @property
    def difference(self) -> Score:
        """B minus A: positive where B is better."""
        return Score(
            self.b.precision - self.a.precision,
            self.b.recall - self.a.recall,
            self.b.f1 - self.a.f1,
        )

    @property
    def verdict(self) -> Verdict:
        """What the headline's F1 says of B: ``better``, ``worse`` or ``no evidence``."""
        if isnan(self.p_holm):
            return ""
        if self.p_holm >= ALPHA:
            return "no evidence"
        return "better" if self.difference.f1 > 0 else "worse"


def compare_cells(
    pairs: Iterable[tuple[CellCounts, CellCounts]],
    articles: Mapping[str, Article],
    resampling: Resampling,
) -> tuple[CellComparison, ...]:
    """Compare pairs of cells, and adjust p for all of them together.

    Parameters
    ----------
    pairs
        A and B of each comparison.
    articles
        What is known of articles, by id: their stories are what is resampled.
    resampling
        The seed and the number of resamples and swaps.

    Returns
    -------
    tuple of CellComparison
        By pair, claim type (then `OVERALL`) and level. A pair without common articles has none.
    """
    rows = [row for a, b in pairs for row in compare_vectors(a, b, articles, resampling)]
    family = [number for number, row in enumerate(rows) if row.level == HEADLINE]
    adjusted = holm([rows[number].p.f1 for number in family]).tolist()
    for number, p in zip(family, adjusted, strict=True):
        rows[number] = replace(rows[number], p_holm=p)
    return tuple(rows)


def compare_vectors(
    a: CellCounts,
    b: CellCounts,
    articles: Mapping[str, Article],
    resampling: Resampling,
) -> list[CellComparison]:
    """Compare two cells on the articles and claim types that both have, without adjusting p."""
    both = _common(a[1], b[1])
    if both is None:
        return []
    left, right = both
    units = resampling_units(left.article_ids, stories_of(left.article_ids, articles))
    chosen = has_gold(left) & has_gold(right)
    scaled = _scaled_alike(left, right)
    by_unit = sum_by_unit(np.stack(scaled, axis=1), units)
    draws = bootstrap_sums(by_unit[..., :3], resampling.n_resamples, resampling.seed)
    found = [
        row
        for number, level in enumerate(LEVELS)
        for row in _compare_level(
            (a[0], left), (b[0], right), number, level, by_unit, draws, chosen, units, resampling
        )
    ]
    order = [*left.claim_types, OVERALL]
    return sorted(found, key=lambda row: order.index(row.claim_type))


def _common(a: CountVectors, b: CountVectors) -> tuple[CountVectors, CountVectors] | None:
    """Both, with nothing but the articles and claim types that are labelled for both."""
    types = [each for each in a.claim_types if each in b.claim_types]
    shared = set(a.article_ids) & set(b.article_ids)
    left, right = a.select(shared, types), b.select(shared, types)
    is_both = (left.n_repeats > 0) & (right.n_repeats > 0)
    if not is_both.any():
        return None
    is_row = np.asarray(is_both.any(axis=1))
    is_column = np.asarray(is_both.any(axis=0))
    rows = [left.article_ids[row] for row in np.flatnonzero(is_row)]
    columns = [types[column] for column in np.flatnonzero(is_column)]
    kept = is_both[is_row][:, is_column]
    return _only(left.select(rows, columns), kept), _only(right.select(rows, columns), kept)


def _only(vectors: CountVectors, kept: NDArray[np.bool_]) -> CountVectors:
    return replace(
        vectors,
        totals=vectors.totals * kept[:, :, np.newaxis, np.newaxis],
        n_repeats=vectors.n_repeats * kept,
        n_failed=vectors.n_failed * kept,
    )


def _scaled_alike(a: CountVectors, b: CountVectors) -> tuple[NDArray[np.int64], ...]:
    """The means over repeats of both, times one number that makes them whole."""
    scale = int(np.lcm(a.scale, b.scale))
    return tuple(each.scaled * (scale // each.scale) for each in (a, b))


def _compare_level(
    a: CellCounts,
    b: CellCounts,
    number: int,
    level: Level,
    by_unit: NDArray[np.int64],
    draws: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    units: ResamplingUnits,
    resampling: Resampling,
) -> list[CellComparison]:
    counts = by_unit[:, :, :, number]
    sums = counts.sum(axis=0)
    scores = score_array(sums[..., :3], chosen)
    test = randomization_test(
        counts[:, 0, :, :3], counts[:, 1, :, :3], chosen, resampling.n_resamples, resampling.seed
    )
    n_units = labelled_units(a[1].n_repeats > 0, units, chosen)
    drawn = score_array(draws[:, :, :, number], chosen)
    differences = drawn[:, 1] - drawn[:, 0]
    # One unit varies no more than its copies do.
    differences[:, np.array(n_units) < 2] = np.nan
    low, high, _ = percentile_interval(differences)
    error = standard_error(differences)
    # Sums in another order may leave a trace of a difference that never varies.
    detectable = smallest_detectable_difference(np.where(error < _NO_ERROR, 0, error))
    is_counted = a[1].is_counted[:, number] & b[1].is_counted[:, number]
    rows = []
    for row, name in enumerate((*a[1].claim_types, OVERALL)):
        is_overall = name == OVERALL
        if not (level in CLAIM_LEVELS if is_overall else is_counted[row]):
            continue
        columns = chosen if is_overall else np.arange(len(chosen)) == row
        rows.append(
            CellComparison(
                a[0],
                b[0],
                name,
                level,
                n_types=int(columns.sum()),
                n_articles=int((a[1].n_repeats[:, columns] > 0).any(axis=1).sum()),
                a=as_score(scores[0, row]),
                b=as_score(scores[1, row]),
                n_gold=_pair(a[1], b[1], number, columns, (0, 2)),
                n_predicted=_pair(a[1], b[1], number, columns, (0, 1, 3)),
                n_failed=(
                    int(a[1].n_failed[:, columns].sum()),
                    int(b[1].n_failed[:, columns].sum()),
                ),
                low=as_score(low[row]),
                high=as_score(high[row]),
                p=as_score(test.p[row]),
                detectable=float(detectable[row, _F1]),
                unit=units.kind,
                n_units=n_units[row],
                exact=test.exact,
            )
        )
    return rows


def _pair(
    a: CountVectors,
    b: CountVectors,
    number: int,
    columns: NDArray[np.bool_],
    parts: tuple[int, ...],
) -> tuple[float, float]:
    """The sum of some counts of A and of B, averaged over repeats."""
    sums = [int(each.scaled[:, columns, number][..., list(parts)].sum()) for each in (a, b)]
    return (mean_count(sums[0], a.scale), mean_count(sums[1], b.scale))
