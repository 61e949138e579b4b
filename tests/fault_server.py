"""A chat server in a process of its own that fails as it is told to, and counts what it is asked.

    with FaultServer(mix={"429": 0.05, "reset": 0.05}) as server:
        folder.write(unit_files(100, server.base_url))
        ...
        assert server.counts().asked("0017") == 1

A process of its own goes on whatever happens to the client, and so is its witness. A request is
about the unit that is named in its messages: "unit 0017", and, where a prompt asks several things
of an article, "task quotes". Faults of the way (any status, "429-reset", "reset", "hang") are drawn
by the unit and how often it was asked before; faults of the model ("truncated", "invalid") by the
unit and how often it is asked again in the same talk. So what a unit comes to in the end does not
depend on how often a client was ended on its way.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

EVERY_FAULT = {
    **{"429": 0.025, "429-reset": 0.025, "500": 0.05, "reset": 0.05, "hang": 0.05},
    **{"truncated": 0.05, "invalid": 0.05},
}
"""One in twenty of each."""

FAULTS_OF_THE_MODEL = ("truncated", "invalid")
SETTLED = frozenset({"valid", "truncated"})
"""What nobody needs to ask again."""
RETRYABLE = frozenset({"rate_limited", "server", "timeout", "unreachable"})

_UNIT = re.compile(r"\bunit (\d{4,})")
_TASK = re.compile(r"\btask ([\w-]+)")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


# ---- what is asked about -----------------------------------------------------------------------


def gold_of(number: int) -> dict[str, list[dict[str, Any]]]:
    """What is to be found in the article of a unit."""
    person = f"{('Ada', 'Bo', 'Cleo', 'Dan', 'Eve')[number % 5]} Long{number}"
    date = f"{_MONTHS[number % 12]} {1 + number % 28}"
    value = f"2031-{1 + number % 12:02}-{1 + number % 28:02}"
    return {
        "actors": [{"name": person, "kind": "person", "role": None}],
        "quotes": [{"text": f"We counted {number} ships in the harbour", "speaker": person}],
        "dates": [{"text": date, "value": value}],
        "sanctions": [],
    }


def claims_of(number: int) -> dict[str, list[dict[str, Any]]]:
    """What the server says of a unit: its gold, but for a miss or a wrong claim now and then."""
    found = gold_of(number)
    if number % 4 == 0:
        found["dates"][0]["value"] = "2030-01-01"
    if number % 5 == 0:
        found["quotes"].clear()
    return found


def text_of(number: int) -> str:
    """The article of a unit."""
    gold = gold_of(number)
    (actor,), (quote,), (date,) = gold["actors"], gold["quotes"], gold["dates"]
    said = f'"{quote["text"]}," {actor["name"]} said on {date["text"]}, 2031.'
    return f"This is unit {number:04}. {said}"


def unit_files(n: int, base_url: str, **settings: object) -> dict[str, str]:
    """A working folder of n units, whose default model, "faulty", is the server."""
    articles = [
        {"id": f"a{number:04}", "text": text_of(number), "published": "2031-12-31"}
        for number in range(n)
    ]
    said = {"model": "faulty-1", "base_url": base_url, **settings}
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    files = {
        "articles.jsonl": "".join(json.dumps(article) + "\n" for article in articles),
        "prompts/one.md": "## user\n{{ article.text }}\n",
        "harness.toml": 'articles = "articles.jsonl"\ndefault_models = ["faulty"]\n'
        + 'default_prompts = ["one"]\n[models.faulty]\n'
        + "".join(f"{line}\n" for line in lines),
    }
    for number in range(n):
        claims = {
            name: [{**claim, "evidence": text_of(number)} for claim in items]
            for name, items in gold_of(number).items()
        }
        claims["dates"][0]["event"] = "Ships are counted"
        gold = {"article_id": f"a{number:04}", "claims": claims}
        files[f"gold/a{number:04}.json"] = json.dumps(gold)
    return files


@dataclass(frozen=True)
class JournalFiles:
    """What stands in the files of a journal, read by nobody's code but this.

    `n_torn` counts lines that are no JSON object with a key, and last lines without an end.
    """

    entries: list[dict[str, Any]]
    n_torn: int

    @property
    def settled(self) -> dict[str, dict[str, Any]]:
        """By unit, what needs not be asked again: the last entry of each article."""
        last = {entry["article_id"][1:]: entry for entry in self.entries}
        return {unit: entry for unit, entry in last.items() if not is_retryable(entry)}

    @property
    def n_attempts(self) -> int:
        """The attempts of all entries."""
        return sum(len(entry.get("attempts", ())) for entry in self.entries)


def is_retryable(entry: Mapping[str, Any]) -> bool:
    """Whether the next run asks again."""
    return (entry.get("failure") or {}).get("reason") in RETRYABLE


def read_journal(results: Path) -> JournalFiles:
    """Read the journal's files as they are on disk at this moment."""
    entries, n_torn = [], 0
    for path in sorted((results / "responses").rglob("*.jsonl")):
        *lines, rest = path.read_bytes().split(b"\n")
        n_torn += bool(rest)
        for line in lines:
            try:
                entry = json.loads(line)
                assert entry["key"] and entry["article_id"]
            except (ValueError, KeyError, TypeError, AssertionError):
                n_torn += 1
            else:
                entries.append(entry)
    return JournalFiles(entries, n_torn)


