"""What a format makes a text of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from harness.regression.changes import CellChange, PromptChange
from harness.regression.verdict import Verdict

__all__ = ["CheckReport", "Format"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of a check.

    Parameters
    ----------
    what
        What was checked: the recorded replies, or a result folder.
    baseline
        The baseline's file; None where there is no baseline.
    notices
        What a person should know besides: models that were left out.
    """

    what: str
    baseline: str | None
    verdicts: tuple[Verdict, ...]
    prompt_changes: tuple[PromptChange, ...]
    cell_changes: tuple[CellChange, ...]
    notices: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether anything fails."""
        return any(each.failed for each in self.verdicts)

    def count(self, status: str) -> int:
        """How many verdicts have a status."""
        return sum(each.status == status for each in self.verdicts)


Format: TypeAlias = Callable[[CheckReport, int], str]
"""From a report and the columns of a terminal to a text, which ends with a line break."""
