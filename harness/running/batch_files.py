"""The files of batches: requests written as input, replies read from output into the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, TypeAlias

from harness.journal import Journal
from harness.providers.batch_input import exchange_of, input_line
from harness.providers.batch_output import OutputLine, batch_price, read_output_line, reply_in
from harness.providers.hosted import HostedProvider
from harness.records import Attempt, Failure, Reply, Unit
from harness.running.plan import PlannedRequest

if TYPE_CHECKING:
    from harness.providers.exchange import Exchange

__all__ = ["MOST_BYTES", "MOST_REQUESTS", "InputWriter", "OutputReader", "Reading", "by_key"]

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
"""What OpenAI takes in one file."""

Attempted: TypeAlias = Callable[[Unit, Attempt, str], None]


def by_key(requests: Iterable[PlannedRequest]) -> dict[str, list[PlannedRequest]]:
    """Requests that ask the same stand together: they are asked once."""
    found: dict[str, list[PlannedRequest]] = {}
    for planned in requests:
        found.setdefault(planned.key, []).append(planned)
    return found


class InputWriter:
    """Writes the requests of one model, each once, into files within the limits.

    Parameters
    ----------
    requests
        Those to be asked.
    most_requests, most_bytes
        What a file may hold.
    """

    def __init__(
        self,
        provider: HostedProvider,
        requests: Iterable[PlannedRequest],
        most_requests: int = MOST_REQUESTS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._most_requests = most_requests
        self._most_bytes = most_bytes
        self._lines = self._rendered(exchange_of(provider), by_key(requests).values())
        self._next = next(self._lines, None)

    @property
    def has_more(self) -> bool:
        """Whether there are requests for another file."""
        return self._next is not None

    def fill(self, file: IO[bytes]) -> list[PlannedRequest]:
        """Write as many as a file may hold; the requests that it asks.

        A request that is larger than a file may be stands alone: the server says what it thinks.
        """
        asked: list[PlannedRequest] = []
        n_lines = n_bytes = 0
        while self._next is not None:
            line, same = self._next
            is_full = n_lines == self._most_requests or n_bytes + len(line) > self._most_bytes
            if n_lines and is_full:
                break
            file.write(line)
            asked.extend(same)
            n_lines += 1
            n_bytes += len(line)
            self._next = next(self._lines, None)
        return asked

    @staticmethod
    def _rendered(
        exchange: Exchange, requests: Iterable[list[PlannedRequest]]
    ) -> Iterator[tuple[bytes, list[PlannedRequest]]]:
        for same in requests:
            yield input_line(exchange, same[0].request), same


@dataclass(slots=True)
class Reading:
    """What the lines of output came to.

    Parameters
    ----------
    answered
        Keys of the requests whose replies are in the journal now, failures among them.
    already
        Keys that had an answer and keep it.
    not_executed
        Keys of requests that were not asked before their batch ended.
    elsewhere
        Keys of requests that are in the batch and not in this plan.
    missing
        Keys of requests that no line answers.
    failures
        How many of the replies failed, by reason; `example` is one of them.
    n_duplicates, n_unknown, n_torn
        Lines whose id came before (the last wins), is nobody's, or that are no output.
    """

    answered: set[str] = field(default_factory=set)
    already: set[str] = field(default_factory=set)
    not_executed: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    failures: Counter[str] = field(default_factory=Counter)
    example: Failure | None = None
    n_lines: int = 0
    n_duplicates: int = 0
    n_unknown: int = 0
    n_torn: int = 0


class OutputReader:
    """Reads lines of output into the journal.

    Parameters
    ----------
    wanted
        The requests of one model that a line may answer, by key.
    asked
        The keys that stood in the input.
    leave
        Those of the keys whose answers are to stay as they are.
    attempted
        Told of each reply that is read.
    """

    def __init__(
        self,
        provider: HostedProvider,
        journal: Journal,
        wanted: Mapping[str, Sequence[PlannedRequest]],
        asked: Set[str],
        *,
        leave: Set[str] = frozenset(),
        attempted: Attempted = lambda unit, attempt, detail: None,
    ) -> None:
        self._provider = provider
        self._exchange = exchange_of(provider)
        self._price = batch_price(provider)
        self._journal = journal
        self._wanted = wanted
        self._asked = asked
        self._leave = leave
        self._attempted = attempted
        self._failed: dict[str, Failure] = {}

    def read(self, *files: Iterable[bytes]) -> Reading:
        """Read all lines, in any order; the journal is on the disk when this returns.

        Raises
        ------
        JournalError
            If a reply cannot be kept. What was read before is kept.
        """
        reading = Reading()
        for line in chain(*files):
            if line.strip():
                reading.n_lines += 1
                self._read_line(line, reading)
        self._journal.sync()
        reading.not_executed -= reading.answered
        found = reading.answered | reading.already | reading.not_executed | reading.elsewhere
        reading.missing = set(self._asked) - found
        reading.failures.update(failure.reason for failure in self._failed.values())
        reading.example = next(iter(self._failed.values()), None)
        return reading

    def _read_line(self, line: bytes, reading: Reading) -> None:
        found = read_output_line(line)
        if found is None:
            reading.n_torn += 1
            return
        key = found.custom_id
        seen = (reading.answered, reading.already, reading.not_executed, reading.elsewhere)
        reading.n_duplicates += any(key in keys for keys in seen)
        if key in self._leave:
            reading.already.add(key)
        elif key not in self._wanted:
            if key in self._asked:
                reading.elsewhere.add(key)
            else:
                reading.n_unknown += 1
        elif found.is_not_executed:
            reading.not_executed.add(key)
        else:
            self._keep(found)
            reading.answered.add(key)

    def _keep(self, line: OutputLine) -> None:
        same = self._wanted[line.custom_id]
        first = same[0]
        mode = str(first.form.parameters["mode"])
        reply = reply_in(
            line, self._exchange, first.form.response, mode, self._price, self._provider.api_key
        )
        # Prompts that ask the same under two names have a file each.
        for planned in {self._journal.path_of(each.unit): each for each in same}.values():
            self._write(planned, reply)
        self._failed.pop(line.custom_id, None)
        if reply.failure:
            self._failed[line.custom_id] = reply.failure
        for attempt in reply.attempts:
            self._attempted(first.unit, attempt, reply.failure.message if reply.failure else "")

    def _write(self, planned: PlannedRequest, reply: Reply) -> None:
        claim_types = planned.form.response.claim_types
        self._journal.write(planned.key, planned.unit, claim_types, reply)
