"""Tables whose columns, their order and their types are fixed beforehand.

A table becomes a data frame, CSV or JSON. Only the first needs pandas, which takes half a second
and sixty megabytes to import: a run writes its files without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from harness.evaluate import CellEvaluation
from harness.reports.plain import storable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CELL", "ColumnType", "json_records", "json_rows", "make_frame", "names_of"]

ColumnType: TypeAlias = Literal["str", "Int64", "float64"]
"""Text; whole numbers that may be missing; numbers, NaN where undefined."""

CELL: Mapping[str, ColumnType] = {"model": "str", "prompt": "str"}
"""The columns that name a cell, at the beginning of most tables."""


def names_of(cell: CellEvaluation) -> tuple[str, str]:
    """What stands in these columns."""
    return (cell.cell.model, cell.cell.prompt)


def json_records(
    columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Any]]
) -> list[dict[str, Any]]:
    """Rows for JSON; what is missing or undefined is None.

    Parameters
    ----------
    columns, rows
        As `make_frame` takes them.
    """
    plain = [_PLAIN[dtype] for dtype in columns.values()]
    found = []
    for row in rows:
        values = (read(value) for read, value in zip(plain, row, strict=True))
        found.append(dict(zip(columns, values, strict=True)))
    return found


def _plain_number(value: Any) -> float | None:  # noqa: ANN401 - of numpy or Python
    return None if value is None or isnan(value) else float(value)


_PLAIN: Mapping[ColumnType, Callable[[Any], Any]] = {
    "str": storable,
    "Int64": lambda value: None if value is None else int(value),
    "float64": _plain_number,
}


def make_frame(columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Make a data frame.

    Parameters
    ----------
    columns
        The type of each column, in their order.
    rows
        One value for each column; None is a missing number.

    Returns
    -------
    pandas.DataFrame
        With exactly these columns and types, also where there are no rows.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(
                [storable(value) for value in column] if dtype == "str" else list(column),
                dtype=dtype,
            )
            for (name, dtype), column in zip(columns.items(), values, strict=True)
        }
    )


def json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for JSON; what is missing or undefined is None."""
    rows: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows
