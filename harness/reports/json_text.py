"""JSON that every parser reads back and no terminal runs."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

__all__ = ["json_text"]

# Control characters, halves of surrogate pairs, and marks that reverse or join a line.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def json_text(value: object, *, ascii_only: bool = False) -> str:
    """A value as JSON, with escapes for what is not visible.

    Parameters
    ----------
    value
        Anything of dicts, sequences, texts and numbers; a number that is not finite is null.
    ascii_only
        Write every other character as an escape.
    """
    text = json.dumps(_plain(value), ensure_ascii=ascii_only, indent=2, default=str)
    return _INVISIBLE.sub(_escape, text) + "\n"


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
