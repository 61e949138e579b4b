"""The content level: how many quoted words are found, however they are cut into quotations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from rapidfuzz.distance import LCSseq

from harness.claims import ClaimField, ClaimType
from harness.records import Claim, Counts, GoldClaim
from harness.scoring.align import Pair
from harness.scoring.resolve import ActorNames, identity

__all__ = ["count_content"]


def count_content(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    pairs: Sequence[Pair],
    names: Mapping[str, ActorNames],
) -> Counts:
    """Count the quoted words of an article, as multisets for each resolved speaker.

    Joining or splitting a quotation costs nothing here, and the order of words does not count.

    Parameters
    ----------
    claim_type
        A claim type whose anchor has words; its other key fields (the speaker) say whose they are.
    gold, predicted
        The claims of one article.
    pairs
        The lenient pairs. Predictions that are paired with optional gold are left out.
    names
        For each claim type that fields resolve through, who is meant by a name.

    Returns
    -------
    Counts
        In words: those that both have, those that only the prediction has, those that only
        required gold has, and those of predictions that were set aside.
    """
    speakers = _Speakers(claim_type, names)
    partner = dict(pairs)
    set_aside = {column for row, column in pairs if gold[row].optional}
    wanted: dict[tuple[Hashable, ...], list[str]] = {}
    for row, claim in enumerate(gold):
        if not claim.optional:
            said = claim.values
            if claim.accept and row in partner:
                said = _accepted_wording(claim_type.anchor, claim, predicted[partner[row]])
            wanted.setdefault(speakers.of_gold(claim), []).extend(_words(claim_type.anchor, said))
    found: dict[tuple[Hashable, ...], list[str]] = {}
    n_set_aside = 0
    for column, values in enumerate(predicted):
        words = _words(claim_type.anchor, values)
        if column in set_aside:
            n_set_aside += len(words)
        else:
            found.setdefault(speakers.of_predicted(values), []).extend(words)
    n_both = sum(_n_common(words, found.get(speaker, ())) for speaker, words in wanted.items())
    n_wanted = sum(map(len, wanted.values()))
    n_found = sum(map(len, found.values()))
    return Counts(n_both, n_found - n_both, n_wanted - n_both, n_set_aside)


def _n_common(words: Sequence[str], others: Sequence[str]) -> int:
    """The size of the intersection of two multisets: what is common to them when sorted."""
    return int(LCSseq.similarity(sorted(words), sorted(others))) if others else 0


class _Speakers:
    """Whose words they are: the gold actor, else the name as it is compared."""

    def __init__(self, claim_type: ClaimType, names: Mapping[str, ActorNames]) -> None:
        self._keys = [field for field in claim_type.keys if field is not claim_type.anchor]
        self._names = names
        # Values that are accepted for a field, each with the gold value that it stands for.
        self._accepted: dict[tuple[str, Hashable], Hashable] = {}

    def of_gold(self, claim: GoldClaim) -> tuple[Hashable, ...]:
        speaker = tuple(identity(key, key.text_of(claim.values), self._names) for key in self._keys)
        for key, own in zip(self._keys, speaker, strict=True):
            self._accepted[key.name, own] = own
            for value in key.alternatives(claim)[1:]:
                self._accepted.setdefault((key.name, identity(key, value, self._names)), own)
        return speaker

    def of_predicted(self, values: Claim) -> tuple[Hashable, ...]:
        speaker = ((key.name, identity(key, key.text_of(values), self._names)) for key in self._keys)
        return tuple(self._accepted.get(each, each[1]) for each in speaker)


def _words(anchor: ClaimField, values: Claim) -> Sequence[str]:
    text = anchor.text_of(values)
    words: Sequence[str] = () if text is None else anchor.comparison.by.prepare(text).words
    return words


def _accepted_wording(anchor: ClaimField, claim: GoldClaim, predicted: Claim) -> Claim:
    """The predicted claim, where its wording is one that is just as right, else the gold claim."""
    text = anchor.text_of(predicted)
    others = anchor.alternatives(claim)[1:]
    is_accepted = text is not None and any(
        value is not None and anchor.comparison.by.equal(value, text) for value in others
    )
    return predicted if is_accepted else claim.values
