"""What a run would ask, shown before it is asked."""

from __future__ import annotations

from typing import Any

from harness.cli.output import console, notice, print_json
from harness.reports.plain import printable
from harness.running import Plan

__all__ = ["say_what_is_asked", "show_plan"]


def _plan_rows(plan: Plan) -> list[dict[str, Any]]:
    rows = []
    for cell, planned in plan.cells.items():
        to_ask = [each for each in planned if each.reply is None]
        characters = sum(
            len(message["content"]) for each in to_ask for message in each.request.messages
        )
        rows.append(
            {
                "model": cell.model,
                "prompt": cell.prompt,
                "prompt_version": planned[0].request.unit.prompt_version,
                "requests": len(planned),
                "answered": len(planned) - len(to_ask),
                "to_ask": len(to_ask),
                # Four characters are a token, roughly, in English.
                "rough_input_tokens": round(characters / 4),
            }
        )
    return rows


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Show what a run would ask."""
    rows = _plan_rows(plan)
    if as_json:
        print_json(
            {
                "articles": len(plan.articles),
                "without_gold": plan.n_without_gold,
                "cells": rows,
            }
        )
        return
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for header in ("model", "prompt", "requests", "answered", "to ask", "~input tokens"):
        table.add_column(header, justify="left" if header in {"model", "prompt"} else "right")
    for row in rows:
        names = (Text(printable(row["model"])), Text(printable(row["prompt"])))
        numbers = (row["requests"], row["answered"], row["to_ask"], row["rough_input_tokens"])
        table.add_row(*names, *(f"{number:,}" for number in numbers))
    console().print(table)
    say_what_is_asked(plan)
    notice("Nothing was asked (--dry-run).")


def say_what_is_asked(plan: Plan) -> None:
    """Say how much is to be asked."""
    n, to_ask = len(plan.requests), len(plan.unanswered)
    without = f"; {plan.n_without_gold} without gold left out" if plan.n_without_gold else ""
    notice(
        f"{len(plan.articles)} articles{without}; {n} requests, "
        f"{n - to_ask} already answered, {to_ask} to ask."
    )
