"""What a page needs besides the evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.records import Cell, CellUsage

__all__ = ["FailedRequest", "PageFacts", "PageLimits", "PagePrompt"]


@dataclass(frozen=True, slots=True)
class PagePrompt:
    """A version of a prompt: what a model reads of it, whatever the article.

    Parameters
    ----------
    sections
        Title and text of each part, as they stand in the file.
    """

    name: str
    version: str
    description: str
    passes: str
    sections: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request that has no claims, and what came back for it.

    Parameters
    ----------
    claim_types
        What it was to return.
    raw
        The text of the last reply as it came; empty where none came.
    """

    cell: Cell
    article_id: str
    repeat: int
    claim_types: tuple[str, ...]
    reason: str
    message: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How much a page holds. What it leaves out it counts, and says so.

    Parameters
    ----------
    reader_bytes
        Articles in the reader: their JSON together, in UTF-8.
    n_articles
        The same as a number.
    n_heat_rows
        Articles in the heat map.
    n_comparisons
        Comparisons of two cells at one claim type.
    n_failures, failure_chars
        Failed requests, and the characters of all together.
    raw_chars
        Characters of one raw reply.
    """

    reader_bytes: int = 4_200_000
    n_articles: int = 1_000
    n_heat_rows: int = 60
    n_comparisons: int = 2_000
    n_failures: int = 300
    failure_chars: int = 400_000
    raw_chars: int = 4_000


@dataclass(frozen=True)
class PageFacts:
    """Facts of a run, or of predictions that were made elsewhere.

    Parameters
    ----------
    title
        The run's id, or what was scored.
    started
        When, as a person reads it; empty where it is not known.
    usage, versions
        What the requests of each cell took, and the version of its prompt; cells may be missing.
    prompts
        The prompts of the run.
    failures
        Gone through once, and no farther than the page has room.
    n_failures
        How many there are.
    notes
        What else a reader has to know, in sentences: what was not asked, what stopped.
    """

    title: str
    started: str = ""
    usage: Mapping[Cell, CellUsage] = field(default_factory=dict)
    versions: Mapping[Cell, str] = field(default_factory=dict)
    prompts: Sequence[PagePrompt] = ()
    failures: Iterable[FailedRequest] = ()
    n_failures: int = 0
    notes: Sequence[str] = ()
    limits: PageLimits = PageLimits()
