"""Printing: tables and JSON to standard output, notices to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from harness.reports.json_text import json_text
from harness.reports.plain import printable

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "notice", "print_json", "print_lines", "short"]


def console(*, error: bool = False) -> Console:
    """A console on standard output or standard error; in colour only on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - not every command prints a table

    file = sys.stderr if error else sys.stdout
    width = None if file.isatty() else 80
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)


def notice(text: str) -> None:
    """Tell a person something beside the result. Names in it may come from anywhere."""
    print_lines(text, error=True)


def print_lines(text: str, *, error: bool = False) -> None:
    """Print lines, without what could move the cursor or colour them."""
    try:
        for line in text.split("\n"):
            print(printable(line), file=sys.stderr if error else sys.stdout, flush=error)
    except OSError:
        if not error:
            raise
        # A run goes on, and keeps what it has paid for, whether or not anybody reads its notices.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def print_json(value: object) -> None:
    """Print a value as JSON; undefined numbers as null."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json_text(value, ascii_only=not is_unicode), end="")


def short(number: int) -> str:
    """A large number for a person: 1.2k, 3.4M."""
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            return f"{number / unit:.1f}{name}"
    return str(number)
