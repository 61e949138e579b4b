"""From an evaluation to tables: one function for each, with fixed columns.

`docs/reports.md` says what each column means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import pandas as pd

from harness.evaluate import OVERALL, CellEvaluation, Evaluation, ScoreRow
from harness.records import Cell, CellUsage, Claim
from harness.reports.frame import ColumnType, make_frame
from harness.reports.leaderboard import (
    leaderboard_order,
    n_failed_requests,
    score_or_undefined,
)
from harness.reports.plain import escape_surrogates
from harness.scoring import LEVELS, TypeResult

__all__ = [
    "articles_table",
    "claims_table",
    "fields_table",
    "leaderboard_table",
    "scores_table",
]

_NO_VERSIONS: Mapping[Cell, str] = {}
_NO_USAGE: Mapping[Cell, CellUsage] = {}

_CELL: dict[str, ColumnType] = {"model": "str", "prompt": "str"}

_SCORES: dict[str, ColumnType] = {
    **_CELL,
    "prompt_version": "str",
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
    "recall": "float64",
    "f1": "float64",
    "macro_precision": "float64",
    "macro_recall": "float64",
    "macro_f1": "float64",
    "readable_precision": "float64",
    "readable_recall": "float64",
    "readable_f1": "float64",
}


def scores_table(
    evaluation: Evaluation, versions: Mapping[Cell, str] = _NO_VERSIONS
) -> pd.DataFrame:
    """Every score: a row for each cell, claim type (and `OVERALL`) and level.

    Parameters
    ----------
    evaluation
        What to report.
    versions
        The version of each cell's prompt, where it has one.
    """
    return make_frame(
        _SCORES,
        (
            (*_names(cell), versions.get(cell.cell, ""), *_score_values(row))
            for cell in evaluation.cells
            for row in _score_rows(evaluation, cell)
        ),
    )


def _score_rows(evaluation: Evaluation, cell: CellEvaluation) -> Iterator[ScoreRow]:
    for claim_type in (*evaluation.schema.types, OVERALL):
        for level in LEVELS:
            row = cell.score_of(claim_type, level)
            if row is not None:
                yield row


def _score_values(row: ScoreRow) -> tuple[Any, ...]:
    counts = row.counts
    return (
        row.claim_type,
        row.level,
        row.n_types,
        row.n_articles,
        row.n_failed,
        counts.n_gold,
        counts.n_predicted,
        counts.tp,
        counts.fp,
        counts.fn,
        counts.set_aside,
        *(row.micro.precision, row.micro.recall, row.micro.f1),
        *(row.macro.precision, row.macro.recall, row.macro.f1),
        *(row.readable.precision, row.readable.recall, row.readable.f1),
    )


def leaderboard_table(
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage] = _NO_USAGE,
    versions: Mapping[Cell, str] = _NO_VERSIONS,
) -> pd.DataFrame:
    """One row for each cell, best first: its headline scores and what it took.

    Parameters
    ----------
    evaluation
        What to report.
    usage
        What the requests of each cell took. A cell that asked nothing has none.
    versions
        The version of each cell's prompt, where it has one.
    """
    claim_types = tuple(evaluation.schema.types)
    return make_frame(
        _leaderboard_columns(claim_types),
        (
            (
                *_names(cell),
                versions.get(cell.cell, ""),
                *_headline_values(cell, claim_types),
                *_usage_values(cell, usage.get(cell.cell)),
            )
            for cell in leaderboard_order(evaluation)
        ),
    )


def _leaderboard_columns(claim_types: tuple[str, ...]) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {**_CELL, "prompt_version": "str"}
    scores = [
        *("f1", "precision", "recall", "strict_f1"),
        *(f"{name}_{part}" for name in claim_types for part in ("f1", "precision", "recall")),
    ]
    columns |= dict.fromkeys(scores, "float64")
    columns |= {"n_types": "Int64", "n_articles": "Int64"}
    columns |= {"n_gold": "float64", "n_predicted": "float64"}
    for name in ("n_requests", "n_failed_requests", "n_reasks", "n_warnings"):
        columns[name] = "Int64"
    return columns | {"input_tokens": "Int64", "output_tokens": "Int64", "latency_s": "float64"}


def _headline_values(cell: CellEvaluation, claim_types: tuple[str, ...]) -> tuple[Any, ...]:
    lenient, strict = cell.score_of(OVERALL), cell.score_of(OVERALL, "strict")
    assert lenient is not None
    assert strict is not None
    types = [score_or_undefined(cell, name) for name in claim_types]
    return (
        *(lenient.micro.f1, lenient.micro.precision, lenient.micro.recall, strict.micro.f1),
        *(value for each in types for value in (each.f1, each.precision, each.recall)),
        *(lenient.n_types, lenient.n_articles),
        *(lenient.counts.n_gold, lenient.counts.n_predicted),
    )


def _usage_values(cell: CellEvaluation, usage: CellUsage | None) -> tuple[Any, ...]:
    n_failed = n_failed_requests(cell, usage)
    if usage is None:
        return (None, n_failed, None, None, None, None, None)
    return (
        usage.n_requests,
        n_failed,
        usage.n_reasks,
        usage.n_warnings,
        usage.input_tokens,
        usage.output_tokens,
        usage.latency_s,
    )


_ARTICLES: dict[str, ColumnType] = {
    **_CELL,
    "article_id": "str",
    "claim_type": "str",
    "level": "str",
    "tp": "float64",
    "fp": "float64",
    "fn": "float64",
    "set_aside": "float64",
    "n_repeats": "Int64",
    "n_failed": "Int64",
}


def articles_table(evaluation: Evaluation) -> pd.DataFrame:
    """The counts of every article, claim type and level: all scores follow from them."""
    return make_frame(
        _ARTICLES,
        (
            (
                *_names(cell),
                *(each.article_id, each.claim_type, each.level),
                *(each.counts.tp, each.counts.fp, each.counts.fn, each.counts.set_aside),
                *(each.n_repeats, each.n_failed),
            )
            for cell in evaluation.cells
            for each in cell.articles
        ),
    )


_FIELDS: dict[str, ColumnType] = {
    **_CELL,
    "claim_type": "str",
    "field": "str",
    "right": "Int64",
    "n": "Int64",
    "accuracy": "float64",
}


def fields_table(evaluation: Evaluation) -> pd.DataFrame:
    """How often each compared field is right, among the lenient pairs with required gold."""
    return make_frame(
        _FIELDS,
        (
            (
                *_names(cell),
                *(claim_type.name, field.name),
                *(counts.right, counts.n),
                counts.right / counts.n if counts.n else nan,
            )
            for cell in evaluation.cells
            for claim_type in evaluation.schema.types.values()
            for field in claim_type.compared
            if (counts := cell.fields.get((claim_type.name, field.name))) is not None
        ),
    )


_CLAIMS: dict[str, ColumnType] = {
    **_CELL,
    "article_id": "str",
    "repeat": "Int64",
    "claim_type": "str",
    "side": "str",
    "number": "Int64",
    "outcome": "str",
    "partner": "Int64",
    "similarity": "float64",
    "strict_outcome": "str",
    "strict_partner": "Int64",
    "reason": "str",
    "claim": "str",
}


def claims_table(evaluation: Evaluation) -> pd.DataFrame:
    """What became of every gold and every predicted claim, for a person to read."""
    return make_frame(
        _CLAIMS,
        (
            (*_names(cell), *(result.article_id, result.repeat, result.claim_type), *values)
            for cell in evaluation.cells
            for result in cell.results
            for values in _claim_values(result)
        ),
    )


def _claim_values(result: TypeResult) -> Iterator[tuple[Any, ...]]:
    levels = zip(result.outcomes["lenient"], result.outcomes["strict"], strict=True)
    for lenient, strict in levels:
        missed_by_failure = result.failed and lenient.outcome == "fn"
        yield (
            *(lenient.side, lenient.number, lenient.outcome, lenient.partner, lenient.similarity),
            *(strict.outcome, strict.partner),
            lenient.reason or ("failed" if missed_by_failure else ""),
            _claim_json(lenient.claim),
        )


def _claim_json(claim: Claim) -> str:
    return escape_surrogates(
        json.dumps(dict(claim), sort_keys=True, ensure_ascii=False, default=str)
    )


def _names(cell: CellEvaluation) -> tuple[str, str]:
    return (cell.cell.model, cell.cell.prompt)
