"""``harness run --batch`` and ``--batch-file``: requests sent together, or written for others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.output import notice, print_json
from harness.errors import ConfigurationError, Problem, RunError
from harness.providers import Provider
from harness.providers.batch_input import check_batchable, check_mode
from harness.providers.batch_output import batch_price
from harness.running import Batches, BatchListener, Outcome, Plan, Progress, estimate
from harness.running.batch_files import InputWriter, Reading
from harness.running.batch_store import BatchStore, OpenBatch
from harness.settings import Settings

if TYPE_CHECKING:
    from harness.providers.batch_service import BatchState

__all__ = [
    "make_batches",
    "prepare_batches",
    "say_reading",
    "send_batches",
    "wait_for_batches",
    "write_batch_file",
]

_SECONDS_BETWEEN_LINES = 10.0


def prepare_batches(
    providers: Sequence[Provider], notices: Sequence[str], *, for_one: str = ""
) -> list[str]:
    """See that all models can be asked in batches, and what that costs.

    Parameters
    ----------
    notices
        What is to be said of models that cannot be asked.
    for_one
        What is done with one model only, and without sending anything: no key is needed.

    Returns
    -------
    notices
        Those that are still worth saying.

    Raises
    ------
    ConfigurationError
        With every model that cannot be asked so.
    """
    problems: list[Problem] = []
    for provider in providers:
        try:
            hosted = check_batchable(provider)
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            hosted.lane.price = batch_price(hosted)
    if for_one and len(providers) != 1:
        there_are = ", ".join(each.model.id for each in providers) or "none"
        what = f"it takes exactly one model, and there are {there_are}; choose with -m"
        problems.append(Problem(for_one, what))
        problems.extend(Problem("", line) for line in notices)
    if problems:
        raise ConfigurationError(problems)
    return [] if for_one else list(notices)


def make_batches(plan: Plan, settings: Settings, *, quiet: bool) -> Batches:
    """The batches of a plan, which tell a person what becomes of them."""
    store, longest = BatchStore(settings.results), settings.batch_poll_s
    return Batches(plan, store, _Notices(quiet=quiet), longest_poll_s=longest)


def send_batches(batches: Batches, plan: Plan, max_cost_usd: float | None) -> None:
    """Send what is to be asked; an interrupt leaves open what is sent.

    Raises
    ------
    ConfigurationError
        If a request cannot stand in a batch, or if it may cost more than it may.
    """
    _check_modes(plan)
    if max_cost_usd is not None:
        # What is sent cannot be stopped at a price.
        most = sum(each.cost_usd[1] for each in estimate(plan) if each.cost_usd)
        if most > max_cost_usd:
            raise ConfigurationError(
                f"--max-cost: a batch cannot be stopped on its way, and this one may cost "
                f"{most:.2g} USD; ask less (--limit), bound answers (max_tokens), or allow more"
            )
    with _interruptible(batches):
        batches.send()


def wait_for_batches(batches: Batches, plan: Plan, progress: Progress) -> Outcome:
    """Wait for what is open and read it in; an interrupt leaves open what has not ended."""
    if batches.open and not batches.outcome.interrupted:
        notice("Waiting for the replies; Ctrl-C leaves the batches open, for a later run to read.")
        with _interruptible(batches):
            batches.wait(lambda units: plan.journal.locked(units, _say_it_waits), progress)
    return batches.outcome


def write_batch_file(plan: Plan, path: Path, *, as_json: bool) -> int:
    """Write the input of batches and ask nothing; the exit code.

    Raises
    ------
    RunError
        If a file is there already or cannot be written.
    """
    _check_modes(plan)
    to_ask = plan.to_ask
    part = path.with_name(f"{path.stem}-001{path.suffix}")
    _refuse_to_overwrite([path, part])
    files = _write_parts(plan, path) if to_ask else []
    n = len({planned.key for planned in to_ask})
    if as_json:
        print_json({"files": [str(file) for file in files], "requests": n})
    if not files:
        notice("There is nothing to ask: no file is written.")
    for file in files:
        notice(f"Written: {file}")
    if files:
        notice(
            f"{n} requests, nothing was asked; 'harness journal import OUTPUT' with the same "
            "options reads the replies."
        )
    return 0


def say_reading(what: str, reading: Reading) -> None:
    """Say what lines of output came to."""
    n_failed = sum(reading.failures.values())
    reasons = ", ".join(f"{reason} {n}" for reason, n in reading.failures.most_common())
    counts = [
        (len(reading.answered), f"{len(reading.answered)} answered"),
        (n_failed, f"{n_failed} of them failed ({reasons})"),
        (len(reading.already), f"{len(reading.already)} answered before and left as they are"),
        (len(reading.not_executed), f"{len(reading.not_executed)} not executed"),
        (len(reading.missing), f"{len(reading.missing)} without a reply"),
        (reading.n_duplicates, f"duplicate lines {reading.n_duplicates}"),
        (reading.n_unknown, f"unknown ids {reading.n_unknown}"),
        (reading.n_torn, f"unreadable lines {reading.n_torn}"),
    ]
    said = [text for number, text in counts if number] or ["no reply"]
    notice(f"{what}: {', '.join(said)}.")
    if reading.example:
        notice(f"a failure is, e.g.: {reading.example.message}")
    if reading.elsewhere:
        notice(
            f"{len(reading.elsewhere)} replies belong to requests that are not in this run; "
            "a run with them reads them."
        )


def _say_it_waits(path: Path) -> None:
    notice(f"another run writes {path}: waiting for it to end")


def _check_modes(plan: Plan) -> None:
    forms = {id(each.form): each for each in plan.to_ask}
    for planned in forms.values():
        check_mode(planned.provider, planned.form.parameters)


def _refuse_to_overwrite(paths: Sequence[Path]) -> None:
    there = [path for path in paths if path.exists()]
    if there:
        raise RunError(f"--batch-file {there[0]}: it is there already; name another file")


def _write_parts(plan: Plan, path: Path) -> list[Path]:
    """Write one file, or several with numbers, none of which was there."""
    to_ask = plan.to_ask
    inputs = InputWriter(check_batchable(to_ask[0].provider), to_ask)
    written: list[Path] = []
    try:
        try:
            while inputs.has_more:
                written.append(path.with_name(f".{path.name}.{os.getpid()}.{len(written)}.tmp"))
                with written[-1].open("wb") as file:
                    inputs.fill(file)
            numbers = range(1, len(written) + 1)
            names = [path.with_name(f"{path.stem}-{n:03}{path.suffix}") for n in numbers]
            names = names if len(names) > 1 else [path]
            _refuse_to_overwrite(names)
            for temporary, name in zip(written, names, strict=True):
                temporary.replace(name)
        finally:
            for temporary in written:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"--batch-file {path}: cannot be written: {error}") from error
    return names


@contextmanager
def _interruptible(batches: Batches) -> Iterator[None]:
    """While it goes on, an interrupt ends it in good order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = None
    with suppress(ValueError):  # not in the main thread
        before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        batches.outcome.interrupted = True
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


