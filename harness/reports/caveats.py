"""What the figures of a result rest on, and what so few articles cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isnan

from harness.evaluate import ALL, ALPHA, HEADLINE, OVERALL, Evaluation
from harness.scoring.stats import MIN_STORIES, smallest_p

__all__ = ["Basis", "basis_of", "caveats", "span", "too_few"]

_ONE_OF = {"articles": "article", "stories": "story"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of a result rest on.

    Parameters
    ----------
    n_cells
        Cells of the result.
    units
        How many units each cell's overall interval resamples, and what they are.
    same_articles
        Whether all cells are scored on the same articles.
    n_types
        How many claim types are in the overall figures of each cell.
    p
        Of each comparison at the headline level, NaN where it is undefined.
    n_resamples
        Of intervals and tests.
    """

    n_cells: int
    units: Collection[tuple[int, str]]
    same_articles: bool
    n_types: Collection[int]
    p: Sequence[float]
    n_resamples: int


def basis_of(evaluation: Evaluation) -> Basis:
    """What the figures of an evaluation rest on."""
    cells = evaluation.cells
    intervals = (cell.intervals.get((ALL, OVERALL, HEADLINE)) for cell in cells)
    rows = (cell.score_of(OVERALL) for cell in cells)
    return Basis(
        len(cells),
        {(each.n_units, each.unit) for each in intervals if each is not None},
        len({cell.vectors.article_ids for cell in cells}) <= 1,
        {row.n_types for row in rows if row is not None},
        [row.p.f1 for row in evaluation.comparisons if row.level == HEADLINE],
        evaluation.signature.resampling.n_resamples,
    )


def caveats(basis: Basis) -> list[str]:
    """Say what a reader should know before deciding by the figures; sentences."""
    notes = []
    if len(set(basis.n_types)) > 1:
        notes.append("Not all are scored on the same claim types: their overall figures differ.")
    return notes + _of_units(basis)


def _of_units(basis: Basis) -> list[str]:
    if not basis.same_articles:
        return ["Not all are scored on the same articles: their order says little."]
    if len(basis.units) != 1:
        return []
    ((n_units, unit),) = basis.units
    if n_units < 2:
        what = f"One {_ONE_OF[unit]} says" if n_units else "No gold says"
        return [f"{what} nothing of how figures vary: there are no intervals."]
    if basis.n_cells > 1:
        return too_few(n_units, unit, basis.p, basis.n_resamples)
    if n_units < MIN_STORIES:
        return [f"{n_units} {unit} are few: the interval may be too narrow."]
    return []


def too_few(
    n_units: int, unit: str, family: Sequence[float], n_resamples: int = 10_000
) -> list[str]:
    """Say that so few units allow no p that is small enough, where that is so."""
    n_tests = sum(not isnan(p) for p in family)
    smallest = smallest_p(n_units, n_resamples)
    if n_tests * smallest < ALPHA:
        return []
    units = f"{n_units} {_ONE_OF[unit] if n_units == 1 else unit}"
    return [
        f"With {units} no difference between cells can be significant, however large: p is at "
        f"least {smallest:.2g}, and {span([n_tests], 'comparison')} are made."
    ]


def span(values: Sequence[float], noun: str) -> str:
    """How many of something there are, where it may differ from row to row."""
    low, high = (round(min(values)), round(max(values))) if values else (0, 0)
    plural = noun if low == high == 1 else f"{noun}s"
    return f"{low} {plural}" if low == high else f"{low} to {high} {plural}"
