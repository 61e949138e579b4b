"""Two results side by side."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.claims import ClaimSchema
from harness.errors import RunError
from harness.evaluate import OVERALL, Evaluation, evaluate
from harness.records import Cell, CellPredictions, Gold, GoldClaim, Prediction
from harness.reports.compare import ResultCounts, comparison_table, load_result
from harness.reports.csv_text import read_csv, to_csv
from harness.reports.terminal import comparison_text
from harness.reports.write import render_reports, write_files

HEADER = "model,prompt,article_id,claim_type,level,tp,fp,fn,set_aside,n_repeats,n_failed\n"


def result(folder: Path, *rows: str) -> ResultCounts:
    """The result of rows ``model,article,type,tp,fp,fn``, alike at both levels."""
    lines = []
    for row in rows:
        model, article, claim_type, tp, fp, fn = row.split(",")
        lines += [
            f"{model},p,{article},{claim_type},{level},{tp},{fp},{fn},0,1,0\n"
            for level in ("strict", "lenient")
        ]
    write_files(folder, {"articles.csv": HEADER + "".join(lines)})
    return load_result(folder)


def test_comparison_scores_anew_on_common_articles(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,1,1", "x,a2,actors,0,9,9")
    right = result(tmp_path / "b", "y,a1,actors,2,0,0", "y,a3,actors,0,9,9")
    table = comparison_table(left, right)
    assert table["claim_type"].tolist() == ["actors", "actors", OVERALL, OVERALL]
    row = table.to_dict("records")[1]
    assert (row["model_a"], row["model_b"], row["level"]) == ("x", "y", "lenient")
    assert (row["n_articles"], row["n_gold_a"], row["n_gold_b"]) == (1, 2, 2)
    assert (row["f1_a"], row["f1_b"], row["f1_difference"]) == (0.5, 1, 0.5)
    assert (row["precision_difference"], row["recall_difference"]) == (0.5, 0.5)


def test_comparison_of_a_result_with_itself_is_zero_everywhere(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    loaded = load_result(tmp_path)
    table = comparison_table(loaded, loaded)
    assert (table["model_a"] == table["model_b"]).all()
    assert (table["prompt_a"] == table["prompt_b"]).all()
    assert set(table["f1_difference"].dropna()) == {0}
    scores = read_csv(tmp_path / "scores.csv")
    assert table["f1_a"].tolist() == pytest.approx(scores["f1"].tolist(), nan_ok=True)
    assert read_csv(to_csv(table)).shape == table.shape


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        (["x"], ["x"], [("x", "x")]),
        (["x"], ["y"], [("x", "y")]),
        (["x", "y"], ["y", "x"], [("x", "x"), ("y", "y")]),
        (["x", "y"], ["y"], [("y", "y")]),
        (["x", "y"], ["y", "z"], [("y", "y")]),
        (["x", "y"], ["z"], [("x", "z"), ("y", "z")]),
    ],
)
def test_comparison_pairs_cells(
    tmp_path: Path, left: list[str], right: list[str], pairs: list[tuple[str, str]]
) -> None:
    a = result(tmp_path / "a", *(f"{model},a1,actors,1,0,0" for model in left))
    b = result(tmp_path / "b", *(f"{model},a1,actors,1,0,0" for model in right))
    table = comparison_table(a, b)
    found = dict.fromkeys(zip(table["model_a"], table["model_b"], strict=True))
    assert list(found) == pairs


def test_comparison_leaves_out_claim_types_that_one_side_lacks(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,0,0", "x,a1,dates,0,0,5")
    right = result(tmp_path / "b", "x,a1,actors,1,0,0")
    table = comparison_table(left, right)
    assert set(table["claim_type"]) == {"actors", OVERALL}
    assert set(table["f1_a"]) == {1}


def test_comparison_refuses_different_gold_unless_forced(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,0,0", "x,a1,dates,1,0,0")
    right = result(tmp_path / "b", "x,a1,actors,1,0,1", "x,a1,dates,0,1,0")
    with pytest.raises(RunError, match=r"different gold.*'a1'.*--force"):
        comparison_table(left, right)
    rows = comparison_table(left, right, force=True).to_dict("records")
    assert (rows[0]["n_gold_a"], rows[0]["n_gold_b"]) == (1, 2)
    overall = rows[-1]
    assert (overall["n_types"], overall["f1_a"], overall["f1_b"]) == (1, 1, pytest.approx(2 / 3))


def test_comparison_takes_means_over_repeats_for_the_same_gold(
    tmp_path: Path, schema: ClaimSchema
) -> None:
    names = ("Ada Lovelace", "Bob Marley", "Cher")
    claims = [{"name": name, "kind": "person", "role": None} for name in names]
    gold = {"a": Gold("a", {"actors": tuple(map(GoldClaim, claims))})}
    for n_repeats in (1, 3):
        predictions = [
            Prediction("a", {"actors": claims[: 1 + repeat]}, repeat=repeat)
            for repeat in range(n_repeats)
        ]
        cell = CellPredictions(Cell("m", "p"), ("actors",), predictions)
        evaluation = evaluate([cell], gold, schema)
        write_files(tmp_path / str(n_repeats), render_reports(evaluation, {}, {}))
    left, right = load_result(tmp_path / "1"), load_result(tmp_path / "3")
    row = comparison_table(left, right).to_dict("records")[-1]
    assert row["recall_difference"] == pytest.approx(1 / 3)


def test_comparison_without_common_articles_is_an_error(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,0,0")
    right = result(tmp_path / "b", "x,a2,actors,1,0,0")
    with pytest.raises(RunError, match="no article and claim type in common"):
        comparison_table(left, right)


def test_load_result_of_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no result folder: it has no articles\.csv"):
        load_result(tmp_path)
    with pytest.raises(RunError, match="no result folder"):
        load_result(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"model,f1\nx,1\n", "has no column prompt, article_id"),
        (HEADER.encode(), "has no rows"),
        (HEADER.encode() + b"m,p,a,actors,strict,x,0,0,0,1,0\n", "column tp has cells that are no"),
        (HEADER.encode() + b"m,p,a,actors,strict,,0,0,0,1,0\n", "column tp has cells that are no"),
        (HEADER.encode() + b"m,p,a,actors,strict,-1,0,0,0,1,0\n", "column tp has cells that are"),
        (HEADER.encode() + b"m,p,a,actors,loose,1,0,0,0,1,0\n", "row 1: there is no level 'loose'"),
        (HEADER.encode() + b"m,p,a,actors,strict,1,0,0,0,1,0\n" * 2, "row 2: repeats a row"),
        (HEADER.encode() + b'm,p,"a\n', "cannot be read"),
    ],
)
def test_load_result_says_what_is_wrong_with_a_table(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "articles.csv").write_bytes(content)
    with pytest.raises(RunError, match=message) as caught:
        load_result(tmp_path)
    assert str(tmp_path / "articles.csv") in str(caught.value)
    assert caught.value.exit_code == 2


def test_comparison_text_fits_and_begins_with_overall(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    loaded = load_result(tmp_path)
    stream = io.StringIO()
    table = comparison_table(loaded, loaded)
    Console(file=stream, width=80).print(comparison_text(table, 80))
    lines = stream.getvalue().splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert "A  =HYPERLINK(1) · [red]terse[/red]" in lines[0]
    assert "…" not in stream.getvalue()
    heads = [line.split()[0] for line in lines if line.startswith(("overall", "actors"))]
    assert heads == ["overall", "actors"] * 2
    assert "+0.000" in stream.getvalue()
