"""Find where an article names states and bodies: the words, what they name, and how."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from . import lexicon
from .sentences import Sentence

__all__ = ["Mention", "Token", "find_bodies", "find_states", "tokenise"]

MentionKind = Literal["person", "organization", "state"]
Form = Literal["name", "capital", "demonym"]

_TOKEN = re.compile(r"(?:[A-Z]\.){2,5}|[^\W_]+(?:['\u2019\-.&][^\W_]+){0,6}")
_POSSESSIVE = re.compile(r"['\u2019]s$")
# "the shipping firm Alpha Beta": a common noun tells what the name names.
_COMPANY = re.compile(
    rf"\b(?:{'|'.join(sorted(lexicon.words('company_nouns')))})\s"
    r"(?P<name>[A-ZÀ-Þ][\w&\-]+(?:\s[A-ZÀ-Þ][\w&\-]+){0,3})(?=[\s,.])"
)
_SMALL = frozenset({"of", "for", "on"})
_PLACE_BEFORE = re.compile(
    r"\b(?:in|at|from|to|near|outside|around|of|through|via|into|across|inside|leaving|for"
    r"|visit(?:ed|ing|s)?)\s+"
    r"(?:(?:central|downtown|northern|southern|eastern|western)\s+)?$"
)
_METONYM_AFTER = re.compile(
    r"\s+(?:has|have|had|is|was|will|would|could|may|might|must|should|can|also|again|"
    r"(?!(?:ed|on|and|as)\b)[a-z]+(?:s|ed)\b(?!\s+of)|said|told|took|gave|made|held|began|put|cut)"
)


@dataclass(frozen=True)
class Token:
    """A word; ``base`` is the word without a possessive ending, ``glued`` to the word before."""

    start: int
    end: int
    text: str
    base: str
    glued: bool
    is_cap: bool

    @property
    def lower(self) -> str:
        return self.base.lower()

    @property
    def possessive(self) -> bool:
        return self.base != self.text


@dataclass(frozen=True)
class Mention:
    """A stretch of text that names an actor."""

    start: int
    end: int
    kind: MentionKind
    name: str
    form: Form = "name"
    role: str | None = None


def tokenise(text: str, start: int, end: int) -> list[Token]:
    """The words of ``text[start:end]``."""
    tokens: list[Token] = []
    previous = start
    for match in _TOKEN.finditer(text, start, end):
        word = match.group()
        gap = text[previous : match.start()] if tokens else "^"
        # The full stop of "Mr." or of an initial does not part a name.
        abbreviated = gap.strip() == "." and (
            len(tokens[-1].text) == 1 or tokens[-1].lower in lexicon.words("honorifics")
        )
        glued = gap.isspace() or abbreviated or gap in {"/", " & "}
        base = _POSSESSIVE.sub("", word)
        capital = word[0].isupper() or (word[:3] in {"al-", "el-"} and word[3:4].isupper())
        tokens.append(Token(match.start(), match.end(), word, base, glued, capital))
        previous = match.end()
    return tokens


def find_bodies(text: str, sentence: Sentence, tokens: list[Token]) -> list[Mention]:
    """Organisations in one sentence: by their head word, by a known name, or "X's central bank"."""
    found: list[Mention] = []
    taken = sentence.start
    heads = lexicon.words("organ_heads")
    for index, token in enumerate(tokens):
        if token.start < taken or not token.is_cap or token.base not in heads:
            continue
        first, last = _body_span(tokens, index, taken)
        if first is None:
            continue
        start, end = tokens[first].start, tokens[last].start + len(tokens[last].base)
        if text[start:end] in lexicon.state_names():
            continue
        found.append(Mention(start, end, "organization", _flat(text[start:end])))
        taken = end
    for pattern in (_known_bodies(), _organs_in_lower_case(), _COMPANY):
        for match in pattern.finditer(text, sentence.start, sentence.end):
            if not any(m.start < match.end() and match.start() < m.end for m in found):
                found.append(_body(match))
    return sorted(found, key=lambda mention: mention.start)


def _flat(name: str) -> str:
    return " ".join(name.split())


def _body(match: re.Match[str]) -> Mention:
    """The mention of a pattern's group ``name``, else of all it matched."""
    group = "name" if "name" in match.re.groupindex else 0
    return Mention(match.start(group), match.end(group), "organization", _flat(match.group(group)))


def _body_span(tokens: list[Token], head: int, taken: int) -> tuple[int | None, int]:
    """Numbers of the first and last word of the name around a head word."""
    first = head
    while first > 0 and _extends_left(tokens, first, taken, tokens[head].base):
        first -= 2 if tokens[first - 1].lower == "and" else 1
    while first < head and _is_common(tokens[first], first):
        first += 1
    last = _extend_right(tokens, head)
    if tokens[last].lower in lexicon.words("not_organs") and last > head:
        return None, head
    if first == last:
        return (first if tokens[head].base in lexicon.words("lone_organs") else None), head
    words = {token.base for token in tokens[first:last]}
    # "the Russian House", "US Company": an adjective and a head name nobody in particular.
    if last == head and first == head - 1 and words <= lexicon.demonyms().keys():
        named = tokens[head].lower in lexicon.words("state_organs")
        return (first if named else None), head
    return first, last


