"""Data frames whose columns, their order and their types are fixed beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import pandas as pd

from harness.evaluate import CellEvaluation
from harness.reports.plain import storable

__all__ = ["CELL", "ColumnType", "json_rows", "make_frame", "names_of"]

ColumnType: TypeAlias = Literal["str", "Int64", "float64"]
"""Text; whole numbers that may be missing; numbers, NaN where undefined."""

CELL: Mapping[str, ColumnType] = {"model": "str", "prompt": "str"}
"""The columns that name a cell, at the beginning of most tables."""


def names_of(cell: CellEvaluation) -> tuple[str, str]:
    """What stands in these columns."""
    return (cell.cell.model, cell.cell.prompt)


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
