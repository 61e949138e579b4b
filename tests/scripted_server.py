"""A real HTTP server on the loopback that speaks OpenAI's chat protocol as a test tells it to.

    with ScriptedServer() as server:
        server.script(error(429, headers={"Retry-After": "0"}), claims({"quotes": []}))
        client = OpenAI(base_url=server.base_url, api_key="test-key", max_retries=0)
        ...

Scripted replies go out first, one a request, in the order of arrival; then the function given to
`answer`, if any, is called for each further request. A request for which there is neither gets a
500 and fails the test: `verify`, and so leaving the block, raises AssertionError.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

Body = dict[str, Any]
Usage = tuple[int, int] | None

USAGE = (11, 7)
"""Prompt and completion tokens of a reply that does not say otherwise."""


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived; header names are in lower case, `body` is {} if it was no object."""

    method: str
    path: str
    headers: dict[str, str]
    body: Body
    received_s: float  # time.monotonic() of this process


@dataclass(frozen=True)
class Reply:
    """What to send (made from the request's body), and how; immutable, so it can be sent twice."""

    payload: Callable[[Body], bytes] = lambda body: b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    wire: Literal["whole", "half", "reset"] = "whole"


Answer = Callable[[Body], Reply]


def text(
    content: str, finish_reason: str = "stop", usage: Usage = USAGE, delay_s: float = 0.0
) -> Reply:
    """Answer with a plain message; `usage` None leaves the token counts out."""
    return _completion({"content": content}, finish_reason, usage, delay_s)


def refusal(reason: str, usage: Usage = USAGE, delay_s: float = 0.0) -> Reply:
    """Answer with a message that has a `refusal` and no content."""
    return _completion({"refusal": reason}, "stop", usage, delay_s)


def tool_call(
    name: str,
    arguments_json: str,
    finish_reason: str = "tool_calls",
    usage: Usage = USAGE,
    delay_s: float = 0.0,
) -> Reply:
    """Call the function `name`, with arguments that may be any string, valid JSON or not."""
    function = {"name": name, "arguments": arguments_json}
    call = {"id": f"call_{uuid.uuid4().hex}", "type": "function", "function": function}
    return _completion({"tool_calls": [call]}, finish_reason, usage, delay_s)


def claims(
    obj: Mapping[str, object] | str,
    *,
    fenced: bool = False,
    finish_reason: str | None = None,
    usage: Usage = USAGE,
    delay_s: float = 0.0,
) -> Reply:
    """Answer with `obj` in the way that was asked for: a tool call, or else JSON as content.

    A string is sent as it is (for JSON that breaks off). `fenced` puts content, never a tool
    call, into a ```json block. The finish reason is by default the one that OpenAI gives.
    """
    json_text = obj if isinstance(obj, str) else json.dumps(obj, ensure_ascii=False)

    def payload(body: Body) -> bytes:
        function = _asked_function(body)
        if function is None:
            content = f"```json\n{json_text}\n```" if fenced else json_text
            return text(content, finish_reason or "stop", usage).payload(body)
        is_forced = isinstance(body.get("tool_choice"), dict)
        reason = finish_reason or ("stop" if is_forced else "tool_calls")
        return tool_call(function, json_text, reason, usage).payload(body)

    return Reply(payload, delay_s=delay_s)


def error(
    status: int,
    message: str = "scripted error",
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
    delay_s: float = 0.0,
) -> Reply:
    """Answer with an error in OpenAI's shape."""
    by_status = {429: "requests"} | dict.fromkeys(range(500, 600), "server_error")
    kind = by_status.get(status, "invalid_request_error")
    fields = {"message": message, "type": kind, "param": None, "code": code}
    content = json.dumps({"error": fields}).encode()
    return Reply(lambda body: content, status, headers=headers or {}, delay_s=delay_s)


def garbage(
    data: bytes, content_type: str = "text/html", status: int = 200, delay_s: float = 0.0
) -> Reply:
    """Answer with these bytes, whatever they are."""
    return Reply(lambda body: data, status, content_type, delay_s=delay_s)


def truncated_http(delay_s: float = 0.0) -> Reply:
    """Announce a whole completion, send half of its bytes and close the connection."""
    return Reply(text("cut off").payload, delay_s=delay_s, wire="half")


