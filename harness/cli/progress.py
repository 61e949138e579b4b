"""Progress of a run: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from harness.cli.output import console, notice
from harness.reports.plain import printable
from harness.running import PlannedRequest, Progress

__all__ = ["make_progress"]

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def make_progress(requests: Sequence[PlannedRequest], *, quiet: bool) -> Iterator[Progress]:
    """Show the progress of requests on standard error."""
    if quiet or not requests:
        yield Progress()
    elif sys.stderr.isatty():
        with _bars(requests) as progress:
            yield progress
    else:
        yield _Lines(requests)


class _Lines(Progress):
    """For logs: how far every model is, at most every few seconds and at its end."""

    def __init__(self, requests: Sequence[PlannedRequest]) -> None:
        self._totals = _totals(requests)
        self._done = dict.fromkeys(self._totals, 0)
        self._failed = dict.fromkeys(self._totals, 0)
        self._last = time.monotonic()

    def answered(self, planned: PlannedRequest) -> None:
        model = planned.request.unit.model
        self._done[model] += 1
        self._failed[model] += bool(planned.reply and planned.reply.failure)
        now = time.monotonic()
        if self._done[model] == self._totals[model] or now - self._last > _SECONDS_BETWEEN_LINES:
            self._last = now
            failed = f", {self._failed[model]} failed" if self._failed[model] else ""
            notice(f"{model}: {self._done[model]} of {self._totals[model]} answered{failed}")


@contextmanager
def _bars(requests: Sequence[PlannedRequest]) -> Iterator[Progress]:
    from rich import progress as bars  # noqa: PLC0415 - only where there is a terminal

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[failed]}", markup=False),
        bars.TimeElapsedColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=console(error=True), transient=True) as shown:
        tasks = {
            model: shown.add_task(printable(model), total=total, failed="")
            for model, total in _totals(requests).items()
        }
        failed = dict.fromkeys(tasks, 0)

        class Bars(Progress):
            def answered(self, planned: PlannedRequest) -> None:
                model = planned.request.unit.model
                failed[model] += bool(planned.reply and planned.reply.failure)
                text = f"{failed[model]} failed" if failed[model] else ""
                shown.update(tasks[model], advance=1, failed=text)

        yield Bars()


def _totals(requests: Sequence[PlannedRequest]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for planned in requests:
        model = planned.request.unit.model
        totals[model] = totals.get(model, 0) + 1
    return totals
