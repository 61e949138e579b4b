"""How many requests of a model are under way at once, and which of them only wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from anyio import CapacityLimiter

__all__ = ["Places"]

_PART_TO_GROW_BY = 10
_SHARE_TO_BEAR = 0.3
"""Of all requests, those that may be too many (429) before fewer are sent at once."""
_FEWEST_TO_JUDGE_BY = 10


class Places:
    """As many places as a model takes requests at once; fewer while its server has too many.

    Parameters
    ----------
    most
        How many there are at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter = CapacityLimiter(most)
        self._inside: set[asyncio.Task[object] | None] = set()
        self._waiting: set[asyncio.Task[object]] = set()
        self._is_closed = False
        self._n_at_last_change = 0
        self._n_seen = self._n_too_many = 0

    @property
    def number(self) -> int:
        """How many places there are now."""
        return int(self._limiter.total_tokens)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place, until the block is left."""
        task = asyncio.current_task()
        await self._limiter.acquire()
        self._inside.add(task)
        try:
            yield
        finally:
            # Who was cancelled while resting has none.
            if task in self._inside:
                self._inside.discard(task)
                self._limiter.release()

    async def rest(self, seconds: float) -> None:
        """Let another have the place for so long."""
        task = asyncio.current_task()
        if task not in self._inside:
            await asyncio.sleep(seconds)
            return
        self._inside.discard(task)
        self._limiter.release()
        await asyncio.sleep(seconds)
        await self._limiter.acquire()
        self._inside.add(task)

    def close(self) -> None:
        """Cancel whoever only waits, from now on too."""
        self._is_closed = True
        for task in self._waiting:
            task.cancel()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Only wait in the block: nothing is lost if it is cancelled."""
        task = asyncio.current_task()
        if self._is_closed:
            raise asyncio.CancelledError
        if task is not None:
            self._waiting.add(task)
        try:
            yield
        finally:
            if task is not None:
                self._waiting.discard(task)

    def adapt(self, number: int, n_sent: int, *, is_too_many: bool) -> None:
        """Take places away where many requests are too many, and give them back where few are.

        Parameters
        ----------
        number
            Which request it was, by the order of sending.
        n_sent
            How many are sent by now.
        """
        if number <= self._n_at_last_change:
            # It was sent before the last change, and says nothing of it.
            return
        self._n_seen += 1
        self._n_too_many += is_too_many
        places = self.number
        is_bad = self._n_too_many > _SHARE_TO_BEAR * self._n_seen
        if is_bad and self._n_seen >= min(places, _FEWEST_TO_JUDGE_BY):
            self._change(places // 2, n_sent)
        elif not is_bad and self._n_seen >= places and places < self._most:
            self._change(min(self._most, places + max(1, places // _PART_TO_GROW_BY)), n_sent)

    def _change(self, number: int, n_sent: int) -> None:
        self._limiter.total_tokens = max(1, number)
        self._n_at_last_change = n_sent
        self._n_seen = self._n_too_many = 0
