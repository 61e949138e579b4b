"""Find the persons that an article names, with the offices it gives them."""

import re
from dataclasses import dataclass

from . import lexicon
from .mentions import Mention, Token
from .sentences import Sentence

__all__ = ["Candidate", "find_candidates"]

_APPOSITIVE_AFTER = re.compile(
    r"\s?(?:,|\(|\u2013|—|-\s)\s*(?:who\s+(?:is|was|heads"
    r"|leads)\s+)?((?:[^\W_][\w'\u2019.\-]*[ \u00a0]){0,11}[\w'\u2019\-]+)"
)
_APPOSITIVE_BEFORE = re.compile(
    r"(?:^|[,;:.“\"(]|\b(?:the|its|his|her|their|a|an|that|and|said|by|with|to)\b|\w['\u2019]s?)\s*"
    r"((?:[\w'\u2019.\-]+[ \u00a0]){0,7}?[\w'\u2019\-]+),\s*$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|a|an|its|his|her|their|our|is|was)\s+", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\s+(?:who|which|that|said|says|told|added|has|have|had|was|is|were|will|would|on"
    r"|announced|wrote|warned|and\s+(?:the|a|his|her))\b.*$"
)


@dataclass
class Candidate:
    """A run of capitalised words that may be a person's name."""

    start: int
    end: int
    words: tuple[str, ...]
    role: str | None
    honorific: str | None
    is_strong: bool
    speaks: bool
    in_headline: bool
    name: str


def find_candidates(
    text: str, sentence: Sentence, tokens: list[Token], bodies: list[Mention]
) -> list[Candidate]:
    """Every run of capitalised words that is no body, with what makes it a person."""
    found = []
    index = 0
    while index < len(tokens):
        if not tokens[index].is_cap or _inside(tokens[index], bodies):
            index += 1
            continue
        last = _run_end(tokens, index, bodies)
        candidate = _candidate(text, sentence, tokens, index, last, bodies)
        if candidate is not None:
            found.append(candidate)
        index = last + 1
    return found


def _inside(token: Token, bodies: list[Mention]) -> bool:
    return any(body.start <= token.start < body.end for body in bodies)


def _run_end(tokens: list[Token], first: int, bodies: list[Mention]) -> int:
    """Number of the last word of the run of capitals, name particles included."""
    last = first
    particles = lexicon.words("particles")
    while last + 1 < len(tokens) and last - first < 12:
        following = tokens[last + 1]
        if not following.glued or tokens[last].possessive or _inside(following, bodies):
            break
        if following.is_cap:
            last += 1
            continue
        reach = last + 1
        while reach < len(tokens) and tokens[reach].lower in particles and reach - last < 4:
            reach += 1
        if reach == last + 1 or reach >= len(tokens):
            break
        if not all(t.glued for t in tokens[last + 1 : reach + 1]) or not tokens[reach].is_cap:
            break
        last = reach
    return last


def _candidate(
    text: str,
    sentence: Sentence,
    tokens: list[Token],
    first: int,
    last: int,
    bodies: list[Mention],
) -> Candidate | None:
    name_first = _skip_titles(tokens, first, last)
    if name_first is None or last - name_first > 4:
        return None
    words = tuple(token.base for token in tokens[name_first : last + 1])
    if not _could_be_a_name(words):
        return None
    role, honorific = _title_before(text, tokens, name_first, bodies, sentence.start)
    start, end = tokens[name_first].start, tokens[last].start + len(tokens[last].base)
    titled = role is not None or honorific is not None
    if role is None and len(words) > 1:
        role = _role_after(text[end : min(end + 160, sentence.end)])
        role = role or _role_before(text[max(sentence.start, start - 120) : start])
    given = words[0].lower().split("-")[0] in lexicon.given_names() or re.fullmatch(
        r"[A-Z]", words[0]
    )
    marked = re.match(
        r",\s(?:aged\s)?\d{2},|,\sof\sthe\s[A-Z]|,?\s(?:who|whose)\s", text[end : end + 24]
    )
    strong = (titled and len(words) <= 4) or (
        len(words) > 1 and (bool(given) or bool(marked) or role is not None)
    )
    return Candidate(
        start,
        end,
        words,
        role,
        honorific,
        strong,
        _speaks(text, tokens, name_first, last),
        sentence.paragraph.kind == "headline",
        " ".join(text[start:end].split()),
    )


def _skip_titles(tokens: list[Token], first: int, last: int) -> int | None:
    """Number of the first word of the run that is neither title nor adjective nor function word."""
    titles = lexicon.words("title_heads") | lexicon.words("honorifics")
    modifiers = lexicon.words("title_modifiers")
    common = lexicon.words("common_capitals")
    given = lexicon.given_names()
    index = first
    while index <= last:
        token = tokens[index]
        two = f"{token.base} {tokens[index + 1].base}" if index < last else ""
        if two in lexicon.state_names() or two in lexicon.demonyms():
            index += 2
            continue
        named = token.base in lexicon.demonyms() or token.base in lexicon.state_names()
        title = token.lower in titles or token.lower in modifiers
        # "Judge" and "April" open a name only where a surname follows and no title could.
        if token.lower in given and index < last and not named and token.lower not in titles:
            break
        if not (named or title or (token.lower in common and len(token.base) > 1)):
            break
        index += 1
    return index if index <= last else None


def _could_be_a_name(words: tuple[str, ...]) -> bool:
    last = words[-1].lower()
    if last in lexicon.words("not_organs") or words[-1] in lexicon.words("organ_heads"):
        return False
    if any(len(word) > 1 and word.isupper() for word in words):
        return False
    if any(char.isdigit() for word in words for char in word):
        return False
    return not any(
        word in lexicon.state_names() or word in lexicon.capitals() or word in lexicon.demonyms()
        for word in (words if len(words) == 1 else words[1:])
    )


def _title_before(
    text: str, tokens: list[Token], name: int, bodies: list[Mention], floor: int
) -> tuple[str | None, str | None]:
    """The office in front of a name, and the honorific ("Mr") that is none."""
    heads, honorifics = lexicon.words("title_heads"), lexicon.words("honorifics")
    allowed = heads | lexicon.words("title_modifiers") | {"of", "for", "and", "the"}
    first = name
    has_head = False
    honorific = None
    while first > 0 and (tokens[first].glued or first == name) and name - first < 12:
        if not tokens[first].glued:
            break
        before = tokens[first - 1]
        named = before.base in lexicon.demonyms() or before.base in lexicon.state_names()
        if before.lower in honorifics and before.is_cap:
            honorific = before.lower
        elif before.lower in heads and not before.possessive:
            has_head = True
        elif not (
            before.lower in allowed
            or named
            or _inside(before, bodies)
            or (before.is_cap and first < name and before.text.isupper())
        ):
            break
        first -= 1
    if not has_head:
        return None, honorific
    role = text[max(floor, tokens[first].start) : tokens[name].start].strip(" \u00a0.,")
    role = re.sub(r"^(?:(?:the|of|for|and)\s+)+", "", role, flags=re.IGNORECASE)
    role = re.sub(r"\s+(?:Mr|Mrs|Ms|Dr)$", "", role)
    return (role if 0 < len(role) <= 90 and _has_head(role) else None), honorific


def _has_head(phrase: str) -> bool:
    heads = lexicon.words("title_heads")
    return any(word.strip("'\u2019.,-").lower() in heads for word in re.split(r"[\s/]+", phrase))


def _role_after(text: str) -> str | None:
    """The office in an apposition: ", the foreign minister of Peru,"."""
    match = _APPOSITIVE_AFTER.match(text)
    if match is None:
        return None
    phrase = _CLAUSE.sub("", match.group(1))
    phrase = _ARTICLE.sub("", phrase).strip()
    leading = re.split(r"\b(?:of|for|at|in|from|to)\b", phrase)[0]
    if not _has_head(leading) or len(leading.split()) > 7:
        return None
    return phrase


def _role_before(text: str) -> str | None:
    """The office in front of an apposition: "its foreign minister, Ana Ruiz"."""
    match = _APPOSITIVE_BEFORE.search(text)
    if match is None:
        return None
    phrase = _ARTICLE.sub("", match.group(1)).strip()
    leading = re.split(r"\b(?:of|for|at|in|to|from)\b", phrase)[0]
    return phrase if leading and _has_head(leading) and _ends_in_head(leading) else None


def _ends_in_head(phrase: str) -> bool:
    return phrase.split()[-1].strip("'\u2019").lower() in lexicon.words("title_heads")


def _speaks(text: str, tokens: list[Token], first: int, last: int) -> bool:
    """Whether a reporting verb stands right before or after the name."""
    verbs = lexicon.words("reporting_verbs") | lexicon.words("human_verbs")
    before = tokens[first - 1].lower if first and tokens[first].glued else ""
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    if before in verbs or (
        before == "to"
        and text[max(0, tokens[first].start - 13) : tokens[first].start] == "according to "
    ):
        return True
    if after is None or after.lower not in verbs or after.is_cap:
        return False
    return after.glued or text[tokens[last].end : after.start] == ", "
