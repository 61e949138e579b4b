"""Gather the actors of an article and every place where it names one of them."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from . import lexicon
from .mentions import Mention, Token, find_bodies, find_states, tokenise
from .persons import Candidate, find_candidates
from .sentences import Document, Sentence

__all__ = ["Cast", "Person", "find_cast", "to_claims"]

_GOVERNS = re.compile(r"[ \u00a0](?:government|administration|authorities|leadership|presidency)\b")
_ACRONYM = re.compile(r"(?<![\w\-.])[A-Z]{2,6}(?![\w\-]|\.[A-Z])")


@dataclass
class Person:
    """A person of the article under the fullest name it gives."""

    name: str
    start: int
    role: str | None = None
    gender: str | None = None


@dataclass
class Cast:
    """The actors of an article and their mentions, in the order of the text."""

    persons: dict[str, Person] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)

    def finish(self) -> None:
        """Sort the mentions; call once after the last was added."""
        self.mentions.sort(key=lambda mention: (mention.start, -mention.end))
        self._starts = [mention.start for mention in self.mentions]

    def between(self, start: int, end: int) -> list[Mention]:
        """Mentions that begin in ``[start, end)``."""
        return self.mentions[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def before(self, position: int, reach: int = 60) -> list[Mention]:
        """The last ``reach`` mentions that begin before ``position``, nearest first."""
        end = bisect_right(self._starts, position - 1)
        return self.mentions[max(0, end - reach) : end][::-1]


def find_cast(document: Document) -> Cast:
    """Find the actors of the story."""
    text = document.text
    cast = Cast()
    candidates: list[Candidate] = []
    bodies: list[Mention] = []
    acronyms = _acronyms(document)
    for sentence in document.sentences:
        tokens = tokenise(text, sentence.start, sentence.end)
        shouting = sentence.text.isupper()
        own = [] if shouting else find_bodies(text, sentence, tokens)
        own += _acronym_mentions(sentence, own, acronyms)
        bodies += own
        if not shouting:
            found = list(find_states(text, sentence, own))
            persons = find_candidates(text, sentence, tokens, own)
            candidates += persons
            cast.mentions += [m for m in found if not _in_a_name(m, persons)]
        if sentence.paragraph.kind == "headline":
            candidates += _headline_words(tokens)
    _add_persons(cast, candidates)
    _add_bodies(cast, bodies)
    _name_states(cast, text)
    cast.finish()
    return cast


def _in_a_name(mention: Mention, persons: list[Candidate]) -> bool:
    return any(p.start <= mention.start < p.end and p.is_strong for p in persons)


def _headline_words(tokens: list[Token]) -> list[Candidate]:
    """Each word of a headline, so that a surname is found among words that all have capitals."""
    return [
        Candidate(t.start, t.start + len(t.base), (t.base,), None, None, False, False, True, t.base)
        for t in tokens
        if t.is_cap
    ]


def _add_persons(cast: Cast, candidates: list[Candidate]) -> None:
    """Decide which candidates are persons and merge the forms of each name."""
    counts = Counter(c.words[-1] for c in candidates if not c.in_headline and len(c.words) == 1)
    by_surname: dict[str, list[Person]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: (len(c.words) == 1, c.in_headline, c.start)):
        if candidate.in_headline and len(candidate.words) > 1 and not candidate.is_strong:
            continue
        if len(candidate.words) > 1 and not (
            candidate.is_strong
            or (candidate.speaks and len(candidate.words) <= 3)
            or (counts[candidate.words[-1]] >= 2 and len(candidate.words) <= 3)
        ):
            continue
        person = _known(by_surname, candidate)
        if person is None:
            titled = candidate.role is not None or candidate.honorific is not None
            titled = titled or (candidate.speaks and counts[candidate.words[-1]] >= 2)
            if len(candidate.words) == 1 and (not titled or candidate.in_headline):
                continue
            person = Person(candidate.name, candidate.start)
            by_surname[candidate.words[-1]].append(person)
            for word in candidate.words[1:-1]:
                by_surname[f"*{word}"].append(person)
            cast.persons[person.name] = person
        _enrich(person, candidate)
        cast.mentions.append(
            Mention(candidate.start, candidate.end, "person", person.name, role=candidate.role)
        )


def _known(by_surname: dict[str, list[Person]], candidate: Candidate) -> Person | None:
    """The person whose name the candidate repeats in full, in part, or with another initial."""
    same = by_surname.get(candidate.words[-1], [])
    if len(candidate.words) == 1:
        if candidate.honorific and len(same) > 1:
            female = candidate.honorific in lexicon.words("female_titles")
            same = [p for p in same if p.gender != ("m" if female else "f")] or same
        if not same:
            # Spanish and Arabic names are shortened to a surname that is not the last word.
            same = by_surname.get(f"*{candidate.words[-1]}", [])
        return same[0] if same else None
    first = candidate.words[0].rstrip(".").lower()
    parts = list(candidate.words)
    for person in same:
        if person.name.split()[-len(parts) :] == parts:
            return person
        known = person.name.split()[0].rstrip(".").lower()
        if len(person.name.split()) == 1 or known == first or known[0] == first:
            return person
    return None


def _enrich(person: Person, candidate: Candidate) -> None:
    person.start = min(person.start, candidate.start) if not candidate.in_headline else person.start
    if len(candidate.name) > len(person.name) and person.name.split()[-1] == candidate.words[-1]:
        return
    if person.role is None:
        person.role = candidate.role
    if person.gender is None:
        titles = {w.lower() for w in (candidate.role or "").split()} | {candidate.honorific or ""}
        if titles & lexicon.words("female_titles"):
            person.gender = "f"
        elif titles & lexicon.words("male_titles"):
            person.gender = "m"
        elif len(candidate.words) > 1:
            person.gender = lexicon.given_names().get(candidate.words[0].lower().split("-")[0])


def _acronyms(document: Document) -> dict[str, str | None]:
    """Acronyms that the article explains ("Border Union (BU)") or uses more than once."""
    text = document.text
    counts: Counter[str] = Counter()
    explained: dict[str, str | None] = {}
    for sentence in document.sentences:
        if sentence.text.isupper() or sentence.paragraph.kind == "headline":
            continue
        for match in _ACRONYM.finditer(text, sentence.start, sentence.end):
            short = match.group()
            if short in lexicon.words("not_acronyms") or short in lexicon.demonyms():
                continue
            if short in lexicon.state_names() or short in lexicon.bodies():
                continue
            counts[short] += 1
            if text[match.start() - 1 : match.start()] == "(" and text[match.end()] == ")":
                before = text[max(sentence.start, match.start() - 120) : match.start() - 1]
                long = _expansion(before, short)
                if long:
                    explained[short] = long
    repeated = {short: explained.get(short) for short, count in counts.items() if count >= 2}
    return {**repeated, **explained}


def _expansion(before: str, short: str) -> str | None:
    """The words in front of "(BU)" whose initials spell it."""
    words = list(re.finditer(r"[^\W_][\w'\u2019\-]*", before))
    letters = ""
    for match in reversed(words):
        if match.group()[0].isupper():
            letters = match.group()[0] + letters
        elif match.group() not in {"of", "the", "for", "and", "on", "to", "in"}:
            return None
        if letters == short:
            return before[match.start() :].strip()
        if len(letters) > len(short):
            return None
    return None


def _acronym_mentions(
    sentence: Sentence, bodies: list[Mention], acronyms: dict[str, str | None]
) -> list[Mention]:
    found = []
    for match in _ACRONYM.finditer(sentence.text):
        start, end = sentence.start + match.start(), sentence.start + match.end()
        if match.group() in acronyms and not any(b.start < end and start < b.end for b in bodies):
            name = acronyms[match.group()] or match.group()
            found.append(Mention(start, end, "organization", name))
    return found


def _add_bodies(cast: Cast, bodies: list[Mention]) -> None:
    """Merge "the ministry" of one state under the fullest name and add every mention."""
    nations: dict[str, set[str]] = defaultdict(set)
    fullest: dict[tuple[str, str], str] = {}
    keys = {}
    for mention in bodies:
        if mention.name in keys:
            continue
        core, nation = _core(mention.name)
        keys[mention.name] = (core, nation)
        if nation:
            nations[core].add(nation)
    for name, (core, nation) in keys.items():
        if not nation and len(nations[core]) == 1:
            nation = next(iter(nations[core]))
            keys[name] = (core, nation)
        known = fullest.get((core, nation), "")
        fullest[core, nation] = max(known, name, key=len)
    # Acronyms were already expanded; a known body is shown by the longest form that stands there.
    for mention in bodies:
        core, nation = keys[mention.name]
        name = fullest[core, nation]
        if name not in cast.bodies:
            cast.bodies[name] = nation
        cast.mentions.append(replace(mention, name=name))


def _core(name: str) -> tuple[str, str]:
    """A body's name without the state it belongs to, and that state's name."""
    known = lexicon.bodies().get(name)
    if known is not None:
        return known.lower(), ""
    nation = ""
    rest = re.sub(r"['\u2019]s\b", "", name)
    for size in (3, 2, 1):
        head = " ".join(rest.split()[:size])
        state = lexicon.demonyms().get(head) or lexicon.state_names().get(head)
        if state is not None and len(rest.split()) > size:
            nation, rest = state.name, " ".join(rest.split()[size:])
            break
    owner = re.search(r" of (?:the )?(.+)$", rest)
    if not nation and owner is not None and owner.group(1) in lexicon.state_names():
        nation = lexicon.state_names()[owner.group(1)].name
        rest = rest[: owner.start()]
    rest = lexicon.bodies().get(rest, rest)
    rest = re.sub(r"\b(?:of|for|the|and)\b", " ", rest.lower())
    return " ".join(sorted(rest.split())), nation


def _name_states(cast: Cast, text: str) -> None:
    """Choose for each state the name under which the article's reader knows it."""
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for mention in cast.mentions:
        if mention.kind != "state":
            continue
        form = " ".join(text[mention.start : mention.end].split())
        form = form.title() if form.isupper() and len(form) > 4 else form
        if mention.form == "demonym" and not (
            form in lexicon.state_names() or _GOVERNS.match(text[mention.end : mention.end + 20])
        ):
            continue
        used[mention.name][
            mention.name if form in lexicon.demonyms() and len(form) > 4 else form
        ] += 1
    for state, forms in used.items():
        names = [form for form in forms if form in lexicon.state_names()]
        if state in forms:
            cast.states[state] = state
        elif names:
            cast.states[state] = max(names, key=lambda form: (len(form), form))
        else:
            cast.states[state] = forms.most_common(1)[0][0]
    cast.mentions = [
        replace(m, name=cast.states.get(m.name, m.name)) if m.kind == "state" else m
        for m in cast.mentions
    ]


def to_claims(cast: Cast, document: Document) -> list[dict[str, Any]]:
    """The actors of the cast as claims, in the order of their first mention."""
    claims: dict[str, dict[str, Any]] = {}
    shown = set(cast.states.values())
    for mention in cast.mentions:
        if mention.kind == "state" and mention.name not in shown:
            continue
        at = cast.persons[mention.name].start if mention.kind == "person" else mention.start
        if mention.name not in claims:
            person = cast.persons.get(mention.name) if mention.kind == "person" else None
            claims[mention.name] = {
                "name": mention.name,
                "kind": mention.kind,
                "role": person.role if person else None,
                "evidence": document.evidence(at),
            }
    return list(claims.values())
