"""How alike the gold claims and the predicted claims of an article are, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimField, ClaimType, Compare
from harness.comparators import Similarities
from harness.records import Claim, GoldClaim

__all__ = ["ActorNames", "ClaimSimilarities", "compare_claims"]

_HALF = Fraction(1, 2)
# Far above the rounding error of a sum of a few ratios, far below any difference of interest:
# sums this near to the threshold are computed again as fractions.
_NEAR = 1e-9


class ActorNames:
    """Says which gold claim of an article a name means.

    Parameters
    ----------
    claim_type
        The claim type whose anchor is the name.
    gold
        Its gold claims in the article.
    """

    def __init__(self, claim_type: ClaimType, gold: Sequence[GoldClaim]) -> None:
        compare = _compare_of(claim_type.anchor)
        self._prepare = compare.by.prepare
        self._prepare_gold = compare.by.prepare_gold
        self._titles = sorted(
            {titles for claim in gold if (titles := _titles(claim.values, compare))}
        )
        self._owner: dict[str, int | None] = {}
        for number, claim in enumerate(gold):
            titles = _titles(claim.values, compare)
            for value in _alternatives(claim, claim_type.anchor, aliases=True):
                if value is not None:
                    self._add(self._prepare_gold(value, titles).text, number)
        self._by_titles = {
            titles: {
                number
                for number, claim in enumerate(gold)
                if _titles(claim.values, compare) == titles
            }
            for titles in self._titles
        }
        self._known: dict[str, int | None] = {}

    def _add(self, form: str, number: int) -> None:
        # A name that two actors share means neither.
        self._owner[form] = number if self._owner.get(form, number) == number else None

    def resolve(self, value: str) -> int | None:
        """The number of the gold claim that a name means, or None."""
        if value not in self._known:
            self._known[value] = self._resolve(value)
        return self._known[value]

    def _resolve(self, value: str) -> int | None:
        form = self._prepare(value).text
        if form in self._owner:
            return self._owner[form]
        found = set()
        for titles in self._titles:
            owner = self._owner.get(self._prepare_gold(value, titles).text)
            if owner is not None and owner in self._by_titles[titles]:
                found.add(owner)
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class ClaimSimilarities:
    """The similarities of n gold and m predicted claims of one claim type in one article.

    Parameters
    ----------
    fields
        For each compared field, similarities of shape (n, m).
    strict, lenient
        Which pairs may be paired at that level; booleans, shape (n, m).
    """

    claim_type: ClaimType
    fields: Mapping[str, Similarities]
    strict: NDArray[np.bool_]
    lenient: NDArray[np.bool_]

    def fraction(self, gold: int, predicted: int) -> Fraction:
        """The similarity of a pair: the mean over its key fields, exactly."""
        keys = self.claim_type.keys
        total = sum((self.fields[key.name].fraction(gold, predicted) for key in keys), Fraction(0))
        return total / len(keys)


def compare_claims(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> ClaimSimilarities:
    """Compare every gold claim with every predicted claim.

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
    ClaimSimilarities
        Similarities for each compared field, and which pairs are possible at each level.
    """
    fields = {
        field.name: _compare_field(claim_type, field, gold, predicted, names)
        for field in claim_type.compared
    }
    keys = [fields[field.name] for field in claim_type.keys]
    strict = np.logical_and.reduce([key.exact for key in keys])
    total = np.add.reduce([key.ratio for key in keys])
    needed = len(keys) / 2
    enough = total >= needed
    for row, column in np.argwhere(np.abs(total - needed) < _NEAR):
        exact_total = sum((key.fraction(row, column) for key in keys), Fraction(0))
        enough[row, column] = exact_total >= _HALF * len(keys)
    anchor = fields[claim_type.anchor.name]
    lenient = enough & (2 * anchor.numerator >= anchor.denominator)
    return ClaimSimilarities(claim_type, fields, strict, lenient)


def _compare_field(
    claim_type: ClaimType,
    field: ClaimField,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> Similarities:
    compare = _compare_of(field)
    own_aliases = claim_type.has_aliases and field is claim_type.anchor
    rows: list[str | None] = []
    titles: list[str] = []
    owner: list[int] = []
    for number, claim in enumerate(gold):
        alternatives = _alternatives(claim, field, aliases=own_aliases)
        rows.extend(alternatives)
        owner.extend([number] * len(alternatives))
        titles.extend([_titles(claim.values, compare)] * len(alternatives))
    columns = [_text(claim.get(field.name)) for claim in predicted]
    flat = _compare_values(compare, rows, titles, columns)
    resolver = names.get(compare.through) if compare.through else None
    if resolver is not None:
        _resolve(flat, resolver, rows, columns)
    return flat if len(rows) == len(gold) else _best_alternative(flat, owner, len(gold))


def _compare_values(
    compare: Compare,
    rows: Sequence[str | None],
    titles: Sequence[str],
    columns: Sequence[str | None],
) -> Similarities:
    """Compare values that may be null: null equals null, and nothing else."""
    comparator = compare.by
    row_values = [
        (number, comparator.prepare_gold(value, titles[number]))
        for number, value in enumerate(rows)
        if value is not None
    ]
    column_values = [
        (number, comparator.prepare(value))
        for number, value in enumerate(columns)
        if value is not None
    ]
    if len(row_values) == len(rows) and len(column_values) == len(columns) and rows and columns:
        return comparator.compare([v for _, v in row_values], [v for _, v in column_values])
    exact = np.logical_and.outer(
        np.array([value is None for value in rows], dtype=np.bool_),
        np.array([value is None for value in columns], dtype=np.bool_),
    )
    similarities = Similarities.from_exact(exact)
    if row_values and column_values:
        inner = comparator.compare([v for _, v in row_values], [v for _, v in column_values])
        where = np.ix_([n for n, _ in row_values], [n for n, _ in column_values])
        similarities.exact[where] = inner.exact
        similarities.numerator[where] = inner.numerator
        similarities.denominator[where] = inner.denominator
    return similarities


def _resolve(
    flat: Similarities,
    resolver: ActorNames,
    rows: Sequence[str | None],
    columns: Sequence[str | None],
) -> None:
    """Where both values name a gold claim, decide by whether it is the same one."""
    row_owners = [None if value is None else resolver.resolve(value) for value in rows]
    column_owners = [None if value is None else resolver.resolve(value) for value in columns]
    for row, row_owner in enumerate(row_owners):
        if row_owner is None:
            continue
        for column, column_owner in enumerate(column_owners):
            if column_owner is not None:
                same = row_owner == column_owner
                flat.exact[row, column] = same
                flat.numerator[row, column] = same
                flat.denominator[row, column] = 1


def _best_alternative(flat: Similarities, owner: Sequence[int], n_gold: int) -> Similarities:
    """Reduce the alternatives of each gold claim to the one that is most alike."""
    n_predicted = flat.exact.shape[1]
    exact = np.zeros((n_gold, n_predicted), dtype=np.bool_)
    numerator = np.zeros((n_gold, n_predicted), dtype=np.int64)
    denominator = np.ones((n_gold, n_predicted), dtype=np.int64)
    best = np.full((n_gold, n_predicted), -1.0)
    ratio = flat.ratio
    for row, number in enumerate(owner):
        exact[number] |= flat.exact[row]
        better = ratio[row] > best[number]
        best[number][better] = ratio[row][better]
        numerator[number][better] = flat.numerator[row][better]
        denominator[number][better] = flat.denominator[row][better]
    return Similarities(exact, numerator, denominator)


def _alternatives(claim: GoldClaim, field: ClaimField, *, aliases: bool) -> list[str | None]:
    values = [_text(claim.values.get(field.name))]
    values.extend(_text(value) for value in claim.accept.get(field.name, ()))
    if aliases:
        values.extend(claim.aliases)
    return values


def _titles(values: Claim, compare: Compare) -> str:
    return (_text(values.get(compare.titles_in)) or "") if compare.titles_in else ""


def _text(value: Any) -> str | None:  # noqa: ANN401 - any scalar of a claim
    return None if value is None else str(value)


def _compare_of(field: ClaimField) -> Compare:
    assert field.compare is not None
    return field.compare
