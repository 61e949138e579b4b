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
    field, gold
        The field that names the claims, and the claims.
    values, numbers, names
        Each name of these claims, the number of its claim, and the name as it is compared, with
        the role of its claim. Null is no name.
    plain
        Values that were resolved, as they are compared as names of nobody in particular.
    """

    def __init__(self, claim_type: ClaimType, gold: Sequence[GoldClaim]) -> None:
        field = claim_type.anchor
        compare = field.comparison
        assert isinstance(compare.by, NameComparator)
        self._by = compare.by
        self.field, self.gold = field, gold
        values = field.column([claim.values for claim in gold])
        numbers = list(range(len(gold)))
        for number, claim in enumerate(gold):
            if claim.aliases or claim.accept:
                others = field.alternatives(claim)[1:]
                values += others
                numbers += [number] * len(others)
        self.values = [value for value in values if value is not None]
        self.numbers = [
            number for number, value in zip(numbers, values, strict=True) if value is not None
        ]
        titles = [compare.titles_of(claim.values) for claim in gold]
        roles = [titles[number] for number in self.numbers]
        self.names = self._by.prepare_gold_many(self.values, roles)
        # The words of each role, and all of them.
        self._roles = {
            name.titles: role for name, role in zip(self.names, roles, strict=True) if role
        }
        self._role_words: frozenset[str] = frozenset().union(*self._roles)
        # The claim that has a name, but None where several have it.
        self._owners: dict[str, int | None] = {}
        for number, name in zip(self.numbers, self.names, strict=True):
            if self._owners.setdefault(name.text, number) != number:
                self._owners[name.text] = None
        # Most names stand as they are compared, and begin with no word of a role. What is not ASCII
        # is left out: it may be folded into more words than it has.
        self.plain: dict[str, PreparedName] = {
            name.value: name
            for name in self.names
            if name.value.lower() == name.text
            and name.value.isascii()
            and name.front not in self._role_words
        }
        self._known = {value: self._owners[name.text] for value, name in self.plain.items()}

    def resolve(self, value: str) -> int | None:
        """The number of the gold claim that a name means; None where it means none or several."""
        known = self._known if value in self._known else self.resolve_many((value,))
        return known[value]

    def resolve_many(self, values: Iterable[str | None]) -> Mapping[str, int | None]:
        """Resolve values in bulk: what each of them, and more, means. Null is left out."""
        unknown = [value for value in set(values).difference(self._known) if value is not None]
        if unknown:
            names = self._by.prepare_many(unknown)
            self.plain.update(zip(unknown, names, strict=True))
            self._known.update(zip(unknown, map(self._find, names), strict=True))
        return self._known

    def prepare_many(self, values: Sequence[str]) -> list[PreparedName]:
        """Values as they are compared as names; with it they are resolved."""
        self.resolve_many(values)
        return [self.plain[value] for value in values]

    def _find(self, plain: PreparedName) -> int | None:
        if plain.front not in self._role_words:
            return self._owners.get(plain.text)
        # Where a role may stand in front of it, with and without the words of that role.
        bare = {
            titles: self._by.prepare_gold(plain.value, role).text
            for titles, role in self._roles.items()
            if plain.front in titles
        }
        found = {
            number
            for number, name in zip(self.numbers, self.names, strict=True)
            if name.text == bare.get(name.titles, plain.text)
        }
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
