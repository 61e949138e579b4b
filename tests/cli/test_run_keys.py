"""A server that repeats the key wherever it can: it is shown and kept nowhere."""

from __future__ import annotations

import json
import resource
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from scripted_server import (
    Body,
    Reply,
    ScriptedServer,
    claims,
    error,
    garbage,
    refusal,
    text,
    tool_call,
    truncated_http,
)

from .conftest import KEY, Done, Folder, all_bytes, hosted, right

MODEL = "openai/test-model"
ODD_KEY = 'sk-Odd/0123+4567"89\\ab%cd=='
"""A key that is written otherwise in JSON and in addresses."""
QUERY = "Sig-0123456789"
"""What stands behind the question mark of an address."""
LOG = "attempts.log"


def shown(folder: Folder, *outputs: Done) -> str:
    """All that a run says and keeps."""
    said = [done.out + done.err for done in outputs]
    names = [str(path) for path in folder.path.rglob("*")]
    return "\n".join([*said, *names, all_bytes(folder.path).decode("utf-8", "replace")])


def check_nothing_is_shown(folder: Folder, key: str, *outputs: Done) -> None:
    """Not even a part of the key, nor of a query."""
    everything = shown(folder, *outputs)
    for part in (key[:12], key[6:16], QUERY):
        for written in {part, quote(part), quote(part, safe="")}:
            assert written not in everything


def log_of(folder: Folder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder.path / LOG).read_text().splitlines()]


# ---- where a server can put it -----------------------------------------------------------------


def changed(reply: Reply, change: Mapping[str, Any]) -> Reply:
    """A completion with other values."""

    def payload(body: Body) -> bytes:
        completion = json.loads(reply.payload(body))
        choice = {**completion["choices"][0], **change.get("choice", {})}
        others = {name: value for name, value in change.items() if name != "choice"}
        return json.dumps({**completion, "choices": [choice], **others}).encode()

    return replace(reply, payload=payload)


def in_errors(key: str) -> list[Reply]:
    said = f"Authorization: Bearer {key}"
    nested = {"error": {"message": "no", "headers": {"authorization": f"Bearer {key}"}}}
    coded = {"error": {"message": "no", "type": f"x {key}", "code": key, "param": key}}
    listed = json.dumps({"detail": [{"loc": [said], "input": {"headers": said}}]}).encode()
    return [
        error(400, said),
        error(500, f"{'x' * 285} {said}"),
        error(422, f"{'x' * 270} {said}"),
        error(429, said, headers={"Retry-After": "0"}),
        error(500, quote(said, safe="")),
        garbage(json.dumps(nested).encode(), "application/json", 400),
        garbage(json.dumps(coded).encode(), "application/json", 500),
        garbage(listed, "application/json", 422),
        garbage(f"<html><pre>{said}</pre>".encode(), status=502),
        garbage(said.encode(), "text/plain", status=400),
    ]


def in_replies(key: str) -> list[Reply]:
    said = f"Bearer {key}"
    good = text("{}")
    return [
        garbage(f"<html>{said}</html>".encode()),
        garbage(json.dumps({"headers": {"authorization": said}}).encode(), "application/json"),
        garbage(json.dumps({"error": said}).encode(), "application/json"),
        garbage(json.dumps(said).encode(), "application/json"),
        changed(good, {"model": said, "id": said, "system_fingerprint": said, "echo": said}),
        changed(good, {"choice": {"finish_reason": said}}),
        changed(good, {"choice": {"message": {"role": said, "content": None}}}),
        changed(good, {"usage": {"prompt_tokens": said, "completion_tokens": said}}),
        changed(good, {"choices": said}),
        truncated_http(),
    ]


def in_headers(key: str) -> list[Reply]:
    said = f"Bearer {key}"
    names = ("x-request-id", "x-echo", "authorization", "x-ratelimit-reset-requests", "retry-after")
    headers = dict.fromkeys(names, said) | {"x-ratelimit-remaining-requests": "0"}
    return [
        *(replace(error(status, "no"), headers=headers) for status in (400, 429, 500)),
        replace(text("no JSON"), headers=headers),
        replace(garbage(b"x"), headers={"Content-Encoding": f"gzip, {key}"}),
    ]


def in_content(key: str) -> list[Reply]:
    said = f"Authorization: Bearer {key}"
    actor = {"name": key, "kind": "person", "role": said}
    good = {"actors": [actor], "quotes": [{"text": said, "speaker": key}], "dates": []}
    bad = {"actors": [{"name": key, "kind": key, "role": None, key: key}], "dates": said}
    return [
        text(said),
        refusal(said),
        claims(good | {"sanctions": []}),
        claims(good | bad),
        claims({key: said}),
        claims(json.dumps(good)[:-3], finish_reason="length"),
        tool_call(key, json.dumps({"actors": [actor]})),
        claims({"dates": [{"text": f"{'x' * 70_000} {said}", "value": said}]}),
    ]


PLACES = {
    "errors": in_errors,
    "replies": in_replies,
    "headers": in_headers,
    "content": in_content,
}


@contextmanager
def echoing(replies: Sequence[Reply]) -> Iterator[ScriptedServer]:
    """A server that gives each reply once in turn, and a good answer between them."""
    good, n_asked = right(), 0

    def answer(body: Body) -> Reply:
        nonlocal n_asked
        n_asked += 1
        # A server that only fails is left alone.
        return good(body) if n_asked % 2 else replies[n_asked // 2 % len(replies)]

    with ScriptedServer() as server:
        server.answer(answer)
        yield server


# ---- runs --------------------------------------------------------------------------------------


@pytest.fixture
def ask_with_key(
    command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """A run of the hosted model in this process."""

    def run(address: str, *flags: str, key: str = KEY) -> Done:
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        return command("--debug", "run", "-m", MODEL, "--log-file", LOG, *flags)

    return run


MANY = ("-j", "1", "--repeats", "8")


def check_all_was_repeated(folder: Folder, server: ScriptedServer, done: Done, key: str) -> None:
    """The server could put the key everywhere, and it is nowhere."""
    assert done.code in (0, 3), done.err
    # Each reply has been given once at least.
    assert len(server.requests) >= 20
    authorized = {request.headers.get("authorization") for request in server.requests}
    assert authorized == {f"Bearer {key}"}
    check_nothing_is_shown(folder, key, done)
    n_logged = sum(entry["event"] == "attempt" for entry in log_of(folder))
    assert n_logged == sum(len(entry["attempts"]) for entry in folder.journalled)
    assert len(folder.journalled) == 3 * 8


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_run_key_that_the_server_repeats_is_kept_nowhere(folder: Folder, place: str) -> None:
    with echoing(PLACES[place](KEY)) as server:
        done = folder.run(
            *("--debug", "run", "-m", MODEL, "--log-file", LOG, *MANY), env=hosted(server)
        )
        check_all_was_repeated(folder, server, done, KEY)


@pytest.mark.parametrize("place", PLACES)
def test_run_odd_key_that_the_server_repeats_is_kept_nowhere(
    folder: Folder, ask_with_key: Callable[..., Done], place: str
) -> None:
    with echoing(PLACES[place](ODD_KEY)) as server:
        done = ask_with_key(server.base_url, *MANY, "--json", key=ODD_KEY)
        check_all_was_repeated(folder, server, done, ODD_KEY)


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("key", [KEY, ODD_KEY], ids=["plain", "odd"])
def test_run_key_in_a_refusal_of_everything_is_kept_nowhere(
    folder: Folder,
    server: ScriptedServer,
    ask_with_key: Callable[..., Done],
    status: int,
    key: str,
) -> None:
    headers = {"WWW-Authenticate": f"Bearer {key}", "x-request-id": key}
    server.answer(lambda body: error(status, f"{'x' * 280} not yours: {key}", headers, code=key))
    done = ask_with_key(server.base_url, key=key)
    assert done.code == 3
    check_nothing_is_shown(folder, key, done)
    assert log_of(folder)


@pytest.mark.parametrize(
    "location",
    [
        "/v1/chat/completions?",
        "/v1/elsewhere?",
        "http://127.0.0.1:9/v1?",
        "http://user:{key}@127.0.0.1:9/v1?",
        "http://[{key}/v1?",
        "ftp://127.0.0.1/v1?",
    ],
)
@pytest.mark.parametrize("status", [302, 307])
def test_run_key_and_query_in_a_redirect_are_kept_nowhere(
    folder: Folder,
    server: ScriptedServer,
    ask_with_key: Callable[..., Done],
    location: str,
    status: int,
) -> None:
    there = location.format(key=KEY) + f"api_key={KEY}&sig={QUERY}"
    server.answer(lambda body: error(status, "moved", headers={"Location": there}))
    done = ask_with_key(server.base_url)
    assert done.code == 3
    assert server.requests
    check_nothing_is_shown(folder, KEY, done)


@contextmanager
def speaking_no_http(said: bytes) -> Iterator[str]:
    """A server that answers any request with some bytes; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1_000_000)
                    connection.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        "Bearer {key}\r\n\r\n",
        "HTTP/1.1 Bearer-{key} OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBearer {key}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: {key}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n",
    ],
    ids=["no status", "status", "header", "length", "chunk"],
)
def test_run_key_in_what_is_no_http_is_kept_nowhere(
    folder: Folder, ask_with_key: Callable[..., Done], said: str
) -> None:
    with speaking_no_http(said.format(key=KEY).encode()) as address:
        done = ask_with_key(address)
    assert done.code == 3
    check_nothing_is_shown(folder, KEY, done)


def test_run_key_does_not_follow_a_redirect_to_another_server(
    folder: Folder, server: ScriptedServer, ask_with_key: Callable[..., Done]
) -> None:
    with ScriptedServer() as other:
        other.answer(right())
        location = f"{other.base_url}/chat/completions?sig={QUERY}"
        server.answer(lambda body: error(307, "moved", headers={"Location": location}))
        done = ask_with_key(server.base_url)
        assert done.code in (0, 3), done.err
        for request in other.requests:
            assert KEY not in str(request)
    check_nothing_is_shown(folder, KEY, done)


def test_run_key_is_in_no_traceback(folder: Folder, server: ScriptedServer) -> None:
    replies = in_content(KEY)
    server.answer(lambda body: replies[len(server.requests) % len(replies)])

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    done = folder.run(
        *("--debug", "run", "-m", MODEL, "-j", "1"), env=hosted(server), preexec_fn=small_files
    )
    assert done.code == 3
    check_nothing_is_shown(folder, KEY, done)


def test_run_log_file_has_a_record_for_each_attempt(folder: Folder, server: ScriptedServer) -> None:
    folder.write({"harness.toml": 'articles = "articles"\ndefault_prompts = ["one"]\n'})
    server.script(error(429, headers={"Retry-After": "0"}), error(500), text("no JSON"))
    done = folder.run("run", "-m", MODEL, "-j", "1", "--log-file", LOG, env=hosted(server))
    assert done.code == 0, done.err
    log = log_of(folder)
    outcomes = [each["outcome"] for entry in folder.journalled for each in entry["attempts"]]
    assert sorted(outcomes) == ["invalid", "ok", "ok", "ok", "rate_limited", "server"]
    assert sorted(entry["outcome"] for entry in log) == sorted(outcomes)
    assert len(log) == len(server.requests)
    assert {entry["article_id"] for entry in log} == {"alpha", "bravo", "charlie"}
    assert all(entry["latency_s"] >= 0 for entry in log)


def test_run_log_file_that_cannot_be_written_is_found_before_anything_is_asked(
    folder: Folder, server: ScriptedServer
) -> None:
    done = folder.run("run", "-m", MODEL, "--log-file", "gone/x.log", env=hosted(server))
    assert done.code == 2
    assert "gone/x.log" in done.err
    assert server.requests == []
