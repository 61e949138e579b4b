"""Where cells stand: what their replies come to, claim by claim, against today's gold."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.evaluate import CountVectors
from harness.records import Article, Cell, Level
from harness.regression.claim_ids import KnownClaim
from harness.scoring import TypeResult
from harness.scoring.ground import GroundingStatus

__all__ = [
    "CellStanding",
    "FoundClaims",
    "Place",
    "PromptSource",
    "RepliesDigest",
    "Standing",
    "summed_groundings",
]

Place: TypeAlias = tuple[str, str]
"""An article and a claim type."""

_DIGITS = 8
_to_json = json.JSONEncoder(sort_keys=True, ensure_ascii=True, default=str).encode


@dataclass(frozen=True, slots=True)
class PromptSource:
    """A prompt as it was asked with.

    Parameters
    ----------
    file
        Its path, as it is shown and written.
    source
        The text of the file; None where it is not known.
    """

    name: str
    file: str
    version: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class FoundClaims:
    """How often each required gold claim of a place was found, by digest.

    Parameters
    ----------
    lenient, strict
        In how many replies.
    """

    digests: tuple[str, ...]
    lenient: tuple[int, ...]
    strict: tuple[int, ...]

    @classmethod
    def of(
        cls, claims: Sequence[KnownClaim], lenient: Sequence[int], strict: Sequence[int]
    ) -> FoundClaims:
        """Those of required gold claims; of equal ones the first is the one found most often."""
        rows = zip(
            [claim.digest for claim in claims],
            _by_twins(lenient, claims),
            _by_twins(strict, claims),
            strict=True,
        )
        digests, *times = zip(*sorted(rows), strict=True) if claims else ((), (), ())
        return cls(digests, *times)

    def times(self, level: Level) -> tuple[int, ...]:
        """In how many replies each was found at a level."""
        return self.strict if level == "strict" else self.lenient


def _by_twins(times: Sequence[int], claims: Sequence[KnownClaim]) -> tuple[int, ...]:
    firsts = [claim.first for claim in claims]
    if len(set(firsts)) == len(firsts):
        return tuple(times)
    of_twins: dict[str, list[int]] = {}
    for first, n in sorted(zip(firsts, times, strict=True), key=lambda pair: pair[1]):
        of_twins.setdefault(first, []).append(n)
    return tuple(of_twins[first].pop() for first in firsts)


@dataclass(frozen=True, eq=False)
class CellStanding:
    """Where a cell stands.

    Parameters
    ----------
    prompt
        None for claims made elsewhere.
    counts
        Of every article that is labelled. None where requests have no reply.
    found
        How often each required gold claim was found.
    n_requests, n_missing, n_failed
        Requests; those without a reply, or of a result folder the articles without all of theirs;
        requests whose reply is a failure.
    cost_usd
        What the replies cost; None is unknown.
    groundings
        By claim type, how many verbatim values stand in their articles, by status. None where
        that was not looked at.
    replies
        By article id, the digest of what was predicted. Empty where that was not looked at.
    """

    cell: Cell
    prompt: PromptSource | None
    counts: CountVectors | None
    found: Mapping[Place, FoundClaims]
    n_requests: int
    n_missing: int = 0
    n_failed: int = 0
    cost_usd: float | None = None
    groundings: Mapping[str, Mapping[GroundingStatus, int]] | None = None
    replies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Standing:
    """Where all cells stand.

    Parameters
    ----------
    scorer
        The part of the signature that says how claims were scored.
    gold
        By article id, the hash of its gold.
    cells
        In the order of models and prompts.
    articles
        What is known of the articles, by id.
    claims
        The required gold claims by id. Empty where the standing is that of a result folder.
    left_out
        Default models that cannot be looked up here, and why.
    is_part
        Whether only some of the labelled articles may have been looked at: others are not gone.
    """

    scorer: str
    gold: Mapping[str, str]
    cells: Mapping[Cell, CellStanding]
    articles: Mapping[str, Article]
    claims: Mapping[str, KnownClaim]
    left_out: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False


class RepliesDigest:
    """The digest of what was predicted for each article, whatever it was scored against.

    An article for which nothing was predicted has none.
    """

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def add(self, article_id: str, repeat: int, claim_type: str, claims: Iterable[object]) -> None:
        """Add what was predicted of one claim type in one repeat."""
        if texts := sorted(map(_to_json, claims)):
            line = _to_json([repeat, claim_type, *texts])
            self._lines.setdefault(article_id, []).append(line)

    def add_result(self, result: TypeResult) -> None:
        """The same from what scoring says of it."""
        invalid = (
            each.item if isinstance(each.item, dict) else {"item": each.item}
            for each in result.aligned.invalid
        )
        self.add(
            result.article_id,
            result.repeat,
            result.claim_type,
            [*map(dict, result.aligned.predicted), *invalid],
        )

    def digests(self) -> dict[str, str]:
        """By article id."""
        return {
            article_id: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:_DIGITS]
            for article_id, lines in self._lines.items()
        }


def summed_groundings(
    groundings: Mapping[tuple[str, str], Mapping[GroundingStatus, int]],
) -> dict[str, dict[GroundingStatus, int]]:
    """Groundings of fields, summed for each claim type."""
    found: dict[str, Counter[GroundingStatus]] = {}
    for (claim_type, _), statuses in groundings.items():
        found.setdefault(claim_type, Counter()).update(statuses)
    return {name: dict(each) for name, each in found.items()}
