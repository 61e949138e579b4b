"""Folding: what is made equal before any two texts are compared, and the words of a text.

Case, quotation marks, dashes, spaces and the punctuation around a text are a matter of
typography; digits, signs, ``%`` and the punctuation inside a text are content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

__all__ = ["fold", "fold_many", "words", "words_many"]

# What Unicode calls Quotation_Mark and Dash, and what looks like them. Some only come out of NFKC.
# Single and double marks are one: which of them stands around words that a quotation quotes depends
# on the marks around the quotation, which is typography.
_APOSTROPHES = "'`´\u1ffd‘’‚‛′‵ʹʻʼ՚❛❜❟＇"
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
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
# What typography alone puts into an English text. Where nothing else is beyond ASCII, the long way
# below would give the same.
_TYPOGRAPHIC = {chr(code): form or "" for code, form in _UNIFORM.items()} | {
    **dict.fromkeys(
        "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " "
    ),
    "\u2026": "...",
}
# Of these, those that stand in most texts.
_FREQUENT = {character: _TYPOGRAPHIC[character] for character in "’‘“”–—…\u00a0"}
_SPACES = re.compile(r"\s+")
_BLANKS = re.compile("  +")
_NO_CONTROLS = bytes(code for code in range(256) if code > 127 or chr(code).isprintable())
_ELLIPSIS = re.compile(r"\.(?: ?\.){2,}")
_STRIPPED = frozenset("'()[]{},.;:!? ")
_STRIPPED_ASCII = "".join(sorted(_STRIPPED)) + "-"
_BRACKETS = frozenset({"Ps", "Pe", "Pi", "Pf"})  # categories of Unicode
_DASH_BEFORE_DIGIT = re.compile(r"-(?=\d)")
# No writing puts more marks on a character. Whoever does makes a normaliser sort them all, in a
# time that grows with the square of their number.
_MOST_MARKS = regex.compile(r"\p{M}{30}(?=\p{M})")
_MARKS_APART = "\u034f"

# Characters of Chinese, Japanese and Korean (and Yi): each is a word of its own.
_CJK = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}"
    r"\p{Script=Bopomofo}\p{Script=Yi}"
)
# In ASCII these join two letters, two digits, or both, as in "it's", "u.s", "10.5" and "1,000".
_JOINING = {
    mark: re.compile(
        rf"{re.escape(mark)}(?!"
        + "|".join(rf"(?<={kind}{re.escape(mark)}){kind}" for kind in kinds)
        + ")"
    )
    for mark, kinds in {
        "'": ("[A-Za-z]", "[0-9]"),
        ".": ("[A-Za-z]", "[0-9]"),
        ":": ("[A-Za-z]",),
        ",": ("[0-9]",),
        ";": ("[0-9]",),
    }.items()
}
_OF_WORDS = bytes(code for code in range(128) if chr(code).isalnum() or chr(code) in "_ \n")
_BLANK = {code: " " for code in range(128) if code not in _OF_WORDS and chr(code) not in _JOINING}
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


_LONGEST_KEPT = 100


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
    # Names and dates come again and again. What is long does not, and would fill the memory.
    return _fold_short(text) if len(text) <= _LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    if not text.isascii():
        text = _replace_frequent(text)
        if not text.isascii():
            text = _NON_ASCII.sub(_typographic, text)
    if text.isascii():
        return _fold_ascii(text)
    # Before NFKC, which would decompose an acute accent that stands for an apostrophe into a
    # space and a combining mark; and after it, for the forms that it brings out.
    text = _normalized(text.translate(_UNIFORM)).translate(_UNIFORM)
    text = _normalized(text.casefold())
    return _strip(_ELLIPSIS.sub("...", _SPACES.sub(" ", text)))


_fold_short = lru_cache(maxsize=65536)(_fold)


def _normalized(text: str) -> str:
    """NFKC, as the Stream-Safe Text Format of UAX #15 has it: in a time that grows evenly."""
    apart = _MOST_MARKS.sub(rf"\g<0>{_MARKS_APART}", text)
    return unicodedata.normalize("NFKC", apart).replace(_MARKS_APART, "")


def fold_many(texts: Sequence[str]) -> list[str]:
    """Fold texts as `fold` does, at a fraction of the time where none of them is odd.

    Parameters
    ----------
    texts
        Any texts.

    Returns
    -------
    list of str
        The folded texts in their order.

    Examples
    --------
    >>> fold_many(["“Pay,”", "a price…"])
    ['pay', 'a price']
    """
    joined = "\n".join(texts)
    if not joined.isascii():
        joined = _replace_frequent(joined)
    controls = joined.encode("utf-8", "surrogatepass").translate(None, _NO_CONTROLS)
    if len(controls) != len(texts) - 1 or controls.strip(b"\n"):
        return list(map(fold, texts))
    joined = joined.lower().replace("`", "'").replace('"', "'")
    if "  " in joined or ".." in joined or ". ." in joined:
        joined = _ELLIPSIS.sub("...", _BLANKS.sub(" ", joined))
    parts = [part.strip(_STRIPPED_ASCII) for part in joined.split("\n")]
    if "-" in joined:
        # A dash at the front may be a sign.
        parts = [
            _strip_ascii(whole) if "-" in whole else part
            for whole, part in zip(joined.split("\n"), parts, strict=True)
        ]
    if joined.isascii():
        return parts
    return [part if part.isascii() else fold(text) for text, part in zip(texts, parts, strict=True)]


def _replace_frequent(text: str) -> str:
    """Do, for what stands in most texts, what `_typographic` does, in compiled code."""
    for character, form in _FREQUENT.items():
        text = text.replace(character, form)
    return text


def _typographic(match: re.Match[str]) -> str:
    character = match.group()
    return _TYPOGRAPHIC.get(character, character)


def _fold_ascii(text: str) -> str:
    """Fold in compiled code alone; each step that most texts don't need is looked for first."""
    text = text.lower()
    if "`" in text or '"' in text:
        text = text.replace("`", "'").replace('"', "'")
    if "  " in text or not text.isprintable():
        text = " ".join(text.split())
    if ".." in text or ". ." in text:
        text = _ELLIPSIS.sub("...", text)
    return _strip_ascii(text)


def _strip_ascii(text: str) -> str:
    bare = text.lstrip(_STRIPPED_ASCII)
    n_stripped = len(text) - len(bare)
    if n_stripped and bare[:1].isdigit() and text[n_stripped - 1] == "-":
        bare = f"-{bare}"
    return bare.rstrip(_STRIPPED_ASCII)


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
        return _blank_between(folded).split()
    return [part for word in _WORD.findall(folded) for part in _CJK_APART.findall(word)]


def words_many(folded: Sequence[str]) -> list[list[str]]:
    """Split folded texts into words as `words` does, at a fraction of the time.

    Examples
    --------
    >>> words_many(["pay a price", "", "10.5 %"])
    [['pay', 'a', 'price'], [], ['10.5']]
    """
    if not folded:
        return []
    joined = "\n".join(folded)
    if not joined.isascii():
        return list(map(words, folded))
    return [line.split() for line in _blank_between(joined).split("\n")]


def _blank_between(text: str) -> str:
    """Put a blank for all that stands between the words of a folded text, which is ASCII."""
    marks = text.encode().translate(None, _OF_WORDS)
    if marks:
        for mark, pattern in _JOINING.items():
            if mark in text:
                text = pattern.sub(" ", text)
        if marks.translate(None, b"':.,;"):
            text = text.translate(_BLANK)
    return text
