"""OpenAI and every server that speaks its protocol: asked by openai's client and instructor."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.claims import ClaimSchema
from harness.errors import CellStopped, ConfigurationError
from harness.providers.addresses import (
    OPENAI,
    check_address,
    check_key,
    is_openai,
    ollama_address,
    openai_address,
)
from harness.providers.interface import Provider
from harness.providers.prices import Price
from harness.records import Reply, Request
from harness.settings import ModelSpec

if TYPE_CHECKING:
    from harness.providers.exchange import Exchange
    from harness.providers.instructed import InstructedExchange

__all__ = ["OWN_MODES", "HostedProvider"]


@dataclass(frozen=True, slots=True)
class _Service:
    """A service whose models are asked as ``name/model``."""

    mode: str
    address: Callable[[], str | None]
    api_key_env: str | None = None


_SERVICES: Mapping[str, _Service] = {
    "openai": _Service("tools", openai_address, "OPENAI_API_KEY"),
    "ollama": _Service("json_schema", ollama_address),
    "local": _Service("json_schema", lambda: None),
}
_OWN_MODE = "json_schema"
"""The mode of a server that the settings name: most know it, and it costs the fewest tokens."""
OWN_MODES = frozenset({"tools", "json_schema", "json", "md_json"})
"""The modes of our own loop; others are left to instructor's."""


class HostedProvider(Provider):
    """A model behind an OpenAI-compatible endpoint.

    The key is read from the environment when it is needed and is held nowhere else. The key of
    one service is never sent to another: a server with a `base_url` of its own gets the key that
    its `api_key_env` names, or none.
    """

    def __init__(self, model: ModelSpec) -> None:
        super().__init__(model)
        self._service = _SERVICES[model.provider]
        self._exchanges: dict[str, Exchange | InstructedExchange] = {}

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent besides messages and schema, and instructor's mode."""
        parameters = super().parameters
        own_server = bool(self.settings.base_url)
        parameters.setdefault("mode", _OWN_MODE if own_server else self._service.mode)
        return parameters

    @property
    def base_url(self) -> str | None:
        """Where requests go; None is the service's own address."""
        return self.settings.base_url or self._service.address()

    def _price(self) -> Price | None:
        """A server of one's own is in no price list, whatever it calls its models."""
        address = self.base_url
        if self.settings.price or address is None or is_openai(address):
            return super()._price()
        return None

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
        """Raise `ConfigurationError` if address, key or mode cannot be used."""
        self._check_connection()
        mode = str(self.parameters["mode"])
        if mode.lower() not in OWN_MODES:
            self._instructed_client(mode)

    def _check_connection(self) -> None:
        name, base_url = self._api_key_env, self.base_url
        if base_url is not None:
            check_address(self.model.id, base_url)
        # A compatible server that takes OpenAI's place may need no key; OpenAI does.
        may_do_without = base_url is not None and not self.settings.api_key_env
        if name and (self.api_key or not may_do_without):
            check_key(self.model.id, name, self.api_key)

    async def ask(self, request: Request) -> Reply:
        """Ask over HTTP."""
        mode = str(request.parameters["mode"]).lower()
        kind = "" if mode in OWN_MODES else mode
        if kind not in self._exchanges:
            try:
                self._exchanges[kind] = self._open(kind)
            except ConfigurationError as error:
                raise CellStopped(str(error)) from None
        return await self._exchanges[kind].ask(request)

    async def close(self) -> None:
        """Close the connections."""
        while self._exchanges:
            await self._exchanges.popitem()[1].close()

    def _open(self, mode: str) -> Exchange | InstructedExchange:
        self._check_connection()
        if mode:
            from harness.providers.instructed import InstructedExchange  # noqa: PLC0415

            client = self._instructed_client(mode)
            return InstructedExchange(
                self.model, self.settings, self.lane, client, self.base_url or OPENAI
            )
        from harness.providers.exchange import Exchange  # noqa: PLC0415 - imports openai

        return Exchange(
            self.model, self.settings, self.lane, base_url=self.base_url, api_key=self.api_key
        )

    def _instructed_client(self, mode: str) -> Any:  # noqa: ANN401
        from harness.providers.client import client_options  # noqa: PLC0415 - imports openai
        from harness.providers.instructed import open_client  # noqa: PLC0415

        options = client_options(self.settings, self.base_url, self.api_key)
        return open_client(self.model, "openai", mode, **options)
