"""The content level: how many quoted words are found, however they are cut into quotations."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from harness.claims import ClaimField
from harness.records import Claim, GoldClaim
from harness.scoring.similarity import ClaimComparison

__all__ = ["count_content"]

_Speaker = tuple[int, Hashable]
_Words = dict[_Speaker, list[str]]


def count_content(
    comparison: ClaimComparison,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    pairs: Iterable[tuple[int, int]],
) -> NDArray[np.int64]:
    """Count the quoted words of articles, as multisets for each resolved speaker.

    Joining or splitting a quotation costs nothing here, and the order of words does not count.

    Parameters
    ----------
    comparison
        Of claims whose anchor has words; its other key fields (the speaker) say whose they are.
    gold, predicted
        The claims.
    pairs
        The lenient pairs. Predictions that are paired with optional gold are left out.

    Returns
    -------
    array of int
        Shape (n_articles, 4). In words: those that both have, those that only the prediction has,
        those that only required gold has, and those of predictions that were set aside.
    """
    anchor = comparison.claim_type.anchor
    text = comparison.fields[anchor.name]
    gold_words, predicted_words = text.gold_words(), text.words()
    gold_speakers, speakers = _speakers(comparison)
    counts = np.zeros((len(comparison.blocks), 4), dtype=np.int64)
    tp, fp, fn, set_aside = counts.T
    article_of = comparison.gold_blocks.numbers.tolist()
    partner = dict(pairs)
    # Words that are the same in both claims of a pair need not be looked for.
    done: set[int] = set()
    wanted: _Words = {}
    for row, claim in enumerate(gold):
        words = gold_words[row]
        column = partner.get(row)
        if column is not None:
            if claim.optional:
                set_aside[article_of[row]] += len(predicted_words[column])
                done.add(column)
                continue
            if claim.accept and _is_accepted_wording(anchor, claim, predicted[column]):
                # It counts as the gold's own, whose words are as many in every reply.
                predicted_words[column] = words
            if words == predicted_words[column] and gold_speakers[row] == speakers[column]:
                tp[article_of[row]] += len(words)
                done.add(column)
                continue
        if not claim.optional:
            wanted.setdefault(gold_speakers[row], []).extend(words)
    found: _Words = {}
    for column, words in enumerate(predicted_words):
        if column not in done:
            found.setdefault(speakers[column], []).extend(words)
    for (article, _), words in found.items():
        fp[article] += len(words)
    for speaker, words in wanted.items():
        n_both = _n_common(words, found.get(speaker, ()))
        article = speaker[0]
        tp[article] += n_both
        fp[article] -= n_both
        fn[article] += len(words) - n_both
    return counts


def _speakers(comparison: ClaimComparison) -> tuple[list[_Speaker], list[_Speaker]]:
    """Whose the words of each gold claim and of each prediction are, and in which article."""
    gold: list[Hashable] = [()] * comparison.gold_blocks.n_items
    predicted: list[Hashable] = [()] * comparison.blocks.n_items
    for key in comparison.claim_type.other_keys:
        own, given = comparison.fields[key.name].identities()
        gold = list(zip(gold, own, strict=True))
        predicted = list(zip(predicted, given, strict=True))
    return (
        list(zip(comparison.gold_blocks.numbers.tolist(), gold, strict=True)),
        list(zip(comparison.blocks.numbers.tolist(), predicted, strict=True)),
    )


def _n_common(words: Sequence[str], others: Sequence[str]) -> int:
    """The size of the intersection of two multisets: what is common to them when sorted."""
    return int(LCSseq.similarity(sorted(words), sorted(others))) if others else 0


def _is_accepted_wording(anchor: ClaimField, claim: GoldClaim, predicted: Claim) -> bool:
    """Whether the wording of a prediction is another that is just as right."""
    text = anchor.text_of(predicted)
    return text is not None and any(
        value is not None and anchor.comparison.by.equal(value, text)
        for value in anchor.alternatives(claim)[1:]
    )
