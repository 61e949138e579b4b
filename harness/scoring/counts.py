"""From gold and predicted claims to counts: those of many articles at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from harness.claims import ClaimSchema
from harness.comparators.blocks import Blocks, Places
from harness.comparators.interface import AlikeArrays
from harness.records import Claim, Gold, Level, Prediction
from harness.scoring.align import align
from harness.scoring.collection import no_collection
from harness.scoring.content import count_content
from harness.scoring.field_comparison import FieldComparison
from harness.scoring.gold_values import GoldClaims, PreparedGold
from harness.scoring.resolve import ActorNames
from harness.scoring.results import CountedType, TypeResult, invalid_items
from harness.scoring.similarity import ClaimComparison, compare_claims, read_fields
from harness.scoring.source import Source, ground_claims

__all__ = ["count_article", "count_articles", "count_prediction", "results_of"]

_NO_CLAIMS: Sequence[Claim] = ()


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
    return results_of(count_articles(gold, [prediction], claim_types, [source]), 0)


def count_articles(
    gold: PreparedGold,
    predictions: Sequence[Prediction | None],
    claim_types: Sequence[str],
    sources: Sequence[Source | None],
) -> list[CountedType]:
    """Align and count the claims of many articles at once: most of it is done for all in one go.

    Parameters
    ----------
    gold
        The gold of the articles.
    predictions, sources
        For each article a prediction, if there is one, and the texts that it may be copied from,
        if it is to be grounded.
    claim_types
        The claim types to count.

    Returns
    -------
    list of CountedType
        One for each claim type that was labelled in any article, in the order given.
    """
    with no_collection():
        return _count_articles(gold, predictions, claim_types, sources)


def _count_articles(
    gold: PreparedGold,
    predictions: Sequence[Prediction | None],
    claim_types: Sequence[str],
    sources: Sequence[Source | None],
) -> list[CountedType]:
    read = []
    for name in claim_types:
        if not any(name in each.claims for each in gold.gold):
            continue
        given = [
            _predicted(own, prediction, name)
            for own, prediction in zip(gold.gold, predictions, strict=True)
        ]
        predicted, blocks = list(chain.from_iterable(given)), Blocks(map(len, given))
        claims = gold.claims(name)
        read.append(
            (claims, given, predicted, blocks, read_fields(claims, predicted, blocks, gold.names))
        )
    _prepare_names(field for *_, fields in read for field in fields.values())
    return [_count_type(gold, predictions, sources, *each) for each in read]


def results_of(counted: Sequence[CountedType], number: int) -> list[TypeResult]:
    """What was counted for one of the articles: one for each claim type that was labelled in it."""
    return [
        TypeResult(each, number)
        for each in counted
        if each.claim_type.name in each.gold[number].claims
    ]


def _predicted(gold: Gold, prediction: Prediction | None, claim_type: str) -> Sequence[Claim]:
    # A failed request returned nothing, whatever else is at hand of it.
    if prediction is None or claim_type not in gold.claims or claim_type in prediction.failures:
        return _NO_CLAIMS
    return prediction.claims.get(claim_type, _NO_CLAIMS)


def _prepare_names(fields: Iterable[FieldComparison]) -> None:
    """Prepare the names in all fields in one go: most are in several."""
    values: dict[ActorNames, list[str | None]] = {}
    for field in fields:
        if field.resolver is not None:
            values.setdefault(field.resolver, []).extend(field.wanted)
            values[field.resolver] += field.given
        elif field.names is not None:
            values.setdefault(field.names, []).extend(field.given)
    for names, each in values.items():
        names.know(each)


def _count_type(
    gold: PreparedGold,
    predictions: Sequence[Prediction | None],
    sources: Sequence[Source | None],
    claims: GoldClaims,
    given: Sequence[Sequence[Claim]],
    predicted: Sequence[Claim],
    blocks: Blocks,
    fields: Mapping[str, FieldComparison],
) -> CountedType:
    claim_type = claims.claim_type
    comparison = compare_claims(claims, blocks, fields)
    pairs = _align(comparison.pairs, claims, predicted)
    n_predicted: Places = blocks.sizes
    if any(each.invalid_items for each in predictions if each is not None):
        n_predicted = n_predicted + np.array(
            [0 if each is None else len(invalid_items(each, claim_type)) for each in predictions]
        )
    counts: dict[Level, Places] = {
        level: _count_pairs(comparison.pairs.rows[places], claims, n_predicted)
        for level, places in pairs.items()
    }
    if claim_type.has_content:
        lenient = comparison.pairs.take(pairs["lenient"])
        cells = zip(lenient.rows.tolist(), lenient.columns.tolist(), strict=True)
        counts["content"] = count_content(comparison, claims.claims, predicted, cells)
    return CountedType(
        gold.gold,
        predictions,
        claims,
        predicted,
        comparison,
        pairs,
        counts,
        *_count_fields(comparison, claims, pairs["lenient"]),
        [
            ground_claims(claim_type, own, source) if source is not None else ()
            for own, source in zip(given, sources, strict=True)
        ],
    )


def _align(
    possible: AlikeArrays, gold: GoldClaims, predicted: Sequence[Claim]
) -> dict[Level, Places]:
    lenient = align(possible, gold.claims, predicted)
    if possible.exact.all():
        # Where each pair that is possible is a strict one, the levels are the same.
        return {"strict": lenient, "lenient": lenient}
    strict = possible.exact.nonzero()[0]
    return {
        "strict": strict[align(possible.take(strict), gold.claims, predicted)],
        "lenient": lenient,
    }


def _count_pairs(rows: Places, gold: GoldClaims, n_predicted: Places) -> Places:
    """True positives, false positives, false negatives, and set aside: for each article."""
    n_pairs = _by_article(rows, gold.blocks)
    tp = _by_article(rows[~gold.is_optional[rows]], gold.blocks) if gold.has_optional else n_pairs
    counts = np.empty((len(n_pairs), 4), dtype=np.int64)
    counts[:, 0], counts[:, 1] = tp, n_predicted - n_pairs
    counts[:, 2], counts[:, 3] = gold.n_required - tp, n_pairs - tp
    return counts


def _by_article(rows: Places, blocks: Blocks) -> Places:
    """How many of some gold claims are of each article."""
    n: Places = np.bincount(blocks.numbers[rows], minlength=len(blocks))
    return n


def _count_fields(
    comparison: ClaimComparison, gold: GoldClaims, aligned: Places
) -> tuple[Places, Places]:
    """Of each field, in how many pairs with required gold it is right, and of how many."""
    if gold.has_optional:
        aligned = aligned[~gold.is_optional[comparison.pairs.rows[aligned]]]
    rows, columns = comparison.pairs.rows[aligned], comparison.pairs.columns[aligned]
    claim_type = comparison.claim_type
    keys = (claim_type.anchor.name, *(key.name for key in claim_type.other_keys))
    # For each field: is it right, and does it say anything? One row after the other, behind a zero.
    told = np.zeros((2, len(comparison.fields), len(rows) + 1), dtype=np.int64)
    right, n = told
    for number, (name, field) in enumerate(comparison.fields.items()):
        if name in keys:
            right[number, 1:] = comparison.exact_keys[keys.index(name), aligned]
            n[number, 1:] = 1
        else:
            # A field that both leave open says nothing about how well it is extracted (but for a
            # key, where null is an answer).
            says = ~field.are_null(rows, columns)
            n[number, 1:] = says
            right[number, 1:] = field.exact(rows, columns) & says
    sums = told.cumsum(axis=2)[:, :, rows.searchsorted(gold.blocks.starts)]
    right, n = sums[:, :, 1:] - sums[:, :, :-1]
    return right, n
