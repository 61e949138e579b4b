"""``--harness-live``: models are asked for missing replies, by `harness run --update`."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.journal import Journal
from harness.records import Cell
from harness.regression.verdict import CheckItem, plural
from harness.running import make_plan
from harness.workspace import Workspace, collect, look_up_models

__all__ = ["ask_missing", "check_live_with_workers"]

_ASKED = (0, 3)
"""How a run ends that has asked; with 3 some requests failed, which gates judge."""


def check_live_with_workers(config: pytest.Config) -> None:
    """Refuse to ask for what may not be chosen: workers choose tests after models are asked.

    Raises
    ------
    pytest.UsageError
        If tests are chosen by more than files and folders.
    """
    chosen_by = {
        "-k": config.getoption("keyword"),
        "--deselect": config.getoption("deselect"),
        "a test's id": any("::" in argument for argument in config.args),
    }
    for what, is_said in chosen_by.items():
        if is_said:
            raise pytest.UsageError(
                f"--harness-live with -n asks models before tests are chosen by {what}: ask "
                "without -n, or choose by files"
            )


def ask_missing(
    config: pytest.Config, folder: Path, workspace: Workspace, items: Iterable[CheckItem]
) -> None:
    """Ask models for what is missing of the cells of these gates; nothing where nothing is.

    Raises
    ------
    pytest.UsageError
        If a model could not be asked.
    """
    files = {each.cell: each.file for each in items if each.cell is not None}
    try:
        with chdir(folder):
            missing = _missing(workspace, files)
    except HarnessError as error:
        raise pytest.UsageError(f"--harness-live: {error}") from error
    of_models: dict[tuple[str, ...], list[str]] = {}
    for file in dict.fromkeys(missing.values()):
        models = tuple(cell.model for cell, of_cell in missing.items() if of_cell == file)
        of_models.setdefault(models, []).append(file)
    for models, prompts in of_models.items():
        _ask(config, folder, models, prompts)


def _missing(workspace: Workspace, files: dict[Cell, str]) -> dict[Cell, str]:
    """The cells that have not all of their replies, with the files of their prompts."""
    if not files:
        return {}
    (providers, _), prompts, articles, gold = collect(
        lambda: look_up_models(workspace, ()),
        lambda: workspace.prompts(tuple(dict.fromkeys(files.values()))),
        workspace.articles,
        workspace.gold,
    )
    journal = Journal(workspace.settings.results)
    plan = make_plan(providers, prompts, articles, gold, workspace.schema, journal, retry="none")
    asked_of = {each.unit.cell for each in plan.unanswered}
    return {cell: file for cell, file in files.items() if cell in asked_of}


def _ask(config: pytest.Config, folder: Path, models: Iterable[str], prompts: list[str]) -> None:
    said = ["run", "--update", *_flags("-m", models), *_flags("-p", prompts)]
    terminal = config.pluginmanager.get_plugin("terminalreporter")

    def say(text: str) -> None:
        if terminal is not None:
            terminal.write_line(text)

    command = shlex.join(["harness", *said])
    say(f"harness: {command}")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *said, "--json"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        # It was interrupted too, and lets come in what it has paid for.
        process.wait()
        raise
    for line in err.splitlines():
        say(f"harness: {line}")
    if process.returncode not in _ASKED:
        raise pytest.UsageError(
            f"--harness-live: models could not be asked by `{command}`: {err.strip()}"
        )
    values: dict[str, Any] = json.loads(out)
    if values["not_asked"]:
        reasons = "; ".join([*values["stopped"].values(), values["journal_error"]]).strip("; ")
        not_asked = plural(values["not_asked"], "request")
        raise pytest.UsageError(f"--harness-live: {not_asked} could not be asked: {reasons}")


def _flags(flag: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (flag, value)
