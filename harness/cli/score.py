"""``harness score``: predictions made elsewhere against gold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.cli.folders import check_writable, result_files
from harness.cli.output import notice, print_json
from harness.cli.page import facts_of_predictions
from harness.cli.result_view import print_summary
from harness.errors import RunError
from harness.evaluate import EachResult, Evaluation, Resampling, each_of, evaluate, let_go
from harness.predictions import load_predictions
from harness.reports.json_text import json_text
from harness.workspace import articles_if_any, open_workspace

__all__ = ["score_predictions"]

_INCOMPLETE = 3
_MARKER = "score.json"


def score_predictions(
    path: Path,
    name: str | None,
    output: Path | None,
    config: Path | None,
    flags: Mapping[str, Any],
    *,
    seed: int,
    as_json: bool,
) -> int:
    """Score predictions and write their reports; the exit code."""
    if output is not None:
        _check_output(output)
    workspace = open_workspace(config, flags)
    gold = workspace.gold()
    loaded = load_predictions(path, workspace.schema, gold, name)
    for note in loaded.notes:
        notice(note)

    def evaluated(each: EachResult) -> Evaluation:
        return evaluate(
            [loaded.cell_predictions],
            gold,
            workspace.schema,
            articles_if_any(workspace, flags),
            resampling=Resampling(seed),
            each=each,
        )

    from harness.reports.error_tally import ErrorTally  # noqa: PLC0415
    from harness.reports.frame import json_rows  # noqa: PLC0415
    from harness.reports.page import PageGatherer  # noqa: PLC0415
    from harness.reports.summary import summarize  # noqa: PLC0415
    from harness.reports.tables import scores_table  # noqa: PLC0415
    from harness.reports.write import write_claims, write_page, write_reports  # noqa: PLC0415

    errors = ErrorTally()
    if output is None:
        evaluation = evaluated(let_go if as_json else errors.add)
    else:
        with result_files(output) as files, PageGatherer(output) as page:
            evaluation = evaluated(each_of(write_claims(files), page.add, errors.add))
            write_reports(files, evaluation, {}, {})
            write_page(files, page, evaluation, facts_of_predictions(loaded, path.name))
            facts = {
                "predictions": str(path),
                "gold": str(workspace.settings.gold),
                "schema": workspace.schema.name,
                "signature": evaluation.signature.over(gold),
            }
            files.write(_MARKER, [json_text(facts)])
    if as_json:
        rows = json_rows(scores_table(evaluation))
        print_json({"absent": list(loaded.absent), "scores": rows})
    else:
        name = None if output is None else str(output)
        print_summary(summarize(evaluation, {}, errors), name, config, flags)
    if output is not None:
        notice(f"Results: {output}")
    return _INCOMPLETE if loaded.absent else 0


def _check_output(folder: Path) -> None:
    """Nothing is ever overwritten but what an earlier scoring into the same folder wrote."""
    if (folder / "run.json").exists():
        raise RunError(f"-o {folder}: holds the results of a run; give another folder")
    if folder.exists() and not folder.is_dir():
        raise RunError(f"-o {folder}: is a file; give a folder")
    from harness.reports.page import PAGE  # noqa: PLC0415
    from harness.reports.write import REPORTS  # noqa: PLC0415

    taken = [name for name in (*REPORTS, PAGE) if (folder / name).exists()]
    if taken and not (folder / _MARKER).exists():
        raise RunError(f"-o {folder}: has a {taken[0]} of its own; give another folder")
    check_writable(folder)
