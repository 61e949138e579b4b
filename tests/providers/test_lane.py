from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness.errors import BudgetSpent, CellStopped
from harness.providers.budget import Budget
from harness.providers.lane import Lane
from harness.providers.prices import SetPrice
from harness.records import Attempt
from harness.settings import ModelSettings, PriceSettings

PRICE = SetPrice(PriceSettings(input=1000, output=1000))  # a thousandth of a dollar a token
ANSWERED = Attempt("ok", 0.1, input_tokens=10, output_tokens=5, cost_usd=0.015)


def make_lane(price: SetPrice | None = PRICE, **settings: object) -> Lane:
    return Lane("m", ModelSettings.model_validate(settings), lambda: price)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def answer(lane: Lane, headers: dict[str, str] | None = None) -> None:
    lane.answered(await lane.admit(30, 100), ANSWERED, headers or {})


async def fail(lane: Lane, reason: str) -> None:
    lane.failed(await lane.admit(30, 100), reason, "what")


async def most_at_once(lane: Lane, n: int = 40) -> int:
    """How many are in the lane at the same time, at most."""
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with lane.place():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(n)))
    return most


def test_there_are_as_many_places_as_requests_at_once() -> None:
    async def test() -> None:
        assert await most_at_once(make_lane(concurrency=7)) == 7

    run(test)


def test_too_many_requests_halve_the_places_once_for_all_that_were_in_flight() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=16)
        in_flight = [await lane.admit(30, 100) for _ in range(10)]
        for admission in in_flight:
            lane.failed(admission, "rate_limited", "HTTP 429")
        assert await most_at_once(lane) == 8
        for _ in range(8):
            await fail(lane, "rate_limited")
        assert await most_at_once(lane) == 4

    run(test)


def test_places_come_back_with_answers() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=16)
        for _ in range(10):
            await fail(lane, "rate_limited")
        assert await most_at_once(lane) == 8
        for _ in range(8):
            await answer(lane)
        assert await most_at_once(lane) == 9
        for _ in range(200):
            await answer(lane)
        assert await most_at_once(lane) == 16

    run(test)


def test_a_few_that_are_too_many_among_others_that_fail_take_no_place() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=16)
        for _ in range(30):
            for reason in ("rate_limited", "server", "timeout"):
                await fail(lane, reason)
            for _ in range(9):
                await answer(lane)
        assert await most_at_once(lane) == 16

    run(test)


def test_other_failures_take_no_place() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=16)
        for reason in ("server", "timeout", "unreachable", "rejected"):
            await fail(lane, reason)
        assert await most_at_once(lane) == 16

    run(test)


def test_who_rests_leaves_the_place_to_another() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=1)
        order = []

        async def first() -> None:
            async with lane.place():
                await lane.rest(0.05)
                order.append("first")

        async def second() -> None:
            async with lane.place():
                order.append("second")

        await asyncio.gather(first(), second())
        assert order == ["second", "first"]
        assert await most_at_once(lane) == 1

    run(test)


def test_a_place_is_free_again_when_its_holder_is_cancelled_at_rest() -> None:
    async def test() -> None:
        lane = make_lane(concurrency=1)

        async def resting() -> None:
            async with lane.place():
                await lane.rest(60)

        task = asyncio.create_task(resting())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await most_at_once(lane, 3) == 1

    run(test)


def test_a_limit_that_is_used_up_holds_all_until_it_is_there_again() -> None:
    async def test() -> None:
        lane = make_lane()
        used_up = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"}
        await answer(lane, used_up)
        started = time.monotonic()
        await asyncio.gather(*(answer(lane) for _ in range(3)))
        assert time.monotonic() - started >= 0.2

    run(test)


def test_requests_per_minute_are_kept() -> None:
    async def test() -> None:
        lane = make_lane(requests_per_minute=600)
        started = time.monotonic()
        n = 25
        await asyncio.gather(*(answer(lane) for _ in range(n)))
        # A second's share at once, then ten a second.
        assert time.monotonic() - started >= (n - 10) / 10 * 0.9

    run(test)


def test_tokens_per_minute_are_kept_by_requests_larger_than_what_is_let_through_at_once() -> None:
    async def test() -> None:
        lane = make_lane(tokens_per_minute=6000)
        started = time.monotonic()
        # 900 characters are estimated at 300 tokens; 100 tokens may be used at once.
        lane.abandoned(await lane.admit(900, 1))
        assert time.monotonic() - started >= (300 - 100) / 100 * 0.9

    run(test)


def test_the_budget_is_never_passed_and_what_is_in_flight_counts() -> None:
    async def test() -> None:
        lane = make_lane()
        lane.budget = Budget(0.5)
        # 30 characters are at most 30 tokens; with 100 of output a request may cost 0.13.
        first = [await lane.admit(30, 100) for _ in range(3)]
        waiting = asyncio.create_task(lane.admit(30, 100))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        for admission in first:
            lane.answered(admission, ANSWERED, {})
        lane.answered(await waiting, ANSWERED, {})
        with pytest.raises(BudgetSpent):
            while True:
                await answer(lane)
        assert 0.5 - 0.13 < lane.budget.spent_usd <= 0.5

    run(test)


def test_a_timeout_may_have_cost_something_and_other_failures_nothing() -> None:
    async def test() -> None:
        lane = make_lane()
        lane.budget = Budget(10.0)
        for reason in ("server", "rate_limited", "unreachable", "rejected"):
            await fail(lane, reason)
        assert lane.budget.spent_usd == 0
        lane.failed(await lane.admit(30, 100), "timeout", "what", may_be_paid=True)
        assert lane.budget.spent_usd == pytest.approx(0.13)
        lane.abandoned(await lane.admit(30, 100))
        assert lane.budget.spent_usd == pytest.approx(0.26)

    run(test)


def test_no_budget_can_be_kept_where_the_price_is_unknown() -> None:
    async def test() -> None:
        lane = make_lane(price=None)
        lane.budget = Budget(10.0)
        with pytest.raises(CellStopped, match="price is not known"):
            await lane.admit(30, 100)

    run(test)


def test_the_cost_of_an_attempt_is_unknown_where_its_tokens_or_its_price_are() -> None:
    assert make_lane().priced(ANSWERED) == 0.015
    assert make_lane(price=None).priced(ANSWERED) is None
    assert make_lane().priced(Attempt("ok", 0.1)) is None
    assert make_lane().priced(Attempt("ok", 0.1, input_tokens=1)) is None


def test_a_closed_lane_drops_who_waits_and_lets_re_asks_pass() -> None:
    async def test() -> None:
        lane = make_lane()
        lane.hold(60)
        waiting = asyncio.create_task(lane.admit(30, 100))
        resting = asyncio.create_task(lane.rest(60))
        await asyncio.sleep(0.01)
        lane.close()
        done = await asyncio.gather(waiting, resting, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in done)
        late = asyncio.create_task(make_closed().admit(30, 100))
        (ended,) = await asyncio.gather(late, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
        again = make_closed()
        again.abandoned(await again.admit(30, 100, is_reask=True))

    def make_closed() -> Lane:
        lane = make_lane()
        lane.close()
        return lane

    run(test)
