"""Processes that a benchmark of batches starts: servers, and clients that are measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.batch_peers import Command
from benchmarks.measure import ROOT

__all__ = ["Ran", "figures", "run", "server", "started"]

_LONGEST_S = 1800
_LAUNCHER = Path(__file__).with_name("batches_process.py")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took, all of its processes together, and what it printed.

    Parameters
    ----------
    mb
        The most memory that the largest of its processes has held.
    """

    s: float
    cpu_s: float
    mb: float
    output: str


def run(command: Command, folder: Path) -> Ran:
    """Run a command to its end.

    Raises
    ------
    RuntimeError
        If it fails or takes all too long. The last line says in short what is wrong.
    """
    output = folder / "output.txt"
    launcher = (sys.executable, _LAUNCHER, output, *command.arguments)
    with started(Command(launcher, command.environment), folder) as process:
        try:
            found, errors = process.communicate(timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"it took more than {_LONGEST_S} s") from None
    if process.returncode:
        raise RuntimeError(errors)
    took = json.loads(found)
    printed = output.read_text(encoding="utf-8", errors="replace")
    if code := took.pop("code"):
        raise RuntimeError(f"{printed[-2000:]}\n{errors[-2000:]}\nit ended with exit code {code}")
    return Ran(**took, output=printed)


@contextmanager
def started(command: Command, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in a folder; at the end it is killed, with all that it started, unless it ended."""
    # A peer's packages are its own: nothing is taken over from the environment of this process.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        list(map(str, command.arguments)),
        cwd=folder,
        env=environment | command.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def server(module: str, latency_s: float) -> Iterator[str]:
    """A server of this package, and the address under which it is asked."""
    command = (sys.executable, "-m", f"benchmarks.{module}", str(latency_s))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def figures(url: str) -> dict[str, Any]:
    """What a server has counted."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/figures") as response:
        found: dict[str, Any] = json.load(response)
    return found
