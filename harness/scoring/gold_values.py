"""The gold of articles as it is compared: prepared once, for all that is predicted for them.

The claims of all articles stand in one list, article after article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.claims import ClaimField, ClaimSchema, ClaimType
from harness.comparators.blocks import Blocks, Places
from harness.records import Gold, GoldClaim
from harness.scoring.resolve import ActorNames

__all__ = ["Choices", "GoldClaims", "GoldValues", "PreparedGold"]


_VALUES, _ACCEPT, _OPTIONAL = map(attrgetter, ("values", "accept", "optional"))


@dataclass(slots=True)
class Choices:
    """All values that are right for gold claims, but for those outside the vocabulary.

    Parameters
    ----------
    rows, values
        The number of a claim, and a value that is right for it; null is none. In the order of the
        claims.
    blocks
        How many of these values there are in each article.
    null_rows
        The claims for which null is right.
    prepared
        The values as they are compared; None until they are.
    """

    rows: Places
    values: Sequence[str]
    blocks: Blocks
    null_rows: Sequence[int] = ()
    prepared: Sequence[Any] | None = None


class GoldValues:
    """The values of one compared field of gold claims.

    Parameters
    ----------
    field
        A field that is compared.
    claims
        The gold claims.
    blocks
        How many of them each article has.
    values
        Of each claim its own; null is None.
    names
        The names of these claims, if it is the field that names them.
    accepts
        Whether any claim has other values that are just as right.

    Attributes
    ----------
    is_reflexive
        Whether each of them equals itself, whatever it is folded or parsed to.
    has_alternatives
        Whether a claim may take other values than its own.
    is_single
        Whether each claim takes its own value alone, whatever that is.
    """

    def __init__(
        self,
        field: ClaimField,
        claims: Sequence[GoldClaim],
        blocks: Blocks,
        values: Sequence[str | None],
        names: ActorNames | None = None,
        *,
        accepts: bool = False,
    ) -> None:
        compare = field.comparison
        self.field, self.compare = field, compare
        self.claims, self.blocks = claims, blocks
        self.values, self.names = values, names
        self.is_reflexive = compare.by.is_reflexive and (
            field.allowed is None or (field.allowed | {None}).issuperset(values)
        )
        self.has_alternatives = field.has_aliases or accepts
        self.is_single = not self.has_alternatives and (field.allowed is None or self.is_reflexive)
        self._accepts = accepts
        # By the value; with its titles, where there are titles.
        self._prepared: dict[Any, Any] = {}

    @cached_property
    def array(self) -> NDArray[np.object_]:
        """The values, in an array."""
        return np.array(self.values, dtype=np.object_)

    @cached_property
    def choices(self) -> Choices:
        """All values that are right."""
        rows = range(len(self.values))
        has_null = self._accepts or None in self.values
        if self.is_single and not has_null:
            values = cast("Sequence[str]", self.values)
            return Choices(np.arange(len(values)), values, self.blocks)
        if self.names is not None and self.field.allowed is None:
            names = self.names
            null_rows = [row for row in rows if has_null and None in self.alternatives(row)]
            numbers = np.array(names.numbers, dtype=np.int64)
            return Choices(numbers, names.values, names.blocks, null_rows, names.names)
        found = [(row, value) for row in rows for value in self.alternatives(row)]
        numbers = np.array([row for row, value in found if value is not None], dtype=np.int64)
        return Choices(
            numbers,
            [value for _, value in found if value is not None],
            self.blocks.select(numbers),
            list(dict.fromkeys(row for row, value in found if value is None)),
        )

    def has_one_value(self, row: int) -> bool:
        """Whether a claim takes its own value alone, whatever that is."""
        return self.is_single or not (
            self.field.has_aliases or self.claims[row].accept or self.field.allowed is not None
        )

    def alternatives(self, row: int) -> Sequence[str | None]:
        """The values that are right for a claim, but for those outside the vocabulary."""
        if self.has_one_value(row):
            return (self.values[row],)
        values = self.field.alternatives(self.claims[row])
        if self.field.allowed is None:
            return values
        return [value for value in values if value is None or value in self.field.allowed]

    def is_special(self, row: int) -> bool:
        """Whether what a claim takes depends on more than its own value."""
        return bool(self.field.has_aliases or self.compare.titles_in or self.claims[row].accept)

    def titles(self, row: int) -> str:
        """The words of a claim that may stand in front of its value."""
        return self.compare.titles_of(self.claims[row].values) if self.compare.titles_in else ""

    def prepare(self, row: int, value: str) -> Any:  # noqa: ANN401 - each comparator has a form of its own
        """A value that is right for a claim, as it is compared."""
        key = (value, self.titles(row)) if self.compare.titles_in else value
        if key not in self._prepared:
            self._prepared[key] = self.compare.by.prepare_gold(value, self.titles(row))
        return self._prepared[key]

    def prepare_choices(self) -> Sequence[Any]:
        """The choices as they are compared."""
        choices = self.choices
        if choices.prepared is None:
            titles = self._titles_of(choices)
            self._keep(choices, titles, self.compare.by.prepare_gold_many(choices.values, titles))
        assert choices.prepared is not None
        return choices.prepared

    def prepare_choices_with(self, given: Sequence[str]) -> tuple[Sequence[Any], list[Any]]:
        """The choices and predicted values as they are compared, prepared in one go."""
        choices = self.choices
        if choices.prepared is not None:
            return choices.prepared, self.compare.by.prepare_many(given)
        titles = self._titles_of(choices)
        prepared, others = self.compare.by.prepare_both(choices.values, titles, given)
        self._keep(choices, titles, prepared)
        return prepared, others

    def _titles_of(self, choices: Choices) -> Sequence[str]:
        if not self.compare.titles_in:
            return [""] * len(choices.rows)
        return list(map(self.titles, choices.rows.tolist()))

    def _keep(self, choices: Choices, titles: Sequence[str], prepared: Sequence[Any]) -> None:
        choices.prepared = prepared
        keys = (
            zip(choices.values, titles, strict=True) if self.compare.titles_in else choices.values
        )
        self._prepared.update(zip(keys, prepared, strict=True))


class GoldClaims:
    """The gold claims of one claim type.

    Parameters
    ----------
    claim_type
        The claim type of all of them.
    claims
        The claims, article after article.
    blocks
        How many of them each article has; by default they are of one.
    names
        The names of these claims, if they are what fields resolve through.

    Attributes
    ----------
    fields
        For each compared field its values.
    is_optional, has_optional
        Of each claim, whether it is; and whether any is.
    n_required
        How many are not, in each article.
    """

    def __init__(
        self,
        claim_type: ClaimType,
        claims: Sequence[GoldClaim],
        blocks: Blocks | None = None,
        names: ActorNames | None = None,
    ) -> None:
        self.claim_type, self.claims = claim_type, claims
        self.blocks = Blocks([len(claims)]) if blocks is None else blocks
        values = list(map(_VALUES, claims))
        accepts = any(map(_ACCEPT, claims))
        self.fields = {
            field.name: GoldValues(
                field,
                claims,
                self.blocks,
                field.column(values),
                names if field is claim_type.anchor else None,
                accepts=accepts,
            )
            for field in claim_type.compared
        }
        self.is_optional = np.array(list(map(_OPTIONAL, claims)), dtype=np.bool_)
        self.has_optional = bool(self.is_optional.any())
        self.n_required: Places = self.blocks.sizes
        if self.has_optional:
            optional = self.blocks.numbers[self.is_optional]
            self.n_required = self.n_required - np.bincount(optional, minlength=len(self.blocks))


class PreparedGold:
    """The gold of articles, each claim type prepared when it is first asked for.

    Parameters
    ----------
    schema
        How claims are compared.
    gold
        The gold of one article, or of several.

    Attributes
    ----------
    names
        For each claim type that fields resolve through, who is meant by a name.
    """

    def __init__(self, schema: ClaimSchema, *gold: Gold) -> None:
        self.schema, self.gold = schema, gold
        self.names = {
            name: ActorNames(claim_type, *self._flat(name))
            for name, claim_type in schema.types.items()
            if claim_type.has_aliases
        }
        self._claims: dict[str, GoldClaims] = {}

    def claims(self, claim_type: str) -> GoldClaims:
        """The claims of a claim type; none in an article where it was not labelled."""
        found = self._claims.get(claim_type)
        if found is None:
            found = self._claims[claim_type] = GoldClaims(
                self.schema.types[claim_type], *self._flat(claim_type), self.names.get(claim_type)
            )
        return found

    def _flat(self, claim_type: str) -> tuple[list[GoldClaim], Blocks]:
        claims = [each.claims.get(claim_type, ()) for each in self.gold]
        return list(chain.from_iterable(claims)), Blocks(map(len, claims))
