"""What a client needs to ask all requests of a file, so many at once. Standard library only."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["arguments", "ask_all"]

Body = dict[str, Any]


def arguments() -> tuple[str, list[Body], int]:
    """The address, the bodies of all requests, and how many to ask at once."""
    url, path, in_flight = sys.argv[1:]
    with Path(path).open(encoding="utf-8") as file:
        return url, [json.loads(line) for line in file], int(in_flight)


async def ask_all(
    ask: Callable[[Body], Awaitable[object]], bodies: Iterable[Body], in_flight: int
) -> None:
    """Ask so many at once, one after the other in each place."""
    waiting = iter(bodies)

    async def place() -> None:
        for body in waiting:
            await ask(body)

    await asyncio.gather(*(place() for _ in range(in_flight)))
