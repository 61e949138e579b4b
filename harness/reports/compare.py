"""Two result folders side by side, scored anew on the articles that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import Problem, RunError
from harness.evaluate import OVERALL, ArticleCounts, ScoreRow, score_counts
from harness.records import Cell, Counts, Level
from harness.reports.csv_text import TEXT_COLUMNS, read_csv
from harness.reports.frame import ColumnType, make_frame
from harness.scoring import LEVELS

__all__ = ["ResultCounts", "comparison_table", "load_result"]

ARTICLES_FILE = "articles.csv"

_NEEDED = (
    *("model", "prompt", "article_id", "claim_type", "level"),
    *("tp", "fp", "fn", "set_aside", "n_repeats", "n_failed"),
)

_COMPARISONS: dict[str, ColumnType] = {
    "model_a": "str",
    "prompt_a": "str",
    "model_b": "str",
    "prompt_b": "str",
    "claim_type": "str",
    "level": "str",
    "n_types": "Int64",
    "n_articles": "Int64",
    "n_failed_a": "Int64",
    "n_failed_b": "Int64",
    "n_gold_a": "float64",
    "n_gold_b": "float64",
    "n_predicted_a": "float64",
    "n_predicted_b": "float64",
    "precision_a": "float64",
    "precision_b": "float64",
    "precision_difference": "float64",
    "recall_a": "float64",
    "recall_b": "float64",
    "recall_difference": "float64",
    "f1_a": "float64",
    "f1_b": "float64",
    "f1_difference": "float64",
}

_Key = tuple[str, str, Level]
"""Article, claim type and level."""


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """The per-article counts of a result folder, by cell."""

    folder: Path
    cells: Mapping[Cell, tuple[ArticleCounts, ...]]


def load_result(folder: Path) -> ResultCounts:
    """Read the counts that a run or a scoring left in its folder.

    Parameters
    ----------
    folder
        A result folder, which holds ``articles.csv``.

    Raises
    ------
    RunError
        If the file is not there or is no such table.
    """
    path = folder / ARTICLES_FILE
    try:
        frame = read_csv(path)
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} is no result folder: it has no {ARTICLES_FILE}. Give the folder of a run, "
            "or one that `harness score` wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    _check_columns(frame, path)
    cells: dict[Cell, dict[_Key, ArticleCounts]] = {}
    problems = []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        where = f"{path}: row {number}"
        counts = _article_counts(row)
        key = (counts.article_id, counts.claim_type, counts.level)
        of_cell = cells.setdefault(Cell(row["model"], row["prompt"]), {})
        if counts.level not in LEVELS:
            problems.append(Problem(where, f"there is no level {counts.level!r}"))
        if key in of_cell:
            problems.append(Problem(where, f"repeats a row before it: {', '.join(key)}"))
        of_cell[key] = counts
    if problems:
        raise RunError(problems)
    return ResultCounts(folder, {cell: tuple(rows.values()) for cell, rows in cells.items()})


def _check_columns(frame: pd.DataFrame, path: Path) -> None:
    missing = [name for name in _NEEDED if name not in frame.columns]
    if missing:
        what = f"has no column {', '.join(missing)}: it was not written by this program"
        raise RunError([Problem(str(path), what)])
    if frame.empty:
        raise RunError([Problem(str(path), "has no rows: nothing was scored")])
    wrong = [
        name
        for name in _NEEDED
        if name not in TEXT_COLUMNS and not _are_counts(frame[name].tolist())
    ]
    if wrong:
        what = f"column {', '.join(wrong)} has cells that are no counts"
        raise RunError([Problem(str(path), what)])


def _are_counts(values: Sequence[Any]) -> bool:
    return all(
        isinstance(value, int | float) and isfinite(value) and value >= 0 for value in values
    )


def _article_counts(row: Mapping[str, Any]) -> ArticleCounts:
    return ArticleCounts(
        row["article_id"],
        row["claim_type"],
        row["level"],
        Counts(row["tp"], row["fp"], row["fn"], row["set_aside"]),
        int(row["n_repeats"]),
        int(row["n_failed"]),
    )


def comparison_table(
    left: ResultCounts, right: ResultCounts, *, force: bool = False
) -> pd.DataFrame:
    """Compare two results on the articles that both have.

    A cell that both have is compared with itself; where they have none in common, every cell of
    the left is compared with every cell of the right.

    Parameters
    ----------
    left, right
        A and B. A difference is B minus A: positive where B is better.
    force
        Compare also where the two were scored against different gold.

    Returns
    -------
    pandas.DataFrame
        A row for each pair of cells, claim type that both were scored on (and `OVERALL`) and
        level.

    Raises
    ------
    RunError
        If no pair of cells has an article in common, or the gold differs.
    """
    rows: list[tuple[Any, ...]] = []
    problems: list[Problem] = []
    for cell_a, cell_b in _cell_pairs(left, right):
        a, b = _common(left.cells[cell_a], right.cells[cell_b])
        if not force:
            problems.extend(_gold_problems(a, b, cell_a, cell_b))
        names = (cell_a.model, cell_a.prompt, cell_b.model, cell_b.prompt)
        rows.extend((*names, *values) for values in _compare(a, b))
    if problems:
        raise RunError(problems)
    if not rows:
        raise RunError(f"{left.folder} and {right.folder} have no article and claim type in common")
    return make_frame(_COMPARISONS, rows)


def _cell_pairs(left: ResultCounts, right: ResultCounts) -> list[tuple[Cell, Cell]]:
    both = [cell for cell in left.cells if cell in right.cells]
    if both:
        return [(cell, cell) for cell in both]
    return list(product(left.cells, right.cells))


def _common(
    a: Sequence[ArticleCounts], b: Sequence[ArticleCounts]
) -> tuple[list[ArticleCounts], list[ArticleCounts]]:
    """The counts of what both have, in the order of the first."""
    of_b = {_key(each): each for each in b}
    shared = [each for each in a if _key(each) in of_b]
    return shared, [of_b[_key(each)] for each in shared]


def _key(counts: ArticleCounts) -> _Key:
    return (counts.article_id, counts.claim_type, counts.level)


def _gold_problems(
    a: Sequence[ArticleCounts], b: Sequence[ArticleCounts], cell_a: Cell, cell_b: Cell
) -> Iterator[Problem]:
    differing = sorted(
        {
            each_a.article_id
            for each_a, each_b in zip(a, b, strict=True)
            # Means over repeats may miss a whole number by a rounding error.
            if round(each_a.counts.n_gold) != round(each_b.counts.n_gold)
        }
    )
    if differing:
        yield Problem(
            f"{cell_a.model} {cell_a.prompt} and {cell_b.model} {cell_b.prompt}",
            f"scored against different gold: {len(differing)} common article(s) differ in their "
            f"number of gold claims, the first is {differing[0]!r}. Score both anew against the "
            "same gold, or compare them as they are with --force",
        )


def _compare(a: Sequence[ArticleCounts], b: Sequence[ArticleCounts]) -> Iterator[tuple[Any, ...]]:
    if not a:
        return
    claim_types = list(dict.fromkeys(each.claim_type for each in a))
    rows_a, rows_b = _score_alike(a, b, claim_types), _score_alike(b, a, claim_types)
    for row_a, row_b in zip(rows_a, rows_b, strict=True):
        yield (
            *(row_a.claim_type, row_a.level, row_a.n_types, row_a.n_articles),
            *(row_a.n_failed, row_b.n_failed),
            *(row_a.counts.n_gold, row_b.counts.n_gold),
            *(row_a.counts.n_predicted, row_b.counts.n_predicted),
            *_and_difference(row_a.micro.precision, row_b.micro.precision),
            *_and_difference(row_a.micro.recall, row_b.micro.recall),
            *_and_difference(row_a.micro.f1, row_b.micro.f1),
        )


def _score_alike(
    own: Sequence[ArticleCounts], other: Sequence[ArticleCounts], claim_types: Sequence[str]
) -> list[ScoreRow]:
    """Score one side; its overall is of the claim types that have gold on both sides."""
    rows = [row for row in score_counts(own, claim_types) if row.claim_type != OVERALL]
    with_gold = [
        claim_type
        for claim_type in claim_types
        if all(
            any(each.claim_type == claim_type and each.counts.n_gold for each in side)
            for side in (own, other)
        )
    ]
    overall = [row for row in score_counts(own, with_gold) if row.claim_type == OVERALL]
    return rows + overall


def _and_difference(a: float, b: float) -> tuple[float, float, float]:
    return (a, b, b - a)
