"""``harness compare``: two sets of scores side by side."""

from __future__ import annotations

from pathlib import Path

from harness.cli.folders import run_folder
from harness.cli.output import console, notice, print_json
from harness.settings import load_settings

__all__ = ["compare_folders"]


def compare_folders(
    left: str, right: str, config: Path | None, *, force: bool, seed: int, as_json: bool
) -> int:
    """Compare two result folders over the articles that both have; the exit code."""
    from harness.reports.compare import (  # noqa: PLC0415 - imports pandas
        comparison_table,
        left_out,
        load_result,
    )
    from harness.reports.frame import json_rows  # noqa: PLC0415
    from harness.reports.terminal import comparison_text  # noqa: PLC0415

    results = load_settings(config).results
    a, b = load_result(run_folder(left, results)), load_result(run_folder(right, results))
    table = comparison_table(a, b, force=force, seed=seed)
    for note in left_out(a, b):
        notice(note)
    if as_json:
        print_json(json_rows(table))
    else:
        screen = console()
        screen.print(comparison_text(table, screen.width))
    return 0