# ---- processes that are watched ----------------------------------------------------------------


@contextmanager
def over_in_the_end(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is over by the end of the block, one way or another."""
    with process:
        try:
            yield process
        finally:
            process.kill()


def is_over(process: subprocess.Popen[str]) -> bool:
    return process.poll() is not None


def wait_for(is_so: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something is so; the time is only there to end what would hang."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


# ---- what was asked ----------------------------------------------------------------------------


@dataclass
class Asked:
    """One request.

    Parameters
    ----------
    kind
        "valid", or the fault that was drawn for it.
    arrived_s, ended_s
        By time.monotonic(), which is one clock for all processes; the end is that of the answer or
        of the connection.
    answered
        Whether a whole answer was handed to the socket of a client that was still there.
    """

    kind: str
    arrived_s: float
    ended_s: float | None = None
    answered: bool = False

    @property
    def is_settled(self) -> bool:
        return self.answered and self.kind in SETTLED


@dataclass
class Counts:
    """What the server has seen: the requests of each unit in order, and how many were at once."""

    n_requests: int = 0
    most_in_flight: int = 0
    units: dict[str, list[Asked]] = field(default_factory=dict)

    def asked(self, unit: str) -> int:
        return len(self.units.get(unit, ()))

    @property
    def settled(self) -> set[str]:
        """The units that were answered so that nobody needs to ask again."""
        return {unit for unit, all_asked in self.units.items() if any_settled(all_asked)}

    @property
    def asked_after_settled(self) -> set[str]:
        """The units that were asked again although they had been answered."""
        return {unit for unit, all_asked in self.units.items() if any_settled(all_asked[:-1])}

    @property
    def kinds(self) -> Counter[str]:
        """How often each fault was met."""
        return Counter(asked.kind for each in self.units.values() for asked in each)

    @property
    def arrivals(self) -> list[float]:
        """When each request came."""
        return sorted(asked.arrived_s for each in self.units.values() for asked in each)


def any_settled(all_asked: Sequence[Asked]) -> bool:
    return any(asked.is_settled for asked in all_asked)


@dataclass(frozen=True)
class Options:
    """How the server behaves.

    Parameters
    ----------
    mix
        The share of each fault. A number is a status.
    latency_s
        Seconds to an answer, on average.
    retry_after_s
        What "429" and "429-reset" say of when to come again, the one in Retry-After, the other in
        x-ratelimit-reset-requests.
    hold_after
        How many requests are answered; later ones wait until `FaultServer.release`.
    down_until_quiet_s
        Every request gets a 503 until none has come for so long.
    padding
        White space in each valid answer, to make it long.
    """

    mix: dict[str, float] = field(default_factory=dict)
    latency_s: float = 0.02
    seed: int = 0
    retry_after_s: float = 0.05
    hold_after: int | None = None
    down_until_quiet_s: float | None = None
    padding: int = 0


class FaultServer:
    """The server, running from `with` to the end of the block.

    Parameters
    ----------
    options
        See `Options`.
    """

    def __init__(self, mix: Mapping[str, float] | None = None, **options: Any) -> None:  # noqa: ANN401
        self._options = Options(dict(mix or {}), **options)

    def __enter__(self) -> Self:
        """Start the process; it ends by itself when this one does."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(asdict(self._options))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout
        self._address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.communicate(timeout=30)

    @property
    def base_url(self) -> str:
        """The URL for OpenAI clients, with /v1."""
        return f"{self._address}/v1"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def n_requests(self) -> int:
        """How many requests have come so far."""
        return int(self._get("/progress")["n_requests"])

    def counts(self) -> Counts:
        """What has been asked so far."""
        said = self._get("/counts")
        units = {
            unit: [Asked(**asked) for asked in all_asked]
            for unit, all_asked in said.pop("units").items()
        }
        return Counts(**said, units=units)

    def release(self) -> None:
        """Let go of what is held, and hold nothing more."""
        self._get("/release")

    def _get(self, path: str) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self._address + path, timeout=60) as response:
            found: dict[str, Any] = json.load(response)
        return found