def reset(delay_s: float = 0.0) -> Reply:
    """Reset the TCP connection without a reply."""
    return Reply(delay_s=delay_s, wire="reset")


def hang(seconds: float) -> Reply:
    """Say nothing for so long, then reset the connection; leaving the server ends the wait."""
    return reset(delay_s=seconds)


def answer_from_articles(
    claims_by_marker: Mapping[str, Mapping[str, object]],
    *,
    fenced: bool = False,
    usage: Usage = USAGE,
    delay_s: float = 0.0,
) -> Answer:
    """Answer each request with the claims whose marker stands in its messages.

    Of these only the properties of the request's schema are sent, so the same claims serve a
    request for a single claim type. Without a marker each property is an empty list; two markers
    in one request are an error.
    """

    def answer(body: Body) -> Reply:
        prompt = _prompt_text(body)
        found = [marker for marker in claims_by_marker if marker in prompt]
        if len(found) > 1:
            raise ValueError(f"the request contains more than one marker: {found!r}")
        asked = _schema_properties(body)
        chosen = claims_by_marker[found[0]] if found else {name: [] for name in asked}
        sent = {name: value for name, value in chosen.items() if not asked or name in asked}
        return claims(sent, fenced=fenced, usage=usage, delay_s=delay_s)

    return answer


