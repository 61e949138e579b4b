from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from .conftest import Folder, clean_environment

COMMANDS = (
    *("init", "run", "score", "compare", "report", "explain"),
    *("models", "prompts", "articles", "gold", "journal"),
)
HEAVY = ("pandas", "numpy", "openai", "instructor", "scipy", "jinja2", "harness.claims")


def run_python(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["report", "--help"], ["gold", "check", "--help"]]
)
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from harness.cli.main import main\n"
        "try:\n    main()\n"
        f"finally:\n    print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = run_python(tmp_path, program, *arguments)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Usage" in done.stdout


def test_help_names_every_command(empty: Folder) -> None:
    done = empty.run("--help")
    assert done.code == 0
    assert all(f" {command} " in done.out for command in COMMANDS)


def test_version(empty: Folder) -> None:
    done = empty.run("--version")
    assert (done.code, done.out.strip(), done.err) == (0, version("claim-harness"), "")


def test_wrong_usage_exits_with_2(empty: Folder) -> None:
    commands: list[list[str]] = [
        [],
        ["nothing"],
        ["run", "--nothing"],
        ["run", "--limit", "0"],
        ["run", "--repeats", "many"],
        ["score"],
        ["compare"],
        ["compare", "one", "two", "three"],
        ["compare", "one", "--format", "xml"],
        ["report", "one", "--table", "nothing"],
        ["explain", "one", "article"],
        ["gold", "agree"],
        ["gold"],
        ["gold", "nothing"],
        ["journal", "import"],
    ]
    for command, done in zip(commands, empty.run_all(commands), strict=True):
        assert done.code == 2, command
        assert len(done.err.splitlines()) <= 2
        assert "harness --help" in done.err
    assert list(empty.path.iterdir()) == []


@pytest.mark.parametrize("debug", [True, False])
def test_expected_error_shows_its_traceback_only_with_debug(empty: Folder, debug: bool) -> None:
    empty.write({"harness.toml": "articles = "})
    done = empty.run(*(["--debug"] if debug else []), "articles")
    assert done.code == 2
    assert ("Traceback" in done.err) is debug
    assert done.err.splitlines()[-1].startswith("error: harness.toml: cannot be read as TOML")
    assert done.out == ""


@pytest.mark.parametrize("debug", [True, False])
def test_fault_of_the_harness_exits_with_70(tmp_path: Path, debug: bool) -> None:
    program = (
        "import harness.cli.init\n"
        "def fault(*a, **k): raise ZeroDivisionError('a \\x1b[31m bug')\n"
        "harness.cli.init.init_folder = fault\n"
        "from harness.cli.main import main\n"
        "main()\n"
    )
    done = run_python(tmp_path, program, *(["--debug"] if debug else []), "init", "x")
    assert done.returncode == 70
    assert ("Traceback" in done.stderr) is debug
    assert "internal error: ZeroDivisionError: a \ufffd[31m bug" in done.stderr
    assert "harness --debug" in done.stderr


def test_interrupt_outside_of_a_run_exits_with_130(tmp_path: Path) -> None:
    program = (
        "import harness.cli.init\n"
        "def interrupt(*a, **k): raise KeyboardInterrupt\n"
        "harness.cli.init.init_folder = interrupt\n"
        "from harness.cli.main import main\n"
        "main()\n"
    )
    done = run_python(tmp_path, program, "init", "x")
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize("arguments", [["gold", "schema"], ["prompts"], ["--help"]])
def test_reader_that_has_gone_is_no_error(folder: Folder, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder.path,
        env=clean_environment(folder.path),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_output_in_any_encoding(folder: Folder, encoding: str) -> None:
    folder.write({"prompts/x.md": "---\nname: é\n---\n## user\n{{ article.text }}"})
    env = {"PYTHONIOENCODING": encoding}
    done = folder.run("prompts", "-p", "é", "--json", env=env)
    assert done.code == 0
    assert done.json[0]["name"] == "é"
