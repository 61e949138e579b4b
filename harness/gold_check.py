"""Gold against its articles: what `harness gold check` says of labels that have the right form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias, cast

import numpy as np
import regex

from harness.claims import ClaimField, ClaimSchema, ClaimType, Compare
from harness.comparators import Comparator
from harness.comparators.fold import fold
from harness.corpus import file_stem
from harness.errors import Problem
from harness.records import Article, Gold, GoldClaim

__all__ = ["check_gold"]

_EVIDENCE = "evidence"
_CHARACTER = regex.compile(r"\X")

_Finding: TypeAlias = tuple[str, str]
"""A place inside a claim, like ``.aliases[0]``, and what is wrong there."""


def _file_name(article_id: str) -> str:
    return f"{file_stem(article_id)}.json"


def check_gold(
    gold: Mapping[str, Gold],
    articles: Mapping[str, Article],
    schema: ClaimSchema,
    where: Callable[[str], str] = _file_name,
) -> list[Problem]:
    """Check labels against the articles and against each other.

    Verbatim fields and aliases stand in the article to the letter; values are ones that their
    comparator can compare; names resolve; no claim is listed twice; no alias has two owners.

    Parameters
    ----------
    gold
        Gold by article id, as `harness.gold.load_gold` returns it.
    articles
        The articles by id.
    schema
        The schema of the gold.
    where
        Names the file of an article's gold in the problems.

    Returns
    -------
    list of Problem
        In the order of the gold and of its claims; empty where all is well.
    """
    problems: list[Problem] = []
    for one in gold.values():
        file = where(one.article_id)
        article = articles.get(one.article_id)
        if article is None:
            problem = f"there is no article {one.article_id!r}: correct the id, or add the article"
            problems.append(Problem(f"{file}: article_id", problem))
        checked = _Checked(one, schema, _Text(article.text) if article else None)
        problems.extend(Problem(f"{file}: {place}", what) for place, what in checked.findings())
    return problems


@dataclass(frozen=True)
class _Text:
    """The text of an article, in which wording is looked for."""

    text: str

    @cached_property
    def _folded(self) -> tuple[str, list[tuple[int, int]]]:
        """The text folded character by character, and from where to where each came."""
        folded: list[str] = []
        spans: list[tuple[int, int]] = []
        for match in _CHARACTER.finditer(self.text):
            character = _fold_character(match.group())
            if character != " " or folded[-1:] != [" "]:
                folded.extend(character)
                spans.extend([match.span()] * len(character))
        return "".join(folded), spans

    def wording_of(self, value: str) -> str | None:
        """The article's own wording of what is `value` but for typography and case."""
        folded, spans = self._folded
        for sought in (_Text(value)._folded[0].strip(), fold(value)):
            # Whole words only, lest "US" be found in "because".
            before = r"(?<!\w)" if sought[:1].isalnum() else ""
            behind = r"(?!\w)" if sought[-1:].isalnum() else ""
            match = re.search(f"{before}{re.escape(sought)}{behind}", folded)
            if sought and match:
                return self.text[spans[match.start()][0] : spans[match.end() - 1][1]]
        return None


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    # Folding strips the ends of a text, so the character is put between two letters.
    return fold(f"x{character}x")[1:-1]


class _Names:
    """Which gold claims of a claim type each of their names and aliases belongs to."""

    def __init__(self, claims: Sequence[GoldClaim], claim_type: ClaimType) -> None:
        self._by = cast(Compare, claim_type.anchor.compare).by
        self._names = [claim.values.get(claim_type.anchor.name) for claim in claims]
        self._owners: dict[str, list[int]] = {}
        for number, claim in enumerate(claims):
            for form in (self._names[number], *claim.aliases):
                owners = self._owners.setdefault(self._normal(form), [])
                if number not in owners:
                    owners.append(number)

    def _normal(self, form: object) -> str:
        return "" if form is None else str(self._by.prepare(str(form)).text)

    def owners(self, form: object) -> list[int]:
        """The numbers of the claims that have this name or alias."""
        normal = self._normal(form)
        return self._owners.get(normal, []) if normal else []

    def resolve(self, form: object) -> object:
        """The name of the one claim that is meant, else the form itself."""
        owners = self.owners(form)
        return self._names[owners[0]] if len(owners) == 1 else form


