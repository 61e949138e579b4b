"""Requests and replies over real HTTP: bodies, modes, re-asks, what is kept of bad replies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from asking import (
    CLAIMS,
    GOOD,
    MESSAGES,
    MODES,
    ONE_BAD,
    ask,
    asked,
    compact,
    exchange,
    make_request,
    outcomes,
)
from pydantic import BaseModel, Field, create_model
from scripted_server import Reply as Answer
from scripted_server import ScriptedServer, claims, error, refusal, text, tool_call

from harness.claims import ClaimSchema, Compare
from harness.claims.response import response_format
from harness.journal import Journal
from harness.records import Bounds


def test_tools_mode_sends_the_bounded_schema_as_a_forced_function() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        reply = asked(server, make_request("tools"))
    body = server.requests[0].body
    [tool] = body["tools"]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "Claims"}}
    assert tool["function"]["name"] == "Claims"
    check_schema(tool["function"]["parameters"])
    assert body["messages"] == list(MESSAGES)
    assert "response_format" not in body
    assert reply.claims == CLAIMS


def test_json_schema_mode_sends_the_bounded_schema_as_response_format() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        reply = asked(server, make_request("json_schema"))
    body = server.requests[0].body
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["name"] == "Claims"
    check_schema(body["response_format"]["json_schema"]["schema"])
    assert body["messages"] == list(MESSAGES)
    assert "tools" not in body
    assert reply.claims == CLAIMS


@pytest.mark.parametrize("mode", ["json", "md_json"])
def test_json_modes_send_the_bounded_schema_in_the_prompt(mode: str) -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD, fenced=mode == "md_json"))
        reply = asked(server, make_request(mode))
    body = server.requests[0].body
    system = body["messages"][0]["content"]
    assert system.startswith("You extract claims.")
    check_schema(json.JSONDecoder().raw_decode(system[system.index("{") :])[0])
    assert (body.get("response_format") == {"type": "json_object"}) == (mode == "json")
    assert "tools" not in body
    assert reply.claims == CLAIMS


def check_schema(schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(schema["required"]) == {"actors", "quotes"}
    assert schema["additionalProperties"] is False
    assert schema["properties"]["actors"]["maxItems"] == 50
    actor = schema["$defs"]["Actor"]
    assert actor["additionalProperties"] is False
    assert actor["properties"]["name"]["maxLength"] == 500
    assert "evidence" not in actor["properties"]
    assert set(actor["required"]) == set(actor["properties"])


@pytest.mark.parametrize("mode", MODES)
def test_a_reply_is_ready_for_the_journal(mode: str, tmp_path: Path) -> None:
    request = make_request(mode)
    with ScriptedServer() as server:
        server.script(claims(GOOD, usage=(120, 30)))
        reply = asked(server, request)
    [attempt] = reply.attempts
    assert (attempt.outcome, attempt.input_tokens, attempt.output_tokens) == ("ok", 120, 30)
    assert 0 < attempt.latency_s < 5
    assert json.loads(reply.raw) == GOOD
    assert (reply.finish_reason, reply.reasks, reply.failure) == ("stop", 0, None)
    journal = Journal(tmp_path)
    journal.append(request.key, request.unit, request.response.claim_types, reply)
    assert Journal(tmp_path).find(request.key, request.unit) == reply


def test_zero_is_a_value_and_is_sent() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        asked(server, make_request(temperature=0, seed=0, top_p=1))
    body = server.requests[0].body
    assert (body["temperature"], body["seed"], body["top_p"]) == (0, 0, 1)


def test_parameters_that_only_some_servers_know_are_sent_too() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        request = make_request(min_p=0.1, extra_body={"repeat_penalty": 1.1}, max_tokens=9)
        asked(server, request)
    body = server.requests[0].body
    assert (body["min_p"], body["repeat_penalty"], body["max_tokens"]) == (0.1, 1.1, 9)
    assert not {"mode", "extra_body", "stream"} & set(body)


def test_a_prompt_cannot_turn_the_request_into_another_one() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        reply = asked(server, make_request(stream=True, model="other", messages=[]))
    body = server.requests[0].body
    assert body["model"] == "test-model"
    assert body["messages"] == list(MESSAGES)
    assert reply.claims == CLAIMS


@pytest.mark.parametrize("mode", MODES)
def test_invalid_output_is_asked_for_again_in_instructors_words(mode: str) -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD, usage=(10, 1)), claims(GOOD, usage=(20, 2)))
        reply = asked(server, make_request(mode))
    first, second = (request.body["messages"] for request in server.requests)
    added = second[len(first) :]
    assert [message["role"] for message in added] == [
        "assistant",
        "tool" if mode == "tools" else "user",
    ]
    assert "planet" in compact(added[0])
    assert "kind" in added[1]["content"]
    assert ("Validation Error" if mode == "tools" else "Correct your JSON") in added[1]["content"]
    assert reply.claims == CLAIMS
    assert (reply.reasks, reply.failure, outcomes(reply)) == (1, None, ["invalid", "ok"])
    assert [(each.input_tokens, each.output_tokens) for each in reply.attempts] == [
        (10, 1),
        (20, 2),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_after_the_last_attempt_the_good_items_are_kept(mode: str) -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims(ONE_BAD))
        reply = asked(server, make_request(mode), max_reasks=1)
    assert reply.claims == CLAIMS
    assert reply.failure is None
    assert (reply.reasks, outcomes(reply)) == (1, ["invalid", "invalid"])
    [item] = reply.invalid_items
    assert item.claim_type == "actors"
    assert item.item == ONE_BAD["actors"][1]
    assert item.message.startswith("kind: Input should be 'person'")
    assert json.loads(reply.raw) == ONE_BAD


def test_no_reask_is_sent_where_none_is_allowed() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD))
        reply = asked(server, max_reasks=0)
    assert (reply.reasks, len(server.requests), len(reply.invalid_items)) == (0, 1, 1)


def test_a_worse_second_reply_does_not_lose_the_good_items_of_the_first() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD), text("I cannot."))
        reply = asked(server, max_reasks=1)
    assert reply.claims == CLAIMS
    assert json.loads(reply.raw) == ONE_BAD
    assert len(reply.invalid_items) == 1


def test_a_reask_that_is_refused_as_too_long_keeps_what_was_said_before() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD), error(400, "context too long"))
        reply = asked(server)
    assert reply.claims == CLAIMS
    assert (reply.failure, outcomes(reply)) == (None, ["invalid", "rejected"])


def test_a_reask_that_is_lost_on_the_way_is_a_failure_that_the_next_run_repairs() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD), error(500))
        reply = asked(server, max_attempts=1)
    assert reply.failure is not None
    assert (reply.failure.reason, reply.claims) == ("server", {})
    assert json.loads(reply.raw) == ONE_BAD
    assert reply.reasks == 1


@pytest.mark.parametrize("mode", ["json_schema", "json", "md_json"])
def test_prose_around_the_json_is_read_with_a_warning_or_by_the_mode(mode: str) -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: text(f"Here you are: {compact(GOOD)} Anything else?"))
        reply = asked(server, make_request(mode), max_reasks=1)
    assert reply.claims == CLAIMS
    if mode == "md_json":
        assert (reply.reasks, reply.warnings) == (0, ())
    else:
        assert reply.reasks == 1
        assert reply.warnings == ("the reply had text around its JSON, which was left out",)


def test_a_model_that_writes_instead_of_calling_the_tool_is_asked_again() -> None:
    with ScriptedServer() as server:
        server.script(text("Let me think."), claims(GOOD))
        reply = asked(server, make_request("tools"))
    assert server.requests[1].body["messages"][-1]["role"] == "user"
    assert (reply.claims, reply.reasks) == (CLAIMS, 1)


def test_fields_and_lists_that_were_not_asked_for_are_left_out() -> None:
    more = {"actors": [{**GOOD["actors"][0], "age": 4}], "quotes": GOOD["quotes"], "dates": [1]}
    with ScriptedServer() as server:
        server.script(claims(more))
        assert asked(server).claims == CLAIMS


@pytest.mark.parametrize("item", [7, None, "Ann", [], {"name": 5, "kind": "person"}, float("nan")])
def test_an_item_of_a_wrong_type_is_an_invalid_item(item: object) -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims({"actors": [item], "quotes": GOOD["quotes"]}))
        reply = asked(server, max_reasks=0)
    assert reply.claims == {"actors": [], "quotes": CLAIMS["quotes"]}
    assert [each.claim_type for each in reply.invalid_items] == ["actors"]
    assert "NaN" not in json.dumps([each.item for each in reply.invalid_items]).replace('"NaN"', "")


@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_is_not_asked_again(mode: str) -> None:
    with ScriptedServer() as server:
        server.script(refusal("I cannot help with that."))
        reply = asked(server, make_request(mode))
    assert reply.failure is not None
    assert (reply.failure.reason, reply.failure.message) == ("refused", "I cannot help with that.")
    assert outcomes(reply) == ["refused"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("length", "truncated"), ("content_filter", "content_filter")]
)
def test_a_reply_that_was_stopped_is_not_asked_again(
    mode: str, finish_reason: str, reason: str
) -> None:
    with ScriptedServer() as server:
        server.script(claims(compact(GOOD)[:60], finish_reason=finish_reason))
        reply = asked(server, make_request(mode))
    assert reply.failure is not None
    assert (reply.failure.reason, outcomes(reply)) == (reason, [reason])
    assert (reply.finish_reason, reply.raw) == (finish_reason, compact(GOOD)[:60])


def test_lists_and_strings_beyond_the_bounds_are_cut_with_a_warning() -> None:
    many = {"actors": GOOD["actors"] * 5, "quotes": [{"text": "x" * 99, "speaker": None}]}
    with ScriptedServer() as server:
        server.script(claims(many))
        reply = asked(server, make_request(bounds=Bounds(3, 20)))
    assert len(reply.claims["actors"]) == 3
    assert reply.claims["quotes"] == [{"text": "x" * 20}]
    assert reply.warnings == (
        "actors: 5 items cut to 3",
        "quotes.text: 99 characters cut to 20",
    )
    assert reply.reasks == 0


def test_only_the_first_tool_call_is_read_even_where_others_are_malformed() -> None:
    def two_calls(body: dict[str, Any]) -> bytes:
        completion = json.loads(tool_call("Claims", compact(GOOD)).payload(body))
        calls = completion["choices"][0]["message"]["tool_calls"]
        calls.extend([{"type": "custom", "custom": {"input": "x"}}, 7, None])
        return json.dumps(completion).encode()

    with ScriptedServer() as server:
        server.script(Answer(two_calls))
        assert asked(server, make_request("tools")).claims == CLAIMS


def test_a_field_that_json_calls_by_another_name_comes_back() -> None:
    class Move(BaseModel):
        """Somebody moves."""

        origin: Annotated[str, Compare("text", anchor=True), Field(alias="from")]

    schema = ClaimSchema.from_class(create_model("Moves", moves=(list[Move], ...)))
    response = response_format(schema, ("moves",), Bounds(5, 50))
    with ScriptedServer() as server:
        server.script(claims({"moves": [{"from": "Ruritania"}]}))
        reply = asked(server, replace(make_request(), response=response))
    assert (reply.claims, reply.reasks) == ({"moves": [{"origin": "Ruritania"}]}, 0)


@pytest.mark.parametrize("mode", MODES)
def test_each_request_of_an_exchange_has_its_own_messages_and_schema(mode: str) -> None:
    first, second = make_request(mode), make_request(mode, claim_types=("quotes",))
    second = replace(second, messages=[{"role": "user", "content": "Another article."}])
    with ScriptedServer() as server:
        server.script(claims(GOOD), claims({"quotes": []}), claims(GOOD))
        ask(exchange(server), first, second, first)
    one, two, three = (compact(request.body) for request in server.requests)
    assert one == three
    assert "Actor" in one
    assert "Actor" not in two
    assert "Another article." in two
    assert "Ann Lee" not in two


def test_requests_do_not_share_what_a_reask_adds() -> None:
    request = make_request("tools")
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD), claims(GOOD), claims(GOOD))
        ask(exchange(server), request, request)
    assert [len(each.body["messages"]) for each in server.requests] == [2, 4, 2]
    assert request.messages == MESSAGES


def test_a_re_ask_that_a_stop_forbids_is_left_to_the_next_run_with_what_was_paid() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD, usage=(10, 1)), error(401, "the key has expired"))
        reply = asked(server)
    assert reply.failure is not None
    assert reply.failure.reason == "stopped"
    assert "does not accept the key" in reply.failure.message
    assert [(each.outcome, each.input_tokens) for each in reply.attempts] == [
        ("invalid", 10),
        ("rejected", None),
    ]
    assert (reply.claims, reply.reasks) == ({}, 0)
    assert reply.raw


@pytest.mark.parametrize("mode", MODES)
def test_what_is_sent_is_the_body_of_the_request_whatever_was_sent_before(mode: str) -> None:
    extra = {"top_k": 3, "temperature": 1}
    requests = [
        make_request(mode, temperature=0, max_tokens=9, extra_body=extra),
        make_request(mode, temperature=0, max_tokens=9, extra_body=extra),
        make_request(mode, claim_types=("actors",), seed=7),
    ]
    # One form may be asked with other parameters too.
    requests.append(replace(requests[0], parameters={"mode": mode, "seed": 8}))
    with ScriptedServer() as server:
        server.script(*[claims(GOOD)] * len(requests))
        asker = exchange(server)
        ask(asker, *requests)
    sent = [request.body for request in server.requests]
    assert sent == [exchange(server).body_of(request)[1] for request in requests]
    assert [body.get("seed") for body in sent] == [None, None, 7, 8]
    assert sent[0]["temperature"] == 1


def test_no_server_is_told_what_machine_asks() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        asked(server)
    names = {name.lower() for name in server.requests[0].headers}
    assert {"authorization", "content-type"} <= names
    assert not [name for name in names if name.startswith("x-stainless")]
