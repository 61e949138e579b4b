"""Free text: equal after folding, alike by the words that stand in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from harness.comparators.blocks import Blocks, Places
from harness.comparators.fold import fold, fold_many, words_many
from harness.comparators.interface import EXACT, AlikeArrays, Comparator, Comparison

__all__ = ["PreparedText", "TextComparator"]


# One word at the end of a text that begins another says little; two in a row say that it runs on.
_FEWEST_SHARED = 2


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
        if not fewer:
            return False
        common = LCSseq.similarity(gold.words, predicted.words)
        if fewer <= 2 * common:
            return True
        # What runs on has these words in common, too.
        return common >= _FEWEST_SHARED and (
            _runs_on(gold.words, predicted.words) or _runs_on(predicted.words, gold.words)
        )

    def alike_within(
        self,
        gold: Sequence[PreparedText],
        predicted: Sequence[PreparedText],
        gold_blocks: Blocks,
        blocks: Blocks,
    ) -> AlikeArrays:
        """Find the pairs of texts that are at least half alike, all at once in compiled code."""
        one = [text.words for text in gold]
        other = [text.words for text in predicted]
        sizes, other_sizes = np.array(list(map(len, one))), np.array(list(map(len, other)))
        found: list[tuple[NDArray[Any], ...]] = []
        for number in range(len(blocks)):
            own, given = gold_blocks.of(number), blocks.of(number)
            if own.start == own.stop or given.start == given.stop:
                continue
            common = cdist(one[own], other[given], scorer=LCSseq.similarity, dtype=np.int32)
            # Methods of arrays: numpy's functions of the same names cost as much as they do.
            places = (4 * common >= sizes[own, np.newaxis] + other_sizes[given]).nonzero()
            found.append((places[0] + own.start, places[1] + given.start, common[places]))
        if not found:
            return AlikeArrays.of(())
        parts = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
        rows, columns, length = parts
        exact = _same(gold, predicted, rows, columns)
        numerators = 2 * length.astype(np.int64)
        denominators = sizes[rows] + other_sizes[columns]
        numerators[exact] = denominators[exact] = 1
        alike = AlikeArrays(rows, columns, exact, numerators, denominators)
        # Two different texts without a word are not alike.
        return alike if numerators.all() else alike.where(numerators > 0)


def _runs_on(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the last words of one are the first of the other, but not all of either."""
    return any(
        # Few places have the right word: only there is more looked at.
        one[-n] == other[0] and one[-n:] == other[:n]
        for n in range(_FEWEST_SHARED, min(len(one), len(other)))
    )


def _same(
    gold: Sequence[PreparedText], predicted: Sequence[PreparedText], rows: Places, columns: Places
) -> NDArray[np.bool_]:
    """Whether each two texts are the same when folded."""
    one = np.array([text.folded for text in gold], dtype=np.object_)
    other = np.array([text.folded for text in predicted], dtype=np.object_)
    same: NDArray[np.bool_] = one[rows] == other[columns]
    return same
