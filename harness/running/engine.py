"""The engine: asks what is unanswered, in one process, and journals each reply before its use."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from harness.errors import JournalError, ProviderError
from harness.journal import Journal
from harness.providers import Provider
from harness.providers.budget import Budget
from harness.providers.lane import Lane, LaneListener
from harness.records import Reply, added_usd
from harness.running.plan import Plan, PlannedRequest

__all__ = ["Outcome", "Progress", "ask_all"]

_SECONDS_BETWEEN_SYNCS = 0.2
_STANDING_BY = 2
"""For each place in a lane, requests that are begun: some of them wait to be tried again."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_Same: TypeAlias = tuple[Path, str]
"""What makes two requests the same: where their reply is kept, and their key."""


class Progress(LaneListener):
    """Hears how a run goes on. One that wants to hear nothing overrides nothing."""

    def begun(self, planned: PlannedRequest) -> None:
        """A request is being asked."""

    def ended(self, planned: PlannedRequest) -> None:
        """It is not being asked any more, whatever came of it."""

    def answered(self, planned: PlannedRequest, reply: Reply) -> None:
        """A reply is in the journal, on the disk."""

    def stopped(self, model: str, reason: str) -> None:
        """A model cannot be asked any more."""

    def interrupted(self, grace_s: float) -> None:
        """A person ends the run; what is in flight has so many seconds left."""


@dataclass(slots=True)
class Outcome:
    """How asking ended.

    Parameters
    ----------
    stopped
        For each model that could not be asked any more, why.
    journal_error
        Why replies cannot be kept any more; empty where they can.
    interrupted
        Whether a person ended it.
    cost_usd
        What asking cost in US dollars; None where the price of an answer is not known.
    """

    stopped: dict[str, str] = field(default_factory=dict)
    journal_error: str = ""
    interrupted: bool = False
    cost_usd: float | None = 0.0


def ask_all(
    plan: Plan, progress: Progress, *, grace_s: float = 30.0, max_cost_usd: float | None = None
) -> Outcome:
    """Ask what is unanswered, each model within its limits.

    What two articles ask in the same words is asked once, and answers both. A reply counts from
    the moment at which it is on the disk. An interrupt (Ctrl-C) ends asking when what is in flight
    is answered, a second one at once; the rest is asked by the next run.

    Parameters
    ----------
    plan
        Its planned requests are marked as they are answered.
    grace_s
        The most seconds to wait after an interrupt for what is in flight.
    max_cost_usd
        What asking may cost.
    """
    unanswered = plan.to_ask
    if not unanswered:
        return Outcome()
    return asyncio.run(_Engine(plan.journal, progress, grace_s).run(unanswered, max_cost_usd))


