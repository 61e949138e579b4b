"""Requests, and ways to get them answered by a scripted server, for the tests of providers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from scripted_server import ScriptedServer
from tenacity import wait_none

from harness.claims import load_schema
from harness.claims.response import response_format
from harness.providers.exchange import Exchange
from harness.providers.interface import Provider
from harness.providers.lane import Lane
from harness.records import Article, Bounds, Reply, Request, Unit
from harness.settings import ModelSettings, ModelSpec

SCHEMA = load_schema()
MESSAGES = (
    {"role": "system", "content": "You extract claims."},
    {"role": "user", "content": "The article: Ann Lee said “Enough” in Ruritania."},
)
GOOD: dict[str, list[dict[str, Any]]] = {
    "actors": [{"name": "Ann Lee", "kind": "person", "role": None}],
    "quotes": [{"text": "Enough", "speaker": "Ann Lee"}],
}
CLAIMS = {
    "actors": [{"name": "Ann Lee", "kind": "person"}],
    "quotes": [{"text": "Enough", "speaker": "Ann Lee"}],
}
"""`GOOD` as it comes back."""
ONE_BAD: dict[str, list[dict[str, Any]]] = {
    "actors": [*GOOD["actors"], {"name": "Ruritania", "kind": "planet", "role": None}],
    "quotes": GOOD["quotes"],
}
"""A reply with a single bad item."""
MODES = ("tools", "json_schema", "json", "md_json")


def make_request(
    mode: str = "json_schema",
    *,
    claim_types: Sequence[str] = ("actors", "quotes"),
    bounds: Bounds = Bounds(50, 500),  # noqa: B008 - frozen
    **parameters: Any,  # noqa: ANN401
) -> Request:
    """A request for claims of an invented article."""
    return Request(
        key="key",
        unit=Unit("mine", "direct", "v1", "a"),
        article=Article("a", "Ann Lee said “Enough” in Ruritania."),
        response=response_format(SCHEMA, claim_types, bounds),
        messages=MESSAGES,
        parameters={"mode": mode, **parameters},
    )


def spec(provider: str = "openai", name: str = "test-model", **settings: Any) -> ModelSpec:  # noqa: ANN401
    """A model of the settings."""
    return ModelSpec("mine", provider, name, ModelSettings(**settings))


def exchange(server: ScriptedServer | str, key: str | None = None, **settings: Any) -> Exchange:  # noqa: ANN401
    """An exchange with a server, or with an address, that waits only where the server says so."""
    url = server if isinstance(server, str) else server.base_url
    model = spec(**settings)
    lane = Lane(model.id, model.settings, lambda: None)
    return Exchange(model, model.settings, lane, base_url=url, api_key=key, backoff=wait_none())


def ask(asker: Exchange | Provider, *requests: Request) -> list[Reply]:
    """Ask one after the other, and close."""

    async def all_of_them() -> list[Reply]:
        try:
            return [await asker.ask(request) for request in requests]
        finally:
            await asker.close()

    return asyncio.run(all_of_them())


def asked(
    server: ScriptedServer | str,
    request: Request | None = None,
    key: str | None = None,
    **settings: Any,  # noqa: ANN401
) -> Reply:
    """The reply to one request."""
    return ask(exchange(server, key, **settings), request or make_request())[0]


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so in the server's thread."""
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it has not come to be so within ten seconds")


def outcomes(reply: Reply) -> list[str]:
    """The outcome of each attempt."""
    return [attempt.outcome for attempt in reply.attempts]


def compact(value: object) -> str:
    """JSON in a line."""
    return json.dumps(value, ensure_ascii=False)
