"""Providers that are left to instructor: what is missing, and the whole way through its loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from dataclasses import replace
from typing import Annotated

import pytest
from asking import CLAIMS, GOOD, ONE_BAD, SCHEMA, ask, make_request, spec, until
from pydantic import BaseModel, create_model
from scripted_server import ScriptedServer, claims, error, hang, refusal, reset, text

from harness.claims import ClaimSchema, Compare
from harness.claims.response import response_format
from harness.errors import CellStopped, ConfigurationError
from harness.providers.instructed import InstructedProvider
from harness.records import Bounds, Reply

KEY = "sk-deep-0123456789abcdef"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for some services, and none for the others."""
    for name in ("DEEPSEEK_API_KEY", "OPENROUTER_API_KEY", "TOGETHER_API_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.delenv("PERPLEXITY_API_KEY", raising=False)


def deepseek(server: ScriptedServer, **settings: object) -> InstructedProvider:
    model = spec(
        "deepseek",
        "deepseek-chat",
        base_url=server.base_url,
        api_key_env="DEEPSEEK_API_KEY",
        **{"max_attempts": 1, **settings},
    )
    return InstructedProvider(model)


def asked(server: ScriptedServer, mode: str | None = None, **settings: object) -> Reply:
    provider = deepseek(server, **settings, **({"mode": mode} if mode else {}))
    provider.check(SCHEMA)
    return ask(provider, make_request(mode or "tools"))[0]


@pytest.mark.parametrize(
    ("provider", "package"),
    [
        ("anthropic", "anthropic"),
        ("google", "google-genai"),
        ("mistral", "mistralai"),
        ("cohere", "cohere"),
        ("litellm", "litellm"),
    ],
)
def test_a_missing_sdk_is_named_with_how_to_install_it(provider: str, package: str) -> None:
    pytest.importorskip("instructor")
    from importlib.util import find_spec

    module = {"google-genai": "google.genai"}.get(package, package)
    if find_spec(module.partition(".")[0]) is not None:
        pytest.skip(f"{package} is installed")
    with pytest.raises(ConfigurationError) as caught:
        InstructedProvider(spec(provider)).check(SCHEMA)
    assert "model 'mine' cannot be asked" in str(caught.value)
    assert f"pip install {package}" in str(caught.value)


def test_an_unknown_provider_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"nonsense.*Supported providers.*'openai'"):
        InstructedProvider(spec("nonsense")).check(SCHEMA)


def test_a_missing_key_names_its_variable() -> None:
    with pytest.raises(ConfigurationError, match="PERPLEXITY_API_KEY is not set"):
        InstructedProvider(spec("perplexity")).check(SCHEMA)
    with pytest.raises(ConfigurationError, match="set the environment variable NO_SUCH_KEY"):
        InstructedProvider(spec("deepseek", api_key_env="NO_SUCH_KEY")).check(SCHEMA)


def test_an_unknown_mode_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no mode 'grammar'.*json_schema"):
        InstructedProvider(spec("deepseek", mode="grammar")).check(SCHEMA)


def test_an_sdk_that_repeats_the_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError(f"strange key {KEY}")

    monkeypatch.setattr("instructor.from_provider", refuse)
    with pytest.raises(ConfigurationError) as caught:
        InstructedProvider(spec("deepseek")).check(SCHEMA)
    assert "strange key ***" in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_instructor_prints_nothing_of_its_own() -> None:
    script = (
        "from asking import *\n"
        "from harness.providers.instructed import InstructedProvider\n"
        "from harness.errors import HarnessError\n"
        "for provider in ('nonsense', 'perplexity', 'anthropic'):\n"
        "    try:\n"
        "        InstructedProvider(spec(provider)).check(SCHEMA)\n"
        "    except HarnessError:\n"
        "        pass\n"
        "with ScriptedServer() as server:\n"
        "    from scripted_server import error\n"
        "    server.answer(lambda _: error(400))\n"
        "    model = spec('deepseek', base_url=server.base_url)\n"
        "    assert ask(InstructedProvider(model), make_request('tools'))[0].failure\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("provider", ["deepseek", "openrouter", "together"])
@pytest.mark.parametrize("mode", [None, "tools", "md_json"])
def test_the_pass_through_reaches_the_server_and_back(provider: str, mode: str | None) -> None:
    variable = f"{provider.upper()}_API_KEY"
    with ScriptedServer() as server:
        server.script(claims(GOOD, usage=(10, 3), fenced=mode == "md_json"))
        settings = {"mode": mode} if mode else {}
        model = spec(provider, base_url=server.base_url, api_key_env=variable, **settings)
        asker = InstructedProvider(model)
        asker.check(SCHEMA)
        [reply] = ask(asker, make_request(mode or "tools", temperature=0, max_tokens=9))
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert (request.body["model"], request.body["temperature"]) == ("test-model", 0)
    assert ("tools" in request.body) == (mode != "md_json")
    assert reply.claims == CLAIMS
    [attempt] = reply.attempts
    assert (attempt.outcome, attempt.input_tokens, attempt.output_tokens) == ("ok", 10, 3)
    assert 0 < attempt.latency_s < 5
    assert (reply.finish_reason, reply.reasks, reply.failure) == ("stop", 0, None)
    assert "Ann Lee" in reply.raw


def test_the_schema_that_is_sent_has_the_bounds_and_stays_as_it_is() -> None:
    request = make_request("tools")
    before = repr(request.response.json_schema)
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        ask(deepseek(server), request)
    parameters = server.requests[0].body["tools"][0]["function"]["parameters"]
    assert parameters["properties"]["actors"]["maxItems"] == 50
    assert repr(request.response.json_schema) == before


def test_the_key_of_a_service_is_not_sent_to_another_server() -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        ask(InstructedProvider(spec("deepseek", base_url=server.base_url)), make_request("tools"))
    assert KEY not in repr(server.requests)


def test_values_are_read_as_leniently_as_those_of_a_hosted_model() -> None:
    class Count(BaseModel):
        """A number of something."""

        number: Annotated[int, Compare("category", anchor=True)]

    schema = ClaimSchema.from_class(create_model("Counts", counts=(list[Count], ...)))
    response = response_format(schema, ("counts",), Bounds(5, 50))
    with ScriptedServer() as server:
        server.script(claims({"counts": [{"number": "7"}]}))
        [reply] = ask(deepseek(server), replace(make_request("tools"), response=response))
    assert (reply.claims, reply.reasks) == ({"counts": [{"number": 7}]}, 0)


def test_invalid_output_is_asked_again_and_every_attempt_is_kept() -> None:
    with ScriptedServer() as server:
        server.script(claims(ONE_BAD, usage=(10, 1)), claims(GOOD, usage=(20, 2)))
        reply = asked(server)
    assert "Validation Error" in server.requests[1].body["messages"][-1]["content"]
    assert (reply.claims, reply.reasks) == (CLAIMS, 1)
    assert [(each.outcome, each.input_tokens) for each in reply.attempts] == [
        ("invalid", 10),
        ("ok", 20),
    ]


def test_after_the_last_attempt_the_good_items_are_kept() -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims(ONE_BAD))
        reply = asked(server, max_reasks=1)
    assert (reply.claims, reply.failure, reply.reasks) == (CLAIMS, None, 1)
    assert [each.item for each in reply.invalid_items] == [ONE_BAD["actors"][1]]
    assert len(server.requests) == 2