@dataclass(frozen=True)
class _Checked:
    """The gold of one article and what its claims are checked against."""

    gold: Gold
    schema: ClaimSchema
    text: _Text | None

    @cached_property
    def _names(self) -> dict[str, _Names]:
        return {
            name: _Names(self.gold.claims.get(name, ()), claim_type)
            for name, claim_type in self.schema.types.items()
            if claim_type.has_aliases
        }

    def findings(self) -> Iterator[_Finding]:
        """Everything that is wrong, in the order of the claims."""
        for name, claims in self.gold.claims.items():
            claim_type = self.schema.types.get(name)
            if claim_type is None:
                known = ", ".join(self.schema.types)
                yield name, f"is no claim type of {self.schema.name}: it has {known}"
                continue
            repeats = self._repeats(claims, claim_type)
            for number, claim in enumerate(claims):
                for place, what in self._claim_findings(claim, claim_type):
                    yield f"{name}[{number}]{place}", what
                for place, what in self._identity_findings(number, claim, claim_type, repeats):
                    yield f"{name}[{number}]{place}", what

    def _claim_findings(self, claim: GoldClaim, claim_type: ClaimType) -> Iterator[_Finding]:
        """What is wrong with a claim by itself."""
        for field in claim_type.fields:
            what = self._field_finding(field, claim.values.get(field.name))
            if what:
                yield f".{field.name}", what
        compared = {field.name: field for field in claim_type.compared}
        for name, others in claim.accept.items():
            if name not in compared:
                known = ", ".join(compared)
                yield f".accept.{name}", f"is no compared field: name one of {known}"
                continue
            for number, other in enumerate(others):
                what = _value_finding(compared[name], other)
                if what:
                    yield f".accept.{name}[{number}]", what
        if claim.aliases and not claim_type.has_aliases:
            yield ".aliases", f"{claim_type.name} have no aliases: remove them"
        for number, alias in enumerate(claim.aliases):
            what = _blank_finding(alias) or self._wording_finding(alias)
            if what:
                yield f".aliases[{number}]", what

    def _field_finding(self, field: ClaimField, value: object) -> str | None:
        if field.name == _EVIDENCE and (value is None or not str(value).strip()):
            return "is missing: copy the part of the article that shows the claim"
        what = _value_finding(field, value)
        if what or value is None:
            return what
        if field.verbatim:
            return self._wording_finding(value)
        compare = field.compare
        if compare is None or compare.through is None or compare.by.name != "name":
            return None
        if self._names[compare.through].owners(value):
            return None
        what = self._wording_finding(value)
        return what and f"{what}, or write a name or alias that {compare.through} have"

    def _wording_finding(self, value: object) -> str | None:
        """Say that a value is not in the article to the letter, and what is there instead."""
        wording = str(value)
        if self.text is None or wording in self.text.text:
            return None
        found = self.text.wording_of(wording)
        if found is None:
            return f"{_shown(wording)} is not in the article: copy it from there to the letter"
        return (
            f"{_shown(wording)} is not in the article to the letter; "
            f"the article has {_as_json(found)}: copy it to the letter"
        )

    def _identity_findings(
        self, number: int, claim: GoldClaim, claim_type: ClaimType, repeats: Mapping[int, int]
    ) -> Iterator[_Finding]:
        """What is wrong with a claim beside the claims above it."""
        name = claim_type.name
        if number in repeats:
            keys = ", ".join(field.name for field in claim_type.keys)
            first = f"{name}[{repeats[number]}]"
            yield "", f"is the same claim as {first} (by {keys}): list a claim once"
        elif claim_type.has_aliases:
            anchor = claim_type.anchor.name
            forms = [(f".{anchor}", claim.values.get(anchor))]
            forms += [(f".aliases[{i}]", alias) for i, alias in enumerate(claim.aliases)]
            for place, form in forms:
                above = [owner for owner in self._names[name].owners(form) if owner < number]
                if above:
                    first = f"{name}[{above[0]}]"
                    yield place, f"{_shown(form)} is a name of {first} too: leave it with one"

    def _repeats(self, claims: Sequence[GoldClaim], claim_type: ClaimType) -> dict[int, int]:
        """For each claim that is listed before with the same key fields, the first such."""
        same = np.ones((len(claims), len(claims)), dtype=np.bool_)
        for field in claim_type.keys:
            compare = cast(Compare, field.compare)
            values = [claim.values.get(field.name) for claim in claims]
            if compare.through is not None:
                values = [self._names[compare.through].resolve(value) for value in values]
            same &= _same_values(compare.by, values)
        firsts = {number: int(np.argmax(row)) for number, row in enumerate(same)}
        return {number: first for number, first in firsts.items() if first < number}


def _same_values(by: Comparator, values: Sequence[object]) -> np.ndarray:
    """Which values are the same to the comparator, or when folded; shape (n, n)."""
    texts = [None if value is None else str(value) for value in values]
    prepared = [None if text is None else by.prepare(text) for text in texts]

    def are_same(one: int, other: int) -> bool:
        first, second = texts[one], texts[other]
        if first is None or second is None:
            return first is second
        return by.pair(prepared[one], prepared[other]).exact or fold(first) == fold(second)

    n = len(values)
    same = [are_same(one, other) for one in range(n) for other in range(n)]
    return np.array(same, dtype=np.bool_).reshape(n, n)


def _value_finding(field: ClaimField, value: object) -> str | None:
    """Say why a value is none that the field's comparator can compare."""
    if value is None:
        return None if field.nullable else "is null: give a value"
    if field.vocabulary is not None and value not in field.vocabulary:
        known = ", ".join(map(str, field.vocabulary))
        return f"{_shown(value)} is outside the vocabulary: choose one of {known}"
    if field.compare is None:
        return _blank_finding(value) if field.verbatim else None
    reason = field.compare.by.check(str(value))
    return reason and f"cannot be compared ({reason}): correct it"


def _blank_finding(value: object) -> str | None:
    return None if str(value).strip() else "is empty: remove it, or copy it from the article"


def _shown(value: object) -> str:
    text = _as_json(str(value))
    return text if len(text) <= 80 else f"{text[:80]}..."


def _as_json(text: str) -> str:
    """A text as it is written in JSON, with characters that cannot be seen as escapes."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1]
        for character in written
    )
