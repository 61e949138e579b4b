"""The records that pass from stage to stage. Read from top to bottom, they tell the story."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

__all__ = [
    "UNANSWERED",
    "Article",
    "Attempt",
    "Bounds",
    "Cell",
    "CellPredictions",
    "CellUsage",
    "Claim",
    "ClaimOutcome",
    "Counts",
    "Failure",
    "FailureReason",
    "Gold",
    "GoldClaim",
    "InvalidItem",
    "Level",
    "Prediction",
    "Reply",
    "Request",
    "ResponseFormat",
    "Unit",
    "added_usd",
]

Claim: TypeAlias = Mapping[str, Any]
"""A predicted claim: the values of its fields, as in JSON."""

Level: TypeAlias = Literal["strict", "lenient", "content"]

FailureReason: TypeAlias = Literal[
    "absent",
    "content_filter",
    "empty",
    "invalid",
    "rate_limited",
    "refused",
    "rejected",
    "server",
    "stopped",
    "timeout",
    "truncated",
    "unreachable",
]
"""Why a request has no claims. A closed list, so that reports can count by it."""


@dataclass(frozen=True, slots=True)
class Article:
    """A text and the facts that are known of it; `published` resolves its relative dates."""

    id: str
    text: str
    published: date | None = None
    source: str = ""
    story: str = ""
    split: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that keep a model from looping. They stand in the schema that is sent, never in gold.

    Parameters
    ----------
    max_items
        Claims per claim type.
    max_chars
        Characters per string.
    """

    max_items: int
    max_chars: int


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One (model, prompt) of the report. `prompt` is ``external`` for claims made elsewhere."""

    model: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One (model, prompt, article, repeat)."""

    model: str
    prompt: str
    prompt_version: str
    article_id: str
    repeat: int = 0

    @property
    def cell(self) -> Cell:
        """The cell of the report that this unit counts in."""
        return Cell(self.model, self.prompt)


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The form in which a model is asked to reply.

    Parameters
    ----------
    model
        The Pydantic model of the whole reply: a list of claims for each claim type asked for.
    json_schema
        The JSON Schema that is sent, with the bounds in it.
    """

    model: type[BaseModel]
    json_schema: Mapping[str, Any]
    bounds: Bounds

    @property
    def claim_types(self) -> tuple[str, ...]:
        """The names of the claim types that the reply is to return."""
        return tuple(self.model.model_fields)


@dataclass(frozen=True, slots=True)
class Request:
    """The smallest thing that is asked, journalled, failed and resumed.

    Parameters
    ----------
    key
        The hash of all that determines the reply, in hexadecimal digits.
    messages
        ``{"role": ..., "content": ...}`` in their order.
    parameters
        What is sent besides messages and schema (temperature, seed, ...).
    """

    key: str
    unit: Unit
    article: Article
    response: ResponseFormat
    messages: Sequence[Mapping[str, str]]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One exchange of a request: its outcome, seconds, tokens and US dollars.

    Parameters
    ----------
    latency_s
        Seconds that it took; None where it waited for its turn in a batch, which says nothing.
    cached_tokens
        Of the input tokens, those that the server had read before.
    cost_usd
        By the prices of the day on which it was asked; None is unknown.
    """

    outcome: str
    latency_s: float | None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no claims: a reason to count by, and a sentence for a person."""

    reason: FailureReason
    message: str


@dataclass(frozen=True, slots=True)
class InvalidItem:
    """An item of a reply that is no claim: where it stood, what was wrong, what it was."""

    claim_type: str
    message: str
    item: Any


UNANSWERED = frozenset({"rate_limited", "rejected", "server", "timeout", "unreachable"})
"""Outcomes of attempts to which no model has written an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a request: claims by claim type, or a failure.

    Parameters
    ----------
    raw
        The text of the last reply as it came, for a person to read.
    reasks
        How often the model was asked again because its output was invalid.
    warnings
        What was mended on the way (a list that was cut), one sentence each.
    elapsed_s
        Seconds from sending the first attempt to the end of the last, with the waits between them.
    """

    claims: Mapping[str, Sequence[Claim]]
    failure: Failure | None = None
    invalid_items: tuple[InvalidItem, ...] = ()
    warnings: tuple[str, ...] = ()
    raw: str = ""
    finish_reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    reasks: int = 0
    elapsed_s: float | None = None

    @property
    def cost_usd(self) -> float | None:
        """What all attempts cost in US dollars; None where that of an answer is unknown.

        An attempt that no model has answered is taken to cost nothing.
        """
        total = 0.0
        for attempt in self.attempts:
            if attempt.cost_usd is not None:
                total += attempt.cost_usd
            elif attempt.outcome not in UNANSWERED:
                return None
        return total


def added_usd(sum_usd: float | None, cost_usd: float | None) -> float | None:
    """A sum of costs and one more; None as soon as one is not known."""
    return None if sum_usd is None or cost_usd is None else sum_usd + cost_usd


@dataclass(frozen=True, slots=True)
class CellUsage:
    """What the requests of a cell took. Tokens are those of all attempts; None is unknown.

    Parameters
    ----------
    n_attempts
        HTTP exchanges, those that failed and those that asked again included.
    cached_tokens
        Of the input tokens, those that the server had read before.
    cost_usd
        US dollars of all attempts; None where the price of one is not known.
    latency_s, latency_p95_s
        Seconds that requests took over their attempts, the waits between these left out: the
        median, and what 95 % take no longer than. Replies that came in a batch say nothing of it.
    """

    n_requests: int = 0
    n_failed: int = 0
    n_reasks: int = 0
    n_warnings: int = 0
    n_attempts: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    latency_p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class GoldClaim:
    """A claim that a person labelled, with the other values that are just as right."""

    values: Claim
    optional: bool = False
    accept: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """The labelled claims of an article. A claim type that is no key was not labelled."""

    article_id: str
    claims: Mapping[str, tuple[GoldClaim, ...]]
    labeller: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """All that a cell predicted for an article in one repeat.

    Parameters
    ----------
    claims
        Predicted claims by claim type.
    failures
        The claim types whose request failed, and why.
    """

    article_id: str
    claims: Mapping[str, Sequence[Claim]]
    repeat: int = 0
    failures: Mapping[str, Failure] = field(default_factory=dict)
    invalid_items: tuple[InvalidItem, ...] = ()


@dataclass(frozen=True, slots=True)
class CellPredictions:
    """What a cell predicted.

    Parameters
    ----------
    claim_types
        The claim types that it was to return; others are not scored.
    predictions
        One for each article and repeat.
    """

    cell: Cell
    claim_types: tuple[str, ...]
    predictions: Collection[Prediction]


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of an article, a claim type and a level, or sums of them.

    Fractions stand for means over repeats. `set_aside` are predictions paired with optional gold.
    """

    tp: float = 0
    fp: float = 0
    fn: float = 0
    set_aside: float = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tp + other.tp,
            self.fp + other.fp,
            self.fn + other.fn,
            self.set_aside + other.set_aside,
        )

    @property
    def n_gold(self) -> float:
        """Required gold claims."""
        return self.tp + self.fn

    @property
    def n_predicted(self) -> float:
        """Predictions, those set aside included."""
        return self.tp + self.fp + self.set_aside


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What became of one gold or predicted claim at one level.

    Parameters
    ----------
    side
        ``gold`` or ``predicted``.
    number
        Its place in its list, from 0.
    outcome
        ``tp``, ``fp``, ``fn``, ``set_aside`` (predicted, paired with optional gold), or
        ``optional`` (gold that is optional).
    partner
        The place of the claim that it is paired with.
    similarity
        The mean similarity of the pair's key fields, in [0, 1].
    error_class
        Of an ``fp`` or ``fn``, what went wrong, e.g. ``boundary``; else empty.
    error_detail
        What more is known of that: the sub-class of ``wrong_value``, or why an item is invalid.
    nearest
        The place of the claim of the other side that an error class refers to.
    """

    side: Literal["gold", "predicted"]
    number: int
    outcome: Literal["tp", "fp", "fn", "set_aside", "optional"]
    claim: Claim
    partner: int | None = None
    similarity: float | None = None
    error_class: str = ""
    error_detail: str = ""
    nearest: int | None = None
