"""A chat server that knows what it was asked before, to see what is asked twice.

``python -m benchmarks.batches_server SECONDS`` prints its port; ``GET /figures`` says what it has
seen since it started. Answers take half to one and a half times as long as it says, so that they
come one by one. It knows a request by its messages, whatever else is sent besides.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import asdict, dataclass

from aiohttp import web

from benchmarks.latency_server import CLAIMS


@dataclass
class Seen:
    """What the server has seen.

    Parameters
    ----------
    n_answered
        Requests that differ, and were answered to a client that was still there.
    n_again
        Requests that had been answered before.
    """

    n_requests: int = 0
    n_answered: int = 0
    n_again: int = 0


class _Server:
    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._chance = random.Random(0)
        self._answered: set[str] = set()
        self._seen = Seen()

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, later."""
        try:
            asked = json.dumps((await request.json())["messages"])
        except ConnectionResetError:
            # Its client was killed while it sent.
            return web.Response()
        self._seen.n_requests += 1
        self._seen.n_again += asked in self._answered
        await asyncio.sleep(self._latency_s * self._chance.uniform(0.5, 1.5))
        if request.transport is not None and not request.transport.is_closing():
            self._answered.add(asked)
            self._seen.n_answered = len(self._answered)
        message = {"role": "assistant", "content": json.dumps(CLAIMS)}
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": "bench",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 700, "completion_tokens": 150, "total_tokens": 850},
            }
        )

    async def figures(self, _: web.Request) -> web.StreamResponse:
        """What was seen so far."""
        return web.json_response(asdict(self._seen))


async def _serve(latency_s: float) -> None:
    server = _Server(latency_s)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_get("/figures", server.figures)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