def _extends_left(tokens: list[Token], first: int, taken: int, head: str) -> bool:
    here, before = tokens[first], tokens[first - 1]
    if not here.glued or before.start < taken:
        return False
    # "Workers' Union" and "Women's Council" own nothing; "Peru's Council" is Peru's.
    if before.possessive and before.lower not in lexicon.words("owners_within_names"):
        return False
    if before.is_cap:
        lower = before.lower
        return lower not in lexicon.words("title_heads") or lower in {"chief", "general", "justice"}
    if before.lower != "and" or first < 2 or head not in lexicon.words("linking_heads"):
        return False
    two = tokens[first - 2]
    named = two.base in lexicon.state_names() or two.base in lexicon.demonyms()
    # "Trade and Industry Ministry" is one name, "NATO and Trade and Industry Ministry" is two.
    simple = here.base != head and not two.text.isupper() and two.base not in lexicon.bodies()
    return before.glued and two.is_cap and simple and not named and not two.possessive


def _is_common(token: Token, index: int) -> bool:
    lower = token.lower
    named = token.base in lexicon.demonyms() or token.base in lexicon.state_names()
    if lower in {"the", "a", "an"}:
        return True
    if named or lower in lexicon.words("title_modifiers") or lower.endswith("ern"):
        return False
    # Within a sentence a capital is meant, except that of a day: "said Monday Foreign Ministry".
    return lower in lexicon.words("common_capitals") and (index == 0 or lower.endswith("day"))


def _extend_right(tokens: list[Token], head: int) -> int:
    last = head
    linking = tokens[head].base in lexicon.words("linking_heads")
    while last + 1 < len(tokens) and tokens[last + 1].glued and not tokens[last].possessive:
        following = tokens[last + 1]
        if following.is_cap and (last > head or following.base in lexicon.words("organ_heads")):
            if following.lower in lexicon.words("title_heads"):
                break
            last += 1
            continue
        reach = _link(tokens, last, linking and last > head)
        if reach is None or reach - head > 9:
            break
        last = reach
    return last


def _link(tokens: list[Token], last: int, may_join: bool) -> int | None:
    """Number of the capitalised word after "of", "for the" or "and", if there is one."""
    word = tokens[last + 1].lower
    if word not in _SMALL and not (word == "and" and may_join):
        return None
    after = last + 2
    if after < len(tokens) and tokens[after].lower == "the" and tokens[after].glued:
        after += 1
    if after >= len(tokens) or not tokens[after].glued or not tokens[after].is_cap:
        return None
    weekday = tokens[after].lower in lexicon.words("common_capitals")
    joined_state = word == "and" and tokens[after].base in lexicon.state_names()
    if joined_state or (weekday and tokens[after].lower not in {"foreign", "trade", "energy"}):
        return None
    return after


def find_states(text: str, sentence: Sentence, bodies: list[Mention]) -> Iterator[Mention]:
    """States in one sentence, by name, by capital or by adjective."""
    for match in _states().finditer(text, sentence.start, sentence.end):
        start, end = match.span()
        if any(body.start <= start < body.end for body in bodies):
            continue
        word = _flat(match.group())
        word = _shouted().get(word, word)
        if word in lexicon.state_names():
            if _is_part_of_a_place(text, start, end):
                continue
            yield Mention(start, end, "state", lexicon.state_names()[word].name)
        elif word in lexicon.capitals():
            before = text[max(0, start - 30) : start]
            after = text[end : end + 20]
            if not _PLACE_BEFORE.search(before) and (
                _METONYM_AFTER.match(after)
                or re.search(r"\b(?:and|with|by|on|against|between)\s$", before)
            ):
                yield Mention(start, end, "state", lexicon.capitals()[word].name, "capital")
        else:
            yield Mention(start, end, "state", lexicon.demonyms()[word].name, "demonym")


def _is_part_of_a_place(text: str, start: int, end: int) -> bool:
    """ "South China Sea", "New Jersey": the state's name is only a part of another name."""
    following = re.match(r"\s([A-Z][a-z]+)", text[end : end + 30])
    if following and following.group(1).lower() in lexicon.words("not_organs"):
        return True
    before = text[max(0, start - 8) : start]
    return re.search(r"\b(?:New|San|Lake|Gulf of)\s$", before) is not None


def _alternation(names: list[str]) -> str:
    forms = {name.replace("'", "\u2019") for name in names} | set(names)
    ordered = sorted(forms, key=lambda name: (-len(name), name))
    return "|".join(re.escape(name).replace(r"\ ", r"[ \u00a0]") for name in ordered)


@cache
def _shouted() -> dict[str, str]:
    """Names in capitals ("PERU has ...") with their usual form."""
    return {name.upper(): name for name in lexicon.state_names() if len(name) > 3}


@cache
def _states() -> re.Pattern[str]:
    names = [*lexicon.state_names(), *lexicon.capitals(), *lexicon.demonyms(), *_shouted()]
    return re.compile(rf"(?<![\w\-])(?=[A-ZÀ-Þ])(?:{_alternation(names)})(?!\w)(?!-[a-z])")


@cache
def _known_bodies() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w\-])(?=[A-ZÀ-Þ])(?:{_alternation(list(lexicon.bodies()))})(?!\w)"
        r"(?! (?:Street|Journal|Times|Post|News|Sea)\b)"
    )


@cache
def _organs_in_lower_case() -> re.Pattern[str]:
    owners = _alternation([*lexicon.demonyms(), *(f"{n}'s" for n in lexicon.state_names())])
    return re.compile(
        rf"(?<![\w\-])(?=[A-ZÀ-Þ])(?:{owners})[ \u00a0](?:(?:[a-z]+[ \u00a0]){{0,2}}ministry|"
        r"(?:[a-z]+[ \u00a0])?(?:parliament|senate|treasury)|(?:national[ \u00a0]|central[ \u00a0])"
        r"(?:bank|assembly)|(?:[a-z]+[ \u00a0])?intelligence[ \u00a0](?:service|agency)s?)(?!\w)"
    )
