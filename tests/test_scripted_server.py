"""The scripted server, asked over HTTP by the real OpenAI clients."""

from __future__ import annotations

import asyncio
import errno
import gc
import http.client
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import instructor
import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionToolParam
from pydantic import BaseModel, ConfigDict
from scripted_server import (
    Answer,
    Body,
    Reply,
    ScriptedServer,
    answer_from_articles,
    claims,
    error,
    garbage,
    hang,
    refusal,
    reset,
    text,
    tool_call,
    truncated_http,
)

QUOTES: dict[str, object] = {"quotes": [{"text": "naïve “words”"}]}
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"actors": {"type": "array"}, "quotes": {"type": "array"}},
}
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "Claims", "parameters": SCHEMA},
}
BODY = b'{"model": "small", "messages": []}'
Mode = Literal["forced", "auto", "json_schema", "json_object", "plain"]
CONTENT_MODES: tuple[Mode, ...] = ("json_schema", "json_object", "plain")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(models=("small", "large")) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[openai.OpenAI]:
    with connect(server) as connected:
        yield connected


def connect(server: ScriptedServer, timeout: float = 60.0) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=server.base_url, api_key="test-key", max_retries=0, timeout=timeout
    )


def errors_in(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


def ask(client: openai.OpenAI, prompt: str = "hello", **extra: Any) -> ChatCompletion:  # noqa: ANN401
    reply = client.chat.completions.create(
        model="small", messages=[{"role": "user", "content": prompt}], **extra
    )
    assert isinstance(reply, ChatCompletion)
    return reply


@contextmanager
def posted(server: ScriptedServer, body: bytes) -> Iterator[http.client.HTTPConnection]:
    """Post the body without a client that could hide what happens on the wire."""
    with closing(http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=10)) as raw:
        raw.request("POST", "/v1/chat/completions", body)
        yield raw


def port_of(server: ScriptedServer) -> int:
    port = urlsplit(server.base_url).port
    assert port is not None
    return port


def ask_in(client: openai.OpenAI, mode: Mode, prompt: str = "hello") -> ChatCompletion:
    named = {"type": "function", "function": {"name": "Claims"}}
    schema = {"type": "json_schema", "json_schema": {"name": "Claims", "schema": SCHEMA}}
    extras: dict[Mode, dict[str, Any]] = {
        "forced": {"tools": [TOOL], "tool_choice": named},
        "auto": {"tools": [TOOL]},
        "json_schema": {"response_format": schema},
        "json_object": {"response_format": {"type": "json_object"}},
        "plain": {},
    }
    return ask(client, prompt, **extras[mode])


def content_of(reply: ChatCompletion) -> object:
    content = reply.choices[0].message.content
    assert content is not None
    return json.loads(content)


def arguments_of(reply: ChatCompletion) -> tuple[str, str]:
    (call,) = reply.choices[0].message.tool_calls or []
    assert call.type == "function"
    return call.function.name, call.function.arguments


def test_text(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(text("one", usage=(3, 4)), text("tw", finish_reason="length", usage=None))
    first, second = ask(client), ask(client)
    assert (first.choices[0].message.content, first.choices[0].finish_reason) == ("one", "stop")
    assert first.usage is not None
    usage = first.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 4, 7)
    assert first.model == "small"
    assert (second.choices[0].message.content, second.choices[0].finish_reason) == ("tw", "length")
    assert second.usage is None
    assert first.id != second.id


