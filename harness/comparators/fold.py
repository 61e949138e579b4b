"""Folding: what is made equal before any two texts are compared, and the words of a text.

Case, quotation marks, dashes, spaces and the punctuation around a text are a matter of
typography; digits, signs, ``%`` and the punctuation inside a text are content.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex

__all__ = ["fold", "words"]

_APOSTROPHES = "'`´‘’‚‛′ʹʼʻ＇"
_QUOTATION_MARKS = '"“”„‟″«»‹›＂〝〞〟「」『』'
_DASHES = "-‐‑‒–—―−﹘﹣－⸺⸻"
_ZERO_WIDTH = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u061c"

_UNIFORM = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_QUOTATION_MARKS, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_ZERO_WIDTH, None)
)
# Runs before NFKC, which would decompose an acute accent that stands for an apostrophe into a
# space and a combining mark.
_SPACES = re.compile(r"\s+")
_ELLIPSIS = re.compile(r"\.(?: ?\.){2,}")
_STRIPPED = "\"'()[]{}<>,.;:!? "
_DASH_BEFORE_DIGIT = re.compile(r"-(?=\d)")

# Characters of scripts that are written without spaces: each is a word of its own.
_CJK = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}"
    r"\p{Script=Bopomofo}\p{Script=Yi}"
)
_ASCII_WORD = re.compile(
    r"[A-Za-z0-9_]+(?:(?:(?<=[A-Za-z])[':.](?=[A-Za-z])|(?<=[0-9])[',.;](?=[0-9]))[A-Za-z0-9_]+)*"
)
_WORD = regex.compile(r"(?w)\b\w.*?\b")
_CJK_APART = regex.compile(rf"[{_CJK}]|[^{_CJK}]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Bring a text into the form in which texts are compared.

    NFKC; casefold; one form for each of quotation mark, apostrophe, dash, ellipsis and white
    space; zero-width characters removed; quotation marks, brackets, ``, . ; : ! ?``, ellipses
    and dashes stripped at both ends (but no dash that a digit follows: it is a sign).

    Parameters
    ----------
    text
        Any text. It is never changed in place and never raises.

    Returns
    -------
    str
        The folded text; ``""`` where nothing but stripped characters is left.

    Examples
    --------
    >>> fold(" “Re\u2011sign,”\u00a0he\u2009said… ")
    're-sign," he said'
    >>> fold("\u22125 %")
    '-5 %'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_UNIFORM)).translate(_UNIFORM)
    text = unicodedata.normalize("NFKC", text.casefold()) if not text.isascii() else text.lower()
    text = text.replace("`", "'")
    text = _ELLIPSIS.sub("...", _SPACES.sub(" ", text))
    return _strip(text)


def _strip(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (
        text[start] in _STRIPPED
        or (text[start] == "-" and not _DASH_BEFORE_DIGIT.match(text, start))
    ):
        start += 1
    while end > start and (text[end - 1] in _STRIPPED or text[end - 1] == "-"):
        end -= 1
    return text[start:end]


def words(folded: str) -> list[str]:
    """Split a folded text into words: those of UAX #29, and each CJK character by itself.

    Parameters
    ----------
    folded
        A text as `fold` returns it.

    Returns
    -------
    list of str
        The words in their order; spaces and punctuation are none.

    References
    ----------
    Unicode Standard Annex #29, Unicode Text Segmentation, section 4.

    Examples
    --------
    >>> words("the u.s. can't pay 10.5 %")
    ['the', 'u.s', "can't", 'pay', '10.5']
    """
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    return [part for word in _WORD.findall(folded) for part in _CJK_APART.findall(word)]
