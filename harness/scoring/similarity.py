"""How alike gold claims and predicted claims are: those of many articles at once.

The claims of all articles stand in one list, article after article; only claims of the same
article are ever compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import starmap
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimType
from harness.comparators import Comparison
from harness.comparators.blocks import Blocks
from harness.comparators.interface import AlikeArrays
from harness.records import Claim
from harness.scoring.field_comparison import FieldComparison
from harness.scoring.gold_values import GoldClaims
from harness.scoring.resolve import ActorNames

__all__ = [
    "ArticleComparison",
    "ArticleField",
    "ClaimComparison",
    "PossiblePair",
    "compare_claims",
    "read_fields",
]

_INT64_MAX = 2**63 - 1


class PossiblePair(NamedTuple):
    """A gold and a predicted claim, by their places, that may be paired leniently.

    Parameters
    ----------
    strict
        Whether they may be paired strictly too.
    numerator, denominator
        The mean similarity of the key fields, exactly.
    """

    gold: int
    predicted: int
    strict: bool
    numerator: int
    denominator: int


@dataclass
class ClaimComparison:
    """The comparison of n gold and m predicted claims of one claim type.

    Parameters
    ----------
    fields
        For each compared field, how its values compare.
    anchors
        The pairs whose anchors are at least half alike, each once.
    pairs
        Those of them that are possible leniently; no others are possible at any level.
    exact_keys
        Shape (n_keys, n_pairs): for each key which pairs have it exact, the anchor first.
    gold_blocks, blocks
        How many gold and predicted claims each article has.
    """

    claim_type: ClaimType
    fields: Mapping[str, FieldComparison]
    anchors: AlikeArrays
    pairs: AlikeArrays
    exact_keys: NDArray[np.bool_]
    gold_blocks: Blocks
    blocks: Blocks

    def of(self, article: int) -> ArticleComparison:
        """The comparison of the claims of one article."""
        return ArticleComparison(self, article)

    @cached_property
    def possible(self) -> tuple[list[PossiblePair], list[int]]:
        """The possible pairs, by gold and predicted number; and where each article's start."""
        ordered = self.pairs.take(np.lexsort((self.pairs.columns, self.pairs.rows)))
        starts = ordered.rows.searchsorted(self.gold_blocks.starts).tolist()
        return list(starmap(PossiblePair, ordered)), starts

    @cached_property
    def exact_anchors(self) -> set[tuple[int, int]]:
        """The pairs whose anchors are exact."""
        exact = self.anchors.exact
        rows, columns = self.anchors.rows[exact], self.anchors.columns[exact]
        return set(zip(rows.tolist(), columns.tolist(), strict=True))


class ArticleComparison:
    """The comparison of the claims of one claim type in one article, by their places there.

    Parameters
    ----------
    comparison
        That of the claims of many articles.
    article
        The number of one of them.
    """

    def __init__(self, comparison: ClaimComparison, article: int) -> None:
        self._comparison, self._article = comparison, article
        self._first = comparison.gold_blocks.starts[article], comparison.blocks.starts[article]
        self.claim_type = comparison.claim_type

    @cached_property
    def fields(self) -> Mapping[str, ArticleField]:
        """For each compared field, how its values compare."""
        return {
            name: ArticleField(field, *self._first)
            for name, field in self._comparison.fields.items()
        }

    @cached_property
    def possible(self) -> list[PossiblePair]:
        """The pairs that are possible leniently, by gold and predicted number."""
        pairs, starts = self._comparison.possible
        row, column = self._first
        return [
            PossiblePair(pair[0] - row, pair[1] - column, *pair[2:])
            for pair in pairs[starts[self._article] : starts[self._article + 1]]
        ]

    def has_exact_anchor(self, gold: int, predicted: int) -> bool:
        """Whether the anchors of two claims are exact."""
        row, column = self._first
        return (row + gold, column + predicted) in self._comparison.exact_anchors

    def similarity(self, gold: int, predicted: int) -> Fraction:
        """The mean similarity of the key fields of any pair, exactly."""
        keys = [self.fields[field.name].pair(gold, predicted) for field in self.claim_type.keys]
        total = sum(Fraction(key.numerator, key.denominator) for key in keys)
        return Fraction(total, len(keys))


