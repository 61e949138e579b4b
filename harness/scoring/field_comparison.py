"""How alike the values of one field are, of the gold claims and predicted claims of an article."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimField
from harness.comparators import Comparison
from harness.comparators.interface import EXACT, UNLIKE, Alike
from harness.comparators.name import NameComparator
from harness.records import Claim, GoldClaim
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
    field
        A field that is compared.
    gold, predicted
        The claims.
    names
        For each claim type that fields resolve through, who is meant by a name.
    own
        Of the claim type itself: the names of its gold claims, if it is one of actors.
    """

    def __init__(
        self,
        field: ClaimField,
        gold: Sequence[GoldClaim],
        predicted: Sequence[Claim],
        names: Mapping[str, ActorNames],
        own: ActorNames | None = None,
    ) -> None:
        compare = field.comparison
        self._field = field
        self._compare = compare
        self._by = compare.by
        self._gold = gold
        self._own = own if own and own.field is field and own.gold is gold else None
        self.wanted = field.column([claim.values for claim in gold])
        self.given = field.column(predicted)
        # Whether any gold value equals itself, whatever it is folded or parsed to.
        self.is_reflexive = compare.by.is_reflexive and (
            field.allowed is None or field.allowed.issuperset(self.wanted)
        )
        self._resolver = names.get(compare.through) if compare.through else None
        self._prepared: dict[str, Any] = {}
        if self._resolver is not None:
            self._resolver.resolve_many([*self.wanted, *self.given])
            if isinstance(self._by, NameComparator):
                self._prepared = self._resolver.plain  # prepared to be resolved
        # By the value; with its titles, where there are titles.
        self._prepared_gold: dict[Any, Any] = {}
        # What was found in more than a glance.
        self._compared: dict[tuple[int, int], Comparison] = {}

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        wanted, given = self.wanted[gold], self.given[predicted]
        if wanted == given and (self.is_reflexive or self._equals_itself(given)):
            return EXACT
        known = self._compared.get((gold, predicted))
        if known is None:
            if self._has_one_value(gold):
                known = self._pair_values(gold, wanted, given)
            else:
                known = self._best_of(gold, given)
            if len(self._compared) < _MOST_KEPT:
                self._compared[gold, predicted] = known
        return known

    def _best_of(self, gold: int, given: str | None) -> Comparison:
        best = UNLIKE
        for wanted in self._alternatives(gold):
            found = self._pair_values(gold, wanted, given)
            if found.exact:
                return found
            if found.numerator * best.denominator > best.numerator * found.denominator:
                best = found
        return best

    def _pair_values(self, gold: int, wanted: str | None, given: str | None) -> Comparison:
        if wanted is None or given is None:
            return EXACT if wanted is given else UNLIKE
        if self._resolver is not None:
            owner, other = self._resolver.resolve(wanted), self._resolver.resolve(given)
            if owner is not None and other is not None:
                return EXACT if owner == other else UNLIKE
        return self._by.pair(self._prepare_gold(gold, wanted), self._prepare(given))

    def count_exact(self, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Among pairs where not both values are null, how many are exact, and of how many."""
        values = [(self.wanted[row], self.given[column]) for row, column in pairs]
        n_null = values.count(_BOTH_NULL)
        compare = self._compare
        if compare.through or compare.titles_in or self._field.allowed or self._has_alternatives():
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
        values = [value for value in self._alternatives(gold) if value is not None]
        (owner, *owners) = self._owners([given, *values])
        return any(
            owner == other
            if owner is not None and other is not None
            else self._by.overlaps(self._prepare_gold(gold, wanted), self._prepare(given))
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
            () if wanted is None else self._prepare_gold(row, wanted).words
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
        if self._has_alternatives():
            taken = self._taken(wanted)
            given = [taken.get(each, each) for each in given]
        return wanted, given

    def _identities(self, values: Sequence[str | None]) -> list[Hashable]:
        return [
            self._by.identity(value) if owner is None and value is not None else owner
            for value, owner in zip(values, self._owners(values), strict=True)
        ]

    def _taken(self, identities: Sequence[Hashable]) -> dict[Hashable, Hashable]:
        """What required gold takes, and what it has itself, each with what it stands for."""
        own: dict[Hashable, Hashable] = {}
        others: dict[Hashable, Hashable] = {}
        for claim, identity in zip(self._gold, identities, strict=True):
            if not claim.optional:
                own[identity] = identity
                for other in self._identities(self._field.alternatives(claim)[1:]):
                    others.setdefault(other, identity)
        return others | own

    def alike(self) -> Iterable[Alike]:
        """Find all pairs that are at least half alike, in bulk."""
        rows: Sequence[int] = range(len(self.wanted))
        wanted: Sequence[str | None] = self.wanted
        is_single = not self._has_alternatives() and (
            self._field.allowed is None or self.is_reflexive
        )
        if self._own and self._field.allowed is None and None not in self.given:
            rows, wanted = self._own.numbers, self._own.values
        elif not is_single:
            alternatives = list(map(self._alternatives, rows))
            rows = [row for row in rows for _ in alternatives[row]]
            wanted = [value for values in alternatives for value in values]
        if self._resolver is None and None not in wanted and None not in self.given:
            found = self._alike_values(rows, wanted, self.given)
            if is_single:
                return found
            return _best([(rows[pair[0]], *pair[1:]) for pair in found])
        found = self._alike_owners_and_values(rows, wanted)
        return found if is_single else _best(found)

    def _alike_owners_and_values(
        self, rows: Sequence[int], wanted: Sequence[str | None]
    ) -> Iterator[Alike]:
        """Find them where values may be null or may resolve."""
        owners, given_owners = self._owners(wanted), self._owners(self.given)
        columns_of: dict[object, list[int]] = {}
        for column, owner in enumerate(given_owners):
            if owner is not None:
                columns_of.setdefault(owner, []).append(column)
        for row, owner in zip(rows, owners, strict=True):
            for column in columns_of.get(owner, ()):
                yield row, column, True, 1, 1
        # The places of what is not null.
        places = [place for place, value in enumerate(wanted) if value is not None]
        columns = [column for column, value in enumerate(self.given) if value is not None]
        for i, j, exact, numerator, denominator in self._alike_values(
            [rows[place] for place in places],
            [wanted[place] for place in places],
            [self.given[column] for column in columns],
        ):
            place, column = places[i], columns[j]
            # Else it is decided by who is meant.
            if owners[place] is None or given_owners[column] is None:
                yield rows[place], column, exact, numerator, denominator

    def _alike_values(
        self, rows: Sequence[int], wanted: Sequence[Any], given: Sequence[Any]
    ) -> Iterable[Alike]:
        """Find them among values that are not null, by the values' places in these lists."""
        if not wanted or not given:
            return ()
        predicteds = self._by.prepare_many(given)
        self._prepared.update(zip(given, predicteds, strict=True))
        if self._own is not None and wanted is self._own.values:
            golds: Sequence[Any] = self._own.names
        else:
            titles = (
                [self._titles(row) for row in rows] if self._compare.titles_in else [""] * len(rows)
            )
            golds = self._by.prepare_gold_many(wanted, titles)
            keys = zip(wanted, titles, strict=True) if self._compare.titles_in else wanted
            self._prepared_gold.update(zip(keys, golds, strict=True))
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

    def _is_special(self, gold: int) -> bool:
        return bool(self._field.has_aliases or self._compare.titles_in or self._gold[gold].accept)

    def _equals_itself(self, value: str | None) -> bool:
        return value is None or (self._by.is_reflexive and self._field.may_be(value))

    def _has_alternatives(self) -> bool:
        return self._field.has_aliases or any(claim.accept for claim in self._gold)

    def _has_one_value(self, gold: int) -> bool:
        """Whether a gold claim takes its own value alone, whatever that is."""
        return not (
            self._field.has_aliases or self._gold[gold].accept or self._field.allowed is not None
        )

    def _alternatives(self, gold: int) -> Sequence[str | None]:
        """The values that are right for a gold claim, but for those outside the vocabulary."""
        if self._has_one_value(gold):
            return (self.wanted[gold],)
        values = self._field.alternatives(self._gold[gold])
        if self._field.allowed is None:
            return values
        return [value for value in values if value is None or value in self._field.allowed]

    def _owners(self, values: Sequence[str | None]) -> list[Hashable]:
        """Who is meant by each value; null means the same as null, and others mean nobody."""
        if self._resolver is None:
            return [_NULL if value is None else None for value in values]
        known = self._resolver.resolve_many(values)
        return [_NULL if value is None else known[value] for value in values]

    def _titles(self, gold: int) -> str:
        return self._compare.titles_of(self._gold[gold].values) if self._compare.titles_in else ""

    def _prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        if value not in self._prepared:
            self._prepared[value] = self._by.prepare(value)
        return self._prepared[value]

    def _prepare_gold(self, gold: int, value: str) -> Any:  # noqa: ANN401
        key = (value, self._titles(gold)) if self._compare.titles_in else value
        if key not in self._prepared_gold:
            self._prepared_gold[key] = self._by.prepare_gold(value, self._titles(gold))
        return self._prepared_gold[key]


def _best(found: Iterable[Alike]) -> list[Alike]:
    """Of what was found for a pair, the most alike."""
    best: dict[tuple[int, int], Alike] = {}
    for pair in found:
        known = best.setdefault(pair[:2], pair)
        if known is not pair and (pair[2] or pair[3] * known[4] > known[3] * pair[4]):
            best[pair[:2]] = pair
    return list(best.values())
