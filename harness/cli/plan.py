"""What a run would ask and what it would take, shown before it is asked."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from harness.cli.output import console, notice, print_json, short
from harness.errors import ConfigurationError
from harness.reports.plain import printable
from harness.running import CellEstimate, Plan, estimate

__all__ = ["check_cost", "say_what_is_asked", "show_plan"]


def show_plan(plan: Plan, results: Path, *, as_json: bool) -> None:
    """Show what a run would ask.

    Parameters
    ----------
    results
        Where earlier runs are: they say how small a difference this gold can show.
    """
    estimates = estimate(plan)
    detectable = _detectable_difference(results, len(plan.articles))
    if as_json:
        print_json(
            {
                "articles": len(plan.articles),
                "without_gold": plan.n_without_gold,
                "smallest_detectable_difference": detectable,
                "cells": list(map(_as_json, estimates)),
            }
        )
        return
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for header in ("model", "prompt", "requests", "to ask", "tokens in", "out", "USD"):
        table.add_column(header, justify="left" if header in {"model", "prompt"} else "right")
    for each in estimates:
        table.add_row(
            *(Text(printable(name)) for name in (each.cell.model, each.cell.prompt)),
            *(f"{each.n_requests:,}", f"{each.n_to_ask:,}"),
            *(_count(each.input_tokens), _count(each.output_tokens), _dollars(each.cost_usd)),
        )
    console().print(table)
    say_what_is_asked(plan)
    _say_what_it_costs(estimates)
    if detectable is None:
        notice("How small a difference this gold can show is not known before a first run.")
    else:
        notice(
            f"By the last run, {len(plan.articles)} articles can show a difference in overall F1 "
            f"of about {detectable:.2f}."
        )
    notice("Nothing was asked (--dry-run).")


def say_what_is_asked(plan: Plan) -> None:
    """Say how much is to be asked."""
    n, unanswered, to_ask = len(plan.requests), len(plan.unanswered), len(plan.to_ask)
    without = f"; {plan.n_without_gold} without gold left out" if plan.n_without_gold else ""
    in_batches = f"{unanswered - to_ask} in open batches, " if unanswered > to_ask else ""
    notice(
        f"{len(plan.articles)} articles{without}; {n} requests, "
        f"{n - unanswered} already answered, {in_batches}{to_ask} to ask."
    )


def check_cost(
    plan: Plan, *, max_cost_usd: float | None, confirm_above_usd: float | None, yes: bool
) -> None:
    """See that a run may cost what it may cost; asks a person where the settings want it.

    Raises
    ------
    ConfigurationError
        If a maximum is given and a price is not known, or if nobody is there to be asked.
    typer.Abort
        If the person says no.
    """
    if max_cost_usd is not None:
        unpriced = {
            planned.unit.model for planned in plan.to_ask if planned.provider.lane.price is None
        }
        if unpriced:
            raise ConfigurationError(
                f"--max-cost: the price of {', '.join(sorted(unpriced))} is not known; set it, "
                "e.g. price = { input = 0.25, output = 2.0 } (US dollars for a million tokens)"
            )
        _say_what_is_estimated(plan)
    if confirm_above_usd is None or yes:
        return
    estimates = [each for each in estimate(plan) if each.n_to_ask]
    most = sum(each.cost_usd[1] if each.cost_usd else math.inf for each in estimates)
    if min(most, math.inf if max_cost_usd is None else max_cost_usd) <= confirm_above_usd:
        return
    _say_what_it_costs(estimates)
    question = f"That may be above {confirm_above_usd:g} USD (confirm_above_usd). Go on?"
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{question} Nobody is there to be asked: say --yes")
    import typer  # noqa: PLC0415

    typer.confirm(question, err=True, abort=True)


def _say_what_is_estimated(plan: Plan) -> None:
    """Where nothing limits an answer, its cost is known only when it is there."""
    unlimited = sorted(
        {
            planned.unit.model
            for planned in plan.to_ask
            if planned.provider.parameters and "max_tokens" not in planned.form.parameters
        }
    )
    if unlimited:
        notice(
            f"--max-cost: no max_tokens limits the answers of {', '.join(unlimited)}; what one may "
            "cost is estimated by those before it"
        )


def _say_what_it_costs(estimates: list[CellEstimate]) -> None:
    asked = [each for each in estimates if each.n_to_ask]
    known = [each.cost_usd for each in asked if each.cost_usd]
    if not known:
        if asked:
            notice("What it costs is not known: no price is.")
        return
    least, most = (sum(each[end] for each in known) for end in (0, 1))
    without = len(asked) - len(known)
    besides = f", and {without} cell(s) of unknown price" if without else ""
    notice(f"It will cost {_dollars((least, most))} USD{besides}.")


def _detectable_difference(results: Path, n_articles: int) -> float | None:
    """What the last run could tell apart, had it had as many articles."""
    for path in sorted(results.glob("*/comparisons.csv"), reverse=True):
        found = list(_detectable(path))
        if found and n_articles:
            return round(median(found) / math.sqrt(n_articles), 4)
    return None


def _detectable(path: Path) -> Iterator[float]:
    """Of each pair, the smallest detectable difference in overall F1 that one article has."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if (row["claim_type"], row["level"]) == ("overall", "lenient") and row[
                    "detectable"
                ]:
                    difference = float(row["detectable"])
                    if difference > 0:
                        yield difference * math.sqrt(int(row["n_articles"]))
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return


def _as_json(each: CellEstimate) -> dict[str, Any]:
    least, most = each.cost_usd or (None, None)
    return {
        "model": each.cell.model,
        "prompt": each.cell.prompt,
        "prompt_version": each.prompt_version,
        "requests": each.n_requests,
        "answered": each.n_requests - each.n_to_ask - each.n_in_batches,
        "in_batches": each.n_in_batches,
        "to_ask": each.n_to_ask,
        "input_tokens": list(map(round, each.input_tokens)),
        "output_tokens": list(map(round, each.output_tokens)),
        "cost_usd_low": least,
        "cost_usd_high": most,
    }


def _count(ends: tuple[float, float]) -> str:
    least, most = (short(round(end)) for end in ends)
    return least if least == most else f"{least}-{most}"


def _dollars(ends: tuple[float, float] | None) -> str:
    if ends is None:
        return "?"
    least, most = (f"{end:,.2f}" if end >= 0.1 or not end else f"{end:.2g}" for end in ends)
    return least if least == most else f"{least}-{most}"
