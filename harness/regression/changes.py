"""What changed since the baseline: prompts word by word, scores, claims lost and gained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.evaluate import CellComparison
from harness.records import Cell, Level
from harness.regression.baseline import Baseline
from harness.regression.beside_baseline import BesideBaseline, MovedClaim
from harness.regression.standing import PromptSource, Standing
from harness.regression.word_diff import Hunk, word_diff

__all__ = ["CellChange", "PromptChange", "cell_changes", "prompt_changes"]

_LEVEL: Level = "lenient"


@dataclass(frozen=True, slots=True)
class PromptChange:
    """A prompt whose version is another than that in the baseline.

    Parameters
    ----------
    hunks
        The word diff of the files. None where the baseline does not have the text; empty where the
        texts are the same, and what the claim types add to it has changed.
    """

    name: str
    file: str
    before: str
    now: str
    hunks: tuple[Hunk, ...] | None


@dataclass(frozen=True, slots=True)
class CellChange:
    """How a cell differs from what it is compared with, at the level lenient.

    Parameters
    ----------
    prompt_changed
        Whether its prompt is another version; else only the replies are others.
    note
        What it is compared with, where that is not simply the baseline.
    rows
        Now minus before, by claim type and last overall.
    lost, gained
        Gold claims that are found less, or more, often than before.
    """

    cell: Cell
    file: str
    prompt_changed: bool
    note: str
    rows: tuple[CellComparison, ...]
    lost: tuple[MovedClaim, ...]
    gained: tuple[MovedClaim, ...]

    def only(self, claim_type: str) -> CellChange:
        """What of it is about one claim type."""
        lost, gained = (
            tuple(each for each in moved if each.claim.claim_type.name == claim_type)
            for moved in (self.lost, self.gained)
        )
        rows = tuple(row for row in self.rows if row.claim_type == claim_type)
        return replace(self, rows=rows, lost=lost, gained=gained)


def prompt_changes(baseline: Baseline, standing: Standing) -> Iterator[PromptChange]:
    """The prompts that have changed, each once."""
    seen = set()
    for cell, each in standing.cells.items():
        then = baseline.cells[cell].prompt if cell in baseline.cells else None
        now = each.prompt
        if then is None or now is None or then.version == now.version:
            continue
        if (now.name, then.version) not in seen:
            seen.add((now.name, then.version))
            yield PromptChange(now.name, now.file, then.version, now.version, _hunks(then, now))


def _hunks(then: PromptSource, now: PromptSource) -> tuple[Hunk, ...] | None:
    if then.source is None or now.source is None:
        return None
    return word_diff(then.source, now.source)


def cell_changes(cases: Iterable[BesideBaseline], baseline: Baseline) -> Iterator[CellChange]:
    """The cells whose prompt has changed, or whose counts have."""
    for case in cases:
        if case.reference is None:
            continue
        then, now = baseline.cells[case.cell].prompt, case.now.prompt
        prompt_changed = then is not None and now is not None and then.version != now.version
        if not prompt_changed and not case.is_moved:
            continue
        moved = list(case.moved(_LEVEL))
        yield CellChange(
            case.cell,
            now.file if now else "",
            prompt_changed,
            case.reference.note,
            tuple(row for row in case.comparisons.values() if row.level == _LEVEL),
            tuple(each for each in moved if each.is_lost),
            tuple(each for each in moved if not each.is_lost),
        )
