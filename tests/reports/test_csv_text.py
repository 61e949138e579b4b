"""CSV that no spreadsheet runs and that reads back as it was."""

from __future__ import annotations

from math import nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reports.csv_text import escape_formula, read_csv, to_csv, unescape_formula

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tx",
    "\rx",
    "  =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b-1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM",
    '=HYPERLINK("http://x","y")',
    "'=1",
    "''=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_is_escaped_and_reads_back(text: str) -> None:
    written = to_csv(pd.DataFrame({"model": [text], "f1": [0.5]}))
    assert written.split("\n", 1)[1].lstrip('"').startswith("'")
    assert read_csv(written)["model"].tolist() == [text]


@pytest.mark.parametrize(
    "text", ["a=1", "'tis", "", "0017", "NA", "nan", "1e5", "''", 'a"b', "a;b"]
)
def test_other_text_is_not_escaped_and_reads_back(text: str) -> None:
    written = to_csv(pd.DataFrame({"model": [text], "f1": [0.5]}))
    assert "\n'" not in written or text.startswith("'")
    assert read_csv(written)["model"].tolist() == [text]


def test_header_is_escaped_and_reads_back() -> None:
    written = to_csv(pd.DataFrame({"=cmd": [1], "model": ["a"]}))
    assert written.startswith("'=cmd,model\n")
    assert list(read_csv(written).columns) == ["=cmd", "model"]


@given(st.text())
def test_escape_can_always_be_undone(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@given(st.text(alphabet="'=+-@\t\r\n \"a,;"))
def test_hostile_cell_reads_back(text: str) -> None:
    frame = pd.DataFrame({"model": [text, "b"], "claim": [text, text]}, dtype=object)
    back = read_csv(to_csv(frame))
    assert back["model"].tolist() == [text, "b"]
    assert back["claim"].tolist() == [text, text]


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_number_reads_back_to_the_last_bit(values: list[float]) -> None:
    assert read_csv(to_csv(pd.DataFrame({"f1": values})))["f1"].tolist() == values


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-0.25, "-0.25"),
        (-3, "-3"),
        (3.0, "3"),
        (-0.0, "0"),
        (1 / 3, "0.3333333333333333"),
        (1e-7, "1e-07"),
        (nan, ""),
        (None, ""),
        (pd.NA, ""),
    ],
)
def test_number_is_written_plainly_and_missing_is_empty(value: object, cell: str) -> None:
    frame = pd.DataFrame({"n": pd.Series([value], dtype=object), "model": ["m"]})
    assert to_csv(frame) == f"n,model\n{cell},m\n"


def test_missing_integer_is_empty_and_others_stay_integers() -> None:
    frame = pd.DataFrame({"n": pd.Series([3, None], dtype="Int64")})
    assert to_csv(frame) == 'n\n3\n""\n'
    assert read_csv(to_csv(frame))["n"].tolist() == [3, pd.NA]


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800"])
def test_control_character_is_replaced(char: str) -> None:
    frame = pd.DataFrame({"model": pd.Series([f"a{char}b"], dtype=object)})
    assert to_csv(frame) == "model\na\ufffdb\n"


def test_line_ends_stay_inside_a_cell() -> None:
    text = to_csv(pd.DataFrame({"model": ["a\r\nb\rc\nd"], "n": [1]}))
    assert text == 'model,n\n"a\r\nb\rc\nd",1\n'
    assert read_csv(text)["model"].tolist() == ["a\r\nb\rc\nd"]


def test_byte_order_mark_is_written_on_demand_and_read_away(tmp_path: Path) -> None:
    frame = pd.DataFrame({"model": ["é"]})
    text = to_csv(frame, bom=True)
    assert text == "\ufeff" + to_csv(frame)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert read_csv(tmp_path / "a.csv")["model"].tolist() == ["é"]
    assert read_csv(text)["model"].tolist() == ["é"]


def test_cell_of_any_length_reads_back() -> None:
    long = "x" * 200_000
    assert read_csv(to_csv(pd.DataFrame({"claim": [long]})))["claim"].tolist() == [long]
