"""Text from models and from people, made safe to store and to show."""

from __future__ import annotations

import re

__all__ = ["REPLACEMENT", "UNDEFINED", "escape_unstorable", "printable", "storable"]

UNDEFINED = "–"
"""What a person sees where a figure has nothing to divide by."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Control characters but tab, line feed and carriage return, which a quoted CSV cell may hold.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace what a text file cannot hold or no program expects there.

    Control characters other than tab, line feed and carriage return, and halves of surrogate
    pairs, which UTF-8 cannot write, become U+FFFD.

    Examples
    --------
    >>> storable("a\\x00b\\tc")
    'a\ufffdb\\tc'
    """
    return _UNSTORABLE.sub(REPLACEMENT, text) if _UNSTORABLE.search(text) else text


def printable(text: str) -> str:
    """Replace what could move the cursor, colour or reverse a line of a terminal.

    Every character without a glyph of its own but the space becomes U+FFFD.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\ufffd[31mb'
    """
    return "".join(char if char.isprintable() else REPLACEMENT for char in text)


def escape_unstorable(json_text: str) -> str:
    """Write what `storable` would replace as JSON escapes, which keep it."""
    return _UNSTORABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)
