"""How one model may be asked at this moment: how many requests at once, how fast, at what cost.

All requests of a model share its lane. What one of them hears of the server (too many, wait,
failing) holds for the others too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property

from aiolimiter import AsyncLimiter

from harness.errors import CellStopped
from harness.providers.breaker import Breaker
from harness.providers.budget import Budget
from harness.providers.places import Places
from harness.providers.prices import Price, cost_of
from harness.providers.rate_headers import exhausted_for_s
from harness.records import Attempt, Unit
from harness.settings import ModelSettings

__all__ = ["Admission", "Lane", "LaneListener"]

_SECONDS_AT_ONCE = 1.0
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
        Its place in the order of sending, from 1.
    is_try
        Whether it is to show that a server that failed answers again.
    """

    n_characters: int
    reserved_usd: float
    number: int
    is_try: bool = False
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

    Attributes
    ----------
    budget, listener
        Of the run that is going on.
    """

    def __init__(
        self, model: str, settings: ModelSettings, find_price: Callable[[], Price | None]
    ) -> None:
        self.model = model
        self._find_price = find_price
        self.budget: Budget | None = None
        self.listener = LaneListener()
        self._places = Places(settings.concurrency)
        self._breaker = Breaker(self._tell_pause, rejections=settings.concurrency)
        self._requests = _limiter(settings.requests_per_minute)
        self._tokens = _limiter(settings.tokens_per_minute)
        self._held_until = 0.0
        self._n_admitted = 0
        self._tokens_per_character: float | None = None
        self._output_tokens = 0

    @cached_property
    def price(self) -> Price | None:
        """What the model's tokens cost; None where nobody knows."""
        return self._find_price()

    def place(self) -> AbstractAsyncContextManager[None]:
        """A place in the lane: there are as many as the model takes requests at once."""
        return self._places.place()

    async def rest(self, seconds: float, *, is_reask: bool = False) -> None:
        """Wait before another try, and let another have the place meanwhile."""
        with nullcontext() if is_reask else self._places.waiting():
            await self._places.rest(seconds)

    def close(self) -> None:
        """Let go of what only waits. What the model has answered once goes on."""
        self._places.close()

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
        with nullcontext() if is_reask else self._places.waiting():
            n_input = round(n_characters * (self._tokens_per_character or 1 / 3))
            await self._keep_limits(n_input, max_tokens)
            reserved = await self._reserve(n_characters, max_tokens)
            try:
                is_try = await self._wait_for_server()
            except BaseException:
                if self.budget is not None:
                    self.budget.settle(reserved, 0.0)
                raise
        self._n_admitted += 1
        return Admission(n_characters, reserved, self._n_admitted, is_try)

    async def _keep_limits(self, n_input: int, max_tokens: int | None) -> None:
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            n_output = min(self._output_tokens, max_tokens or self._output_tokens)
            n_tokens = float(n_input + n_output)
            while n_tokens > 0:
                await self._tokens.acquire(min(n_tokens, self._tokens.max_rate))
                n_tokens -= self._tokens.max_rate

    async def _reserve(self, n_characters: int, max_tokens: int | None) -> float:
        """Set aside what a request may cost; US dollars."""
        if self.budget is None:
            return 0.0
        # Before anything is known of the model, a character is taken for a token.
        n_input = round(n_characters * (self._tokens_per_character or 1.0))
        n_output = max_tokens or max(_UNKNOWN_OUTPUT_TOKENS, 2 * self._output_tokens)
        cost = None if self.price is None else self.price.cost_usd(n_input, n_output)
        if cost is None:
            raise CellStopped(
                f"model {self.model!r}: its price is not known, so no --max-cost can be kept; "
                "set its price in the settings"
            )
        await self.budget.reserve(cost)
        return cost

    async def _wait_for_server(self) -> bool:
        """Wait out pauses and holds; whether the request is to try if the server answers again."""
        while True:
            is_try = await self._breaker.let_pass()
            left = self._held_until - time.monotonic()
            if left <= 0:
                return is_try
            if is_try:
                self._breaker.gave_up()
            # Not all at the same moment.
            await asyncio.sleep(left + random.random() * min(left, 1.0))

    def priced(self, attempt: Attempt) -> float | None:
        """What an exchange cost; None where price or tokens are unknown."""
        return cost_of(attempt, self.price)

    def answered(self, admission: Admission, attempt: Attempt, headers: Mapping[str, str]) -> None:
        """The server has answered a request."""
        cost = attempt.cost_usd
        self._settle(admission, admission.reserved_usd if cost is None else cost)
        self._breaker.succeeded()
        self._learn(admission.n_characters, attempt)
        self._places.adapt(admission.number, self._n_admitted, is_too_many=False)
        if seconds := exhausted_for_s(headers):
            self.hold(seconds)

    def failed(
        self, admission: Admission, reason: str, what: str, *, may_be_paid: bool = False
    ) -> None:
        """A request has failed on its way.

        Parameters
        ----------
        reason, what
            Of the failure: its reason, and what it says.
        may_be_paid
            Whether the server may have worked although no answer came.
        """
        self._settle(admission, admission.reserved_usd if may_be_paid else 0.0)
        if reason == "rate_limited" and self._places.number > 1:
            self._breaker.heard()
            self._places.adapt(admission.number, self._n_admitted, is_too_many=True)
        elif reason == "rejected":
            self._breaker.rejected(what)
        else:
            self._breaker.failed(what, is_try=admission.is_try)

    def abandoned(self, admission: Admission) -> None:
        """Nobody waits for a request any more."""
        if not admission.is_settled:
            if admission.is_try:
                self._breaker.gave_up()
            self._settle(admission, admission.reserved_usd)

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds, two minutes at most."""
        until = time.monotonic() + min(seconds, _LONGEST_HOLD_S)
        self._held_until = max(self._held_until, until)

    def _settle(self, admission: Admission, spent_usd: float) -> None:
        admission.is_settled = True
        if self.budget is not None:
            self.budget.settle(admission.reserved_usd, spent_usd)

    def _learn(self, n_characters: int, attempt: Attempt) -> None:
        """See what a request takes, so that the next is estimated by it."""
        if attempt.input_tokens and n_characters:
            seen = attempt.input_tokens / n_characters
            self._tokens_per_character = max(seen, 0.9 * (self._tokens_per_character or 0.0))
        self._output_tokens = max(self._output_tokens, attempt.output_tokens or 0)

    def _tell_pause(self, seconds: float, reason: str) -> None:
        self.listener.paused(self.model, seconds, reason)


def _limiter(per_minute: int | None) -> AsyncLimiter | None:
    """A limit in small portions: nobody may use a whole minute's at once, then another's."""
    if per_minute is None:
        return None
    at_once = max(1.0, per_minute * _SECONDS_AT_ONCE / 60)
    return AsyncLimiter(at_once, at_once * 60 / per_minute)
