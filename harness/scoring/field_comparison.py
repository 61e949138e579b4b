"""How alike the values of one field are, of the gold claims and predicted claims of an article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimField
from harness.comparators import Comparison
from harness.comparators.interface import EXACT, UNLIKE, Alike
from harness.comparators.name import NameComparator, PreparedName
from harness.records import Claim, GoldClaim
from harness.scoring.resolve import ActorNames

__all__ = ["FieldComparison"]

# No more comparisons than this are kept.
_MOST_KEPT = 512
_NULL = object()
_TEXTS = frozenset({str, type(None)})


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
        self._allowed = field.allowed
        # Whether any value equals itself, whatever it is folded or parsed to.
        self._is_reflexive = self._by.is_reflexive and field.allowed is None
        self._resolver = names.get(self._compare.through) if self._compare.through else None
        name = field.name
        self._given = [values.get(name) for values in predicted]
        self._wanted = [claim.values.get(name) for claim in gold]
        if not _TEXTS.issuperset(map(type, self._given + self._wanted)):
            self._given, self._wanted = _texts(self._given), _texts(self._wanted)
        self._prepared: dict[str, Any] = {}
        if self._resolver is not None and isinstance(self._by, NameComparator):
            self._prepared = self._resolver.plain  # prepared to be resolved
        # By the value; with its titles, where there are titles.
        self._prepared_gold: dict[Any, Any] = {} if prepared is None else {**prepared}
        # What was found in more than a glance.
        self._compared: dict[tuple[int, int], Comparison] = {}

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        wanted, given = self._wanted[gold], self._given[predicted]
        if wanted == given and (self._is_reflexive or self._equals_itself(given)):
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

    def is_exact(self, gold: int, predicted: int) -> bool:
        """Whether `pair` is exact, which may be told at less cost."""
        wanted, given = self._wanted[gold], self._given[predicted]
        if wanted == given and (self._is_reflexive or self._equals_itself(given)):
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
        if not is_single or self._allowed is not None:
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
        self._prepared.update(zip(given, predicteds, strict=True))
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
        return value is None or (
            self._by.is_reflexive and self._allowed is not None and value in self._allowed
        )

    def _has_one_value(self, gold: int) -> bool:
        """Whether a gold claim takes its own value alone, whatever that is."""
        return self._allowed is None and not self._has_aliases and not self._gold[gold].accept

    def _alternatives(self, gold: int) -> Sequence[str | None]:
        """The values that are right for a gold claim, but for those outside the vocabulary."""
        if self._has_one_value(gold):
            return (self._wanted[gold],)
        values = self._field.alternatives(self._gold[gold])
        if self._allowed is None:
            return values
        return [value for value in values if value is None or value in self._allowed]

    def _owners(self, values: Sequence[str | None]) -> list[object]:
        """Who is meant by each value; null means the same as null, and others mean nobody."""
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
        key = (value, self._titles(gold)) if self._has_titles else value
        if key not in self._prepared_gold:
            self._prepared_gold[key] = self._by.prepare_gold(value, self._titles(gold))
        return self._prepared_gold[key]


def _texts(values: list[Any]) -> list[str | None]:
    """The values of a field as the texts that are compared."""
    if _TEXTS.issuperset(map(type, values)):
        return values
    return [value if value is None else str(value) for value in values]
