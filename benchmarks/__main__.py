"""Run every benchmark and print one table."""

from __future__ import annotations

import os
import platform

from benchmarks import scoring, startup


def main() -> None:
    """Print a Markdown table of figures."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {platform.python_version()}, {platform.system()}, {cores} cores\n")
    print("| what | figure |")
    print("|---|---|")
    for what, figure in (*scoring.figures(), *startup.figures()):
        print(f"| {what} | {figure} |")


main()
