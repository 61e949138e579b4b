"""Claims read and compared, for the tests of scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.claims import ClaimType
from harness.records import Claim, GoldClaim
from harness.scoring.gold_values import GoldClaims
from harness.scoring.resolve import ActorNames
from harness.scoring.similarity import ClaimComparison, compare_claims, read_fields


def compare_all(
    claim_type: ClaimType,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    names: Mapping[str, ActorNames],
) -> ClaimComparison:
    """Compare gold claims with predicted claims of one type."""
    return compare_claims(claim_type, read_fields(GoldClaims(claim_type, gold), predicted, names))
