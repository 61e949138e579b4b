"""The replies that are committed under results/responses/ answer the first run of README.md.

Whoever edits a prompt, a seed or the rules is told here to ask anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.journal import journal_files, tidy_file
from harness.providers.local_server import SHIPPED, find_weights

ROOT = Path(__file__).parent.parent
RESPONSES = ROOT / "results" / "responses"
ASK_ANEW = (
    "a prompt, an article or a model is not what it was: 'harness run --update' asks what is "
    "missing, 'harness journal tidy' sorts it; commit results/responses"
)
OF_ONE_MACHINE = re.compile(
    rb"/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\|localhost|127\.0\.0\.1|\bsk-|Bearer ", re.IGNORECASE
)


def has_weights() -> bool:
    try:
        find_weights(SHIPPED)
    except ConfigurationError:
        return False
    return True


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with the recordings and nothing else."""
    shutil.copytree(RESPONSES, tmp_path / "results" / "responses")
    return tmp_path / "results"


@pytest.mark.skipif(
    not has_weights() and not os.environ.get("CI"), reason="keys of replies need the weights"
)
def test_recordings_answer_every_request_of_a_run_by_default(results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "--offline", "--json", "--results", results],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(results), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr
    said = json.loads(done.stdout)
    assert said["missing"] == [], ASK_ANEW
    assert (done.returncode, said["not_asked"]) == (0, 0)
    cells = {(row["model"], row["prompt"]) for row in said["leaderboard"]}
    models, prompts = ("rules/baseline", f"local/{SHIPPED}"), ("by-type", "direct", "guided")
    assert cells == {(model, prompt) for model in models for prompt in prompts}


@pytest.mark.skipif(
    not has_weights() and not os.environ.get("CI"), reason="keys of replies need the weights"
)
def test_readme_shows_what_the_terminal_says_of_them(results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "run", "--offline", "--results", results],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(results), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```text\n( #  model.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    said = [line.rstrip() for line in done.stdout.splitlines()]
    shown = [line for line in block.splitlines() if not line.startswith("Why: ")]
    assert len(shown) > 20
    assert [line for line in shown if line not in said] == []
    (why,) = (line for line in block.splitlines() if line.startswith("Why: "))
    assert why.split()[-2:] == said[-1].split()[-2:]


def test_recordings_are_tidy(results: Path) -> None:
    files = journal_files(results / "responses")
    assert len(files) >= 6
    for path in files:
        assert not tidy_file(path, lambda _: None).rewritten, "'harness journal tidy' sorts them"


def test_recordings_say_nothing_of_the_machine_that_made_them() -> None:
    for path in RESPONSES.rglob("*"):
        if path.suffix in {".jsonl", ".txt"}:
            found = OF_ONE_MACHINE.search(path.read_bytes())
            assert found is None, (path, found)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")
def test_git_takes_replies_and_the_baseline_and_leaves_the_rest(tmp_path: Path) -> None:
    kept = {
        "results/baseline.json",
        "results/responses/openai%2Fm/p@1.jsonl",
        f"results/responses/raw/{'0' * 64}.txt",
    }
    others = {
        "results/20310305T000000Z/run.json",
        "results/batches/0123.json",
        "results/responses/.locks/openai%2Fm/p@1.lock",
        "results/responses/openai%2Fm/p@1.jsonl.torn",
        "results/responses/openai%2Fm/.p@1.jsonl.7.tmp",
        "results/responses/raw/.0.7.tmp",
    }
    for name in kept | others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(listed.stdout.split("\0")) - {"", ".gitignore"} == kept
