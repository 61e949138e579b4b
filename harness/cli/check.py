"""``harness check``: cells beside their baseline and gates; exit code 1 where one fails."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from harness.cli.folders import run_folder
from harness.cli.output import console, notice
from harness.errors import HarnessError, InputError
from harness.regression.check import Check
from harness.workspace import open_workspace

__all__ = ["CheckOptions", "check_cells"]

_FINE, _FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the command line says of a check."""

    run: str | None = None
    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    repeats: int = 1
    form: str = "text"
    output: Path | None = None


def check_cells(
    options: CheckOptions, config: Path | None, flags: dict[str, Path | str | None]
) -> int:
    """Check; the exit code."""
    from harness.regression.formats import FORMATS  # noqa: PLC0415 - rich, where it is needed

    form = FORMATS.get(options.form)
    if form is None:
        raise InputError(f"--format {options.form}: there are {', '.join(FORMATS)}")
    workspace = open_workspace(config, flags)
    folder = run_folder(options.run, workspace.settings.results) if options.run else None
    check = Check(
        workspace, options.models, options.prompts, repeats=options.repeats, folder=folder
    )
    report = check.report
    width = console().width if options.output is None else 80
    written = form(report, width)
    if options.output is None:
        sys.stdout.write(written)
    else:
        _write(options.output, written)
        notice(f"Written: {options.output}")
    return _FAILED if report.failed else _FINE


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise HarnessError(f"{path}: the report cannot be written: {error}") from error
