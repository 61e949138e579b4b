"""A model that runs here: a GGUF file, served on the loopback and asked as any other server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from harness.claims import ClaimSchema
from harness.providers.hosted import HostedProvider
from harness.providers.local_server import (
    LocalServer,
    check_installed,
    find_weights,
    weights_digest,
)
from harness.providers.prices import FREE, Price
from harness.records import Reply, Request
from harness.settings import ModelSpec

__all__ = ["LocalProvider"]

# A third of what a small model writes in JSON is indentation, and every token takes its time.
_INDENTATION = ("\n", "\n\n", "\t", *(" " * n for n in range(2, 17)))


class LocalProvider(HostedProvider):
    """``local/smollm2-135m``, or ``local/<path to any .gguf>``.

    The server starts when the first request needs it and stops with the run.
    """

    # Small models repeat themselves until something stops them: the bounds close every list
    # before the token limit does. One claim of each type is what two cores have time for where a
    # model writes forty tokens a second, and its second is rarely better. One request at a time
    # gives the same replies in every run, and what was read of an article is used again.
    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "mode": "json_schema",
        "temperature": 0.0,
        "seed": 0,
        "max_tokens": 400,
        "max_items": 1,
        "max_chars": 80,
        "concurrency": 1,
        "timeout_s": 600,
        "max_reasks": 1,
        "extra_body": {
            "repeat_penalty": 1.1,
            "logit_bias": [[white_space, False] for white_space in _INDENTATION],
        },
    }

    def __init__(self, model: ModelSpec) -> None:
        super().__init__(model)
        self._server: LocalServer | None = None
        self._starting = asyncio.Lock()

    def _price(self) -> Price | None:
        """Nobody is paid."""
        return FREE

    @property
    def base_url(self) -> str | None:
        """Where the server listens; None before it has started."""
        return self._server.base_url if self._server else None

    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the weights or the extra ``local`` are missing."""
        check_installed()
        find_weights(self.model.name)

    def identity(self) -> Mapping[str, str]:
        """The hash of the weights file."""
        return {"weights": weights_digest(find_weights(self.model.name))}

    async def ask(self, request: Request) -> Reply:
        """Ask, after starting the server where it is not running."""
        async with self._starting:
            if self._server is None:
                self._server = await asyncio.to_thread(LocalServer, find_weights(self.model.name))
        return await super().ask(request)

    async def close(self) -> None:
        """Close the connections and stop the server."""
        await super().close()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)
            self._server = None
