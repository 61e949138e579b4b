"""What ``run.json`` says of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from harness.cli.ended_run import EndedRun, failures_of
from harness.cli.run_options import RunOptions
from harness.evaluate import Evaluation
from harness.prompts import Prompt
from harness.providers import Provider
from harness.records import Cell, CellUsage
from harness.workspace import Workspace

__all__ = ["run_facts"]


def run_facts(
    workspace: Workspace,
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage],
    providers: list[Provider],
    prompts: list[Prompt],
    options: RunOptions,
    ended: EndedRun,
    started: datetime,
) -> dict[str, Any]:
    """What ``run.json`` says of a run."""
    outcome = ended.outcome
    plan = ended.plan
    return {
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": workspace.schema.name,
        "models": {
            each.model.id: {
                "provider": each.model.provider,
                "name": each.model.name,
                "parameters": each.parameters,
                "max_items": each.bounds.max_items,
                "max_chars": each.bounds.max_chars,
                "max_reasks": each.settings.max_reasks,
                **each.identity(),
            }
            for each in providers
        },
        "prompts": {
            each.name: {
                "version": each.version,
                "passes": each.front.passes,
                "parameters": each.front.parameters,
            }
            for each in prompts
        },
        "articles": [article.id for article in plan.articles],
        "n_articles_without_gold": plan.n_without_gold,
        "n_requests": len(plan.requests),
        "n_not_asked": len(plan.to_ask),
        "n_in_batches": len(plan.unanswered) - len(plan.to_ask),
        "failures": dict(failures_of(plan)),
        "usage": [_usage_facts(cell, each) for cell, each in usage.items()],
        "stopped": outcome.stopped,
        "journal_error": outcome.journal_error,
        "interrupted": outcome.interrupted,
        "cost_usd_of_asking": outcome.cost_usd,
        "signature": evaluation.signature.over(article.id for article in plan.articles),
        "seed": evaluation.signature.resampling.seed,
        "n_resamples": evaluation.signature.resampling.n_resamples,
        "repeats": options.repeats,
        "fresh": options.fresh,
        "update": options.update,
        "retry": options.retry,
        "max_cost_usd": options.max_cost,
        "offline": ended.is_offline,
    }


def _usage_facts(cell: Cell, usage: CellUsage) -> dict[str, Any]:
    return {"model": cell.model, "prompt": cell.prompt, **asdict(usage)}
