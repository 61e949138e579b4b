from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.cli.run import run_batch
from harness.cli.run_options import RunOptions
from harness.cli.score import score_predictions
from harness.reports.csv_text import read_csv

from .conftest import FOUND, Done, Folder


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
    path = Path(f"{name}.jsonl")
    assert score_predictions(path, None, Path(name), None, {}, seed=0, as_json=True) == 0


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
    # What differs is named, and what to do.
    assert "1 of 3 common article(s) differs, the first is 'alpha'" in refused.err
    assert "--force" in refused.err


def test_compare_another_scorer_needs_force(folder: Folder, command: Callable[..., Done]) -> None:
    scored(folder, "before")
    scored(folder, "after")
    path = folder.path / "after" / "articles.csv"
    text = path.read_text()
    assert "scorer:2|" in text
    path.write_text(text.replace("scorer:2|", "scorer:1|"))
    refused = command("compare", "before", "after")
    assert (refused.code, refused.out) == (2, "")
    assert "were not scored alike (scorer:2 and scorer:1)" in refused.err
    assert "--force" in refused.err
    assert command("compare", "before", "after", "--force").code == 0


def test_compare_other_notes_or_another_labeller_are_the_same_gold(
    folder: Folder, command: Callable[..., Done]
) -> None:
    scored(folder, "before")
    gold = json.loads((folder.path / "gold" / "alpha.json").read_text())
    gold |= {"notes": "Read again.", "labeller": "somebody else"}
    folder.write({"gold/alpha.json": json.dumps(gold)})
    scored(folder, "after")
    assert command("compare", "before", "after").code == 0


def test_compare_says_what_is_only_noise(folder: Folder, command: Callable[..., Done]) -> None:
    scored(folder, "good")
    scored(folder, "bad", "quotes")
    done = command("compare", "good", "bad", "--json")
    rows = {(row["claim_type"], row["level"]): row for row in done.json}
    quotes = rows["quotes", "lenient"]
    # Three articles: eight swaps, of which four are as far apart (charlie and alpha count).
    assert (quotes["f1_difference"], quotes["f1_p"], quotes["p_holm"]) == (-1, 0.5, 1)
    assert quotes["verdict"] == "no evidence"
    assert (rows["quotes", "strict"]["p_holm"], rows["quotes", "content"]["verdict"]) == (None, "")
    assert ("overall", "content") not in rows
    assert command("compare", "good", "bad", "--json", "--seed", "0").json == done.json


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