class _Notices(BatchListener):
    """Tells a person."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._said: dict[str, str] = {}
        self._last = 0.0

    def sent(self, batch: OpenBatch) -> None:
        notice(f"{batch.model}: batch {batch.batch_id} has {len(batch.keys)} requests")

    def is_open(self, batch: OpenBatch, state: BatchState) -> None:
        failed = f", {state.n_failed} failed" if state.n_failed else ""
        n = state.n_requests or len(batch.keys)
        text = f"{state.status}, {state.n_completed} of {n} completed{failed}"
        is_new_status = not self._said.get(batch.name, "").startswith(state.status)
        is_due = is_new_status or time.monotonic() - self._last > _SECONDS_BETWEEN_LINES
        if not self._quiet and is_due and text != self._said.get(batch.name):
            self._said[batch.name] = text
            self._last = time.monotonic()
            notice(f"{batch.model}: batch {batch.batch_id} is {text}")

    def was_read(self, batch: OpenBatch, state: BatchState, reading: Reading) -> None:
        say_reading(f"{batch.model}: batch {batch.batch_id} is {state.status}", reading)

    def was_never_made(self, batch: OpenBatch) -> None:
        notice(
            f"{batch.model}: a run ended before its batch of {len(batch.keys)} requests was made; "
            "they are to be asked"
        )

    def out_of_reach(self, batch: OpenBatch, why: str) -> None:
        if self._said.get(batch.name) != why:
            self._said[batch.name] = why
            notice(f"warning: {why}")

    def of_others(self, batch: OpenBatch, path: Path) -> None:
        notice(
            f"{batch.model}: batch {batch.batch_id or batch.name} is open, and has no request of "
            f"this run; a run with its requests reads it, and deleting {path} forgets it"
        )
