"""From replies and gold to scores, their intervals and comparisons. Offline, and without files."""

from __future__ import annotations

from harness.evaluate.agreement import Agreement, as_prediction, repeat_agreement
from harness.evaluate.cells import CellEvaluation, Evaluation
from harness.evaluate.comparisons import (
    ALPHA,
    HEADLINE,
    CellComparison,
    compare_cells,
    compare_vectors,
)
from harness.evaluate.scores import (
    ALL,
    OVERALL,
    Resampling,
    ScoreInterval,
    ScoreRow,
    score_intervals,
    score_vectors,
    slices_of,
)
from harness.evaluate.scoring import EachResult, each_of, evaluate, let_go, score_pairs
from harness.evaluate.signature import SCORER_VERSION, Signature, gold_hash, scorer_of
from harness.evaluate.vectors import ArticleCounts, CountTally, CountVectors

__all__ = [
    "ALL",
    "ALPHA",
    "HEADLINE",
    "OVERALL",
    "SCORER_VERSION",
    "Agreement",
    "ArticleCounts",
    "CellComparison",
    "CellEvaluation",
    "CountTally",
    "CountVectors",
    "EachResult",
    "Evaluation",
    "Resampling",
    "ScoreInterval",
    "ScoreRow",
    "Signature",
    "as_prediction",
    "compare_cells",
    "compare_vectors",
    "each_of",
    "evaluate",
    "gold_hash",
    "let_go",
    "repeat_agreement",
    "score_intervals",
    "score_pairs",
    "score_vectors",
    "scorer_of",
    "slices_of",
]
