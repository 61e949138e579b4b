"""The leaderboard as a table: a row for each cell, with what a decision needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.evaluate import OVERALL, CellEvaluation, Evaluation
from harness.records import Cell, CellUsage
from harness.reports.csv_text import csv_lines
from harness.reports.frame import CELL, ColumnType, json_records, make_frame, names_of
from harness.reports.leaderboard import (
    grounded_share,
    leaderboard_order,
    limits_or_undefined,
    n_failed_requests,
    score_or_undefined,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["leaderboard_csv", "leaderboard_records", "leaderboard_table"]

_PARTS = tuple(
    f"{score}{limit}" for score in ("f1", "precision", "recall") for limit in ("", "_low", "_high")
)
_NO_VERSIONS: Mapping[Cell, str] = {}
_COUNTED = (
    *("n_requests", "n_failed_requests", "n_attempts", "n_reasks", "n_warnings"),
    *("input_tokens", "cached_tokens", "output_tokens"),
)
_NO_USAGE: Mapping[Cell, CellUsage] = {}


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
    return make_frame(_columns(evaluation), _rows(evaluation, usage, versions))


def leaderboard_csv(
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage] = _NO_USAGE,
    versions: Mapping[Cell, str] = _NO_VERSIONS,
) -> Iterator[str]:
    """The same as CSV, line by line."""
    return csv_lines(_columns(evaluation), _rows(evaluation, usage, versions))


def leaderboard_records(
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage] = _NO_USAGE,
    versions: Mapping[Cell, str] = _NO_VERSIONS,
) -> list[dict[str, Any]]:
    """The same for JSON."""
    return json_records(_columns(evaluation), _rows(evaluation, usage, versions))


def _columns(evaluation: Evaluation) -> dict[str, ColumnType]:
    return _leaderboard_columns(tuple(evaluation.schema.types))


def _rows(
    evaluation: Evaluation, usage: Mapping[Cell, CellUsage], versions: Mapping[Cell, str]
) -> Iterator[tuple[Any, ...]]:
    claim_types = tuple(evaluation.schema.types)
    for cell in leaderboard_order(evaluation):
        yield (
            *names_of(cell),
            versions.get(cell.cell, ""),
            evaluation.rank_of(cell.cell),
            *_headline_values(cell, claim_types),
            *_usage_values(cell, usage.get(cell.cell)),
            evaluation.signature.over(cell.vectors.article_ids),
        )


def _leaderboard_columns(claim_types: tuple[str, ...]) -> dict[str, ColumnType]:
    columns: dict[str, ColumnType] = {**CELL, "prompt_version": "str", "rank": "Int64"}
    scores = [*_PARTS, "strict_f1", *(f"{name}_{part}" for name in claim_types for part in _PARTS)]
    columns |= dict.fromkeys(scores, "float64")
    columns |= {"n_types": "Int64", "n_articles": "Int64"}
    columns |= {"n_gold": "float64", "n_predicted": "float64", "grounded": "float64"}
    columns |= dict.fromkeys(_COUNTED, "Int64")
    columns |= dict.fromkeys(("cost_usd", "latency_s", "latency_p95_s"), "float64")
    return columns | {"signature": "str"}


def _headline_values(cell: CellEvaluation, claim_types: tuple[str, ...]) -> tuple[Any, ...]:
    lenient, strict = cell.score_of(OVERALL), cell.score_of(OVERALL, "strict")
    assert lenient is not None
    assert strict is not None
    return (
        *_with_limits(cell, OVERALL),
        strict.micro.f1,
        *(value for name in claim_types for value in _with_limits(cell, name)),
        *(lenient.n_types, lenient.n_articles),
        *(lenient.counts.n_gold, lenient.counts.n_predicted),
        grounded_share(cell.groundings.values()),
    )


def _with_limits(cell: CellEvaluation, claim_type: str) -> Iterator[float]:
    """F1, precision and recall of a claim type, each with the limits of its interval."""
    micro = score_or_undefined(cell, claim_type)
    low, high = limits_or_undefined(cell, claim_type)
    for part in ("f1", "precision", "recall"):
        yield from (getattr(each, part) for each in (micro, low, high))


def _usage_values(cell: CellEvaluation, usage: CellUsage | None) -> tuple[Any, ...]:
    n_failed = n_failed_requests(cell, usage)
    if usage is None:
        return (None, n_failed, *[None] * 9)
    return (
        *(usage.n_requests, n_failed, usage.n_attempts, usage.n_reasks, usage.n_warnings),
        *(usage.input_tokens, usage.cached_tokens, usage.output_tokens),
        *(usage.cost_usd, usage.latency_s, usage.latency_p95_s),
    )
