"""What the replies in the journal come to: predictions for scoring, and what they took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median, quantiles
from typing import TYPE_CHECKING

from harness.journal import Journal
from harness.records import (
    CellPredictions,
    CellUsage,
    Claim,
    Failure,
    InvalidItem,
    Prediction,
    Reply,
    added_usd,
)

if TYPE_CHECKING:
    from harness.running.plan import PlannedRequest

__all__ = ["RunPredictions", "UnitPredictions", "usage_of"]


class UnitPredictions(Collection[Prediction]):
    """The predictions of the units whose requests are all answered, by article and repeat.

    Each is read from the journal when it is its turn: no more than one is held.
    """

    def __init__(self, planned: Iterable[PlannedRequest], journal: Journal) -> None:
        ordered = sorted(planned, key=lambda each: (each.unit.article_id, each.unit.repeat))
        units = [tuple(requests) for _, requests in groupby(ordered, key=lambda each: each.unit)]
        self._units = [unit for unit in units if all(each.last_kept for each in unit)]
        whole = {id(each) for unit in self._units for each in unit}
        self._others = [each for each in ordered if each.last_kept and id(each) not in whole]
        self._journal = journal
        self._usage: CellUsage | None = None

    def __len__(self) -> int:
        return len(self._units)

    @property
    def usage(self) -> CellUsage:
        """What the replies took, also those of units that are not answered as a whole.

        It is found while the predictions are gone through, for that reads all replies anyway.
        """
        if self._usage is None:
            for _ in self:
                pass
        assert self._usage is not None
        return self._usage

    def __iter__(self) -> Iterator[Prediction]:
        tally = _Tally()
        for unit in self._units:
            replies = [self._read(each, tally) for each in unit]
            yield _prediction(unit, replies)
        for each in self._others:
            self._read(each, tally)
        self._usage = tally.usage()

    def __contains__(self, prediction: object) -> bool:
        return any(each == prediction for each in self)

    def _read(self, planned: PlannedRequest, tally: _Tally) -> Reply:
        reply = self._journal.find(planned.key, planned.unit)
        assert reply is not None
        # What two articles ask in the same words is asked and paid once.
        if planned.key not in tally.keys:
            tally.keys.add(planned.key)
            tally.add(reply)
        return reply


@dataclass(frozen=True, slots=True)
class RunPredictions(CellPredictions):
    """What a cell of a run predicted, and what that took."""

    predictions: UnitPredictions

    @property
    def usage(self) -> CellUsage:
        """What the replies of the cell took, whichever run asked for them."""
        return self.predictions.usage


def _prediction(unit: Sequence[PlannedRequest], replies: Iterable[Reply]) -> Prediction:
    claims: dict[str, Sequence[Claim]] = {}
    failures: dict[str, Failure] = {}
    invalid_items: list[InvalidItem] = []
    for each, reply in zip(unit, replies, strict=True):
        claims.update(reply.claims)
        invalid_items.extend(reply.invalid_items)
        if reply.failure:
            failures |= dict.fromkeys(each.form.response.claim_types, reply.failure)
    first = unit[0].unit
    return Prediction(first.article_id, claims, first.repeat, failures, tuple(invalid_items))


def usage_of(replies: Iterable[Reply]) -> CellUsage:
    """What replies took, whichever run asked for them.

    Tokens are the sum of those that are known. The cost is known only where that of every
    answer is.
    """
    tally = _Tally()
    for reply in replies:
        tally.add(reply)
    return tally.usage()


class _Tally:
    def __init__(self) -> None:
        self.n_requests = self.n_failed = self.n_reasks = self.n_warnings = self.n_attempts = 0
        self.keys: set[str] = set()
        self.tokens: dict[str, int] = {}
        self.cost_usd: float | None = 0.0
        self.latencies: list[float] = []

    def add(self, reply: Reply) -> None:
        self.n_requests += 1
        self.n_failed += reply.failure is not None
        self.n_reasks += reply.reasks
        self.n_warnings += len(reply.warnings)
        self.n_attempts += len(reply.attempts)
        for attempt in reply.attempts:
            for name in ("input_tokens", "output_tokens", "cached_tokens"):
                value = getattr(attempt, name)
                if value is not None:
                    self.tokens[name] = self.tokens.get(name, 0) + value
        self.cost_usd = added_usd(self.cost_usd, reply.cost_usd)
        seconds = [each.latency_s for each in reply.attempts if each.latency_s is not None]
        if seconds and len(seconds) == len(reply.attempts):
            self.latencies.append(sum(seconds))

    def usage(self) -> CellUsage:
        return CellUsage(
            n_requests=self.n_requests,
            n_failed=self.n_failed,
            n_reasks=self.n_reasks,
            n_warnings=self.n_warnings,
            n_attempts=self.n_attempts,
            **self.tokens,
            cost_usd=self.cost_usd if self.n_requests else None,
            latency_s=round(median(self.latencies), 4) if self.latencies else None,
            latency_p95_s=_p95(self.latencies),
        )


def _p95(seconds: list[float]) -> float | None:
    if len(seconds) < 2:
        return seconds[0] if seconds else None
    return round(quantiles(seconds, n=20, method="inclusive")[-1], 4)
