"""What a run may cost: reserved before a request is sent, settled when it is answered."""

from __future__ import annotations

import asyncio

from harness.errors import BudgetSpent

__all__ = ["Budget"]


class Budget:
    """US dollars that a run may spend, shared by its models.

    Parameters
    ----------
    max_cost_usd
        What is not to be passed.
    """

    def __init__(self, max_cost_usd: float) -> None:
        self.max_cost_usd = max_cost_usd
        self.spent_usd = 0.0
        self._reserved_usd = 0.0
        self._n_in_flight = 0
        self._settled = asyncio.Event()

    async def reserve(self, cost_usd: float) -> None:
        """Set aside what a request may cost at most; waits for requests in flight to be settled.

        Raises
        ------
        BudgetSpent
            If it would pass the maximum and nothing is in flight that may turn out cheaper.
        """
        while self.spent_usd + self._reserved_usd + cost_usd > self.max_cost_usd:
            if not self._n_in_flight:
                raise BudgetSpent(
                    f"the next request may cost {cost_usd:.4f} USD and would pass --max-cost "
                    f"{self.max_cost_usd:g}: {self.spent_usd:.4f} USD is spent"
                )
            self._settled.clear()
            await self._settled.wait()
        self._reserved_usd += cost_usd
        self._n_in_flight += 1

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """Put what a request did cost in the place of what was set aside for it."""
        self._n_in_flight -= 1
        # Where nothing is in flight, no rounding is left over.
        self._reserved_usd = self._reserved_usd - reserved_usd if self._n_in_flight else 0.0
        self.spent_usd += spent_usd
        self._settled.set()
