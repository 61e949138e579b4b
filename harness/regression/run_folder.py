"""Where cells stand by what a run, or `harness score`, left in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Any

from harness.claims import ClaimSchema, ClaimType
from harness.errors import InputError, Problem, RunError
from harness.evaluate import CountVectors
from harness.prompts import load_prompts
from harness.records import Cell
from harness.regression.claim_ids import KnownClaim, claim_digests
from harness.regression.recorded import prompt_source
from harness.regression.standing import (
    CellStanding,
    FoundClaims,
    Place,
    PromptSource,
    RepliesDigest,
    Standing,
)
from harness.reports.compare import load_result
from harness.reports.csv_text import read_csv
from harness.reports.leaderboard import STATUSES
from harness.scoring.ground import GroundingStatus
from harness.workspace import Workspace

__all__ = ["standing_of_folder"]

_CLAIMS = (
    *("model", "prompt", "article_id", "repeat", "claim_type", "side", "number"),
    *("outcome", "strict_outcome", "claim"),
)
_GROUNDING = ("model", "prompt", "claim_type", *STATUSES)
_LEADERBOARD = (
    *("model", "prompt", "prompt_version", "n_requests", "n_failed_requests"),
    "cost_usd",
)
_Rows = list[dict[str, Any]]


def standing_of_folder(
    folder: Path, workspace: Workspace, models: Sequence[str] = (), prompts: Sequence[str] = ()
) -> Standing:
    """Read where the cells of a result folder stand.

    Whether something was not asked is known of a run only. The text of a prompt is known where its
    file still is what the run asked with.

    Parameters
    ----------
    models, prompts
        Those that are looked at, prompts by name or file; by default all.

    Raises
    ------
    RunError
        If the folder or a file of it is not there or cannot be read, or has no such cell.
    """
    result = load_result(folder)
    cells = _wanted(folder, result.cells, workspace, models, prompts)
    sources = _sources(workspace)
    leaderboard = {_cell_of(row): row for row in _rows(folder / "leaderboard.csv", _LEADERBOARD)}
    groundings = _groundings(folder)
    n_asked = _n_asked(folder)
    claims = _claims(folder, workspace.schema, cells)
    found = {}
    for cell in cells:
        counts = result.cells[cell]
        row = leaderboard.get(cell, {})
        n_missing = max(0, n_asked - len(counts.article_ids))
        found[cell] = CellStanding(
            cell,
            _prompt(cell, str(row.get("prompt_version", "")), sources),
            counts,
            _with_empty_places(claims[cell].found, counts),
            _count(row.get("n_requests")) or int(counts.n_repeats.max(axis=1).sum()),
            n_missing,
            _count(row.get("n_failed_requests")) or 0,
            _number(row.get("cost_usd")),
            groundings.get(cell),
            claims[cell].digest.digests(),
        )
    by_id = {claim.id: claim for each in claims.values() for claim in each.known}
    return Standing(result.scorer, result.gold, found, result.articles, by_id, is_part=True)


@dataclass
class _CellClaims:
    """What ``claims.csv`` says of a cell."""

    found: dict[Place, FoundClaims]
    known: list[KnownClaim]
    digest: RepliesDigest


def _claims(folder: Path, schema: ClaimSchema, cells: Sequence[Cell]) -> Mapping[Cell, _CellClaims]:
    path = folder / "claims.csv"
    by_cell: dict[Cell, _Rows] = {cell: [] for cell in cells}
    for row in _rows(path, _CLAIMS):
        if row["claim_type"] not in schema.types:
            what = f"has claims of type {row['claim_type']!r}, which the schema does not have"
            raise RunError([Problem(str(path), what)])
        if (cell := _cell_of(row)) in by_cell:
            by_cell[cell].append(row)
    return {cell: _of_cell(path, schema, rows) for cell, rows in by_cell.items()}


def _of_cell(path: Path, schema: ClaimSchema, rows: _Rows) -> _CellClaims:
    claims = _CellClaims({}, [], RepliesDigest())
    rows.sort(key=lambda row: (row["article_id"], row["claim_type"], row["repeat"], row["number"]))
    for (article_id, name), of_place in groupby(
        rows, key=lambda row: (row["article_id"], row["claim_type"])
    ):
        known: list[KnownClaim] = []
        lenient: list[int] = []
        strict: list[int] = []
        for repeat, of_repeat in groupby(of_place, key=lambda row: row["repeat"]):
            own = list(of_repeat)
            gold = [row for row in own if row["side"] == "gold" and row["outcome"] != "optional"]
            if not known:
                known = _known(path, gold, schema.types[name])
                lenient, strict = [0] * len(known), [0] * len(known)
            if len(gold) != len(known):
                what = f"{article_id} {name}: its repeats have different gold"
                raise RunError([Problem(str(path), what)])
            for number, row in enumerate(gold):
                lenient[number] += row["outcome"] == "tp"
                strict[number] += row["strict_outcome"] == "tp"
            predicted = [_values(path, row) for row in own if row["side"] == "predicted"]
            claims.digest.add(article_id, int(repeat), name, predicted)
        claims.found[article_id, name] = FoundClaims.of(known, lenient, strict)
        claims.known += known
    return claims


def _with_empty_places(
    found: Mapping[Place, FoundClaims], counts: CountVectors
) -> dict[Place, FoundClaims]:
    """With the places that are labelled, and where nothing is to be found or was predicted."""
    labelled = (
        (article_id, claim_type)
        for article_id, row in zip(counts.article_ids, counts.n_repeats.tolist(), strict=True)
        for claim_type, n in zip(counts.claim_types, row, strict=True)
        if n
    )
    return {place: found.get(place, FoundClaims((), (), ())) for place in labelled}


def _known(path: Path, rows: _Rows, claim_type: ClaimType) -> list[KnownClaim]:
    values = [_values(path, row) for row in rows]
    return [
        KnownClaim(row["article_id"], claim_type, each, *digests)
        for row, each, digests in zip(rows, values, claim_digests(values, claim_type), strict=True)
    ]


def _values(path: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        values = json.loads(row["claim"])
    except (ValueError, RecursionError) as error:
        raise RunError([Problem(str(path), f"has a claim that is no JSON: {error}")]) from error
    return values if isinstance(values, dict) else {"item": values}


def _groundings(folder: Path) -> dict[Cell, dict[str, dict[GroundingStatus, int]]]:
    found: dict[Cell, dict[str, dict[GroundingStatus, int]]] = {}
    for row in _rows(folder / "grounding.csv", _GROUNDING):
        statuses = found.setdefault(_cell_of(row), {}).setdefault(row["claim_type"], {})
        for status in STATUSES:
            statuses[status] = statuses.get(status, 0) + (_count(row[status]) or 0)
    return found


def _wanted(
    folder: Path,
    there: Iterable[Cell],
    workspace: Workspace,
    models: Sequence[str],
    prompts: Sequence[str],
) -> list[Cell]:
    known = list(there)
    names = {name for word in prompts for name in _prompt_names(word, known, workspace)}
    cells = [
        cell
        for cell in known
        if (not models or cell.model in models) and (not prompts or cell.prompt in names)
    ]
    if not cells:
        said = ", ".join(f"{cell.model} {cell.prompt}" for cell in known)
        raise RunError(f"{folder}: has no such cell; it has {said}")
    return cells


def _prompt_names(word: str, cells: Iterable[Cell], workspace: Workspace) -> list[str]:
    """The name of a prompt that is asked for by its name or its file."""
    if any(cell.prompt == word for cell in cells):
        return [word]
    try:
        return [prompt.name for prompt in workspace.prompts([word])]
    except InputError:
        # The folder may be of prompts that are not here any more, and has none of that name.
        return []


def _n_asked(folder: Path) -> int:
    """The articles that a run asked about; 0 where it was none."""
    path = folder / "run.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, RecursionError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    articles = facts.get("articles") if isinstance(facts, dict) else None
    return len(articles) if isinstance(articles, list) else 0


def _sources(workspace: Workspace) -> Mapping[str, PromptSource]:
    """The prompts as they are now, by version."""
    try:
        prompts = load_prompts(workspace.settings.prompts, workspace.schema)
    except InputError:
        return {}
    return {prompt.version: prompt_source(prompt) for prompt in prompts}


def _prompt(cell: Cell, version: str, sources: Mapping[str, PromptSource]) -> PromptSource | None:
    if not version:
        return None
    return sources.get(version) or PromptSource(cell.prompt, cell.prompt, version)


def _rows(path: Path, needed: Sequence[str]) -> _Rows:
    try:
        frame = read_csv(path)
    except (OSError, ValueError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        what = f"has no column {', '.join(missing)}: it was not written by this version"
        raise RunError([Problem(str(path), what)])
    rows: _Rows = frame.to_dict("records")
    return rows


def _cell_of(row: Mapping[str, Any]) -> Cell:
    return Cell(row["model"], row["prompt"])


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
