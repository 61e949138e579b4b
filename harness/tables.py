"""Tables that people write (JSONL, CSV, Parquet): the values of each row, and where it stands."""

from __future__ import annotations

import csv
import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from harness.errors import ConfigurationError, InputError, Problem

__all__ = ["TABLES", "Columns", "Rows", "read_csv", "read_jsonl", "read_parquet", "read_text"]

Rows: TypeAlias = list[tuple[str, Mapping[str, object]]]
"""For each row the place where it stands, and its values by column."""

_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that are read from a table; others are ignored.

    Parameters
    ----------
    required
        For each column that must be there the names under which it may be.
    optional
        Columns that may be there.
    """

    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every name under which something is read."""
        return frozenset(name for names in self.required for name in names) | {*self.optional}

    def problem(self, names: Sequence[str]) -> str | None:
        """Say which column is missing, or is there twice."""
        missing = [known[0] for known in self.required if not set(known) & set(names)]
        if missing:
            lacks = " and ".join(f"no {name!r}" for name in missing)
            return f"has {lacks}, only {list(names)}: add what is missing"
        twice = sorted(name for name in self.names if names.count(name) > 1)
        if twice:
            return f"has {' and '.join(map(repr, twice))} twice: keep one column of each name"
        return None


def read_text(path: Path) -> str:
    """Read a UTF-8 file to the letter: line ends stay as they are; a byte order mark goes.

    Raises
    ------
    InputError
        If the file cannot be read or is in another encoding.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror}): make it readable, or give another"
        raise InputError([Problem(str(path), problem)]) from error
    if data.startswith(_OTHER_BOMS):
        raise InputError([Problem(str(path), "is UTF-16 or UTF-32: save it as UTF-8")])
    start = len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0
    try:
        return data[start:].decode()
    except UnicodeDecodeError as error:
        offset = start + error.start
        problem = f"byte {offset} (0x{data[offset]:02x}) is not UTF-8: save the file as UTF-8"
        raise InputError([Problem(str(path), problem)]) from error


def read_jsonl(path: Path, columns: Columns, problems: list[Problem]) -> Rows:
    """Read the objects of a JSONL file; what is wrong with it goes to `problems`."""
    rows: Rows = []
    for number, line in enumerate(_text_or_problem(path, problems).split("\n"), 1):
        where = f"{path}: line {number}"
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(where, f"is not JSON ({error}): write one object a line"))
            continue
        if not isinstance(values, dict):
            problems.append(Problem(where, "is no JSON object: write one object a line"))
        elif problem := columns.problem(list(values)):
            problems.append(Problem(where, problem))
        else:
            rows.append((where, values))
    return rows


def read_csv(path: Path, columns: Columns, problems: list[Problem]) -> Rows:
    """Read the rows of a CSV file; what is wrong with it goes to `problems`."""
    n_before = len(problems)
    text = _text_or_problem(path, problems)
    if len(problems) > n_before:
        return []
    with _cells_of_any_length():
        lines = list(_csv_lines(path, text, problems))
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    if problem := columns.problem(header):
        problems.append(Problem(str(path), problem))
        return []
    rows: Rows = []
    for line, cells in lines[1:]:
        where = f"{path}: line {line}"
        if len(cells) == len(header):
            rows.append((where, dict(zip(header, cells, strict=True))))
            continue
        problem = (
            f"has {len(cells)} cells and the header {len(header)}: put a cell that holds a comma "
            "or a line break between double quotation marks"
        )
        problems.append(Problem(where, problem))
    return rows


def _csv_lines(
    path: Path, text: str, problems: list[Problem]
) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows that are not blank, each behind the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"is not CSV ({error}): check its quotation marks"
        problems.append(Problem(f"{path}: line {line}", problem))


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """Let the csv module, which has one limit for the process, read long texts."""
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def read_parquet(path: Path, columns: Columns, problems: list[Problem]) -> Rows:
    """Read the rows of a Parquet file; what is wrong with it goes to `problems`.

    Raises
    ------
    ConfigurationError
        If pyarrow is not installed.
    """
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ConfigurationError(
            f"{path}: Parquet files need pyarrow: pip install 'claim-harness[parquet]'"
        ) from error
    try:
        with parquet.ParquetFile(path) as file:
            names: list[str] = list(file.schema_arrow.names)
            if problem := columns.problem(names):
                problems.append(Problem(str(path), problem))
                return []
            wanted = [name for name in names if name in columns.names]
            rows: list[dict[str, object]] = file.read(columns=wanted).to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        problems.append(Problem(str(path), f"is no readable Parquet file ({error}): write it anew"))
        return []
    return [(f"{path}: row {number}", row) for number, row in enumerate(rows, 1)]


def _text_or_problem(path: Path, problems: list[Problem]) -> str:
    try:
        return read_text(path)
    except InputError as error:
        problems.extend(error.problems)
        return ""


TABLES: dict[str, Callable[[Path, Columns, list[Problem]], Rows]] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
"""How a table is read, by the end of its name."""
