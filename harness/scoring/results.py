"""What scoring says of claims: the counts, and behind them what was compared and paired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from harness.claims import ClaimType
from harness.comparators.blocks import Places
from harness.records import Claim, ClaimOutcome, Counts, Gold, InvalidItem, Level, Prediction
from harness.scoring.align import Pair
from harness.scoring.gold_values import GoldClaims
from harness.scoring.outcomes import Aligned, explain
from harness.scoring.similarity import ClaimComparison

if TYPE_CHECKING:
    from harness.scoring.ground import Grounding

__all__ = ["CLAIM_LEVELS", "LEVELS", "CountedType", "FieldCounts", "TypeResult", "invalid_items"]

CLAIM_LEVELS: tuple[Level, ...] = ("strict", "lenient")
"""The levels at which claims are paired."""

LEVELS: tuple[Level, ...] = (*CLAIM_LEVELS, "content")


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How often a field is right among the lenient pairs with required gold."""

    right: int = 0
    n: int = 0

    def __add__(self, other: FieldCounts) -> FieldCounts:
        return FieldCounts(self.right + other.right, self.n + other.n)


class TypeResult:
    """What scoring says of one claim type in one article and repeat.

    Parameters
    ----------
    counted
        The claim type in several articles, of which this is one.
    number
        Which of them it is.
    """

    def __init__(self, counted: CountedType, number: int) -> None:
        prediction = counted.predictions[number]
        assert prediction is not None
        self._counted, self._number, self._prediction = counted, number, prediction
        self.article_id, self.repeat = prediction.article_id, prediction.repeat
        self.claim_type = counted.claim_type.name

    @property
    def failure(self) -> str:
        """Why the request that was to return these claims failed; empty where it did not."""
        failure = self._prediction.failures.get(self.claim_type)
        return failure.reason if failure is not None else ""

    @property
    def failed(self) -> bool:
        """Whether the request that was to return these claims failed."""
        return self.claim_type in self._prediction.failures

    @cached_property
    def counts(self) -> Mapping[Level, Counts]:
        """For each level. At the level content, which only quotations have, words are counted."""
        counts = self._counted.counts.items()
        return {level: Counts(*each[self._number].tolist()) for level, each in counts}

    @cached_property
    def fields(self) -> Mapping[str, FieldCounts]:
        """For each compared field."""
        own = self._counted.fields_right[:, self._number], self._counted.n_fields[:, self._number]
        counts = map(FieldCounts, *(each.tolist() for each in own))
        return dict(zip(self._counted.comparison.fields, counts, strict=True))

    @property
    def groundings(self) -> Sequence[Mapping[str, Grounding]]:
        """For each prediction, where its verbatim fields stand; empty if that is not known."""
        return self._counted.groundings[self._number]

    @cached_property
    def aligned(self) -> Aligned:
        """What was compared and paired."""
        return self._counted.aligned(self._number)

    @cached_property
    def outcomes(self) -> Mapping[Level, tuple[ClaimOutcome, ...]]:
        """What became of each claim at each level, and why. Worked out when it is asked for."""
        # They follow from the pairs, which are mostly the same at both levels.
        found: dict[tuple[Pair, ...], tuple[ClaimOutcome, ...]] = {}
        levels = {level: tuple(self.aligned.pairs[level]) for level in CLAIM_LEVELS}
        for level, pairs in levels.items():
            if pairs not in found:
                found[pairs] = explain(self.aligned, level)
        return {level: found[pairs] for level, pairs in levels.items()}


@dataclass(frozen=True, eq=False)
class CountedType:
    """One claim type in n articles, each with one prediction or none: compared, paired, counted.

    Parameters
    ----------
    gold
        The gold of the articles.
    predictions
        One for each article; None where there is none.
    claims
        The gold claims, article after article.
    predicted
        The predicted claims, article after article.
    comparison
        How they compare.
    pairs
        For each level at which claims are paired, which of the possible pairs are made, by the
        number of the gold claim.
    counts
        For each level, shape (n, 4): true positives, false positives, false negatives and
        predictions set aside.
    fields_right, n_fields
        Shape (n_fields, n): for each compared field, in how many lenient pairs with required gold
        it is right, and of how many.
    groundings
        For each article and prediction, where its verbatim fields stand; empty where the text of
        the article is not known.
    """

    gold: Sequence[Gold]
    predictions: Sequence[Prediction | None]
    claims: GoldClaims
    predicted: Sequence[Claim]
    comparison: ClaimComparison
    pairs: Mapping[Level, Places]
    counts: Mapping[Level, Places]
    fields_right: Places
    n_fields: Places
    groundings: Sequence[Sequence[Mapping[str, Grounding]]]

    @property
    def claim_type(self) -> ClaimType:
        """The claim type."""
        return self.claims.claim_type

    def numbers(self) -> Iterator[int]:
        """The articles in which it is counted: those where it was labelled, and predicted for."""
        name = self.claim_type.name
        for number, (gold, prediction) in enumerate(zip(self.gold, self.predictions, strict=True)):
            if prediction is not None and name in gold.claims:
                yield number

    def aligned(self, number: int) -> Aligned:
        """What was compared and paired in one article."""
        blocks = self.claims.blocks.of(number), self.comparison.blocks.of(number)
        prediction = self.predictions[number]
        assert prediction is not None
        return Aligned(
            self.claims.claims[blocks[0]],
            self.predicted[blocks[1]],
            invalid_items(prediction, self.claim_type),
            self.comparison.of(number),
            {level: self._pairs_of(places, number) for level, places in self.pairs.items()},
            self.groundings[number],
        )

    def _pairs_of(self, places: Places, number: int) -> list[Pair]:
        rows = self.comparison.pairs.rows[places]
        own, given = self.claims.blocks.of(number), self.comparison.blocks.of(number)
        first, last = rows.searchsorted([own.start, own.stop]).tolist()
        columns = self.comparison.pairs.columns[places[first:last]] - given.start
        return list(zip((rows[first:last] - own.start).tolist(), columns.tolist(), strict=True))


def invalid_items(prediction: Prediction, claim_type: ClaimType) -> tuple[InvalidItem, ...]:
    """The items of a reply that are no claims of a type; none where its request failed."""
    if not prediction.invalid_items or claim_type.name in prediction.failures:
        return ()
    return tuple(item for item in prediction.invalid_items if item.claim_type == claim_type.name)
