"""Claims read and compared, for the tests of scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.claims import ClaimType
from harness.comparators.blocks import Blocks
from harness.records import Claim, GoldClaim
from harness.scoring.gold_values import GoldClaims
from harness.scoring.resolve import ActorNames
from harness.scoring.similarity import (
    ArticleComparison,
    ClaimComparison,
    compare_claims,
    read_fields,
)


def compare_all(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> ClaimComparison:
    """Compare gold claims with predicted claims of one type, all of one article."""
    claims, blocks = GoldClaims(claim_type, gold), Blocks([len(predicted)])
    return compare_claims(claims, blocks, read_fields(claims, predicted, blocks, names))


def compare_one(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> ArticleComparison:
    """Do the same, and look at the one article."""
    return compare_all(claim_type, gold, predicted, names).of(0)
