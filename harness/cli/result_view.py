"""What a person sees of a result: its summary, and how to look further."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.output import console
from harness.reports.plain import printable

if TYPE_CHECKING:
    from harness.reports.summary import Summary

__all__ = ["print_summary"]

_PASSED_ON = ("articles", "gold", "schema")


def print_summary(
    summary: Summary, run: str | None, config: Path | None, flags: Mapping[str, Any]
) -> None:
    """Print the leaderboard, the errors, and the command that explains the worst article.

    Parameters
    ----------
    run
        By what name `harness explain` finds the result; None where nothing was written.
    config, flags
        What the command was called with, and has to be called with then.
    """
    from harness.reports.terminal import summary_text  # noqa: PLC0415 - rich is slow to import

    screen = console()
    screen.print(summary_text(summary, screen.width))
    worst = summary.errors.worst(1)
    if run is None or not worst:
        return
    words = ["harness", "explain", run, worst[0].article_id, worst[0].worst_type]
    for name in _PASSED_ON:
        if flags.get(name) is not None:
            words += [f"--{name}", str(flags[name])]
    if config is not None:
        words += ["--config", str(config)]
    command = shlex.join(words)
    # A name that cannot be shown cannot be typed either.
    if printable(command) == command:
        screen.print(f"\nWhy: {command}", soft_wrap=True)
