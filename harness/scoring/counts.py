"""From an article's gold and predicted claims to counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.claims import ClaimSchema, ClaimType
from harness.records import (
    Claim,
    ClaimOutcome,
    Counts,
    Gold,
    InvalidItem,
    Level,
    Prediction,
)
from harness.scoring.align import Pair, align
from harness.scoring.content import count_content
from harness.scoring.field_comparison import FieldComparison
from harness.scoring.gold_values import GoldClaims, PreparedGold
from harness.scoring.outcomes import Aligned, explain
from harness.scoring.resolve import ActorNames
from harness.scoring.similarity import ClaimComparison, compare_claims, read_fields
from harness.scoring.source import Source, ground_claims

__all__ = [
    "CLAIM_LEVELS",
    "LEVELS",
    "FieldCounts",
    "TypeResult",
    "count_article",
    "count_prediction",
]

CLAIM_LEVELS: tuple[Level, ...] = ("strict", "lenient")
"""The levels at which claims are paired."""

LEVELS: tuple[Level, ...] = (*CLAIM_LEVELS, "content")


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How often a field is right among the lenient pairs with required gold."""

    right: int = 0
    n: int = 0

    def __add__(self, other: FieldCounts) -> FieldCounts:
        return FieldCounts(self.right + other.right, self.n + other.n)


@dataclass(frozen=True)
class TypeResult:
    """What scoring says of one claim type in one article and repeat.

    Parameters
    ----------
    counts
        For each level. At the level content, which only quotations have, words are counted.
    fields
        For each compared field.
    aligned
        What was compared and paired.
    failure
        Why the request that was to return these claims failed; empty where it did not.
    """

    article_id: str
    claim_type: str
    repeat: int
    counts: Mapping[Level, Counts]
    fields: Mapping[str, FieldCounts]
    aligned: Aligned
    failure: str = ""

    @property
    def failed(self) -> bool:
        """Whether the request that was to return these claims failed."""
        return bool(self.failure)

    @cached_property
    def outcomes(self) -> Mapping[Level, tuple[ClaimOutcome, ...]]:
        """What became of each claim at each level, and why. Worked out when it is asked for."""
        # They follow from the pairs, which are mostly the same at both levels.
        found: dict[tuple[Pair, ...], tuple[ClaimOutcome, ...]] = {}
        levels = {level: tuple(self.aligned.pairs[level]) for level in CLAIM_LEVELS}
        for level, pairs in levels.items():
            if pairs not in found:
                found[pairs] = explain(self.aligned, level)
        return {level: found[pairs] for level, pairs in levels.items()}


def count_article(
    schema: ClaimSchema,
    gold: Gold,
    prediction: Prediction,
    claim_types: Sequence[str],
    source: Source | None = None,
) -> list[TypeResult]:
    """Align and count the claims of one article.

    Parameters
    ----------
    schema
        How claims are compared.
    gold, prediction
        Of the same article.
    claim_types
        The claim types to count; one that was not labelled is left out.
    source
        The texts that predictions may be copied from. Without it nothing is grounded.

    Returns
    -------
    list of TypeResult
        One for each labelled claim type, in the order of `claim_types`.
    """
    return count_prediction(PreparedGold(schema, gold), prediction, claim_types, source)


def count_prediction(
    gold: PreparedGold,
    prediction: Prediction,
    claim_types: Sequence[str],
    source: Source | None = None,
) -> list[TypeResult]:
    """Do what `count_article` does, with gold that was prepared for several predictions."""
    names = gold.names
    read = []
    for name in claim_types:
        if name in gold.gold.claims:
            # A failed request returned nothing, whatever else is at hand of it.
            predicted = () if name in prediction.failures else prediction.claims.get(name, ())
            claims = gold.claims(name)
            read.append((claims, predicted, read_fields(claims, predicted, names)))
    _resolve([field for *_, fields in read for field in fields.values()])
    return [
        _count_type(claims, predicted, fields, prediction, names, source)
        for claims, predicted, fields in read
    ]


