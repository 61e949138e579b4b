from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.run import RunOptions, run_batch
from harness.cli.score import score_predictions

from .conftest import FOUND, Folder


@pytest.fixture(autouse=True)
def _in_the_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores and runs that are compared are made in this process, which is quicker."""
    monkeypatch.chdir(folder.path)


def scored(folder: Folder, name: str, *left_out: str) -> None:
    lines = [
        {"article_id": article.lower(), "claims": {**claims, **{name: [] for name in left_out}}}
        for article, claims in FOUND.items()
    ]
    folder.write({f"{name}.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    assert score_predictions(Path(f"{name}.jsonl"), None, Path(name), None, {}, as_json=True) == 0


def test_compare_two_scored_folders(folder: Folder) -> None:
    scored(folder, "good")
    scored(folder, "bad", "quotes")
    shown, listed = folder.run_all(
        [["compare", "good", "bad"], ["compare", "good", "bad", "--json"]]
    )
    assert (shown.code, shown.err, listed.code) == (0, "", 0)
    assert "A  good" in shown.out
    assert "B  bad" in shown.out
    assert "-1.000" in shown.out
    found = {(row["claim_type"], row["level"]): row for row in listed.json}
    quotes = found[("quotes", "strict")]
    assert (quotes["recall_a"], quotes["recall_b"], quotes["recall_difference"]) == (1, 0, -1)
    assert (quotes["precision_b"], quotes["precision_difference"]) == (None, None)
    assert found[("dates", "lenient")]["f1_difference"] == 0
    assert quotes["n_articles"] == 3
    assert isinstance(quotes["n_articles"], int)


def test_compare_gold_that_differs_needs_force(folder: Folder) -> None:
    scored(folder, "before")
    gold = json.loads((folder.path / "gold" / "alpha.json").read_text())
    gold["claims"]["quotes"] = []
    folder.write({"gold/alpha.json": json.dumps(gold)})
    scored(folder, "after")
    refused, forced = folder.run_all(
        [["compare", "before", "after"], ["compare", "before", "after", "--force"]]
    )
    assert (refused.code, refused.out, forced.code) == (2, "", 0)
    assert "scored against different gold" in refused.err


def test_compare_runs_by_id_and_latest(folder: Folder) -> None:
    assert run_batch(RunOptions(limit=2), None, {}) == 0
    assert run_batch(RunOptions(), None, {}) == 0
    older, newer = (run.name for run in folder.runs)
    by_id, latest = folder.run_all(
        [["compare", older, newer, "--json"], ["compare", older, "latest", "--json"]]
    )
    assert by_id.code == latest.code == 0
    assert by_id.json == latest.json
    table = pd.DataFrame(by_id.json)
    assert set(table["n_articles"]) == {2}
    assert (table["f1_difference"].dropna() == 0).all()


def test_compare_wrong_input_exits_with_2(folder: Folder) -> None:
    folder.write({"other/scores.csv": ""})
    commands = [
        ["compare", "latest", "latest"],
        ["compare", "gone", "gone"],
        ["compare", "other", "other"],
    ]
    expected = ["there is no run yet", "there is no run or folder 'gone'", "no result folder"]
    for done, message in zip(folder.run_all(commands), expected, strict=True):
        assert (done.code, done.out) == (2, "")
        assert message in done.err
