"""Printing: tables and JSON to standard output, notices to standard error."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "notice", "print_json"]


def console(*, error: bool = False) -> Console:
    """A console on standard output or standard error; in colour only on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - not every command prints a table

    file = sys.stderr if error else sys.stdout
    width = None if file.isatty() else 80
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)


def notice(text: str) -> None:
    """Tell a person something beside the result."""
    print(text, file=sys.stderr)


def print_json(value: object) -> None:
    """Print a value as JSON; undefined numbers as null."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