def _resolve(fields: Iterable[FieldComparison]) -> None:
    """Find out who is meant by the names in all fields of an article, in one go."""
    values: dict[ActorNames, list[str | None]] = {}
    for field in fields:
        if field.resolver is not None:
            values.setdefault(field.resolver, []).extend([*field.wanted, *field.given])
        elif field.names is not None:
            values.setdefault(field.names, []).extend(field.given)
    for names, each in values.items():
        names.resolve_many(each)


def _count_type(
    gold: GoldClaims,
    predicted: Sequence[Claim],
    fields: Mapping[str, FieldComparison],
    prediction: Prediction,
    names: Mapping[str, ActorNames],
    source: Source | None,
) -> TypeResult:
    claim_type = gold.claim_type
    failure = prediction.failures.get(claim_type.name)
    invalid = () if failure is not None else _invalid_items(prediction, claim_type)
    comparison = compare_claims(claim_type, fields)
    pairs = _align(comparison, gold, predicted)
    n_predicted = len(predicted) + len(invalid)
    counts: dict[Level, Counts] = {"strict": _count_pairs(pairs["strict"], gold, n_predicted)}
    # Where each pair that is possible is a strict one, the levels are the same.
    counts["lenient"] = (
        counts["strict"]
        if pairs["lenient"] is pairs["strict"]
        else _count_pairs(pairs["lenient"], gold, n_predicted)
    )
    if claim_type.has_content:
        counts["content"] = count_content(comparison, gold.claims, predicted, pairs["lenient"])
    return TypeResult(
        prediction.article_id,
        claim_type.name,
        prediction.repeat,
        counts,
        _count_fields(comparison, gold, pairs["lenient"]),
        Aligned(
            gold.claims,
            predicted,
            invalid,
            comparison,
            pairs,
            ground_claims(claim_type, predicted, source) if source else (),
            names,
        ),
        failure.reason if failure is not None else "",
    )


def _invalid_items(prediction: Prediction, claim_type: ClaimType) -> tuple[InvalidItem, ...]:
    if not prediction.invalid_items:
        return ()
    return tuple(item for item in prediction.invalid_items if item.claim_type == claim_type.name)


def _align(
    comparison: ClaimComparison, gold: GoldClaims, predicted: Sequence[Claim]
) -> dict[Level, list[Pair]]:
    lenient = comparison.pairs
    strict = comparison.strict_pairs
    aligned = align(lenient, gold.claims, predicted)
    if len(strict) == len(lenient):
        return {"strict": aligned, "lenient": aligned}
    if len(aligned) == len(lenient):
        # None competes with another, so none of the strict ones does.
        return {"strict": sorted([pair[:2] for pair in strict]), "lenient": aligned}
    return {"strict": align(strict, gold.claims, predicted), "lenient": aligned}


def _count_pairs(pairs: Sequence[Pair], gold: GoldClaims, n_predicted: int) -> Counts:
    tp = len(_required(pairs, gold))
    return Counts(tp, n_predicted - len(pairs), gold.n_required - tp, len(pairs) - tp)


def _required(pairs: Sequence[Pair], gold: GoldClaims) -> Sequence[Pair]:
    if gold.n_required == len(gold.claims):
        return pairs
    return [pair for pair in pairs if not gold.is_optional[pair[0]]]


def _count_fields(
    comparison: ClaimComparison, gold: GoldClaims, aligned: Sequence[Pair]
) -> dict[str, FieldCounts]:
    pairs = _required(aligned, gold)
    n_exact = comparison.count_exact_keys(pairs)
    return {
        name: FieldCounts(n_exact[name], len(pairs))
        if name in n_exact
        # A field that both leave open says nothing about how well it is extracted (but for a key,
        # where null is an answer).
        else FieldCounts(*field.count_exact(pairs))
        for name, field in comparison.fields.items()
    }
