"""The local path against the real model."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from harness.claims import load_schema
from harness.claims.response import response_format
from harness.errors import ConfigurationError
from harness.providers import open_provider
from harness.providers.local_server import SHIPPED, check_installed, find_weights
from harness.records import Article, Reply, Request, Unit
from harness.settings import Settings, resolve_model

MODEL = f"local/{SHIPPED}"
ARTICLE = Article("a", 'Veyland is a state. "We wait," Ilse Harnack said.', date(2031, 3, 6))


def _installed() -> bool:
    try:
        check_installed()
        find_weights(SHIPPED)
    except ConfigurationError:
        return False
    return True


real = pytest.mark.skipif(
    not _installed() and not os.environ.get("CI"), reason="the weights are not installed"
)


def _ask(texts: list[str]) -> list[Reply]:
    schema = load_schema()
    provider = open_provider(resolve_model(MODEL, Settings()))
    provider.check(schema)
    response = response_format(schema, ["quotes"], provider.bounds)

    async def ask() -> list[Reply]:
        try:
            return [
                await provider.ask(
                    Request(
                        key=str(number),
                        unit=Unit(MODEL, "p", "v", ARTICLE.id),
                        article=ARTICLE,
                        response=response,
                        messages=[{"role": "user", "content": text}],
                        parameters=provider.parameters,
                    )
                )
                for number, text in enumerate(texts)
            ]
        finally:
            await provider.close()

    return asyncio.run(ask())


@real
@pytest.mark.local
def test_a_real_reply_has_the_form_that_was_asked_for_and_is_the_same_in_every_run() -> None:
    texts = [f"{ARTICLE.text}\nList the quotes in JSON.", "List three quotes in JSON."]
    replies = _ask(texts)
    for reply in replies:
        assert reply.failure is None
        assert list(reply.claims) == ["quotes"]
        assert len(reply.claims["quotes"]) <= 1
        assert reply.attempts[-1].outcome == "ok"
        assert reply.attempts[-1].output_tokens
    assert [reply.raw for reply in _ask(texts)] == [reply.raw for reply in replies]


@real
@pytest.mark.local
def test_a_prompt_that_is_too_long_is_a_failed_request_and_not_the_end() -> None:
    too_long, fine = _ask(["word " * 9000, "List the quotes in JSON: none."])
    assert too_long.failure is not None
    assert too_long.failure.reason == "rejected"
    assert "context" in too_long.failure.message
    assert fine.failure is None


@real
@pytest.mark.local
@pytest.mark.slow
def test_a_run_says_what_the_local_model_was_asked_with(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    subprocess.run(
        [*command, "init", "work"], cwd=tmp_path, env=environment, check=True, capture_output=True
    )
    work = tmp_path / "work"
    done = subprocess.run(
        [*command, "run", "-m", MODEL, "--json"],
        cwd=work,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 3), done.stderr
    run = json.loads((work / "results" / json.loads(done.stdout)["run"] / "run.json").read_text())
    asked_with = run["models"][MODEL]
    assert asked_with["parameters"]["extra_body"]["repeat_penalty"] == 1.1
    assert asked_with["max_items"] == 1
    assert len(asked_with["weights"]) == 64
    again = subprocess.run(
        [*command, "run", "-m", MODEL, "--dry-run", "--json"],
        cwd=work,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(again.stdout)["cells"][0]["to_ask"] == 0
