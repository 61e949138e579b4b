"""Tell from the words around an expression whether it lies ahead or behind."""

import re

from . import lexicon

__all__ = ["is_future"]

_REACH = 160
_WORD = re.compile(r"[A-Za-z][\w'\u2019\-]*|[;.:]")
_DUE = re.compile(
    r"\b(?:by|until|till|due|ahead\s+of|starting|beginning|effective|as\s+of|from"
    r"|slated\s+for|set\s+for"
    r"|scheduled\s+for|deadline\s+of|no\s+later\s+than|next|coming|upcoming|planned\s+for)\s+"
    r"(?:on\s+|the\s+|from\s+|next\s+)?(?:\w+day,?\s+|(?:end|start|beginning"
    r"|middle)\s+(?:of\s+)?)?$",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:takes?\s+effect|comes?\s+into\s+force|enters?\s+into\s+force|begins?|starts?"
    r"|opens?|expires?|meets?"
    r"|arrives?|kicks?\s+off|gets?\s+under\s+way|convenes?|votes?"
    r"|travels?)\s+(?:\w+\s+){0,4}?(?:on\s+)?$"
)
_FUTURE = lexicon.words("future_words") - {"to", "agreed", "plan", "planned", "going", "until"}
_STRONG_PAST = lexicon.words("past_verbs") | lexicon.words("reporting_verbs")
_FUTURE_PHRASE = re.compile(
    r"\b(?:(?:is|are|was|were)\s+(?:due|set|scheduled|expected|to|slated)|set\s+to|due\s+to"
    r"|plans?\s+to"
    r"|going\s+to|agreed\s+to|planned\s+to|wants?\s+to|ready\s+to|to\s+be\s+held)\b"
)
_PAST_SENSE = re.compile(r"\b(?:could|might|would|must|should)\s+have\b|\bmight\s+of\b")


def is_future(sentence: str, start: int, end: int) -> bool:
    """Whether the expression at ``[start, end)`` of a sentence lies in the future.

    The nearest marker of tense in front of the expression decides, else the first one behind it.
    """
    before = sentence[max(0, start - _REACH) : start]
    after = sentence[end : end + _REACH]
    due = _DUE.search(before)
    if due is not None:
        lead = due.group().split()[0].lower()
        if lead not in {"from", "by", "until", "till", "as"}:
            return True
        # "by May 5" is a deadline unless the whole sentence tells of the past.
        ahead = _FUTURE_PHRASE.search(before) or _has_future(before)
        return bool(ahead) or (lead in {"by", "until", "till"} and not _has_past(before))
    if _PRESENT.search(before):
        return True
    for word in reversed(_WORD.findall(before)):
        lower = word.lower()
        if lower in {";"}:
            break
        sense = _sense(lower)
        if sense is not None:
            return sense
    for word in _WORD.findall(after):
        lower = word.lower()
        if lower in {";", "."}:
            break
        sense = _sense(lower)
        if sense is not None:
            return sense
    return False


def _sense(word: str) -> bool | None:
    """True for a word of the future, False for one of the past, None for any other."""
    if word in _FUTURE:
        return True
    if word in _STRONG_PAST or (word.endswith("ed") and len(word) > 4):
        return False
    return None


def _has_future(text: str) -> bool:
    return any(_sense(word.lower()) for word in _WORD.findall(text))


def _has_past(text: str) -> bool:
    return any(_sense(word.lower()) is False for word in _WORD.findall(text))
