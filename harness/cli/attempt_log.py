"""The log of a run: a line of JSON for each attempt, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from harness.cli.output import notice
from harness.errors import RunError
from harness.records import Attempt, Unit
from harness.running import Progress

__all__ = ["attempt_log"]


@contextmanager
def attempt_log(path: Path | None) -> Iterator[list[Progress]]:
    """Keep a log while a run goes on; nothing where there is no path.

    Raises
    ------
    RunError
        If the file cannot be written, before anything is asked.
    """
    if path is None:
        yield []
        return
    try:
        file = path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise RunError(f"--log-file {path}: cannot be written: {error}") from error
    try:
        yield [_AttemptLog(path, file)]
    finally:
        # What cannot be written was told when it was tried.
        with suppress(OSError):
            file.close()


class _AttemptLog(Progress):
    """Writes what is heard. What stands in it comes from the harness, without keys and headers."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path = path
        self._file: TextIO | None = file

    def attempted(self, unit: Unit, attempt: Attempt, detail: str) -> None:
        known = {name: value for name, value in asdict(attempt).items() if value is not None}
        self._write("attempt", **asdict(unit), **known, detail=detail)

    def paused(self, model: str, seconds: float, reason: str) -> None:
        self._write("paused", model=model, seconds=seconds, detail=reason)

    def stopped(self, model: str, reason: str) -> None:
        self._write("stopped", model=model, detail=reason)

    def interrupted(self, grace_s: float) -> None:
        self._write("interrupted", grace_s=grace_s)

    def _write(self, event: str, **values: object) -> None:
        if self._file is None:
            return
        entry = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        try:
            self._file.write(json.dumps({**entry, **values}, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            # A run is worth more than its log.
            notice(f"--log-file {self._path}: {error}; it ends here")
            self._file = None
