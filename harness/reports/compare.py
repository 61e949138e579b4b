"""Results side by side: the cells of one, or of two on the articles that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from harness.errors import Problem, RunError
from harness.evaluate import (
    ArticleCounts,
    CellComparison,
    CountVectors,
    Resampling,
    compare_cells,
)
from harness.records import Article, Cell, Counts, Level
from harness.reports.comparisons_table import comparisons_table
from harness.reports.csv_text import TEXT_COLUMNS, read_csv
from harness.reports.tables import TAGS_APART
from harness.scoring import LEVELS

__all__ = ["ResultCounts", "comparison_table", "find_cell", "left_out", "load_result"]

ARTICLES_FILE = "articles.csv"

_NEEDED = (
    *("model", "prompt", "article_id", "claim_type", "level"),
    *("tp", "fp", "fn", "set_aside", "n_repeats", "n_failed"),
    *("story", "split", "tags", "gold", "scorer"),
)
_MOST = 10**9
"""No article has more claims or replies than this."""

_WHAT_TO_DO = "Score both anew in the same way, or compare them as they are with --force"

_Key = tuple[str, str, Level]
"""Article, claim type and level."""


@dataclass(frozen=True, eq=False)
class ResultCounts:
    """The counts of a result folder.

    Parameters
    ----------
    cells
        The counts of each cell.
    articles
        What the folder knows of each article; not its text.
    gold
        By article id, the hash of the gold that it was scored against.
    scorer
        The part of the signature that says how claims were scored.
    """

    folder: Path
    cells: Mapping[Cell, CountVectors]
    articles: Mapping[str, Article]
    gold: Mapping[str, str]
    scorer: str


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
    articles: dict[str, Article] = {}
    gold: dict[str, str] = {}
    problems = []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        where = f"{path}: row {number}"
        counts = _article_counts(row)
        key = (counts.article_id, counts.claim_type, counts.level)
        of_cell = cells.setdefault(Cell(row["model"], row["prompt"]), {})
        if counts.level not in LEVELS:
            problems.append(Problem(where, f"there is no level {counts.level!r}"))
        if not 1 <= row["n_repeats"] == counts.n_repeats >= counts.n_failed:
            problems.append(Problem(where, "n_repeats is no number of replies, n_failed of them"))
        if key in of_cell:
            problems.append(Problem(where, f"repeats a row before it: {', '.join(key)}"))
        of_cell[key] = counts
        articles.setdefault(counts.article_id, _article(row))
        gold.setdefault(counts.article_id, row["gold"])
    if problems:
        raise RunError(problems)
    return ResultCounts(
        folder,
        {cell: CountVectors.from_rows(rows.values()) for cell, rows in cells.items()},
        articles,
        gold,
        frame["scorer"].iloc[0],
    )


def _check_columns(frame: pd.DataFrame, path: Path) -> None:
    missing = [name for name in _NEEDED if name not in frame.columns]
    if missing:
        what = (
            f"has no column {', '.join(missing)}: it was not written by this version. Score it "
            "anew, or run it again, which asks nothing that is answered"
        )
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
        isinstance(value, int | float) and isfinite(value) and 0 <= value <= _MOST
        for value in values
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


def _article(row: Mapping[str, Any]) -> Article:
    tags = tuple(filter(None, row["tags"].split(TAGS_APART)))
    return Article(row["article_id"], "", story=row["story"], split=row["split"], tags=tags)


@dataclass(frozen=True, slots=True, order=True)
class _RunCell(Cell):
    """A cell, and the result that it is of: two results may have the same."""

    run: str


_Side: TypeAlias = tuple[_RunCell, CountVectors]


def comparison_table(
    left: ResultCounts,
    right: ResultCounts | None = None,
    *,
    baseline: str | None = None,
    force: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the cells of a result with each other, or two results on what both have.

    Of one result, every pair of cells. Of two, a cell that both have with itself; where they have
    none in common, every cell of the left with every cell of the right.

    Parameters
    ----------
    left, right
        A and B. A difference is B minus A: positive where B is better.
    baseline
        A cell of the left, as `find_cell` finds it, which is then A of every comparison: all other
        cells of the left, and all of the right, are compared with it.
    force
        Compare also where the two were scored in different ways or against different gold.
    seed
        Of the intervals and tests; a whole number from 0 on.

    Returns
    -------
    pandas.DataFrame
        A row for each pair of cells, claim type that both were scored on (and `OVERALL`) and
        level. ``run_a`` and ``run_b`` name the results.

    Raises
    ------
    RunError
        If there is no such baseline, no pair of cells has an article in common, or the signatures
        differ.
    """
    if right is not None and not force:
        problems = list(_signature_problems(left, right))
        if problems:
            raise RunError(problems)
    pairs = _pairs(left, right, baseline)
    articles = left.articles if right is None else _articles(left, right)
    rows = compare_cells(pairs, articles, Resampling(seed))
    if not rows:
        who = f"cells of {left.folder}" if right is None else f"{left.folder} and {right.folder}"
        raise RunError(f"{who} have no article and claim type in common")
    table = comparisons_table(rows)
    for place, side in ((0, "a"), (3, "b")):
        runs = pd.Series([_run_of(row, side) for row in rows], dtype="str")
        table.insert(place, f"run_{side}", runs)
    return table


