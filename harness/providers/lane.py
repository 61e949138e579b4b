"""How one model may be asked at this moment: how many requests at once, how fast, at what cost.

All requests of a model share its lane. What one of them hears of the server (too many, wait,
failing) holds for the others too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property

from aiolimiter import AsyncLimiter
from anyio import CapacityLimiter

from harness.errors import CellStopped
from harness.providers.breaker import Breaker
from harness.providers.budget import Budget
from harness.providers.prices import Price, cost_of
from harness.providers.rate_headers import exhausted_for_s
from harness.records import Attempt, Unit
from harness.settings import ModelSettings

__all__ = ["Admission", "Lane", "LaneListener"]

_PART_TO_GROW_BY = 10
_SHARE_TO_BEAR = 0.3
"""Of all requests, those that may be too many (429) before fewer are sent at once."""
_FEWEST_TO_JUDGE_BY = 10
_SECONDS_AT_ONCE = 6.0
"""So many seconds' share of a limit per minute may be used at once."""
_UNKNOWN_OUTPUT_TOKENS = 2000
_LONGEST_HOLD_S = 120.0


class LaneListener:
    """Hears what goes on between a model and its server; what it does not override is let go."""

    def attempted(self, unit: Unit, attempt: Attempt, detail: str) -> None:
        """An exchange has ended; `detail` says what went wrong, if anything."""

    def paused(self, model: str, seconds: float, reason: str) -> None:
        """A model is left alone for so many seconds."""


@dataclass(slots=True)
class Admission:
    """A request that may be sent.

    Parameters
    ----------
    reserved_usd
        What is set aside for it.
    number
        How many were admitted before it.
    """

    n_characters: int
    reserved_usd: float
    number: int
    is_settled: bool = False


