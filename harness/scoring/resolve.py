"""Which gold actor of an article a name means."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from harness.claims import ClaimField, ClaimType
from harness.comparators.name import NameComparator, PreparedName
from harness.records import GoldClaim

__all__ = ["ActorNames", "identity"]


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

    Attributes
    ----------
    prepared
        The names of these claims, each with the role of its claim, as they are compared.
    plain
        Values that were resolved, as they are compared as names.
    """

    def __init__(self, claim_type: ClaimType, gold: Sequence[GoldClaim]) -> None:
        field = claim_type.anchor
        compare = field.comparison
        assert isinstance(compare.by, NameComparator)
        self._by = compare.by
        values: list[str] = []
        roles: list[str] = []
        numbers: list[int] = []
        for number, claim in enumerate(gold):
            role = compare.titles_of(claim.values)
            for value in field.alternatives(claim):
                if value is not None:
                    values.append(value)
                    roles.append(role)
                    numbers.append(number)
        names = self._by.prepare_gold_many(values, roles)
        self.prepared = dict(zip(zip(values, roles, strict=True), names, strict=True))
        self.plain: dict[str, PreparedName] = {}
        self._named: dict[str, list[tuple[int, PreparedName]]] = {}
        # Words of roles, each with the roles that it is part of.
        self._roles: dict[str, dict[frozenset[str], str]] = {}
        for number, role, name in zip(numbers, roles, names, strict=True):
            self._named.setdefault(name.text, []).append((number, name))
            for word in name.titles:
                self._roles.setdefault(word, {})[name.titles] = role
        # Most names stand as they are compared, are of one actor, and begin with no word of a role.
        self._known: dict[str, int | None] = {
            name.value: number
            for number, name in zip(numbers, names, strict=True)
            if name.value.lower() == name.text
            and name.front not in self._roles
            and len(self._named[name.text]) == 1
        }

    def resolve(self, value: str) -> int | None:
        """The number of the gold claim that a name means; None where it means none or several."""
        known = self._known if value in self._known else self.resolve_many((value,))
        return known[value]

    def resolve_many(self, values: Iterable[str]) -> Mapping[str, int | None]:
        """Resolve values in bulk: what each of them, and more, means."""
        unknown = list(set(values) - self._known.keys())
        if unknown:
            names = self._by.prepare_many(unknown)
            self.plain.update(zip(unknown, names, strict=True))
            self._known.update(zip(unknown, map(self._find, names), strict=True))
        return self._known

    def _find(self, plain: PreparedName) -> int | None:
        named = self._named.get(plain.text, ())
        if plain.front not in self._roles:
            found = {number for number, _ in named}
            return found.pop() if len(found) == 1 else None
        found = {number for number, name in named if plain.front not in name.titles}
        # Where a role may stand in front of it, once more without the words of that role.
        for titles, role in self._roles[plain.front].items():
            bare = self._by.prepare_gold(plain.value, role)
            found.update(
                number for number, name in self._named.get(bare.text, ()) if name.titles == titles
            )
        return found.pop() if len(found) == 1 else None


def identity(field: ClaimField, value: str | None, names: Mapping[str, ActorNames]) -> Hashable:
    """What is equal for values of a field that are the same: the actor meant, else the value.

    Parameters
    ----------
    field
        A field that is compared.
    value
        A value of it; null is the same as null only.
    names
        For each claim type that fields resolve through, who is meant by a name.
    """
    if value is None:
        return None
    resolver = names.get(field.comparison.through or "")
    owner = resolver.resolve(value) if resolver else None
    return owner if owner is not None else field.comparison.by.identity(value)
