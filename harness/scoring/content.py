"""The content level: how many quoted words are found, however they are cut into quotations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rapidfuzz.distance import LCSseq

from harness.claims import ClaimField
from harness.records import Claim, Counts, GoldClaim
from harness.scoring.align import Pair
from harness.scoring.similarity import ClaimComparison

__all__ = ["count_content"]


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
    # Whose words they are.
    gold_speakers: list[tuple[Hashable, ...]] = [()] * len(gold)
    speakers: list[tuple[Hashable, ...]] = [()] * len(predicted)
    for key in comparison.claim_type.other_keys:
        own, given = comparison.fields[key.name].identities()
        gold_speakers = list(zip(gold_speakers, own, strict=True))
        speakers = list(zip(speakers, given, strict=True))
    partner = dict(pairs)
    wanted: dict[tuple[Hashable, ...], list[str]] = {}
    for row, claim in enumerate(gold):
        if not claim.optional:
            words = gold_words[row]
            if claim.accept and row in partner:
                column = partner[row]
                if _is_accepted_wording(anchor, claim, predicted[column]):
                    # It counts as the gold's own, whose words are as many in every reply.
                    predicted_words[column] = words
            wanted.setdefault(gold_speakers[row], []).extend(words)
    set_aside = {column for row, column in pairs if gold[row].optional}
    found: dict[tuple[Hashable, ...], list[str]] = {}
    n_set_aside = 0
    for column, words in enumerate(predicted_words):
        if column in set_aside:
            n_set_aside += len(words)
        else:
            found.setdefault(speakers[column], []).extend(words)
    n_both = sum(_n_common(words, found.get(speaker, ())) for speaker, words in wanted.items())
    n_wanted = sum(map(len, wanted.values()))
    n_found = sum(map(len, found.values()))
    return Counts(n_both, n_found - n_both, n_wanted - n_both, n_set_aside)


def _n_common(words: Sequence[str], others: Sequence[str]) -> int:
    """The size of the intersection of two multisets: what is common to them when sorted."""
    if words == others:
        return len(words)
    return int(LCSseq.similarity(sorted(words), sorted(others))) if others else 0


def _is_accepted_wording(anchor: ClaimField, claim: GoldClaim, predicted: Claim) -> bool:
    """Whether the wording of a prediction is another that is just as right."""
    text = anchor.text_of(predicted)
    return text is not None and any(
        value is not None and anchor.comparison.by.equal(value, text)
        for value in anchor.alternatives(claim)[1:]
    )
