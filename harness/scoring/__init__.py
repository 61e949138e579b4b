"""Scoring: align gold with predictions, count, score. Knows nothing of models or files."""

from __future__ import annotations

from harness.scoring.collection import no_collection
from harness.scoring.counts import (
    count_article,
    count_articles,
    count_prediction,
    results_of,
)
from harness.scoring.gold_values import PreparedGold
from harness.scoring.results import CLAIM_LEVELS, LEVELS, CountedType, FieldCounts, TypeResult
from harness.scoring.score import Score, macro_average, mean, micro_average, overall, score
from harness.scoring.source import Source

__all__ = [
    "CLAIM_LEVELS",
    "LEVELS",
    "CountedType",
    "FieldCounts",
    "PreparedGold",
    "Score",
    "Source",
    "TypeResult",
    "count_article",
    "count_articles",
    "count_prediction",
    "macro_average",
    "mean",
    "micro_average",
    "no_collection",
    "overall",
    "results_of",
    "score",
]