class Lane:
    """Where requests of one model wait for their turn.

    Parameters
    ----------
    model
        Its id, for listeners.
    settings
        Its limits.
    find_price
        Says what its tokens cost, None where that is unknown; called when it is needed first.
    """

    def __init__(
        self, model: str, settings: ModelSettings, find_price: Callable[[], Price | None]
    ) -> None:
        self.model = model
        self._find_price = find_price
        self.budget: Budget | None = None
        self.listener = LaneListener()
        self.n_in_flight = 0
        self._most = settings.concurrency
        self._places = CapacityLimiter(settings.concurrency)
        self._breaker = Breaker(self._tell_pause)
        self._requests = _limiter(settings.requests_per_minute)
        self._tokens = _limiter(settings.tokens_per_minute)
        self._held_until = 0.0
        self._n_admitted = 0
        self._n_at_last_change = 0
        self._n_seen = self._n_too_many = 0
        self._inside: set[asyncio.Task[object] | None] = set()
        self._droppable: set[asyncio.Task[object]] = set()
        self._is_closed = False
        self._tokens_per_character = 1 / 3
        self._output_tokens = 0

    @cached_property
    def price(self) -> Price | None:
        """What the model's tokens cost; None where nobody knows."""
        return self._find_price()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the lane: there are as many as the model takes requests at once."""
        task = asyncio.current_task()
        await self._places.acquire()
        self._inside.add(task)
        try:
            yield
        finally:
            # Who was cancelled while resting has none.
            if task in self._inside:
                self._inside.discard(task)
                self._places.release()

    def close(self) -> None:
        """Let nobody send any more who has no answer yet that is to be kept."""
        self._is_closed = True
        for task in self._droppable:
            task.cancel()

    async def rest(self, seconds: float) -> None:
        """Wait before another try, and let another have the place."""
        task = asyncio.current_task()
        with self._may_be_dropped(True):
            if task not in self._inside:
                await asyncio.sleep(seconds)
                return
            self._inside.discard(task)
            self._places.release()
            await asyncio.sleep(seconds)
            await self._places.acquire()
            self._inside.add(task)

    @contextmanager
    def _may_be_dropped(self, is_so: bool) -> Iterator[None]:
        """Whether nothing is lost if the lane is closed meanwhile."""
        task = asyncio.current_task()
        if not is_so or task is None:
            yield
            return
        if self._is_closed:
            raise asyncio.CancelledError
        self._droppable.add(task)
        try:
            yield
        finally:
            self._droppable.discard(task)

    async def admit(
        self, n_characters: int, max_tokens: int | None, *, is_reask: bool = False
    ) -> Admission:
        """Wait until a request may be sent.

        Parameters
        ----------
        n_characters
            Of its body.
        max_tokens
            The most tokens that its answer may have; None where nothing limits it.
        is_reask
            Whether the model has answered it before, though not well.

        Raises
        ------
        CellStopped
            If the model cannot be asked any more (its server only fails, the budget is spent).
        """
        try:
            with self._may_be_dropped(not is_reask):
                return await self._admit(n_characters, max_tokens)
        except BaseException:
            self._breaker.gave_up()
            raise

    async def _admit(self, n_characters: int, max_tokens: int | None) -> Admission:
        await self._breaker.let_pass()
        while (left := self._held_until - time.monotonic()) > 0:  # noqa: ASYNC110 - it may move
            # Not all at the same moment.
            await asyncio.sleep(left + random.random() * min(left, 1.0))
        n_input = round(n_characters * self._tokens_per_character)
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            n_output = min(self._output_tokens, max_tokens or self._output_tokens)
            n_tokens = float(n_input + n_output)
            while n_tokens > 0:
                await self._tokens.acquire(min(n_tokens, self._tokens.max_rate))
                n_tokens -= self._tokens.max_rate
        reserved = 0.0
        if self.budget is not None:
            most = max_tokens or max(_UNKNOWN_OUTPUT_TOKENS, 2 * self._output_tokens)
            reserved = self._cost(n_input, most)
            await self.budget.reserve(reserved)
        self._n_admitted += 1
        self.n_in_flight += 1
        return Admission(n_characters, reserved, self._n_admitted)

    def priced(self, attempt: Attempt) -> float | None:
        """What an exchange cost; None where price or tokens are unknown."""
        return cost_of(attempt, self.price)

    def answered(self, admission: Admission, attempt: Attempt, headers: Mapping[str, str]) -> None:
        """The server has answered a request."""
        cost = attempt.cost_usd
        self._settle(admission, admission.reserved_usd if cost is None else cost)
        self._breaker.succeeded()
        self._learn(admission.n_characters, attempt)
        self._adapt(admission, is_too_many=False)
        if seconds := exhausted_for_s(headers):
            self.hold(seconds)

    def failed(self, admission: Admission, reason: str, what: str) -> None:
        """A request has failed on its way; `reason` is that of a failure, `what` says more."""
        # Whether a server that did not answer in time has worked, and is paid, nobody knows.
        self._settle(admission, admission.reserved_usd if reason == "timeout" else 0.0)
        if reason == "rate_limited" and self._places.total_tokens > 1:
            self._breaker.heard()
            self._adapt(admission, is_too_many=True)
        elif reason == "rejected":
            self._breaker.rejected(what)
        else:
            self._breaker.failed(what)

    def abandoned(self, admission: Admission) -> None:
        """Nobody waits for a request any more."""
        if not admission.is_settled:
            self._breaker.gave_up()
            self._settle(admission, admission.reserved_usd)

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds."""
        until = time.monotonic() + min(seconds, _LONGEST_HOLD_S)
        self._held_until = max(self._held_until, until)

    def _adapt(self, admission: Admission, *, is_too_many: bool) -> None:
        """Take places away where many requests are too many, and give them back where few are."""
        if admission.number <= self._n_at_last_change:
            # It was sent before the last change, and says nothing of it.
            return
        self._n_seen += 1
        self._n_too_many += is_too_many
        places = int(self._places.total_tokens)
        is_bad = self._n_too_many > _SHARE_TO_BEAR * self._n_seen
        if is_bad and self._n_seen >= min(places, _FEWEST_TO_JUDGE_BY):
            self._change_places(places // 2)
        elif not is_bad and self._n_seen >= places and places < self._most:
            self._change_places(min(self._most, places + max(1, places // _PART_TO_GROW_BY)))

    def _change_places(self, number: int) -> None:
        self._places.total_tokens = max(1, number)
        self._n_at_last_change = self._n_admitted
        self._n_seen = self._n_too_many = 0

    def _settle(self, admission: Admission, spent_usd: float) -> None:
        admission.is_settled = True
        self.n_in_flight -= 1
        if self.budget is not None:
            self.budget.settle(admission.reserved_usd, spent_usd)

    def _cost(self, n_input: int, n_output: int) -> float:
        cost = None if self.price is None else self.price.cost_usd(n_input, n_output)
        if cost is None:
            raise CellStopped(
                f"model {self.model!r}: its price is not known, so no --max-cost can be kept; "
                "set its price in the settings"
            )
        return cost

    def _learn(self, n_characters: int, attempt: Attempt) -> None:
        """See what a request takes, so that the next is estimated by it."""
        if attempt.input_tokens and n_characters:
            seen = attempt.input_tokens / n_characters
            self._tokens_per_character = max(seen, 0.9 * self._tokens_per_character)
        self._output_tokens = max(self._output_tokens, attempt.output_tokens or 0)

    def _tell_pause(self, seconds: float, reason: str) -> None:
        self.listener.paused(self.model, seconds, reason)


def _limiter(per_minute: int | None) -> AsyncLimiter | None:
    """A limit in small portions: nobody may use a whole minute's at once, then another's."""
    if per_minute is None:
        return None
    at_once = max(1.0, per_minute * _SECONDS_AT_ONCE / 60)
    return AsyncLimiter(at_once, at_once * 60 / per_minute)
