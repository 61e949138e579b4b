"""Names for gold claims that do not depend on their place in a list, and texts to know them by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.claims import ClaimSchema, ClaimType
from harness.records import Claim, Gold
from harness.reports.plain import printable

__all__ = ["KnownClaim", "claim_digests", "claim_text", "known_claims"]

_DIGITS = 8
_LONGEST_TEXT = 120

_to_json = json.JSONEncoder(ensure_ascii=True, default=str).encode


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A required gold claim.

    Parameters
    ----------
    digest
        Eight hexadecimal digits of the hash of what is compared of it.
    first
        Where it repeats another claim of the article, that one's digest; else its own.
    """

    article_id: str
    claim_type: ClaimType
    values: Claim
    digest: str
    first: str

    @property
    def id(self) -> str:
        """Its name: the article, the claim type and the digest."""
        return f"{self.article_id}:{self.claim_type.name}:{self.digest}"

    @property
    def text(self) -> str:
        """What a person knows it by, in printable characters."""
        return claim_text(self.values, self.claim_type)


def claim_digests(claims: Sequence[Claim], claim_type: ClaimType) -> list[tuple[str, str]]:
    """The digest of each claim, and that of the first claim that it repeats or else its own.

    Examples
    --------
    >>> from harness.claims import load_schema
    >>> dates = load_schema().types["dates"]
    >>> claim_digests([{"text": "May 5", "value": "2031-05-05"}] * 2, dates)
    [('a88a9334', 'a88a9334'), ('11fdb354', 'a88a9334')]
    """
    names = [field.name for field in claim_type.compared]
    seen: dict[str, int] = {}
    digests = []
    for claim in claims:
        values = _to_json([claim.get(name) for name in names])
        n = seen[values] = seen.get(values, 0) + 1
        first = _hash(values)
        digests.append((first if n == 1 else _hash(f"{values}{n}"), first))
    return digests


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def claim_text(claim: Claim, claim_type: ClaimType) -> str:
    """What a person knows a claim by: its anchor, then what else is said of it."""
    first = claim_type.anchor
    others = [field for field in claim_type.compared if field is not first]
    values = [str(claim[field.name]) for field in others if claim.get(field.name) is not None]
    anchor = claim.get(first.name)
    text = "null" if anchor is None else str(anchor)
    if first.verbatim and first.comparison.by.has_words:
        text = f"“{text}”"
    whole = printable(" ".join(f"{text} ({', '.join(values)})".split() if values else text.split()))
    return whole if len(whole) <= _LONGEST_TEXT else f"{whole[: _LONGEST_TEXT - 1]}…"


def known_claims(gold: Gold, schema: ClaimSchema) -> Mapping[str, tuple[KnownClaim | None, ...]]:
    """The claims of each labelled claim type, in their order; None stands for an optional one."""
    found: dict[str, tuple[KnownClaim | None, ...]] = {}
    for name, claims in gold.claims.items():
        claim_type = schema.types[name]
        required = [claim.values for claim in claims if not claim.optional]
        known = iter(
            [
                KnownClaim(gold.article_id, claim_type, values, *digests)
                for values, digests in zip(
                    required, claim_digests(required, claim_type), strict=True
                )
            ]
        )
        found[name] = tuple(None if claim.optional else next(known) for claim in claims)
    return found
