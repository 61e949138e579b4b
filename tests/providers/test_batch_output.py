from __future__ import annotations

import json
from typing import Any

import pytest
from asking import CLAIMS, GOOD, MODES, ONE_BAD, asked, make_request, spec
from scripted_server import Reply as Scripted
from scripted_server import ScriptedServer, claims, error, refusal, text

from harness.providers import open_provider
from harness.providers.batch_input import check_batchable, exchange_of
from harness.providers.batch_output import batch_price, read_output_line, reply_in
from harness.providers.hosted import HostedProvider
from harness.providers.prices import HalfPrice, SetPrice, list_price
from harness.records import Reply
from harness.settings import PriceSettings

KEY = "sk-secret-0123456789"
PRICE = SetPrice(PriceSettings(input=2, output=10))


def hosted(name: str = "test-model", **settings: Any) -> HostedProvider:  # noqa: ANN401
    return check_batchable(open_provider(spec(name=name, **settings)))


def line_of(response: object = None, error: object = None, custom_id: object = "key") -> bytes:
    line = {"id": "batch_req_1", "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(line).encode()


def read(response: object, error: object = None, mode: str = "json_schema") -> Reply:
    found = read_output_line(line_of(response, error))
    assert found is not None
    provider = hosted(base_url="http://127.0.0.1:9/v1")
    form = make_request(mode).response
    return reply_in(found, exchange_of(provider), form, mode, PRICE, KEY)


def read_body(scripted: Scripted, mode: str = "json_schema") -> Reply:
    """The reply to what a server answers, had it been asked in a batch."""
    _, body = exchange_of(hosted(base_url="http://127.0.0.1:9/v1")).body_of(make_request(mode))
    content = json.loads(scripted.payload(body))
    return read({"status_code": scripted.status, "request_id": "r", "body": content}, mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_completion_is_read_as_that_of_a_live_request(mode: str) -> None:
    reply = read_body(claims(GOOD), mode)
    assert reply.claims == CLAIMS
    assert (reply.failure, reply.reasks, reply.elapsed_s) == (None, 0, None)
    (attempt,) = reply.attempts
    assert (attempt.outcome, attempt.latency_s) == ("ok", None)
    assert (attempt.input_tokens, attempt.output_tokens) == (11, 7)
    assert attempt.cost_usd == pytest.approx((11 * 2 + 7 * 10) / 1e6)


def test_valid_items_are_kept_and_others_are_invalid_items() -> None:
    reply = read_body(claims(ONE_BAD))
    assert (reply.claims, reply.failure) == (CLAIMS, None)
    assert [item.item["name"] for item in reply.invalid_items] == ["Ruritania"]
    assert reply.attempts[0].outcome == "invalid"


@pytest.mark.parametrize(
    "scripted",
    [
        refusal("I will not"),
        text(""),
        text("no JSON"),
        claims('{"actors": [', finish_reason="length"),
        text("", finish_reason="content_filter"),
        error(400, "context_length_exceeded"),
        error(422, "bad schema"),
        error(429, "slow down"),
        error(500, "server error"),
        error(503, "overloaded"),
    ],
)
def test_a_failure_is_that_of_a_live_request(scripted: Scripted) -> None:
    in_batch = read_body(scripted)
    with ScriptedServer() as server:
        server.script(scripted)
        alone = asked(server, max_reasks=0, max_attempts=1)
    assert in_batch.failure is not None
    assert in_batch.failure == alone.failure
    assert in_batch.claims == {}
    assert in_batch.attempts[0].outcome == alone.attempts[0].outcome
    assert in_batch.raw == alone.raw


@pytest.mark.parametrize(
    ("response", "error", "reason", "said"),
    [
        # vLLM
        ({"status_code": 400, "body": None}, "no stream", "rejected", "no stream"),
        ({"status_code": 404, "body": None}, {"error": {"message": "no model"}}, "rejected", "404"),
        # OpenAI
        (None, {"code": "request_timeout", "message": "too slow"}, "timeout", "too slow"),
        (None, {"code": "other", "message": "oh"}, "server", "oh"),
        ({"status_code": 200, "body": None}, None, "server", "no chat completion"),
        ({"status_code": 200, "body": {"choices": []}}, None, "server", "no chat completion"),
        ({"status_code": 200, "body": "text"}, None, "server", "no chat completion"),
        (
            {"status_code": 401, "body": {"error": {"message": f"bad {KEY}"}}},
            None,
            "rejected",
            "***",
        ),
        ({"status_code": 500, "body": ["?"]}, None, "server", "?"),
    ],
)
def test_what_went_wrong_is_found_wherever_it_is_said(
    response: object, error: object, reason: str, said: str
) -> None:
    failure = read(response, error).failure
    assert failure is not None
    assert failure.reason == reason
    assert said in failure.message
    assert KEY not in failure.message


def test_a_completion_in_the_place_of_a_response_is_read() -> None:
    content = json.loads(claims(GOOD).payload({"model": "test-model"}))
    assert read(content).claims == CLAIMS


def test_what_was_not_executed_is_no_failure() -> None:
    for code in ("batch_expired", "batch_cancelled"):
        found = read_output_line(line_of(error={"code": code, "message": "late"}))
        assert found is not None and found.is_not_executed
    found = read_output_line(line_of({"status_code": 400, "body": None}, {"code": "batch_expired"}))
    assert found is not None and not found.is_not_executed


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"custom_id": "key"}',
        line_of(),
        line_of("text"),
        line_of({"status_code": 200}, custom_id=7),
        line_of({"status_code": 200}, custom_id=None),
    ],
)
def test_what_is_no_line_of_output_is_torn(line: bytes) -> None:
    assert read_output_line(line) is None


def test_half_the_list_price_is_openais_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    provider = hosted("gpt-4o-mini")
    whole = list_price(provider.model)
    price = batch_price(provider)
    assert whole is not None and isinstance(price, HalfPrice)
    full = whole.cost_usd(1_000_000, 1000, 500)
    assert full and price.cost_usd(1_000_000, 1000, 500) == pytest.approx(full / 2)
    provider.lane.price = price
    assert batch_price(provider) == price
    said = PriceSettings(input=2, output=10)
    assert batch_price(hosted("gpt-4o-mini", price=said)) == SetPrice(said)
    assert batch_price(hosted("gpt-4o-mini", base_url="http://127.0.0.1:9/v1")) is None
    assert batch_price(hosted("no-such-model-of-anyone")) is None
