"""OpenAI and every server that speaks its protocol: asked by openai's client and instructor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.claims import ClaimSchema
from harness.errors import ConfigurationError
from harness.providers.interface import Provider
from harness.records import Reply, Request
from harness.settings import ModelSpec

if TYPE_CHECKING:
    from harness.providers.exchange import Exchange

__all__ = ["HostedProvider"]


@dataclass(frozen=True, slots=True)
class _Service:
    """A service whose models are asked as ``name/model``."""

    mode: str
    base_url: str | None = None
    base_url_env: str | None = None
    api_key_env: str | None = None


_SERVICES: Mapping[str, _Service] = {
    "openai": _Service("tools", None, "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "ollama": _Service("json_schema", "http://localhost:11434/v1", "OLLAMA_BASE_URL"),
}
_OWN_MODE = "json_schema"
"""The mode of a server that the settings name: most know it, and it costs the fewest tokens."""


class HostedProvider(Provider):
    """A model behind an OpenAI-compatible endpoint.

    The key is read from the environment when it is needed and is held nowhere else. The key of
    one service is never sent to another: a server with a `base_url` of its own gets the key that
    its `api_key_env` names, or none.
    """

    def __init__(self, model: ModelSpec) -> None:
        super().__init__(model)
        self._service = _SERVICES[model.provider]
        self._exchange: Exchange | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent besides messages and schema, and instructor's mode."""
        parameters = super().parameters
        own_server = bool(self.settings.base_url)
        parameters.setdefault("mode", _OWN_MODE if own_server else self._service.mode)
        if self.model.provider == "openai" and not own_server and "max_tokens" in parameters:
            parameters["max_completion_tokens"] = parameters.pop("max_tokens")
        return parameters

    @property
    def base_url(self) -> str | None:
        """Where requests go; None is the service's own address."""
        service = self._service
        from_environment = os.environ.get(service.base_url_env or "") or None
        return self.settings.base_url or from_environment or service.base_url

    @property
    def _api_key_env(self) -> str | None:
        if self.settings.base_url:
            return self.settings.api_key_env
        return self.settings.api_key_env or self._service.api_key_env

    @property
    def api_key(self) -> str | None:
        """The key, from the environment; None where there is none."""
        return os.environ.get(self._api_key_env or "") or None

    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the key is missing."""
        name = self._api_key_env
        # A compatible server that takes OpenAI's place may need no key; OpenAI does.
        may_do_without = self.base_url is not None and not self.settings.api_key_env
        if name and not self.api_key and not may_do_without:
            raise ConfigurationError(
                f"model {self.model.id!r} needs a key: set the environment variable {name}"
            )

    async def ask(self, request: Request) -> Reply:
        """Ask over HTTP."""
        if self._exchange is None:
            from harness.providers.exchange import Exchange  # noqa: PLC0415 - imports openai

            self._exchange = Exchange(
                self.model, self.settings, base_url=self.base_url, api_key=self.api_key
            )
        return await self._exchange.ask(request)

    async def close(self) -> None:
        """Close the connections."""
        if self._exchange is not None:
            await self._exchange.close()
            self._exchange = None
