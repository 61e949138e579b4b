"""The plan: which requests a run is made of, and which of them the journal has answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from harness.claims import ClaimSchema
from harness.claims.response import response_format
from harness.journal import Journal
from harness.prompts import Prompt, fingerprint
from harness.providers import Provider
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    CellUsage,
    Claim,
    Failure,
    Gold,
    InvalidItem,
    Prediction,
    Reply,
    Request,
    Unit,
)
from harness.settings import ModelSettings

__all__ = ["Plan", "PlannedRequest", "make_plan"]

RETRYABLE = frozenset({"rate_limited", "server", "timeout", "unreachable"})
"""Failures of the way, not of the model: the next run asks again."""


@dataclass(slots=True)
class PlannedRequest:
    """A request and, once it is answered, its reply."""

    provider: Provider
    request: Request
    reply: Reply | None = None


@dataclass(frozen=True)
class Plan:
    """All requests of a run.

    Parameters
    ----------
    requests
        In the order in which they are asked: those about one article stand together, so that a
        server can reuse what it has read.
    articles
        The articles asked about; `n_without_gold` more were left out because nobody labelled them.
    """

    schema: ClaimSchema
    requests: tuple[PlannedRequest, ...]
    articles: tuple[Article, ...]
    n_without_gold: int = 0

    @property
    def unanswered(self) -> list[PlannedRequest]:
        """The requests that are yet to be asked."""
        return [planned for planned in self.requests if planned.reply is None]

    @property
    def cells(self) -> dict[Cell, list[PlannedRequest]]:
        """The requests of each cell."""
        cells: dict[Cell, list[PlannedRequest]] = {}
        for planned in self.requests:
            cells.setdefault(planned.request.unit.cell, []).append(planned)
        return cells

    def predictions(self) -> list[CellPredictions]:
        """What each cell predicted, over the units whose requests are all answered."""
        return [
            CellPredictions(cell, tuple(self.schema.types), _predictions(planned))
            for cell, planned in self.cells.items()
        ]

    def usage(self) -> dict[Cell, CellUsage]:
        """What the replies of each cell took, whichever run asked for them."""
        return {cell: _usage(planned) for cell, planned in self.cells.items()}

    def versions(self) -> dict[Cell, str]:
        """The version of each cell's prompt."""
        return {
            cell: planned[0].request.unit.prompt_version for cell, planned in self.cells.items()
        }


def make_plan(
    providers: Sequence[Provider],
    prompts: Sequence[Prompt],
    articles: Sequence[Article],
    gold: Mapping[str, Gold],
    schema: ClaimSchema,
    journal: Journal,
    *,
    repeats: int = 1,
    fresh: bool = False,
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    providers, prompts, articles
        Every combination is asked; articles without gold are left out, for nothing can be said
        of what a model answers there.
    gold
        By article id.
    journal
        Where answered requests are found.
    repeats
        How often each request is asked.
    fresh
        Leave the journal's answers aside.
    """
    labelled = tuple(article for article in articles if article.id in gold)
    planned = []
    place = {article.id: number for number, article in enumerate(labelled)}
    for provider in providers:
        identity = dict(provider.identity())
        requests = [
            request
            for prompt in prompts
            for request in _requests(provider, identity, prompt, labelled, schema, repeats)
        ]
        # Prompts that begin alike share what a server has read of an article.
        for request in sorted(requests, key=lambda request: place[request.article.id]):
            reply = None if fresh else _answered(journal.find(request.key, request.unit))
            planned.append(PlannedRequest(provider, request, reply))
    return Plan(schema, tuple(planned), labelled, len(articles) - len(labelled))


def _requests(
    provider: Provider,
    identity: Mapping[str, str],
    prompt: Prompt,
    articles: Sequence[Article],
    schema: ClaimSchema,
    repeats: int,
) -> Iterator[Request]:
    """The requests of a cell."""
    formats = [
        response_format(schema, claim_types, provider.bounds, prompt.front.extra_fields)
        for claim_types in prompt.passes
    ]
    digests = [fingerprint(each.json_schema) for each in formats]
    parameters = _parameters(provider, prompt)
    for article in articles:
        for response, digest in zip(formats, digests, strict=True):
            messages = prompt.render(article, response.claim_types)
            for repeat in range(repeats):
                key = fingerprint(
                    {
                        "model": provider.model.name,
                        "parameters": parameters,
                        "messages": messages,
                        "schema": digest,
                        "repeat": repeat,
                        "identity": identity,
                    }
                )
                unit = Unit(provider.model.id, prompt.name, prompt.version, article.id, repeat)
                yield Request(key, unit, article, response, messages, parameters)


def _parameters(provider: Provider, prompt: Prompt) -> dict[str, Any]:
    """What the provider sends where the prompt's parameters take the place of the model's."""
    if not prompt.front.parameters:
        return provider.parameters
    said = provider.model.settings.model_dump(exclude_unset=True) | prompt.front.parameters
    model = replace(provider.model, settings=ModelSettings(**said))
    return type(provider)(model).parameters


def _answered(reply: Reply | None) -> Reply | None:
    passing = reply is not None and reply.failure is not None and reply.failure.reason in RETRYABLE
    return None if passing else reply


def _predictions(planned: Sequence[PlannedRequest]) -> list[Prediction]:
    units: dict[Unit, list[PlannedRequest]] = {}
    for each in planned:
        units.setdefault(each.request.unit, []).append(each)
    predictions = []
    for unit, requests in units.items():
        if any(each.reply is None for each in requests):
            continue
        claims: dict[str, Sequence[Claim]] = {}
        failures: dict[str, Failure] = {}
        invalid_items: list[InvalidItem] = []
        for each in requests:
            assert each.reply is not None
            claims.update(each.reply.claims)
            invalid_items.extend(each.reply.invalid_items)
            if each.reply.failure:
                failures |= dict.fromkeys(each.request.response.claim_types, each.reply.failure)
        predictions.append(
            Prediction(unit.article_id, claims, unit.repeat, failures, tuple(invalid_items))
        )
    return predictions


def _usage(planned: Sequence[PlannedRequest]) -> CellUsage:
    replies = [each.reply for each in planned if each.reply is not None]
    attempts = [attempt for reply in replies for attempt in reply.attempts]
    inputs = [each.input_tokens for each in attempts if each.input_tokens is not None]
    outputs = [each.output_tokens for each in attempts if each.output_tokens is not None]
    latencies = [sum(each.latency_s for each in reply.attempts) for reply in replies]
    return CellUsage(
        n_requests=len(replies),
        n_failed=sum(reply.failure is not None for reply in replies),
        n_reasks=sum(reply.reasks for reply in replies),
        n_warnings=sum(len(reply.warnings) for reply in replies),
        input_tokens=sum(inputs) if inputs else None,
        output_tokens=sum(outputs) if outputs else None,
        latency_s=round(median(latencies), 4) if latencies else None,
    )
