"""The signature of a score: what it was made by and from, so that two can be compared or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from harness.claims import ClaimSchema, ClaimType
from harness.evaluate.scores import Resampling
from harness.records import Gold, GoldClaim

__all__ = ["SCORER_VERSION", "Signature", "gold_hash", "scorer_of"]

SCORER_VERSION = 2
"""Raised when, and only when, a score of the same claims against the same gold can move."""

_THRESHOLD = "0.5"
_FAILURES = "missed"
_DIGITS = 8

_to_json = json.JSONEncoder(sort_keys=True, ensure_ascii=True, default=str).encode


@dataclass(frozen=True, slots=True)
class Signature:
    """What must agree for two scores to be compared, and what is recorded besides.

    Parameters
    ----------
    scorer
        The scorer's version, the schema's keys and comparators, the threshold of the lenient
        level and what becomes of failed requests, as `scorer_of` writes them.
    gold
        By article id, the hash of its gold.
    resampling
        The seed and the number of resamples.
    """

    scorer: str
    gold: Mapping[str, str]
    resampling: Resampling

    def over(self, article_ids: Iterable[str]) -> str:
        """The signature of a score of some articles, as a short string."""
        chosen = sorted(each for each in article_ids if each in self.gold)
        gold = _hash([[each, self.gold[each]] for each in chosen])
        return "|".join(
            (
                self.scorer,
                f"gold:{gold}",
                f"articles:{len(chosen)}",
                f"seed:{self.resampling.seed}",
                f"resamples:{self.resampling.n_resamples}",
                f"version:{_version()}",
            )
        )


def scorer_of(schema: ClaimSchema) -> str:
    """The part of a signature that says how claims were scored.

    Examples
    --------
    >>> from harness.claims import load_schema
    >>> scorer_of(load_schema()).split("|")[2:]
    ['threshold:0.5', 'failed:missed']
    """
    compared = _hash([_described(schema.types[name]) for name in sorted(schema.types)])
    return f"scorer:{SCORER_VERSION}|schema:{compared}|threshold:{_THRESHOLD}|failed:{_FAILURES}"


def _described(claim_type: ClaimType) -> list[object]:
    """What of a claim type can move a score; fields in the order of their names."""
    fields = []
    for field in sorted(claim_type.compared, key=lambda each: each.name):
        compare = field.comparison
        options = (compare.key, compare.anchor, compare.through, compare.titles_in)
        fields.append([field.name, compare.by.name, field.verbatim, *options])
    return [claim_type.name, fields]


def gold_hash(gold: Gold, schema: ClaimSchema) -> str:
    """The hash of all that is compared of an article's labelled claims, whatever their order."""
    return _hash(
        {
            name: sorted(_claim_json(claim, schema.types[name]) for claim in claims)
            for name, claims in sorted(gold.claims.items())
        }
    )


def _claim_json(claim: GoldClaim, claim_type: ClaimType) -> str:
    names = [field.name for field in claim_type.compared]
    parts = (
        {name: claim.values.get(name) for name in names},
        claim.optional,
        {name: sorted(map(str, claim.accept.get(name, ()))) for name in names},
        sorted(claim.aliases),
    )
    return _to_json(parts)


def _hash(value: object) -> str:
    return hashlib.sha256(_to_json(value).encode()).hexdigest()[:_DIGITS]


# The package's metadata are parsed anew whenever they are asked for.
@cache
def _version() -> str:
    try:
        return version("claim-harness")
    except PackageNotFoundError:
        return "unknown"
