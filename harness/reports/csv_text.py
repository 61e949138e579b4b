"""CSV that spreadsheets open without running it, and that reads back as it was.

The dialect: UTF-8, commas, ``\\n`` after every row, a header, quotation marks where a cell needs
them. A missing value is an empty cell. A number is written so that it reads back exactly, a whole
one without a decimal point.

A text that a spreadsheet could take for a formula gets an apostrophe in front. So does one that
already has an apostrophe in front of such a text, so that `read_csv` can undo it without doubt.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from math import isnan, nan
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.reports.plain import storable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TEXT_COLUMNS",
    "csv_line",
    "csv_lines",
    "escape_formula",
    "read_columns",
    "read_csv",
    "to_csv",
    "unescape_formula",
]

TEXT_COLUMNS = frozenset(
    {
        "article_id",
        "claim",
        "claim_type",
        "error_class",
        "error_detail",
        "field",
        "gold",
        "grounding",
        "level",
        "model",
        "model_a",
        "model_b",
        "outcome",
        "prompt",
        "prompt_a",
        "prompt_b",
        "prompt_version",
        "reason",
        "resampled",
        "run_a",
        "run_b",
        "scorer",
        "side",
        "signature",
        "slice",
        "split",
        "story",
        "strict_error_class",
        "strict_error_detail",
        "strict_outcome",
        "tags",
        "verdict",
    }
)
"""Columns of reports that hold text, also where it looks like a number ("0017", "1e5", "NA")."""

# =, +, - and @ with their small and full-width forms, after any space and invisible characters;
# and the characters that some programs skip at the start of a cell.
_FORMULA = re.compile(
    "'*(?:[\t\r\n]|[\\s\u00ad\u200b-\u200f\u2060\ufeff]*"
    "[=+\\-@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])"
)
_NEEDS_QUOTES = re.compile('[",;\t\r\n]|^\\s|\\s$')
_WHOLE = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf)")
_EXACT_IN_FLOAT = 2**53


def to_csv(frame: pd.DataFrame, *, bom: bool = False) -> str:
    """Write a table as CSV.

    Parameters
    ----------
    frame
        The table. Its index is left out.
    bom
        Begin with a byte order mark, by which older spreadsheets know UTF-8.

    Returns
    -------
    str
        The same text for the same table, always.
    """
    columns = (frame.iloc[:, i] for i in range(frame.shape[1]))
    values = (each.astype(object).where(each.notna(), None).tolist() for each in columns)
    rows = zip(*values, strict=True)
    return ("\ufeff" if bom else "") + "".join(csv_lines(map(str, frame.columns), rows))


def csv_lines(names: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write rows as CSV, one after the other: none of them has to be kept.

    Parameters
    ----------
    names
        The header.
    rows
        Texts, numbers, and None or NaN for what is missing.

    Yields
    ------
    str
        The header and each row, with its line end.

    Examples
    --------
    >>> list(csv_lines(["model", "f1"], [["=1", 0.5], ["a,b", None]]))
    ['model,f1\\n', "'=1,0.5\\n", '"a,b",\\n']
    """
    yield csv_line(names)
    yield from map(csv_line, rows)


def csv_line(values: Iterable[object]) -> str:
    """Write one row as CSV, with its line end."""
    # A row that is a single empty cell would be an empty line, which readers skip.
    cells = [_CELLS.get(type(value), _cell)(value) for value in values]
    return (",".join(cells) or '""') + "\n"


def read_csv(source: str | Path, *, text: Collection[str] = TEXT_COLUMNS) -> pd.DataFrame:
    """Read a table back from CSV as `to_csv` writes it.

    Parameters
    ----------
    source
        The CSV itself, or the path of a file.
    text
        Columns that hold text. Of the others, one whose cells are all numbers or empty becomes
        ``Int64`` or ``float64``.

    Returns
    -------
    pandas.DataFrame
        With the escape undone. An empty cell is an empty text or a missing number.

    Raises
    ------
    ValueError
        If it is no CSV (also UnicodeDecodeError and pandas' ParserError, EmptyDataError).
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    content = source.read_bytes().decode("utf-8-sig") if isinstance(source, Path) else source
    frame = pd.read_csv(
        io.StringIO(content.removeprefix("\ufeff"), newline=""),
        dtype=str,
        na_filter=False,
        skip_blank_lines=False,
        index_col=False,
    )
    frame.columns = [unescape_formula(str(name)) for name in frame.columns]
    return pd.DataFrame(
        {name: _column(frame[name].tolist(), name in text) for name in frame.columns}
    )


def read_columns(path: Path, names: Sequence[str], n_rows: int = 100_000) -> Iterator[pd.DataFrame]:
    """Read some text columns of a long file, so many rows at a time.

    Parameters
    ----------
    path
        A file that `to_csv` or `csv_lines` wrote.
    names
        The columns, in the order in which they are wanted.

    Raises
    ------
    ValueError
        If it is no CSV, or has no such columns.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    with path.open(encoding="utf-8-sig", newline="") as file:
        chunks = pd.read_csv(
            file,
            dtype=str,
            na_filter=False,
            usecols=list(names),
            skip_blank_lines=False,
            index_col=False,
            chunksize=n_rows,
        )
        for chunk in chunks:
            yield chunk[list(names)].map(unescape_formula)


def escape_formula(text: str) -> str:
    """Put an apostrophe in front of a text that a spreadsheet could take for a formula.

    Examples
    --------
    >>> escape_formula("=1+1"), escape_formula("a=1")
    ("'=1+1", 'a=1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """Undo `escape_formula`.

    Examples
    --------
    >>> unescape_formula("'=1+1"), unescape_formula("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def _cell(value: object) -> str:
    if isinstance(value, Real) and not isinstance(value, bool):
        return str(int(value)) if isinstance(value, Integral) else _number(float(value))
    return _text(str(value))


# Names, ids and levels stand in every row.
@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    text = escape_formula(storable(value))
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _number(number: float) -> str:
    if isnan(number):
        return ""
    if number.is_integer() and abs(number) < _EXACT_IN_FLOAT:
        return str(int(number))
    return repr(number)


# Of the types that values mostly have; `_cell` is for all others.
_CELLS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    float: _number,
    type(None): lambda _: "",
}


def _column(cells: list[str], is_text: bool) -> pd.Series:
    import pandas as pd  # noqa: PLC0415 - slow to import

    filled = [cell for cell in cells if cell]
    if not is_text and filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        return pd.Series([int(cell) if cell else None for cell in cells], dtype="Int64")
    if not is_text and all(_NUMBER.fullmatch(cell) for cell in filled):
        return pd.Series([float(cell) if cell else nan for cell in cells], dtype="float64")
    return pd.Series([unescape_formula(cell) for cell in cells], dtype="str")
