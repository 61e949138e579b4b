"""``harness gold agree``: one labeller's gold scored against another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.cli.output import notice, print_json
from harness.cli.result_view import print_summary
from harness.errors import GoldError
from harness.evaluate import Resampling, as_prediction, evaluate
from harness.gold import load_gold
from harness.records import Cell, CellPredictions, Gold
from harness.workspace import articles_if_any, collect, open_workspace

__all__ = ["agree"]

_LABELLED = "labelled"
"""What stands in the place of a prompt."""


def agree(
    other: Path, config: Path | None, flags: Mapping[str, Any], *, seed: int, as_json: bool
) -> int:
    """Show how well two labellers agree on the articles that both labelled; the exit code."""
    workspace = open_workspace(config, flags)
    gold, others = collect(workspace.gold, lambda: load_gold(other, workspace.schema))
    both = sorted(gold.keys() & others.keys())
    if not both:
        raise GoldError(f"{other} and {workspace.settings.gold} have no article in common")
    for ids, folder in ((gold, other), (others, workspace.settings.gold)):
        if missing := sorted(ids.keys() - set(both)):
            notice(f"not in {folder}, left out: {', '.join(missing)}")
    schema = workspace.schema
    types = tuple(
        name for name in schema.types if any(name in others[each].claims for each in both)
    )
    predictions = [as_prediction(others[each], gold[each], schema) for each in both]
    from harness.reports.error_tally import ErrorTally  # noqa: PLC0415

    errors = ErrorTally()
    evaluation = evaluate(
        [CellPredictions(Cell(other.resolve().name, _LABELLED), types, predictions)],
        {each: _of_types(gold[each], others[each].claims) for each in both},
        schema,
        articles_if_any(workspace, flags),
        resampling=Resampling(seed),
        each=errors.add,
    )
    from harness.reports.frame import json_rows  # noqa: PLC0415
    from harness.reports.summary import summarize  # noqa: PLC0415
    from harness.reports.tables import scores_table  # noqa: PLC0415

    if as_json:
        print_json(json_rows(scores_table(evaluation)))
    else:
        print_summary(summarize(evaluation, {}, errors), None, config, flags)
    return 0


def _of_types(gold: Gold, labelled: Mapping[str, object]) -> Gold:
    """Gold without the claim types that the other did not label in the article."""
    return replace(
        gold, claims={name: each for name, each in gold.claims.items() if name in labelled}
    )
