"""The input of a batch: each request a line that OpenAI's Batch API and vLLM's run-batch read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from harness.errors import ConfigurationError
from harness.providers.hosted import OWN_MODES, HostedProvider
from harness.providers.interface import Provider
from harness.records import Request

if TYPE_CHECKING:
    from harness.providers.exchange import Exchange

__all__ = ["ENDPOINT", "check_batchable", "check_mode", "exchange_of", "input_line"]

ENDPOINT: Final = "/v1/chat/completions"


def check_batchable(provider: Provider) -> HostedProvider:
    """The provider, if its model can be asked in a batch.

    Raises
    ------
    ConfigurationError
        If it is not asked by OpenAI's protocol.
    """
    if isinstance(provider, HostedProvider) and provider.model.provider == "openai":
        return provider
    raise ConfigurationError(
        f"model {provider.model.id!r} cannot be asked in a batch: only openai/... and models with "
        "a base_url in the settings can; choose with -m"
    )


def check_mode(provider: Provider, parameters: Mapping[str, Any]) -> None:
    """Raise `ConfigurationError` if requests with these parameters cannot stand in a batch."""
    mode = str(parameters.get("mode", ""))
    if mode.lower() not in OWN_MODES:
        raise ConfigurationError(
            f"model {provider.model.id!r}: requests in mode {mode!r} cannot be asked in a batch; "
            f"there are {', '.join(sorted(OWN_MODES))}"
        )


def exchange_of(provider: HostedProvider) -> Exchange:
    """What turns the model's requests into bodies, and the bodies of answers into replies."""
    from harness.providers.exchange import Exchange  # noqa: PLC0415 - imports openai

    return Exchange(
        provider.model,
        provider.settings,
        provider.lane,
        base_url=provider.base_url,
        api_key=provider.api_key,
    )


def input_line(exchange: Exchange, request: Request) -> bytes:
    """A request as a line, which ends with a line break."""
    _, body = exchange.body_of(request)
    line = {"custom_id": request.key, "method": "POST", "url": ENDPOINT, "body": body}
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"
