"""Pair the quotation marks of a paragraph, also where one is missing or points the wrong way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import lexicon
from .sentences import Document, Paragraph

__all__ = ["Quotation", "find_quotations"]

_DOUBLE = re.compile(r"''|``|[“”„‟«»\"]")
_SINGLE = re.compile(r"(?<!['\u2019\u2018])['\u2019\u2018](?!['\u2019\u2018])")
_OPENERS = frozenset("“„«‟") | {"``"}
_CLOSERS = frozenset("”»")
_ELISION = re.compile(r"(?:s|em|til|tis|twas|cause|n|round|bout|\d\ds?)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s)")
_OUTER = " \t\u00a0\u2009\u200b\r\n"
_VERBS = "|".join(sorted(lexicon.words("reporting_verbs")))
_NAME = r"(?:[A-ZÀ-Þ][\w'\u2019.\-]{0,30})"


_SUBJECT = rf"(?:he|she|they|it|(?:(?:the|a|an)\ (?:\w+\ )?\w+)|{_NAME}(?:\ {_NAME}){{0,3}})"
_SAY = (
    r"(?:said|says|told|added|adds|stated|wrote|noted|warned|insisted|explained|argued|replied|"
    + ("declared|continued|stressed|concluded|asked|tweeted|announced|remarked|claimed|recalled)")
)
_ATTRIBUTION = re.compile(
    rf"[,.!?…]?\s+(?:(?:he|she)\s+(?:{_VERBS})\b|{_SUBJECT}\s+{_SAY}\b"
    rf"|{_SAY}\s+{_SUBJECT}\b)(?=[\s.,:])"
)
_ATTRIBUTION_START = re.compile(
    rf"\s*(?:{_SUBJECT}\s+(?:also\s+|later\s+)?(?:{_VERBS})\b|(?:{_VERBS})\s+{_SUBJECT})"
)
_MAX_SINGLE = 600
_REACH = 400


@dataclass(frozen=True)
class Quotation:
    """Quoted words: ``start`` and ``end`` bound the words, ``outer_end`` lies behind the mark."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    paragraph: Paragraph
    is_single: bool = False


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    text: str
    opens: bool
    closes: bool


def find_quotations(document: Document) -> list[Quotation]:
    """Every quotation of the story, in the order of the text."""
    found: list[Quotation] = []
    carried: tuple[_Mark, Paragraph] | None = None
    story = [p for p in document.paragraphs if p.kind != "furniture"]
    text = document.text
    for paragraph in story:
        marks = list(_marks(text, paragraph, _DOUBLE))
        if carried is not None and marks:
            opening, origin = carried
            near = paragraph.index - origin.index <= 3
            if (
                near
                and marks[0].closes
                and not marks[0].opens
                and _says_nothing_between(text, paragraph, marks[0])
            ):
                found.append(_quotation(opening.end, marks[0].start, opening, marks[0], origin))
                marks = marks[1:]
            else:
                found.append(_unclosed(text, opening, origin))
            carried = None
        spans, rest = _pair(text, paragraph, marks)
        found += spans
        found += _pair_single(text, paragraph, spans + found[-1:])
        if rest is not None:
            if carried is not None:
                found.append(_unclosed(text, *carried))
            attributed = _ATTRIBUTION.search(text, rest.end, paragraph.end)
            if attributed is not None:
                found.append(_unclosed(text, rest, paragraph))
                carried = None
            else:
                carried = (rest, paragraph)
    if carried is not None:
        found.append(_unclosed(text, *carried))
    trimmed = [_trim(text, quotation) for quotation in found]
    return sorted((q for q in trimmed if q is not None), key=lambda q: q.start)


def _says_nothing_between(text: str, paragraph: Paragraph, mark: _Mark) -> bool:
    """Whether the words before a closing mark read on as quotation, without an attribution."""
    return (
        _ATTRIBUTION.search(text, paragraph.start, min(mark.start, paragraph.start + 2000)) is None
    )


def _marks(text: str, paragraph: Paragraph, pattern: re.Pattern[str]) -> Iterator[_Mark]:
    for match in pattern.finditer(text, paragraph.start, paragraph.end):
        before = text[match.start() - 1] if match.start() > paragraph.start else " "
        after = text[match.end()] if match.end() < paragraph.end else " "
        opens = (before.isspace() or before in '([{—\u2013-/“\u2018"') and not (
            after.isspace() or after in ",.;:!?)]"
        )
        closes = not before.isspace() and (after.isspace() or after in ',.;:!?)]}—\u2013-/”\u2019"')
        yield _Mark(
            match.start(), match.end(), match.group(), opens and not closes, closes and not opens
        )


