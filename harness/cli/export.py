"""Reports that go to standard output or to a file that a person names."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from harness.cli.output import notice
from harness.errors import RunError

__all__ = ["copy_file", "export"]

_BOM = b"\xef\xbb\xbf"


def export(text: str, output: Path | None) -> None:
    """Write a report as UTF-8, to standard output where no file is named.

    Raises
    ------
    RunError
        If the file cannot be written; then it is as it was before.
    """
    _write(output, lambda file: file.write(text.encode()))


def copy_file(source: Path, output: Path | None, *, bom: bool = False) -> None:
    """Copy a file of a result.

    Parameters
    ----------
    bom
        Begin it with a byte order mark.

    Raises
    ------
    RunError
        If it cannot be read or written.
    """

    def copy(file: BinaryIO) -> None:
        with source.open("rb") as content:
            if bom:
                file.write(_BOM)
            shutil.copyfileobj(content, file)

    _write(output, copy)


def _write(output: Path | None, write: Callable[[BinaryIO], object]) -> None:
    if output is None:
        sys.stdout.flush()
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        if output.exists() and not output.is_file():
            # A pipe or a device is written, and never replaced.
            with output.open("wb") as file:
                write(file)
        else:
            output.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(output, write)
    except OSError as error:
        raise RunError(f"-o {output}: cannot be written: {error}") from error
    notice(f"Written: {output}")


def _write_whole(output: Path, write: Callable[[BinaryIO], object]) -> None:
    """The file is there whole, or it is as it was."""
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
        # A link goes on pointing to what is written.
        temporary.replace(output.resolve())
    finally:
        temporary.unlink(missing_ok=True)
