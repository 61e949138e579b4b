"""Why each claim of an article is paired or not: side by side, for a person or as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.claims import ClaimField
from harness.records import Cell, Claim, ClaimOutcome
from harness.reports.plain import printable
from harness.scoring import TypeResult

__all__ = ["explanation_json", "explanation_text"]

_SPACE = re.compile(r"\s")
_NULL = "–"
_LONGEST = 400


def explanation_json(result: TypeResult) -> dict[str, Any]:
    """The pairs with the similarity of each field, and the unpaired claims with their classes.

    Parameters
    ----------
    result
        What scoring says of one claim type in one article.
    """
    return {
        "article_id": result.article_id,
        "claim_type": result.claim_type,
        "pairs": [
            {
                "gold": row,
                "predicted": column,
                "strict": is_strict,
                "set_aside": result.aligned.gold[row].optional,
                "similarity": float(result.aligned.comparison.similarity(row, column)),
                "fields": {
                    name: {"gold": wanted, "predicted": given, "similarity": similarity}
                    for name, wanted, given, similarity, _ in _fields(result, row, column)
                },
            }
            for row, column, is_strict in _pairs(result)
        ],
        "unpaired": [
            {
                "side": each.side,
                "number": each.number,
                "outcome": each.outcome,
                "error_class": each.error_class,
                "error_detail": each.error_detail,
                "nearest": each.nearest,
                "claim": dict(each.claim),
            }
            for each in _unpaired(result)
        ],
    }


def explanation_text(
    cell: Cell, repeat: int | None, result: TypeResult, width: int = 80
) -> RenderableType:
    """The same for a terminal.

    Parameters
    ----------
    cell, repeat
        Whose predictions they are; `repeat` is None where there is only one.
    result
        What scoring says of one claim type in one article.
    width
        Columns of the terminal.
    """
    counts = result.counts["lenient"]
    head = f"{cell.model} · {cell.prompt}" + ("" if repeat is None else f" · repeat {repeat}")
    lines = [
        head,
        f"{result.claim_type} of {result.article_id}: {counts.tp} found, {counts.fn} "
        f"missed, {counts.fp} without gold, {counts.set_aside} set aside (lenient)",
    ]
    if result.failed:
        lines.append(f"The request failed ({result.failure}): all required gold is missed.")
    parts: list[RenderableType] = [Text("\n".join(map(printable, lines)))]
    for row, column, is_strict in _pairs(result):
        similarity = float(result.aligned.comparison.similarity(row, column))
        what = "set aside (optional gold)" if result.aligned.gold[row].optional else "found"
        level = "strictly" if is_strict else "leniently"
        title = f"gold {row} = predicted {column}: {what}, {level}, similarity {similarity:.3f}"
        parts += ["", Text(title), _pair_table(_fields(result, row, column))]
    strict = {(each.side, each.number): each for each in result.outcomes["strict"]}
    for outcome in _unpaired(result):
        parts += ["", Text(_title(outcome)), _claim_table(result, outcome)]
    wrong = [
        each
        for each in result.outcomes["lenient"]
        if each.outcome == "tp" and strict[each.side, each.number].outcome != "tp"
    ]
    for each in wrong:
        its = strict[each.side, each.number]
        reason = f"{its.side} {its.number} is not paired strictly: {_class(its)}"
        parts += ["", Text(printable(reason))]
    return Group(*parts, "")


def _pairs(result: TypeResult) -> Iterator[tuple[int, int, bool]]:
    strict = set(result.aligned.pairs["strict"])
    for row, column in result.aligned.pairs["lenient"]:
        yield row, column, (row, column) in strict


def _unpaired(result: TypeResult) -> list[ClaimOutcome]:
    return [each for each in result.outcomes["lenient"] if each.partner is None]


def _fields(
    result: TypeResult, row: int, column: int
) -> Iterator[tuple[str, object, object, float, bool]]:
    """Name, gold value, predicted value, similarity and whether it is a key, of each field."""
    aligned = result.aligned
    for field in aligned.comparison.claim_type.compared:
        compared = aligned.comparison.fields[field.name].pair(row, column)
        yield (
            field.name,
            aligned.gold[row].values.get(field.name),
            aligned.predicted[column].get(field.name),
            1.0 if compared.exact else compared.numerator / compared.denominator,
            field.comparison.key,
        )


def _pair_table(fields: Iterator[tuple[str, object, object, float, bool]]) -> Table:
    table = _table("gold", "predicted", "alike")
    for name, wanted, given, similarity, is_key in fields:
        table.add_row(
            Text(f"  {name}" if is_key else f"  ({name})"),
            _value(wanted),
            _value(given),
            Text(f"{similarity:.3f}"),
        )
    return table


def _title(outcome: ClaimOutcome) -> str:
    title = f"{outcome.side} {outcome.number}: {_class(outcome)}"
    return printable(title)


def _class(outcome: ClaimOutcome) -> str:
    if outcome.outcome == "optional":
        return "optional, not found: costs nothing"
    what = outcome.error_class
    if outcome.error_detail:
        what += f" ({outcome.error_detail})"
    if outcome.nearest is not None:
        other = "predicted" if outcome.side == "gold" else "gold"
        what += f", see {other} {outcome.nearest}"
    return what


def _claim_table(result: TypeResult, outcome: ClaimOutcome) -> Table:
    table = _table(outcome.side)
    for field in _shown(result, outcome.claim):
        table.add_row(Text(f"  {field}"), _value(outcome.claim.get(field)))
    groundings: Mapping[str, Any] = {}
    if outcome.side == "predicted" and outcome.number < len(result.aligned.groundings):
        groundings = result.aligned.groundings[outcome.number]
    for name, found in groundings.items():
        place = "" if found.start is None else f", characters {found.start} to {found.end}"
        table.add_row(Text(f"  {name} in the article"), Text(f"{found.status}{place}"))
    return table


def _shown(result: TypeResult, claim: Claim) -> list[str]:
    fields: tuple[ClaimField, ...] = result.aligned.comparison.claim_type.compared
    names = [field.name for field in fields]
    # What is no claim may have anything else in it.
    return names if any(name in claim for name in names) else list(claim)


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for title in titles:
        is_number = title == "alike"
        table.add_column(
            title, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number
        )
    return table


def _value(value: object) -> Text:
    if value is None:
        return Text(_NULL)
    text = _SPACE.sub(" ", str(value))  # line ends and no-break spaces are no damage
    return Text(printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."))
