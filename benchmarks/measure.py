"""How memory is measured, and how a benchmark is run in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "peak_mb", "run_apart"]

ROOT = Path(__file__).resolve().parent.parent


def peak_mb() -> float:
    """The most memory that this process has held, in MB.

    On Linux it is read from ``/proc``: what ``getrusage`` says begins with the memory of the
    process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def run_apart(
    module: str, *arguments: str | int | Path, python: str | Path = sys.executable
) -> dict[str, Any]:
    """Run a module in a process of its own, so that memory and caches are its own too.

    Returns
    -------
    dict
        What it printed last, as JSON.
    """
    command: Sequence[str] = [str(python), "-m", module, *map(str, arguments)]
    # A peer's packages are its own: nothing is taken over from the environment of this process.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
