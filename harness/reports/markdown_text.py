"""Text from models and from people in Markdown: shown as it is, and never markup.

Each such text is a code span. In one, no renderer of CommonMark reads markup or HTML, and those of
code hosts make no link, mention, emoji or reference to an issue of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.reports.grid import shortened
from harness.reports.plain import UNDEFINED, printable

__all__ = ["code", "label", "table"]

_LONGEST = 80
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ]{0,39}")
_BACKTICKS = re.compile("`+")
_PIPE = re.compile(r"(\\*)\|")


def code(text: str, longest: int = _LONGEST) -> str:
    """A text as a code span that may stand in a cell of a table.

    White space becomes one space, what has no glyph U+FFFD, and a long text loses its middle. A
    backslash before a pipe gets a space after it, because renderers differ in what they make of
    the two.

    Examples
    --------
    >>> code("a|b"), code("`x`"), code("<b>\\n@all")
    ('`a\\\\|b`', '`` `x` ``', '`<b> @all`')
    """
    text = shortened(printable(" ".join(text.split())), longest)
    if not text:
        return UNDEFINED
    text = _PIPE.sub(lambda found: f"{found[1]}{' ' if found[1] else ''}\\|", text)
    runs = {len(found) for found in _BACKTICKS.findall(text)}
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"


def label(text: str) -> str:
    """A text as it is where it is a plain word, else as a code span."""
    return text if _PLAIN.fullmatch(text) else code(text)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], n_left: int = 1) -> str:
    """A table of texts that are Markdown.

    Parameters
    ----------
    n_left
        So many columns are names; the others are figures, which stand to the right.
    """
    rules = [":--" if number < n_left else "--:" for number in range(len(headers))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headers, rules, *rows))
