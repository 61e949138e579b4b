"""Say who speaks: the subject of a reporting verb, resolved to an actor of the article."""

import re

from . import lexicon
from .actors import Cast
from .mentions import Mention

__all__ = ["Speakers"]

_VERB = re.compile(rf"\b(?:{'|'.join(sorted(lexicon.words('reporting_verbs')))})\b")
_PARTICIPLE = re.compile(
    r"\b(?:saying|adding|calling|describing|warning|arguing|insisting|denouncing|accusing|citing"
    r"|condemning|dismissing|telling|writing|stressing|noting|branding|labelling|labeling|quoting"
    r"|promising|pledging|vowing|urging|demanding|stating|declaring|explaining|claiming)\b"
)
_ACCORDING = re.compile(r"\b[Aa]ccording\s+to\s+")
_BREAK = re.compile(r"[,;:—\u2013]|\b(?:and|while|but|after|as|when|where|because|which|who)\b")
_ADVERBS = re.compile(
    r"(?:[\s,]+(?:also|later|then|earlier|has|had|have|will|would|again|further|once"
    r"|previously|\w+ly|"
    r"reportedly|on\s+\w+day|in\s+a\s+(?:statement|tweet|speech|letter|post)|yesterday|today"
    r"|is|was))+$"
)
_PRONOUN = re.compile(r"(?:^|[^\w])(he|she|they|it|who|which|He|She|They|It)\s*$")
_PREPOSITION = re.compile(
    r"\b(?:of|with|by|for|from|to|in|at|against|on|about|under|after|before|between|than|via"
    r"|near|over"
    r"|like|toward|towards|into|through|accused|told|urged|met|called|asked|against|and)\s+"
    r"(?:the\s+|its\s+|his\s+|her\s+|their\s+|a\s+|an\s+)?(?:[\w.\-'\u2019]+\s+){0,5}?$"
)
_GROUP = (
    r"(?:officials?|sources?|diplomats?|ministers?|lawmakers|analysts?|experts?|economists?"
    r"|residents?"
    r"|observers|protesters|activists|aides?|advis[eo]rs?|prosecutors|police|investigators"
    r"|executives"
    r"|critics|lawyers?|farmers?|traders?|readout|report|document|decree|text|letter|communiqu[eé]"
    r"|declaration|bank|ministry|agency|company|party|government|council|commission|committee|union"
    r"|statement|spokes(?:man|woman|person)|embassy|organi[sz]ation|group|office|department"
    r"|parliament"
    r"|court|regulator|alliance|bloc|association|administration|authorities|newspaper"
    r"|resolution|bill|order)"
)
_DESCRIPTION = re.compile(
    rf"((?:[A-Za-z][\w.\-'\u2019]*\s+){{0,6}}?(?:{_GROUP}|[\w\-]+))((?:\s+(?:of|for|at|from"
    rf"|in)\s+(?:[\w.\-'\u2019]+\s*)"
    r"{1,6})?)$"
)
_HOLDER = re.compile(
    r"(?:['\u2019]s)?\s(?:[a-z]+\s){0,2}?(?:officials?|sources?|diplomats?|lawmakers"
    r"|spokes(?:man|woman|person)|aides?)\b"
)
_ARTICLES = re.compile(r"^(?:the|a|an|one|its|his|her|their)\s+", re.IGNORECASE)
_WORD = re.compile(r"[\w.\-'\u2019]+")


