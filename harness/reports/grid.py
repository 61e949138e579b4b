"""Columns of text for a terminal: as wide as what stands in them, wide characters as two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.text import Text

__all__ = [
    "Column",
    "beginnings",
    "folded",
    "grid_lines",
    "grid_width",
    "shortened",
    "shown_types",
]

_SHORTEST = 5
_GAPS = (2, 1)
_MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, the texts below it, and how they stand.

    Parameters
    ----------
    styles
        One for each text, or none.
    """

    header: str
    values: Sequence[str]
    is_number: bool = True
    styles: Sequence[str] = ()

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return max(map(cell_len, (self.header, *self.values)))


def grid_width(columns: Sequence[Column], gap: int = _GAPS[-1]) -> int:
    """How wide columns are beside each other, by default as near as they can stand."""
    return sum(each.width for each in columns) + gap * (len(columns) - 1)


def grid_lines(columns: Sequence[Column], width: int, indent: int = 0) -> list[Text]:
    """Lay columns out: the line of headers, then a line for each row.

    Parameters
    ----------
    columns
        All with as many values.
    width
        Of the terminal: columns stand two apart where there is room, else one.
    indent
        Spaces before each line.
    """
    gaps = (gap for gap in _GAPS if indent + grid_width(columns, gap) <= width)
    gap = " " * next(gaps, _GAPS[-1])
    lines = []
    for row in range(-1, len(columns[0].values)):
        line = Text(" " * indent)
        for number, column in enumerate(columns):
            value = column.header if row < 0 else column.values[row]
            style = "bold" if row < 0 else column.styles[row] if column.styles else ""
            space = " " * (column.width - cell_len(value))
            before, after = (space, "") if column.is_number else ("", space)
            line.append((gap if number else "") + before).append(value, style).append(after)
        line.rstrip()
        lines.append(line)
    return lines


def shown_types(names: Sequence[str], room: int, least: int = 0) -> tuple[int, list[str]]:
    """How many claim types have room as columns of figures, and their headers.

    Parameters
    ----------
    names
        Fit to be shown. They stand whole where they all fit, else by their beginnings.
    room
        Columns of the terminal, with the space before each.
    least
        How wide the figures are.
    """

    def taken(headers: Sequence[str]) -> int:
        return sum(max(least, cell_len(each)) + _GAPS[-1] for each in headers)

    if taken(names) <= room:
        return len(names), list(names)
    headers = beginnings(names)
    n = len(headers)
    while n and taken(headers[:n]) > room:
        n -= 1
    return n, headers[:n]


def folded(head: str, text: str, width: int, style: str = "") -> list[Text]:
    """Lines of a text that is cut where the terminal ends; all but the first are indented.

    One that is longer than three lines loses its middle.

    Parameters
    ----------
    head
        What stands before it, and how far the other lines are indented.
    """
    room = max(width - cell_len(head), 2)
    parts = chop_cells(shortened(text, _MOST_LINES * (room - 1)), room) or [""]
    indent = " " * cell_len(head)
    return [Text(f"{indent if n else head}{part}", style) for n, part in enumerate(parts)]


def shortened(text: str, width: int) -> str:
    """A text that is not wider than that: of a longer one, its beginning and its end.

    Examples
    --------
    >>> shortened("local/smollm2-135m", 12)
    'local/…-135m'
    """
    if cell_len(text) <= width:
        return text
    head = chop_cells(text, width // 2)[0]
    tail = chop_cells(text[::-1], width - cell_len(head) - 1)[0][::-1]
    return f"{head}…{tail}"


def beginnings(names: Sequence[str]) -> list[str]:
    """The first letters of each name, as many as tell them apart."""
    length, longest = _SHORTEST, max(map(len, names), default=0)
    while length < longest and len({name[:length] for name in names}) < len(names):
        length += 1
    return [name[:length] for name in names]
