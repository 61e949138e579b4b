"""Whether a prompt gives away an article that it is tested on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.comparators.fold import fold, words
from harness.prompts import Prompt
from harness.records import Article

__all__ = ["SHARED_WORDS", "SharedRun", "shared_runs"]

SHARED_WORDS = 8
"""From this many words in a row on, a prompt and an article are taken to share a text."""


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
    starts: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, tokens in enumerate(own):
        for start in range(len(tokens) - n_words + 1):
            starts.setdefault(tuple(tokens[start : start + n_words]), []).append((number, start))
    found = []
    for article in articles:
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