def names(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    keys = ("model_a", "prompt_a", "model_b", "prompt_b")
    return list(dict.fromkeys(tuple(row[key] for key in keys) for row in rows))


def run_of(folder: Folder, *prompts: str) -> Path:
    assert run_batch(RunOptions(prompts=prompts, quiet=True), None, {}) == 0
    return folder.runs[-1]


RULES = "rules/baseline"


def test_compare_one_run_compares_its_cells_as_it_was_written(
    folder: Folder, command: Callable[..., Done]
) -> None:
    folder.write({"prompts/third.md": "## user\nIn {{ article.text }}: what?\n"})
    run = run_of(folder, "one", "split", "third")
    done = command("compare", "latest", "--format", "csv")
    assert (done.code, done.err) == (0, "")
    table = read_csv(done.out)
    assert set(table.pop("run_a")) == set(table.pop("run_b")) == {run.name}
    assert table.equals(read_csv(run / "comparisons.csv"))
    assert names(table.to_dict("records")) == [
        (RULES, "one", RULES, "split"),
        (RULES, "one", RULES, "third"),
        (RULES, "split", RULES, "third"),
    ]


def test_compare_with_a_baseline(folder: Folder, command: Callable[..., Done]) -> None:
    folder.write({"prompts/third.md": "## user\nIn {{ article.text }}: what?\n"})
    run_of(folder, "one", "split", "third")
    done = command("compare", "latest", "--baseline", f"{RULES}:split", "--json")
    assert names(done.json) == [
        (RULES, "split", RULES, "one"),
        (RULES, "split", RULES, "third"),
    ]
    shown = command("compare", "latest", "--baseline", f"{RULES}:split")
    assert shown.out.count(f"A  {RULES} · split") == 2
    unknown = command("compare", "latest", "--baseline", "split")
    assert (unknown.code, unknown.out) == (2, "")
    assert "there is no cell 'split'; there are rules/baseline:one, rules/baseline:split" in (
        unknown.err
    )
    several = command("compare", "latest", "--baseline", RULES)
    assert several.code == 2
    assert f"several cells are called '{RULES}'" in several.err


def test_compare_two_with_a_baseline_takes_all_cells_of_both(
    folder: Folder, command: Callable[..., Done]
) -> None:
    first = run_of(folder, "one", "split")
    second = run_of(folder, "one")
    done = command("compare", first.name, second.name, "--baseline", f"{RULES}:one", "--json")
    found = list(dict.fromkeys((row["run_b"], row["prompt_b"]) for row in done.json))
    assert found == [(first.name, "split"), (second.name, "one")]
    assert {(row["run_a"], row["prompt_a"]) for row in done.json} == {(first.name, "one")}
    shown = command("compare", first.name, second.name, "--baseline", f"{RULES}:one")
    assert f"B  {RULES} · one · {second.name}" in shown.out
    assert f"B  {RULES} · split\n" in shown.out


def test_compare_baseline_is_subtracted_from_the_others(
    folder: Folder, command: Callable[..., Done]
) -> None:
    scored(folder, "good")
    scored(folder, "bad", "quotes")
    done = command("compare", "good", "bad", "--baseline", "good", "--json")
    (row,) = (
        row for row in done.json if (row["claim_type"], row["level"]) == ("quotes", "lenient")
    )
    assert (row["model_a"], row["model_b"]) == ("good", "bad")
    assert (row["f1_a"], row["f1_b"], row["f1_difference"]) == (1, 0, -1)


def test_compare_with_a_baseline_refuses_other_gold_as_well(
    folder: Folder, command: Callable[..., Done]
) -> None:
    scored(folder, "before")
    gold = json.loads((folder.path / "gold" / "alpha.json").read_text())
    gold["claims"]["quotes"] = []
    folder.write({"gold/alpha.json": json.dumps(gold)})
    scored(folder, "after")
    arguments = ("compare", "before", "after", "--baseline", "before")
    refused = command(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "different gold" in refused.err
    assert command(*arguments, "--force").code == 0


def test_compare_one_cell_has_nothing_to_compare(
    folder: Folder, command: Callable[..., Done]
) -> None:
    scored(folder, "good")
    for arguments in (["good"], ["good", "--baseline", "good"]):
        done = command("compare", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "one cell only, good:external: give a second result" in done.err


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.csv", "run_a,model_a,"), ("a.md", "| A | B | claim type |"), ("a.json", "[\n")],
)
def test_compare_writes_a_file_by_its_ending(
    folder: Folder, command: Callable[..., Done], name: str, beginning: str
) -> None:
    scored(folder, "good")
    scored(folder, "bad", "quotes")
    done = command("compare", "good", "bad", "-o", name)
    assert (done.code, done.out, done.err) == (0, "", f"Written: {name}\n")
    text = (folder.path / name).read_text(encoding="utf-8")
    assert text.startswith(beginning)
    assert command("compare", "good", "bad", "--format", name[2:]).out == text
    if name == "a.csv":
        assert command("compare", "good", "bad", "--bom").out == "\ufeff" + text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.xml"], "its ending says no format (.csv, .md, .json)"),
        (["--bom", "--format", "md"], "--bom: a byte order mark is for CSV, not for md"),
        (["--format", "html"], "--format"),
    ],
)
def test_compare_wrong_output_exits_with_2(
    command: Callable[..., Done], arguments: list[str], message: str
) -> None:
    done = command("compare", "good", "bad", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
