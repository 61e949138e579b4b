"""Free text: equal after folding, alike by the words that stand in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from harness.comparators.fold import fold, words
from harness.comparators.interface import EXACT, Alike, Comparator, Comparison

__all__ = ["PreparedText", "TextComparator"]


# One word at the end of a text that begins another says little; two in a row say that it runs on.
_FEWEST_SHARED = 2


class PreparedText(NamedTuple):
    """A folded text and its words."""

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
    has_words: ClassVar[bool] = True

    def prepare(self, value: str) -> PreparedText:
        """Fold a value and split it into words."""
        return _prepare(value)

    def pair(self, gold: PreparedText, predicted: PreparedText) -> Comparison:
        """Compare two texts."""
        if gold.folded == predicted.folded:
            return EXACT
        common = LCSseq.similarity(gold.words, predicted.words)
        return Comparison(False, 2 * common, len(gold.words) + len(predicted.words) or 1)

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether two texts are the same when folded."""
        return gold == predicted or fold(gold) == fold(predicted)

    def overlaps(self, gold: PreparedText, predicted: PreparedText) -> bool:
        """Whether two texts share half the words of the shorter, or one runs on into the other."""
        fewer = min(len(gold.words), len(predicted.words))
        if 0 < fewer <= 2 * LCSseq.similarity(gold.words, predicted.words):
            return True
        return any(
            gold.words[-n:] == predicted.words[:n] or predicted.words[-n:] == gold.words[:n]
            for n in range(_FEWEST_SHARED, fewer)
        )

    def alike(
        self, gold: Sequence[PreparedText], predicted: Sequence[PreparedText]
    ) -> Iterable[Alike]:
        """Find the pairs of texts that are at least half alike, all at once in compiled code."""
        common = cdist(
            [text.words for text in gold],
            [text.words for text in predicted],
            scorer=LCSseq.similarity,
            dtype=np.int32,
        )
        total = np.add.outer(
            np.array([len(text.words) for text in gold]),
            np.array([len(text.words) for text in predicted]),
        )
        rows, columns = np.nonzero(4 * common >= total)
        for row, column, length, n_words in zip(
            rows.tolist(),
            columns.tolist(),
            common[rows, columns].tolist(),
            total[rows, columns].tolist(),
            strict=True,
        ):
            if gold[row].folded == predicted[column].folded:
                yield row, column, True, 1, 1
            elif length:  # two different texts without a word
                yield row, column, False, 2 * length, n_words


@lru_cache(maxsize=16384)
def _prepare(value: str) -> PreparedText:
    folded = fold.__wrapped__(value)  # what is made of it is kept here
    return PreparedText(folded, tuple(words(folded)))
