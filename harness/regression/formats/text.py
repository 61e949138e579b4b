"""A check for a terminal. Names and claims come from outside and are never read as markup."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.regression.changes import CellChange, PromptChange
from harness.regression.formats.interface import CheckReport
from harness.regression.formats.words import (
    difference_values,
    hunk_text,
    prompt_heading,
    summary,
    what_moved,
)
from harness.regression.verdict import Verdict
from harness.regression.verdicts import moved_lines
from harness.reports.plain import printable

__all__ = ["changes_text", "text"]

_STATUS_WIDTH = len("inconclusive")
_INDENT = 2


def text(report: CheckReport, width: int = 80) -> str:
    """Every verdict with its figures, then what changed."""
    return _written(_renderables(report), width)


def changes_text(
    prompts: Sequence[PromptChange], cells: Sequence[CellChange], width: int = 80
) -> str:
    """What changed, as it stands below the verdicts; empty where nothing did."""
    return _written(_changes(prompts, cells), width)


def _written(renderables: Iterable[RenderableType], width: int) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, highlight=False, markup=False, emoji=False, color_system=None
    )
    for renderable in renderables:
        is_whole = isinstance(renderable, Text) and bool(renderable.no_wrap)
        console.print(renderable, soft_wrap=is_whole)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _renderables(report: CheckReport) -> Iterator[RenderableType]:
    for heading, verdicts in groupby(report.verdicts, key=_heading):
        yield Text(heading)
        for verdict in verdicts:
            yield from _verdict(verdict)
        yield Text("")
    yield from _changes(report.prompt_changes, report.cell_changes)
    for notice in report.notices:
        yield Text(printable(notice))
    yield Text(printable(summary(report)))


def _changes(
    prompts: Sequence[PromptChange], cells: Sequence[CellChange]
) -> Iterator[RenderableType]:
    for prompt in prompts:
        yield from _prompt_change(prompt)
    for cell in cells:
        yield from _cell_change(cell)


def _heading(verdict: Verdict) -> str:
    cell = verdict.item.cell
    return printable(verdict.item.file if cell is None else f"{verdict.item.file}  {cell.model}")


def _verdict(verdict: Verdict) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_STATUS_WIDTH)
    table.add_column(overflow="fold")
    message = verdict.message.removesuffix(verdict.command).rstrip()
    table.add_row(Text(verdict.status), Text(printable(message)))
    for line in verdict.details:
        table.add_row("", Text(f"  {printable(line)}"))
    yield Padding(table, (0, 0, 0, _INDENT))
    if verdict.command:
        # On one line, however long: it is there to be copied.
        indent = " " * (_INDENT + _STATUS_WIDTH + 1)
        yield Text(f"{indent}{printable(verdict.command)}", no_wrap=True)


def _prompt_change(change: PromptChange) -> Iterator[RenderableType]:
    yield Text(printable(prompt_heading(change)))
    if change.hunks is None:
        yield Text("  the text that it had is not in the baseline")
    elif not change.hunks:
        yield Text("  its text is the same: what the claim types add to it has changed")
    for hunk in change.hunks or ():
        yield Text(f"  line {hunk.line}:")
        for line in "".join(hunk_text(hunk.parts)).rstrip("\n").split("\n"):
            yield Padding(Text(printable(line)), (0, 0, 0, 4))
    yield Text("")


def _cell_change(change: CellChange) -> Iterator[RenderableType]:
    yield Text(printable(what_moved(change)))
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("claim type")
    for name in ("before", "now", "difference", "95% interval", "p"):
        table.add_column(name, justify="right")
    for row in change.rows:
        table.add_row(*(Text(printable(value)) for value in difference_values(row)))
    yield Padding(table, (0, 0, 0, 2))
    for moved in (change.lost, change.gained):
        for line in moved_lines(moved):
            yield Padding(Text(printable(line)), (0, 0, 0, 2))
    yield Text("")
