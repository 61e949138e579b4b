"""The baseline of how cells stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import InputError, Problem
from harness.regression.baseline import Baseline
from harness.regression.recorded import open_recorded, standing_by_recordings
from harness.regression.standing import CellStanding, Standing
from harness.regression.verdict import missing_replies, run_command
from harness.workspace import Workspace

__all__ = ["baseline_of", "standing_to_save", "with_other_cells"]


def standing_to_save(
    workspace: Workspace,
    models: Sequence[str] = (),
    prompts: Sequence[str] = (),
    *,
    repeats: int = 1,
    folder: Path | None = None,
) -> Standing:
    """How cells stand, with all that a baseline holds.

    Parameters
    ----------
    models, prompts
        By default those of the settings.
    folder
        A result folder in place of what is recorded.

    Raises
    ------
    InputError
        If something that is needed is not there or cannot be used.
    """
    if folder is not None:
        from harness.regression.run_folder import standing_of_folder  # noqa: PLC0415 - pandas

        return standing_of_folder(folder, workspace, models, prompts)
    recorded = open_recorded(workspace, models, lambda: workspace.prompts(prompts))
    material = replace(recorded.material, repeats=repeats, is_grounded=True, has_digests=True)
    return standing_by_recordings(replace(recorded, material=material))


def baseline_of(standing: Standing, repeats: int = 1) -> Baseline:
    """What a standing is kept as.

    Raises
    ------
    InputError
        If a cell has not all of its replies.
    """
    problems = [
        Problem(f"{each.cell.model} {each.cell.prompt}", _missing(each, repeats))
        for each in standing.cells.values()
        if each.counts is None or each.n_missing
    ]
    if problems:
        raise InputError(problems)
    if not standing.cells:
        raise InputError("there is no cell to save: no model and prompt has been evaluated")
    return Baseline(standing.scorer, dict(standing.gold), dict(standing.cells))


def with_other_cells(baseline: Baseline, before: Baseline) -> Baseline:
    """A baseline of some cells, and the others as they stood before.

    Where gold or scorer have changed since, the others go: one file is of one gold.
    """
    if (before.scorer, before.gold) != (baseline.scorer, baseline.gold):
        return baseline
    return replace(baseline, cells={**before.cells, **baseline.cells})


def _missing(cell: CellStanding, repeats: int) -> str:
    if cell.prompt is None:
        return missing_replies(cell)
    return f"{missing_replies(cell)}; run: {run_command(cell.cell, cell.prompt.file, repeats)}"
