"""Run benchmarks and print tables: all, or those named on the command line."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator

from benchmarks import batches, check, page, peers, plugin, resampling, scoring, startup, stream

_TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "peers": peers.table,
    "batches": batches.table,
}
_FIGURES: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "scoring": scoring.figures,
    "resampling": resampling.figures,
    "stream": stream.figures,
    "startup": startup.figures,
    "page": page.figures,
    "check": check.figures,
    "plugin": plugin.figures,
}


def main(names: list[str]) -> None:
    """Print Markdown tables of figures."""
    known = (*_TABLES, *_FIGURES)
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    names = names or list(known)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {platform.python_version()}, {platform.system()}, {cores} cores\n")
    for name, table in _TABLES.items():
        if name in names:
            for line in table():
                print(line, flush=True)
            print()
    chosen = [name for name in _FIGURES if name in names]
    if chosen:
        print("| what | figure |")
        print("|---|---|")
    for name in chosen:
        for what, figure in _FIGURES[name]():
            print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