class _Engine:
    def __init__(self, journal: Journal, progress: Progress, grace_s: float) -> None:
        self._journal = journal
        self._progress = progress
        self._grace_s = grace_s
        self._outcome = Outcome()
        self._written: list[tuple[list[PlannedRequest], Reply]] = []
        self._lanes: list[Lane] = []
        self._is_ending = False
        self._all_is_asked = asyncio.Event()
        self._work: asyncio.Future[None] | None = None

    async def run(
        self, unanswered: Sequence[PlannedRequest], max_cost_usd: float | None
    ) -> Outcome:
        """Ask, and keep what is answered, to the end."""
        by_provider: dict[Provider, dict[_Same, list[PlannedRequest]]] = {}
        for planned in unanswered:
            same = (self._journal.path_of(planned.unit), planned.key)
            by_provider.setdefault(planned.provider, {}).setdefault(same, []).append(planned)
        budget = None if max_cost_usd is None else Budget(max_cost_usd)
        self._lanes = [provider.lane for provider in by_provider]
        for lane in self._lanes:
            lane.budget = budget
            lane.listener = self._progress
        self._work = asyncio.ensure_future(self._ask_providers(by_provider))
        syncing = asyncio.ensure_future(self._sync_now_and_then())
        # Without it nothing would count as answered: asking on would be for nothing.
        syncing.add_done_callback(self._end_with)
        try:
            with self._signals():
                await self._work
        except asyncio.CancelledError:
            is_over = self._outcome.interrupted or self._outcome.journal_error
            if not is_over and not syncing.done():
                raise
        finally:
            self._all_is_asked.set()
            try:
                await syncing
            finally:
                for provider in by_provider:
                    await provider.close()
        return self._outcome

    async def _ask_providers(
        self, by_provider: Mapping[Provider, Mapping[_Same, list[PlannedRequest]]]
    ) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for provider, requests in by_provider.items():
                    group.create_task(self._ask_provider(provider, requests.values()))
        except BaseExceptionGroup as errors:
            raise _first(errors) from None

    async def _ask_provider(
        self, provider: Provider, waiting: Iterable[list[PlannedRequest]]
    ) -> None:
        """Ask one model what waits, until it stops or the run ends."""
        begun = asyncio.Semaphore(_STANDING_BY * provider.settings.concurrency)
        async with asyncio.TaskGroup() as group:
            for same in waiting:
                await begun.acquire()
                if self._has_ended(provider):
                    return
                task = group.create_task(self._ask(provider, same))
                task.add_done_callback(lambda _: begun.release())

    def _has_ended(self, provider: Provider) -> bool:
        return self._is_ending or provider.model.id in self._outcome.stopped

    async def _ask(self, provider: Provider, same: list[PlannedRequest]) -> None:
        model = provider.model.id
        async with provider.lane.place():
            if self._has_ended(provider):
                return
            self._progress.begun(same[0])
            try:
                reply = await provider.ask(same[0].request)
            except ProviderError as error:
                if model not in self._outcome.stopped:
                    self._outcome.stopped[model] = str(error)
                    self._progress.stopped(model, str(error))
                    provider.lane.close()
            else:
                self._write(same, reply)
            finally:
                self._progress.ended(same[0])

    def _write(self, same: list[PlannedRequest], reply: Reply) -> None:
        first = same[0]
        try:
            self._journal.write(first.key, first.unit, first.form.response.claim_types, reply)
        except JournalError as error:
            self._stop(str(error))
        else:
            self._written.append((same, reply))

    def _end_with(self, syncing: asyncio.Future[None]) -> None:
        if not syncing.cancelled() and syncing.exception() is not None:
            assert self._work is not None
            self._work.cancel()

    def _stop(self, journal_error: str) -> None:
        """Asking on would spend money for nothing."""
        if not self._outcome.journal_error:
            self._outcome.journal_error = journal_error
            self._is_ending = True
            assert self._work is not None
            self._work.cancel()

    async def _sync_now_and_then(self) -> None:
        while not self._all_is_asked.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_is_asked.wait(), _SECONDS_BETWEEN_SYNCS)
            await self._sync()
        # What was written while the last of these waited for the disk.
        await self._sync()

    async def _sync(self) -> None:
        """Bring to the disk what was written, and only then call it answered."""
        written, self._written = self._written, []
        if not written:
            return
        try:
            await asyncio.to_thread(self._journal.sync)
        except JournalError as error:
            self._stop(str(error))
            return
        for same, reply in written:
            self._outcome.cost_usd = added_usd(self._outcome.cost_usd, reply.cost_usd)
            for planned in same:
                planned.kept = self._journal.kept(planned.key, planned.unit)
                self._progress.answered(planned, reply)
                # It was asked and paid once.
                reply = replace(reply, attempts=())

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """While asking, an interrupt ends it in good order."""
        loop = asyncio.get_running_loop()
        # Not every platform lets a loop handle signals; there, Ctrl-C raises KeyboardInterrupt.
        unable = (NotImplementedError, RuntimeError, ValueError)
        for number in _SIGNALS:
            with suppress(*unable):
                loop.add_signal_handler(number, self._interrupt)
        try:
            yield
        finally:
            for number in _SIGNALS:
                with suppress(*unable):
                    loop.remove_signal_handler(number)

    def _interrupt(self) -> None:
        assert self._work is not None
        if self._is_ending:
            self._work.cancel()
            return
        self._outcome.interrupted = True
        self._is_ending = True
        self._progress.interrupted(self._grace_s)
        for lane in self._lanes:
            lane.close()
        asyncio.get_running_loop().call_later(self._grace_s, self._work.cancel)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """One is enough to end the run, and it is what a caller can name."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
