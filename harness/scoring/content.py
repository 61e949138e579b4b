"""The content level: how many quoted words are found, however they are cut into quotations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rapidfuzz.distance import LCSseq

from harness.claims import ClaimField
from harness.records import Claim, Counts, GoldClaim
from harness.scoring.align import Pair
from harness.scoring.similarity import ClaimComparison

__all__ = ["count_content"]

_Speaker = tuple[Hashable, ...]


def count_content(
    comparison: ClaimComparison,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    pairs: Sequence[Pair],
) -> Counts:
    """Count the quoted words of an article, as multisets for each resolved speaker.

    Joining or splitting a quotation costs nothing here, and the order of words does not count.

    Parameters
    ----------
    comparison
        Of claims whose anchor has words; its other key fields (the speaker) say whose they are.
    gold, predicted
        The claims of one article.
    pairs
        The lenient pairs. Predictions that are paired with optional gold are left out.

    Returns
    -------
    Counts
        In words: those that both have, those that only the prediction has, those that only
        required gold has, and those of predictions that were set aside.
    """
    anchor = comparison.claim_type.anchor
    text = comparison.fields[anchor.name]
    gold_words, predicted_words = text.gold_words(), text.words()
    gold_speakers, speakers = _speakers(comparison, len(gold), len(predicted))
    partner = dict(pairs)
    # Words that are the same in both claims of a pair need not be looked for.
    n_same = 0
    same: set[int] = set()
    wanted: dict[_Speaker, list[str]] = {}
    for row, claim in enumerate(gold):
        if claim.optional:
            continue
        words = gold_words[row]
        column = partner.get(row)
        if column is not None:
            if claim.accept and _is_accepted_wording(anchor, claim, predicted[column]):
                # It counts as the gold's own, whose words are as many in every reply.
                predicted_words[column] = words
            if words == predicted_words[column] and gold_speakers[row] == speakers[column]:
                n_same += len(words)
                same.add(column)
                continue
        wanted.setdefault(gold_speakers[row], []).extend(words)
    set_aside = {column for row, column in pairs if gold[row].optional}
    found: dict[_Speaker, list[str]] = {}
    n_set_aside = 0
    for column, words in enumerate(predicted_words):
        if column in set_aside:
            n_set_aside += len(words)
        elif column not in same:
            found.setdefault(speakers[column], []).extend(words)
    n_both = sum([_n_common(words, found.get(speaker, ())) for speaker, words in wanted.items()])
    n_wanted = sum(map(len, wanted.values()))
    n_found = sum(map(len, found.values()))
    return Counts(n_same + n_both, n_found - n_both, n_wanted - n_both, n_set_aside)


def _speakers(
    comparison: ClaimComparison, n_gold: int, n_predicted: int
) -> tuple[list[_Speaker], list[_Speaker]]:
    """Whose the words of each gold claim and of each prediction are."""
    gold: list[_Speaker] = [()] * n_gold
    predicted: list[_Speaker] = [()] * n_predicted
    for key in comparison.claim_type.other_keys:
        own, given = comparison.fields[key.name].identities()
        gold = list(zip(gold, own, strict=True))
        predicted = list(zip(predicted, given, strict=True))
    return gold, predicted


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
