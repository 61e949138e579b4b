"""Running: plan what to ask, ask it, keep every reply."""

from __future__ import annotations

from harness.running.engine import Outcome, Progress, ask_all
from harness.running.plan import Plan, PlannedRequest, make_plan

__all__ = ["Outcome", "Plan", "PlannedRequest", "Progress", "ask_all", "make_plan"]
