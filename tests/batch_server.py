"""A scripted server that implements files and batches besides chat completions.

    with BatchServer() as server:
        server.answer(answer_from_articles({...}))
        ...

Each line of a batch is answered by the function given to `answer`, as a request by itself is.
`line` says what becomes of single lines, `ends_as` how batches end, `n_looks` after how many looks,
`hold` keeps them going until `release`.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from scripted_server import Body, Recorded, ScriptedServer

Outcome = Literal["answered", "missing", "twice", "torn", "expired", "timeout", "unknown"]
Lost = Literal["made", "not made", "silent", "still"]
Line = Callable[[int, Body], Outcome]
"""From the number of a line in its input and its body, what becomes of it."""

_FOR_LONG_S = 60
_ENDED = ("completed", "failed", "expired", "cancelled")


@dataclass
class Batch:
    """A batch at the server."""

    id: str
    input_file_id: str
    metadata: dict[str, str]
    endpoint: str
    lines: list[dict[str, Any]]
    status: str = "validating"
    errors: list[dict[str, Any]] = field(default_factory=list)
    output_file_id: str | None = None
    error_file_id: str | None = None
    n_looks: int = 0
    n_failed: int = 0
    created_at: int = field(default_factory=lambda: int(time.time()))

    def as_json(self) -> dict[str, Any]:
        """What is sent of it."""
        has_ended = self.status in _ENDED and self.status != "failed"
        n = len(self.lines)
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "request_counts": {
                "total": n,
                "completed": n - self.n_failed if has_ended else 0,
                "failed": self.n_failed,
            },
            "metadata": self.metadata,
        }


class BatchServer(ScriptedServer):
    """The server.

    Attributes
    ----------
    files, batches
        What it has, by id.
    line
        What becomes of single lines; by default all are answered.
    ends_as
        How batches end.
    refuse
        Errors for which batches fail validation.
    lose
        What happens to the next requests to make a batch: it is made and the answer is lost (made),
        it is not made, it is made and nothing is said (silent), or nothing happens (still).
    is_deaf
        Whether uploads get no answer.
    n_without_files
        How many looks say that a batch is completed before they name its files.
    broken, cut
        How many further looks at batches get a 500; how many files break off half-way.
    """

    def __init__(self, n_looks: int = 1) -> None:
        super().__init__()
        self.n_looks = n_looks
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Batch] = {}
        self.line: Line = lambda number, body: "answered"
        self.ends_as: Literal["completed", "expired", "cancelled"] = "completed"
        self.refuse: list[dict[str, Any]] = []
        self.lose: list[Lost] = []
        self.is_deaf = False
        self.broken = self.cut = self.n_without_files = 0
        self._is_held = False

    def hold(self) -> None:
        """Let no batch end."""
        self._is_held = True

    def release(self) -> None:
        """Let batches end from now on."""
        self._is_held = False

    def n_asked(self, method: str = "POST", path: str = "/v1/chat/completions") -> int:
        """How many requests came to a path."""
        return sum((each.method, each.path) == (method, path) for each in self.requests)

    @property
    def n_made(self) -> int:
        """How many requests came to make a batch."""
        return self.n_asked(path="/v1/batches")

    @property
    def sent_lines(self) -> list[dict[str, Any]]:
        """The lines of all batches that were made, in their order."""
        return [line for batch in self.batches.values() for line in batch.lines]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts[:2] not in (["v1", "files"], ["v1", "batches"]):
            return await super()._handle(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = (
            await request.json() if request.path == "/v1/batches" and request.can_read_body else {}
        )
        recorded = Recorded(request.method, request.path, headers, body, time.monotonic())
        with self._lock:
            self._requests.append(recorded)
        match request.method, parts[1:]:
            case "POST", ["files"]:
                return await self._upload(request)
            case "GET", ["files", name, "content"] if name in self.files:
                return await self._content(request, self.files[name])
            case "DELETE", ["files", name] if name in self.files:
                del self.files[name]
                return web.json_response({"id": name, "object": "file", "deleted": True})
            case "POST", ["batches"]:
                return await self._create(request, body)
            case "GET", ["batches"]:
                return self._list(request)
            case "GET", ["batches", name] if name in self.batches:
                return self._look(self.batches[name])
            case "POST", ["batches", name, "cancel"] if name in self.batches:
                self.ends_as = "cancelled"
                self.batches[name].status = "cancelling"
                return web.json_response(self.batches[name].as_json())
        return _error(404, f"No such object ({request.method} {request.path})")

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        sent = form["file"]
        assert isinstance(sent, web.FileField)
        with sent.file as file:
            content = file.read()
        if form["purpose"] != "batch":
            return _error(400, "'purpose' must be 'batch'")
        if not sent.filename.endswith(".jsonl"):
            return _error(400, "Invalid extension, expected .jsonl")
        if self.is_deaf:
            await asyncio.sleep(_FOR_LONG_S)
        name = f"file-{uuid.uuid4().hex}"
        self.files[name] = content
        return web.json_response(
            {
                **{
                    "id": name,
                    "object": "file",
                    "bytes": len(content),
                    "created_at": int(time.time()),
                },
                **{"filename": sent.filename, "purpose": "batch", "status": "processed"},
            }
        )

    async def _content(self, request: web.Request, content: bytes) -> web.StreamResponse:
        if not self.cut:
            return web.Response(body=content)
        self.cut -= 1
        response = web.StreamResponse()
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _create(self, request: web.Request, body: Body) -> web.Response:
        if body["completion_window"] != "24h" or body["input_file_id"] not in self.files:
            return _error(400, "Invalid input file or completion window")
        lost = self.lose.pop(0) if self.lose else None
        if lost == "not made":
            return _error(500, "lost")
        if lost == "still":
            await asyncio.sleep(_FOR_LONG_S)
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        batch = Batch(
            f"batch_{uuid.uuid4().hex}",
            body["input_file_id"],
            body.get("metadata") or {},
            body["endpoint"],
            lines,
        )
        batch.errors = [*self.refuse, *_problems(batch)]
        self.batches[batch.id] = batch
        if lost == "silent":
            await asyncio.sleep(_FOR_LONG_S)
        if lost == "made" and request.transport is not None:
            request.transport.abort()
        return web.json_response(batch.as_json())

    def _list(self, request: web.Request) -> web.Response:
        newest_first = list(reversed(self.batches.values()))
        names = [batch.id for batch in newest_first]
        start = names.index(request.query["after"]) + 1 if "after" in request.query else 0
        limit = int(request.query.get("limit", "20"))
        page = newest_first[start : start + limit]
        has_more = len(newest_first) > start + limit
        data = [batch.as_json() for batch in page]
        return web.json_response({"object": "list", "data": data, "has_more": has_more})

    def _look(self, batch: Batch) -> web.Response:
        if self.broken:
            self.broken -= 1
            return _error(500, "broken")
        batch.n_looks += 1
        if batch.status not in _ENDED:
            if batch.errors:
                batch.status = "failed"
            elif self._is_held or batch.n_looks < self.n_looks:
                batch.status = "in_progress"
            else:
                self._end(batch)
        said = batch.as_json()
        if batch.status == "completed" and self.n_without_files:
            self.n_without_files -= 1
            said |= {"output_file_id": None, "error_file_id": None}
        return web.json_response(said)

    def _end(self, batch: Batch) -> None:
        batch.status = self.ends_as
        answered: list[bytes] = []
        failed: list[bytes] = []
        for number, line in enumerate(batch.lines):
            outcome = self.line(number, line["body"])
            custom_id = "f" * 64 if outcome == "unknown" else line["custom_id"]
            if outcome == "missing":
                continue
            if outcome == "expired":
                failed.append(_line(custom_id, None, {"code": "batch_expired", "message": "late"}))
                continue
            if outcome == "timeout":
                failed.append(
                    _line(custom_id, None, {"code": "request_timeout", "message": "slow"})
                )
                continue
            status, content = self._answered(line["body"])
            text = _line(custom_id, {"status_code": status, "body": content}, None)
            if outcome == "torn":
                text = text[: len(text) // 2]
            (answered if status < 400 else failed).extend([text] * (1 + (outcome == "twice")))
        batch.n_failed = len(failed)
        # OpenAI promises no order.
        random.Random(0).shuffle(answered)
        batch.output_file_id = self._keep(answered)
        batch.error_file_id = self._keep(failed)

    def _answered(self, body: Body) -> tuple[int, Any]:
        reply = self._next(body)
        return reply.status, json.loads(reply.payload(body))

    def _keep(self, lines: Iterable[bytes]) -> str | None:
        content = b"\n".join(lines)
        if not content:
            return None
        name = f"file-{uuid.uuid4().hex}"
        self.files[name] = content
        return name


def _line(custom_id: str, response: dict[str, Any] | None, error: object) -> bytes:
    if response is not None:
        response = {"request_id": f"req_{uuid.uuid4().hex}", **response}
    name = f"batch_req_{uuid.uuid4().hex}"
    line = {"id": name, "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(line).encode()


def _problems(batch: Batch) -> list[dict[str, Any]]:
    """What OpenAI finds wrong with an input before it asks anything."""
    found = []
    seen: set[str] = set()
    for number, line in enumerate(batch.lines, 1):
        if set(line) != {"custom_id", "method", "url", "body"} or line["method"] != "POST":
            found.append(("invalid_json_line", number))
        elif line["url"] != batch.endpoint:
            found.append(("mismatched_endpoint", number))
        elif len(line["custom_id"]) > 64 or line["custom_id"] in seen:
            found.append(("duplicate_custom_id", number))
        elif line["body"]["model"] != batch.lines[0]["body"]["model"]:
            found.append(("mismatched_model", number))
        seen.add(line["custom_id"])
    return [{"code": code, "message": code, "line": number} for code, number in found]


def _error(status: int, message: str) -> web.Response:
    content = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return web.json_response(content, status=status)
