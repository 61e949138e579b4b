"""The table of providers, and what every provider keeps to."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from asking import SCHEMA, make_request, spec

from harness.providers import PROVIDERS, open_provider
from harness.providers.baseline import BaselineProvider
from harness.providers.hosted import HostedProvider
from harness.providers.instructed import InstructedProvider
from harness.providers.interface import Provider
from harness.records import Bounds, Reply, Request


class Parrot(Provider):
    """A provider that says nothing, with defaults of its own."""

    DEFAULTS = {"temperature": 0.0, "max_items": 6, "seed": 1}  # noqa: RUF012

    def check(self, schema: object) -> None:
        """Anything can be asked."""

    async def ask(self, request: Request) -> Reply:
        """Say nothing."""
        return Reply({})


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_line_of_the_table_names_a_provider(name: str) -> None:
    module, _, class_name = PROVIDERS[name].partition(":")
    provider = getattr(importlib.import_module(module), class_name)
    assert issubclass(provider, Provider)
    assert class_name in importlib.import_module(module).__all__
    opened = open_provider(spec(name, "baseline" if name == "rules" else "m"))
    assert type(opened) is provider
    assert opened.bounds.max_items > 0


def test_a_provider_that_is_not_in_the_table_is_left_to_instructor() -> None:
    assert type(open_provider(spec("anthropic", "claude"))) is InstructedProvider
    assert type(open_provider(spec("openai"))) is HostedProvider
    assert type(open_provider(spec("rules", "baseline"))) is BaselineProvider


def test_opening_a_model_imports_neither_openai_nor_instructor() -> None:
    script = (
        "import sys\n"
        "from harness.claims import load_schema\n"
        "from harness.providers import open_provider\n"
        "from harness.settings import Settings, resolve_model\n"
        "for name in ('openai/m', 'ollama/m', 'rules/baseline', 'anthropic/m'):\n"
        "    provider = open_provider(resolve_model(name, Settings()))\n"
        "    provider.parameters, provider.bounds, provider.identity()\n"
        "    if name[:2] != 'an': provider.check(load_schema())\n"
        "print({'openai', 'instructor', 'tenacity', 'pandas', 'aiohttp'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"OPENAI_API_KEY": "sk-test"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_settings_beat_the_defaults_of_a_provider() -> None:
    provider = Parrot(spec("x", max_items=9, seed=0))
    assert provider.bounds == Bounds(9, 2000)
    assert provider.parameters == {"temperature": 0.0, "seed": 0}


def test_only_what_is_set_is_a_parameter() -> None:
    assert InstructedProvider(spec("x")).parameters == {}
    said = spec("x", temperature=0, top_p=0.5, seed=0, max_tokens=7, extra_body={"a": 1})
    assert InstructedProvider(said).parameters == {
        "temperature": 0,
        "top_p": 0.5,
        "seed": 0,
        "max_tokens": 7,
        "extra_body": {"a": 1},
    }


def test_a_provider_has_no_identity_and_nothing_to_close_unless_it_says_so() -> None:
    import asyncio

    provider = Parrot(spec("x"))
    provider.check(SCHEMA)
    assert provider.identity() == {}
    assert asyncio.run(provider.ask(make_request())) == Reply({})
    asyncio.run(provider.close())
