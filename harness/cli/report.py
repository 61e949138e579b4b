"""``harness report``: a result again, or in another form, from its folder alone."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.cli.export import copy_file, export
from harness.cli.folders import run_folder
from harness.cli.output import notice
from harness.cli.result_view import print_summary
from harness.errors import InputError, RunError
from harness.reports.formats import FORMATS, TABLES, format_of
from harness.settings import load_settings

__all__ = ["ReportOptions", "report_result"]

_PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What the command line says of a report."""

    format: str | None = None
    output: str | None = None
    table: str | None = None
    bom: bool = False


def report_result(run: str, config: Path | None, options: ReportOptions) -> int:
    """Report a result; the exit code."""
    output = None if options.output is None else Path(options.output)
    to_folder = output is not None and (
        output.is_dir() or str(options.output).endswith(("/", os.sep))
    )
    wanted = _format(options, to_folder=to_folder)
    folder = run_folder(run, load_settings(config).results)
    _check_output(folder, output)
    # It is a result folder, of this version: reports are made of nothing else.
    from harness.reports.stored import load_stored  # noqa: PLC0415 - imports pandas

    result = load_stored(folder)
    if wanted is None:
        print_summary(result.summary, run if run != "latest" else result.name, config, {})
        notice(f"Results: {folder}")
    elif wanted == "html":
        _copy_page(folder, output)
    elif wanted == "csv" and to_folder and output is not None:
        for table in TABLES:
            _copy_table(folder, table, output / f"{table}.csv", bom=options.bom)
    elif wanted == "csv":
        _copy_table(folder, options.table or TABLES[0], output, bom=options.bom)
    elif (render := FORMATS[wanted].render) is not None:
        export(render(result), output)
    return 0


def _format(options: ReportOptions, *, to_folder: bool) -> str | None:
    """The format that is asked for; None is what a terminal shows."""
    wanted = options.format
    if wanted is None:
        if to_folder or options.table or (options.bom and options.output is None):
            wanted = "csv"
        elif options.output is not None:
            wanted = format_of(Path(options.output))
    if to_folder and wanted != "csv":
        raise InputError(f"-o {options.output}: is a folder, for tables as CSV; give a file")
    if to_folder and options.table:
        raise InputError(f"-o {options.output}: is a folder, for all tables; leave --table away")
    for flag, is_given in (("--table", options.table), ("--bom", options.bom)):
        if is_given and wanted != "csv":
            raise InputError(f"{flag}: is for CSV, not for {wanted}")
    return wanted


def _check_output(folder: Path, output: Path | None) -> None:
    """The files of a result stay as they were written."""
    if output is not None and folder.resolve() in (output.resolve(), output.resolve().parent):
        raise RunError(f"-o {output}: the files of a result stay as they are; give another place")


def _copy_table(folder: Path, table: str, output: Path | None, *, bom: bool) -> None:
    path = folder / f"{table}.csv"
    if not path.is_file():
        raise RunError(f"{path}: is not there; run it again, which asks nothing that is answered")
    copy_file(path, output, bom=bom)


def _copy_page(folder: Path, output: Path | None) -> None:
    if output is None and sys.stdout.isatty():
        raise InputError("--format html: a page is nothing for a terminal; give -o FILE")
    path = folder / _PAGE
    if not path.is_file():
        raise RunError(
            f"{path}: is not there. The page is made together with a result: run or score it "
            "again (what is answered is not asked again)"
        )
    copy_file(path, output)
