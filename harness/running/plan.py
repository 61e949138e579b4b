"""The plan: which requests a run is made of, and which of them the journal has answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from harness.claims import ClaimSchema
from harness.claims.response import response_format
from harness.journal import Journal, Kept
from harness.prompts import Prompt, fingerprint
from harness.providers import Provider
from harness.records import (
    Article,
    Cell,
    Gold,
    Reply,
    Request,
    ResponseFormat,
    Unit,
)
from harness.running.answers import RunPredictions, UnitPredictions
from harness.settings import ModelSettings

__all__ = ["RETRYABLE", "Plan", "PlannedRequest", "RequestForm", "Retry", "make_plan"]

RETRYABLE = frozenset({"rate_limited", "server", "stopped", "timeout", "unreachable"})
"""Failures of the way, not of the model: the next run asks again."""

Retry: TypeAlias = Literal["retryable", "all", "none"]
"""Which failed requests of earlier runs are asked again."""


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What all requests of a cell for the same claim types have in common.

    Parameters
    ----------
    parameters
        What is sent besides messages and schema.
    digest
        The hash of all that determines a reply but messages and repeat.
    """

    prompt: Prompt
    response: ResponseFormat
    parameters: Mapping[str, Any]
    digest: bytes

    def keys(self, messages: bytes, repeats: int) -> Iterator[str]:
        """The keys of a request and its repeats, from the hash of its messages."""
        same_for_all = hashlib.sha256(self.digest + messages)
        for repeat in range(repeats):
            digest = same_for_all.copy()
            digest.update(str(repeat).encode())
            yield digest.hexdigest()


