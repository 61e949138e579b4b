"""What a page says of all cells: leaderboard, comparisons, heat map, prompts, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from math import isfinite
from typing import Any

from harness.claims import ClaimSchema
from harness.evaluate import HEADLINE, OVERALL, CellComparison, CellEvaluation, Evaluation
from harness.records import Cell
from harness.reports.caveats import basis_of, caveats
from harness.reports.leaderboard import (
    grounded_share,
    leaderboard_order,
    limits_or_undefined,
    n_failed_requests,
    score_or_undefined,
)
from harness.reports.page.article import OUTCOMES, STATUSES
from harness.reports.page.facts import FailedRequest, PageFacts
from harness.reports.page.hardness import by_f1, scores_of

__all__ = ["VERSION", "failures_data", "overview_data"]

VERSION = 1
"""Of the form of a page's data; raised when a reader of an older form could not read it."""


def overview_data(
    evaluation: Evaluation,
    facts: PageFacts,
    shown: Sequence[str],
    n_invalid: Mapping[Cell, int],
) -> dict[str, Any]:
    """All that a page needs before an article is opened.

    Parameters
    ----------
    shown
        The ids of the articles in the reader, in their order.
    n_invalid
        Of each cell how many items of its replies are no claims.
    """
    cells = leaderboard_order(evaluation)
    comparisons = [row for row in evaluation.comparisons if row.level == HEADLINE]
    comparisons.sort(key=lambda row: row.claim_type != OVERALL)
    kept = comparisons[: facts.limits.n_comparisons]
    ids = {article_id for cell in cells for article_id in cell.vectors.article_ids}
    return {
        "version": VERSION,
        "title": facts.title,
        "started": facts.started,
        "overall": OVERALL,
        "outcomes": OUTCOMES,
        "groundings": STATUSES,
        "types": _types(evaluation.schema),
        "signature": evaluation.signature.over(ids),
        "notes": [*facts.notes, *caveats(basis_of(evaluation))],
        "n_articles": len(ids),
        "n_repeats": max((int(cell.vectors.n_repeats.max(initial=1)) for cell in cells), default=1),
        "cells": [_cell(evaluation, cell, facts, n_invalid) for cell in cells],
        "comparisons": [_comparison(row, [cell.cell for cell in cells]) for row in kept],
        "n_comparisons": len(comparisons),
        "heat": _heat(evaluation, cells, facts.limits.n_heat_rows, shown),
        "articles": _articles(evaluation, cells, shown),
        "has_texts": any(article_id in evaluation.articles for article_id in shown),
        "prompts": [asdict(prompt) for prompt in facts.prompts],
        "n_failures": facts.n_failures,
    }


def _types(schema: ClaimSchema) -> list[dict[str, Any]]:
    return [
        {
            "name": claim_type.name,
            "anchor": claim_type.anchor.name,
            "compared": [field.name for field in claim_type.compared],
            "keys": [field.name for field in claim_type.keys],
            "fields": [field.name for field in claim_type.fields],
        }
        for claim_type in schema.types.values()
    ]


def _cell(
    evaluation: Evaluation, cell: CellEvaluation, facts: PageFacts, n_invalid: Mapping[Cell, int]
) -> dict[str, Any]:
    usage = facts.usage.get(cell.cell)
    row, strict = cell.score_of(OVERALL), cell.score_of(OVERALL, "strict")
    types = {
        name: _score_with_interval(cell, name)
        for name in (OVERALL, *evaluation.schema.types)
        if cell.score_of(name) is not None
    }
    return {
        "model": cell.cell.model,
        "prompt": cell.cell.prompt,
        "version": facts.versions.get(cell.cell, ""),
        "rank": evaluation.rank_of(cell.cell),
        "strict_f1": _rounded(strict.micro.f1) if strict else None,
        "scores": types,
        "n_gold": _rounded(row.counts.n_gold) if row else 0,
        "grounded": _rounded(grounded_share(cell.groundings.values())),
        "n_failed": n_failed_requests(cell, usage),
        "n_invalid": n_invalid.get(cell.cell, 0),
        "usage": None if usage is None else asdict(usage),
    }


def _score_with_interval(cell: CellEvaluation, claim_type: str) -> list[float | None]:
    """F1, its limits, precision and recall."""
    score = score_or_undefined(cell, claim_type)
    low, high = limits_or_undefined(cell, claim_type)
    return [_rounded(each) for each in (score.f1, low.f1, high.f1, score.precision, score.recall)]


def _comparison(row: CellComparison, cells: Sequence[Cell]) -> list[Any]:
    """A, B, claim type, B minus A, its limits, p after Holm, what is detectable, verdict."""
    return [
        *(cells.index(row.cell_a), cells.index(row.cell_b), row.claim_type),
        *map(_rounded, (row.difference.f1, row.low.f1, row.high.f1, row.p_holm, row.detectable)),
        row.verdict,
    ]


def _heat(
    evaluation: Evaluation, cells: Sequence[CellEvaluation], n_rows: int, shown: Sequence[str]
) -> dict[str, Any]:
    """The hardest articles: of each its place in the reader, or -1, and F1, missed, wrong."""
    ranking = by_f1(evaluation)
    places = {article_id: number for number, article_id in enumerate(shown)}
    rows: dict[str, list[Any]] = {
        article_id: [article_id, places.get(article_id, -1), []] for article_id in ranking[:n_rows]
    }
    for cell in cells:
        scores = scores_of(cell)
        found = dict(zip(scores.article_ids, range(len(scores.article_ids)), strict=True))
        for article_id, row in rows.items():
            number = found.get(article_id)
            values = (scores.f1, scores.n_missed, scores.n_wrong)
            row[2].append(
                None if number is None else [_rounded(float(each[number]), 4) for each in values]
            )
    return {"rows": list(rows.values()), "n": len(ranking)}


def _articles(
    evaluation: Evaluation, cells: Sequence[CellEvaluation], shown: Sequence[str]
) -> list[list[Any]]:
    """Of each article in the reader id, story, split, day, source and the most errors."""
    most = dict.fromkeys(shown, 0.0)
    for cell in cells:
        scores = scores_of(cell)
        errors = (scores.n_missed + scores.n_wrong).tolist()
        for article_id, n in zip(scores.article_ids, errors, strict=True):
            if article_id in most:
                most[article_id] = max(most[article_id], n)
    rows = []
    for article_id in shown:
        article = evaluation.articles.get(article_id)
        known = (
            (article.story, article.split, str(article.published or ""), article.source)
            if article
            else ("", "", "", "")
        )
        rows.append([article_id, *known, _rounded(most[article_id])])
    return rows


def failures_data(facts: PageFacts) -> list[list[Any]]:
    """The failed requests that a page has room for, with the beginning of each raw reply."""
    room = facts.limits.failure_chars
    rows = []
    for failed in islice(facts.failures, facts.limits.n_failures):
        row = _failure(failed, facts.limits.raw_chars)
        room -= sum(len(part) for part in row if isinstance(part, str))
        if room < 0:
            break
        rows.append(row)
    return rows


def _failure(failed: FailedRequest, raw_chars: int) -> list[Any]:
    return [
        *(failed.cell.model, failed.cell.prompt, failed.article_id, failed.repeat),
        *(list(failed.claim_types), failed.reason, failed.message[:raw_chars]),
        *(failed.raw[:raw_chars], len(failed.raw)),
    ]


def _rounded(value: float | None, digits: int = 10) -> float | None:
    """With so many decimals, and none where it is whole; None where it is undefined.

    There are more of them than are shown, so that nothing is rounded twice that anybody sees.
    """
    if value is None or not isfinite(value):
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded
