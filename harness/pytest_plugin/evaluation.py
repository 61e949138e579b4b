"""What is said of gates in a session: found once, and shared among the workers of pytest-xdist."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from harness.errors import HarnessError, InputError
from harness.records import Cell
from harness.regression.check import BASELINE, RECORDINGS, Check
from harness.regression.formats.interface import CheckReport
from harness.regression.formats.text import changes_text
from harness.regression.verdict import CheckItem, Status, Verdict
from harness.reports.plain import printable
from harness.workspace import Workspace

__all__ = ["Evaluation", "Told"]

_WIDTH = 100
_VERDICTS = "verdicts.json"


@dataclass(frozen=True, slots=True)
class Told:
    """What a test says of a gate.

    Parameters
    ----------
    text
        Why, in full where it fails.
    properties
        For JUnit: status, value, limit, n and what n is of.
    warnings
        What else is said of its cell that no gate stands for.
    """

    status: Status
    text: str
    properties: Sequence[tuple[str, object]]
    warnings: list[str] = field(default_factory=list)


class Evaluation:
    """What is said of the gates of a session.

    Parameters
    ----------
    folder
        Where the harness's commands are run.
    shared
        A folder that all workers see; None where there is one process.
    is_elsewhere
        Whether the person who reads it is in another folder.
    """

    def __init__(
        self, folder: Path, workspace: Workspace, shared: Path | None, *, is_elsewhere: bool
    ) -> None:
        self._where = f" (in {folder})" if is_elsewhere else ""
        self._folder = folder
        self._workspace = workspace
        self._shared = shared
        self._check: Check | None = None
        self._told: dict[str, Told] = {}
        self._error = ""

    @property
    def is_ready(self) -> bool:
        """Whether `begin` has been called."""
        return self._check is not None

    def begin(self, items: Sequence[CheckItem], prompts: Iterable[str], *, is_whole: bool) -> None:
        """Say what is judged. Among several workers the first to come evaluates all of it.

        Parameters
        ----------
        prompts
            Their files.
        is_whole
            Whether they are all prompts of the settings.
        """
        self._check = Check(self._workspace, (), () if is_whole else tuple(prompts))
        if self._shared is None:
            return
        path = self._shared / _VERDICTS
        with FileLock(self._shared / "lock"):
            if not path.exists():
                path.write_text(json.dumps(self._all_told(items)), encoding="utf-8")
            values = json.loads(path.read_text(encoding="utf-8"))
        self._error = values["error"]
        self._told = {name: _told_from(each) for name, each in values["told"].items()}

    def _all_told(self, items: Sequence[CheckItem]) -> dict[str, Any]:
        try:
            told = {item.id: asdict(self._judged(item)) for item in items}
        except HarnessError as error:
            # It is the same for every worker.
            return {"error": str(error), "told": {}}
        return {"error": "", "told": told}

    def told(self, item: CheckItem) -> Told:
        """What is said of an item.

        Raises
        ------
        HarnessError
            If articles, gold, prompts or the baseline cannot be used.
        """
        if self._error:
            raise InputError(self._error)
        if item.id not in self._told:
            try:
                self._told[item.id] = self._judged(item)
            except HarnessError as error:
                self._error = str(error)
                raise
        return self._told[item.id]

    def _judged(self, item: CheckItem) -> Told:
        check = self._check
        assert check is not None
        with chdir(self._folder):
            verdict = check.verdict(item)
            if verdict.failed and item.cell and check.beside_baseline(item.cell) is None:
                # It ends in the command that evaluates the cell.
                verdict = replace(verdict, message=verdict.message + self._where)
            text = _explanation(check, verdict) if verdict.failed else verdict.message
            warnings = _warnings(check, item) if item.gate in (RECORDINGS, BASELINE) else []
        figures = {
            "status": verdict.status,
            "value": verdict.value,
            "limit": verdict.limit,
            "n": verdict.n,
            "n_of": verdict.n_of or None,
        }
        properties = [(name, value) for name, value in figures.items() if value is not None]
        return Told(verdict.status, text, properties, warnings)


def _told_from(values: dict[str, Any]) -> Told:
    properties = [(str(name), value) for name, value in values.pop("properties")]
    return Told(**values, properties=properties)


def _warnings(check: Check, item: CheckItem) -> list[str]:
    """What is said besides the items: of a cell, or for the baseline of cells that are gone."""
    known = set(check.items)
    cells = {each.cell for each in known}
    return [
        verdict.message
        for verdict in check.verdicts
        if verdict.item not in known
        and (verdict.item.cell == item.cell or _is_gone(verdict.item, item, cells))
    ]


def _is_gone(judged: CheckItem, baseline: CheckItem, cells: Container[Cell | None]) -> bool:
    return baseline.cell is None and judged.cell not in cells


def _explanation(check: Check, verdict: Verdict) -> str:
    """The same as `harness check` says, of one gate."""
    report = check.report_on(verdict.item)
    # Of a cell that nobody has evaluated one gate shows the new text, and the others only say so.
    has_diff = verdict.item.gate == RECORDINGS or report.cell_changes
    prompts = report.prompt_changes if has_diff else ()
    lines = [f"  {printable(line)}" for line in _details(check, verdict, report)]
    changes = changes_text(prompts, report.cell_changes, _WIDTH).rstrip()
    return "\n".join([printable(verdict.message), *lines, *(["", changes] if changes else [])])


def _details(check: Check, verdict: Verdict, report: CheckReport) -> Sequence[str]:
    """The details of a verdict, but for what the changes below it tell: claims lost leniently."""
    item = verdict.item
    if item.cell and item.gate == "max_drop" and report.cell_changes:
        gates = check.gates.of(item.cell.model, item.cell.prompt, item.claim_type)
        return () if gates.level == "lenient" else verdict.details
    return verdict.details
