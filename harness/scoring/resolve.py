"""Which gold actor of an article a name means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from harness.claims import ClaimType
from harness.comparators.blocks import Blocks
from harness.comparators.name import NameComparator, PreparedName
from harness.records import GoldClaim

__all__ = ["NOBODY", "NULL", "ActorNames"]

NULL = -1
"""In the place of the number of a gold claim: of a null."""
NOBODY = -2
"""In the place of the number of a gold claim: of a name that means none, or several."""


class ActorNames:
    """Says which gold claim of an article a name means.

    A name means a claim where it equals its name or one of its aliases, exactly as the comparator
    has it, with the words of that claim's own role removed from both.

    Parameters
    ----------
    claim_type
        The claim type whose anchor is the name.
    gold
        Its gold claims, article after article.
    blocks
        How many of them each article has; by default they are of one.

    Attributes
    ----------
    values, numbers, names
        Each name of these claims, the number of its claim, and the name as it is compared, with
        the role of its claim; in the order of the claims. Null is no name.
    blocks
        How many names there are in each article.
    plain
        Values that were resolved, as they are compared as names of nobody in particular.
    """

    def __init__(
        self, claim_type: ClaimType, gold: Sequence[GoldClaim], blocks: Blocks | None = None
    ) -> None:
        field = claim_type.anchor
        compare = field.comparison
        assert isinstance(compare.by, NameComparator)
        self._by = compare.by
        self.values: list[str] = []
        self.numbers: list[int] = []
        own = field.column([claim.values for claim in gold])
        for number, (claim, value) in enumerate(zip(gold, own, strict=True)):
            if value is not None:
                self.values.append(value)
                self.numbers.append(number)
            if claim.aliases or claim.accept:
                others = [each for each in field.alternatives(claim)[1:] if each is not None]
                self.values += others
                self.numbers += [number] * len(others)
        titles = [compare.titles_of(claim.values) for claim in gold]
        roles = [titles[number] for number in self.numbers]
        self.names = self._by.prepare_gold_many(self.values, roles)
        blocks = Blocks([len(gold)]) if blocks is None else blocks
        self.blocks = blocks.select(np.array(self.numbers, dtype=np.int64))
        articles = self.blocks.numbers.tolist()
        # The claim that has a name in an article.
        self._owners: dict[tuple[int, str], int] = {}
        # For each article the roles in it, by their words; and the words of all.
        self._roles: dict[int, dict[frozenset[str], str]] = {}
        for article, number, name, role in zip(
            articles, self.numbers, self.names, roles, strict=True
        ):
            if self._owners.setdefault((article, name.text), number) != number:
                self._owners[article, name.text] = NOBODY
            if role:
                self._roles.setdefault(article, {})[name.titles] = role
        self._role_words = frozenset().union(*(name.titles for name in self.names))
        # Most names stand as they are compared, and begin with no word of a role. What is not ASCII
        # is left out: it may be folded into more words than it has.
        self.plain: dict[str, PreparedName] = {
            name.value: name
            for name in self.names
            if name.value.lower() == name.text
            and name.value.isascii()
            and name.front not in self._role_words
        }
        # What was resolved in an article.
        self._known: dict[tuple[int, str | None], int] = {
            (article, name.value): self._owners[article, name.text]
            for article, name in zip(articles, self.names, strict=True)
            if name.value in self.plain
        }

    def resolve(self, value: str, article: int = 0) -> int | None:
        """The number of the gold claim that a name means; None where it means none or several."""
        (found,) = self.resolve_many((value,), (article,))
        return None if found == NOBODY else found

    def resolve_many(self, values: Sequence[str | None], articles: Sequence[int]) -> list[int]:
        """Resolve values, each in its article: to the number of a gold claim, `NOBODY` or `NULL`.

        A null is `NULL`.
        """
        keys = list(zip(articles, values, strict=True))
        unknown = set(keys).difference(self._known)
        if unknown:
            self.know(value for _, value in unknown)
            for key in unknown:
                article, value = key
                if value is None:
                    self._known[key] = NULL
                    continue
                name = self.plain[value]
                self._known[key] = (
                    self._find(name, article)
                    if name.front in self._role_words
                    else self._owners.get((article, name.text), NOBODY)
                )
        return list(map(self._known.__getitem__, keys))

    def know(self, values: Iterable[str | None]) -> None:
        """Prepare values as names, in bulk."""
        unknown = set(values).difference(self.plain)
        unknown.discard(None)
        if unknown:
            new = [value for value in unknown if value is not None]
            self.plain.update(zip(new, self._by.prepare_many(new), strict=True))

    def prepare_many(self, values: Sequence[str]) -> list[PreparedName]:
        """Values as they are compared as names."""
        self.know(values)
        return [self.plain[value] for value in values]

    def _find(self, plain: PreparedName, article: int) -> int:
        """Find whom a name means where a role may stand in front of it."""
        # With and without the words of each role.
        bare = {
            titles: self._by.prepare_gold(plain.value, role).text
            for titles, role in self._roles.get(article, {}).items()
            if plain.front in titles
        }
        if not bare:  # it is a word of a role in another article
            return self._owners.get((article, plain.text), NOBODY)
        own = self.blocks.of(article)
        found = {
            number
            for number, name in zip(self.numbers[own], self.names[own], strict=True)
            if name.text == bare.get(name.titles, plain.text)
        }
        return found.pop() if len(found) == 1 else NOBODY
