"""A run that is over: its exit code, and what is said of it besides its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.offline import missing_replies, say_missing
from harness.cli.output import notice, print_json
from harness.records import Cell, CellUsage
from harness.running import Outcome, Plan

if TYPE_CHECKING:
    from harness.evaluate import Evaluation

__all__ = ["EndedRun", "failures_of", "say_what_is_missing", "show_json", "show_nothing"]

_FINE, _INCOMPLETE, _INTERRUPTED = 0, 3, 130


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that is over.

    Parameters
    ----------
    update_command
        What asks that which is missing, where this run was offline; else empty.
    """

    plan: Plan
    outcome: Outcome
    update_command: str = ""

    @property
    def is_offline(self) -> bool:
        """Whether nothing could be asked."""
        return bool(self.update_command)

    @property
    def exit_code(self) -> int:
        """Offline, a recorded failure is what was to be found, and only a gap is a lack."""
        if self.outcome.interrupted:
            return _INTERRUPTED
        has_failures = bool(failures_of(self.plan)) and not self.update_command
        return _INCOMPLETE if self.plan.unanswered or has_failures else _FINE


def failures_of(plan: Plan) -> Counter[str]:
    """How many requests failed, by reason."""
    kept = (each.last_kept for each in plan.requests)
    return Counter(each.failure for each in kept if each and each.failure)


def show_json(
    ended: EndedRun, evaluation: Evaluation, usage: Mapping[Cell, CellUsage], folder: Path
) -> None:
    """Print what machines want to know."""
    from harness.reports.leaderboard_table import leaderboard_records  # noqa: PLC0415

    rows = leaderboard_records(evaluation, usage, ended.plan.versions())
    print_json(_summary(ended, folder, rows))


def show_nothing(ended: EndedRun, *, as_json: bool) -> None:
    """Say that there is nothing to score."""
    if as_json:
        print_json(_summary(ended, None, []))
    say_what_is_missing(ended)
    notice("No article is answered by any model: there is nothing to score.")


def _summary(
    ended: EndedRun, folder: Path | None, leaderboard: list[dict[str, Any]]
) -> dict[str, Any]:
    plan, outcome = ended.plan, ended.outcome
    return {
        "run": folder.name if folder else None,
        "folder": str(folder) if folder else None,
        "failures": dict(failures_of(plan)),
        "not_asked": len(plan.to_ask),
        "in_batches": len(plan.unanswered) - len(plan.to_ask),
        "missing": [each.as_json() for each in missing_replies(plan)],
        "stopped": outcome.stopped,
        "journal_error": outcome.journal_error,
        "interrupted": outcome.interrupted,
        "cost_usd": outcome.cost_usd,
        "leaderboard": leaderboard,
    }


def say_what_is_missing(ended: EndedRun) -> None:
    """Say what failed, what stopped the run and what was not asked."""
    plan, outcome = ended.plan, ended.outcome
    failures = failures_of(plan)
    if failures:
        total = sum(failures.values())
        reasons = ", ".join(f"{reason} {n}" for reason, n in failures.most_common())
        notice(
            f"{total} of {len(plan.requests)} requests failed ({reasons}); what they were to "
            "find counts as missed."
        )
    for reason in outcome.stopped.values():
        notice(f"stopped: {reason}")
    if outcome.interrupted:
        notice("interrupted")
    if outcome.cost_usd:
        notice(f"Asking cost {outcome.cost_usd:.4f} USD.")
    if ended.update_command:
        say_missing(missing_replies(plan), ended.update_command)
        return
    in_batches = [each.in_batch for each in plan.unanswered if each.in_batch]
    if in_batches:
        names = ", ".join(sorted(set(in_batches)))
        notice(
            f"{len(in_batches)} requests are in open batches ({names}); run again later to read "
            "their replies."
        )
    if plan.to_ask:
        notice(f"{len(plan.to_ask)} requests were not asked; run again to ask them.")
