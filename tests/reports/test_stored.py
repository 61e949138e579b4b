"""A result is told from its folder as it was told when it was made."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from harness.claims import ClaimSchema
from harness.errors import RunError
from harness.evaluate import Evaluation, Resampling, Signature
from harness.records import Cell, CellUsage
from harness.reports.run_json import run_json
from harness.reports.stored import FailedReply, load_stored
from harness.reports.summary import summarize
from harness.reports.write import render_reports, write_files

BAD = Cell("=HYPERLINK(1)", "[red]terse[/red]")


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_summary_of_a_folder_is_that_of_the_evaluation(
    which: str, request: pytest.FixtureRequest, tmp_path: Path, usage: dict[Cell, CellUsage]
) -> None:
    evaluation: Evaluation = request.getfixturevalue(which)
    write_files(tmp_path, render_reports(evaluation, usage, {}))
    stored, made = load_stored(tmp_path).summary, summarize(evaluation, usage)
    assert stored.claim_types == made.claim_types
    assert stored.notes == made.notes
    assert stored.notes
    assert len(stored.cells) == len(made.cells) == 2
    for row, expected in zip(stored.cells, made.cells, strict=True):
        assert dict(row) == dict(expected)


def test_summary_of_a_folder_without_cells(schema: ClaimSchema, tmp_path: Path) -> None:
    evaluation = Evaluation(schema, (), Signature("", {}, Resampling()))
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    result = load_stored(tmp_path)
    assert (result.summary.cells, result.summary.notes, result.claim_types) == ([], [], ())


def test_failed_names_articles_and_reasons(evaluation: Evaluation, tmp_path: Path) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    failed = load_stored(tmp_path).failed
    assert failed == {
        (BAD, name): [FailedReply("a1", 1, 2, ("timeout",))]
        for name in ("actors", "quotes", "dates")
    }


def test_facts_are_those_of_the_run(evaluation: Evaluation, tmp_path: Path) -> None:
    files = render_reports(evaluation, {}, {})
    write_files(tmp_path / "r1", {**files, "run.json": run_json({"seed": 3})})
    result = load_stored(tmp_path / "r1")
    assert (result.name, result.facts["seed"]) == ("r1", 3)
    write_files(tmp_path / "r2", files)
    assert load_stored(tmp_path / "r2").facts == {}


def test_folder_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no result folder: it has no leaderboard\.csv"):
        load_stored(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("leaderboard.csv", "model,prompt\nm,p\n", "has no column rank, f1"),
        ("scores.csv", "model,prompt\nm,p\n", "was not written by this version"),
        ("comparisons.csv", "", "cannot be read"),
        ("run.json", "{", "cannot be read"),
        ("run.json", "[]", "is no JSON object"),
    ],
)
def test_file_that_is_damaged_is_named(
    evaluation: Evaluation, tmp_path: Path, name: str, content: str, message: str
) -> None:
    write_files(tmp_path, {**render_reports(evaluation, {}, {}), name: content})
    with pytest.raises(RunError, match=message) as caught:
        load_stored(tmp_path)
    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "column", "cell"),
    [
        ("leaderboard.csv", "f1", "much"),
        ("leaderboard.csv", "actors_precision_high", "much"),
        ("leaderboard.csv", "n_gold", ""),
        ("leaderboard.csv", "n_articles", "1e999"),
        ("leaderboard.csv", "n_failed_requests", ""),
        ("scores.csv", "n_types", ""),
        ("scores.csv", "f1", "much"),
        ("comparisons.csv", "p_holm", "much"),
    ],
)
def test_cell_that_is_no_figure_is_named(
    evaluation: Evaluation, tmp_path: Path, name: str, column: str, cell: str
) -> None:
    files = render_reports(evaluation, {}, {})
    header, *rows = csv.reader(io.StringIO(files[name]))
    rows[0][header.index(column)] = cell
    damaged = io.StringIO()
    csv.writer(damaged, lineterminator="\n").writerows([header, *rows])
    write_files(tmp_path, {**files, name: damaged.getvalue()})
    with pytest.raises(RunError, match=f"column {column} has cells that are no figures") as caught:
        load_stored(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("missing", ["f1_high", "recall_low", "actors_recall", "quotes_f1_low"])
def test_leaderboard_that_lacks_a_limit_or_a_figure_of_a_type_is_named(
    evaluation: Evaluation, tmp_path: Path, missing: str
) -> None:
    files = render_reports(evaluation, {}, {})
    header, rest = files["leaderboard.csv"].split("\n", 1)
    header = header.replace(f",{missing},", ",something,")
    write_files(tmp_path, {**files, "leaderboard.csv": f"{header}\n{rest}"})
    with pytest.raises(RunError, match=f"has no column {missing}"):
        load_stored(tmp_path)


@pytest.mark.parametrize("table", ["leaderboard.csv", "scores.csv"])
def test_tables_of_different_cells_are_no_result(
    evaluation: Evaluation, tmp_path: Path, table: str
) -> None:
    files = render_reports(evaluation, {}, {})
    header = files[table].split("\n", 1)[0]
    write_files(tmp_path, {**files, table: f"{header}\n"})
    with pytest.raises(RunError, match=r"has not the cells of leaderboard\.csv: .*HYPERLINK"):
        load_stored(tmp_path)


@pytest.mark.parametrize("content", [None, "model,prompt\nm,p\n", 'model,prompt\n"m'])
def test_claims_that_are_damaged_are_named(
    evaluation: Evaluation, tmp_path: Path, content: str | None
) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    if content is None:
        (tmp_path / "claims.csv").unlink()
    else:
        (tmp_path / "claims.csv").write_text(content)
    with pytest.raises(RunError, match="cannot be read") as caught:
        _ = load_stored(tmp_path).errors
    assert "claims.csv" in str(caught.value)
