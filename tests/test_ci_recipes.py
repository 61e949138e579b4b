"""The recipes of docs/ci.md: their steps run in bash, in a repository as they take it to be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from scripted_server import Body, Reply, ScriptedServer, claims

PAGE = Path(__file__).parent.parent / "docs" / "ci.md"
EXAMPLE = 'An example: "We will not wait," Bo Short said.\n'
PROMPT = f"## user\nFind claims in:\n{{{{ article.text }}}}\n{EXAMPLE}"
QUOTES = [{"text": "We gave fair warning", "speaker": "Ilse Harnack"}]
# Lines that set up a machine, which the tests' own has behind it.
_SETS_UP = ("pip install",)


def _recipes() -> dict[str, Any]:
    """The YAML blocks of the page by the file that each is for."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("```yaml")
    return {name: yaml.safe_load(block) for name, block in blocks}


RECIPES = _recipes()
PROMPTS = RECIPES[".github/workflows/prompts.yml"]["jobs"]["check"]["steps"]
TESTS = RECIPES[".github/workflows/tests.yml"]["jobs"]["tests"]["steps"]
EVALUATE = RECIPES[".github/workflows/evaluate.yml"]["jobs"]["evaluate"]["steps"]
GITLAB = RECIPES[".gitlab-ci.yml"]
(HOOK,) = RECIPES[".pre-commit-config.yaml"]["repos"][0]["hooks"]


class Repository:
    """A clone of somebody's repository, and bash in it."""

    def __init__(self, path: Path, server: ScriptedServer) -> None:
        self.path = path
        self.server = server

    def bash(self, script: str, env: Mapping[str, str] | None = None) -> int:
        """Run lines as a runner does: the first that fails ends them. The exit code."""
        lines = [line for line in script.splitlines() if not line.startswith(_SETS_UP)]
        own = Path(sys.executable).parent
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(lines)],
            cwd=self.path,
            env={
                "PATH": os.pathsep.join(
                    map(str, (self.path.parent / "bin", own, os.environ["PATH"]))
                ),
                "HOME": str(self.path.parent),
                "LANG": "C.UTF-8",
                "GITHUB_STEP_SUMMARY": str(self.path.parent / "summary.md"),
                **(env or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def steps(self, steps: list[dict[str, Any]], **env: str) -> dict[str, int]:
        """Run the steps that are commands, each in the environment that it names; exit codes."""
        codes = {}
        for step in steps:
            if "run" in step:
                named = {name: env.get(name, "?") for name in step.get("env", {})}
                assert "?" not in named.values(), f"{step['run']} wants {named}"
                assert "${{" not in step["run"], "an expression in a script is an injection"
                codes[step.get("name", step["run"])] = self.bash(step["run"], named)
        return codes

    def change_the_prompt(self) -> None:
        path = self.path / "prompts" / "guided.md"
        path.write_text(PROMPT.replace(EXAMPLE, ""), encoding="utf-8")
        assert self.bash("git commit -qam 'Shorter prompt'") == 0


def by_example(body: Body) -> Reply:
    """A model that finds quotes only where it was shown one."""
    asked = "\n".join(str(message["content"]) for message in body["messages"])
    found = {"actors": [], "dates": [], "sanctions": []}
    return claims({**found, "quotes": QUOTES if "We will not wait" in asked else []})


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.answer(by_example)
        yield server


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory, server: ScriptedServer) -> Path:
    """A repository whose prompt is evaluated as the page says, with a remote to push to."""
    folder = tmp_path_factory.mktemp("committed")
    repository = Repository(folder / "clone", server)
    repository.path.mkdir()
    assert repository.bash("harness init .") == 0
    files = {
        "prompts/guided.md": PROMPT,
        "harness.toml": 'articles = "articles"\ndefault_models = ["mine"]\n[models.mine]\n'
        f'model = "qwen"\nbase_url = "{server.base_url}"\nprice = {{ input = 1, output = 1 }}\n'
        "max_tokens = 100\n[gates]\nmax_failed = 0\n",
        ".gitignore": re.findall("```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0],
    }
    for name, text in files.items():
        (repository.path / name).write_text(text, encoding="utf-8")
    (repository.path / "prompts" / "first.md").unlink()
    (commands,) = re.findall("```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    commands = commands.replace("-m openai/gpt-5-mini", "-m mine")
    assert repository.bash(commands) == 0, repository.said
    assert (
        repository.bash(
            "git init -q -b main . && git config user.name me && git config user.email me@here\n"
            "git add . && git commit -qm 'All of it'\n"
            "git init -q --bare -b main ../remote.git && git remote add origin ../remote.git\n"
            "git push -q -u origin main"
        )
        == 0
    ), repository.said
    kept = subprocess.run(
        ["git", "ls-files", "results"], cwd=repository.path, capture_output=True, text=True
    ).stdout.splitlines()
    assert {each.split("/")[1] for each in kept} == {"baseline.json", "responses"}
    return folder


@pytest.fixture
def repository(tmp_path: Path, committed: Path, server: ScriptedServer) -> Repository:
    shutil.copytree(committed, tmp_path, dirs_exist_ok=True)
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    # GitHub's own command, of which only the arguments are of interest here.
    gh.write_text('#!/bin/sh\necho "$@" > ../gh.txt\n', encoding="utf-8")
    gh.chmod(0o755)
    return Repository(tmp_path / "clone", server)


def test_github_check_passes_unchanged_and_comments(repository: Repository) -> None:
    n_asked = len(repository.server.requests)
    codes = repository.steps(PROMPTS, GH_TOKEN="token", NUMBER="7")
    assert set(codes.values()) == {0}, repository.said
    assert "Checks passed" in (repository.path.parent / "summary.md").read_text("utf-8")
    asked = (repository.path.parent / "gh.txt").read_text("utf-8").split()
    assert asked[:5] == ["pr", "comment", "7", "--body-file", "check.md"]
    assert (repository.path / asked[4]).stat().st_size > 0
    assert len(repository.server.requests) == n_asked


def test_github_check_fails_for_a_prompt_that_nobody_evaluated(repository: Repository) -> None:
    repository.change_the_prompt()
    codes = repository.steps(PROMPTS, GH_TOKEN="token", NUMBER="7")
    failed = [name for name, code in codes.items() if code]
    assert failed == ["Check the gates"]
    assert "harness run -m mine" in (repository.path.parent / "summary.md").read_text("utf-8")


def test_github_evaluates_and_then_the_lost_quote_is_annotated(repository: Repository) -> None:
    repository.change_the_prompt()
    assert repository.bash("git push -q") == 0
    codes = repository.steps(EVALUATE, OPENAI_API_KEY="sk-test", MAX_COST="5")
    assert set(codes.values()) == {0}, repository.said
    # What was pushed is enough for a fresh clone without a key.
    assert repository.bash("git clone -q ../remote.git ../fresh") == 0
    fresh = Repository(repository.path.parent / "fresh", repository.server)
    n_asked = len(repository.server.requests)
    assert fresh.bash(PROMPTS[3]["run"]) == 1
    assert "::error file=prompts/guided.md" in fresh.said
    assert "We gave fair warning" in fresh.said
    assert len(repository.server.requests) == n_asked
    # Evaluating again has nothing to ask and nothing to commit.
    assert set(repository.steps(EVALUATE, OPENAI_API_KEY="sk-test", MAX_COST="5").values()) == {0}
    assert len(repository.server.requests) == n_asked


def test_github_tests_run_gates_under_pytest(repository: Repository) -> None:
    (repository.path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    assert set(repository.steps(TESTS).values()) == {0}, repository.said
    names = {
        case.get("name")
        for case in ElementTree.parse(repository.path / "report.xml").iter("testcase")
    }
    assert {"test_own", "recordings", "max_drop", "baseline"} <= names


def test_gitlab_check_and_evaluation(repository: Repository) -> None:
    check, evaluate = ("\n".join(GITLAB[job]["script"]) for job in ("prompts", "evaluate"))
    assert repository.bash(check) == 0
    repository.change_the_prompt()
    assert repository.bash(check) == 1
    report = ElementTree.parse(repository.path / GITLAB["prompts"]["artifacts"]["reports"]["junit"])
    assert len(list(report.iter("failure"))) >= 1
    assert repository.bash(evaluate, {"OPENAI_API_KEY": "sk-test"}) == 0, repository.said
    (recorded,) = GITLAB["evaluate"]["artifacts"]["paths"]
    assert repository.bash(f"git status --porcelain {recorded} | grep -q .") == 0
    assert repository.bash(check) == 1
    assert "not evaluated" not in (repository.path / "check.xml").read_text("utf-8")


def test_pre_commit_hook_runs_for_what_matters(repository: Repository) -> None:
    assert HOOK["pass_filenames"] is False
    assert repository.bash(HOOK["entry"]) == 0
    repository.change_the_prompt()
    assert repository.bash(HOOK["entry"]) == 1
    triggers = re.compile(HOOK["files"])
    listed = subprocess.run(
        ["git", "ls-files"], cwd=repository.path, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    found = {each.split("/")[0] for each in listed if triggers.search(each)}
    assert found == {"prompts", "gold", "results", "harness.toml"}
