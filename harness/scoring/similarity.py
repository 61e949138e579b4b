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


class ActorNames:
    """Says which gold claim of an article a name means.

    A name means a claim where it equals its name or one of its aliases, exactly as the comparator
    has it, with the words of that claim's own role removed from both.

    Parameters
    ----------
    claim_type
        The claim type whose anchor is the name.
    gold
        Its gold claims in the article.
    """

    def __init__(self, claim_type: ClaimType, gold: Sequence[GoldClaim]) -> None:
        compare = _compare_of(claim_type.anchor)
        self._prepare = compare.by.prepare_gold
        self._owners: dict[str, dict[str, set[int]]] = {}
        for number, claim in enumerate(gold):
            titles = _titles(claim.values, compare)
            owners = self._owners.setdefault(titles, {})
            for value in _alternatives(claim, claim_type.anchor, aliases=True):
                if value is not None:
                    owners.setdefault(self._prepare(value, titles).text, set()).add(number)
        self._known: dict[str, int | None] = {}

    def resolve(self, value: str) -> int | None:
        """The number of the gold claim that a name means; None where it means none or several."""
        if value not in self._known:
            found: set[int] = set()
            for titles, owners in self._owners.items():
                found |= owners.get(self._prepare(value, titles).text, _NOBODY)
            self._known[value] = found.pop() if len(found) == 1 else None
        return self._known[value]


_NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ClaimSimilarities:
    """The similarities of n gold and m predicted claims of one claim type in one article.

    Parameters
    ----------
    fields
        For each compared field, similarities of shape (n, m).
    strict, lenient
        Which pairs may be paired at that level; booleans, shape (n, m).
    means
        For each pair whose anchors are alike enough, the mean similarity of its key fields.
    """

    claim_type: ClaimType
    fields: Mapping[str, Similarities]
    strict: NDArray[np.bool_]
    lenient: NDArray[np.bool_]
    means: Mapping[tuple[int, int], Fraction]

    def fraction(self, gold: int, predicted: int) -> Fraction:
        """The similarity of a pair that is possible: the mean over its key fields, exactly."""
        return self.means[gold, predicted]


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
    anchor = fields[claim_type.anchor.name]
    means = _mean_similarities(keys, 2 * anchor.numerator >= anchor.denominator)
    lenient = np.zeros(strict.shape, dtype=np.bool_)
    for pair, mean in means.items():
        lenient[pair] = 2 * mean.numerator >= mean.denominator
    return ClaimSimilarities(claim_type, fields, strict, lenient, means)


def _mean_similarities(
    keys: Sequence[Similarities], chosen: NDArray[np.bool_]
) -> dict[tuple[int, int], Fraction]:
    """The means of the chosen pairs in integers of any size: thresholds and ties are exact."""
    ratios = [(key.numerator.tolist(), key.denominator.tolist()) for key in keys]
    means = {}
    for row, column in zip(*(axis.tolist() for axis in chosen.nonzero()), strict=True):
        total, unit = 0, 1
        for numerators, denominators in ratios:
            numerator, denominator = numerators[row][column], denominators[row][column]
            total, unit = total * denominator + numerator * unit, unit * denominator
        means[row, column] = Fraction(total, unit * len(keys))
    return means


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
        rows += alternatives
        owner += [number] * len(alternatives)
        titles += [_titles(claim.values, compare)] * len(alternatives)
    columns = [_text(claim.get(field.name)) for claim in predicted]
    flat = _compare_values(compare, rows, titles, columns)
    resolver = names.get(compare.through) if compare.through else None
    if resolver is not None:
        flat = _resolve(flat, resolver, rows, columns)
    if field.vocabulary is not None and compare.by.name == "category":
        flat = _reject_unknown(flat, field.vocabulary, rows)
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
        comparator.prepare_gold(value, title)
        for value, title in zip(rows, titles, strict=True)
        if value is not None
    ]
    column_values = [comparator.prepare(value) for value in columns if value is not None]
    n_null = len(rows) + len(columns) - len(row_values) - len(column_values)
    if row_values and column_values and not n_null:
        return comparator.compare(row_values, column_values)
    row_is_null = np.array([value is None for value in rows], dtype=np.bool_)
    column_is_null = np.array([value is None for value in columns], dtype=np.bool_)
    similarities = Similarities.from_exact(np.logical_and.outer(row_is_null, column_is_null))
    if row_values and column_values:
        inner = comparator.compare(row_values, column_values)
        where = np.ix_(~row_is_null, ~column_is_null)
        similarities.exact[where] = inner.exact
        similarities.numerator[where] = inner.numerator
        similarities.denominator[where] = inner.denominator
    return similarities


