"""Progress of a run: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.cli.output import console, notice, short
from harness.records import Attempt, Cell, Reply, Unit, added_usd
from harness.reports.plain import printable
from harness.running import Plan, PlannedRequest, Progress

__all__ = ["All", "make_progress"]

_SECONDS_BETWEEN_LINES = 10.0


class All(Progress):
    """Tells several what it hears."""

    def __init__(self, listeners: Sequence[Progress]) -> None:
        self._listeners = listeners

    def attempted(self, unit: Unit, attempt: Attempt, detail: str) -> None:
        for each in self._listeners:
            each.attempted(unit, attempt, detail)

    def paused(self, model: str, seconds: float, reason: str) -> None:
        for each in self._listeners:
            each.paused(model, seconds, reason)

    def begun(self, planned: PlannedRequest) -> None:
        for each in self._listeners:
            each.begun(planned)

    def ended(self, planned: PlannedRequest) -> None:
        for each in self._listeners:
            each.ended(planned)

    def answered(self, planned: PlannedRequest, reply: Reply) -> None:
        for each in self._listeners:
            each.answered(planned, reply)

    def stopped(self, model: str, reason: str) -> None:
        for each in self._listeners:
            each.stopped(model, reason)

    def interrupted(self, grace_s: float) -> None:
        for each in self._listeners:
            each.interrupted(grace_s)


@contextmanager
def make_progress(plan: Plan, *, quiet: bool) -> Iterator[Progress]:
    """Show on standard error how a plan's unanswered requests get answered."""
    requests = plan.to_ask
    if quiet or not requests:
        yield _Notices()
    elif sys.stderr.isatty():
        with _bars(requests) as progress:
            yield progress
    else:
        yield _Lines(requests)


class _Notices(Progress):
    """What a person has to know in any case."""

    def paused(self, model: str, seconds: float, reason: str) -> None:
        notice(f"{model}: failed many times in a row ({reason}); pausing for {seconds:g} s")

    def stopped(self, model: str, reason: str) -> None:
        notice(f"stopped: {reason}")

    def interrupted(self, grace_s: float) -> None:
        notice(
            f"interrupted: what is in flight has {grace_s:g} s to end; again (Ctrl-C) stops at once"
        )


@dataclass(slots=True)
class _Cell:
    """How far a cell is."""

    total: int = 0
    done: int = 0
    failed: int = 0
    in_flight: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0

    def add(self, reply: Reply) -> None:
        """Count a reply."""
        self.done += 1
        self.failed += reply.failure is not None
        for attempt in reply.attempts:
            self.tokens += (attempt.input_tokens or 0) + (attempt.output_tokens or 0)
        self.cost_usd = added_usd(self.cost_usd, reply.cost_usd)

    def details(self) -> str:
        """What there is to say besides how many are done."""
        parts = [f"{self.failed} failed"] if self.failed else []
        if self.tokens:
            parts.append(f"{short(self.tokens)} tokens")
        if self.cost_usd:
            parts.append(f"${self.cost_usd:.2f}")
        return ", ".join(parts)


class _Counting(_Notices):
    """Counts how far every cell is."""

    def __init__(self, requests: Sequence[PlannedRequest]) -> None:
        self.cells: dict[Cell, _Cell] = {}
        for planned in requests:
            self.cells.setdefault(planned.unit.cell, _Cell()).total += 1

    def begun(self, planned: PlannedRequest) -> None:
        self.cells[planned.unit.cell].in_flight += 1

    def ended(self, planned: PlannedRequest) -> None:
        self.cells[planned.unit.cell].in_flight -= 1

    def answered(self, planned: PlannedRequest, reply: Reply) -> None:
        self.cells[planned.unit.cell].add(reply)


class _Lines(_Counting):
    """For logs: how far a cell is, at most every few seconds and at its end."""

    def __init__(self, requests: Sequence[PlannedRequest]) -> None:
        super().__init__(requests)
        self._started = time.monotonic()
        self._last = dict.fromkeys(self.cells, self._started)

    def answered(self, planned: PlannedRequest, reply: Reply) -> None:
        super().answered(planned, reply)
        now, key = time.monotonic(), planned.unit.cell
        cell = self.cells[key]
        if cell.done == cell.total or now - self._last[key] > _SECONDS_BETWEEN_LINES:
            self._last[key] = now
            rate = cell.done / max(now - self._started, 1e-9)
            details = f"; {cell.details()}" if cell.details() else ""
            left = (
                f", {_time((cell.total - cell.done) / rate)} left" if cell.done < cell.total else ""
            )
            notice(
                f"{key.model} {key.prompt}: {cell.done} of {cell.total} answered{details} "
                f"({cell.in_flight} in flight, {rate:.1f}/s{left})"
            )


@contextmanager
def _bars(requests: Sequence[PlannedRequest]) -> Iterator[Progress]:
    from rich import progress as bars  # noqa: PLC0415 - only where there is a terminal

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=None),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[details]}", markup=False),
        bars.TimeRemainingColumn(),
    )

    class Bars(_Counting):
        def __init__(self) -> None:
            super().__init__(requests)
            self.started = time.monotonic()
            self.tasks = {
                key: shown.add_task(
                    printable(f"{key.model} {key.prompt}"), total=cell.total, details=""
                )
                for key, cell in self.cells.items()
            }

        def begun(self, planned: PlannedRequest) -> None:
            super().begun(planned)
            self.show(planned.unit.cell)

        def answered(self, planned: PlannedRequest, reply: Reply) -> None:
            super().answered(planned, reply)
            self.show(planned.unit.cell)

        def show(self, key: Cell) -> None:
            cell = self.cells[key]
            rate = cell.done / max(time.monotonic() - self.started, 1e-9)
            parts = [f"{cell.in_flight} in flight, {rate:.1f}/s", cell.details()]
            details = ", ".join(part for part in parts if part)
            shown.update(self.tasks[key], completed=cell.done, details=details)

    with bars.Progress(*columns, console=console(error=True), transient=True) as shown:
        yield Bars()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
