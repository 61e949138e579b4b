"""A result as one JSON document."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path

import pandas as pd
import pytest

from harness.evaluate import Evaluation
from harness.reports.csv_text import read_csv
from harness.reports.json_text import json_text
from harness.reports.result_json import result_json
from harness.reports.run_json import run_json
from harness.reports.stored import load_stored
from harness.reports.write import render_reports, write_files


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def test_document_has_everything_in_a_fixed_order(tmp_path: Path, evaluation: Evaluation) -> None:
    files = render_reports(evaluation, {}, {})
    write_files(tmp_path / "r", {**files, "run.json": run_json({"seed": 0, "b": nan})})
    text = result_json(load_stored(tmp_path / "r"))
    assert text == result_json(load_stored(tmp_path / "r"))
    found = json.loads(text, parse_constant=refuse)
    assert list(found) == [
        *("result", "facts", "claim_types", "notes", "leaderboard", "scores", "comparisons"),
        *("errors", "worst_articles"),
    ]
    assert (found["result"], found["facts"]["seed"], found["facts"]["b"]) == ("r", 0, None)
    assert found["claim_types"] == ["actors", "quotes", "dates", "sanctions"]
    for table in ("leaderboard", "scores", "comparisons"):
        frame = read_csv(files[f"{table}.csv"])
        assert list(found[table][0]) == list(frame.columns)
        assert len(found[table]) == len(frame)
        for row, expected in zip(found[table], frame.to_dict("records"), strict=True):
            for name, value in expected.items():
                assert row[name] is None if pd.isna(value) else row[name] == value
    sanctions = next(row for row in found["leaderboard"] if row["model"] == "good/model")
    assert sanctions["sanctions_f1"] is None
    assert sum(each["n"] for each in found["errors"]) == sum(
        each["n_errors"] for each in found["worst_articles"]
    )
    assert {type(each["n"]) for each in found["errors"]} == {int}


@pytest.mark.parametrize("text", ["\x1b[31m", "\x9b1m", "\u202e", "\ud83d", "\u2028", "\x7f", "é"])
def test_json_text_reads_back_and_shows_nothing_invisible(text: str) -> None:
    for ascii_only in (True, False):
        written = json_text({text: [text]}, ascii_only=ascii_only)
        assert written.encode("ascii" if ascii_only or text != "é" else "utf-8")
        assert json.loads(written) == {text: [text]}
        assert text == "é" or text not in written


def test_json_text_has_null_for_what_is_no_number() -> None:
    assert json.loads(json_text({"a": nan, "b": [inf, 1.5], "c": (None,)})) == {
        "a": None,
        "b": [None, 1.5],
        "c": [None],
    }
