from __future__ import annotations

import asyncio

import pytest

from harness.errors import BudgetSpent
from harness.providers.budget import Budget


def test_what_fits_is_reserved_and_what_would_pass_the_maximum_is_not() -> None:
    async def test() -> None:
        budget = Budget(1.0)
        await budget.reserve(0.5)
        budget.settle(0.5, 0.25)
        await budget.reserve(0.75)
        budget.settle(0.75, 0.75)
        assert budget.spent_usd == 1.0
        with pytest.raises(BudgetSpent, match=r"--max-cost 1: 1\.0000 USD is spent"):
            await budget.reserve(0.0001)

    asyncio.run(test())


def test_a_request_waits_for_those_in_flight_that_may_turn_out_cheaper() -> None:
    async def test() -> None:
        budget = Budget(1.0)
        await budget.reserve(0.8)
        waiting = asyncio.create_task(budget.reserve(0.8))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        budget.settle(0.8, 0.1)
        await asyncio.wait_for(waiting, 5)

    asyncio.run(test())


def test_a_request_that_waited_in_vain_is_refused() -> None:
    async def test() -> None:
        budget = Budget(1.0)
        await budget.reserve(0.8)
        waiting = asyncio.create_task(budget.reserve(0.8))
        await asyncio.sleep(0.01)
        budget.settle(0.8, 0.8)
        with pytest.raises(BudgetSpent):
            await asyncio.wait_for(waiting, 5)

    asyncio.run(test())


def test_a_maximum_of_nothing_lets_free_requests_pass() -> None:
    asyncio.run(Budget(0.0).reserve(0.0))
    with pytest.raises(BudgetSpent):
        asyncio.run(Budget(0.0).reserve(0.01))