class ScriptedServer:
    """The server, running in a thread of its own from `with` to the end of the block."""

    def __init__(self, models: Sequence[str] = ("test-model",)) -> None:
        """Make a server that lists `models`; it can be scripted before it is started."""
        self._models = tuple(models)
        self._lock = threading.Lock()
        self._script: deque[Reply] = deque()
        self._answer: Answer | None = None
        self._requests: list[Recorded] = []
        self._problems: list[BaseException] = []

    def script(self, *replies: Reply) -> None:
        """Append replies to the queue; each is used for one request."""
        with self._lock:
            self._script.extend(replies)

    def answer(self, function: Answer) -> None:
        """Ask `function` (in the server's thread) once the queue is empty; it must not block."""
        with self._lock:
            self._answer = function

    @property
    def base_url(self) -> str:
        """The URL for OpenAI clients, with /v1."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def requests(self) -> list[Recorded]:
        """A copy of all requests so far, to any path, in the order in which they were answered."""
        with self._lock:
            return list(self._requests)

    def env(self) -> dict[str, str]:
        """Variables that point an OpenAI client in a subprocess here."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": "test-key"}

    def verify(self) -> None:
        """Raise AssertionError if a request could not be answered; reports each one once."""
        with self._lock:
            problems, self._problems = self._problems, []
        if problems:
            raise AssertionError("\n".join(map(_describe, problems))) from problems[0]

    def __enter__(self) -> Self:
        """Listen on a free port and start the thread."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._port: int = listener.getsockname()[1]
        self._stop: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener)), name="scripted-server", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, _: object, exc: BaseException | None, traceback: object) -> None:
        """Stop the server and verify; an exception of the block stays visible as the context."""
        self._stop.set_result(None)
        self._thread.join()
        if exc is None or isinstance(exc, Exception):
            self.verify()

    async def _serve(self, listener: socket.socket) -> None:
        async def drop_connections(_: web.Application) -> None:
            for connection in runner.server.connections if runner.server else []:
                if connection.transport is not None:
                    connection.transport.abort()

        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_shutdown.append(drop_connections)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.SockSite(runner, listener, backlog=1024).start()
            await asyncio.wrap_future(self._stop)
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        received_s = time.monotonic()
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            body = None
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = body if isinstance(body, dict) else {}
        recorded = Recorded(request.method, request.path, headers, known, received_s)
        with self._lock:
            self._requests.append(recorded)
        try:
            reply = self._route(recorded)
            content = reply.payload(recorded.body)
        except BaseException as exc:  # noqa: BLE001 - pytest.fail raises no Exception
            with self._lock:
                self._problems.append(exc)
            reply = error(500, _describe(exc))
            content = reply.payload(recorded.body)
        await asyncio.sleep(reply.delay_s)
        return await _send(request, reply, content)

    def _route(self, recorded: Recorded) -> Reply:
        body = recorded.body
        match recorded.method, recorded.path:
            case "GET", "/v1/models":
                return _model_list(self._models)
            case "POST", "/v1/chat/completions" if body.get("stream"):
                return error(400, 'the scripted server does not stream: send no "stream": true')
            case "POST", "/v1/chat/completions" if "model" not in body or "messages" not in body:
                return error(400, "the body must be a JSON object with a model and messages")
            case "POST", "/v1/chat/completions":
                return self._next(body)
        return error(404, f"Invalid URL ({recorded.method} {recorded.path})")

    def _next(self, body: Body) -> Reply:
        with self._lock:
            if self._script:
                return self._script.popleft()
            answer = self._answer
        if answer is not None:
            return answer(body)
        asked = f"model {body['model']!r}, messages ending in {_prompt_text(body)[-80:]!r}"
        raise AssertionError(f"script exhausted: no reply for POST /v1/chat/completions, {asked}")


def _completion(
    message: Mapping[str, object], finish_reason: str, usage: Usage, delay_s: float
) -> Reply:
    def payload(body: Body) -> bytes:
        whole = {"role": "assistant", "content": None, "refusal": None, **message}
        choice = {"index": 0, "message": whole, "logprobs": None, "finish_reason": finish_reason}
        completion: dict[str, object] = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body["model"],
            "choices": [choice],
        }
        if usage is not None:
            names = ("prompt_tokens", "completion_tokens", "total_tokens")
            completion["usage"] = dict(zip(names, (*usage, sum(usage)), strict=True))
        return json.dumps(completion).encode()

    return Reply(payload, delay_s=delay_s)


def _model_list(models: Sequence[str]) -> Reply:
    data = [{"id": m, "object": "model", "created": 0, "owned_by": "scripted"} for m in models]
    content = json.dumps({"object": "list", "data": data}).encode()
    return Reply(lambda body: content)


async def _send(request: web.Request, reply: Reply, content: bytes) -> web.StreamResponse:
    headers = {"Content-Type": reply.content_type, "x-request-id": f"req_{uuid.uuid4().hex}"}
    headers.update(reply.headers)
    whole = web.Response(body=content, status=reply.status, headers=headers)
    transport = request.transport
    if reply.wire == "whole" or transport is None:
        return whole
    if reply.wire == "reset":
        # Without lingering the kernel sends RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        return whole  # goes nowhere
    half = web.StreamResponse(status=reply.status, headers=headers)
    half.content_length = len(content)
    await half.prepare(request)
    await half.write(content[: len(content) // 2])
    transport.close()
    return half


def _describe(exc: BaseException) -> str:
    return str(exc) if isinstance(exc, AssertionError) else f"the answer failed: {exc!r}"


def _asked_function(body: Body) -> str | None:
    """Name the function that the request wants to be called: the forced one, or the first."""
    choice = body.get("tool_choice", "auto")
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    tools = body.get("tools") or []
    return str(tools[0]["function"]["name"]) if tools and choice != "none" else None


def _prompt_text(body: Body) -> str:
    """Join the text of all messages, whose content is a string, a list of parts or null."""
    contents = [message.get("content") or "" for message in body.get("messages", [])]
    parts = [[{"text": each}] if isinstance(each, str) else each for each in contents]
    return "\n".join(part.get("text", "") for each in parts for part in each)


def _schema_properties(body: Body) -> list[str]:
    """List the properties of the request's schema, be it in tools, response_format or messages."""
    functions = [tool["function"] for tool in body.get("tools") or []]
    asked = [f.get("parameters") for f in functions if f["name"] == _asked_function(body)]
    asked.append((body.get("response_format") or {}).get("json_schema", {}).get("schema"))
    for schema in (*asked, *_objects_in(_prompt_text(body))):
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            return list(schema["properties"])
    return []


def _objects_in(prompt: str) -> Iterator[object]:
    start = prompt.find("{")
    while start >= 0:
        try:
            found, end = json.JSONDecoder().raw_decode(prompt, start)
        except ValueError:
            end = start + 1
        else:
            yield found
        start = prompt.find("{", end)
