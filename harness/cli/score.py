"""``harness score``: predictions made elsewhere against gold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.cli.output import console, notice, print_json
from harness.cli.workspace import open_workspace
from harness.errors import PredictionsError
from harness.evaluate import evaluate
from harness.predictions import load_predictions

__all__ = ["score_predictions"]

_INCOMPLETE = 3


def score_predictions(
    path: Path,
    name: str | None,
    output: Path | None,
    config: Path | None,
    flags: Mapping[str, Any],
    *,
    as_json: bool,
) -> int:
    """Score predictions and write their reports; the exit code."""
    workspace = open_workspace(config, flags)
    gold = workspace.gold()
    loaded = load_predictions(path, workspace.schema, gold, name)
    for note in loaded.notes:
        notice(note)
    evaluation = evaluate([loaded.cell_predictions], gold, workspace.schema)
    from harness.reports.tables import scores_table  # noqa: PLC0415 - imports pandas
    from harness.reports.terminal import leaderboard_text  # noqa: PLC0415
    from harness.reports.write import render_reports, write_files  # noqa: PLC0415

    if output is not None:
        if output.exists() and not output.is_dir():
            raise PredictionsError(f"-o {output}: is a file; give a folder")
        write_files(output, render_reports(evaluation, {}, {}))
    if as_json:
        table = scores_table(evaluation, {})
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        print_json({"absent": list(loaded.absent), "scores": rows})
    else:
        screen = console()
        screen.print(leaderboard_text(evaluation, {}, screen.width))
    if output is not None:
        notice(f"Results: {output}")
    return _INCOMPLETE if loaded.absent else 0
