"""``harness compare``: the cells of a result, or two results, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.export import export
from harness.cli.folders import run_folder
from harness.cli.output import console, notice
from harness.errors import InputError
from harness.reports.formats import COMPARISON_FORMATS, format_of
from harness.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CompareOptions", "compare_results"]


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What the command line says of a comparison."""

    baseline: str | None = None
    force: bool = False
    format: str | None = None
    output: Path | None = None
    bom: bool = False
    seed: int = 0


def compare_results(
    left: str, right: str | None, config: Path | None, options: CompareOptions
) -> int:
    """Compare the cells of one result, or two over what both have; the exit code."""
    wanted = options.format or ("csv" if options.bom else None)
    if wanted is None and options.output is not None:
        wanted = format_of(options.output, COMPARISON_FORMATS)
    if options.bom and wanted != "csv":
        raise InputError(f"--bom: a byte order mark is for CSV, not for {wanted}")
    from harness.reports.compare import (  # noqa: PLC0415 - imports pandas
        comparison_table,
        left_out,
        load_result,
    )

    results = load_settings(config).results
    a = load_result(run_folder(left, results))
    b = None if right is None else load_result(run_folder(right, results))
    table = comparison_table(
        a, b, baseline=options.baseline, force=options.force, seed=options.seed
    )
    notes = left_out(a, b, options.baseline)
    for note in notes:
        notice(note)
    if wanted is None:
        from harness.reports.comparison_text import comparison_text  # noqa: PLC0415

        screen = console()
        screen.print(comparison_text(table, screen.width))
    else:
        export(_text(table, wanted, notes, bom=options.bom), options.output)
    return 0


def _text(table: pd.DataFrame, wanted: str, notes: list[str], *, bom: bool) -> str:
    from harness.reports.csv_text import to_csv  # noqa: PLC0415 - imports pandas
    from harness.reports.markdown import comparison_markdown  # noqa: PLC0415
    from harness.reports.result_json import rows_json  # noqa: PLC0415

    if wanted == "csv":
        return to_csv(table, bom=bom)
    return comparison_markdown(table, notes) if wanted == "md" else rows_json(table)
