"""From an article's gold and predicted claims to counts, and to what became of each claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.claims import ClaimSchema, ClaimType
from harness.records import (
    Claim,
    ClaimOutcome,
    Counts,
    Gold,
    GoldClaim,
    InvalidItem,
    Level,
    Prediction,
)
from harness.scoring.align import align
from harness.scoring.similarity import ActorNames, ClaimSimilarities, compare_claims

__all__ = ["LEVELS", "FieldCounts", "TypeResult", "count_article"]

LEVELS: tuple[Level, ...] = ("strict", "lenient")


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How often a field is right among the lenient pairs with required gold."""

    right: int = 0
    n: int = 0

    def __add__(self, other: FieldCounts) -> FieldCounts:
        return FieldCounts(self.right + other.right, self.n + other.n)


@dataclass(frozen=True, slots=True)
class TypeResult:
    """What scoring says of one claim type in one article and repeat.

    Parameters
    ----------
    counts, outcomes
        For each level.
    fields
        For each compared field.
    failed
        Whether the request that was to return these claims failed.
    """

    article_id: str
    claim_type: str
    repeat: int
    counts: Mapping[Level, Counts]
    fields: Mapping[str, FieldCounts]
    outcomes: Mapping[Level, tuple[ClaimOutcome, ...]]
    failed: bool = False


def count_article(
    schema: ClaimSchema, gold: Gold, prediction: Prediction, claim_types: Sequence[str]
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

    Returns
    -------
    list of TypeResult
        One for each labelled claim type, in the order of `claim_types`.
    """
    names = {
        name: ActorNames(claim_type, gold.claims.get(name, ()))
        for name, claim_type in schema.types.items()
        if claim_type.has_aliases
    }
    return [
        _count_type(schema.types[name], gold.claims[name], prediction, names)
        for name in claim_types
        if name in gold.claims
    ]


def _count_type(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    prediction: Prediction,
    names: Mapping[str, ActorNames],
) -> TypeResult:
    # A failed request returned nothing, whatever else is at hand of it.
    failed = claim_type.name in prediction.failures
    predicted = () if failed else prediction.claims.get(claim_type.name, ())
    invalid = [
        item
        for item in prediction.invalid_items
        if item.claim_type == claim_type.name and not failed
    ]
    similarities = compare_claims(claim_type, gold, predicted, names)
    values = [claim.values for claim in gold]
    required = [not claim.optional for claim in gold]
    counts: dict[Level, Counts] = {}
    outcomes: dict[Level, tuple[ClaimOutcome, ...]] = {}
    fields: dict[str, FieldCounts] = {}
    for level in LEVELS:
        pairs = align(
            similarities.strict if level == "strict" else similarities.lenient,
            required,
            similarities.fraction,
            values,
            predicted,
        )
        found = [pair for pair in pairs if required[pair[0]]]
        counts[level] = Counts(
            tp=len(found),
            fp=len(predicted) + len(invalid) - len(pairs),
            fn=sum(required) - len(found),
            set_aside=len(pairs) - len(found),
        )
        outcomes[level] = _outcomes(gold, predicted, invalid, pairs, similarities)
        if level == "lenient":
            fields = _count_fields(similarities, gold, predicted, found)
    return TypeResult(
        prediction.article_id,
        claim_type.name,
        prediction.repeat,
        counts,
        fields,
        outcomes,
        failed,
    )


def _outcomes(
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    invalid: Sequence[InvalidItem],
    pairs: Sequence[tuple[int, int]],
    similarities: ClaimSimilarities,
) -> tuple[ClaimOutcome, ...]:
    partner_of_gold = dict(pairs)
    partner_of_predicted = {column: row for row, column in pairs}
    similarity = {}
    for row, column in pairs:
        mean = similarities.fraction(row, column)
        similarity[row] = mean.numerator / mean.denominator
    outcomes = []
    for row, claim in enumerate(gold):
        paired = row in partner_of_gold
        outcomes.append(
            ClaimOutcome(
                "gold",
                row,
                "optional" if claim.optional else "tp" if paired else "fn",
                claim.values,
                partner_of_gold.get(row),
                similarity.get(row),
            )
        )
    for column, values in enumerate(predicted):
        row_or_none = partner_of_predicted.get(column)
        if row_or_none is None:
            outcomes.append(ClaimOutcome("predicted", column, "fp", values))
        else:
            outcomes.append(
                ClaimOutcome(
                    "predicted",
                    column,
                    "set_aside" if gold[row_or_none].optional else "tp",
                    values,
                    row_or_none,
                    similarity[row_or_none],
                )
            )
    for number, item in enumerate(invalid, start=len(predicted)):
        values = item.item if isinstance(item.item, dict) else {"item": item.item}
        outcomes.append(ClaimOutcome("predicted", number, "fp", values, reason="invalid_item"))
    return tuple(outcomes)


def _count_fields(
    similarities: ClaimSimilarities,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    pairs: Sequence[tuple[int, int]],
) -> dict[str, FieldCounts]:
    fields = {}
    for field in similarities.claim_type.compared:
        is_key = field.compare is not None and field.compare.key
        exact = similarities.fields[field.name].exact
        # A field that both leave open says nothing about how well it is extracted, unless it is
        # a key, where null is an answer.
        told = [
            bool(exact[row, column])
            for row, column in pairs
            if is_key
            or gold[row].values.get(field.name) is not None
            or predicted[column].get(field.name) is not None
        ]
        fields[field.name] = FieldCounts(right=sum(told), n=len(told))
    return fields
