"""``harness baseline``: keep where cells stand, and show what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.cli.folders import run_folder
from harness.cli.output import console, notice, print_json
from harness.errors import InputError
from harness.evaluate import OVERALL
from harness.regression.baseline import Baseline, read_baseline, write_baseline
from harness.regression.exact_scores import ExactScore, exact_scores
from harness.regression.saving import baseline_of, standing_to_save, with_other_cells
from harness.regression.standing import CellStanding
from harness.regression.verdict import plural
from harness.reports.plain import printable
from harness.workspace import open_workspace

__all__ = ["save_baseline", "show_baseline"]


def save_baseline(
    run: str | None,
    config: Path | None,
    flags: Mapping[str, Any],
    *,
    models: tuple[str, ...] = (),
    prompts: tuple[str, ...] = (),
    repeats: int = 1,
    as_json: bool = False,
) -> int:
    """Write the baseline; the exit code."""
    workspace = open_workspace(config, flags)
    path = workspace.settings.baseline
    folder = run_folder(run, workspace.settings.results) if run else None
    standing = standing_to_save(workspace, models, prompts, repeats=repeats, folder=folder)
    baseline = baseline_of(standing, repeats)
    for name, why in standing.left_out.items():
        notice(f"left out: {name}: {why}")
    before = _before(path)
    if before is not None:
        if run or models or prompts:
            baseline = with_other_cells(baseline, before)
        for cell in sorted(before.cells.keys() - baseline.cells.keys()):
            notice(f"no more in the baseline: {cell.model} {cell.prompt}")
    write_baseline(path, baseline)
    _show(baseline, as_json=as_json)
    notice(f"Baseline: {path}. Commit it with the prompts that it is of.")
    return 0


def _before(path: Path) -> Baseline | None:
    """The baseline that is replaced; None where there is none that can be read."""
    try:
        return read_baseline(path)
    except InputError as error:
        notice(f"replaced: {error}")
        return None


def show_baseline(config: Path | None, flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Show the baseline; the exit code."""
    path = open_workspace(config, flags).settings.baseline
    baseline = read_baseline(path)
    if baseline is None:
        raise InputError(f"{path}: there is no baseline; `harness baseline save` makes one")
    _show(baseline, as_json=as_json)
    return 0


def _show(baseline: Baseline, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "scorer": baseline.scorer,
                "n_articles": len(baseline.gold),
                "cells": [_cell_json(each) for each in baseline.cells.values()],
            }
        )
        return
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("model", overflow="fold")
    table.add_column("prompt", overflow="fold")
    table.add_column("version")
    names = ("F1", "P", "R", "strict", "gold", "failed")
    for name in names:
        table.add_column(name, justify="right")
    for each in baseline.cells.values():
        assert each.counts is not None
        score = exact_scores(each.counts, "lenient")[OVERALL]
        strict = exact_scores(each.counts, "strict")[OVERALL]
        figures = [*_figures(score), _shown(strict.f1)]
        table.add_row(
            Text(printable(each.cell.model)),
            Text(printable(each.cell.prompt)),
            Text(printable(each.prompt.version if each.prompt else "")),
            *figures,
            f"{float(score.n_gold):g}",
            str(each.n_failed),
        )
    screen = console()
    screen.print(table)
    screen.print(Text(f"{plural(len(baseline.gold), 'article')}; figures are lenient, overall."))


def _figures(score: ExactScore) -> list[str]:
    return [_shown(value) for value in (score.f1, score.precision, score.recall)]


def _shown(value: Any) -> str:  # noqa: ANN401 - a fraction or None
    return "–" if value is None else f"{float(value):.3f}"


def _cell_json(cell: CellStanding) -> dict[str, Any]:
    assert cell.counts is not None
    return {
        "model": cell.cell.model,
        "prompt": cell.cell.prompt,
        "prompt_version": cell.prompt.version if cell.prompt else None,
        "n_requests": cell.n_requests,
        "n_failed": cell.n_failed,
        "cost_usd": cell.cost_usd,
        "scores": {
            level: {
                name: {
                    "precision": _number(score.precision),
                    "recall": _number(score.recall),
                    "f1": _number(score.f1),
                    "n_gold": float(score.n_gold),
                    "n_articles": score.n_articles,
                }
                for name, score in exact_scores(cell.counts, level).items()
            }
            for level in ("lenient", "strict")
        },
    }


def _number(value: Any) -> float | None:  # noqa: ANN401 - a fraction or None
    return None if value is None else float(value)
