"""What README.md and docs/ tell a user to type is there and runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, answer_from_articles

from harness.claims import load_schema
from harness.gold import gold_json_schema
from harness.settings import load_settings

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MAKE_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
_SETS_UP = ("make ", "pip ", "python3 -m venv", "export OPENAI_API_KEY")


def _blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [body for found, body in _BLOCK.findall(text) if found == language]


def _commands(path: Path) -> str:
    """All shell blocks of a page as one script, without the lines that set up a machine."""
    lines = "\n".join(_blocks(path, "sh")).splitlines()
    return "\n".join(line for line in lines if not line.startswith(_SETS_UP))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name in ("seeds", "gold", "prompts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    with ScriptedServer() as server:
        server.answer(answer_from_articles({}))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        yield {
            "PATH": path,
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "OLLAMA_BASE_URL": server.base_url,
            **server.env(),
        }


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in DOCS if "harness " in _commands(page)], ids=lambda page: page.name
)
def test_commands_of_a_page_run_one_after_the_other(
    page: Path, workspace: Path, environment: dict[str, str]
) -> None:
    # Every command may end with 0, or with 3 where a request failed; anything else is a fault.
    script = "set -u\nfail() { code=$?; [ $code -eq 3 ] || exit $code; }\ntrap fail ERR\n"
    script += _commands(page).replace("harness run\n", "harness run -m rules/baseline\n")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 3), done.stderr + done.stdout


def test_make_targets_that_the_pages_name_exist() -> None:
    targets = set(_MAKE_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    named = {
        name for page in DOCS for name in re.findall(r"`?make ([a-z]+)", page.read_text("utf-8"))
    }
    named -= {"the", "an", "a", "it", "sure"}
    assert {"run", "test", "bench"} <= named <= targets


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_settings_of_a_page_load(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(_blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(block, encoding="utf-8")
        assert load_settings(file).models.keys() == tomllib.loads(block).get("models", {}).keys()


def test_schema_of_the_claim_types_page_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = _blocks(ROOT / "docs" / "claim-types.md", "python")
    (tmp_path / "war_of_the_docs.py").write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(load_schema("war_of_the_docs:WarClaims").types) == ["casualties"]


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_published_json_schema_of_gold_is_that_of_the_code() -> None:
    published = json.loads((ROOT / "docs" / "gold.schema.json").read_text(encoding="utf-8"))
    assert published == gold_json_schema(load_schema())
