"""How openai's client is set up: where it sends, by which connections, and what it leaves out."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

import httpx2
import openai

from harness.providers.addresses import OPENAI, is_loopback
from harness.settings import ModelSettings

__all__ = ["client_options", "request_options"]

_ABOUT_THIS_MACHINE = tuple(
    f"X-Stainless-{what}"
    for what in ("Arch", "Async", "Lang", "OS", "Package-Version", "Runtime", "Runtime-Version")
)
"""Headers of openai's client that no server needs: with the next they take a sixth of its time."""
_ABOUT_THIS_TRY = ("X-Stainless-Read-Timeout", "X-Stainless-Retry-Count")
"""The same, of which each request says itself that they are left out."""


class _HttpClient(openai.DefaultAioHttpClient):
    """openai's HTTP client, which reads an address anew for each request; this one, once."""

    def build_request(self, method: str, url: httpx2.URL | str, **options: Any) -> httpx2.Request:  # noqa: ANN401
        """Build a request."""
        return super().build_request(method, _address(str(url)), **options)


_address = lru_cache(maxsize=16)(httpx2.URL)


def client_options(
    settings: ModelSettings, base_url: str | None, api_key: str | None
) -> dict[str, Any]:
    """How openai's client is set up, so that it takes nothing from the environment by itself.

    Organization, project and extra headers of an OpenAI account are for OpenAI, or for the server
    that the environment puts in its place; no other server gets them.
    """
    address = base_url or OPENAI
    headers: dict[str, Any] = dict.fromkeys(_ABOUT_THIS_MACHINE, openai.omit)
    if address not in (OPENAI, os.environ.get("OPENAI_BASE_URL")):
        extra = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
        names = [line.partition(":")[0].strip() for line in extra if ":" in line]
        names += ["OpenAI-Organization", "OpenAI-Project"]
        headers |= dict.fromkeys(names, openai.omit)
        headers |= {"Authorization": f"Bearer {api_key or 'none'}"}
    return {
        "api_key": api_key or "none",
        "base_url": address,
        "timeout": settings.timeout_s,
        "default_headers": headers,
        "http_client": _HttpClient(
            timeout=settings.timeout_s,
            # By default a thousand, of which it keeps a hundred.
            limits=httpx2.Limits(
                max_connections=settings.concurrency,
                max_keepalive_connections=settings.concurrency,
            ),
            trust_env=not is_loopback(address),
        ),
    }


def request_options(settings: ModelSettings) -> dict[str, Any]:
    """What is said with each request: what is not the client copies from its own defaults."""
    return {
        "headers": dict.fromkeys(_ABOUT_THIS_TRY, openai.omit),
        "max_retries": 0,
        "timeout": settings.timeout_s,
    }
