"""What became of each claim of an article at a level, and why: for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from harness.records import Claim, ClaimOutcome, GoldClaim, InvalidItem, Level
from harness.scoring.align import Pair
from harness.scoring.error_classes import ErrorClasses
from harness.scoring.similarity import ArticleComparison

if TYPE_CHECKING:
    from harness.scoring.ground import Grounding

__all__ = ["Aligned", "explain"]


class Aligned(NamedTuple):
    """The claims of one claim type in one article, compared and paired.

    Parameters
    ----------
    pairs
        For each level at which claims are paired.
    groundings
        For each prediction, where each of its verbatim fields stands; empty where the article is
        not known.
    """

    gold: Sequence[GoldClaim]
    predicted: Sequence[Claim]
    invalid: Sequence[InvalidItem]
    comparison: ArticleComparison
    pairs: Mapping[Level, Sequence[Pair]]
    groundings: Sequence[Mapping[str, Grounding]]


def explain(aligned: Aligned, level: Level) -> tuple[ClaimOutcome, ...]:
    """Say of each claim what became of it: gold, then predictions, then items that are no claims.

    Parameters
    ----------
    aligned
        The claims.
    level
        ``strict`` or ``lenient``.
    """
    errors = ErrorClasses(
        aligned.gold,
        aligned.predicted,
        aligned.comparison,
        aligned.pairs[level],
        aligned.groundings,
    )
    # The quotient of two integers is rounded as well as can be.
    alike = {pair[:2]: pair[3] / pair[4] for pair in aligned.comparison.possible}
    pairs = {pair: alike[pair] for pair in aligned.pairs[level]}
    return (
        *_gold(aligned, pairs, errors),
        *_predicted(aligned, pairs, errors),
        *_invalid(aligned),
    )


def _gold(
    aligned: Aligned, pairs: Mapping[Pair, float], errors: ErrorClasses
) -> Iterator[ClaimOutcome]:
    partners = dict(pairs.keys())
    for row, claim in enumerate(aligned.gold):
        column = partners.get(row)
        similarity = None if column is None else pairs[row, column]
        if claim.optional or column is not None:
            yield ClaimOutcome(
                "gold",
                row,
                "optional" if claim.optional else "tp",
                claim.values,
                column,
                similarity,
            )
        else:
            error = errors.of_gold(row)
            yield ClaimOutcome(
                "gold",
                row,
                "fn",
                claim.values,
                error_class=error.name,
                error_detail=error.detail,
                nearest=error.nearest,
            )


def _predicted(
    aligned: Aligned, pairs: Mapping[Pair, float], errors: ErrorClasses
) -> Iterator[ClaimOutcome]:
    partners = {column: row for row, column in pairs}
    for column, values in enumerate(aligned.predicted):
        row = partners.get(column)
        if row is not None:
            similarity = pairs[row, column]
            yield ClaimOutcome(
                "predicted",
                column,
                "set_aside" if aligned.gold[row].optional else "tp",
                values,
                row,
                similarity,
            )
        else:
            error = errors.of_predicted(column)
            yield ClaimOutcome(
                "predicted",
                column,
                "fp",
                values,
                error_class=error.name,
                error_detail=error.detail,
                nearest=error.nearest,
            )


def _invalid(aligned: Aligned) -> Iterator[ClaimOutcome]:
    for number, item in enumerate(aligned.invalid, start=len(aligned.predicted)):
        values = item.item if isinstance(item.item, dict) else {"item": item.item}
        yield ClaimOutcome(
            "predicted",
            number,
            "fp",
            values,
            error_class="invalid_item",
            error_detail=item.message,
        )
