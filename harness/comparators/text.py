"""Free text: equal after folding, alike by the words that stand in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from harness.comparators.fold import fold, words
from harness.comparators.interface import Comparator, Similarities, equal

__all__ = ["TextComparator"]


@dataclass(frozen=True, slots=True)
class _Text:
    folded: str
    words: tuple[str, ...]


class TextComparator(Comparator):
    """Exact: equal after folding. Similarity: F1 of the longest common subsequence of words.

    The longest common subsequence keeps word order and lets words be left out; its F1 is
    ``2 * length / (n gold words + n predicted words)``. Two texts without a word (``"%"``) are
    alike only where they are exactly equal.

    References
    ----------
    ROUGE-L with beta = 1: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004.
    """

    name: ClassVar[str] = "text"

    def prepare(self, value: str) -> _Text:
        """Fold a value and split it into words."""
        return _prepare(value)

    def compare(self, gold: Sequence[_Text], predicted: Sequence[_Text]) -> Similarities:
        """Compare n texts with m texts."""
        # Each different word becomes one character, so that whole texts are compared as short
        # strings in compiled code.
        letters = _Letters()
        rows = ["".join([letters[word] for word in text.words]) for text in gold]
        columns = ["".join([letters[word] for word in text.words]) for text in predicted]
        common = cdist(rows, columns, scorer=LCSseq.similarity, dtype=np.int64)
        total = np.add.outer(
            np.array([len(row) for row in rows], dtype=np.int64),
            np.array([len(column) for column in columns], dtype=np.int64),
        )
        numerator, denominator = 2 * common, np.maximum(total, 1)
        exact = equal([text.folded for text in gold], [text.folded for text in predicted])
        return Similarities(exact, np.where(exact, denominator, numerator), denominator)


@lru_cache(maxsize=16384)
def _prepare(value: str) -> _Text:
    folded = fold(value)
    return _Text(folded, tuple(words(folded)))


_SURROGATES = range(0xD800, 0xE000)


class _Letters(dict[str, str]):
    """Gives each new word the next character, leaving out the surrogates."""

    def __missing__(self, word: str) -> str:
        code = len(self) + 1
        letter = chr(code if code < _SURROGATES.start else code + len(_SURROGATES))
        self[word] = letter
        return letter
