"""Hosted models: address, key and mode from settings and environment, and what is sent where."""

from __future__ import annotations

import traceback

import pytest
from asking import CLAIMS, GOOD, MODES, SCHEMA, ask, make_request, spec
from scripted_server import Reply as Answer
from scripted_server import ScriptedServer, claims, error

from harness.errors import CellStopped, ConfigurationError
from harness.providers.hosted import HostedProvider
from harness.providers.interface import Provider
from harness.records import Reply
from harness.settings import ModelSettings, Settings, resolve_model

SECRET = "sk-openai-0123456789abcdef"
OWN = "sk-own-0123456789abcdef"
UNSET = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
    *("OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY", "OLLAMA_HOST", "OLLAMA_BASE_URL"),
    *("OWN_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"),
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address and no key but those that a test sets."""
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)


def ask_with(provider: Provider, **parameters: object) -> Reply:
    provider.check(SCHEMA)
    parameters = {**provider.parameters, **parameters}
    return ask(provider, make_request(str(parameters.pop("mode")), **parameters))[0]


def refusal_of(provider: Provider) -> str:
    with pytest.raises(ConfigurationError) as caught:
        provider.check(SCHEMA)
    return str(caught.value)


@pytest.mark.parametrize("mode", MODES)
def test_a_server_of_the_settings_is_asked_in_its_mode(mode: str) -> None:
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        settings = Settings(
            models={"mine": ModelSettings(model="org/m", base_url=server.base_url, mode=mode)}
        )
        reply = ask_with(HostedProvider(resolve_model("mine", settings)))
    assert reply.claims == CLAIMS
    assert server.requests[0].body["model"] == "org/m"
    assert server.requests[0].path == "/v1/chat/completions"


def test_openai_is_asked_at_the_address_and_with_the_key_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        server.script(claims(GOOD))
        reply = ask_with(HostedProvider(resolve_model("openai/gpt-5-mini", Settings())))
    assert reply.claims == CLAIMS
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert server.requests[0].body["model"] == "gpt-5-mini"
    assert "tools" in server.requests[0].body


@pytest.mark.parametrize("mode", ["json_schema", "tools_strict"])
def test_nothing_of_the_openai_account_goes_to_another_server(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ADMIN_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ORG_ID", f"org-{SECRET}")
    monkeypatch.setenv("OPENAI_PROJECT_ID", f"proj-{SECRET}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Gate: {SECRET}\nAuthorization: {SECRET}")
    with ScriptedServer() as server:
        server.script(claims(GOOD), claims(GOOD))
        ask_with(HostedProvider(spec(base_url=server.base_url, mode=mode)))
        monkeypatch.setenv("OLLAMA_BASE_URL", server.base_url)
        ask_with(HostedProvider(spec("ollama", mode=mode)))
    for request in server.requests:
        assert SECRET not in repr(request)
        assert request.headers["authorization"] == "Bearer none"


def test_a_server_of_the_settings_gets_the_key_that_is_named_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"Authorization: {SECRET}")
    monkeypatch.setenv("OWN_KEY", OWN)
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        ask_with(HostedProvider(spec(base_url=server.base_url, api_key_env="OWN_KEY")))
    assert server.requests[0].headers["authorization"] == f"Bearer {OWN}"


def test_a_redirect_to_another_server_does_not_take_the_key_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OWN_KEY", OWN)
    with ScriptedServer() as there, ScriptedServer() as here:
        location = f"{there.base_url}/chat/completions"
        here.script(Answer(lambda _: b"", 307, headers={"Location": location}))
        there.answer(lambda _: claims(GOOD))
        ask_with(HostedProvider(spec(base_url=here.base_url, api_key_env="OWN_KEY")))
    assert here.requests[0].headers["authorization"] == f"Bearer {OWN}"
    assert OWN not in repr(there.requests)


def test_a_missing_key_is_found_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = HostedProvider(resolve_model("openai/gpt-5-mini", Settings()))
    assert "set the environment variable OPENAI_API_KEY" in refusal_of(needs)
    named = HostedProvider(spec(base_url="http://127.0.0.1:1/v1", api_key_env="OWN_KEY"))
    assert "set the environment variable OWN_KEY" in refusal_of(named)
    monkeypatch.setenv("OWN_KEY", "")
    assert "OWN_KEY" in refusal_of(named)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    needs.check(SCHEMA)


@pytest.mark.parametrize("key", ["sk-a\n", "sk-a\r\nX-Evil: 1", "sk a", "sk-ä", "\tsk", "sk-\x7f"])
def test_a_key_that_cannot_be_sent_is_named_but_not_shown(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OWN_KEY", key)
    provider = HostedProvider(spec(base_url="http://127.0.0.1:1/v1", api_key_env="OWN_KEY"))
    message = refusal_of(provider)
    assert "'mine'" in message
    assert "OWN_KEY" in message
    assert key.strip() not in message
    with pytest.raises(CellStopped, match="OWN_KEY"):
        ask(provider, make_request())


@pytest.mark.parametrize(
    "address",
    [
        "http://user:hunter2@127.0.0.1:1/v1",
        "https://hunter2@server/v1",
        "http://:hunter2@server/v1",
        "http://user:hunter2@server:port/v1",
        "user:hunter2@server/v1",
        "http://server/v1?key=hunter2",
        "http://server/v1#hunter2",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    for provider in (
        HostedProvider(spec(base_url=address)),
        HostedProvider(resolve_model("openai/m", Settings())),
    ):
        assert "hunter2" not in refusal_of(provider)
        with pytest.raises(CellStopped) as caught:
            ask(provider, make_request())
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
        assert "hunter2" not in repr(provider.parameters)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000/v1", "ftp://server/v1", "http://", "http://a b/v1", "http://h:x/"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    message = refusal_of(HostedProvider(spec(base_url=address)))
    assert message == (
        f"model 'mine': its base_url {address!r} is no address; write http://host:port/v1"
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://localhost:11434/v1"),
        ("box", "http://box:11434/v1"),
        ("box:99", "http://box:99/v1"),
        (":99", "http://127.0.0.1:99/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:99", "http://127.0.0.1:99/v1"),
        ("http://box:99", "http://box:99/v1"),
        ("http://box:99/", "http://box:99/v1"),
        ("http://box", "http://box/v1"),
        ("https://box", "https://box/v1"),
        ("https://box/ollama/v1/", "https://box/ollama/v1"),
        ("::1", "http://[::1]:11434/v1"),
        ("[::1]:99", "http://[::1]:99/v1"),
        ('"box:99"', "http://box:99/v1"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(
    monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    provider = HostedProvider(spec("ollama"))
    assert provider.base_url == address
    provider.check(SCHEMA)


def test_ollama_is_asked_where_its_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims(GOOD))
        root = server.base_url.removesuffix("/v1")
        monkeypatch.setenv("OLLAMA_HOST", root.removeprefix("http://"))
        assert ask_with(HostedProvider(spec("ollama", "llama3.2"))).claims == CLAIMS
        monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
        monkeypatch.setenv("OLLAMA_BASE_URL", root)
        assert ask_with(HostedProvider(spec("ollama", "llama3.2"))).claims == CLAIMS
    assert "response_format" in server.requests[0].body


def test_max_tokens_has_another_name_at_openai_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.providers.exchange import Exchange
    from harness.providers.lane import Lane

    def body(base_url: str | None) -> dict[str, object]:
        settings = ModelSettings()
        lane = Lane("mine", settings, lambda: None)
        exchange = Exchange(spec(), settings, lane, base_url=base_url, api_key="k")
        return exchange.body_of(make_request(max_tokens=9))[1]

    for own in (None, "https://api.openai.com/v1", "https://eu.api.openai.com/v1"):
        assert body(own)["max_completion_tokens"] == 9
        assert "max_tokens" not in body(own)
    for other in ("http://127.0.0.1:1/v1", "https://api.openai.com.example.org/v1"):
        assert body(other)["max_tokens"] == 9
        assert "max_completion_tokens" not in body(other)


def test_the_parameters_do_not_depend_on_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = HostedProvider(spec(max_tokens=9, temperature=0, seed=0))
    before = provider.parameters
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert provider.parameters == before
    assert before == {"mode": "tools", "temperature": 0, "seed": 0, "max_tokens": 9}


def test_a_server_on_this_computer_is_not_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with ScriptedServer() as server:
        server.script(claims(GOOD))
        assert ask_with(HostedProvider(spec(base_url=server.base_url))).claims == CLAIMS


def test_an_unknown_mode_is_refused_with_those_there_are() -> None:
    message = refusal_of(HostedProvider(spec(base_url="http://127.0.0.1:1/v1", mode="grammar")))
    assert "there is no mode 'grammar'" in message
    assert "tools, json_schema, json and md_json" in message
    assert "responses_tools" in message


def test_an_unknown_mode_from_a_prompt_stops_the_model() -> None:
    provider = HostedProvider(spec(base_url="http://127.0.0.1:1/v1"))
    with pytest.raises(CellStopped, match="there is no mode 'grammar'"):
        ask(provider, make_request("grammar"))


@pytest.mark.parametrize("mode", ["parallel_tools", "anthropic_tools"])
def test_a_mode_that_does_not_suit_is_refused(mode: str) -> None:
    provider = HostedProvider(spec(base_url="http://127.0.0.1:1/v1", mode=mode))
    assert "'mine'" in refusal_of(provider)


def test_another_mode_is_left_to_instructor() -> None:
    with ScriptedServer() as server:
        server.script(claims({"actors": "none"}), claims(GOOD))
        reply = ask_with(HostedProvider(spec(base_url=server.base_url, mode="TOOLS_STRICT")))
    assert reply.claims == CLAIMS
    assert (reply.reasks, [each.outcome for each in reply.attempts]) == (1, ["invalid", "ok"])
    assert len(server.requests) == 2


def test_the_responses_protocol_is_spoken_where_its_mode_is_set() -> None:
    with ScriptedServer() as server, pytest.raises(CellStopped, match="POST /v1/responses"):
        ask_with(HostedProvider(spec(base_url=server.base_url, mode="responses_tools")))


def test_a_provider_can_be_asked_again_after_it_was_closed() -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims(GOOD))
        provider = HostedProvider(spec(base_url=server.base_url))
        assert ask(provider, make_request())[0].claims == CLAIMS
        assert ask(provider, make_request())[0].claims == CLAIMS


def test_every_request_is_counted_once() -> None:
    """The client does no retries of its own beside those that are recorded."""
    with ScriptedServer() as server:
        server.script(*(error(500, headers={"Retry-After": "0"}) for _ in range(4)), claims(GOOD))
        reply = ask_with(HostedProvider(spec(base_url=server.base_url, max_attempts=5)))
    assert len(server.requests) == len(reply.attempts) == 5
