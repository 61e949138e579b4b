"""Running: plan what to ask, ask it, keep every reply."""

from __future__ import annotations

from harness.running.answers import UnitPredictions, usage_of
from harness.running.batches import Batches, BatchListener
from harness.running.engine import Outcome, Progress, ask_all
from harness.running.estimate import CellEstimate, estimate
from harness.running.plan import Plan, PlannedRequest, Retry, make_plan

__all__ = [
    "BatchListener",
    "Batches",
    "CellEstimate",
    "Outcome",
    "Plan",
    "PlannedRequest",
    "Progress",
    "Retry",
    "UnitPredictions",
    "ask_all",
    "estimate",
    "make_plan",
    "usage_of",
]
