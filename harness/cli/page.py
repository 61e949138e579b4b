"""What the page of a result says besides its scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from harness.predictions import LoadedPredictions
from harness.prompts import Prompt
from harness.records import Cell, CellUsage
from harness.running import Outcome, Plan

if TYPE_CHECKING:
    from harness.reports.page import FailedRequest, PageFacts, PagePrompt

__all__ = ["facts_of_predictions", "facts_of_run"]


def facts_of_run(
    run: str,
    started: datetime,
    plan: Plan,
    outcome: Outcome,
    prompts: Sequence[Prompt],
    usage: Mapping[Cell, CellUsage],
) -> PageFacts:
    """What the page of a run says."""
    from harness.reports.page import PageFacts  # noqa: PLC0415 - only where there is a result

    return PageFacts(
        title=run,
        started=started.strftime("%Y-%m-%d %H:%M UTC"),
        usage=usage,
        versions=plan.versions(),
        prompts=[_prompt(prompt) for prompt in prompts],
        failures=_failed_requests(plan),
        n_failures=sum(1 for each in plan.requests if each.last_kept and each.last_kept.failure),
        notes=list(_notes(plan, outcome)),
    )


def facts_of_predictions(loaded: LoadedPredictions, title: str) -> PageFacts:
    """What the page of predictions made elsewhere says."""
    from harness.reports.page import FailedRequest, PageFacts  # noqa: PLC0415 - as above

    cell = loaded.cell_predictions
    failures: Iterable[FailedRequest] = (
        FailedRequest(
            cell.cell, article_id, 0, cell.claim_types, "absent", "No line is about this article."
        )
        for article_id in loaded.absent
    )
    return PageFacts(
        title=title, failures=failures, n_failures=len(loaded.absent), notes=loaded.notes
    )


def _prompt(prompt: Prompt) -> PagePrompt:
    from harness.reports.page import PagePrompt  # noqa: PLC0415 - as above

    own = [(section.role, section.template) for section in prompt.sections]
    guidance = [
        (f"guidance for {each.name}", each.guidance) for each in prompt.schema.types.values()
    ]
    return PagePrompt(
        prompt.name,
        prompt.version,
        prompt.front.description,
        prompt.front.passes,
        (*own, *guidance),
    )


def _failed_requests(plan: Plan) -> Iterator[FailedRequest]:
    """The failed requests with what came back, each read when it is its turn."""
    from harness.reports.page import FailedRequest  # noqa: PLC0415 - as above

    for planned in plan.requests:
        if planned.last_kept is None or planned.last_kept.failure is None:
            continue
        reply = plan.journal.find(planned.key, planned.unit)
        if reply is None or reply.failure is None:
            continue
        unit = planned.unit
        yield FailedRequest(
            unit.cell,
            unit.article_id,
            unit.repeat,
            planned.form.response.claim_types,
            reply.failure.reason,
            reply.failure.message,
            reply.raw,
        )


def _notes(plan: Plan, outcome: Outcome) -> Iterator[str]:
    """What a reader of the figures has to know of how the run went."""
    for reason in outcome.stopped.values():
        yield f"Stopped: {reason}"
    if outcome.journal_error:
        yield f"Stopped: {outcome.journal_error}"
    if n_missing := len(plan.unanswered):
        yield (
            f"{n_missing} of {len(plan.requests)} requests have no answer yet: their articles are "
            "not in these figures."
        )
    if plan.n_without_gold:
        yield f"{plan.n_without_gold} articles have no gold and were left out."