class ArticleField:
    """How the values of one field in one article compare, by the places of its claims.

    Parameters
    ----------
    field
        The comparison of the values of many articles.
    first_gold, first_predicted
        Where the claims of the article start in it.
    """

    __slots__ = ("_field", "_first_gold", "_first_predicted")

    def __init__(self, field: FieldComparison, first_gold: int, first_predicted: int) -> None:
        self._field = field
        self._first_gold, self._first_predicted = first_gold, first_predicted

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        return self._field.pair(self._first_gold + gold, self._first_predicted + predicted)

    def pair_predicted(self, one: int, other: int) -> Comparison:
        """Compare two predictions, the first one as if it were gold."""
        first = self._first_predicted
        return self._field.pair_predicted(first + one, first + other)

    def overlaps(self, gold: int, predicted: int) -> bool:
        """Whether one gold value and one prediction mean parts of the same."""
        return self._field.overlaps(self._first_gold + gold, self._first_predicted + predicted)

    def difference(self, gold: int, predicted: int) -> str | None:
        """The way in which a predicted value differs from the gold value, if it has a name."""
        return self._field.difference(self._first_gold + gold, self._first_predicted + predicted)

    def fault(self, predicted: int) -> str | None:
        """What keeps a predicted value from being equal to any, if there is such a thing."""
        return self._field.fault(self._first_predicted + predicted)

    def identity(self, predicted: int) -> Hashable:
        """What is equal for predictions that say the same."""
        return self._field.identity(self._first_predicted + predicted)

    def words(self, value: str) -> Sequence[str]:
        """The words of a value, where values have words."""
        return self._field.words_of(value)


def read_fields(
    gold: GoldClaims,
    predicted: Sequence[Claim],
    blocks: Blocks,
    names: Mapping[str, ActorNames],
) -> dict[str, FieldComparison]:
    """What gold claims and predicted claims say, for each compared field; nothing is compared yet.

    Parameters
    ----------
    gold, predicted
        n gold claims and m predicted ones of one claim type.
    blocks
        How many predicted claims each article has.
    names
        For each claim type that fields resolve through, who is meant by a name.
    """
    return {
        name: FieldComparison(values, predicted, blocks, names)
        for name, values in gold.fields.items()
    }


def compare_claims(
    gold: GoldClaims, blocks: Blocks, fields: Mapping[str, FieldComparison]
) -> ClaimComparison:
    """Compare gold claims with predicted claims, in each article.

    Parameters
    ----------
    gold
        The gold claims; their claim type says how each field is compared.
    blocks
        How many predicted claims each article has.
    fields
        What they say, as `read_fields` has it.

    Returns
    -------
    ClaimComparison
        Which pairs are possible at each level, and how any two fields compare.
    """
    claim_type = gold.claim_type
    anchors = fields[claim_type.anchor.name].alike()
    pairs, exact_keys = _possible(anchors, [fields[key.name] for key in claim_type.other_keys])
    return ClaimComparison(claim_type, fields, anchors, pairs, exact_keys, gold.blocks, blocks)


def _possible(
    anchors: AlikeArrays, others: Sequence[FieldComparison]
) -> tuple[AlikeArrays, NDArray[np.bool_]]:
    """Those whose mean similarity is at least one half, too; with it, and whether all is exact.

    And which keys of them are.
    """
    if not others or not len(anchors):
        return anchors, anchors.exact[np.newaxis].repeat(len(others) + 1, axis=0)
    numerators, denominators = anchors.numerators, anchors.denominators
    exacts = [anchors.exact]
    # What the largest number may become; what might not fit into 64 bits is of any size.
    largest = 2 * (len(others) + 1) * int(denominators.max())
    for other in others:
        exact, ones, units = other.among(anchors.rows, anchors.columns)
        exacts.append(exact)
        unit = int(units.max())
        if unit == 1:
            numerators = numerators + ones * denominators
            continue
        largest *= unit
        if largest > _INT64_MAX:
            numerators, denominators, ones, units = (
                part.astype(np.object_) for part in (numerators, denominators, ones, units)
            )
        numerators = numerators * units + ones * denominators
        denominators = denominators * units
    denominators = denominators * (len(others) + 1)
    exact_keys = np.array(exacts)
    is_strict = np.logical_and.reduce(exact_keys)
    pairs = AlikeArrays(anchors.rows, anchors.columns, is_strict, numerators, denominators)
    return _where(pairs, exact_keys, 2 * numerators >= denominators)


def _where(
    pairs: AlikeArrays, exact_keys: NDArray[np.bool_], chosen: NDArray[Any]
) -> tuple[AlikeArrays, NDArray[np.bool_]]:
    chosen = chosen.astype(np.bool_)
    return (pairs, exact_keys) if chosen.all() else (pairs.where(chosen), exact_keys[:, chosen])