def _pair(
    text: str, paragraph: Paragraph, marks: list[_Mark]
) -> tuple[list[Quotation], _Mark | None]:
    """Quotations of one paragraph and the mark that is still open at its end."""
    found: list[Quotation] = []
    opening: _Mark | None = None
    nested = 0
    n_closing = sum(mark.closes for mark in marks)
    floor = paragraph.start
    for mark in marks:
        n_closing -= mark.closes
        if opening is None:
            if mark.opens or (not mark.closes and mark.text not in _CLOSERS):
                opening, nested = mark, 0
            elif mark.closes:
                start = _missing_start(text, floor, mark.start)
                if start is not None:
                    found.append(Quotation(start, mark.start, start, mark.end, paragraph))
                floor = mark.end
            continue
        if mark.opens and mark.text not in _CLOSERS and not _is_reversed_close(text, opening, mark):
            if mark.text in _OPENERS and n_closing >= 2 and not nested:
                nested = 1
                continue
            end = _plausible_end(text, opening.end, mark.start, mark.start)
            found.append(Quotation(opening.end, end, opening.start, end, paragraph))
            opening, nested = mark, 0
        elif nested:
            nested = 0
        elif mark.text not in _OPENERS or mark.closes or mark.opens:
            found.append(_quotation(opening.end, mark.start, opening, mark, paragraph))
            floor = mark.end
            opening = None
    return found, opening


def _quotation(start: int, end: int, opening: _Mark, closing: _Mark, home: Paragraph) -> Quotation:
    return Quotation(start, end, opening.start, closing.end, home)


def _is_reversed_close(text: str, opening: _Mark, mark: _Mark) -> bool:
    """Whether a mark that looks as if it opened closes: ', "Smith said'."""
    before = text[max(opening.end, mark.start - 3) : mark.start].rstrip()
    if mark.start - opening.end < 2 or before[-1:] not in {",", ".", "!", "?", "…"}:
        return False
    return _ATTRIBUTION_START.match(text, mark.end, mark.end + 120) is not None


def _missing_start(text: str, floor: int, end: int) -> int | None:
    """Where a quotation without an opening mark begins: at its sentence, if nobody speaks there."""
    floor = max(floor, end - _REACH)
    last = floor
    for match in _SENTENCE_END.finditer(text, floor, max(floor, end - 2)):
        last = match.end()
    while last < end and text[last] in _OUTER + ",":
        last += 1
    words = text[last:end]
    if len(words.split()) < 3 or not words[0].isupper() or words[-1].isdigit():
        return None
    return None if _ATTRIBUTION.search(words) else last


def _plausible_end(text: str, start: int, limit: int, next_mark: int | None) -> int:
    """Where an unclosed quotation ends: before its attribution, else at a sentence's end."""
    match = _ATTRIBUTION.search(text, start + 1, limit)
    if match is not None:
        return match.start()
    if next_mark is None:
        return limit
    last = limit
    for end in _SENTENCE_END.finditer(text, max(start, limit - _REACH), limit):
        last = end.end()
    return last


def _unclosed(text: str, opening: _Mark, paragraph: Paragraph) -> Quotation:
    limit = min(paragraph.end, opening.end + 3000)
    end = _plausible_end(text, opening.end, limit, None)
    return Quotation(opening.end, end, opening.start, end, paragraph)


def _pair_single(text: str, paragraph: Paragraph, taken: list[Quotation]) -> list[Quotation]:
    """Quotations in single marks outside those in double ones; apostrophes are passed over."""
    marks = list(_marks(text, paragraph, _SINGLE))
    if len(marks) < 2:
        return []
    spans = sorted((q.outer_start, q.outer_end) for q in taken)
    free: list[_Mark] = []
    at = 0
    for mark in marks:
        while at < len(spans) and spans[at][1] <= mark.start:
            at += 1
        if at == len(spans) or not spans[at][0] <= mark.start:
            free.append(mark)
    found = []
    opening: _Mark | None = None
    closing: _Mark | None = None
    ends: list[_Mark | None] = [*free, None]
    for edge in ends:
        new = edge is not None and edge.opens and not _ELISION.match(text, edge.end)
        far = opening is not None and edge is not None and edge.start - opening.end > _MAX_SINGLE
        if (edge is None or new or far) and opening is not None and closing is not None:
            found.append(
                Quotation(opening.end, closing.start, opening.start, closing.end, paragraph, True)
            )
        if edge is None:
            break
        if new or far:
            opening, closing = (edge, None) if new else (None, None)
        elif edge.closes and opening is not None and _closes_single(text, opening, closing, edge):
            closing = edge
    return found


def _closes_single(text: str, opening: _Mark, closing: _Mark | None, mark: _Mark) -> bool:
    """Whether a mark closes: the first does, unless it may be the apostrophe of "workers'"."""
    if closing is None:
        return mark.start - opening.end >= 2
    return text[closing.start - 1] == "s" and text[mark.start - 1] != "s"


def _trim(text: str, q: Quotation) -> Quotation | None:
    """Strip spaces and closing punctuation; None where no word is left."""
    start, end = q.start, q.end
    while start < end and text[start] in _OUTER:
        start += 1
    while end > start and text[end - 1] in _OUTER + ",.…":
        end -= 1
    if not any(char.isalpha() for char in text[start : min(end, start + 200)]):
        return None
    return replace(q, start=start, end=end)
