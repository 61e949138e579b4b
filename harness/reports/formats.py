"""The formats in which a stored result can be had, and the endings of their files.

Adding one is a function from a `StoredResult` to a text in a file of its own, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.reports.stored import StoredResult

__all__ = ["COMPARISON_FORMATS", "FORMATS", "TABLES", "Format", "format_of"]

TABLES = ("leaderboard", "scores", "comparisons", "articles", "fields", "grounding", "claims")
"""The tables of a result folder, each a file of this name."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of reports.

    Parameters
    ----------
    endings
        Of the names of its files.
    render
        Makes the text of a result; None where it is a file that the folder has already.
    """

    endings: tuple[str, ...]
    render: Callable[[StoredResult], str] | None = None


def _markdown(result: StoredResult) -> str:
    from harness.reports.markdown import result_markdown  # noqa: PLC0415 - only what is asked for

    return result_markdown(result)


def _junit(result: StoredResult) -> str:
    from harness.reports.junit import result_junit  # noqa: PLC0415

    return result_junit(result)


def _json(result: StoredResult) -> str:
    from harness.reports.result_json import result_json  # noqa: PLC0415

    return result_json(result)


FORMATS: Mapping[str, Format] = {
    "csv": Format((".csv",)),
    "md": Format((".md", ".markdown"), _markdown),
    "html": Format((".html", ".htm")),
    "junit": Format((".xml",), _junit),
    "json": Format((".json",), _json),
}
"""The formats of a result by name."""

COMPARISON_FORMATS = ("csv", "md", "json")
"""Those that a comparison can be had in."""


def format_of(path: Path, allowed: tuple[str, ...] = tuple(FORMATS)) -> str:
    """The format that the ending of a file's name stands for.

    Parameters
    ----------
    allowed
        Names of formats.

    Raises
    ------
    InputError
        If it stands for none of them.
    """
    for name in allowed:
        if path.suffix.lower() in FORMATS[name].endings:
            return name
    endings = ", ".join(FORMATS[name].endings[0] for name in allowed)
    raise InputError(f"-o {path}: its ending says no format ({endings}); give one with --format")
