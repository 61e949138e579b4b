"""Grounding: where in an article stands what is said to be copied from it.

A value is looked for in three ways, and the first that finds it counts: to the letter; after
folding; and approximately. Nowhere does a find cut a word or a number in two ("Iran" is not found
in "Iranian", nor "5 million" in "1.5 million"), save in scripts without spaces between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal, NamedTuple

import regex
from rapidfuzz.distance import Indel, ScoreAlignment
from rapidfuzz.fuzz import partial_ratio_alignment

from harness.comparators.fold import fold
from harness.comparators.folded_text import FoldedText

__all__ = [
    "APPROXIMATE_LENGTHS",
    "APPROXIMATE_SIMILARITY",
    "ArticleText",
    "Grounding",
    "GroundingStatus",
    "PromptText",
]

GroundingStatus = Literal["exact", "folded", "approximate", "absent", "copied"]

APPROXIMATE_SIMILARITY = 0.85
"""From this indel similarity on, a value is approximately there."""
APPROXIMATE_LENGTHS = range(5, 2001)
"""How many characters a folded value has that is looked for approximately."""

# The similarity in whole numbers, so that the threshold is not decided by rounding.
_ALLOWED, _OF = 3, 20  # a distance of at most 3/20 of both lengths
# A value is looked for by as many of its characters as the search packs into one word of the
# machine: the first ones, and of a longer value several such stretches, spread over it. There are
# at most so many of them that the time grows with the length of the article alone.
_STRETCH = 64
_STRETCHES = 8
# How well a stretch has to fit: a value that is similar enough as a whole may have left out or put
# in much in one place.
_FITS = 70.0
# So often is another place looked for where the numbers of one differ from those of the value.
_PLACES = 3
# How far off the start and the end of a place may be from where a stretch fits. To within a few
# characters any boundary is tried, farther off those at spaces; and the word there is taken whole
# up to a length.
_FARTHEST = 64
_NEAR = 2
_LONGEST_WORD = 32
# Occurrences that cut a word are passed over until this many characters have been compared.
_COMPARED = 200_000
_FEWEST_TRIES = 64

_LETTER_OR_DIGIT = re.compile(r"[A-Za-z0-9]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SIGN = re.compile(r"(?<!\w)-")
# Scripts that put no spaces between words, or (Hangul) write particles onto them.
_UNSPACED = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}"
    r"\p{Script=Bopomofo}\p{Script=Yi}\p{Line_Break=SA}\u30fc\uff70"
)
_IN_WORD = rf"[\w--[{_UNSPACED}]]"
_UNSEEN = r"[\p{Cf}\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_DASH = r"[\p{Pd}\u2212]"
_CUT = "|".join(
    (
        rf"(?<={_IN_WORD}{_UNSEEN}*)(?={_UNSEEN}*{_IN_WORD})",  # a word
        rf"(?<=\S)(?={_UNSEEN}*[\p{{M}}--{_UNSEEN}])",  # a letter and its mark
        r"(?<=\d)(?=[.,]\d)|(?<=\d[.,])(?=\d)",  # a number
        rf"(?<=(?:^|\W){_DASH})(?=\d)",  # a number and its sign
    )
)
_CUTS_END = regex.compile(_CUT, regex.V1)
# What follows a letter or a digit is no sign: "3-5" has no -5 in it.
_CUTS_START = regex.compile(rf"{_CUT}|(?<=\w)(?={_DASH}\d)", regex.V1)


class Grounding(NamedTuple):
    """Where a value stands in an article, and how it was found.

    Parameters
    ----------
    status
        ``exact``: to the letter. ``folded``: equal after folding. ``approximate``: alike.
        ``absent``: not there. ``copied``: not there, but in the prompt's own text.
    start, end
        Offsets of characters into the article as it is, half-open; None where it is not there.
    similarity
        1 where the value is there, less where it is there approximately; None where it is not.
    """

    status: GroundingStatus
    start: int | None = None
    end: int | None = None
    similarity: float | None = None


_ABSENT = Grounding("absent")
_COPIED = Grounding("copied")


class PromptText:
    """The own text of a prompt, prepared to be searched for what was copied from it.

    Parameters
    ----------
    text
        What is written in the prompt, without the article.
    """

    def __init__(self, text: str) -> None:
        self._text = FoldedText(text)

    def holds(self, value: str) -> bool:
        """Whether a value stands in the prompt after folding, with no word cut in two."""
        folded = fold(value)
        return bool(folded) and any(True for _ in _occurrences(self._text.folded, folded))


class ArticleText:
    """The text of an article, prepared to be searched; what is needed is prepared when it is.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> article = ArticleText("The minister said: “We won’t pay.”")
    >>> article.locate("We won't pay")
    Grounding(status='folded', start=20, end=32, similarity=1.0)
    >>> article.locate("The ministers said").status
    'approximate'
    >>> article.locate("Acme", PromptText("Name the company (e.g. Acme).")).status
    'copied'
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._text = FoldedText(text)

    def locate(self, value: str, prompt: PromptText | None = None) -> Grounding:
        """Find the first place where a value stands.

        Parameters
        ----------
        value
            Any text. Where folding leaves nothing of it, it is absent.
        prompt
            Where to look for what is absent.

        Returns
        -------
        Grounding
            ``text[start:end]`` is the value if it is ``exact``; if it is ``folded``, both are
            equal after folding. ``approximate`` is a place from the start of a word to the end of
            one, with the same numbers in the same order, whose indel similarity to the value,
            both folded, is at least `APPROXIMATE_SIMILARITY`. It is looked for where a stretch of
            the value fits best.
        """
        if not _LETTER_OR_DIGIT.search(value) and not fold(value):
            return _ABSENT
        for start in _occurrences(self.text, value):
            return Grounding("exact", start, start + len(value), 1.0)
        folded = fold(value)
        found = self._locate_folded(folded) or self._locate_approximately(folded)
        if found is not None:
            return found
        return _COPIED if prompt is not None and prompt.holds(value) else _ABSENT

    def _locate_folded(self, value: str) -> Grounding | None:
        for at in _occurrences(self._text.folded, value):
            start, end = self._text.source(at, at + len(value))
            # It may begin or end inside of what one character was folded into.
            if fold(self.text[start:end]) == value:
                return Grounding("folded", start, end, 1.0)
        return None

    def _locate_approximately(self, value: str) -> Grounding | None:
        if len(value) not in APPROXIMATE_LENGTHS:
            return None
        numbers = _numbers(value)
        if numbers and not self._numbers.issuperset(numbers):
            return None
        place = _approximate_place(self._text.folded, value, numbers)
        if place is None:
            return None
        start, end = self._text.source(place.start, place.end)
        return Grounding("approximate", start, end, 1 - place.dissimilarity)

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return frozenset(_numbers(self._text.folded))


