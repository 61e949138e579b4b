"""The engine: asks what is unanswered, in one process, and journals each reply before its use."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from harness.errors import ProviderError
from harness.journal import Journal
from harness.providers import Provider
from harness.running.plan import PlannedRequest

__all__ = ["Outcome", "Progress", "ask_all"]

_Same: TypeAlias = tuple[Path, str]
"""What makes two requests the same: where their reply is kept, and their key."""


class Progress:
    """Hears how a run goes on. One that wants to hear nothing overrides nothing."""

    def answered(self, planned: PlannedRequest) -> None:
        """A reply is in the journal."""

    def stopped(self, model: str, reason: str) -> None:
        """A model cannot be asked any more."""


@dataclass(slots=True)
class Outcome:
    """How asking ended.

    Parameters
    ----------
    stopped
        For each model that could not be asked any more, why.
    interrupted
        Whether a person ended it.
    """

    stopped: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False


def ask_all(requests: Sequence[PlannedRequest], journal: Journal, progress: Progress) -> Outcome:
    """Ask every request, each model within its concurrency.

    Replies are set on the planned requests. What two articles ask in the same words is asked
    once, and answers both. An interrupt (Ctrl-C) ends asking; what has been
    answered is in the journal by then, and the rest is asked by the next run.

    Raises
    ------
    JournalError
        If a reply cannot be written: asking on would spend money for nothing.
    """
    if not requests:
        return Outcome()
    return asyncio.run(_ask_all(requests, journal, progress))


async def _ask_all(
    requests: Sequence[PlannedRequest], journal: Journal, progress: Progress
) -> Outcome:
    outcome = Outcome()
    by_provider: dict[Provider, dict[_Same, list[PlannedRequest]]] = {}
    for planned in requests:
        same = (journal.path_of(planned.request.unit), planned.request.key)
        by_provider.setdefault(planned.provider, {}).setdefault(same, []).append(planned)
    task = asyncio.ensure_future(_ask_providers(by_provider, journal, progress, outcome))
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        outcome.interrupted = True
        task.cancel()

    # Not every platform lets a loop handle signals; there, Ctrl-C raises KeyboardInterrupt.
    with suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        await task
    except asyncio.CancelledError:
        if not outcome.interrupted:
            raise
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
        for provider in by_provider:
            await provider.close()
    return outcome


async def _ask_providers(
    by_provider: Mapping[Provider, Mapping[_Same, list[PlannedRequest]]],
    journal: Journal,
    progress: Progress,
    outcome: Outcome,
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for provider, requests in by_provider.items():
                waiting = iter(requests.values())
                for _ in range(min(provider.settings.concurrency, len(requests))):
                    group.create_task(_work(provider, waiting, journal, progress, outcome))
    except BaseExceptionGroup as errors:
        # One is enough to end the run, and it is what a caller can name.
        raise errors.exceptions[0] from None


async def _work(
    provider: Provider,
    waiting: Iterator[list[PlannedRequest]],
    journal: Journal,
    progress: Progress,
    outcome: Outcome,
) -> None:
    """Take requests of one model, one after the other, until none waits or the model stops."""
    model = provider.model.id
    for same in waiting:
        request = same[0].request
        try:
            reply = await provider.ask(request)
        except ProviderError as error:
            if model not in outcome.stopped:
                outcome.stopped[model] = str(error)
                progress.stopped(model, str(error))
        else:
            journal.append(request.key, request.unit, request.response.claim_types, reply)
            for planned in same:
                planned.reply = reply
                progress.answered(planned)
        if model in outcome.stopped:
            return