def _run_of(row: CellComparison, side: str) -> str:
    cell = row.cell_a if side == "a" else row.cell_b
    assert isinstance(cell, _RunCell)
    return cell.run


def find_cell(result: ResultCounts, name: str) -> Cell:
    """The cell of a name: ``MODEL:PROMPT``, or ``MODEL`` where it has one prompt only.

    Models and prompts may have colons in their names, so those that exist are looked through.

    Raises
    ------
    RunError
        If no cell has the name, or several have; it names those there are.
    """
    found = [cell for cell in result.cells if _name(cell) == name]
    found = found or [cell for cell in result.cells if cell.model == name]
    if len(found) == 1:
        return found[0]
    cells = ", ".join(map(_name, found or result.cells))
    if found:
        raise RunError(f"{result.folder}: several cells are called {name!r}: {cells}")
    raise RunError(f"{result.folder}: there is no cell {name!r}; there are {cells}")


def _name(cell: Cell) -> str:
    return f"{cell.model}:{cell.prompt}"


def left_out(
    left: ResultCounts, right: ResultCounts | None, baseline: str | None = None
) -> list[str]:
    """Say what a comparison leaves out, a sentence each."""
    notes: list[str] = []
    if right is None:
        return notes
    is_paired = baseline is None and any(cell in right.cells for cell in left.cells)
    for side, other in ((left, right), (right, left)):
        cells = [cell for cell in side.cells if is_paired and cell not in other.cells]
        if cells:
            names = ", ".join(f"{cell.model} {cell.prompt}" for cell in cells)
            notes.append(f"only in {side.folder}, not compared: {names}")
        if n := len(side.articles.keys() - other.articles.keys()):
            notes.append(f"only in {side.folder}, left out: {n} article(s)")
    return notes


def _articles(left: ResultCounts, right: ResultCounts) -> dict[str, Article]:
    """What either side knows of each article; that of the left where both know something."""
    told = {each.id: each for each in left.articles.values() if each.story}
    return {**left.articles, **right.articles, **told}


def _pairs(
    left: ResultCounts, right: ResultCounts | None, baseline: str | None
) -> list[tuple[_Side, _Side]]:
    names = _run_names(left, right)
    own = _sides(left, names[0])
    others = {} if right is None else _sides(right, names[1])
    if baseline is not None:
        base = find_cell(left, baseline)
        rest = [side for cell, side in own.items() if cell != base]
        pairs = [(own[base], side) for side in (*rest, *others.values())]
    elif right is None:
        pairs = list(combinations(own.values(), 2))
    elif both := [cell for cell in own if cell in others]:
        return [(own[cell], others[cell]) for cell in both]
    else:
        return list(product(own.values(), others.values()))
    if not pairs:
        (cell,) = left.cells
        raise RunError(
            f"{left.folder} has one cell only, {_name(cell)}: give a second result to compare"
        )
    return pairs


def _sides(result: ResultCounts, run: str) -> dict[Cell, _Side]:
    return {
        cell: (_RunCell(cell.model, cell.prompt, run), vectors)
        for cell, vectors in result.cells.items()
    }


def _run_names(left: ResultCounts, right: ResultCounts | None) -> tuple[str, str]:
    """How the two are called: by their folders' names, by their paths where these are alike."""
    first = left.folder.resolve()
    second = first if right is None else right.folder.resolve()
    if first.name != second.name or first == second:
        return first.name, second.name
    return str(left.folder), str(right.folder if right else left.folder)


def _signature_problems(left: ResultCounts, right: ResultCounts) -> Iterator[Problem]:
    where = f"{left.folder} and {right.folder}"
    if left.scorer != right.scorer:
        parts = zip(left.scorer.split("|"), right.scorer.split("|"), strict=False)
        differing = [f"{one} and {other}" for one, other in parts if one != other]
        what = ", ".join(differing) or f"{left.scorer} and {right.scorer}"
        yield Problem(where, f"were not scored alike ({what}). {_WHAT_TO_DO}")
    common = sorted(left.gold.keys() & right.gold.keys())
    other_gold = [each for each in common if left.gold[each] != right.gold[each]]
    if other_gold:
        what = (
            f"were scored against different gold: that of {len(other_gold)} of {len(common)} "
            f"common article(s) differs, the first is {other_gold[0]!r}. {_WHAT_TO_DO}"
        )
        yield Problem(where, what)
