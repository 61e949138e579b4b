"""How alike the values of one field are, of the gold claims and predicted claims of an article."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.comparators import Comparison
from harness.comparators.interface import EXACT, UNLIKE, Alike
from harness.comparators.name import NameComparator
from harness.records import Claim
from harness.scoring.gold_values import GoldValues
from harness.scoring.resolve import ActorNames

__all__ = ["FieldComparison"]

# No more comparisons than this are kept.
_MOST_KEPT = 512
_NULL = object()
_BOTH_NULL = (None, None)


class FieldComparison:
    """How the values of one field of n gold and m predicted claims compare.

    A value is prepared (folded, parsed, resolved) once, where it does not equal the other as it
    stands.

    Parameters
    ----------
    gold
        The gold values of a field.
    predicted
        The predicted claims.
    names
        For each claim type that fields resolve through, who is meant by a name.

    Attributes
    ----------
    wanted, given
        The gold values and the predicted ones.
    resolver
        Says who is meant by a value, if the field is compared by who is meant.
    names
        Prepares the predicted values, if they are names of actors.
    """

    def __init__(
        self, gold: GoldValues, predicted: Sequence[Claim], names: Mapping[str, ActorNames]
    ) -> None:
        field, compare = gold.field, gold.compare
        self._field, self._compare, self._by = field, compare, compare.by
        self._gold = gold
        self.wanted, self.given = gold.values, field.column(predicted)
        self.is_reflexive = gold.is_reflexive
        self.resolver = names.get(compare.through) if compare.through else None
        self.names = gold.names
        if self.resolver is not None and isinstance(compare.by, NameComparator):
            self.names = self.resolver
        self._prepared: dict[str, Any] = {} if self.names is None else self.names.plain
        # What was found in more than a glance.
        self._compared: dict[tuple[int, int], Comparison] = {}

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        wanted, given = self.wanted[gold], self.given[predicted]
        if wanted == given and (self.is_reflexive or self._equals_itself(given)):
            return EXACT
        known = self._compared.get((gold, predicted))
        if known is None:
            if self._gold.has_one_value(gold):
                known = self._pair_values(gold, wanted, given)
            else:
                known = self._best_of(gold, given)
            if len(self._compared) < _MOST_KEPT:
                self._compared[gold, predicted] = known
        return known

    def _best_of(self, gold: int, given: str | None) -> Comparison:
        best = UNLIKE
        for wanted in self._gold.alternatives(gold):
            found = self._pair_values(gold, wanted, given)
            if found.exact:
                return found
            if found.numerator * best.denominator > best.numerator * found.denominator:
                best = found
        return best

    def _pair_values(self, gold: int, wanted: str | None, given: str | None) -> Comparison:
        if wanted is None or given is None:
            return EXACT if wanted is given else UNLIKE
        if self.resolver is not None:
            owner, other = self.resolver.resolve(wanted), self.resolver.resolve(given)
            if owner is not None and other is not None:
                return EXACT if owner == other else UNLIKE
        return self._by.pair(self._gold.prepare(gold, wanted), self._prepare(given))

    def count_exact(self, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Among pairs where not both values are null, how many are exact, and of how many."""
        values = [(self.wanted[row], self.given[column]) for row, column in pairs]
        n_null = values.count(_BOTH_NULL)
        compare = self._compare
        if (
            compare.through
            or compare.titles_in
            or self._field.allowed
            or self._gold.has_alternatives
        ):
            return sum([self.pair(*pair).exact for pair in pairs]) - n_null, len(pairs) - n_null
        n_exact = 0
        if self.is_reflexive:
            n = len(values)
            values = [both for both in values if both[0] != both[1]]
            n_exact = n - len(values) - n_null
        unequal = [both for both in values if None not in both]
        if unequal:
            n_exact += sum(self._by.equal_many(*zip(*unequal, strict=True)))
        return n_exact, len(pairs) - n_null

    def overlaps(self, gold: int, predicted: int) -> bool:
        """Whether one gold value and one prediction mean parts of the same."""
        given = self.given[predicted]
        if given is None:
            return False
        values = [value for value in self._gold.alternatives(gold) if value is not None]
        (owner, *owners) = self._owners([given, *values])
        return any(
            owner == other
            if owner is not None and other is not None
            else self._by.overlaps(self._gold.prepare(gold, wanted), self._prepare(given))
            for wanted, other in zip(values, owners, strict=True)
        )

    def difference(self, gold: int, predicted: int) -> str | None:
        """The way in which a predicted value differs from the gold value, if it has a name."""
        wanted, given = self.wanted[gold], self.given[predicted]
        return None if wanted is None or given is None else self._by.difference(wanted, given)

    def fault(self, predicted: int) -> str | None:
        """What keeps a predicted value from being equal to any, if there is such a thing."""
        given = self.given[predicted]
        return None if given is None else self._by.fault(given)

    def gold_words(self) -> list[Sequence[str]]:
        """The words of the gold values, where values have words."""
        return [
            () if wanted is None else self._gold.prepare(row, wanted).words
            for row, wanted in enumerate(self.wanted)
        ]

    def words(self) -> list[Sequence[str]]:
        """The words of the predicted values, where values have words."""
        return [() if given is None else self._prepare(given).words for given in self.given]

    def identities(self) -> tuple[list[Hashable], list[Hashable]]:
        """For each gold and predicted value, what is equal for values that are the same.

        A predicted value that required gold takes in the place of its own has that of the gold
        value.
        """
        wanted, given = self._identities(self.wanted), self._identities(self.given)
        if self._gold.has_alternatives:
            taken = self._taken(wanted)
            given = [taken.get(each, each) for each in given]
        return wanted, given

    def _identities(self, values: Sequence[str | None]) -> list[Hashable]:
        owners = self._owners(values)
        if None not in owners:
            return owners
        return [
            self._by.identity(value) if owner is None and value is not None else owner
            for value, owner in zip(values, owners, strict=True)
        ]

    def _taken(self, identities: Sequence[Hashable]) -> dict[Hashable, Hashable]:
        """What required gold takes, and what it has itself, each with what it stands for."""
        own: dict[Hashable, Hashable] = {}
        others: dict[Hashable, Hashable] = {}
        for claim, identity in zip(self._gold.claims, identities, strict=True):
            if not claim.optional:
                own[identity] = identity
                for other in self._identities(self._field.alternatives(claim)[1:]):
                    others.setdefault(other, identity)
        return others | own

    def alike(self) -> Iterable[Alike]:
        """Find all pairs that are at least half alike, in bulk."""
        choices = self._gold.choices
        rows = choices.rows
        columns: Sequence[int] = range(len(self.given))
        given: Sequence[Any] = self.given
        nulls = [column for column in columns if given[column] is None] if None in given else ()
        if nulls:
            columns = [column for column in columns if given[column] is not None]
            given = [given[column] for column in columns]
        found = self._alike_values(choices.values, given)
        is_single = self._gold.is_single
        if self.resolver is not None:
            pairs = self._decide(found, given, columns)
        elif is_single and len(rows) == len(self.wanted) and not nulls:
            return found
        else:
            pairs = [(rows[pair[0]], columns[pair[1]], *pair[2:]) for pair in found]
        pairs += [(row, column, True, 1, 1) for row in choices.null_rows for column in nulls]
        return pairs if is_single else _best(pairs)

    def _alike_values(self, wanted: Sequence[str], given: Sequence[str]) -> Iterable[Alike]:
        """Find them among values that are not null, by the values' places in these lists."""
        if not wanted or not given:
            return ()
        if self.names is not None:
            return self._by.alike(self._gold.prepare_choices(), self.names.prepare_many(given))
        golds, predicteds = self._gold.prepare_choices_with(given)
        self._prepared.update(zip(given, predicteds, strict=True))
        return self._by.alike(golds, predicteds)

    def _decide(
        self, found: Iterable[Alike], given: Sequence[str], columns: Sequence[int]
    ) -> list[Alike]:
        """Of values that are alike those where it is not known who is meant; and those where it is.

        What was found is by the places of choices and of values.
        """
        assert self.resolver is not None
        choices = self._gold.choices
        known = self.resolver.resolve_many([*choices.values, *given])
        owners = [known[value] for value in choices.values]
        given_owners = [known[value] for value in given]
        columns_of: dict[int, list[int]] = {}
        for column, owner in zip(columns, given_owners, strict=True):
            if owner is not None:
                columns_of.setdefault(owner, []).append(column)
        pairs: list[Alike] = [
            (row, column, True, 1, 1)
            for row, owner in zip(choices.rows, owners, strict=True)
            if owner is not None
            for column in columns_of.get(owner, ())
        ]
        pairs += [
            (choices.rows[pair[0]], columns[pair[1]], *pair[2:])
            for pair in found
            if owners[pair[0]] is None or given_owners[pair[1]] is None
        ]
        return pairs

    def among(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> tuple[list[Comparison], NDArray[np.int64]]:
        """Compare very many pairs: each two values once, and for each pair which of these it is."""
        gold_numbers: dict[object, int] = {}
        numbers: dict[object, int] = {}
        # A gold value with alternatives of its own is like no other.
        of_gold = np.array(
            [
                gold_numbers.setdefault(row if self._gold.is_special(row) else (value,), row)
                for row, value in enumerate(self.wanted)
            ]
        )
        of_predicted = np.array(
            [numbers.setdefault(value, column) for column, value in enumerate(self.given)]
        )
        cells = of_gold[rows], of_predicted[columns]
        place = np.zeros((len(of_gold), len(of_predicted)), dtype=np.int64)
        place[cells] = 1
        distinct = np.nonzero(place)
        place[distinct] = np.arange(len(distinct[0]))
        pairs = zip(*(axis.tolist() for axis in distinct), strict=True)
        return [self.pair(*pair) for pair in pairs], place[cells]

    def _equals_itself(self, value: str | None) -> bool:
        return value is None or (self._by.is_reflexive and self._field.may_be(value))

    def _owners(self, values: Sequence[str | None]) -> list[Hashable]:
        """Who is meant by each value; null means the same as null, and others mean nobody."""
        if self.resolver is None:
            return [_NULL if value is None else None for value in values]
        known = self.resolver.resolve_many(values)
        return [_NULL if value is None else known[value] for value in values]

    def _prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        if value not in self._prepared:
            self._prepared[value] = self._by.prepare(value)
        return self._prepared[value]


def _best(found: Iterable[Alike]) -> list[Alike]:
    """Of what was found for a pair, the most alike."""
    best: dict[tuple[int, int], Alike] = {}
    for pair in found:
        known = best.setdefault(pair[:2], pair)
        if known is not pair and (pair[2] or pair[3] * known[4] > known[3] * pair[4]):
            best[pair[:2]] = pair
    return list(best.values())
