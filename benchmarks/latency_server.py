"""A chat server that answers every request alike after a fixed time, and counts.

It is a protocol on a bare socket, for it shares two cores with the client that is measured:
``python -m benchmarks.latency_server SECONDS`` prints its port; ``GET /figures`` says what it has
seen since it was last asked.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

CLAIMS = {
    "actors": [{"name": "Ada Long", "kind": "person", "role": "minister"}],
    "quotes": [
        {"text": "We gave a fair warning", "speaker": "Ada Long"},
        {"text": "Nothing was decided today", "speaker": None},
    ],
    "dates": [{"text": "on March 3", "value": "2031-03-03"}],
    "sanctions": [
        {
            "target": "Veyland",
            "imposer": None,
            "measure": "asset_freeze",
            "status": "imposed",
            "effective": None,
        }
    ],
}


@dataclass
class Figures:
    """What the server has seen.

    Parameters
    ----------
    span_s
        Seconds from the first request to the last answer.
    most_in_flight
        The most requests that waited for their answer at once.
    """

    n_requests: int = 0
    n_answers: int = 0
    n_connections: int = 0
    most_in_flight: int = 0
    span_s: float = 0.0


def _response(body: bytes, content_type: str = "application/json") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _completion() -> bytes:
    message = {"role": "assistant", "content": json.dumps(CLAIMS), "refusal": None}
    return _response(
        json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": "bench",
                "choices": [
                    {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
                ],
                "usage": {"prompt_tokens": 700, "completion_tokens": 150, "total_tokens": 850},
            }
        ).encode()
    )


class _Server:
    def __init__(self, latency_s: float) -> None:
        self.latency_s = latency_s
        self.completion = _completion()
        self.figures = Figures()
        self.first = 0.0

    def take_figures(self) -> bytes:
        found, self.figures = self.figures, Figures()
        return _response(json.dumps(asdict(found)).encode())

    def asked(self) -> None:
        figures = self.figures
        if not figures.n_requests:
            self.first = time.perf_counter()
        figures.n_requests += 1
        figures.most_in_flight = max(figures.most_in_flight, figures.n_requests - figures.n_answers)

    def answered(self) -> None:
        self.figures.n_answers += 1
        self.figures.span_s = time.perf_counter() - self.first


class _Connection(asyncio.Protocol):
    def __init__(self, server: _Server) -> None:
        self._server = server
        self._buffer = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.figures.n_connections += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        if head.startswith(b"GET /figures"):
            self._transport.write(self._server.take_figures())
            return
        self._server.asked()
        self._loop.call_later(self._server.latency_s, self._answer)

    def _answer(self) -> None:
        self._transport.write(self._server.completion)
        self._server.answered()


async def _serve(latency_s: float) -> None:
    server = _Server(latency_s)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0, backlog=4096)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