class Speakers:
    """Finds subjects in ``masked``, the article with its quoted words blotted out."""

    def __init__(self, masked: str, cast: Cast) -> None:
        self._masked = masked
        self._cast = cast
        self.recent: list[tuple[int, str]] = []

    def in_front(self, start: int, end: int) -> str | None:
        """The speaker named in ``[start, end)``, the words before a quotation."""
        region = self._masked[start:end]
        according = None
        for match in _ACCORDING.finditer(region):
            according = match
        if according is not None:
            return self._right(start + according.end(), end)
        colon = re.search(r"([^\n,;]{2,80}):\s*$", region)
        verbs = list(_VERB.finditer(region))
        if not verbs:
            if _PARTICIPLE.search(region):
                return self._first(start, end)
            if colon is not None:
                return self._first(start, end)
            return None
        participle = _PARTICIPLE.search(region, verbs[-1].end())
        chosen = len(verbs) - 1
        while chosen > 0 and not _BREAK.search(
            region, verbs[chosen - 1].end(), verbs[chosen].start()
        ):
            chosen -= 1
        verb = verbs[chosen]
        subject = self._left(start, start + verb.start())
        if subject is None and participle is not None:
            subject = self._first(start, end)
        if subject is None and not region[: verb.start()].strip(' ,"”“'):
            subject = self._right(start + verb.end(), end)
        if subject is None and chosen > 0:
            subject = self._left(start, start + verbs[0].start())
        return subject or self._first(start, end)

    def behind(self, start: int, end: int) -> str | None:
        """The speaker named in ``[start, end)``, the words right after a quotation."""
        region = self._masked[start:end]
        lead = len(region) - len(region.lstrip(" \u00a0,”\"\u2019'“.-\u2013—"))
        if re.match(r"(?:and|but|while|as\s+well|that|which|to|in|of|for)\b", region[lead:]):
            return None
        according = _ACCORDING.match(region, lead)
        if according is not None:
            return self._right(start + according.end(), end)
        verb = _VERB.search(region)
        if verb is None:
            return None
        if verb.start() - lead <= 12 and not region[lead : verb.start()].strip().lower() not in {
            "",
            "also",
            "later",
            "then",
            "as",
        }:
            return self._right(start + verb.end(), end) or self._left(start, start + verb.start())
        if len(_WORD.findall(region[lead : verb.start()])) > 22:
            return None
        return self._left(start + lead, start + verb.start())

    def first_subject(self, start: int, end: int) -> str | None:
        """The first actor of ``[start, end)`` that stands as a subject may."""
        return self._first(start, end)

    def first_person(self, start: int, end: int) -> str | None:
        """The first person of ``[start, end)`` that no preposition governs."""
        for mention in self._named(start, end):
            if mention.kind == "person" and not self._possesses(mention):
                return None if self._follows_preposition(start, mention) else mention.name
        return None

    def _left(self, start: int, verb: int) -> str | None:
        """The subject that ends before the verb at ``verb``."""
        region = self._masked[start:verb].rstrip()
        region = _ADVERBS.sub("", region).rstrip()
        end = start + len(region.rstrip(" ,"))
        pronoun = _PRONOUN.search(region)
        if pronoun is not None:
            return self._pronoun(pronoun.group(1).lower(), start + pronoun.start(1))
        mentions = self._named(start, end)
        adjacent = [m for m in mentions if end - 2 <= m.end <= end + 2]
        if adjacent and not region.endswith(","):
            mention = adjacent[-1]
            if not self._follows_preposition(start, mention):
                return mention.name
            head = self._headed(start, mention)
            return head if head is not None else self._first(start, end)
        if region.endswith(","):
            return self._first(start, end)
        described = self._described(region, start)
        return described if described is not None else self._first(start, end)

    def _right(self, start: int, end: int) -> str | None:
        """The subject that follows an inverted verb ("said Ana Ruiz") or "according to"."""
        region = self._masked[start : min(end, start + 160)]
        stop = re.search(
            r"[;:.]\s|[.;:]$|\b(?:who|that|after|as|when|in|at|on)\b|[\u0001\"“]", region
        )
        region = region[: stop.start()] if stop else region
        pronoun = re.match(r"\s*(he|she|they|it)\b", region)
        if pronoun is not None:
            return self._pronoun(pronoun.group(1), start)
        mentions = self._named(start, start + len(region))
        persons = [m for m in mentions if m.kind == "person"]
        if persons and len(_WORD.findall(self._masked[start : persons[0].start])) <= 9:
            return persons[0].name
        phrase = region.split(",")[0].strip()
        if mentions:
            first = mentions[0]
            lead = self._masked[start : first.start].strip().lower()
            whole = first.end - start >= len(region.split(",")[0].rstrip()) - 1
            if whole and lead in {"", "the", "a"}:
                return first.name
        phrase = _ARTICLES.sub("", phrase)
        if 0 < len(phrase.split()) <= 10 and re.search(rf"\b{_GROUP}\b", phrase):
            return self._anaphor(phrase, start) or phrase
        return mentions[0].name if mentions else None

    def _first(self, start: int, end: int) -> str | None:
        """The first actor that no preposition governs; else a pronoun's or a role's bearer."""
        for mention in self._named(start, end):
            if self._follows_preposition(start, mention) or self._possesses(mention):
                continue
            # "An XY official" is the official, not XY.
            person = _HOLDER.match(self._masked, mention.end, min(end, mention.end + 40))
            if person is not None:
                return self._masked[mention.start : person.end()]
            return mention.name
        region = self._masked[start:end]
        pronoun = re.match(r"\W*(?:But\s+|And\s+)?(He|She|It|They|he|she)\b", region)
        if pronoun is not None:
            return self._pronoun(pronoun.group(1).lower(), start)
        described = re.match(
            rf"\W*(?:[Tt]he|[Aa]n?)\s+((?:[\w\-]+\s+){{0,3}}?{_GROUP}|\w+)\b", region
        )
        if described is not None:
            return self._anaphor(described.group(1), start)
        return None

    def _named(self, start: int, end: int) -> list[Mention]:
        return [
            m
            for m in self._cast.between(start, end)
            if m.form != "demonym" and self._masked[m.start] != "\u0001"
        ]

    def _possesses(self, mention: Mention) -> bool:
        return re.match(r"['\u2019]s?\b", self._masked[mention.end : mention.end + 3]) is not None

    def _follows_preposition(self, start: int, mention: Mention) -> bool:
        before = self._masked[max(start, mention.start - 60) : mention.start]
        before = before[max(before.rfind(","), before.rfind(";"), before.rfind(":")) + 1 :]
        titled = re.search(r"\b(?:of|for)\s+(?:\w+\s+){0,3}$", before)
        if titled and mention.role and mention.role.split()[-1] in before:
            return False
        last = re.search(r"(\w+)\s+(?:(?:the|its|his|her|their|a|an)\s+)?$", before)
        if last is None:
            return _PREPOSITION.search(before) is not None and mention.role is None
        if mention.role is not None:
            before = before.replace(mention.role, " ")
            last = re.search(r"(\w+)\s+(?:(?:the|its|his|her|their|a|an)\s+)?\s*$", before)
        return last is not None and _PREPOSITION.match(f"{last.group(1)} ") is not None

    def _headed(self, start: int, mention: Mention) -> str | None:
        """The head of "a spokesman for the ministry", where such a head is there."""
        region = self._masked[max(start, mention.start - 80) : mention.end]
        match = re.search(
            rf"([\w\-]*\b{_GROUP}|\b(?:head|chief|director|leader|president|chair\w*))\s+"
            r"(?:of|for|at|from|in)\s+(?:[\w.\-'\u2019]+\s+){0,6}[\w.\-'\u2019]+$",
            region,
        )
        if match is None:
            return None
        if match.group(1) in {"statement", "letter", "readout", "communiqué", "document"}:
            return mention.name
        return self._anaphor(match.group(1), mention.start, exact=True) or match.group()

    def _described(self, region: str, start: int) -> str | None:
        match = _DESCRIPTION.search(region[-120:])
        if match is None:
            return None
        phrase = re.split(r"\b(?:and|but|that|while)\s+|[\u0001]", match.group(1))[-1].strip()
        bare = _ARTICLES.sub("", phrase)
        if bare == phrase and not re.search(rf"{_GROUP}$", phrase):
            return None
        resolved = self._anaphor(bare, start + len(region))
        if resolved is not None:
            return resolved
        return (bare + match.group(2)).strip() if re.search(rf"{_GROUP}$", bare) else None

    def _anaphor(self, phrase: str, position: int, exact: bool = False) -> str | None:
        """Whom "the minister" or "the ministry" means: the last one named before."""
        head = phrase.split()[-1].lower() if phrase.split() else ""
        if head in {"statement", "readout", "communiqué", "communique", "document", "letter"}:
            return next((m.name for m in self._cast.before(position) if m.kind != "person"), None)
        for mention in self._cast.before(position):
            if mention.kind == "organization" and head in mention.name.lower().split():
                return mention.name
            if mention.kind == "person" and not exact:
                role = (self._cast.persons[mention.name].role or "").lower()
                if head in re.split(r"[\s\-]+", role.split(" of ")[0].split(" for ")[0]):
                    return mention.name
        if head in {"government", "administration"}:
            return next((m.name for m in self._cast.before(position) if m.kind == "state"), None)
        return None

    def _pronoun(self, pronoun: str, position: int) -> str | None:
        """Whom a pronoun means: the last speaker who fits, else the last person as subject."""
        if pronoun == "they":
            return None
        if pronoun in {"it", "which"}:
            wanted = [m for m in self._cast.before(position) if m.kind != "person"]
            named = [m for m in wanted if m.form != "demonym"]
            return named[0].name if named else None
        gender = {"he": "m", "she": "f"}.get(pronoun)
        fits = [
            m
            for m in self._cast.before(position)
            if m.kind == "person" and self._cast.persons[m.name].gender in {gender, None}
        ]
        if pronoun == "who":
            return fits[0].name if fits else None
        for at, name in self.recent[-3:][::-1]:
            later = [m for m in fits if m.start > at and not self._follows_preposition(at, m)]
            if any(m.name == name for m in fits) and not later:
                return name
        subjects = [m for m in fits if not self._follows_preposition(max(0, m.start - 60), m)]
        chosen = subjects or fits
        return chosen[0].name if chosen else None
