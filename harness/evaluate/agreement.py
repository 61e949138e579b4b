"""How well replies agree with each other, and labellers: the same scorer, one side as gold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from harness.claims import ClaimSchema
from harness.evaluate.chunks import chunks, n_cells
from harness.records import Counts, Gold, GoldClaim, Level, Prediction
from harness.scoring import CLAIM_LEVELS, PreparedGold, count_article, count_articles
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
    asked_twice = [
        (gold[article_id], sorted(replies, key=lambda each: each.repeat))
        for article_id, replies in by_article.items()
        if len(replies) > 1
    ]
    found: dict[tuple[str, Level], Agreement] = {}
    for name in claim_types:
        compared = chain.from_iterable(
            _compared(own, replies, schema, name) for own, replies in asked_twice
        )
        for chunk in chunks(compared, lambda pair: n_cells(*pair)):
            prepared = PreparedGold(schema, *[one for one, _ in chunk])
            others = [other for _, other in chunk]
            for counted in count_articles(prepared, others, [name], [None] * len(chunk)):
                for level in CLAIM_LEVELS:
                    total = Counts(*counted.counts[level].sum(axis=0).tolist())
                    one = Agreement(total, len(chunk))
                    found[name, level] = found.get((name, level), Agreement()) + one
    return found


def _compared(
    gold: Gold, replies: Sequence[Prediction], schema: ClaimSchema, claim_type: str
) -> Iterator[tuple[Gold, Prediction]]:
    """Every two readable replies, the earlier one as gold; items that are no claims are left out.

    Names mean the actors that a person labelled, whatever actors the replies have.
    """
    if claim_type not in gold.claims:
        return
    named = {other: claims for other, claims in gold.claims.items() if other != claim_type}
    readable = [reply for reply in replies if claim_type not in reply.failures]
    for number, first in enumerate(readable[:-1]):
        twin = _as_gold(first, gold, schema, claim_type)
        for second in readable[number + 1 :]:
            yield (
                Gold(gold.article_id, {**named, claim_type: twin}),
                replace(second, invalid_items=()),
            )


def _as_gold(
    prediction: Prediction, gold: Gold, schema: ClaimSchema, name: str
) -> tuple[GoldClaim, ...]:
    """Claims in the place of gold; actors have the names that the article's gold gives."""
    claim_type, labelled = schema.types[name], gold.claims[name]
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
    return tuple(twins)


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
