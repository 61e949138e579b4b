"""What asking will take, before it is asked: a range of tokens and of US dollars."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from harness.records import Cell
from harness.running.plan import Plan, PlannedRequest

__all__ = ["CellEstimate", "estimate"]

_SAMPLE = 200
"""So many replies of a cell say what its others will take."""
_SPREAD = 0.2
"""What the mean of a sample may be off by."""
_CHARACTERS_PER_TOKEN = (3.0, 5.0)
_OUTPUT_TOKENS = (50, 2000)
"""Of an answer, where none of the cell is known and nothing limits it."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """What asking the unanswered requests of a cell will take.

    Parameters
    ----------
    input_tokens, output_tokens
        The least and the most to be expected, of all requests together.
    cost_usd
        The same in US dollars; None where the price is unknown.
    n_in_batches
        Requests that open batches have.
    """

    cell: Cell
    prompt_version: str
    n_requests: int
    n_to_ask: int
    input_tokens: Range
    output_tokens: Range
    cost_usd: Range | None
    n_in_batches: int = 0


def estimate(plan: Plan) -> list[CellEstimate]:
    """Estimate what each cell will take.

    By the replies of the cell that are in the journal; where there is none, by the lengths of
    prompt, schema and articles, and the most tokens that an answer may have.
    """
    sizes = _Sizes()
    return [_cell(plan, cell, planned, sizes) for cell, planned in plan.cells.items()]


def _cell(plan: Plan, cell: Cell, planned: Sequence[PlannedRequest], sizes: _Sizes) -> CellEstimate:
    to_ask = [each for each in planned if each.kept is None and not each.in_batch]
    n_characters = sum(map(sizes.of, to_ask))
    inputs, outputs = _seen(plan, planned, sizes)
    if inputs is None:
        inputs = (1 / _CHARACTERS_PER_TOKEN[1], 1 / _CHARACTERS_PER_TOKEN[0])
    input_tokens = (n_characters * inputs[0], n_characters * inputs[1])
    if outputs is None:
        most = planned[0].form.parameters.get("max_tokens") or _OUTPUT_TOKENS[1]
        outputs = (min(_OUTPUT_TOKENS[0], most), most)
    output_tokens = (len(to_ask) * outputs[0], len(to_ask) * outputs[1])
    return CellEstimate(
        cell,
        planned[0].unit.prompt_version,
        len(planned),
        len(to_ask),
        input_tokens,
        output_tokens,
        _cost(planned[0], len(to_ask), input_tokens, output_tokens),
        sum(each.kept is None for each in planned) - len(to_ask),
    )


def _cost(
    planned: PlannedRequest, n: int, input_tokens: Range, output_tokens: Range
) -> Range | None:
    price = planned.provider.lane.price
    if not n:
        return (0.0, 0.0)
    if price is None:
        return None
    ends = []
    for n_input, n_output in zip(input_tokens, output_tokens, strict=True):
        # Of one request: a price may depend on its length.
        cost = price.cost_usd(round(n_input / n), round(n_output / n))
        if cost is None:
            return None
        ends.append(n * cost)
    return (ends[0], ends[1])


def _seen(
    plan: Plan, planned: Iterable[PlannedRequest], sizes: _Sizes
) -> tuple[Range | None, Range | None]:
    """Input tokens a character and output tokens a request, by what a cell has taken so far."""
    answered = islice((each for each in planned if each.last_kept is not None), _SAMPLE)
    n_characters = n_input = n_output = n_requests = 0
    for each in answered:
        (reply,) = plan.replies([each])
        known = [attempt for attempt in reply.attempts if attempt.input_tokens is not None]
        if known:
            n_requests += 1
            n_characters += sizes.of(each)
            n_input += sum(attempt.input_tokens or 0 for attempt in known)
            n_output += sum(attempt.output_tokens or 0 for attempt in known)
    if not n_requests:
        return None, None
    return _around(n_input / n_characters), _around(n_output / n_requests)


def _around(mean: float) -> Range:
    return (mean * (1 - _SPREAD), mean * (1 + _SPREAD))


class _Sizes:
    """How many characters a request has, without rendering each."""

    def __init__(self) -> None:
        self._without_article: dict[int, int] = {}

    def of(self, planned: PlannedRequest) -> int:
        """Characters of messages and schema."""
        form = planned.form
        if id(form) not in self._without_article:
            # By an article that there is: some prompts cannot do without a text.
            messages = sum(len(message["content"]) for message in planned.request.messages)
            schema = len(json.dumps(form.response.json_schema))
            self._without_article[id(form)] = messages + schema - len(planned.article.text)
        return self._without_article[id(form)] + len(planned.article.text)