class _Place(NamedTuple):
    """A part of a folded text, and how unlike the value it is."""

    start: int
    end: int
    dissimilarity: float


def _occurrences(text: str, value: str) -> Iterator[int]:
    """Where a value stands in a text without cutting a word in two, in order."""
    at = text.find(value)
    if at < 0:
        return
    tries = max(_FEWEST_TRIES, _COMPARED // len(value))
    while at >= 0 and tries:
        if not _cuts(text, at, _CUTS_START) and not _cuts(text, at + len(value), _CUTS_END):
            yield at
        at = text.find(value, at + 1)
        tries -= 1


def _cuts(text: str, at: int, cut: regex.Pattern[str]) -> bool:
    if not 0 < at < len(text):
        return False
    around = text[at - 1 : at + 1]
    if " " in around:
        return False
    # What is so most often needs no pattern.
    if around.isascii():
        if around.isalnum():
            return True
        has_letter = around[0].isalpha() or around[1].isalpha()
        if has_letter and "-" not in around and "_" not in around:
            return False
    return cut.match(text, at) is not None


def _uncut(text: str, places: Iterable[int], cut: regex.Pattern[str]) -> list[int]:
    """Those of some places where no word is cut."""
    # Most are inside of a word of two ASCII letters or digits at least, which needs no pattern.
    return [
        at
        for at in places
        if not (
            0 < at < len(text) and (around := text[at - 1 : at + 1]).isalnum() and around.isascii()
        )
        and not _cuts(text, at, cut)
    ]


def _numbers(text: str) -> list[str]:
    """The numbers of a text in their order, each with its sign."""
    # A sign is looked for where there is a number: to look for both costs many times as much.
    return [
        f"-{match[0]}" if match.start() and _SIGN.match(text, match.start() - 1) else match[0]
        for match in _NUMBER.finditer(text)
    ]


def _approximate_place(text: str, value: str, numbers: list[str]) -> _Place | None:
    """Where the first stretch of a value that fits leads to a similar place."""
    size = min(len(value), _STRETCH)
    n_stretches = min(max(round(len(value) / _STRETCH), 1), _STRETCHES)
    for number in range(n_stretches):
        offset = (len(value) - size) * number // max(n_stretches - 1, 1)
        stretch = value[offset : offset + size]
        searched = text
        for _ in range(_PLACES):
            # Were the text not the longer one, it would be looked for in the stretch.
            searched = searched.ljust(len(stretch) + 1, "\0")
            found = partial_ratio_alignment(stretch, searched, score_cutoff=_FITS)
            place = found and _widen(text, value, offset, found)
            if not place:
                break
            if _numbers(text[place.start : place.end]) == numbers:
                return place
            blank = "\0" * (place.end - place.start)
            searched = searched[: place.start] + blank + searched[place.end :]
    return None


def _widen(text: str, value: str, offset: int, found: ScoreAlignment) -> _Place | None:
    """The most similar place, from the start of a word to the end of one, where a stretch fits.

    First the start is chosen, then the end; the first of equals.
    """
    length = found.src_end  # of the stretch
    # By as many characters as were put in or left out may the start and the end be off.
    misfit = _NEAR + int(2 * length * (1 - found.score / 100))
    about = found.dest_start - offset
    end = about + len(value)
    starts = _starts(text, about, min(misfit + offset // 4, _FARTHEST))
    if not starts:
        return None
    # Quotients of small integers are in the same order, or equal, as floats and as fractions.
    unlike = Indel.normalized_distance
    _, start = min([(unlike(value, text[at:end]), at) for at in starts])
    slack = min(misfit + (len(value) - offset - length) // 4, _FARTHEST)
    ends = [at for at in _ends(text, end, slack) if at > start]
    if not ends:
        return None
    dissimilarity, end = min([(unlike(value, text[start:at]), at) for at in ends])
    return _Place(start, end, dissimilarity) if dissimilarity <= _ALLOWED / _OF else None


def _starts(text: str, about: int, slack: int) -> list[int]:
    """Where words start around a place: any that are near, and those behind spaces farther off."""
    near = range(max(about - _NEAR, 0), min(about + _NEAR + 1, len(text)))
    found = [at for at in _uncut(text, near, _CUTS_START) if text[at] != " "]
    first, last = max(about - slack, 0), about + slack
    space = text.rfind(" ", max(first - _LONGEST_WORD, 0), first)
    if space < 0:
        if first <= _LONGEST_WORD and 0 not in near:
            found.append(0)
        space = text.find(" ", first, last)
    while space >= 0:
        if space + 1 not in near:
            found.append(space + 1)
        space = text.find(" ", space + 1, last)
    return found


def _ends(text: str, about: int, slack: int) -> list[int]:
    """Where words end around a place: any that are near, and those before spaces farther off."""
    near = range(max(about - _NEAR, 1), min(about + _NEAR, len(text)) + 1)
    found = [at for at in _uncut(text, near, _CUTS_END) if text[at - 1] != " "]
    first, last = max(about - slack, 0), about + slack
    space = text.find(" ", last, last + _LONGEST_WORD)
    if space < 0:
        if len(text) <= last + _LONGEST_WORD and len(text) not in near:
            found.append(len(text))
        space = text.rfind(" ", first, last)
    while space >= 0:
        if space not in near:
            found.append(space)
        space = text.rfind(" ", first, space)
    return found
