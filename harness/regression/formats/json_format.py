"""A check as JSON, for programs."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

from harness.evaluate import CellComparison
from harness.regression.beside_baseline import MovedClaim
from harness.regression.changes import CellChange, PromptChange
from harness.regression.formats.interface import CheckReport
from harness.regression.verdict import Verdict

__all__ = ["as_json"]


def as_json(report: CheckReport, width: int = 80) -> str:
    """All that a check says. Undefined numbers are null."""
    values = {
        "failed": report.failed,
        "checked": report.what,
        "baseline": report.baseline,
        "notices": list(report.notices),
        "verdicts": [_verdict(each) for each in report.verdicts],
        "prompts": [_prompt(each) for each in report.prompt_changes],
        "cells": [_cell(each) for each in report.cell_changes],
    }
    return json.dumps(values, indent=2, ensure_ascii=True) + "\n"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    item = verdict.item
    return {
        "id": item.id,
        "model": item.cell.model if item.cell else None,
        "prompt": item.cell.prompt if item.cell else None,
        "file": item.file,
        "claim_type": item.claim_type,
        "gate": item.gate,
        "status": verdict.status,
        "message": verdict.message,
        "value": verdict.value,
        "limit": verdict.limit,
        "n": verdict.n,
        "n_of": verdict.n_of or None,
        "details": list(verdict.details),
        "command": verdict.command or None,
    }


def _prompt(change: PromptChange) -> dict[str, Any]:
    hunks = change.hunks
    return {
        "prompt": change.name,
        "file": change.file,
        "version_before": change.before,
        "version": change.now,
        "diff": None
        if hunks is None
        else [
            {"line": hunk.line, "parts": [[part.kind, part.text] for part in hunk.parts]}
            for hunk in hunks
        ],
    }


def _cell(change: CellChange) -> dict[str, Any]:
    return {
        "model": change.cell.model,
        "prompt": change.cell.prompt,
        "prompt_changed": change.prompt_changed,
        "compared_with": change.note or "the baseline",
        "level": "lenient",
        "scores": [_row(row) for row in change.rows],
        "lost": [_moved(each) for each in change.lost],
        "gained": [_moved(each) for each in change.gained],
    }


def _row(row: CellComparison) -> dict[str, Any]:
    return {
        "claim_type": row.claim_type,
        "n_articles": row.n_articles,
        "n_gold": row.n_gold[1],
        "f1_before": _number(row.a.f1),
        "f1": _number(row.b.f1),
        "f1_difference": _number(row.difference.f1),
        "f1_difference_low": _number(row.low.f1),
        "f1_difference_high": _number(row.high.f1),
        "p": _number(row.p.f1),
        "resampled": row.unit,
        "n_resampled": row.n_units,
    }


def _moved(moved: MovedClaim) -> dict[str, Any]:
    return {
        "id": moved.claim.id,
        "article_id": moved.claim.article_id,
        "claim_type": moved.claim.claim_type.name,
        "claim": dict(moved.claim.values),
        "found_before": list(moved.before),
        "found": list(moved.now),
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else value
