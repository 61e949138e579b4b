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
from harness.records import Claim
from harness.scoring.field_comparison import FieldComparison
from harness.scoring.gold_values import GoldClaims
from harness.scoring.resolve import ActorNames

__all__ = ["ClaimComparison", "FieldComparison", "PossiblePair", "compare_claims", "read_fields"]


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
    inexact
        For each of them that is not possible strictly, which of its keys are exact, the anchor
        first. None where the pairs are in arrays.
    """

    claim_type: ClaimType
    fields: Mapping[str, FieldComparison]
    pairs: Possible
    inexact: Mapping[tuple[int, int], Sequence[bool]] | None

    @property
    def strict_pairs(self) -> Possible:
        """Those that are possible strictly."""
        if isinstance(self.pairs, AlikeArrays):
            return self.pairs.where(self.pairs.exact)
        return [pair for pair in self.pairs if pair[2]]

    @cached_property
    def possible(self) -> Sequence[PossiblePair]:
        """The possible pairs, each with the names of its parts."""
        return [PossiblePair(*pair) for pair in self.pairs]

    def count_exact_keys(self, pairs: Sequence[tuple[int, int]]) -> dict[str, int]:
        """Among pairs that are possible, how many have each key exact."""
        keys = (self.claim_type.anchor, *self.claim_type.other_keys)
        exacts: list[Sequence[bool]]
        if self.inexact is None:
            fields = [self.fields[key.name] for key in keys]
            exacts = [[field.pair(*pair).exact for field in fields] for pair in pairs]
        else:
            exacts = [self.inexact[pair] for pair in pairs if pair in self.inexact]
        n_strict = len(pairs) - len(exacts)
        n_exact = map(sum, zip(*exacts, strict=True)) if exacts else [0] * len(keys)
        return {key.name: n_strict + n for key, n in zip(keys, n_exact, strict=True)}

    def similarity(self, gold: int, predicted: int) -> Fraction:
        """The mean similarity of the key fields of any pair, exactly."""
        keys = [self.fields[field.name].pair(gold, predicted) for field in self.claim_type.keys]
        total = sum(Fraction(key.numerator, key.denominator) for key in keys)
        return Fraction(total, len(keys))


def read_fields(
    gold: GoldClaims, predicted: Sequence[Claim], names: Mapping[str, ActorNames]
) -> dict[str, FieldComparison]:
    """What gold claims and predicted claims say, for each compared field; nothing is compared yet.

    Parameters
    ----------
    gold, predicted
        n gold claims and m predicted ones of one claim type.
    names
        For each claim type that fields resolve through, who is meant by a name.
    """
    return {name: FieldComparison(values, predicted, names) for name, values in gold.fields.items()}


def compare_claims(claim_type: ClaimType, fields: Mapping[str, FieldComparison]) -> ClaimComparison:
    """Compare gold claims with predicted claims.

    Parameters
    ----------
    claim_type
        The claim type of all of them; it says how each field is compared.
    fields
        What they say, as `read_fields` has it.

    Returns
    -------
    ClaimComparison
        Which pairs are possible at each level, and how any two fields compare.
    """
    anchor = fields[claim_type.anchor.name]
    if not anchor.wanted or not anchor.given:
        return ClaimComparison(claim_type, fields, [], {})
    found = anchor.alike()
    others = [fields[field.name] for field in claim_type.other_keys]
    if isinstance(found, AlikeArrays) and len(found) > _FEW:
        many = _possible_among_many(found, others)
        if many is not None:
            return ClaimComparison(claim_type, fields, many, None)
    return ClaimComparison(claim_type, fields, *_possible_pairs(found, others))


def _possible_pairs(
    anchors: Iterable[Alike], others: Sequence[FieldComparison]
) -> tuple[list[Alike], dict[tuple[int, int], Sequence[bool]]]:
    """Those whose mean similarity is at least one half, too; with it, and whether all is exact.

    And for each where not all is, which keys are.
    """
    if not others:
        possible = list(anchors)
        return possible, {pair[:2]: (False,) for pair in possible if not pair[2]}
    possible = []
    inexact: dict[tuple[int, int], Sequence[bool]] = {}
    n_others, n_fields = len(others), len(others) + 1
    are_reflexive = all(field.is_reflexive for field in others)
    wanted = list(zip(*[field.wanted for field in others], strict=True))
    given = list(zip(*[field.given for field in others], strict=True))
    for row, column, exact, numerator, denominator in anchors:
        # Most often, claims that are alike in their anchor say the same in all other keys.
        if are_reflexive and wanted[row] == given[column]:
            numerator += n_others * denominator
            possible.append((row, column, exact, numerator, n_fields * denominator))
            if not exact:
                inexact[row, column] = (False, *[True] * n_others)
            continue
        exacts = [exact]
        for other in others:
            is_exact, one, unit = other.pair(row, column)
            exacts.append(is_exact)
            numerator = numerator * unit + one * denominator
            denominator *= unit
        denominator *= n_fields
        if 2 * numerator >= denominator:
            is_strict = False not in exacts
            possible.append((row, column, is_strict, numerator, denominator))
            if not is_strict:
                inexact[row, column] = exacts
    return possible, inexact


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
