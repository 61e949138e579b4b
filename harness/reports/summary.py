"""What is said of a result first: its leaderboard, what that rests on, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.evaluate import Evaluation
from harness.records import Cell, CellUsage
from harness.reports.caveats import basis_of, caveats
from harness.reports.error_tally import ErrorTally
from harness.reports.leaderboard_table import leaderboard_records

__all__ = ["Summary", "summarize"]

_NO_USAGE: Mapping[Cell, CellUsage] = {}


@dataclass(frozen=True, eq=False)
class Summary:
    """What a terminal or a comment shows of a result.

    Parameters
    ----------
    claim_types
        Those that any cell was scored on, in the order of the schema.
    cells
        The rows of ``leaderboard.csv``, best first; None is undefined or unknown.
    notes
        What a reader should know before deciding by them; sentences.
    errors
        What goes wrong.
    """

    claim_types: tuple[str, ...]
    cells: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()
    errors: ErrorTally = field(default_factory=ErrorTally)


def summarize(
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage] = _NO_USAGE,
    errors: ErrorTally | None = None,
) -> Summary:
    """Summarize an evaluation.

    Parameters
    ----------
    evaluation
        What to show.
    usage
        What the requests of each cell took; cells may be missing.
    errors
        What was counted while articles were scored.
    """
    scored = tuple(
        name
        for name in evaluation.schema.types
        if any(cell.score_of(name) is not None for cell in evaluation.cells)
    )
    rows = leaderboard_records(evaluation, usage)
    return Summary(scored, rows, caveats(basis_of(evaluation)), errors or ErrorTally())
