"""Whether a prompt gives away an article that it is tested on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.comparators.fold import fold, words
from harness.prompts import Prompt
from harness.records import Article

__all__ = ["SHARED_WORDS", "SharedRun", "shared_runs"]

SHARED_WORDS = 8
"""From this many words in a row on, a prompt and an article are taken to share a text."""

_MARKS = "‘’“”–—…•€?"
# What may stand in a text whose words are found without folding: of these characters, folding
# changes the case of letters, and puts no letter or digit where none was, nor takes one away.
_PLAIN = re.compile(
    f"[\x00-\x7f\u00a0{_MARKS}\u00c0-\u00d6\u00d8-\u00de\u00e0-\u00f6\u00f8-\u012f"
    "\u0139-\u013e\u0141-\u0148\u014a-\u017e\u0410-\u044f]*"
)
_PART = re.compile(r"\w+")
_BLANKED = bytes(
    code if chr(code) == "?" or _PART.fullmatch(chr(code)) else ord(" ") for code in range(256)
)
_BLANKED_ASCII = _BLANKED.replace(b"?", b" ").lower()
"""The same, and small letters for capitals, of texts in which no letter has become ``?``."""


@dataclass(frozen=True, slots=True)
class SharedRun:
    """The longest run of words that a prompt shares with an article."""

    prompt: str
    article_id: str
    n_words: int
    text: str


def shared_runs(
    prompt: Prompt, articles: Iterable[Article], n_words: int = SHARED_WORDS
) -> list[SharedRun]:
    """Find articles that share a run of words with a prompt.

    Parameters
    ----------
    prompt
        Its own text is searched, and the claim guidance that it may include.
    articles
        Those that it is tested on.
    n_words
        The length of a run from which on it counts.

    Returns
    -------
    list of SharedRun
        At most one for each article: the longest run.
    """
    own = [words(fold(text)) for text in prompt.own_texts]
    may_share = _Parts(own, n_words)
    starts: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, tokens in enumerate(own):
        for start in range(len(tokens) - n_words + 1):
            starts.setdefault(tuple(tokens[start : start + n_words]), []).append((number, start))
    found = []
    for article in articles:
        if not may_share(article.text):
            continue
        tokens = words(fold(article.text))
        longest: list[str] = []
        for start in range(len(tokens) - n_words + 1):
            for number, own_start in starts.get(tuple(tokens[start : start + n_words]), ()):
                length = _run_length(tokens, start, own[number], own_start)
                if length > len(longest):
                    longest = tokens[start : start + length]
        if longest:
            found.append(SharedRun(prompt.name, article.id, len(longest), " ".join(longest)))
    return found


class _Parts:
    """Tells most articles that share nothing at a fraction of the time that their words take.

    A word has one or more parts, its letters and digits between what joins them ("can't", "10.5").
    What shares a run of words shares at least as many parts in a row.
    """

    def __init__(self, texts: Iterable[Iterable[str]], n: int) -> None:
        self._n = n
        parts = [[_bytes(part) for word in text for part in _PART.findall(word)] for text in texts]
        self._known = frozenset(part for each in parts for part in each)
        self._runs = frozenset(run for each in parts for run in _runs(each, range(len(each)), n))

    def __call__(self, text: str) -> bool:
        """Whether an article may share a run of words; where it is not known, it may."""
        if text.isascii():
            parts = text.encode().translate(_BLANKED_ASCII).split()
        elif _PLAIN.fullmatch(text):
            text = text.lower()
            for mark in _MARKS:
                text = text.replace(mark, " ")
            parts = _bytes(text).translate(_BLANKED).split()
        else:
            return True
        is_known = bytes(map(self._known.__contains__, parts))
        places = _places(is_known, bytes([True]) * self._n)
        return any(run in self._runs for run in _runs(parts, places, self._n))


def _bytes(text: str) -> bytes:
    """One for each character; that of letters beyond Latin-1, which are told apart later, is ?."""
    return text.encode("latin-1", "replace")


def _runs(parts: Sequence[bytes], starts: Iterable[int], n: int) -> Iterator[tuple[bytes, ...]]:
    return (tuple(parts[start : start + n]) for start in starts)


def _places(text: bytes, part: bytes) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _run_length(left: list[str], i: int, right: list[str], j: int) -> int:
    """The number of equal tokens from two places on; 0 where the run began before them."""
    if i and j and left[i - 1] == right[j - 1]:
        return 0
    length = 0
    while i + length < len(left) and j + length < len(right):
        if left[i + length] != right[j + length]:
            break
        length += 1
    return length
