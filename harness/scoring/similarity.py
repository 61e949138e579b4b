"""How alike the gold claims and the predicted claims of an article are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from harness.claims import ClaimType
from harness.comparators.interface import Alike, AlikeArrays
from harness.records import Claim, GoldClaim
from harness.scoring.field_comparison import FieldComparison
from harness.scoring.resolve import ActorNames

__all__ = ["ClaimComparison", "FieldComparison", "PossiblePair", "compare_claims"]


# More pairs than this are compared in arrays.
_FEW = 512
_INT64_MAX = 2**63 - 1

Possible: TypeAlias = list[Alike] | AlikeArrays
"""Possible pairs: the values of `PossiblePair`, plain, being many."""


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
    """The comparison of n gold and m predicted claims of one claim type in one article.

    Parameters
    ----------
    fields
        For each compared field, how its values compare.
    pairs
        The pairs that are possible leniently; no others are possible at any level.
    """

    claim_type: ClaimType
    fields: Mapping[str, FieldComparison]
    pairs: Possible

    @cached_property
    def strict_pairs(self) -> Possible:
        """Those that are possible strictly."""
        if isinstance(self.pairs, AlikeArrays):
            return self.pairs.where(self.pairs.exact)
        return [pair for pair in self.pairs if pair[2]]

    @cached_property
    def possible(self) -> Sequence[PossiblePair]:
        """The possible pairs, each with the names of its parts."""
        return [PossiblePair(*pair) for pair in self.pairs]

    def similarity(self, gold: int, predicted: int) -> Fraction:
        """The mean similarity of the key fields of any pair, exactly."""
        keys = [self.fields[field.name].pair(gold, predicted) for field in self.claim_type.keys]
        total = sum(Fraction(key.numerator, key.denominator) for key in keys)
        return Fraction(total, len(keys))


def compare_claims(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> ClaimComparison:
    """Compare gold claims with predicted claims.

    Parameters
    ----------
    claim_type
        The claim type of all of them; it says how each field is compared.
    gold, predicted
        n gold claims and m predicted ones.
    names
        For each claim type that fields resolve through, who is meant by a name.

    Returns
    -------
    ClaimComparison
        Which pairs are possible at each level, and how any two fields compare.
    """
    own = names.get(claim_type.name)
    fields = {
        field.name: FieldComparison(
            field, gold, predicted, names, own.prepared if own and field.has_aliases else None
        )
        for field in claim_type.compared
    }
    if not gold or not predicted:
        return ClaimComparison(claim_type, fields, [])
    found = fields[claim_type.anchor.name].alike()
    others = [fields[field.name] for field in claim_type.keys if field is not claim_type.anchor]
    possible: Possible | None = None
    if isinstance(found, AlikeArrays) and len(found) > _FEW:
        possible = _possible_among_many(found, others)
    if possible is None:
        possible = _possible_pairs(found, others)
    return ClaimComparison(claim_type, fields, possible)


def _possible_pairs(anchors: Iterable[Alike], others: Sequence[FieldComparison]) -> list[Alike]:
    """Those whose mean similarity is at least one half, too; with it, and whether all is exact."""
    possible = []
    for row, column, exact, numerator, denominator in anchors:
        for other in others:
            is_exact, one, unit = other.pair(row, column)
            exact = exact and is_exact
            numerator = numerator * unit + one * denominator
            denominator *= unit
        denominator *= len(others) + 1
        if 2 * numerator >= denominator:
            possible.append((row, column, exact, numerator, denominator))
    return possible


def _possible_among_many(
    anchors: AlikeArrays, others: Sequence[FieldComparison]
) -> AlikeArrays | None:
    """The same, in arrays; None where a product might not fit into 64 bits."""
    exact, numerators, denominators = anchors.exact, anchors.numerators, anchors.denominators
    largest = 2 * (len(others) + 1) * int(denominators.max())
    for other in others:
        compared, which = other.among(anchors.rows, anchors.columns)
        largest *= max(key.denominator for key in compared)
        if largest > _INT64_MAX:
            return None
        is_exact, ones, units = (np.array(part)[which] for part in zip(*compared, strict=True))
        exact = exact & is_exact
        numerators = numerators * units + ones * denominators
        denominators = denominators * units
    denominators = denominators * (len(others) + 1)
    possible = AlikeArrays(anchors.rows, anchors.columns, exact, numerators, denominators)
    return possible.where(2 * numerators >= denominators)
