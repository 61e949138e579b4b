"""Scoring: align gold with predictions, count, score. Knows nothing of models or files."""

from __future__ import annotations

from harness.scoring.counts import (
    CLAIM_LEVELS,
    LEVELS,
    FieldCounts,
    TypeResult,
    count_article,
    count_prediction,
)
from harness.scoring.gold_values import PreparedGold
from harness.scoring.score import Score, macro_average, mean, micro_average, overall, score
from harness.scoring.source import Source

__all__ = [
    "CLAIM_LEVELS",
    "LEVELS",
    "FieldCounts",
    "PreparedGold",
    "Score",
    "Source",
    "TypeResult",
    "count_article",
    "count_prediction",
    "macro_average",
    "mean",
    "micro_average",
    "overall",
    "score",
]