def test_output_that_cannot_be_read_fails_with_its_text() -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: text("I would rather not."))
        reply = asked(server, max_reasks=1)
    assert reply.failure is not None
    assert (reply.failure.reason, reply.raw) == ("invalid", "I would rather not.")
    assert [each.outcome for each in reply.attempts] == ["invalid", "invalid"]
    assert len(reply.failure.message) <= 301


@pytest.mark.parametrize("mode", ["tools", "md_json"])
def test_other_ends_of_a_reply_have_their_own_reasons(mode: str) -> None:
    script = {
        "refused": refusal("I will not."),
        "truncated": claims('{"actors": [', finish_reason="length"),
        "empty": text(""),
    }
    for reason, reply_of_server in script.items():
        with ScriptedServer() as server:
            server.answer(lambda _, answer=reply_of_server: answer)  # type: ignore[misc]
            reply = asked(server, mode, max_reasks=1)
        assert reply.failure is not None
        assert reply.failure.reason == reason


@pytest.mark.parametrize(
    ("status", "reason"), [(400, "rejected"), (422, "rejected"), (429, "rate_limited")]
)
def test_a_fault_of_the_way_is_a_failure_of_the_request(status: int, reason: str) -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: error(status, f"no, {KEY}"))
        reply = asked(server)
    assert reply.failure is not None
    assert (reply.failure.reason, reply.failure.message) == (reason, f"HTTP {status}: no, ***")
    assert [each.outcome for each in reply.attempts] == [reason]
    assert reply.reasks == 0


def test_faults_of_the_way_are_tried_again_as_often_as_the_settings_say() -> None:
    again = {"retry-after-ms": "10"}
    with ScriptedServer() as server:
        server.script(error(429, headers=again), error(500, headers=again), claims(GOOD))
        reply = asked(server, max_attempts=3)
    assert reply.claims == CLAIMS
    assert len(server.requests) == 3


def test_a_lost_connection_and_a_silent_server_are_told_apart() -> None:
    for fault, reason in ((reset(), "unreachable"), (hang(30), "timeout")):
        with ScriptedServer() as server:
            server.script(fault)
            reply = asked(server, timeout_s=0.4)
        assert reply.failure is not None
        assert reply.failure.reason == reason


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_asking_again_cannot_mend_stops_the_model_without_the_key(status: int) -> None:
    with ScriptedServer() as server:
        server.script(error(status, f"bad key {KEY}"))
        with pytest.raises(CellStopped) as caught:
            asked(server)
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert "model 'mine'" in str(caught.value)
    assert server.base_url in str(caught.value)
    assert caught.value.__context__ is None


def test_a_parameter_that_the_sdk_does_not_take_stops_the_model() -> None:
    with ScriptedServer() as server, pytest.raises(CellStopped, match=r"does not take.*min_p"):
        ask(deepseek(server), make_request("tools", min_p=0.1))


@pytest.mark.filterwarnings("error")
def test_closing_in_the_middle_of_a_request_leaves_nothing_open() -> None:
    async def cancel() -> None:
        provider = deepseek(server)
        asking = asyncio.create_task(provider.ask(make_request("tools")))
        await until(lambda: bool(server.requests))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await provider.close()

    with ScriptedServer() as server:
        server.answer(lambda _: claims(GOOD, delay_s=30))
        asyncio.run(cancel())
