"""How alike the gold claims and the predicted claims of an article are, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimField, ClaimType
from harness.comparators import Comparison
from harness.comparators.interface import EXACT, UNLIKE, Alike, AlikeArrays
from harness.comparators.name import PreparedName
from harness.records import Claim, GoldClaim
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


class FieldComparison:
    """How the values of one field of n gold and m predicted claims compare.

    A value is prepared (folded, parsed, resolved) once, where it does not equal the other as it
    stands.

    Parameters
    ----------
    field
        A field that is compared.
    gold, predicted
        The claims.
    names
        For each claim type that fields resolve through, who is meant by a name.
    prepared
        Gold values, each with its titles, that are prepared already.
    """

    def __init__(
        self,
        field: ClaimField,
        gold: Sequence[GoldClaim],
        predicted: Sequence[Claim],
        names: Mapping[str, ActorNames],
        prepared: Mapping[tuple[str, str], PreparedName] | None = None,
    ) -> None:
        self._field = field
        self._compare = field.comparison
        self._by = self._compare.by
        self._gold = gold
        self._has_aliases = field.has_aliases
        self._has_titles = self._compare.titles_in is not None
        self._resolver = names.get(self._compare.through) if self._compare.through else None
        name = field.name
        self._given = [values.get(name) for values in predicted]
        self._wanted = [claim.values.get(name) for claim in gold]
        if not _TEXTS.issuperset(map(type, self._given + self._wanted)):
            self._given, self._wanted = _texts(self._given), _texts(self._wanted)
        self._prepared: dict[str, Any] = {}
        # By the value; with its titles, where there are titles.
        self._prepared_gold: dict[Any, Any] = {} if prepared is None else {**prepared}
        # What was found in more than a glance.
        self._compared: dict[tuple[int, int], Comparison] = {}

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        given = self._given[predicted]
        if given == self._wanted[gold] and self._equals_itself(given):
            return EXACT
        if (known := self._compared.get((gold, predicted))) is not None:
            return known
        found = self._best_of(gold, given)
        if len(self._compared) < _FEW:
            self._compared[gold, predicted] = found
        return found

    def _best_of(self, gold: int, given: str | None) -> Comparison:
        best = UNLIKE
        owner = self._owner(given)
        for wanted in self._alternatives(gold):
            if wanted is None or given is None:
                found = EXACT if wanted is given else UNLIKE
            elif owner is not None and (other := self._owner(wanted)) is not None:
                found = EXACT if owner == other else UNLIKE
            else:
                found = self._by.pair(self._prepare_gold(gold, wanted), self._prepare(given))
            if found.exact:
                return found
            if found.numerator * best.denominator > best.numerator * found.denominator:
                best = found
        return best

    def is_exact(self, gold: int, predicted: int) -> bool:
        """Whether `pair` is exact, which may be told at less cost."""
        wanted, given = self._wanted[gold], self._given[predicted]
        if wanted == given and self._equals_itself(wanted):
            return True
        if self._resolver is not None or self._has_titles or given in self._prepared:
            return self.pair(gold, predicted).exact
        equal = self._by.equal
        return any(
            value is given if value is None or given is None else equal(value, given)
            for value in self._alternatives(gold)
        )

    def count_exact(self, pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
        """Among pairs where not both values are null, how many are exact, and of how many."""
        n = n_exact = 0
        for row, column in pairs:
            if self._wanted[row] is not None or self._given[column] is not None:
                n += 1
                n_exact += self.is_exact(row, column)
        return n_exact, n

    def overlaps(self, gold: int, predicted: int) -> bool:
        """Whether one gold value and one prediction mean parts of the same."""
        given = self._given[predicted]
        if given is None:
            return False
        owner = self._owner(given)
        for wanted in self._alternatives(gold):
            if wanted is None:
                continue
            if owner is not None and (other := self._owner(wanted)) is not None:
                found = owner == other
            else:
                found = self._by.overlaps(self._prepare_gold(gold, wanted), self._prepare(given))
            if found:
                return True
        return False

    def difference(self, gold: int, predicted: int) -> str | None:
        """The way in which a predicted value differs from the gold value, if it has a name."""
        wanted, given = self._wanted[gold], self._given[predicted]
        return None if wanted is None or given is None else self._by.difference(wanted, given)

    def fault(self, predicted: int) -> str | None:
        """What keeps a predicted value from being equal to any, if there is such a thing."""
        given = self._given[predicted]
        return None if given is None else self._by.fault(given)

    def gold_words(self, gold: int) -> Sequence[str]:
        """The words of a gold value, where values have words."""
        wanted = self._wanted[gold]
        return () if wanted is None else self._prepare_gold(gold, wanted).words

    def words(self, predicted: int) -> Sequence[str]:
        """The words of a predicted value, where values have words."""
        given = self._given[predicted]
        return () if given is None else self._prepare(given).words

    def alike(self) -> Iterable[Alike]:
        """Find all pairs that are at least half alike, in bulk."""
        rows: Sequence[int] = range(len(self._wanted))
        wanted: Sequence[str | None] = self._wanted
        is_single = not self._has_aliases and not any(claim.accept for claim in self._gold)
        if not is_single or self._field.vocabulary is not None:
            alternatives = list(map(self._alternatives, rows))
            rows = [row for row in rows for _ in alternatives[row]]
            wanted = [value for values in alternatives for value in values]
        is_plain = is_single and self._resolver is None and len(rows) == len(self._wanted)
        if is_plain and None not in wanted and None not in self._given:
            return self._alike_values(rows, wanted, self._given)
        return self._alike_best(rows, wanted)

    def _alike_best(self, rows: Sequence[int], wanted: Sequence[str | None]) -> Iterable[Alike]:
        """Find them where values may be null, may resolve, or have alternatives."""
        owners, given_owners = self._owners(wanted), self._owners(self._given)
        columns_of: dict[object, list[int]] = {}
        for column, owner in enumerate(given_owners):
            if owner is not None:
                columns_of.setdefault(owner, []).append(column)
        best: dict[tuple[int, int], tuple[bool, int, int]] = {
            (row, column): EXACT
            for row, owner in zip(rows, owners, strict=True)
            for column in columns_of.get(owner, ())
        }
        # The places of what is not null.
        places = [place for place, value in enumerate(wanted) if value is not None]
        columns = [column for column, value in enumerate(self._given) if value is not None]
        for i, j, exact, numerator, denominator in self._alike_values(
            [rows[place] for place in places],
            [wanted[place] for place in places],
            [self._given[column] for column in columns],
        ):
            place, column = places[i], columns[j]
            if owners[place] is not None and given_owners[column] is not None:
                continue  # decided by who is meant
            cell = rows[place], column
            _, known, unit = best.get(cell, UNLIKE)
            if exact or numerator * unit > known * denominator:
                best[cell] = (exact, numerator, denominator)
        return [(*cell, *comparison) for cell, comparison in best.items()]

    def _alike_values(
        self, rows: Sequence[int], wanted: Sequence[Any], given: Sequence[Any]
    ) -> Iterable[Alike]:
        """Find them among values that are not null, by the values' places in these lists."""
        if not wanted or not given:
            return ()
        if self._has_titles:
            titles = list(map(self._titles, rows))
            keys: Sequence[Any] = list(zip(wanted, titles, strict=True))
        else:
            titles, keys = [""] * len(rows), wanted
        if self._prepared_gold:
            golds = [self._prepare_gold(*pair) for pair in zip(rows, wanted, strict=True)]
        else:
            golds = self._by.prepare_gold_many(wanted, titles)
            self._prepared_gold = dict(zip(keys, golds, strict=True))
        predicteds = self._by.prepare_many(given)
        self._prepared = dict(zip(given, predicteds, strict=True))
        return self._by.alike(golds, predicteds)

    def among(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> tuple[list[Comparison], NDArray[np.int64]]:
        """Compare very many pairs: each two values once, and for each pair which of these it is."""
        gold_numbers: dict[object, int] = {}
        numbers: dict[object, int] = {}
        # A gold value with alternatives of its own is like no other.
        of_gold = np.array(
            [
                gold_numbers.setdefault(row if self._is_special(row) else (value,), row)
                for row, value in enumerate(self._wanted)
            ]
        )
        of_predicted = np.array(
            [numbers.setdefault(value, column) for column, value in enumerate(self._given)]
        )
        cells = of_gold[rows], of_predicted[columns]
        place = np.zeros((len(of_gold), len(of_predicted)), dtype=np.int64)
        place[cells] = 1
        distinct = np.nonzero(place)
        place[distinct] = np.arange(len(distinct[0]))
        pairs = zip(*(axis.tolist() for axis in distinct), strict=True)
        return [self.pair(*pair) for pair in pairs], place[cells]

    def _is_special(self, gold: int) -> bool:
        return self._has_aliases or self._has_titles or bool(self._gold[gold].accept)

    def _equals_itself(self, value: str | None) -> bool:
        vocabulary = self._field.vocabulary
        return value is None or (
            self._by.is_reflexive and (vocabulary is None or self._field.may_be(value))
        )

    def _alternatives(self, gold: int) -> Sequence[str | None]:
        """The values that are right for a gold claim, but for those outside the vocabulary."""
        claim, field = self._gold[gold], self._field
        if not claim.accept and not self._has_aliases and field.vocabulary is None:
            return (self._wanted[gold],)
        return [
            value for value in field.alternatives(claim) if value is None or field.may_be(value)
        ]

    def _owner(self, value: str | None) -> object:
        """Who is meant by a value; null means the same as null, and other values mean nobody."""
        if value is None:
            return _NULL
        return None if self._resolver is None else self._resolver.resolve(value)

    def _owners(self, values: Sequence[str | None]) -> list[object]:
        """Who is meant by each value."""
        if self._resolver is None:
            return [_NULL if value is None else None for value in values]
        known = self._resolver.resolve_many(value for value in values if value is not None)
        return [_NULL if value is None else known[value] for value in values]

    def _titles(self, gold: int) -> str:
        return self._compare.titles_of(self._gold[gold].values) if self._has_titles else ""

    def _prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        if value not in self._prepared:
            self._prepared[value] = self._by.prepare(value)
        return self._prepared[value]

    def _prepare_gold(self, gold: int, value: str) -> Any:  # noqa: ANN401
        titles = self._titles(gold)
        key = (value, titles) if self._has_titles else value
        if key not in self._prepared_gold:
            self._prepared_gold[key] = self._by.prepare_gold(value, titles)
        return self._prepared_gold[key]


_NULL = object()
_TEXTS = frozenset({str, type(None)})


def _texts(values: list[Any]) -> list[str | None]:
    """The values of a field as the texts that are compared."""
    if _TEXTS.issuperset(map(type, values)):
        return values
    return [value if value is None else str(value) for value in values]


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
