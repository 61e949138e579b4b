"""How well replies agree with each other, and labellers: the same scorer, one side as gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from harness.claims import ClaimSchema
from harness.records import Counts, Gold, GoldClaim, Level, Prediction
from harness.scoring import CLAIM_LEVELS, TypeResult, count_article
from harness.scoring.resolve import ActorNames

__all__ = ["Agreement", "as_prediction", "repeat_agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well the replies to the same question agree.

    Parameters
    ----------
    counts
        Summed over articles and pairs of repeats, the earlier one as gold.
    n_pairs
        The pairs of readable replies that were compared.
    """

    counts: Counts = field(default_factory=Counts)
    n_pairs: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.counts + other.counts, self.n_pairs + other.n_pairs)


def repeat_agreement(
    predictions: Iterable[Prediction],
    gold: Mapping[str, Gold],
    schema: ClaimSchema,
    claim_types: Sequence[str],
) -> dict[tuple[str, Level], Agreement]:
    """Compare every two readable replies of an article with each other.

    Parameters
    ----------
    predictions
        Of one cell, with their repeats.
    gold
        By article id. Names are resolved through its actors, so that two names of one are equal.
    schema, claim_types
        How claims are compared, and which are.

    Returns
    -------
    dict
        By claim type and level; empty where nothing was asked twice.
    """
    by_article: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        if prediction.article_id in gold:
            by_article.setdefault(prediction.article_id, []).append(prediction)
    found: dict[tuple[str, Level], Agreement] = {}
    for article_id, replies in by_article.items():
        replies = sorted(replies, key=lambda each: each.repeat)
        for first, second in combinations(replies, 2):
            readable = [
                name
                for name in claim_types
                if name not in first.failures and name not in second.failures
            ]
            for result in _compare_replies(first, second, gold[article_id], schema, readable):
                for level in CLAIM_LEVELS:
                    key = (result.claim_type, level)
                    one = Agreement(result.counts[level], 1)
                    found[key] = found.get(key, Agreement()) + one
    return found


def _compare_replies(
    first: Prediction,
    second: Prediction,
    gold: Gold,
    schema: ClaimSchema,
    claim_types: Sequence[str],
) -> list[TypeResult]:
    """Score one reply against another; items that are no claims are left out of both."""
    second = replace(second, invalid_items=())
    twin = _as_gold(first, gold, schema)
    results = []
    for name in claim_types:
        # Names mean the actors that a person labelled, whatever actors the replies have.
        named = {other: claims for other, claims in gold.claims.items() if other != name}
        if name in twin.claims:
            against = Gold(gold.article_id, {**named, name: twin.claims[name]})
            results += count_article(schema, against, second, [name])
    return results


def _as_gold(prediction: Prediction, gold: Gold, schema: ClaimSchema) -> Gold:
    """A reply in the place of gold; its actors have the names that the article's gold gives."""
    claims: dict[str, tuple[GoldClaim, ...]] = {}
    for name in gold.claims:
        claim_type = schema.types[name]
        labelled = gold.claims[name]
        names = ActorNames(claim_type, labelled) if claim_type.has_aliases else None
        twins = []
        for values in prediction.claims.get(name, ()):
            text = claim_type.anchor.text_of(values)
            owner = names.resolve(text) if names and text is not None else None
            aliases: tuple[str, ...] = ()
            if owner is not None:
                others = claim_type.anchor.alternatives(labelled[owner])
                aliases = tuple(each for each in others if each is not None)
            twins.append(GoldClaim(values, aliases=aliases))
        claims[name] = tuple(twins)
    return Gold(prediction.article_id, claims)


def as_prediction(other: Gold, gold: Gold, schema: ClaimSchema) -> Prediction:
    """Another labeller's claims in the place of a prediction.

    What the other labeller calls optional counts only where this one has it too.
    """
    claims = {name: [each.values for each in labelled] for name, labelled in other.claims.items()}
    prediction = Prediction(gold.article_id, claims)
    kept = dict(claims)
    for result in count_article(schema, gold, prediction, tuple(claims)):
        paired = {column for _, column in result.aligned.pairs["lenient"]}
        kept[result.claim_type] = [
            claim.values
            for column, claim in enumerate(other.claims[result.claim_type])
            if column in paired or not claim.optional
        ]
    return Prediction(gold.article_id, kept)
