"""Folders of results: which one is meant, and whether it can be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, RunError

if TYPE_CHECKING:
    from harness.reports.write import ResultFiles

__all__ = ["check_writable", "result_files", "run_folder"]


def check_writable(folder: Path) -> None:
    """Make a folder, and raise `RunError` if nothing can be written there."""
    from harness.journal import try_writing  # noqa: PLC0415 - only where something is written

    try:
        try_writing(folder)
    except OSError as error:
        raise RunError(f"{folder}: results cannot be written here: {error}") from error


@contextmanager
def result_files(folder: Path, *, is_new: bool = False) -> Iterator[ResultFiles]:
    """Open the files of a result folder, which are there when the block is left.

    Raises
    ------
    HarnessError
        If the disk is full or the folder cannot be written any more.
    """
    from harness.reports.write import ResultFiles  # noqa: PLC0415

    try:
        with ResultFiles(folder, is_new=is_new) as files:
            yield files
    except OSError as error:
        raise HarnessError(f"{folder}: the reports cannot be written: {error}") from error


def run_folder(name: str, results: Path) -> Path:
    """The folder of a run: a path, an id, or ``latest``.

    Raises
    ------
    RunError
        If there is no such folder.
    """
    runs = sorted(path.parent for path in results.glob("*/run.json"))
    if name == "latest":
        if not runs:
            raise RunError(f"{results}: there is no run yet; 'harness run' makes one")
        return runs[-1]
    for folder in (Path(name), results / name):
        if folder.is_dir():
            return folder
    known = ", ".join(path.name for path in runs[-3:]) or "none yet"
    raise RunError(f"there is no run or folder {name!r}; the latest runs are: {known}")
