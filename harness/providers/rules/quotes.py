"""Claims of the type quotes: what is said between quotation marks, and by whom."""

import re
from typing import Any

from .actors import Cast
from .marks import Quotation, find_quotations
from .sentences import Document
from .speakers import Speakers

__all__ = ["extract_quotes"]

_TAIL_REACH = 220
_MAX_COMPARED = 400
# More than any article has; a text of marks alone stays cheap.
_MAX_QUOTATIONS = 2000


def extract_quotes(document: Document, cast: Cast) -> list[dict[str, Any]]:
    """The quotations of the story with their speakers, each wording once."""
    quotations = find_quotations(document)[:_MAX_QUOTATIONS]
    speakers = Speakers(_mask(document.text, quotations), cast)
    claims: list[dict[str, Any]] = []
    named: list[str | None] = []
    for index, quotation in enumerate(quotations):
        speaker = _speaker(document, speakers, quotations, named, index)
        named.append(speaker)
        if speaker is not None:
            speakers.recent.append((quotation.outer_end, speaker))
    for index in range(len(quotations) - 1, -1, -1):
        if named[index] is None:
            named[index] = _from_later(quotations, named, index)
    for quotation, speaker in zip(quotations, named, strict=True):
        words = document.text[quotation.start : quotation.end]
        evidence = document.evidence(quotation.start, quotation.outer_end)
        if words not in evidence:
            evidence = words
        claims.append({"text": words, "speaker": speaker, "evidence": evidence})
    return _distinct(claims)


def _mask(text: str, quotations: list[Quotation]) -> str:
    """The article with every quoted character replaced, so that no rule reads quoted words."""
    parts = []
    at = 0
    for quotation in quotations:
        if quotation.start < at:
            continue
        parts.append(text[at : quotation.start])
        parts.append("\u0001" * (quotation.end - quotation.start))
        at = quotation.end
    parts.append(text[at:])
    return "".join(parts)


def _speaker(
    document: Document,
    speakers: Speakers,
    quotations: list[Quotation],
    named: list[str | None],
    index: int,
) -> str | None:
    quotation = quotations[index]
    text = document.text
    previous = quotations[index - 1] if index else None
    following = quotations[index + 1] if index + 1 < len(quotations) else None
    sentence = document.sentences[document.index_at(quotation.outer_start)]
    begin = sentence.start
    same_sentence = previous is not None and previous.outer_start >= begin
    tail_start = quotation.outer_end
    tail_end = _tail_end(text, tail_start, quotation, following)
    closes = text[quotation.end : quotation.outer_end + 1]
    comma = "," in closes or text[quotation.end - 1 : quotation.end] in {"?", "!"}
    front = text[begin : quotation.outer_start].rstrip()
    if comma and not front.endswith(":"):
        found = speakers.behind(tail_start, tail_end)
        if found is not None:
            return found
    if front.strip():
        found = speakers.in_front(begin, quotation.outer_start)
        if found is not None:
            return found
    if same_sentence and previous is not None and named[index - 1] is not None:
        return named[index - 1]
    found = speakers.behind(tail_start, tail_end)
    if found is not None and not ("." in closes and text[tail_start : tail_start + 2].isspace()):
        return found
    return _from_context(document, speakers, quotations, named, index) or found


def _tail_end(text: str, start: int, quotation: Quotation, following: Quotation | None) -> int:
    """End of the words after a quotation that may say who speaks."""
    limit = min(quotation.paragraph.end, start + _TAIL_REACH)
    if quotation.outer_end > quotation.paragraph.end:
        limit = start + _TAIL_REACH
    if following is not None:
        limit = max(start, min(limit, following.outer_start))
    stop = re.compile(r"[.!?](?=\s+[\"“A-Z]|\s*$)|\n\s*\n").search(text, start + 2, limit)
    return stop.end() if stop else limit


def _from_context(
    document: Document,
    speakers: Speakers,
    quotations: list[Quotation],
    named: list[str | None],
    index: int,
) -> str | None:
    """The speaker of a quotation whose own sentence names none: who spoke or acted just before."""
    quotation = quotations[index]
    sentence = document.sentences[document.index_at(quotation.outer_start)]
    partial = document.text[sentence.start : quotation.outer_start].strip()
    if partial:
        subject = speakers.first_subject(sentence.start, quotation.outer_start)
        if subject is not None:
            return subject
    before = document.index_at(quotation.outer_start) - 1
    introduced = _introduced(document, speakers, quotations, index, before)
    if introduced is not None:
        return introduced
    previous = index - 1
    if previous >= 0 and named[previous] is not None:
        near = quotations[previous]
        same = near.paragraph.index == quotation.paragraph.index
        if same or (quotation.paragraph.index - near.paragraph.index == 1 and not partial):
            between = document.text.count(".", near.outer_end, quotation.outer_start)
            if between <= 1 or same:
                return named[previous]
    if before >= 0:
        earlier = document.sentences[before]
        if quotation.paragraph.index - earlier.paragraph.index <= 1:
            if earlier.paragraph.kind == "headline":
                return None
            return speakers.first_subject(earlier.start, earlier.end)
    return None


def _introduced(
    document: Document, speakers: Speakers, quotations: list[Quotation], index: int, before: int
) -> str | None:
    """Who acts in a sentence between two quotations ("His neighbour laughed.")."""
    if index == 0 or before < 0:
        return None
    earlier = document.sentences[before]
    quotation, previous = quotations[index], quotations[index - 1]
    between = previous.outer_end <= earlier.start and earlier.end <= quotation.outer_start
    if not between or earlier.paragraph.index != quotation.paragraph.index:
        return None
    return speakers.first_person(earlier.start, earlier.end)


def _from_later(quotations: list[Quotation], named: list[str | None], index: int) -> str | None:
    """The speaker of the next quotation of the same paragraph."""
    if index + 1 < len(quotations):
        later = quotations[index + 1]
        if later.paragraph.index == quotations[index].paragraph.index:
            return named[index + 1]
    return None


def _fold(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.casefold()))


def _distinct(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each wording once, with a speaker where any of its places has one."""
    kept: dict[str, dict[str, Any]] = {}
    for claim in claims:
        key = _fold(claim["text"])
        if not key:
            continue
        if key not in kept or kept[key]["speaker"] is None:
            kept[key] = claim
    if len(kept) > _MAX_COMPARED:
        return list(kept.values())
    return [
        claim
        for key, claim in kept.items()
        if not any(
            len(key) < len(other) and f" {key} " in f" {other} " and _agree(claim, longer)
            for other, longer in kept.items()
        )
    ]


def _agree(claim: dict[str, Any], other: dict[str, Any]) -> bool:
    return claim["speaker"] is None or claim["speaker"] == other["speaker"]
