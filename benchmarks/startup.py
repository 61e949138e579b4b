"""How long ``harness --help`` takes beside a typer app that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

_RUNS = 15
_NOTHING = """
import typer
app = typer.Typer()
@app.command()
def one(): pass
@app.command()
def two(): pass
app()
"""


def figures() -> Iterator[tuple[str, str]]:
    """The two in turn, so that a machine that slows down slows both."""
    commands = {
        "harness": [sys.executable, "-m", "harness", "--help"],
        "nothing": [sys.executable, "-c", _NOTHING, "--help"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(_RUNS + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if run:
                seconds[name].append(time.perf_counter() - started)
    ratios = [
        ours / theirs for ours, theirs in zip(seconds["harness"], seconds["nothing"], strict=True)
    ]
    yield (
        "`harness --help` beside a typer app that does nothing",
        f"{statistics.median(ratios):.2f}x (median of {_RUNS} pairs; "
        f"{statistics.median(seconds['harness']):.2f} s)",
    )
