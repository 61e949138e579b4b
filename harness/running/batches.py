"""Batches: the requests of a plan sent together, left open, found again, and read in.

What may be killed at any moment is in this order: a batch is remembered, its input is sent, the
id of the input is remembered, the batch is made, its id is remembered. A batch without an input
was never made. One with an input and without an id is looked up at its server by that input, and
is forgotten where the server has none. A batch is forgotten after its replies are in the journal.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from harness.errors import BatchLost, ConfigurationError, HarnessError, JournalError, ProviderError
from harness.providers.addresses import OPENAI
from harness.providers.batch_input import check_batchable
from harness.providers.hosted import HostedProvider
from harness.records import Unit
from harness.running.batch_files import InputWriter, OutputReader, Reading, by_key
from harness.running.batch_store import BatchStore, OpenBatch
from harness.running.engine import Outcome, Progress
from harness.running.plan import Plan, PlannedRequest

if TYPE_CHECKING:
    from harness.providers.batch_service import BatchService, BatchState

__all__ = ["BatchListener", "Batches"]

_FIRST_POLL_S = 2.0
_LONGER_EACH_TIME = 1.5
_MOST_ERRORS = 10
"""Of a batch that was refused, so many are said."""
_LOOKS = 3
"""How often a batch is looked for whose server has lost its answer."""

Locked: TypeAlias = Callable[[Iterable[Unit]], AbstractContextManager[object]]


class BatchListener:
    """Hears what becomes of batches; what it does not override is let go."""

    def sent(self, batch: OpenBatch) -> None:
        """A batch is made."""

    def is_open(self, batch: OpenBatch, state: BatchState) -> None:
        """A batch goes on; said again whenever it has been looked at."""

    def was_read(self, batch: OpenBatch, state: BatchState, reading: Reading) -> None:
        """A batch has ended, and its replies are in the journal."""

    def was_never_made(self, batch: OpenBatch) -> None:
        """A run was ended before it made a batch; its requests are to be asked."""

    def out_of_reach(self, batch: OpenBatch, why: str) -> None:
        """A batch cannot be looked at; its requests are left to it."""

    def of_others(self, batch: OpenBatch, path: Path) -> None:
        """A batch of a model of this run has none of its requests; what remembers it."""


class Batches:
    """The batches of a plan's models.

    Parameters
    ----------
    plan
        Its requests are marked as they are sent and answered.
    longest_poll_s
        The most seconds between two looks at an open batch.

    Attributes
    ----------
    outcome
        How it went so far.
    """

    def __init__(
        self,
        plan: Plan,
        store: BatchStore,
        listener: BatchListener,
        *,
        longest_poll_s: float,
    ) -> None:
        self.outcome = Outcome()
        self._plan = plan
        self._store = store
        self._listener = listener
        self._longest_poll_s = longest_poll_s
        self._progress = Progress()
        self._open: list[OpenBatch] = []
        self._of_model: dict[str, list[PlannedRequest]] = {}
        for planned in plan.requests:
            self._of_model.setdefault(planned.unit.model, []).append(planned)
        self._by_key: dict[str, dict[str, list[PlannedRequest]]] = {}

    @property
    def open(self) -> tuple[OpenBatch, ...]:
        """Those that are waited for."""
        return tuple(self._open)

    @property
    def units(self) -> list[Unit]:
        """What replies in them may answer."""
        return [planned.unit for batch in self._open for planned in self._planned(batch)]

    def find(self) -> None:
        """Find the open batches with requests of the plan, and mark these. Sends nothing.

        Raises
        ------
        JournalError
            If the file of a batch cannot be read.
        """
        self._open = []
        for planned in self._plan.requests:
            planned.in_batch = ""
        for batch in self._store.all():
            if batch.model not in self._of_model:
                continue
            marked = self._planned(batch)
            if marked:
                self._mark(batch, marked)
                self._open.append(batch)
            elif batch.left:
                self._listener.of_others(batch, self._store.path_of(batch))

    def take_up(self, progress: Progress) -> None:
        """Read in what has ended of the batches that were found; their units are locked.

        What failed on its way there is yet to be asked, as after any earlier run.

        Parameters
        ----------
        progress
            Told of each attempt.
        """
        self._progress = progress
        locked = {batch.name for batch in self._open}
        self.find()
        chosen = [batch for batch in self._open if batch.name in locked]
        if not chosen:
            return
        read = asyncio.run(self._look(chosen, lambda _: _NotLocked()))
        for planned in read:
            self._plan.see(planned)

    def send(self) -> None:
        """Send what is to be asked; the caller has locked its units."""
        by_provider: dict[str, list[PlannedRequest]] = {}
        for planned in self._plan.to_ask:
            by_provider.setdefault(planned.unit.model, []).append(planned)
        if by_provider:
            asyncio.run(self._send(by_provider))

    def wait(self, locked: Locked, progress: Progress) -> None:
        """Wait until every open batch has ended or cannot be looked at, and read it in.

        Parameters
        ----------
        locked
            Locks the files of units while replies to them are read in.
        progress
            Told of each attempt.
        """
        self._progress = progress
        seconds = min(_FIRST_POLL_S, self._longest_poll_s)
        while self._open and not self.outcome.journal_error:
            time.sleep(seconds)
            seconds = min(_LONGER_EACH_TIME * seconds, self._longest_poll_s)
            read = asyncio.run(self._look(self._open, locked))
            for planned in read:
                planned.kept = self._plan.journal.kept(planned.key, planned.unit)

    async def _look(self, batches: Iterable[OpenBatch], locked: Locked) -> list[PlannedRequest]:
        """Look at batches and read in those that have ended; the requests that they answered."""
        read: list[PlannedRequest] = []
        async with self._services() as services:
            for batch in list(batches):
                try:
                    read += await self._look_at(batch, services(batch.model), locked)
                except (ProviderError, ConfigurationError) as error:
                    self._is_out_of_reach(batch, error)
                except JournalError as error:
                    self.outcome.journal_error = str(error)
                    break
        return read

    async def _look_at(
        self, batch: OpenBatch, service: BatchService, locked: Locked
    ) -> list[PlannedRequest]:
        host = _host(self._provider(batch.model))
        if batch.input_file_id and host != batch.host:
            raise BatchLost(
                f"model {batch.model!r}: batch {batch.batch_id or batch.name} is at {batch.host}, "
                f"and the model is asked at {host} now"
            )
        if not batch.batch_id:
            found = await self._find(batch, service)
            if found is None:
                await self._forget(batch, service)
                self._listener.was_never_made(batch)
                return []
            batch = self._remember(replace(batch, batch_id=found.id))
        state = await service.retrieve(batch.batch_id)
        if not state.has_ended:
            self._listener.is_open(batch, state)
            return []
        with self._store.temporary_file() as output:
            for file_id in state.file_ids:
                await service.download(file_id, output)
                output.write(b"\n")
            output.seek(0)
            with locked(planned.unit for planned in self._planned(batch)):
                return self._read_in(batch, state, output)

    def _read_in(
        self, batch: OpenBatch, state: BatchState, output: IO[bytes]
    ) -> list[PlannedRequest]:
        planned = self._planned(batch)
        known = self._store.find(batch.name)
        if known is None:
            # Another run has read it in meanwhile.
            self._plan.journal.reread(each.unit for each in planned)
            self._let_go(batch, planned)
            return planned
        batch = known
        reader = OutputReader(
            self._provider(batch.model),
            self._plan.journal,
            by_key(planned),
            set(batch.keys),
            leave=set(batch.done),
            attempted=self._progress.attempted,
        )
        reading = reader.read(output)
        done = set(batch.done) | (set(batch.keys) - reading.elsewhere)
        batch = replace(batch, done=tuple(sorted(done)))
        if batch.left:
            self._store.write(batch)
        else:
            self._store.remove(batch)
        self._let_go(batch, planned)
        if state.errors:
            said = "; ".join(state.errors[:_MOST_ERRORS])
            self._stopped(batch.model, f"batch {batch.batch_id} is {state.status}: {said}")
        self._listener.was_read(batch, state, reading)
        return [each for each in planned if each.key in reading.answered]

    def _is_out_of_reach(self, batch: OpenBatch, error: HarnessError) -> None:
        """A batch cannot be looked at. Its requests are not asked again: they may be paid."""
        from harness.providers.batch_service import Unsure  # noqa: PLC0415 - imports openai

        why = str(error)
        if not isinstance(error, Unsure):
            self._open = [each for each in self._open if each.name != batch.name]
        if isinstance(error, BatchLost | ConfigurationError):
            why += f"; delete {self._store.path_of(batch)} to ask its requests again"
        self._listener.out_of_reach(batch, why)

    async def _send(self, by_model: Mapping[str, Sequence[PlannedRequest]]) -> None:
        async with self._services() as services:
            for model, requests in by_model.items():
                provider = self._provider(model)
                inputs = InputWriter(provider, requests)
                try:
                    while inputs.has_more:
                        await self._send_one(provider, inputs, services(model))
                except ProviderError as error:
                    self._stopped(model, str(error))
                except JournalError as error:
                    self.outcome.journal_error = str(error)
                    return

    async def _send_one(
        self, provider: HostedProvider, inputs: InputWriter, service: BatchService
    ) -> None:
        with self._store.temporary_file() as content:
            asked = inputs.fill(content)
            batch = OpenBatch(
                uuid.uuid4().hex,
                provider.model.id,
                _host(provider),
                round(time.time(), 3),
                tuple(dict.fromkeys(each.key for each in asked)),
            )
            self._remember(batch)
            self._mark(batch, asked)
            content.seek(0)
            try:
                batch = replace(batch, input_file_id=await service.upload(batch.name, content))
            except ProviderError:
                await self._forget(batch, service)
                raise
        self._remember(batch)
        if state := await self._make(batch, service):
            batch = self._remember(replace(batch, batch_id=state.id))
            self._mark(batch, asked)
            self._listener.sent(batch)

    async def _make(self, batch: OpenBatch, service: BatchService) -> BatchState | None:
        """Make a batch, once whatever is lost on the way; None where it is not known."""
        from harness.providers.batch_service import Unsure  # noqa: PLC0415 - imports openai

        error: ProviderError | None = None
        for _ in range(_LOOKS):
            try:
                return await service.create(batch.name, batch.input_file_id)
            except Unsure as lost:
                error = lost
            except ProviderError:
                await self._forget(batch, service)
                raise
            try:
                if found := await self._find(batch, service):
                    return found
            except ProviderError as lost:
                self._listener.out_of_reach(batch, str(lost))
                return None
        assert error is not None
        await self._forget(batch, service)
        raise error

    async def _find(self, batch: OpenBatch, service: BatchService) -> BatchState | None:
        """A batch whose id is not known; None where it was never made."""
        if not batch.input_file_id:
            return None
        for number in range(_LOOKS):
            # What was made a moment ago may not be listed yet.
            await asyncio.sleep(min(number, self._longest_poll_s))
            if found := await service.find(batch.name, batch.input_file_id, batch.made_s):
                return found
        return None

    def _stopped(self, model: str, why: str) -> None:
        said = self.outcome.stopped.get(model)
        self.outcome.stopped[model] = f"{said}; {why}" if said else why

    def _remember(self, batch: OpenBatch) -> OpenBatch:
        self._store.write(batch)
        self._open = [batch if each.name == batch.name else each for each in self._open]
        if all(each.name != batch.name for each in self._open):
            self._open.append(batch)
        return batch

    async def _forget(self, batch: OpenBatch, service: BatchService) -> None:
        """There is no batch: its requests are to be asked."""
        self._store.remove(batch)
        self._let_go(batch, self._planned(batch))
        if batch.input_file_id:
            with suppress(ProviderError):  # it costs nothing where it is
                await service.delete(batch.input_file_id)

    def _mark(self, batch: OpenBatch, requests: Iterable[PlannedRequest]) -> None:
        for planned in requests:
            planned.in_batch = batch.batch_id or batch.name

    def _let_go(self, batch: OpenBatch, requests: Iterable[PlannedRequest]) -> None:
        """Nothing more is waited for."""
        self._open = [each for each in self._open if each.name != batch.name]
        for planned in requests:
            planned.in_batch = ""

    def _planned(self, batch: OpenBatch) -> list[PlannedRequest]:
        """The requests of the plan whose replies a batch may hold."""
        if batch.model not in self._by_key:
            self._by_key[batch.model] = by_key(self._of_model[batch.model])
        known = self._by_key[batch.model]
        left = batch.left
        return [planned for key in batch.keys if key in left for planned in known.get(key, ())]

    def _provider(self, model: str) -> HostedProvider:
        return check_batchable(self._of_model[model][0].provider)

    @asynccontextmanager
    async def _services(self) -> AsyncIterator[Callable[[str], BatchService]]:
        """The services of the models that are asked for, opened once and closed at the end."""
        from harness.providers.batch_service import BatchService  # noqa: PLC0415 - imports openai

        opened: dict[str, BatchService] = {}

        def service(model: str) -> BatchService:
            if model not in opened:
                opened[model] = BatchService(self._provider(model))
            return opened[model]

        try:
            yield service
        finally:
            for each in opened.values():
                await each.close()


class _NotLocked(AbstractContextManager[None]):
    def __exit__(self, *_: object) -> None:
        """Its caller has locked what there is to lock."""


def _host(provider: HostedProvider) -> str:
    """Host and port of the server: no path, no key."""
    parts = urlsplit(provider.base_url or OPENAI)
    return parts.netloc.rpartition("@")[2]
