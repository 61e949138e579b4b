"""Providers: the ways of getting a reply. Adding one is one file here and one line in `PROVIDERS`.

Nothing heavy is imported before a provider is opened, and openai not before it is asked.
"""

from __future__ import annotations

import importlib

from harness.providers.interface import Provider
from harness.settings import ModelSpec

__all__ = ["PROVIDERS", "Provider", "open_provider"]

PROVIDERS: dict[str, str] = {
    "openai": "harness.providers.hosted:HostedProvider",
    "ollama": "harness.providers.hosted:HostedProvider",
    "local": "harness.providers.local:LocalProvider",
    "rules": "harness.providers.baseline:BaselineProvider",
}
"""By the part of a model id before the slash; any other is left to instructor."""

_OTHERS = "harness.providers.instructed:InstructedProvider"


def open_provider(model: ModelSpec) -> Provider:
    """Make the provider of a model. Sends nothing and starts nothing."""
    module, _, name = PROVIDERS.get(model.provider, _OTHERS).partition(":")
    provider: type[Provider] = getattr(importlib.import_module(module), name)
    return provider(model)