def test_requests_recorded(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(text("one"), text("two"))
    before_s = time.monotonic()
    ask(client, "first", temperature=0)
    ask(client, "second")
    first, second = server.requests
    assert (first.method, first.path) == ("POST", "/v1/chat/completions")
    assert first.headers["authorization"] == "Bearer test-key"
    assert first.body["messages"] == [{"role": "user", "content": "first"}]
    assert first.body["temperature"] == 0
    assert second.body["messages"][0]["content"] == "second"
    assert before_s < first.received_s < second.received_s < time.monotonic()


@pytest.mark.parametrize("mode", ["forced", "auto"])
def test_claims_as_tool_call(server: ScriptedServer, client: openai.OpenAI, mode: Mode) -> None:
    server.script(claims(QUOTES, fenced=True))
    reply = ask_in(client, mode)
    name, arguments = arguments_of(reply)
    assert (name, json.loads(arguments)) == ("Claims", QUOTES)
    assert reply.choices[0].message.content is None
    assert reply.choices[0].finish_reason == ("stop" if mode == "forced" else "tool_calls")


@pytest.mark.parametrize("mode", CONTENT_MODES)
def test_claims_as_content(server: ScriptedServer, client: openai.OpenAI, mode: Mode) -> None:
    server.script(claims(QUOTES))
    reply = ask_in(client, mode)
    assert content_of(reply) == QUOTES
    assert reply.choices[0].message.tool_calls is None


def test_claims_tool_choice_none(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(claims(QUOTES))
    assert content_of(ask(client, tools=[TOOL], tool_choice="none")) == QUOTES


def test_claims_long_prompt(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(claims(QUOTES))
    assert content_of(ask(client, "long " * 2**20)) == QUOTES


def test_claims_fenced(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(claims({"quotes": []}, fenced=True))
    assert ask(client).choices[0].message.content == '```json\n{"quotes": []}\n```'


def test_claims_broken_off(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(*[claims('{"quotes": [', finish_reason="length")] * 2)
    by_tool, by_content = ask_in(client, "forced"), ask_in(client, "json_schema")
    assert arguments_of(by_tool) == ("Claims", '{"quotes": [')
    assert by_content.choices[0].message.content == '{"quotes": ['
    assert [r.choices[0].finish_reason for r in (by_tool, by_content)] == ["length"] * 2


@pytest.mark.parametrize("mode", ["TOOLS", "JSON", "JSON_SCHEMA", "MD_JSON"])
def test_answer_from_articles_instructor(
    server: ScriptedServer, client: openai.OpenAI, mode: str
) -> None:
    class OnlyQuotes(BaseModel):
        model_config = ConfigDict(extra="forbid")
        quotes: list[dict[str, str]]
        dates: list[str] = ["unset"]

    asker = instructor.from_openai(client, mode=instructor.Mode[mode])
    marked = {"[article 7]": {**QUOTES, "actors": []}}
    server.answer(answer_from_articles(marked, fenced=mode == "MD_JSON"))
    replies = [
        asker.chat.completions.create(
            model="small",
            messages=[
                {"role": "system", "content": 'Extract; {braces} and {"a": 1} are no schema.'},
                {"role": "user", "content": prompt},
            ],
            response_model=OnlyQuotes,
            max_retries=0,
        )
        for prompt in ("[article 7] says so", "another article")
    ]
    assert [reply.model_dump() for reply in replies] == [
        {**QUOTES, "dates": ["unset"]},
        {"quotes": [], "dates": []},
    ]


def test_answer_from_articles_content_parts(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.answer(answer_from_articles({"[7]": QUOTES}))
    parts = [{"type": "text", "text": "read"}, {"type": "text", "text": "[7]"}]
    messages: Any = [{"role": "user", "content": parts}]
    reply = client.chat.completions.create(model="small", messages=messages)
    assert content_of(reply) == QUOTES


def test_answer_from_articles_two_markers(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.answer(answer_from_articles({"[1]": QUOTES, "[2]": QUOTES}))
    with pytest.raises(openai.InternalServerError, match="more than one marker"):
        ask(client, "[1] and [2]")
    with pytest.raises(AssertionError, match="more than one marker"):
        server.verify()


def test_tool_call(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(tool_call("other", "{not json"))
    reply = ask_in(client, "forced")
    assert arguments_of(reply) == ("other", "{not json")
    assert reply.choices[0].finish_reason == "tool_calls"


def test_refusal(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(refusal("I cannot help with that."))
    message = ask(client).choices[0].message
    assert (message.refusal, message.content) == ("I cannot help with that.", None)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(400, code="context_length_exceeded"), openai.BadRequestError),
        (error(401, code="invalid_api_key"), openai.AuthenticationError),
        (error(404, code="model_not_found"), openai.NotFoundError),
        (error(429, code="rate_limit_exceeded"), openai.RateLimitError),
        (error(500), openai.InternalServerError),
    ],
)
def test_error(
    server: ScriptedServer,
    client: openai.OpenAI,
    reply: Reply,
    expected: type[openai.APIStatusError],
) -> None:
    server.script(reply)
    with pytest.raises(expected, match="scripted error") as caught:
        ask(client)
    assert caught.value.status_code == reply.status
    assert isinstance(caught.value.body, dict)
    assert caught.value.code == caught.value.body["code"]
    assert caught.value.type


def test_error_headers_and_message(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(error(429, "slow down", {"Retry-After": "3"}))
    with pytest.raises(openai.RateLimitError, match="slow down") as caught:
        ask(client)
    assert caught.value.response.headers["retry-after"] == "3"
    assert caught.value.request_id
    assert caught.value.code is None


def test_error_is_retried_by_client(server: ScriptedServer) -> None:
    server.script(error(429, headers={"retry-after-ms": "1"}), reset(), text("at last"))
    with connect(server).with_options(max_retries=2) as patient:
        assert ask(patient).choices[0].message.content == "at last"
    retries = [r.headers["x-stainless-retry-count"] for r in server.requests]
    assert retries == ["0", "1", "2"]


def test_hang_times_out(server: ScriptedServer) -> None:
    server.script(hang(60), text("well again"))
    with connect(server, timeout=0.2) as hasty, pytest.raises(openai.APITimeoutError):
        ask(hasty)
    with connect(server) as patient:
        assert ask(patient).choices[0].message.content == "well again"


def test_hang_resets_at_its_end(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(hang(0.1))
    before_s = time.monotonic()
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(client)
    assert time.monotonic() - before_s >= 0.1
    assert not isinstance(caught.value, openai.APITimeoutError)


def test_reset(server: ScriptedServer) -> None:
    server.script(reset())
    with posted(server, BODY) as connection, pytest.raises(ConnectionResetError) as caught:
        connection.getresponse()
    assert caught.value.errno == errno.ECONNRESET, "the connection was closed, not reset"


def test_reset_and_truncated_http_openai(
    server: ScriptedServer, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(reset(), truncated_http(), text("well again"))
    for _ in range(2):
        with pytest.raises(openai.APIConnectionError) as caught:
            ask(client)
        assert not isinstance(caught.value, openai.APITimeoutError)
    assert ask(client).choices[0].message.content == "well again"
    assert not errors_in(caplog)


def test_truncated_http_sends_half(server: ScriptedServer) -> None:
    server.script(truncated_http())
    with posted(server, BODY) as connection:
        response = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead) as caught:
            response.read()
    assert response.status == 200
    assert caught.value.expected is not None
    assert abs(len(caught.value.partial) - caught.value.expected) <= 1
    assert caught.value.partial.startswith(b'{"id"')


def test_garbage(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(
        garbage(b"<html>proxy</html>"),
        garbage(b"\xff{", "application/json"),
        garbage(b"<html>bad gateway</html>", status=502),
    )
    raw = client.chat.completions.with_raw_response.create(model="small", messages=[])
    assert (raw.text, raw.headers["content-type"]) == ("<html>proxy</html>", "text/html")
    with pytest.raises(ValueError, match=r"utf-8|JSON|Expecting"):
        ask(client)
    with pytest.raises(openai.InternalServerError, match="bad gateway"):
        ask(client)


@pytest.mark.parametrize(
    "reply",
    [text("a", delay_s=0.1), claims({}, delay_s=0.1), garbage(b"{}", "application/json", 200, 0.1)],
)
def test_delay(server: ScriptedServer, client: openai.OpenAI, reply: Reply) -> None:
    server.script(reply)
    before_s = time.monotonic()
    ask(client)
    assert time.monotonic() - before_s >= 0.1


def test_answer_concurrent(server: ScriptedServer) -> None:
    """A reply that does not come holds up no other, and each request gets its own."""

    def echo(body: Body) -> Reply:
        prompt = body["messages"][0]["content"]
        return text(prompt.upper(), delay_s=600 if prompt == "request 0" else 0.01)

    async def ask_all() -> list[str | None]:
        async with openai.AsyncOpenAI(
            base_url=server.base_url, api_key="test-key", max_retries=0, timeout=60
        ) as asker:

            async def ask_one(i: int) -> str | None:
                reply = await asker.chat.completions.create(
                    model="small", messages=[{"role": "user", "content": f"request {i}"}]
                )
                return reply.choices[0].message.content

            stuck = asyncio.create_task(ask_one(0))
            while not server.requests:
                await asyncio.sleep(0.01)
            contents = await asyncio.gather(*map(ask_one, range(1, 50)))
            stuck.cancel()
            await asyncio.wait([stuck])
        return contents

    server.answer(echo)
    assert asyncio.run(ask_all()) == [f"REQUEST {i}" for i in range(1, 50)]
    assert len(server.requests) == 50


def test_script_before_answer(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.answer(lambda body: text("answered"))
    server.script(text("scripted"))
    assert [ask(client).choices[0].message.content for _ in range(3)] == [
        "scripted",
        "answered",
        "answered",
    ]


def test_script_exhausted() -> None:
    with (
        pytest.raises(AssertionError, match=r"script exhausted.*'small'.*'the second'"),
        ScriptedServer() as server,
        connect(server) as client,
    ):
        server.script(text("one"))
        ask(client)
        with pytest.raises(openai.InternalServerError, match=r"script exhausted.*the second"):
            ask(client, "the second")
    assert len(server.requests) == 2


def test_script_exhausted_wins_over_consequence() -> None:
    with (
        pytest.raises(AssertionError, match="script exhausted") as caught,
        ScriptedServer() as server,
        connect(server) as client,
    ):
        ask(client)
    assert isinstance(caught.value.__context__, openai.InternalServerError)


def test_verify_reports_once(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.verify()
    with pytest.raises(openai.InternalServerError):
        ask(client)
    with pytest.raises(AssertionError, match="script exhausted"):
        server.verify()
    server.verify()


def test_block_exception_passes() -> None:
    with pytest.raises(KeyError), ScriptedServer():
        raise KeyError


def answer_nothing(body: Body) -> Any:  # noqa: ANN401
    return None


def answer_raises(body: Body) -> Reply:
    return text(body["no such key"])


def answer_fails(body: Body) -> Reply:
    pytest.fail("not what was expected")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (answer_nothing, AttributeError),
        (answer_raises, KeyError),
        (answer_fails, pytest.fail.Exception),
    ],
)
def test_answer_fails(
    server: ScriptedServer, client: openai.OpenAI, answer: Answer, cause: type[BaseException]
) -> None:
    server.answer(answer)
    with pytest.raises(openai.InternalServerError, match="the answer failed"):
        ask(client)
    with pytest.raises(AssertionError, match="the answer failed") as caught:
        server.verify()
    assert isinstance(caught.value.__cause__, cause)


def test_models(server: ScriptedServer, client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["small", "large"]
    assert [(r.method, r.path, r.body) for r in server.requests] == [("GET", "/v1/models", {})]


def test_other_paths(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"Invalid URL \(POST /v1/embeddings\)"):
        client.embeddings.create(model="small", input="a")
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.models.delete("small")


def test_stream_refused(server: ScriptedServer, client: openai.OpenAI) -> None:
    server.script(text("kept"))
    with pytest.raises(openai.BadRequestError, match="does not stream"):
        client.chat.completions.create(model="small", messages=[], stream=True)
    assert ask(client).choices[0].message.content == "kept"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"model": "small"}'])
def test_bad_body(server: ScriptedServer, body: bytes) -> None:
    with posted(server, body) as connection:
        response = connection.getresponse()
        content = json.loads(response.read())
    assert response.status == 400
    assert content["error"]["type"] == "invalid_request_error"


def test_env_in_subprocess(server: ScriptedServer) -> None:
    server.script(text("from afar"))
    code = (
        "import openai; client = openai.OpenAI(max_retries=0);"
        "m = [{'role': 'user', 'content': 'x'}];"
        "r = client.chat.completions.create(model='small', messages=m);"
        "print(r.choices[0].message.content)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **server.env()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "from afar\n"
    assert server.requests[0].headers["authorization"] == "Bearer test-key"


def n_open_files() -> int:
    gc.collect()
    files = Path("/proc/self/fd")
    return len(list(files.iterdir())) if files.exists() else 0


def test_shutdown_drops_what_is_open(caplog: pytest.LogCaptureFixture) -> None:
    """A hanging request, an idle connection and a reply that nobody reads hold nothing up."""
    n_files = n_open_files()
    with ScriptedServer() as server:
        server.script(hang(60), garbage(b"x" * 20_000_000))
        port = port_of(server)
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for client in clients[:2]:
            client.sendall(head % len(BODY) + BODY)
        while len(server.requests) < 2:
            time.sleep(0.01)
        before_s = time.monotonic()
    assert time.monotonic() - before_s < 5
    for client in clients:
        client.close()
    assert "scripted-server" not in {thread.name for thread in threading.enumerate()}
    assert n_open_files() <= n_files
    assert not errors_in(caplog)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_server_can_be_started_again() -> None:
    server = ScriptedServer()
    server.script(text("one"), text("two"))
    for expected in ("one", "two"):
        with server, connect(server) as client:
            assert ask(client).choices[0].message.content == expected
