"""The baseline: where cells stood when somebody said so, in a file that is committed.

`docs/regression.md` says how the file is laid out. It is the same to the last byte for the same
standing, with one article on a line, so that a change to it can be reviewed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import HarnessError, InputError, Problem
from harness.evaluate import OVERALL, CountTally, CountVectors
from harness.records import Cell, Level
from harness.regression.exact_scores import exact_scores
from harness.regression.standing import (
    CellStanding,
    FoundClaims,
    Place,
    PromptSource,
)
from harness.scoring import LEVELS
from harness.scoring.ground import GroundingStatus

__all__ = ["FORMAT", "Baseline", "read_baseline", "write_baseline"]

FORMAT = 1
"""Of the file. Raised when an older version of the harness could not read it any more."""

_WHAT_TO_DO = "take it from version control again, or write it anew by `harness baseline save`"
_CONFLICT = re.compile("^<<<<<<< ", re.MULTILINE)
_FP, _ASIDE = 1, 3
_ORDER: tuple[Level, ...] = ("lenient", "strict")
# No name that a claim type could have.
_REPLIES = "@replies"
_MOST = 10**9

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
_Count = Annotated[int, Field(ge=0, le=_MOST)]


@dataclass(frozen=True, eq=False)
class Baseline:
    """Where cells stood.

    Parameters
    ----------
    scorer, gold
        As in a `Standing`.
    cells
        Each with counts, and with the digests of its replies where these are known.
    """

    scorer: str
    gold: Mapping[str, str]
    cells: Mapping[Cell, CellStanding]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Article(_Strict):
    gold: str
    claims: dict[str, list[_Digest]]


class _Cell(_Strict):
    model: str
    prompt: str
    prompt_file: str | None
    prompt_version: str | None
    prompt_source: list[str] | None
    n_requests: _Count
    n_failed: _Count
    cost_usd: float | None
    groundings: dict[str, dict[GroundingStatus, _Count]] | None
    # For a person to read; what is compared follows from the articles.
    scores: dict[str, Any]
    articles: dict[str, dict[str, Any]]


class _File(_Strict):
    format: int
    scorer: str
    articles: dict[str, _Article]
    cells: list[_Cell]


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, whole or not at all.

    Raises
    ------
    HarnessError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(_lines(baseline))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise HarnessError(f"{path}: the baseline cannot be written: {error}") from error


def _lines(baseline: Baseline) -> Iterator[str]:
    yield "{\n"
    yield f'"format": {FORMAT},\n'
    yield f'"scorer": {_json(baseline.scorer)},\n'
    yield '"articles": {\n'
    claims: dict[str, dict[str, list[str]]] = {each: {} for each in sorted(baseline.gold)}
    for cell in baseline.cells.values():
        for (article_id, claim_type), found in cell.found.items():
            claims[article_id].setdefault(claim_type, list(found.digests))
    yield from _entries(
        (article_id, {"gold": baseline.gold[article_id], "claims": dict(sorted(types.items()))})
        for article_id, types in claims.items()
    )
    yield '},\n"cells": [\n'
    for number, cell in enumerate(sorted(baseline.cells.values(), key=lambda each: each.cell)):
        yield ",\n{\n" if number else "{\n"
        yield from _cell_lines(cell)
        yield "}"
    yield "\n]\n}\n"


def _cell_lines(cell: CellStanding) -> Iterator[str]:
    prompt = cell.prompt
    source = prompt.source if prompt else None
    assert cell.counts is not None
    facts = {
        "model": cell.cell.model,
        "prompt": cell.cell.prompt,
        "prompt_file": prompt.file if prompt else None,
        "prompt_version": prompt.version if prompt else None,
        "n_requests": cell.n_requests,
        "n_failed": cell.n_failed,
        "cost_usd": None if cell.cost_usd is None else round(cell.cost_usd, 9),
        "groundings": _sorted_groundings(cell.groundings),
    }
    for name, value in facts.items():
        yield f"{_json(name)}: {_json(value)},\n"
    if source is None:
        yield '"prompt_source": null,\n'
    else:
        yield '"prompt_source": [\n'
        yield ",\n".join(map(_json, source.split("\n")))
        yield "\n],\n"
    yield '"scores": {\n'
    yield from _entries(_score_entries(cell.counts))
    yield '},\n"articles": {\n'
    yield from _entries(_article_entries(cell))
    yield "}\n"


def _sorted_groundings(
    groundings: Mapping[str, Mapping[GroundingStatus, int]] | None,
) -> dict[str, dict[GroundingStatus, int]] | None:
    if groundings is None:
        return None
    return {
        name: {status: n for status, n in sorted(each.items()) if n}
        for name, each in sorted(groundings.items())
    }


def _score_entries(counts: CountVectors) -> Iterator[tuple[str, dict[str, list[float | None]]]]:
    """Precision, recall and F1 as a person reads them."""
    by_level = {level: exact_scores(counts, level) for level in _ORDER}
    labelled = [name for name, score in by_level["lenient"].items() if score.n_articles]
    for claim_type in sorted(labelled, key=lambda name: (name == OVERALL, name)):
        yield (
            claim_type,
            {
                level: [
                    None if value is None else round(float(value), 4)
                    for value in scores[claim_type].values
                ]
                for level, scores in by_level.items()
            },
        )


def _article_entries(cell: CellStanding) -> Iterator[tuple[str, dict[str, Any]]]:
    assert cell.counts is not None
    counts = cell.counts
    rows = dict(zip(counts.article_ids, range(len(counts.article_ids)), strict=True))
    for article_id, places in groupby(sorted(cell.found), key=lambda place: place[0]):
        entry: dict[str, Any] = {}
        if article_id in cell.replies:
            entry[_REPLIES] = cell.replies[article_id]
        for place in places:
            at = (rows[article_id], counts.claim_types.index(place[1]))
            found = cell.found[place]
            totals = counts.totals[at]
            entry[place[1]] = [
                _packed(found.lenient),
                _packed(found.strict),
                *(totals[LEVELS.index(level), [_FP, _ASIDE]].tolist() for level in _ORDER),
            ]
            n_replies = [int(counts.n_repeats[at]), int(counts.n_failed[at])]
            if n_replies != [1, 0]:
                entry[place[1]] += n_replies
        yield article_id, entry


def _packed(times: Sequence[int]) -> str | list[int]:
    """Numbers as digits where each is one digit, which nearly all are."""
    return list(times) if max(times, default=0) > 9 else "".join(map(str, times))


def _unpacked(times: object) -> object:
    if isinstance(times, str) and times.isascii() and (times.isdigit() or not times):
        return list(map(int, times))
    return times


def _entries(entries: Iterable[tuple[str, object]]) -> Iterator[str]:
    """The entries of an object, one on a line."""
    for number, (name, value) in enumerate(entries):
        yield f"{',' if number else ''}{chr(10) if number else ''}{_json(name)}: {_json(value)}"
    yield "\n"


def _json(value: object) -> str:
    # ASCII: no text of a prompt or an id may be what UTF-8 cannot write, or look like another.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def read_baseline(path: Path) -> Baseline | None:
    """Read a baseline; None where there is no file.

    Raises
    ------
    InputError
        If it is damaged, or was written by a newer version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read: {error}; {_WHAT_TO_DO}"
        raise InputError([Problem(str(path), what)]) from error
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError([Problem(str(path), _no_json(text, error))]) from error
    if not isinstance(values, dict):
        raise InputError([Problem(str(path), f"is damaged: it is no JSON object; {_WHAT_TO_DO}")])
    written = values.get("format")
    if isinstance(written, int) and written > FORMAT:
        what = (
            f"was written by a newer version of the harness (format {written}; this one reads "
            f"{FORMAT}): use that version"
        )
        raise InputError([Problem(str(path), what)])
    try:
        return _baseline(_File.model_validate(values))
    except ValueError as error:
        raise InputError(_problems(path, error)) from error


