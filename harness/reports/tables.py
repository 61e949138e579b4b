"""From an evaluation to tables of scores: one function for each, with fixed columns.

`docs/reports.md` says what each column means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from math import nan
from typing import TYPE_CHECKING, Any

from harness.evaluate import (
    ALL,
    OVERALL,
    CellEvaluation,
    Evaluation,
    ScoreInterval,
    ScoreRow,
)
from harness.records import Article, Cell
from harness.reports.csv_text import csv_lines
from harness.reports.frame import CELL, ColumnType, make_frame, names_of
from harness.reports.leaderboard import STATUSES, grounded_share
from harness.scoring import Score, score

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TAGS_APART",
    "articles_csv",
    "articles_table",
    "fields_csv",
    "fields_table",
    "grounding_csv",
    "grounding_table",
    "scores_csv",
    "scores_table",
]

TAGS_APART = ";"
"""What stands between the tags of an article, as in its manifest."""

_NO_VERSIONS: Mapping[Cell, str] = {}
_F1 = 2

_SCORES: dict[str, ColumnType] = {
    **CELL,
    "prompt_version": "str",
    "slice": "str",
    "claim_type": "str",
    "level": "str",
    "n_types": "Int64",
    "n_articles": "Int64",
    "n_failed": "Int64",
    "n_gold": "float64",
    "n_predicted": "float64",
    "tp": "float64",
    "fp": "float64",
    "fn": "float64",
    "set_aside": "float64",
    "precision": "float64",
    "precision_low": "float64",
    "precision_high": "float64",
    "recall": "float64",
    "recall_low": "float64",
    "recall_high": "float64",
    "f1": "float64",
    "f1_low": "float64",
    "f1_high": "float64",
    "resampled": "str",
    "n_resampled": "Int64",
    "n_undefined": "Int64",
    "macro_precision": "float64",
    "macro_recall": "float64",
    "macro_f1": "float64",
    "readable_precision": "float64",
    "readable_recall": "float64",
    "readable_f1": "float64",
    "n_repeat_pairs": "Int64",
    "repeat_agreement": "float64",
    "signature": "str",
}


def scores_table(
    evaluation: Evaluation, versions: Mapping[Cell, str] = _NO_VERSIONS
) -> pd.DataFrame:
    """Every score: a row for each cell, slice, claim type (and `OVERALL`) and level.

    Parameters
    ----------
    evaluation
        What to report.
    versions
        The version of each cell's prompt, where it has one.
    """
    return make_frame(_SCORES, _scores(evaluation, versions))


def scores_csv(
    evaluation: Evaluation, versions: Mapping[Cell, str] = _NO_VERSIONS
) -> Iterator[str]:
    """The same as CSV, line by line: stories may be as many as articles."""
    return csv_lines(_SCORES, _scores(evaluation, versions))


def _scores(evaluation: Evaluation, versions: Mapping[Cell, str]) -> Iterator[tuple[Any, ...]]:
    for cell in evaluation.cells:
        names = (*names_of(cell), versions.get(cell.cell, ""))
        for values in _scores_of_cell(evaluation, cell):
            yield (*names, *values)


def _scores_of_cell(evaluation: Evaluation, cell: CellEvaluation) -> Iterator[tuple[Any, ...]]:
    order = [*evaluation.schema.types, OVERALL]
    for name, rows in groupby(cell.each_score(), key=lambda each: each.slice):
        signature = evaluation.signature.over(cell.slices[name])
        for row in sorted(rows, key=lambda each: order.index(each.claim_type)):
            interval = cell.intervals.get((name, row.claim_type, row.level))
            yield (*_score_values(row, interval), *_agreement(cell, row), signature)


def _score_values(row: ScoreRow, interval: ScoreInterval | None) -> tuple[Any, ...]:
    counts = row.counts
    low, high = (interval.low, interval.high) if interval else (Score(), Score())
    return (
        *(row.slice, row.claim_type, row.level, row.n_types, row.n_articles, row.n_failed),
        *(counts.n_gold, counts.n_predicted),
        *(counts.tp, counts.fp, counts.fn, counts.set_aside),
        *(row.micro.precision, low.precision, high.precision),
        *(row.micro.recall, low.recall, high.recall),
        *(row.micro.f1, low.f1, high.f1),
        interval.unit if interval else "",
        interval.n_units if interval else None,
        interval.n_undefined[_F1] if interval else None,
        *(row.macro.precision, row.macro.recall, row.macro.f1),
        *(row.readable.precision, row.readable.recall, row.readable.f1),
    )


def _agreement(cell: CellEvaluation, row: ScoreRow) -> tuple[int | None, float]:
    """The pairs of repeats and their F1, which is of all articles."""
    found = cell.agreement.get((row.claim_type, row.level)) if row.slice == ALL else None
    return (None, nan) if found is None else (found.n_pairs, score(found.counts).f1)


_ARTICLES: dict[str, ColumnType] = {
    **CELL,
    "article_id": "str",
    "story": "str",
    "split": "str",
    "tags": "str",
    "claim_type": "str",
    "level": "str",
    "tp": "float64",
    "fp": "float64",
    "fn": "float64",
    "set_aside": "float64",
    "n_repeats": "Int64",
    "n_failed": "Int64",
    "gold": "str",
    "scorer": "str",
}


def articles_table(evaluation: Evaluation) -> pd.DataFrame:
    """The counts of every article, claim type and level: all scores follow from them."""
    return make_frame(_ARTICLES, _articles(evaluation))


def articles_csv(evaluation: Evaluation) -> Iterator[str]:
    """The same as CSV, line by line."""
    return csv_lines(_ARTICLES, _articles(evaluation))


def _articles(evaluation: Evaluation) -> Iterator[tuple[Any, ...]]:
    signature = evaluation.signature
    for cell in evaluation.cells:
        names = names_of(cell)
        for article_id, rows in groupby(cell.vectors.rows(), key=lambda each: each.article_id):
            facts = _facts(evaluation.articles.get(article_id))
            gold = signature.gold[article_id]
            for each in rows:
                yield (
                    *(*names, article_id, *facts, each.claim_type, each.level),
                    *(each.counts.tp, each.counts.fp, each.counts.fn, each.counts.set_aside),
                    *(each.n_repeats, each.n_failed, gold, signature.scorer),
                )


def _facts(article: Article | None) -> tuple[str, str, str]:
    if article is None:
        return ("", "", "")
    return (article.story, article.split, TAGS_APART.join(article.tags))


_FIELDS: dict[str, ColumnType] = {
    **CELL,
    "claim_type": "str",
    "field": "str",
    "right": "Int64",
    "n": "Int64",
    "accuracy": "float64",
}


def fields_table(evaluation: Evaluation) -> pd.DataFrame:
    """How often each compared field is right, among the lenient pairs with required gold."""
    return make_frame(_FIELDS, _fields(evaluation))


def fields_csv(evaluation: Evaluation) -> Iterator[str]:
    """The same as CSV, line by line."""
    return csv_lines(_FIELDS, _fields(evaluation))


def _fields(evaluation: Evaluation) -> Iterator[tuple[Any, ...]]:
    for cell in evaluation.cells:
        for claim_type in evaluation.schema.types.values():
            for field in claim_type.compared:
                counts = cell.fields.get((claim_type.name, field.name))
                if counts is not None:
                    yield (
                        *(*names_of(cell), claim_type.name, field.name),
                        *(counts.right, counts.n),
                        counts.right / counts.n if counts.n else nan,
                    )


_GROUNDING: dict[str, ColumnType] = {
    **CELL,
    "claim_type": "str",
    "field": "str",
    "n": "Int64",
    **dict.fromkeys(STATUSES, "Int64"),
    "grounded": "float64",
}


def grounding_table(evaluation: Evaluation) -> pd.DataFrame:
    """How many values of each verbatim field stand in their articles, where these are known."""
    return make_frame(_GROUNDING, _groundings(evaluation))


def grounding_csv(evaluation: Evaluation) -> Iterator[str]:
    """The same as CSV, line by line."""
    return csv_lines(_GROUNDING, _groundings(evaluation))


def _groundings(evaluation: Evaluation) -> Iterator[tuple[Any, ...]]:
    for cell in evaluation.cells:
        for claim_type in evaluation.schema.types.values():
            for field in claim_type.fields:
                found = cell.groundings.get((claim_type.name, field.name))
                if found is not None:
                    yield (
                        *(*names_of(cell), claim_type.name, field.name, sum(found.values())),
                        *(found.get(status, 0) for status in STATUSES),
                        grounded_share([found]),
                    )
