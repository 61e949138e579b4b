"""Runs a command and says what it took, as JSON on standard output.

``python batches_process.py FILE COMMAND ...`` writes what the command prints to the file. This is
a small process of its own, for the peak memory that the system knows of a command begins with
that of the process that started it. Standard library only.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main(output: str, *command: str) -> None:
    """Print exit code, seconds, CPU seconds and the peak memory of the largest process in MB."""
    with Path(output).open("wb") as file:
        started = time.perf_counter()
        code = subprocess.call(command, stdout=file)
        seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1024**2 if sys.platform == "darwin" else 1024
    found = {
        "code": code,
        "s": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "mb": used.ru_maxrss / unit,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
