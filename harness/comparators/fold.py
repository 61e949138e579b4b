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

# What Unicode calls Quotation_Mark and Dash, and what looks like them. Some only come out of NFKC.
# Single and double marks are one: which of them stands around words that a quotation quotes depends
# on the marks around the quotation, which is typography.
_APOSTROPHES = "'`´‘’‚‛′‵ʹʻʼ՚❛❜❟＇"
_QUOTATION_MARKS = '"“”„‟″‶ʺˮ«»‹›❝❞❠❮❯⹂＂〝〞〟「」『』'
_DASHES = "-֊־᐀᠆‐‑‒–—―⁓−⸗⸚⸺⸻⹀⹝〜〰゠﹘﹣－\U00010ead"
_ZERO_WIDTH_RANGES = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero-width space, non-joiner, joiner, marks of direction
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # zero-width no-break space
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0xE0000, 0xE01EF),  # tags and variation selectors
)

_UNIFORM = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'")
    | dict.fromkeys(_QUOTATION_MARKS, "'")
    | dict.fromkeys(_DASHES, "-")
    | {chr(code): None for first, last in _ZERO_WIDTH_RANGES for code in range(first, last + 1)}
)
_SPACES = re.compile(r"\s+")
_ELLIPSIS = re.compile(r"\.(?: ?\.){2,}")
_STRIPPED = frozenset("'()[]{},.;:!? ")
_BRACKETS = frozenset({"Ps", "Pe", "Pi", "Pf"})  # categories of Unicode
_DASH_BEFORE_DIGIT = re.compile(r"-(?=\d)")

# Characters of Chinese, Japanese and Korean (and Yi): each is a word of its own.
_CJK = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}"
    r"\p{Script=Bopomofo}\p{Script=Yi}"
)
_ASCII_WORD = re.compile(
    r"[A-Za-z0-9_]+(?:(?:(?<=[A-Za-z])[':.](?=[A-Za-z])|(?<=[0-9])[',.;](?=[0-9]))[A-Za-z0-9_]+)*"
)
# The rules WB4 to WB13b for words. The regex module's own word boundaries (its flag WORD) are no
# help: they leave out a word that begins with a vowel behind an apostrophe ("'apple").
_MARKS = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_LETTER = r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}]"
_RUN = (
    rf"(?:[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}\p{{WB=Numeric}}\p{{WB=ExtendNumLet}}]{_MARKS})+"
)
_INSIDE = "|".join(
    (
        rf"(?<={_LETTER}{_MARKS})[\p{{WB=MidLetter}}\p{{WB=MidNumLet}}']{_MARKS}(?={_LETTER})",
        rf"(?<=\p{{WB=Numeric}}{_MARKS})[\p{{WB=MidNum}}\p{{WB=MidNumLet}}']{_MARKS}(?=\p{{WB=Numeric}})",
        rf"(?<=\p{{WB=Hebrew_Letter}}{_MARKS})\"{_MARKS}(?=\p{{WB=Hebrew_Letter}})",
    )
)
_WORD = regex.compile(
    rf"{_RUN}(?:(?:{_INSIDE}){_RUN})*(?:(?<=\p{{WB=Hebrew_Letter}}{_MARKS})'{_MARKS})?"
    rf"|(?!{_MARKS[:-1]})\w{_MARKS}"
)
_CJK_APART = regex.compile(rf"[{_CJK}]|[^{_CJK}]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Bring a text into the form in which texts are compared.

    NFKC; casefold; one form for quotation marks and apostrophes, and one for each of dash,
    ellipsis and white space; zero-width characters removed; quotation marks, brackets,
    ``, . ; : ! ?``, ellipses and dashes stripped at both ends (but no dash that a digit follows:
    it is a sign).

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
    "re-sign,' he said"
    >>> fold("\u22125 %")
    '-5 %'
    """
    if text.isascii():
        text = text.lower().replace("`", "'").replace('"', "'")
    else:
        # Before NFKC, which would decompose an acute accent that stands for an apostrophe into a
        # space and a combining mark; and after it, for the forms that it brings out.
        text = unicodedata.normalize("NFKC", text.translate(_UNIFORM)).translate(_UNIFORM)
        text = unicodedata.normalize("NFKC", text.casefold())
    text = _ELLIPSIS.sub("...", _SPACES.sub(" ", text))
    return _strip(text)


def _strip(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (
        _is_stripped(text[start])
        or (text[start] == "-" and not _DASH_BEFORE_DIGIT.match(text, start))
    ):
        start += 1
    while end > start and (_is_stripped(text[end - 1]) or text[end - 1] == "-"):
        end -= 1
    return text[start:end]


def _is_stripped(character: str) -> bool:
    return character in _STRIPPED or (
        not character.isascii() and unicodedata.category(character) in _BRACKETS
    )


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