# ---- the process -------------------------------------------------------------------------------


class _Server:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.counts = Counts()
        self.n_in_flight = 0
        self.held: list[_Connection] | None = None if options.hold_after is None else []
        self._last_s: float | None = None
        self._is_down = options.down_until_quiet_s is not None

    def arrived(self, body: bytes) -> tuple[Asked, dict[str, Any]]:
        """Count a request and draw its fate."""
        said: dict[str, Any] = json.loads(body)
        talk = "\n".join(str(message.get("content")) for message in said["messages"])
        unit = _unit_of(talk)
        all_asked = self.counts.units.setdefault(unit, [])
        n_again = sum(message["role"] == "assistant" for message in said["messages"])
        now = time.monotonic()
        asked = Asked(self._kind(unit, len(all_asked), n_again, now), now)
        self._last_s = now
        all_asked.append(asked)
        self.counts.n_requests += 1
        self.n_in_flight += 1
        self.counts.most_in_flight = max(self.counts.most_in_flight, self.n_in_flight)
        return asked, said

    def ended(self, asked: Asked, *, answered: bool) -> None:
        if asked.ended_s is None:
            asked.ended_s, asked.answered = time.monotonic(), answered
            self.n_in_flight -= 1

    def latency_s(self) -> float:
        """About the mean, so that answers do not come in the order of requests."""
        return self.options.latency_s * (0.5 + self._draw("latency", self.counts.n_requests))

    def release(self) -> None:
        held, self.held = self.held or [], None
        for connection in held:
            connection.answer()

    def _kind(self, unit: str, n_before: int, n_again: int, now: float) -> str:
        quiet_s = self.options.down_until_quiet_s
        if self._is_down and quiet_s is not None:
            self._is_down = self._last_s is None or now - self._last_s < quiet_s
        if self._is_down:
            return "503"
        mix = self.options.mix
        of_the_model = {name: mix[name] for name in mix if name in FAULTS_OF_THE_MODEL}
        of_the_way = {name: mix[name] for name in mix if name not in FAULTS_OF_THE_MODEL}
        return (
            _chosen(of_the_way, self._draw("way", unit, n_before))
            or _chosen(of_the_model, self._draw("model", unit, n_again))
            or "valid"
        )

    def _draw(self, *what: object) -> float:
        """A number in [0, 1) that depends on nothing but the seed and this."""
        text = "/".join(map(str, (self.options.seed, *what)))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


def _unit_of(talk: str) -> str:
    unit, task = _UNIT.search(talk), _TASK.search(talk)
    named = unit.group(1) if unit else "none"
    return f"{named} {task.group(1)}" if task else named


def _chosen(shares: Mapping[str, float], drawn: float) -> str | None:
    for name, share in shares.items():
        drawn -= share
        if drawn < 0:
            return name
    return None


