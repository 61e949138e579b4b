"""What is said of a gate, and how figures are written in it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from harness.evaluate import OVERALL
from harness.records import Cell
from harness.regression.standing import CellStanding
from harness.reports.plain import printable

__all__ = [
    "CheckItem",
    "Status",
    "Verdict",
    "figure",
    "figures_apart",
    "missing_replies",
    "plural",
    "run_command",
]

Status: TypeAlias = Literal["pass", "fail", "warn", "inconclusive"]


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing that is judged: a gate of a claim type of a cell.

    Parameters
    ----------
    cell
        None for what is said of the baseline as a whole.
    file
        The prompt's file, or the baseline's.
    claim_type
        Or ``overall``.
    gate
        A gate of the settings, or ``recordings`` or ``baseline``.
    """

    cell: Cell | None
    file: str
    claim_type: str
    gate: str

    @property
    def id(self) -> str:
        """E.g. ``prompts/guided.md::local/smollm2-135m::quotes::min_f1``, in printable text."""
        model = () if self.cell is None else (self.cell.model, self.claim_type)
        return printable("::".join((self.file, *model, self.gate)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an item.

    Parameters
    ----------
    message
        A sentence, in printable characters.
    value, limit
        What was compared; None where there is nothing to compare.
    n, n_of
        How many of what the value is of, e.g. 41 ``gold claims``.
    details
        More lines: claims that were lost, articles whose gold changed.
    command
        What to run, where a command is all that it takes; the message ends in it.
    """

    item: CheckItem
    status: Status
    message: str
    value: float | None = None
    limit: float | None = None
    n: float | None = None
    n_of: str = ""
    details: tuple[str, ...] = ()
    command: str = ""

    @property
    def failed(self) -> bool:
        """Whether it fails the check."""
        return self.status == "fail"

    @property
    def place(self) -> str:
        """What it is about, without the file."""
        return OVERALL if self.item.cell is None else self.item.claim_type


def figure(value: Fraction | float, *, sign: bool = False) -> str:
    """A score or share for a person.

    Examples
    --------
    >>> figure(Fraction(2, 3)), figure(0.05, sign=True)
    ('0.667', '+0.050')
    """
    return f"{float(value):+.3f}" if sign else f"{float(value):.3f}"


def figures_apart(value: Fraction, limit: Fraction) -> str:
    """A value with so many digits that it is seen on which side of the limit it is, and not 0.

    Examples
    --------
    >>> figures_apart(Fraction(1, 3000), Fraction(2, 100))
    '0.0003'
    >>> figures_apart(Fraction(20001, 1000000), Fraction(2, 100))
    '0.020001'
    """
    for digits in range(3, 7):
        text = f"{float(value):.{digits}f}"
        is_seen = Fraction(text) != limit or value == limit
        if is_seen and (Fraction(text) or not value):
            return text
    return f"{float(value):.9f}"


def plural(n: Fraction | float, noun: str) -> str:
    """A number and what it counts.

    Examples
    --------
    >>> plural(1, "gold claim"), plural(Fraction(5, 2), "reply")
    ('1 gold claim', '2.5 replies')
    """
    whole = float(n)
    number = f"{int(whole):,}" if whole == int(whole) else f"{whole:.1f}"
    if n == 1:
        return f"{number} {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def missing_replies(cell: CellStanding) -> str:
    """What a cell has no reply to."""
    if cell.counts is None:
        return f"no reply to {cell.n_missing:,} of {plural(cell.n_requests, 'request')}"
    n_articles = len(cell.counts.article_ids) + cell.n_missing
    return f"no whole reply about {cell.n_missing:,} of {plural(n_articles, 'article')}"


def run_command(cell: Cell, file: str, repeats: int = 1) -> str:
    """The command that evaluates a cell.

    Examples
    --------
    >>> run_command(Cell("mine", "guided"), "prompts/guided.md")
    'harness run -m mine -p prompts/guided.md --update'
    """
    words = ["harness", "run", "-m", cell.model, "-p", file]
    if repeats > 1:
        words += ["--repeats", str(repeats)]
    return shlex.join([*words, "--update"])
