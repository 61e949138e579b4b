"""The content level: how many quoted words are found, however they are cut into quotations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from rapidfuzz.distance import LCSseq

from harness.claims import ClaimField, ClaimType
from harness.records import Claim, Counts, GoldClaim
from harness.scoring.align import Pair
from harness.scoring.resolve import ActorNames, identity
from harness.scoring.similarity import ClaimComparison

__all__ = ["count_content"]


def count_content(
    comparison: ClaimComparison,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    pairs: Sequence[Pair],
    names: Mapping[str, ActorNames],
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
    names
        For each claim type that fields resolve through, who is meant by a name.

    Returns
    -------
    Counts
        In words: those that both have, those that only the prediction has, those that only
        required gold has, and those of predictions that were set aside.
    """
    anchor = comparison.claim_type.anchor
    text = comparison.fields[anchor.name]
    speakers = _Speakers(comparison.claim_type, names)
    partner = dict(pairs)
    wanted: dict[tuple[Hashable, ...], list[str]] = {}
    for row, claim in enumerate(gold):
        if not claim.optional:
            words = text.gold_words(row)
            if claim.accept and row in partner:
                column = partner[row]
                if _is_accepted_wording(anchor, claim, predicted[column]):
                    words = text.words(column)
            wanted.setdefault(speakers.of_gold(claim), []).extend(words)
    set_aside = {column for row, column in pairs if gold[row].optional}
    found: dict[tuple[Hashable, ...], list[str]] = {}
    n_set_aside = 0
    for column, values in enumerate(predicted):
        words = text.words(column)
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
    if words == others:
        return len(words)
    return int(LCSseq.similarity(sorted(words), sorted(others))) if others else 0


class _Speakers:
    """Whose words they are: the gold actor, else the name as it is compared."""

    def __init__(self, claim_type: ClaimType, names: Mapping[str, ActorNames]) -> None:
        self._keys = [field for field in claim_type.keys if field is not claim_type.anchor]
        self._names = names
        self._known: dict[tuple[str, str | None], Hashable] = {}
        # Values that are accepted for a field, each with the gold value that it stands for.
        self._accepted: dict[tuple[str, Hashable], Hashable] = {}

    def of_gold(self, claim: GoldClaim) -> tuple[Hashable, ...]:
        speaker = []
        for key in self._keys:
            own = self._identity(key, key.text_of(claim.values))
            speaker.append(own)
            self._accepted[key.name, own] = own
            if claim.accept:
                for value in key.alternatives(claim)[1:]:
                    self._accepted.setdefault((key.name, self._identity(key, value)), own)
        return tuple(speaker)

    def of_predicted(self, values: Claim) -> tuple[Hashable, ...]:
        speaker = []
        for key in self._keys:
            own = self._identity(key, key.text_of(values))
            speaker.append(self._accepted.get((key.name, own), own))
        return tuple(speaker)

    def _identity(self, key: ClaimField, value: str | None) -> Hashable:
        known = key.name, value
        if known not in self._known:
            self._known[known] = identity(key, value, self._names)
        return self._known[known]


def _is_accepted_wording(anchor: ClaimField, claim: GoldClaim, predicted: Claim) -> bool:
    """Whether the wording of a prediction is another that is just as right."""
    text = anchor.text_of(predicted)
    return text is not None and any(
        value is not None and anchor.comparison.by.equal(value, text)
        for value in anchor.alternatives(claim)[1:]
    )