class _Connection(asyncio.Protocol):
    """A connection: a bare protocol, for it shares two cores with its client."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._buffer = b""
        self._loop = asyncio.get_running_loop()
        self._asked: Asked | None = None
        self._body: dict[str, Any] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if self._asked:
            self._server.ended(self._asked, answered=False)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        n = int(length.group(1)) if length else 0
        if not blank or len(rest) < n:
            return
        self._buffer = rest[n:]
        self._route(head.split(b" ", 2)[:2], rest[:n])

    def _route(self, line: list[bytes], body: bytes) -> None:
        server = self._server
        match line:
            case [b"POST", b"/v1/chat/completions"]:
                self._asked, self._body = server.arrived(body)
                limit = server.options.hold_after
                if server.held is not None and server.counts.n_requests > (limit or 0):
                    server.held.append(self)
                elif self._asked.kind != "hang":
                    self._loop.call_later(server.latency_s(), self.answer)
            case [b"GET", b"/counts"]:
                self._send(200, asdict(server.counts))
            case [b"GET", b"/progress"]:
                self._send(200, {"n_requests": server.counts.n_requests})
            case [b"GET", b"/release"]:
                server.release()
                self._send(200, {})
            case _:
                self._send(404, {"error": {"message": "there is nothing here"}})

    def answer(self) -> None:
        asked = self._asked
        if asked is None or asked.kind == "hang" or self._transport.is_closing():
            return
        if asked.kind == "reset":
            self._server.ended(asked, answered=False)
            # Without lingering the kernel sends RST instead of FIN.
            linger = struct.pack("ii", 1, 0)
            end = self._transport.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()
            return
        self._send(*self._reply(asked.kind))
        is_handed_over = self._transport.get_write_buffer_size() == 0
        self._server.ended(asked, answered=is_handed_over and not self._transport.is_closing())

    def _reply(self, kind: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        status = kind.partition("-")[0]
        if not status.isdecimal():
            return 200, _completion(self._body, kind, self._server.options.padding), {}
        seconds = self._server.options.retry_after_s
        headers = {
            "429": {"Retry-After": f"{seconds:g}"},
            "429-reset": {
                "x-ratelimit-limit-requests": "100",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": f"{round(seconds * 1000)}ms",
            },
        }
        problem = {"message": f"drawn: {kind}", "type": "drawn", "param": None, "code": None}
        return int(status), {"error": problem}, headers.get(kind, {})

    def _send(self, status: int, said: object, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(said).encode()
        lines = {"Content-Type": "application/json", "Content-Length": len(body), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._transport.write(f"HTTP/1.1 {status} Drawn\r\n{head}\r\n".encode() + body)


def _completion(body: Mapping[str, Any], kind: str, padding: int) -> dict[str, Any]:
    talk = "\n".join(str(message.get("content")) for message in body["messages"])
    unit = _UNIT.search(talk)
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema", {})
    found: Mapping[str, Any] = claims_of(int(unit.group(1))) if unit else {}
    asked = schema.get("properties", found)
    claims = {name: found.get(name, []) for name in asked}
    if kind == "invalid":
        claims = dict.fromkeys(claims, "many")
    content = "{" + " " * padding + json.dumps(claims)[1:]
    if kind == "truncated":
        content = content[: len(content) // 2]
    message = {"role": "assistant", "content": content, "refusal": None}
    reason = "length" if kind == "truncated" else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    usage = {"prompt_tokens": 70, "completion_tokens": 15, "total_tokens": 85}
    return {
        **{"id": "chatcmpl-1", "object": "chat.completion", "created": 0},
        **{"model": body["model"], "choices": [choice], "usage": usage},
    }


async def _serve(options: Options) -> None:
    server, loop, stop = _Server(options), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    listening = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Whoever started it holds the other end, so its death is an end of file. A file has no such
    # end, and cannot be waited for.
    with suppress(OSError):
        loop.add_reader(sys.stdin, lambda: None if sys.stdin.buffer.read1() else stop.set())
    await stop.wait()
    listening.close()


if __name__ == "__main__":
    asyncio.run(_serve(Options(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))))
