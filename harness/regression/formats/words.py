"""Sentences that several formats say."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from harness.evaluate import CellComparison
from harness.regression.changes import CellChange, PromptChange
from harness.regression.formats.interface import CheckReport
from harness.regression.verdict import Status, figure
from harness.regression.word_diff import DiffPart

__all__ = [
    "STATUSES",
    "difference_values",
    "hunk_text",
    "prompt_heading",
    "shown_space",
    "summary",
    "what_moved",
]

STATUSES: tuple[Status, ...] = ("fail", "warn", "inconclusive", "pass")
"""The worst first."""

_UNDEFINED = "–"


def summary(report: CheckReport) -> str:
    """How many verdicts there are of each kind, and on what."""
    counts = ", ".join(f"{report.count(status)} {status}" for status in STATUSES)
    against = f"baseline {report.baseline}" if report.baseline else "no baseline"
    return f"{counts} ({report.what}; {against})"


def prompt_heading(change: PromptChange) -> str:
    """What is said over a word diff."""
    return f"{change.file}: version {change.before} became {change.now}"


def what_moved(change: CellChange) -> str:
    """What is said over the differences of a cell."""
    name = f"{change.cell.model} {change.cell.prompt}"
    why = "" if change.prompt_changed else " (same prompt, other replies)"
    note = f"; beside {change.note}" if change.note else ""
    return f"{name}{why}: F1, lenient{note}"


def difference_values(row: CellComparison) -> tuple[str, str, str, str, str, str]:
    """Claim type, before, now, difference, its interval, p."""
    low, high = row.low.f1, row.high.f1
    interval = "" if isnan(low) else f"{figure(low, sign=True)} to {figure(high, sign=True)}"
    return (
        row.claim_type,
        _shown(row.a.f1),
        _shown(row.b.f1),
        _shown(row.difference.f1, sign=True),
        interval,
        _UNDEFINED if isnan(row.p.f1) else f"{row.p.f1:.3g}",
    )


def _shown(value: float, *, sign: bool = False) -> str:
    return _UNDEFINED if isnan(value) else figure(value, sign=sign)


def hunk_text(parts: tuple[DiffPart, ...]) -> Iterator[str]:
    """The parts of a hunk with ``[-removed-]`` and ``{+added+}``."""
    for part in parts:
        if part.kind == "removed":
            yield f"[-{shown_space(part.text)}-]"
        elif part.kind == "added":
            yield f"{{+{shown_space(part.text)}+}}"
        else:
            yield part.text


def shown_space(text: str) -> str:
    """White space that is all that changed, so that it is seen."""
    if text.strip():
        return text
    return text.replace(" ", "·").replace("\t", "→").replace("\n", "↵\n")
