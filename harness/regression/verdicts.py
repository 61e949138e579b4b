"""From where a cell stands and what is demanded of it to verdicts. Nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, isnan
from typing import TypeAlias

from harness.evaluate import OVERALL
from harness.gates import GateName, Gates, exact
from harness.regression.beside_baseline import BesideBaseline, MovedClaim
from harness.regression.lost_claims import judge_no_lost
from harness.regression.verdict import (
    CheckItem,
    Status,
    Verdict,
    figure,
    figures_apart,
    plural,
)
from harness.reports.plain import printable
from harness.scoring.stats import smallest_p

__all__ = ["JUDGES", "judge", "moved_lines"]

Judge: TypeAlias = Callable[[BesideBaseline, CheckItem, Gates], Verdict]

_MOST_LINES = 20
_MOST_LOST = 10
_MOST_UNITS = 64
_PARTS = {"min_precision": "precision", "min_recall": "recall", "min_f1": "f1"}
_NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


def judge(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    """Judge one gate of a claim type of a cell that has all of its replies."""
    return JUDGES[item.gate](case, item, gates)  # type: ignore[index]


def _judge_score(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    name: GateName = item.gate  # type: ignore[assignment]
    part = _PARTS[name]
    limit = gates.limits[name]
    score = case.scores(gates.level).get(item.claim_type)
    what = f"{_NAMES[part]} {_of(item, gates)}"
    if score is None or not score.n_articles:
        return Verdict(item, "inconclusive", f"{what} is undefined: no article is labelled with it")
    value = getattr(score, part)
    is_precision = part == "precision"
    n, n_of = (score.n_predicted, "prediction") if is_precision else (score.n_gold, "gold claim")
    of = f"{plural(n, n_of)} in {plural(score.n_articles, 'article')}"
    if value is None:
        message = f"{what} is undefined: there are no {n_of}s to divide by"
        return Verdict(item, "inconclusive", message, None, limit, float(n), n_of)
    status: Status = "pass" if value >= exact(limit) else "fail"
    shown = figures_apart(value, exact(limit))
    than = f"{name} = {limit:g}"
    message = f"{what} is {shown}, {'below' if status == 'fail' else 'at least'} {than} (n = {of})"
    return Verdict(item, status, message, float(value), limit, float(n), n_of)


def _judge_drop(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    limit = gates.limits["max_drop"]
    what = f"F1 {_of(item, gates)}"
    if case.reference is None:
        return Verdict(item, "inconclusive", f"{what}: {case.no_reference}", limit=limit)
    before, now = (each.get(item.claim_type) for each in case.scores_of_both(gates.level))
    if before is None or now is None or before.f1 is None or now.f1 is None:
        undefined = "now" if before is not None and before.f1 is not None else "in the baseline"
        message = f"{what} is undefined {undefined}: nothing can be said of a drop"
        return Verdict(item, "inconclusive", message, limit=limit)
    drop = before.f1 - now.f1
    is_over = drop > exact(limit)
    of = f"{plural(now.n_gold, 'gold claim')} in {plural(now.n_articles, 'article')}"
    status: Status = "fail" if is_over else "pass"
    said = _said_of_drop(what, before.f1, now.f1, limit, of, is_over=is_over)
    if case.reference.note:
        said += f"; compared with {case.reference.note}"
    details: tuple[str, ...] = ()
    if gates.significant:
        status, more = _with_significance(case, item, gates, is_over=is_over)
        said += f"; {more}"
    if status in ("fail", "warn"):
        chosen = None if item.claim_type == OVERALL else item.claim_type
        lost = [each for each in case.moved(gates.level, chosen) if each.is_lost]
        details = tuple(moved_lines(lost, _MOST_LOST))
    return Verdict(item, status, said, float(drop), limit, float(now.n_gold), "gold claim", details)


def _said_of_drop(
    what: str, before: Fraction, now: Fraction, limit: float, of: str, *, is_over: bool
) -> str:
    drop = before - now
    if drop <= 0:
        then = f"and was {figure(before)}" if drop else "as it was"
        return f"{what} is {figure(now)}, {then} (max_drop = {limit:g}; n = {of})"
    size = figures_apart(drop, exact(limit))
    than = "more than" if is_over else "no more than"
    said = f"{what} fell by {size} to {figure(now)} from {figure(before)}"
    return f"{said}, {than} max_drop = {limit:g} (n = {of})"


def _with_significance(
    case: BesideBaseline, item: CheckItem, gates: Gates, *, is_over: bool
) -> tuple[Status, str]:
    """The status of a drop where only a significant one fails, and why."""
    row = case.comparisons[item.claim_type, gates.level]
    n_resamples = case.resampling.n_resamples
    if smallest_p(row.n_units, n_resamples) >= gates.alpha:
        needed = _units_for(gates.alpha, n_resamples)
        enough = (
            f"p can be below {gates.alpha:g} from {needed} {row.unit} on"
            if needed
            else f"p can never be below {gates.alpha:g} with {n_resamples:,} resamples"
        )
        more = f"{plural(row.n_units, row.unit.replace('ies', 'y').rstrip('s'))} can show nothing"
        seen = _units_to_see(row.detectable, row.n_units, gates.limits["max_drop"])
        to_see = (
            f", and a drop of {gates.limits['max_drop']:g} is likely to be seen from about "
            f"{seen} on"
            if seen and needed and seen > needed
            else ""
        )
        said = f"{more} significant: {enough}{to_see}; max_drop alone decides"
        return ("fail" if is_over else "inconclusive"), said
    p = row.p.f1
    if isnan(p):
        return ("fail" if is_over else "pass"), "p is undefined; max_drop alone decides"
    interval = f"95% interval {figure(row.low.f1, sign=True)} to {figure(row.high.f1, sign=True)}"
    if not is_over:
        return "pass", f"p = {p:.3g}, {interval}"
    if p < gates.alpha:
        return "fail", f"p = {p:.3g}, below alpha = {gates.alpha:g}, {interval}"
    return "warn", f"p = {p:.3g}, not below alpha = {gates.alpha:g}: it may be noise, {interval}"


def _units_for(alpha: float, n_resamples: int) -> int | None:
    """The fewest units with which p could be significant."""
    return next((n for n in range(1, _MOST_UNITS) if smallest_p(n, n_resamples) < alpha), None)


def _units_to_see(detectable: float, n_units: int, drop: float) -> int | None:
    """About how many units would show a drop four times in five: errors shrink by their root."""
    if isnan(detectable) or detectable <= 0 or drop <= 0:
        return None
    return ceil(n_units * (detectable / drop) ** 2)


def _judge_failed(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    if item.claim_type == OVERALL:
        n, n_failed, noun = case.now.n_requests, case.now.n_failed, "request"
    else:
        column = case.counts.claim_types.index(item.claim_type)
        n = int(case.counts.n_repeats[:, column].sum())
        n_failed, noun = int(case.counts.n_failed[:, column].sum()), "reply"
    return _judge_share(item, gates, "failed", n_failed, n, noun)


def _judge_grounding(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    groundings = case.now.groundings
    if groundings is None:
        return Verdict(item, "inconclusive", "the articles' texts were not looked at")
    chosen = [
        statuses for name, statuses in groundings.items() if item.claim_type in (OVERALL, name)
    ]
    n = sum(sum(statuses.values()) for statuses in chosen)
    copied = sum(statuses.get("copied", 0) for statuses in chosen)
    absent = sum(statuses.get("absent", 0) for statuses in chosen)
    if item.gate == "max_copied":
        return _judge_share(item, gates, "are copied from the prompt", copied, n, "verbatim value")
    what = "are nowhere in their article"
    return _judge_share(item, gates, what, absent + copied, n, "verbatim value")


def _judge_share(item: CheckItem, gates: Gates, what: str, part: int, n: int, noun: str) -> Verdict:
    name: GateName = item.gate  # type: ignore[assignment]
    limit = gates.limits[name]
    of = "" if item.claim_type == OVERALL else f" of {printable(item.claim_type)}"
    if not n:
        message = f"there is no {noun}{of} that could be counted"
        return Verdict(item, "inconclusive", message, None, limit, 0, noun)
    share = Fraction(part, n)
    is_over = share > exact(limit)
    shown = figures_apart(share, exact(limit))
    than = f"{'more' if is_over else 'no more'} than {name} = {limit:g}"
    message = f"{part:,} of {plural(n, noun)}{of} {what}: {shown}, {than}"
    return Verdict(item, "fail" if is_over else "pass", message, float(share), limit, n, noun)


def _judge_cost(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    limit = gates.limits["max_cost"]
    cost, n = case.now.cost_usd, case.now.n_requests
    if cost is None:
        message = "what the replies cost is not known; set a price in the settings before they are"
        return Verdict(item, "inconclusive", f"{message} asked for", None, limit, n, "request")
    is_over = Fraction(cost).limit_denominator(10**9) > exact(limit)
    than = f"{'more' if is_over else 'no more'} than max_cost = {limit:g}"
    message = f"the replies cost {cost:.4f} USD, {than} (n = {plural(n, 'request')})"
    return Verdict(item, "fail" if is_over else "pass", message, cost, limit, n, "request")


JUDGES: Mapping[GateName, Judge] = {
    "min_precision": _judge_score,
    "min_recall": _judge_score,
    "min_f1": _judge_score,
    "max_drop": _judge_drop,
    "max_failed": _judge_failed,
    "max_ungrounded": _judge_grounding,
    "max_copied": _judge_grounding,
    "max_cost": _judge_cost,
    "no_lost": judge_no_lost,
}
"""How each gate is judged."""


def _of(item: CheckItem, gates: Gates) -> str:
    name = "overall" if item.claim_type == OVERALL else f"of {printable(item.claim_type)}"
    return name if gates.level == "lenient" else f"{name} (strict)"


def moved_lines(moved: Sequence[MovedClaim], most: int = _MOST_LINES) -> Iterator[str]:
    """A line for each claim that was lost or gained; of very many, the first."""
    for each in moved[:most]:
        yield moved_line(each)
    if len(moved) > most:
        yield f"and {len(moved) - most} more: `harness check --json` names them all"


def moved_line(moved: MovedClaim) -> str:
    """What became of a claim, with its id."""
    word = "lost" if moved.is_lost else "gained"
    times = ""
    if moved.now[1] > 1 or moved.before[1] > 1:
        times = f", found in {moved.now[0]} of {moved.now[1]}, was {moved.before[0]} of"
        times += f" {moved.before[1]}"
    return f"{word} {moved.claim.text} [{printable(moved.claim.id)}]{times}"
