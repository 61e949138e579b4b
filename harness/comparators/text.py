"""Free text: equal after folding, alike by the words that stand in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from harness.comparators.fold import fold, fold_many, words_many
from harness.comparators.interface import EXACT, Alike, AlikeArrays, Comparator, Comparison

__all__ = ["PreparedText", "TextComparator"]


# One word at the end of a text that begins another says little; two in a row say that it runs on.
_FEWEST_SHARED = 2
# More pairs than this are gone through in arrays.
_FEW = 1024


class PreparedText(NamedTuple):
    """A folded text and its words."""

    folded: str
    words: list[str]


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
        return self.prepare_many((value,))[0]

    def prepare_many(self, values: Sequence[str]) -> list[PreparedText]:
        """Fold values and split them into words."""
        folded = fold_many(values)
        return list(map(PreparedText, folded, words_many(folded)))

    def prepare_gold_many(self, values: Sequence[str], titles: Sequence[str]) -> list[PreparedText]:
        """Fold gold values and split them into words; a text has no titles."""
        return self.prepare_many(values)

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
        if common.size > _FEW:
            return _alike_among_many(gold, predicted, common)
        return _alike_among_few(gold, predicted, common.tolist())


def _alike_among_few(
    gold: Sequence[PreparedText], predicted: Sequence[PreparedText], common: list[list[int]]
) -> Iterable[Alike]:
    n_words = [len(text.words) for text in predicted]
    for row, (text, lengths) in enumerate(zip(gold, common, strict=True)):
        n = len(text.words)
        for column, length in enumerate(lengths):
            if 4 * length >= n + n_words[column]:
                if text.folded == predicted[column].folded:
                    yield row, column, True, 1, 1
                elif length:  # two different texts without a word
                    yield row, column, False, 2 * length, n + n_words[column]


def _alike_among_many(
    gold: Sequence[PreparedText], predicted: Sequence[PreparedText], common: NDArray[np.int32]
) -> AlikeArrays:
    total = np.add.outer(
        np.array([len(text.words) for text in gold], dtype=np.int64),
        np.array([len(text.words) for text in predicted], dtype=np.int64),
    )
    rows, columns = np.nonzero(4 * common >= total)
    exact = _equal(gold, predicted)[rows, columns]
    numerators = 2 * common[rows, columns].astype(np.int64)
    denominators = total[rows, columns]
    found = AlikeArrays(
        rows, columns, exact, np.where(exact, 1, numerators), np.where(exact, 1, denominators)
    )
    return found.where(found.denominators > 0)


def _equal(gold: Sequence[PreparedText], predicted: Sequence[PreparedText]) -> NDArray[np.bool_]:
    """Which of n gold texts is equal, when folded, to which of m predicted ones."""
    numbers: dict[str, int] = {}
    one = [numbers.setdefault(folded, len(numbers)) for folded, _ in gold]
    other = [numbers.get(folded, -1) for folded, _ in predicted]
    equal: NDArray[np.bool_] = np.equal.outer(one, other)
    return equal
