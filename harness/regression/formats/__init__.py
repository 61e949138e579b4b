"""Formats of a check. Adding one is a file here and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Mapping

from harness.regression.formats.github import github
from harness.regression.formats.interface import CheckReport, Format
from harness.regression.formats.json_format import as_json
from harness.regression.formats.junit import junit
from harness.regression.formats.markdown import markdown
from harness.regression.formats.text import text

__all__ = ["FORMATS", "CheckReport", "Format"]

FORMATS: Mapping[str, Format] = {
    "text": text,
    "md": markdown,
    "junit": junit,
    "github": github,
    "json": as_json,
}
"""By the name that `--format` takes."""