def _resolve(
    flat: Similarities,
    resolver: ActorNames,
    rows: Sequence[str | None],
    columns: Sequence[str | None],
) -> Similarities:
    """Where both values name a gold claim, decide by whether it is the same one."""
    row_owners = _owners(resolver, rows)
    column_owners = _owners(resolver, columns)
    both = np.logical_and.outer(row_owners >= 0, column_owners >= 0)
    same = np.equal.outer(row_owners, column_owners)
    return Similarities(
        np.where(both, same, flat.exact),
        np.where(both, same, flat.numerator),
        np.where(both, 1, flat.denominator),
    )


def _owners(resolver: ActorNames, values: Sequence[str | None]) -> NDArray[np.int64]:
    """The number of the gold claim that each value names, -1 for none."""
    found = [None if value is None else resolver.resolve(value) for value in values]
    return np.array([-1 if owner is None else owner for owner in found], dtype=np.int64)


def _reject_unknown(
    flat: Similarities, vocabulary: Sequence[object], rows: Sequence[str | None]
) -> Similarities:
    """A gold word outside the vocabulary equals nothing, the same word included."""
    known = {str(word) for word in vocabulary}
    if all(value is None or value in known for value in rows):
        return flat
    unknown = np.array([value is not None and value not in known for value in rows])[:, None]
    return Similarities(
        flat.exact & ~unknown, np.where(unknown, 0, flat.numerator), flat.denominator
    )


def _best_alternative(flat: Similarities, owner: Sequence[int], n_gold: int) -> Similarities:
    """Reduce the alternatives of each gold claim to the one that is most alike."""
    # Floats keep ratios apart whose denominators have 26 bits; those of long times have more.
    is_small = flat.denominator.max(initial=1) < 2**26
    ratio: NDArray[Any] = (
        flat.ratio if is_small else np.asarray(_fractions(flat.numerator, flat.denominator))
    )
    starts = [owner.index(number) for number in range(n_gold)]
    is_best = ratio == np.maximum.reduceat(ratio, starts)[list(owner)]
    rows, columns = np.arange(len(owner))[:, None], np.arange(ratio.shape[1])
    chosen = np.minimum.reduceat(np.where(is_best, rows, len(owner)), starts)
    return Similarities(
        np.logical_or.reduceat(flat.exact, starts),
        flat.numerator[chosen, columns],
        flat.denominator[chosen, columns],
    )


_fractions = np.frompyfunc(Fraction, 2, 1)


def _alternatives(claim: GoldClaim, field: ClaimField, *, aliases: bool) -> list[str | None]:
    values = [_text(claim.values.get(field.name))]
    if claim.accept:
        values += [_text(value) for value in claim.accept.get(field.name, ())]
    if aliases:
        values += claim.aliases
    return values


def _titles(values: Claim, compare: Compare) -> str:
    return (_text(values.get(compare.titles_in)) or "") if compare.titles_in else ""


def _text(value: Any) -> str | None:  # noqa: ANN401 - any scalar of a claim
    return None if value is None else str(value)


def _compare_of(field: ClaimField) -> Compare:
    assert field.compare is not None
    return field.compare