def _no_json(text: str, error: Exception) -> str:
    """What is wrong with a file that is no JSON, and what to do."""
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        return (
            f"line {line} begins a merge conflict: take either side whole, merge prompts and "
            "replies, and then `harness check` says whether it is to be saved anew"
        )
    return f"is damaged: it is no JSON ({error}); {_WHAT_TO_DO}"


def _problems(path: Path, error: ValueError) -> list[Problem]:
    if not isinstance(error, ValidationError):
        return [Problem(str(path), f"is damaged: {error}; {_WHAT_TO_DO}")]
    return [
        Problem(
            f"{path}: {'.'.join(map(str, each['loc']))}",
            f"is damaged: {each['msg']}; {_WHAT_TO_DO}",
        )
        for each in error.errors(include_url=False, include_input=False)[:10]
    ]


def _baseline(file: _File) -> Baseline:
    cells = {}
    for each in file.cells:
        cell = Cell(each.model, each.prompt)
        if cell in cells:
            raise ValueError(f"{cell.model} {cell.prompt} stands there twice")
        cells[cell] = _cell_standing(cell, each, file.articles)
    gold = {article_id: article.gold for article_id, article in file.articles.items()}
    return Baseline(file.scorer, gold, cells)


def _cell_standing(cell: Cell, each: _Cell, articles: Mapping[str, _Article]) -> CellStanding:
    claim_types = tuple(
        dict.fromkeys(
            name for types in each.articles.values() for name in types if name != _REPLIES
        )
    )
    tally = CountTally(claim_types)
    found: dict[Place, FoundClaims] = {}
    replies = {}
    for article_id, types in each.articles.items():
        if article_id not in articles:
            raise ValueError(f"{cell.model} {cell.prompt}: article {article_id!r} has no gold")
        for name, value in types.items():
            where = f"{cell.model} {cell.prompt}: {article_id!r}: {name}"
            if name == _REPLIES:
                replies[article_id] = _checked_digest(where, value)
                continue
            digests = articles[article_id].claims.get(name, [])
            of_place = _checked_place(where, value, len(digests))
            lenient, strict, *extra, n_replies, n_failed = of_place
            found[article_id, name] = FoundClaims(tuple(digests), tuple(lenient), tuple(strict))
            for level, times, (fp, aside) in zip(_ORDER, (lenient, strict), extra, strict=True):
                tp = sum(times)
                totals = (tp, fp, n_replies * len(digests) - tp, aside)
                tally.put(article_id, name, level, totals, n_replies, n_failed)
    prompt = None
    if each.prompt_file is not None and each.prompt_version is not None:
        source = None if each.prompt_source is None else "\n".join(each.prompt_source)
        prompt = PromptSource(cell.prompt, each.prompt_file, each.prompt_version, source)
    return CellStanding(
        cell,
        prompt,
        tally.vectors(),
        found,
        each.n_requests,
        0,
        each.n_failed,
        each.cost_usd,
        each.groundings,
        replies,
    )


def _checked_digest(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: is no digest")
    return value


def _checked_place(
    where: str, value: object, n_claims: int
) -> tuple[list[int], list[int], list[int], list[int], int, int]:
    """What became of the claims of a place.

    Times found leniently and strictly; then for each level false positives and predictions set
    aside; then the replies, and how many of them failed.
    """
    if isinstance(value, list) and len(value) in (4, 6):
        n_replies, n_failed = value[4:] or (1, 0)
        lists: list[Any] = [_unpacked(value[0]), _unpacked(value[1]), value[2], value[3]]
        lengths = (n_claims, n_claims, 2, 2)
        is_whole = all(
            isinstance(each, list) and len(each) == length and all(map(_is_count, each))
            for each, length in zip(lists, lengths, strict=True)
        )
        if is_whole and _is_count(n_replies) and _is_count(n_failed):
            lenient, strict, lenient_extra, strict_extra = lists
            if max([*lenient, *strict, n_failed, 1]) <= n_replies:
                return lenient, strict, lenient_extra, strict_extra, n_replies, n_failed
    raise ValueError(f"{where}: is not what became of {n_claims} claims")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST
