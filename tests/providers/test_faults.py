"""Faults of the way: what is tried again, what is recorded, what stops a model."""

from __future__ import annotations

import contextlib
import email.utils
import socket
import threading
import time
import traceback

import httpx2
import openai
import pytest
from asking import CLAIMS, GOOD, asked, compact, make_request, outcomes, spec
from scripted_server import (
    Reply,
    ScriptedServer,
    claims,
    error,
    garbage,
    hang,
    reset,
    truncated_http,
)

from harness.errors import CellStopped
from harness.providers.faults import (
    NotACompletion,
    failure_of,
    headers_of,
    is_transient,
    stop_of,
)
from harness.providers.rate_headers import retry_after_s

KEY = "sk-test/0123456789'abc\\def"


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def status_error(status: int, headers: dict[str, str] | None = None) -> openai.APIStatusError:
    request = httpx2.Request("POST", "http://server/v1/chat/completions")
    response = httpx2.Response(status, headers=headers or {}, request=request)
    return openai.APIStatusError("said the server", response=response, body=None)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (error(429, headers={"Retry-After": "0"}), "rate_limited"),
        (error(500), "server"),
        (error(503), "server"),
        (error(504), "timeout"),
        (error(408), "timeout"),
        (error(409), "rejected"),
        (reset(), "unreachable"),
        (truncated_http(), "unreachable"),
        (garbage(b"<html>Welcome!</html>"), "server"),
        (garbage(b"<html>", "application/json"), "server"),
        (garbage(b"\xff\xfe\x00", "application/json"), "server"),
        (garbage(b"[" * 100_000, "application/json"), "server"),
        (garbage(b"null", "application/json"), "server"),
        (garbage(b"[]", "application/json"), "server"),
        (garbage(b"", "application/json"), "server"),
        (garbage(b'{"choices": []}', "application/json"), "server"),
        (garbage(b'{"choices": [7]}', "application/json"), "server"),
        (garbage(b'{"choices": {"a": 1}}', "application/json"), "server"),
        (garbage(b'{"choices": [{"message": "hi"}]}', "application/json"), "server"),
        (garbage(b'{"error": {"message": "busy"}}', "application/json"), "server"),
    ],
)
def test_a_passing_fault_is_tried_again_and_recorded(fault: Reply, outcome: str) -> None:
    with ScriptedServer() as server:
        server.script(fault, claims(GOOD))
        reply = asked(server)
    assert reply.claims == CLAIMS
    assert outcomes(reply) == [outcome, "ok"]
    assert len(server.requests) == 2
    assert reply.attempts[0].input_tokens is None


@pytest.mark.parametrize(
    "message",
    [
        '{"tool_calls": 7, "content": 5}',
        '{"tool_calls": [{}], "content": ["a", 7, {"text": "b"}]}',
        '{"tool_calls": [{"function": {"arguments": {"actors": 1}}}]}',
        '{"tool_calls": [], "content": null, "refusal": ""}',
        '{"role": 7, "content": {"a": 1}, "function_call": 3}',
    ],
)
@pytest.mark.parametrize("mode", ["tools", "md_json"])
def test_a_message_of_a_strange_form_is_a_bad_reply_and_no_crash(mode: str, message: str) -> None:
    body = f'{{"choices": [{{"message": {message}, "finish_reason": {{}}}}], "usage": 9}}'
    with ScriptedServer() as server:
        server.answer(lambda _: garbage(body.encode(), "application/json"))
        reply = asked(server, make_request(mode), max_reasks=1, max_attempts=1)
    assert reply.failure is not None
    assert reply.failure.reason in {"invalid", "empty"}
    assert len(server.requests) == len(reply.attempts) == 2


def test_the_last_fault_is_the_failure() -> None:
    with ScriptedServer() as server:
        server.script(error(500), reset(), error(429, "slow down", {"Retry-After": "0"}))
        reply = asked(server, max_attempts=3)
    assert reply.failure is not None
    assert (reply.failure.reason, reply.failure.message) == (
        "rate_limited",
        "HTTP 429: slow down",
    )
    assert outcomes(reply) == ["server", "unreachable", "rate_limited"]
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 422])
def test_a_rejected_request_is_not_sent_again(status: int) -> None:
    with ScriptedServer() as server:
        server.script(error(status, "max_tokens is too large"))
        reply = asked(server)
    assert reply.failure is not None
    assert reply.failure.reason == "rejected"
    assert reply.failure.message == f"HTTP {status}: max_tokens is too large"
    assert (outcomes(reply), len(server.requests)) == (["rejected"], 1)


def test_a_server_that_is_silent_meets_the_timeout() -> None:
    with ScriptedServer() as server:
        server.script(hang(30), claims(GOOD))
        reply = asked(server, timeout_s=0.3)
    assert (reply.claims, outcomes(reply)) == (CLAIMS, ["timeout", "ok"])
    assert 0.2 < reply.attempts[0].latency_s < 5


def test_a_server_that_trickles_meets_the_timeout() -> None:
    """Each read brings a byte, so that no timeout of a single read is ever reached."""

    def trickle() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with contextlib.suppress(OSError):  # the client hangs up
                for _ in range(100):
                    connection.sendall(b" ")
                    time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        reply = asked(url, timeout_s=0.5, max_attempts=1)
        thread.join()
    assert reply.failure is not None
    assert (reply.failure.reason, reply.failure.message) == ("timeout", "no answer within 0.5 s")


@pytest.mark.parametrize("header", ["Retry-After", "retry-after-ms", "date"])
def test_the_server_says_how_long_to_wait(header: str) -> None:
    in_two_seconds = email.utils.formatdate(time.time() + 2.0, usegmt=True)
    headers = {
        "Retry-After": {"Retry-After": "1"},
        "retry-after-ms": {"retry-after-ms": "600", "Retry-After": "60"},
        "date": {"Retry-After": in_two_seconds},
    }[header]
    with ScriptedServer() as server:
        server.script(error(429, headers=headers), claims(GOOD))
        reply = asked(server)
    first, second = server.requests
    assert 0.5 < second.received_s - first.received_s < 10
    assert outcomes(reply) == ["rate_limited", "ok"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-5"}, 0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Wed, 99 Oct 99999 99:99:99 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    found = retry_after_s(headers_of(status_error(429, headers)))
    assert found == seconds or (seconds is None and (found is None or found >= 0))


def test_what_is_no_answer_has_no_retry_after() -> None:
    assert retry_after_s(headers_of(None)) is None
    assert retry_after_s(headers_of(TimeoutError())) is None


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_what_asking_again_cannot_mend_stops_the_model(status: int) -> None:
    with ScriptedServer() as server:
        server.script(error(status, f"no: {KEY}"))
        with pytest.raises(CellStopped) as caught:
            asked(server, key=KEY)
    assert "model 'mine'" in str(caught.value)
    assert server.base_url in str(caught.value)
    assert f"HTTP {status}: no: ***" in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_not_active"])
def test_an_account_without_money_stops_the_model(code: str) -> None:
    with ScriptedServer() as server:
        server.script(error(429, "You exceeded your current quota", code=code))
        with pytest.raises(CellStopped, match="no quota left"):
            asked(server)
    assert len(server.requests) == 1


def test_no_server_at_the_address_stops_the_model() -> None:
    url = unused_address()
    with pytest.raises(CellStopped, match=r"model 'mine': no server answers at .*is it running"):
        asked(url, max_attempts=2)


def test_a_name_that_no_one_knows_stops_the_model() -> None:
    with pytest.raises(CellStopped, match=r"no server answers at http://nowhere\.invalid/v1"):
        asked("http://nowhere.invalid/v1", max_attempts=1)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
@pytest.mark.parametrize("filler", ["", "x" * 255, "x" * 285], ids=len)
def test_the_key_is_in_no_message_and_no_traceback(status: int, filler: str) -> None:
    """A server that repeats the key, also where the message is cut in the middle of it."""
    echoed = [
        error(status, f"{filler} header was Bearer {KEY}"),
        garbage(f"{filler}{KEY}".encode(), "text/plain", status),
        garbage(compact({"error": {"detail": [filler, KEY]}}).encode(), "application/json", status),
    ]
    for echo in echoed:
        shown = shown_after(echo)
        for part in (KEY, KEY[:12], repr(KEY)[1:-1]):
            assert part not in shown


def shown_after(answer: Reply) -> str:
    with ScriptedServer() as server:
        server.answer(lambda _: answer)
        if answer.status not in {401, 404}:
            return repr(asked(server, key=KEY, max_attempts=2))
        with pytest.raises(CellStopped) as caught:
            asked(server, key=KEY)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_the_key_is_not_kept_where_the_model_repeats_it() -> None:
    spoken = {"actors": [{"name": f"Ann {KEY}", "kind": "person", "role": None}], "quotes": []}
    with ScriptedServer() as server:
        server.script(claims(spoken))
        reply = asked(server, key=KEY)
    assert KEY not in repr(reply)
    assert reply.claims["actors"] == [{"name": "Ann ***", "kind": "person"}]
    assert reply.warnings == ("the reply held the API key, which was taken out",)


def test_a_key_that_is_a_word_of_the_article_changes_no_claim() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        assert asked(server, key="Ann").claims == CLAIMS


def test_errors_are_told_apart_by_what_they_carry() -> None:
    request = httpx2.Request("POST", "http://server/v1")
    timed_out = openai.APITimeoutError(request)
    lost = openai.APIConnectionError(request=request)
    reasons = {
        timed_out: "timeout",
        lost: "unreachable",
        TimeoutError("late"): "timeout",
        ConnectionResetError("gone"): "unreachable",
        NotACompletion("html"): "server",
        status_error(418): "rejected",
        status_error(599): "server",
    }
    assert {each: failure_of(each).reason for each in reasons} == reasons
    transient = [each for each in reasons if is_transient(each)]
    assert transient == [each for each in reasons if reasons[each] != "rejected"]
    assert not is_transient(TypeError("a fault of the program"))


def test_what_may_pass_does_not_stop_the_model() -> None:
    for fault in (status_error(429), status_error(500), status_error(400), TimeoutError()):
        assert stop_of(fault, spec(), "http://server/v1") is None
