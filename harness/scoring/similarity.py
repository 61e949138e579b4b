"""How alike the gold claims and the predicted claims of an article are, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from harness.claims import ClaimField, ClaimType
from harness.comparators import Comparison
from harness.comparators.interface import EXACT, UNLIKE, Alike
from harness.records import Claim, GoldClaim
from harness.scoring.resolve import ActorNames

__all__ = ["ClaimComparison", "FieldComparison", "PossiblePair", "compare_claims"]


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

    Each value is prepared (folded, parsed, resolved) once, when the first two are compared.

    Parameters
    ----------
    field
        A field that is compared.
    gold, predicted
        The claims.
    names
        For each claim type that fields resolve through, who is meant by a name.
    """

    def __init__(
        self,
        field: ClaimField,
        gold: Sequence[GoldClaim],
        predicted: Sequence[Claim],
        names: Mapping[str, ActorNames],
    ) -> None:
        self._field = field
        self._compare = field.comparison
        self._gold = gold
        self._predicted = predicted
        self._resolver = names.get(self._compare.through) if self._compare.through else None
        self._columns: list[_Value] = []
        # For each gold claim its alternatives: the value, those accepted, the aliases.
        self._rows: list[list[_Value]] = []
        self._is_prepared = False

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare one gold value, or the most alike of its alternatives, with one prediction."""
        if not self._is_prepared:
            self._prepare()
        given, owner = self._columns[predicted]
        best = UNLIKE
        for wanted, its_owner in self._rows[gold]:
            if owner is not None and its_owner is not None:
                found = EXACT if owner == its_owner else UNLIKE
            elif wanted is _NULL or given is _NULL:
                continue
            else:
                found = self._compare.by.pair(wanted, given)
            if found.exact:
                return found
            if found.numerator * best.denominator > best.numerator * found.denominator:
                best = found
        return best

    def is_exact(self, gold: int, predicted: int) -> bool:
        """Whether `pair` is exact, which may be told at less cost."""
        if self._is_prepared or self._resolver is not None or self._compare.titles_in:
            return self.pair(gold, predicted).exact
        field = self._field
        given = self._predicted[predicted].get(field.name)
        claim = self._gold[gold]
        # A value equals itself, mostly, whatever it is folded or parsed to.
        if given == claim.values.get(field.name) and (
            given is None or (self._compare.by.is_reflexive and field.vocabulary is None)
        ):
            return True
        if given is None:
            return None in field.alternatives(claim)
        equal, text = self._compare.by.equal, str(given)
        return any(
            value is not None and field.may_be(value) and equal(value, text)
            for value in field.alternatives(claim)
        )

    def overlaps(self, gold: int, predicted: int) -> bool:
        """Whether one gold value and one prediction mean parts of the same."""
        if not self._is_prepared:
            self._prepare()
        given, owner = self._columns[predicted]
        for wanted, its_owner in self._rows[gold]:
            if owner is not None and its_owner is not None:
                found = owner == its_owner and wanted is not _NULL
            elif wanted is _NULL or given is _NULL:
                continue
            else:
                found = self._compare.by.overlaps(wanted, given)
            if found:
                return True
        return False

    def difference(self, gold: int, predicted: int) -> str | None:
        """The way in which a predicted value differs from the gold value, if it has a name."""
        wanted = self._field.text_of(self._gold[gold].values)
        given = self._field.text_of(self._predicted[predicted])
        if wanted is None or given is None:
            return None
        return self._compare.by.difference(wanted, given)

    def fault(self, predicted: int) -> str | None:
        """What keeps a predicted value from being equal to any, if there is such a thing."""
        given = self._field.text_of(self._predicted[predicted])
        return None if given is None else self._compare.by.fault(given)

    def alike(self) -> Iterable[Alike]:
        """Find all pairs that are at least half alike, in bulk."""
        if not self._is_prepared:
            self._prepare()
        given = [value for value, _ in self._columns if value is not _NULL]
        wanted = [row[0][0] for row in self._rows if len(row) == 1 and row[0][0] is not _NULL]
        if (
            self._resolver is None
            and len(given) == len(self._columns)
            and len(wanted) == len(self._rows)
        ):
            return self._compare.by.alike(wanted, given)
        return self._best_alternatives()

    def _best_alternatives(self) -> Iterable[Alike]:
        """Find them where values may be null, may resolve, or have alternatives."""
        by_owner: dict[object, list[int]] = {}
        for column, (_, owner) in enumerate(self._columns):
            if owner is not None:
                by_owner.setdefault(owner, []).append(column)
        best: dict[tuple[int, int], tuple[bool, int, int]] = {}
        wanted: list[tuple[int, _Value]] = []
        for row, alternatives in enumerate(self._rows):
            for value in alternatives:
                for column in by_owner.get(value[1], ()):
                    best[row, column] = EXACT
                if value[0] is not _NULL:
                    wanted.append((row, value))
        given = [
            (column, each) for column, each in enumerate(self._columns) if each[0] is not _NULL
        ]
        if wanted and given:
            for i, j, exact, numerator, denominator in self._compare.by.alike(
                [value for _, (value, _) in wanted], [value for _, (value, _) in given]
            ):
                (row, (_, owner)), (column, (_, other)) = wanted[i], given[j]
                if owner is not None and other is not None:
                    continue  # decided by who is meant
                _, known, unit = best.get((row, column), UNLIKE)
                if exact or numerator * unit > known * denominator:
                    best[row, column] = (exact, numerator, denominator)
        return ((*pair, *comparison) for pair, comparison in best.items())

    def _prepare(self) -> None:
        self._is_prepared = True
        field, by, resolver = self._field, self._compare.by, self._resolver
        name, prepare, prepare_gold = field.name, by.prepare, by.prepare_gold
        resolve = _nobody if resolver is None else resolver.resolve
        for values in self._predicted:
            value = values.get(name)
            if value is None:
                self._columns.append(_NULL_VALUE)
            else:
                text = value if type(value) is str else str(value)
                self._columns.append((prepare(text), resolve(text)))
        has_aliases, vocabulary = field.has_aliases, field.vocabulary
        for claim in self._gold:
            titles = self._compare.titles_of(claim.values) if self._compare.titles_in else ""
            value = claim.values.get(name)
            if type(value) is str and vocabulary is None and not claim.accept and not has_aliases:
                self._rows.append([(prepare_gold(value, titles), resolve(value))])
                continue
            self._rows.append(
                [
                    _NULL_VALUE if text is None else (prepare_gold(text, titles), resolve(text))
                    for text in field.alternatives(claim)
                    # A gold word outside the vocabulary equals nothing, the same word included.
                    if text is None or vocabulary is None or field.may_be(text)
                ]
            )


# A prepared value and the actor that it names. Null names nobody, as only null does.
_Value: TypeAlias = tuple[Any, object]
_NULL = object()
_NULL_VALUE: _Value = (_NULL, _NULL)


def _nobody(_: str) -> None:
    return None


class ClaimComparison(NamedTuple):
    """The comparison of n gold and m predicted claims of one claim type in one article.

    Parameters
    ----------
    fields
        For each compared field, how its values compare.
    possible
        The pairs that are possible leniently; no others are possible at any level.
    """

    claim_type: ClaimType
    fields: Mapping[str, FieldComparison]
    possible: Sequence[PossiblePair]

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
    fields = {
        field.name: FieldComparison(field, gold, predicted, names) for field in claim_type.compared
    }
    if not gold or not predicted:
        return ClaimComparison(claim_type, fields, ())
    anchor = fields[claim_type.anchor.name]
    others = [fields[field.name] for field in claim_type.keys if field is not claim_type.anchor]
    possible = []
    for row, column, exact, numerator, denominator in anchor.alike():
        for other in others:
            key = other.pair(row, column)
            exact = exact and key.exact
            numerator = numerator * key.denominator + key.numerator * denominator
            denominator *= key.denominator
        denominator *= len(others) + 1
        if 2 * numerator >= denominator:
            possible.append(PossiblePair(row, column, exact, numerator, denominator))
    return ClaimComparison(claim_type, fields, possible)
