"""How alike the values of one field are, of the gold claims and predicted claims of articles."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.comparators import Comparison
from harness.comparators.blocks import Blocks, Places, equal_pairs, every_pair
from harness.comparators.interface import EXACT, UNLIKE, Alike, AlikeArrays, integers
from harness.comparators.name import NameComparator
from harness.records import Claim, GoldClaim
from harness.scoring.gold_values import GoldValues
from harness.scoring.resolve import NOBODY, NULL, ActorNames

__all__ = ["FieldComparison"]

# No more comparisons than this are kept.
_MOST_KEPT = 4096
# Of more pairs than this, those of the same two values are compared once.
_FEW = 512


class FieldComparison:
    """How the values of one field of n gold and m predicted claims compare.

    They may be of many articles, each with its own names: those of each article stand one behind
    the other, and only claims of the same article are ever compared. A value is prepared (folded,
    parsed, resolved) once, where it does not equal the other as it stands.

    Parameters
    ----------
    gold
        The gold values of a field.
    predicted
        The predicted claims.
    blocks
        How many of them each article has.
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
        self,
        gold: GoldValues,
        predicted: Sequence[Claim],
        blocks: Blocks,
        names: Mapping[str, ActorNames],
    ) -> None:
        field, compare = gold.field, gold.compare
        self._field, self._compare, self._by = field, compare, compare.by
        self._gold, self._predicted, self._blocks = gold, predicted, blocks
        self.wanted, self.given = gold.values, field.column(predicted)
        self.is_reflexive = gold.is_reflexive
        self.resolver = names.get(compare.through) if compare.through else None
        self.names = gold.names
        if self.resolver is not None and isinstance(compare.by, NameComparator):
            self.names = self.resolver
        self._prepared: dict[str, Any] = {} if self.names is None else self.names.plain
        # What was found in more than a glance.
        self._compared: dict[tuple[int, int], Comparison] = {}

    # One pair.

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        wanted, given = self.wanted[gold], self.given[predicted]
        if wanted == given and (self.is_reflexive or self._equals_itself(given)):
            return EXACT
        known = self._compared.get((gold, predicted))
        if known is None:
            if self._gold.has_one_value(gold):
                known = self._pair_values(gold, wanted, predicted)
            else:
                known = self._best_of(gold, predicted)
            if len(self._compared) < _MOST_KEPT:
                self._compared[gold, predicted] = known
        return known

    def _best_of(self, gold: int, predicted: int) -> Comparison:
        best = UNLIKE
        for wanted in self._gold.alternatives(gold):
            found = self._pair_values(gold, wanted, predicted)
            if found.exact:
                return found
            if found.numerator * best.denominator > best.numerator * found.denominator:
                best = found
        return best

    def _pair_values(self, gold: int, wanted: str | None, predicted: int) -> Comparison:
        given = self.given[predicted]
        if wanted is None or given is None:
            return EXACT if wanted is given else UNLIKE
        if self.resolver is not None:
            articles = [self._article(predicted)] * 2
            owner, other = self.resolver.resolve_many((wanted, given), articles)
            if owner != NOBODY and other != NOBODY:
                return EXACT if owner == other else UNLIKE
        return self._by.pair(self._gold.prepare(gold, wanted), self._prepare(given))

    def pair_predicted(self, one: int, other: int) -> Comparison:
        """Compare two predictions of an article, the first one as if it were gold."""
        claim, block = GoldClaim(self._predicted[one]), Blocks([1])
        as_gold = GoldValues(self._field, [claim], block, [self.given[one]])
        if self.resolver is not None and as_gold.is_single:
            owner, other_owner = self._given_owners[[one, other]].tolist()
            if owner != NOBODY and other_owner != NOBODY:
                return EXACT if owner == other_owner else UNLIKE
        return FieldComparison(as_gold, [self._predicted[other]], block, {}).pair(0, 0)

    def overlaps(self, gold: int, predicted: int) -> bool:
        """Whether one gold value and one prediction mean parts of the same."""
        given = self.given[predicted]
        if given is None:
            return False
        values = [value for value in self._gold.alternatives(gold) if value is not None]
        if self.resolver is None:
            return any(self._overlap(gold, wanted, given) for wanted in values)
        articles = [self._article(predicted)] * (1 + len(values))
        owner, *others = self.resolver.resolve_many([given, *values], articles)
        return any(
            owner == other
            if owner != NOBODY and other != NOBODY
            else self._overlap(gold, wanted, given)
            for wanted, other in zip(values, others, strict=True)
        )

    def _overlap(self, gold: int, wanted: str, given: str) -> bool:
        return self._by.overlaps(self._gold.prepare(gold, wanted), self._prepare(given))

    def difference(self, gold: int, predicted: int) -> str | None:
        """The way in which a predicted value differs from the gold value, if it has a name."""
        wanted, given = self.wanted[gold], self.given[predicted]
        return None if wanted is None or given is None else self._by.difference(wanted, given)

    def fault(self, predicted: int) -> str | None:
        """What keeps a predicted value from being equal to any, if there is such a thing."""
        given = self.given[predicted]
        return None if given is None else self._by.fault(given)

    def identity(self, predicted: int) -> Hashable:
        """What is equal for predictions of an article that say the same: who is meant, else what.

        Null is the same as null only.
        """
        value = self.given[predicted]
        owner = None
        if value is not None and self.resolver is not None:
            owner = self.resolver.resolve(value, self._article(predicted))
        return value if value is None else owner if owner is not None else self._by.identity(value)

    # All values.

    def gold_words(self) -> list[Sequence[str]]:
        """The words of the gold values, where values have words."""
        if self._gold.is_single and None not in self.wanted:
            return [each.words for each in self._gold.prepare_choices()]
        return [
            () if wanted is None else self._gold.prepare(row, wanted).words
            for row, wanted in enumerate(self.wanted)
        ]

    def words(self) -> list[Sequence[str]]:
        """The words of the predicted values, where values have words."""
        return [() if given is None else self.words_of(given) for given in self.given]

    def words_of(self, value: str) -> Sequence[str]:
        """The words of a value, where values have words."""
        found: Sequence[str] = self._prepare(value).words
        return found

    def identities(self) -> tuple[list[Hashable], list[Hashable]]:
        """For each gold and predicted value, what is equal within an article if they are the same.

        A predicted value that required gold takes in the place of its own has that of the gold
        value.
        """
        wanted = self._identities(self.wanted, self._wanted_owners)
        given = self._identities(self.given, self._given_owners)
        if self._gold.has_alternatives:
            taken = self._taken(wanted)
            articles = self._blocks.numbers.tolist()
            given = [
                taken.get((article, each), each)
                for article, each in zip(articles, given, strict=True)
            ]
        return wanted, given

    def _identities(self, values: Sequence[str | None], owners: Places) -> list[Hashable]:
        identity = self._by.identity
        return [
            identity(value) if owner == NOBODY and value is not None else owner
            for value, owner in zip(values, owners.tolist(), strict=True)
        ]

    def _taken(self, identities: Sequence[Hashable]) -> dict[tuple[int, Hashable], Hashable]:
        """What required gold takes in an article, and what it has itself: what it stands for."""
        own: dict[tuple[int, Hashable], Hashable] = {}
        others: dict[tuple[int, Hashable], Hashable] = {}
        articles = self._gold.blocks.numbers.tolist()
        for article, claim, identity in zip(articles, self._gold.claims, identities, strict=True):
            if not claim.optional:
                own[article, identity] = identity
                values = self._field.alternatives(claim)[1:]
                owners = self._owners(values, [article] * len(values))
                for other in self._identities(values, owners):
                    others.setdefault((article, other), identity)
        return others | own

    # Many pairs.

    def alike(self) -> AlikeArrays:
        """Find all pairs within articles that are at least half alike."""
        choices = self._gold.choices
        rows, blocks = choices.rows, self._blocks
        columns = np.arange(len(self.given))
        given: Sequence[Any] = self.given
        if None in given:
            columns = np.array([at for at in columns.tolist() if given[at] is not None], np.int64)
            given = [given[column] for column in columns.tolist()]
            blocks = blocks.select(columns)
        found = AlikeArrays.of(())
        if len(rows) and given:
            found = self._by.alike_within(*self._prepare_choices(given), choices.blocks, blocks)
            if self.resolver is not None:
                found = self._decide(found, columns)
            else:
                found.columns = columns[found.columns]
                found.rows = rows[found.rows]
        if choices.null_rows:
            found += self._nulls(choices.null_rows)
        return found if self._gold.is_single else _best(found)

    def _prepare_choices(self, given: Sequence[str]) -> tuple[Sequence[Any], Sequence[Any]]:
        """The gold choices and predicted values as they are compared."""
        if self.names is not None:
            return self._gold.prepare_choices(), self.names.prepare_many(given)
        golds, predicteds = self._gold.prepare_choices_with(given)
        self._prepared.update(zip(given, predicteds, strict=True))
        return golds, predicteds

    def _decide(self, found: AlikeArrays, columns: Places) -> AlikeArrays:
        """Of values that are alike those where it is not known who is meant; and those where it is.

        What was found is by the places of choices and of values.
        """
        choices = self._gold.choices
        if self._gold.is_single:
            owners = self._wanted_owners[choices.rows]
        else:
            owners = self._owners(choices.values, choices.blocks.numbers.tolist())
        given_owners = self._given_owners[columns]
        is_open = (owners[found.rows] < 0) | (given_owners[found.columns] < 0)
        found = found.where(is_open)
        owned, given_owned = (owners >= 0).nonzero()[0], (given_owners >= 0).nonzero()[0]
        same, given_same = equal_pairs(owners[owned], given_owners[given_owned])
        known = AlikeArrays.exactly(choices.rows[owned[same]], columns[given_owned[given_same]])
        found.rows, found.columns = choices.rows[found.rows], columns[found.columns]
        return known + found

    def _nulls(self, null_rows: Sequence[int]) -> AlikeArrays:
        """The pairs where null is right, and was given."""
        rows = np.array(null_rows, dtype=np.int64)
        columns = np.array([at for at, value in enumerate(self.given) if value is None], np.int64)
        one, other = every_pair(self._gold.blocks.select(rows), self._blocks.select(columns))
        return AlikeArrays.exactly(rows[one], columns[other])

    def among(
        self, rows: Places, columns: Places
    ) -> tuple[NDArray[np.bool_], NDArray[Any], NDArray[Any]]:
        """Compare pairs of claims: whether each is exact, and the parts of its similarity."""
        exact, rest = self._equal(rows, columns)
        numerators, denominators = exact.astype(np.int64), np.ones(len(rows), dtype=np.int64)
        if self.resolver is not None and self._gold.is_single:
            owners = self._wanted_owners[rows[rest]]
            given_owners = self._given_owners[columns[rest]]
            # Whoever is meant, or nobody by a null.
            is_known = (owners != NOBODY) & (given_owners != NOBODY)
            known = rest[is_known & (owners == given_owners)]
            exact[known] = numerators[known] = True
            rest = rest[~is_known]
        if not len(rest):
            return exact, numerators, denominators
        compared = self._compare_pairs(rows[rest], columns[rest])
        exact[rest] = [each.exact for each in compared]
        ones = integers([each.numerator for each in compared])
        units = integers([each.denominator for each in compared])
        if ones.dtype == np.object_ or units.dtype == np.object_:
            numerators, denominators = numerators.astype(object), denominators.astype(object)
        numerators[rest], denominators[rest] = ones, units
        return exact, numerators, denominators

    def exact(self, rows: Places, columns: Places) -> NDArray[np.bool_]:
        """Say of each pair of claims whether its values are exact."""
        if (
            self._compare.through
            or self._compare.titles_in
            or self._field.allowed
            or self._gold.has_alternatives
        ):
            return self.among(rows, columns)[0]
        exact, rest = self._equal(rows, columns)
        wanted, given = self._gold.array[rows[rest]].tolist(), self._array[columns[rest]].tolist()
        if None in wanted or None in given:
            is_told = [None not in both for both in zip(wanted, given, strict=True)]
            rest = rest[is_told]
            wanted, given = list(compress(wanted, is_told)), list(compress(given, is_told))
        if wanted:
            exact[rest] = self._by.equal_many(wanted, given)
        return exact

    def are_null(self, rows: Places, columns: Places) -> NDArray[np.bool_]:
        """Say of each pair of claims whether both leave the field open."""
        if None not in self.given or None not in self.wanted:
            return np.zeros(len(rows), dtype=np.bool_)
        both: NDArray[np.bool_] = _is_null(self._gold.array)[rows] & _is_null(self._array)[columns]
        return both

    def _equal(self, rows: Places, columns: Places) -> tuple[NDArray[np.bool_], Places]:
        """Which pairs are exact because they say the same, and the places of all others."""
        if self.is_reflexive:
            exact = self._gold.array[rows] == self._array[columns]
        else:
            exact = self.are_null(rows, columns)
        return exact, (~exact).nonzero()[0]

    def _compare_pairs(self, rows: Places, columns: Places) -> list[Comparison]:
        if len(rows) <= _FEW:
            return list(map(self.pair, rows.tolist(), columns.tolist()))
        articles = self._blocks.numbers[columns].tolist()
        known: dict[Hashable, Comparison] = {}
        found = []
        for row, column, article in zip(rows.tolist(), columns.tolist(), articles, strict=True):
            # A gold value with alternatives of its own is like no other.
            key = (
                row if self._gold.is_special(row) else (self.wanted[row], article),
                self.given[column],
            )
            if key not in known:
                known[key] = self.pair(row, column)
            found.append(known[key])
        return found

    @cached_property
    def _array(self) -> NDArray[np.object_]:
        return np.array(self.given, dtype=np.object_)

    @cached_property
    def _wanted_owners(self) -> Places:
        """Who is meant by each gold value: a gold claim, nobody, or null."""
        return self._owners(self.wanted, self._gold.blocks.numbers.tolist())

    @cached_property
    def _given_owners(self) -> Places:
        return self._owners(self.given, self._blocks.numbers.tolist())

    def _owners(self, values: Sequence[str | None], articles: Sequence[int]) -> Places:
        if self.resolver is None:
            owners = [NULL if value is None else NOBODY for value in values]
        else:
            owners = self.resolver.resolve_many(values, articles)
        return np.array(owners, dtype=np.int64)

    def _article(self, predicted: int) -> int:
        return int(self._blocks.numbers[predicted])

    def _equals_itself(self, value: str | None) -> bool:
        return value is None or (self._by.is_reflexive and self._field.may_be(value))

    def _prepare(self, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        if value not in self._prepared:
            self._prepared[value] = self._by.prepare(value)
        return self._prepared[value]


def _is_null(values: NDArray[np.object_]) -> NDArray[np.bool_]:
    are_null: NDArray[np.bool_] = values == None  # noqa: E711 - in an array
    return are_null


def _best(found: AlikeArrays) -> AlikeArrays:
    """Of what was found for a pair, the most alike."""
    # Most pairs are found once.
    order = np.lexsort((found.columns, found.rows))
    rows, columns = found.rows[order], found.columns[order]
    if not ((rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1])).any():
        return found
    best: dict[tuple[int, int], Alike] = {}
    for pair in found:
        known = best.setdefault(pair[:2], pair)
        if known is not pair and (pair[2] or pair[3] * known[4] > known[3] * pair[4]):
            best[pair[:2]] = pair
    return AlikeArrays.of(best.values())