@dataclass(slots=True)
class PlannedRequest:
    """A request that is to be asked, or has been.

    Parameters
    ----------
    kept
        Where its reply is; None as long as it is to be asked.
    failed_before
        Where the failure of an earlier run is that is to be tried again: it counts until then.
    in_batch
        The open batch that it was asked in; empty where it is in none.
    """

    provider: Provider
    form: RequestForm
    article: Article
    unit: Unit
    key: str
    kept: Kept | None = None
    failed_before: Kept | None = None
    in_batch: str = ""

    @property
    def last_kept(self) -> Kept | None:
        """Where its reply is, or else what is known from an earlier run."""
        return self.kept or self.failed_before

    @property
    def request(self) -> Request:
        """What is asked. It is rendered each time: a hundred thousand of them are large."""
        form = self.form
        messages = form.prompt.render(self.article, form.response.claim_types)
        return Request(self.key, self.unit, self.article, form.response, messages, form.parameters)


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
    journal
        Where replies are.
    """

    schema: ClaimSchema
    requests: tuple[PlannedRequest, ...]
    articles: tuple[Article, ...]
    journal: Journal
    n_without_gold: int = 0
    retry: Retry = "retryable"

    @property
    def unanswered(self) -> list[PlannedRequest]:
        """The requests that have no answer yet."""
        return [planned for planned in self.requests if planned.kept is None]

    @property
    def to_ask(self) -> list[PlannedRequest]:
        """The requests that are yet to be asked: no open batch has them."""
        return [planned for planned in self.unanswered if not planned.in_batch]

    @cached_property
    def cells(self) -> dict[Cell, list[PlannedRequest]]:
        """The requests of each cell."""
        by_names: dict[tuple[str, str], list[PlannedRequest]] = {}
        for planned in self.requests:
            names = (planned.unit.model, planned.unit.prompt)
            by_names.setdefault(names, []).append(planned)
        return {Cell(*names): requests for names, requests in by_names.items()}

    def look_again(self) -> None:
        """See what another run has answered of what is yet to be asked."""
        unanswered = self.unanswered
        self.journal.reread(planned.unit for planned in unanswered)
        for planned in unanswered:
            self.see(planned)

    def see(self, planned: PlannedRequest) -> None:
        """See whether the journal has what answers a request, as at the beginning of a run."""
        kept = self.journal.kept(planned.key, planned.unit)
        if planned.failed_before not in (None, kept):
            # Another run has tried it again meanwhile: that is what this one was to do.
            planned.kept = kept
        else:
            planned.kept = _unless_to_retry(kept, self.retry)
            planned.failed_before = kept if planned.kept is None else None

    def replies(self, requests: Iterable[PlannedRequest]) -> Iterator[Reply]:
        """The replies to those that are answered, read one at a time.

        What two articles ask in the same words has one reply, and is given once.
        """
        seen = set()
        for planned in requests:
            place = (planned.unit.prompt, planned.unit.model, planned.key)
            if planned.last_kept is not None and place not in seen:
                seen.add(place)
                reply = self.journal.find(planned.key, planned.unit)
                assert reply is not None
                yield reply

    def predictions(self) -> list[RunPredictions]:
        """What each cell predicted, over the units whose requests are all answered.

        Replies are read from the journal whenever the predictions are gone through.
        """
        return [
            RunPredictions(cell, tuple(self.schema.types), UnitPredictions(planned, self.journal))
            for cell, planned in self.cells.items()
        ]

    def versions(self) -> dict[Cell, str]:
        """The version of each cell's prompt."""
        return {cell: planned[0].unit.prompt_version for cell, planned in self.cells.items()}


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
    retry: Retry = "retryable",
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
    retry
        Which failed requests are asked again.
    """
    labelled = tuple(article for article in articles if article.id in gold)
    messages = _MessageDigests()
    planned: list[PlannedRequest] = []
    for provider in providers:
        forms = [(form, prompt) for prompt in prompts for form in _forms(provider, prompt, schema)]
        # Prompts that begin alike share what a server has read of an article.
        for article in labelled:
            for form, prompt in forms:
                keys = form.keys(messages.of(form, article), repeats)
                for repeat, key in enumerate(keys):
                    unit = Unit(provider.model.id, prompt.name, prompt.version, article.id, repeat)
                    planned.append(PlannedRequest(provider, form, article, unit, key))
    n_without_gold = len(articles) - len(labelled)
    plan = Plan(schema, tuple(planned), labelled, journal, n_without_gold, retry)
    if not fresh:
        for each in planned:
            plan.see(each)
    return plan


class _MessageDigests:
    """The hash of what is asked of an article: the same for all models and repeats."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, ...], str], bytes] = {}

    def of(self, form: RequestForm, article: Article) -> bytes:
        claim_types = form.response.claim_types
        place = (form.prompt.name, claim_types, article.id)
        if place not in self._known:
            messages = form.prompt.render(article, claim_types)
            self._known[place] = bytes.fromhex(fingerprint(messages))
        return self._known[place]


def _forms(provider: Provider, prompt: Prompt, schema: ClaimSchema) -> Iterator[RequestForm]:
    parameters = _parameters(provider, prompt)
    identity = dict(provider.identity())
    for claim_types in prompt.passes:
        response = response_format(schema, claim_types, provider.bounds, prompt.front.extra_fields)
        digest = fingerprint(
            {
                "model": provider.model.name,
                "parameters": parameters,
                "schema": response.json_schema,
                "identity": identity,
            }
        )
        yield RequestForm(prompt, response, parameters, bytes.fromhex(digest))


def _parameters(provider: Provider, prompt: Prompt) -> dict[str, Any]:
    """What the provider sends where the prompt's parameters take the place of the model's."""
    if not prompt.front.parameters:
        return provider.parameters
    said = provider.model.settings.model_dump(exclude_unset=True) | prompt.front.parameters
    model = replace(provider.model, settings=ModelSettings(**said))
    return type(provider)(model).parameters


def _unless_to_retry(kept: Kept | None, retry: Retry) -> Kept | None:
    if kept is None or kept.failure is None or retry == "none":
        return kept
    return None if retry == "all" or kept.failure in RETRYABLE else kept
