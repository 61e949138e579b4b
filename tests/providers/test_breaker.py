from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness.errors import CellStopped
from harness.providers.breaker import FAILURES_IN_A_ROW, Breaker

PAUSES_S = (0.05, 0.1)


class Told:
    """Remembers the pauses."""

    def __init__(self) -> None:
        self.pauses: list[tuple[float, str]] = []

    def __call__(self, seconds: float, what: str) -> None:
        self.pauses.append((seconds, what))


def run(test: Callable[[Breaker, Told], Coroutine[Any, Any, None]]) -> None:
    told = Told()
    asyncio.run(test(Breaker(told, PAUSES_S), told))


def fail(breaker: Breaker, times: int = FAILURES_IN_A_ROW) -> None:
    for _ in range(times):
        breaker.failed("HTTP 500")


async def passes_at_once(breaker: Breaker) -> bool:
    try:
        await asyncio.wait_for(breaker.let_pass(), 0.01)
    except TimeoutError:
        return False
    return True


def test_one_failure_less_than_the_limit_pauses_nothing() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker, FAILURES_IN_A_ROW - 1)
        assert await passes_at_once(breaker)
        assert told.pauses == []

    run(test)


def test_a_success_between_failures_begins_the_count_anew() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker, FAILURES_IN_A_ROW - 1)
        breaker.succeeded()
        fail(breaker, FAILURES_IN_A_ROW - 1)
        assert told.pauses == []

    run(test)


def test_failures_in_a_row_pause_once_and_say_so() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker, 2 * FAILURES_IN_A_ROW)
        assert told.pauses == [(PAUSES_S[0], "HTTP 500")]
        assert not await passes_at_once(breaker)

    run(test)


def test_after_a_pause_one_passes_and_the_others_wait_for_it() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker)
        waiting = [asyncio.create_task(breaker.let_pass()) for _ in range(3)]
        await asyncio.sleep(PAUSES_S[0] + 0.2)
        assert sum(task.done() for task in waiting) == 1
        breaker.succeeded()
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert await passes_at_once(breaker)

    run(test)


def test_one_who_was_let_pass_and_gives_up_is_followed_by_another() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker)
        await asyncio.wait_for(breaker.let_pass(), 5)
        breaker.gave_up()
        await asyncio.wait_for(breaker.let_pass(), 5)

    run(test)


def test_a_server_that_fails_after_every_pause_stops_the_model() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker)
        for _ in PAUSES_S:
            assert await asyncio.wait_for(breaker.let_pass(), 5)
            # Those that were sent before say nothing new.
            breaker.failed("HTTP 500")
            breaker.failed("HTTP 503", is_try=True)
        with pytest.raises(CellStopped, match=r"24 exchanges failed in a row.*HTTP 503"):
            await breaker.let_pass()
        assert [seconds for seconds, _ in told.pauses] == list(PAUSES_S)

    run(test)


def test_answers_that_arrive_during_a_pause_end_it() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        fail(breaker)
        breaker.succeeded()
        assert await passes_at_once(breaker)

    run(test)


def test_a_server_that_rejects_every_request_from_the_first_on_stops_the_model() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        for _ in range(FAILURES_IN_A_ROW - 1):
            breaker.rejected("HTTP 400: no such field")
        assert await passes_at_once(breaker)
        breaker.rejected("HTTP 400: no such field")
        with pytest.raises(CellStopped, match=r"20 requests failed, and none was.*no such field"):
            await breaker.let_pass()

    run(test)


def test_rejections_after_a_success_are_between_server_and_article() -> None:
    async def test(breaker: Breaker, told: Told) -> None:
        breaker.succeeded()
        for _ in range(3 * FAILURES_IN_A_ROW):
            breaker.rejected("HTTP 400: too long")
        assert await passes_at_once(breaker)

    run(test)
