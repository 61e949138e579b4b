"""Free text: equal after folding, alike by the words that stand in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import eq
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
_FEW = 512


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

    def pair(self, gold: PreparedText, predicted: PreparedText) -> Comparison:
        """Compare two texts."""
        if gold.folded == predicted.folded:
            return EXACT
        common = LCSseq.similarity(gold.words, predicted.words)
        return Comparison(False, 2 * common, len(gold.words) + len(predicted.words) or 1)

    def equal(self, gold: str, predicted: str) -> bool:
        """Whether two texts are the same when folded."""
        return gold == predicted or fold(gold) == fold(predicted)

    def equal_many(self, gold: Sequence[str], predicted: Sequence[str]) -> list[bool]:
        """Say of each two texts whether they are the same when folded."""
        folded = fold_many([*gold, *predicted])
        return list(map(eq, folded[: len(gold)], folded[len(gold) :]))

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
        one = [text.words for text in gold]
        other = [text.words for text in predicted]
        common = cdist(one, other, scorer=LCSseq.similarity, dtype=np.int32)
        sizes, other_sizes = np.array(list(map(len, one))), np.array(list(map(len, other)))
        # Methods of arrays: numpy's functions of the same names cost as much as they do.
        rows, columns = (4 * common >= sizes[:, np.newaxis] + other_sizes).nonzero()
        if len(rows) > _FEW:
            total = sizes[rows] + other_sizes[columns]
            return _among_many(gold, predicted, rows, columns, common[rows, columns], total)
        found = zip(rows.tolist(), columns.tolist(), common[rows, columns].tolist(), strict=True)
        return [
            (row, column, True, 1, 1)
            if gold[row].folded == predicted[column].folded
            else (row, column, False, 2 * length, len(one[row]) + len(other[column]))
            for row, column, length in found
            # Two different texts without a word are not alike.
            if length or gold[row].folded == predicted[column].folded
        ]


def _among_many(
    gold: Sequence[PreparedText],
    predicted: Sequence[PreparedText],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    length: NDArray[np.int32],
    n_words: NDArray[np.int64],
) -> AlikeArrays:
    """The same, in arrays."""
    numbers: dict[str, int] = {}
    one = [numbers.setdefault(text.folded, len(numbers)) for text in gold]
    other = [numbers.get(text.folded, -1) for text in predicted]
    exact = np.array(one)[rows] == np.array(other)[columns]
    found = AlikeArrays(
        rows,
        columns,
        exact,
        np.where(exact, 1, 2 * length.astype(np.int64)),
        np.where(exact, 1, n_words),
    )
    return found.where(found.denominators > 0)
