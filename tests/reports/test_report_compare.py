"""Two results side by side."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.claims import ClaimSchema
from harness.errors import RunError
from harness.evaluate import OVERALL, Evaluation, Resampling, evaluate
from harness.records import Cell, CellPredictions, Gold, GoldClaim, Prediction
from harness.reports.compare import (
    ResultCounts,
    comparison_table,
    find_cell,
    left_out,
    load_result,
)
from harness.reports.comparison_text import comparison_text
from harness.reports.csv_text import read_csv, to_csv
from harness.reports.write import render_reports, write_files

HEADER = (
    "model,prompt,article_id,claim_type,level,tp,fp,fn,set_aside,n_repeats,n_failed,"
    "story,split,tags,gold,scorer\n"
)
ROW = "m,p,a,actors,{level},{tp},0,0,0,1,0,,,,g,s\n"


def row(level: str = "strict", tp: str = "1") -> bytes:
    """A table of one row."""
    return (HEADER + ROW.format(level=level, tp=tp)).encode()


def result(
    folder: Path, *rows: str, gold: str = "0a1b2c3d", scorer: str = "scorer:1|schema:x"
) -> ResultCounts:
    """The result of rows ``model,article,type,tp,fp,fn``, alike at both levels."""
    lines = []
    for row in rows:
        model, article, claim_type, tp, fp, fn = row.split(",")
        lines += [
            f"{model},p,{article},{claim_type},{level},{tp},{fp},{fn},0,1,0,,,,{gold},{scorer}\n"
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
    # As many claims, but others: the hash tells.
    right = result(tmp_path / "b", "x,a1,actors,1,0,1", "x,a1,dates,0,1,0", gold="ffffffff")
    with pytest.raises(RunError, match=r"different gold.*1 of 1 common.*'a1'.*--force"):
        comparison_table(left, right)
    rows = comparison_table(left, right, force=True).to_dict("records")
    assert (rows[0]["n_gold_a"], rows[0]["n_gold_b"]) == (1, 2)
    overall = rows[-1]
    assert (overall["n_types"], overall["f1_a"], overall["f1_b"]) == (1, 1, pytest.approx(2 / 3))


def test_comparison_looks_at_the_gold_of_common_articles_alone(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,0,0", "x,a2,actors,1,0,0")
    right = result(tmp_path / "b", "x,a1,actors,1,0,0", "x,a3,actors,1,0,5")
    right = replace(right, gold={**right.gold, "a3": "ffffffff", "a4": "eeeeeeee"})
    assert set(comparison_table(left, right)["n_articles"]) == {1}


def test_comparison_refuses_another_scorer_unless_forced_and_says_what_differs(
    tmp_path: Path,
) -> None:
    row = "x,a1,actors,1,0,0"
    left = result(tmp_path / "a", row, scorer="scorer:1|schema:aa|threshold:0.5")
    right = result(tmp_path / "b", row, scorer="scorer:2|schema:aa|threshold:0.5", gold="ff")
    with pytest.raises(RunError, match="not scored alike") as caught:
        comparison_table(left, right)
    message = str(caught.value)
    # All that differs at once, and nothing that does not.
    assert "(scorer:1 and scorer:2)" in message
    assert "different gold" in message
    assert "schema:aa" not in message
    assert "--force" in message
    assert set(comparison_table(left, right, force=True)["f1_difference"]) == {0}


def test_comparison_of_results_made_with_other_seeds_is_fine(
    tmp_path: Path, schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    cell = CellPredictions(Cell("m", "p"), ("actors",), [Prediction("a1", {})])
    for seed in (0, 1):
        evaluation = evaluate([cell], gold, schema, resampling=Resampling(seed))
        write_files(tmp_path / str(seed), render_reports(evaluation, {}, {}))
    left, right = load_result(tmp_path / "0"), load_result(tmp_path / "1")
    assert set(comparison_table(left, right)["f1_difference"]) == {0}


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
        (row().replace(b",scorer", b",x"), "has no column scorer: it was not written by this"),
        (HEADER.encode(), "has no rows"),
        (row(tp="x"), "column tp has cells that are no"),
        (row(tp=""), "column tp has cells that are no"),
        (row(tp="-1"), "column tp has cells that are"),
        (row(level="loose"), "row 1: there is no level 'loose'"),
        (row() + ROW.format(level="strict", tp="1").encode(), "row 2: repeats a row"),
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


def shown(table: pd.DataFrame, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(comparison_text(table, width))
    return stream.getvalue()


def test_comparison_text_fits_and_begins_with_overall(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    loaded = load_result(tmp_path)
    text = shown(comparison_table(loaded, loaded))
    lines = text.splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert "A  =HYPERLINK(1) · [red]terse[/red]" in lines[0]
    assert "…" not in text
    heads = [line.split()[0] for line in lines if line.startswith(("overall", "actors"))]
    assert heads == ["overall", "actors"] * 2
    assert "+0.000" in text


def test_comparison_text_says_how_sure_a_difference_is(tmp_path: Path) -> None:
    ids = [f"a{number:02}" for number in range(12)]
    left = result(tmp_path / "a", *(f"x,{each},actors,0,1,2" for each in ids))
    right = result(tmp_path / "b", *(f"y,{each},actors,2,0,0" for each in ids))
    for one, other, verdict in ((left, right, "better"), (right, left, "worse")):
        text = shown(comparison_table(one, other))
        (line,) = [each for each in text.splitlines() if each.startswith("actors")]
        sign = "+" if verdict == "better" else "-"
        assert line.split()[1:] == [
            *(("0.000", "1.000") if verdict == "better" else ("1.000", "0.000")),
            *(f"{sign}1.000", f"{sign}1.000", f"{sign}1.000", "0.001"),
            *(f"{sign}1.000", f"{sign}1.000", verdict),
        ]
    few = result(tmp_path / "c", "y,a00,actors,2,0,0")
    text = shown(comparison_table(left, few))
    (line,) = [each for each in text.splitlines() if each.startswith("actors")]
    assert line.split()[3:6] == ["+1.000", "–", "1.000"]
    assert line.endswith("no evidence")


def test_comparison_text_of_long_names_fits(tmp_path: Path) -> None:
    long = "a_claim_type_with_quite_a_long_name_that_goes_on_and_on"
    row = f"{'m' * 90},a1,{long},1,0,1"
    loaded = result(tmp_path / "a", row)
    text = shown(comparison_table(loaded, loaded))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "no evidence" in text
    # Names of cells are there in full, and those of claim types by their ends.
    assert text.count("m") >= 180
    assert "a_claim…_and_on 0.667" in text


def test_comparison_takes_a_seed(tmp_path: Path) -> None:
    ids = [f"a{number:02}" for number in range(14)]
    left = result(tmp_path / "a", *(f"x,{each},actors,{n % 3},1,1" for n, each in enumerate(ids)))
    right = result(tmp_path / "b", *(f"x,{each},actors,1,{n % 2},1" for n, each in enumerate(ids)))
    default, zero, one = (
        to_csv(table)
        for table in (
            comparison_table(left, right),
            comparison_table(left, right, seed=0),
            comparison_table(left, right, seed=1),
        )
    )
    assert default == zero != one


STORIES = HEADER + "".join(
    f"m,p,a{n:02},actors,{level},{n % 3},1,{n % 2},0,1,0,s{n // 2},,,g,s\n"
    for n in range(16)
    for level in ("strict", "lenient")
)


def test_comparison_resamples_the_stories_that_were_written(tmp_path: Path) -> None:
    write_files(tmp_path, {"articles.csv": STORIES})
    loaded = load_result(tmp_path)
    table = comparison_table(loaded, loaded)
    assert set(table["resampled"]) == {"stories"}
    assert set(table["n_resampled"]) == {8}


def test_comparison_knows_the_stories_that_either_side_knows(tmp_path: Path) -> None:
    write_files(tmp_path / "a", {"articles.csv": STORIES})
    without = re.sub(r",s\d,,,", ",,,,", STORIES)
    write_files(tmp_path / "b", {"articles.csv": without})
    left, right = load_result(tmp_path / "a"), load_result(tmp_path / "b")
    for one, other in ((left, right), (right, left)):
        assert set(comparison_table(one, other)["resampled"]) == {"stories"}


@pytest.mark.parametrize(
    ("counts", "what"),
    [
        ("1e300,0,0,0,1,0", "column tp has cells that are no counts"),
        ("1,0,0,0,0,0", "n_repeats is no number of replies"),
        ("1,0,0,0,2,3", "n_repeats is no number of replies"),
        ("1,0,0,0,1.5,0", "n_repeats is no number of replies"),
    ],
)
def test_load_result_says_what_is_no_count(tmp_path: Path, counts: str, what: str) -> None:
    write_files(tmp_path, {"articles.csv": f"{HEADER}m,p,a,actors,strict,{counts},,,,g,s\n"})
    with pytest.raises(RunError, match=what):
        load_result(tmp_path)


def test_load_result_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    write_files(tmp_path, {"articles.csv": "model,prompt\nm,p\n"})
    with pytest.raises(RunError, match=r"was not written by this version\. Score it anew"):
        load_result(tmp_path)


def test_left_out_names_cells_and_counts_articles(tmp_path: Path) -> None:
    left = result(tmp_path / "a", "x,a1,actors,1,0,0", "x,a2,actors,1,0,0")
    right = result(tmp_path / "b", "x,a1,actors,1,0,0", "y,a1,actors,1,0,0")
    assert left_out(left, right) == [
        f"only in {tmp_path / 'a'}, left out: 1 article(s)",
        f"only in {tmp_path / 'b'}, not compared: y p",
    ]
    assert left_out(left, left) == []


def test_comparison_text_says_what_so_few_articles_cannot_tell(tmp_path: Path) -> None:
    left = result(tmp_path / "a", *(f"x,a{n},actors,0,1,{n}" for n in range(1, 6)))
    right = result(tmp_path / "b", *(f"x,a{n},actors,{n},0,0" for n in range(1, 6)))
    text = " ".join(shown(comparison_table(left, right)).split())
    assert "With 5 articles no difference between cells can be significant" in text


def test_baseline_is_found_whatever_stands_in_names(tmp_path: Path) -> None:
    lines = [
        f"{model},{prompt},a1,actors,{level},1,0,0,0,1,0,,,,g,s\n"
        for model, prompt in (("ollama/a:7b", "p"), ("ollama/a", "7b:p:x"), ("b", "p"), ("b", "q"))
        for level in ("strict", "lenient")
    ]
    write_files(tmp_path, {"articles.csv": HEADER + "".join(lines)})
    loaded = load_result(tmp_path)
    assert find_cell(loaded, "ollama/a:7b:p") == Cell("ollama/a:7b", "p")
    assert find_cell(loaded, "ollama/a:7b:p:x") == Cell("ollama/a", "7b:p:x")
    # A model will do where it has one prompt.
    assert find_cell(loaded, "ollama/a:7b") == Cell("ollama/a:7b", "p")
    with pytest.raises(RunError, match="several cells are called 'b': b:p, b:q"):
        find_cell(loaded, "b")
    with pytest.raises(RunError, match="there is no cell 'c'; there are ollama/a:7b:p, ollama/a:7"):
        find_cell(loaded, "c")


def test_baseline_of_a_name_that_two_cells_have_is_no_guess(tmp_path: Path) -> None:
    lines = [
        f"{model},{prompt},a1,actors,{level},1,0,0,0,1,0,,,,g,s\n"
        for model, prompt in (("a:b", "c"), ("a", "b:c"))
        for level in ("strict", "lenient")
    ]
    write_files(tmp_path, {"articles.csv": HEADER + "".join(lines)})
    with pytest.raises(RunError, match="several cells"):
        comparison_table(load_result(tmp_path), baseline="a:b:c")


def test_p_is_adjusted_for_the_comparisons_that_are_made(tmp_path: Path) -> None:
    ids = [f"a{number:02}" for number in range(12)]
    rows = [
        f"{m},{each},actors,{n % (2 + k)},1,1"
        for k, m in enumerate("xyz")
        for n, each in enumerate(ids)
    ]
    loaded = result(tmp_path / "a", *rows)
    pairs, one = comparison_table(loaded), comparison_table(loaded, baseline="x")
    for table, n_pairs in ((pairs, 3), (one, 2)):
        lenient = table[table["level"] == "lenient"]
        assert len(lenient) == 2 * n_pairs
        smallest = lenient["f1_p"].min()
        assert lenient["p_holm"].min() == pytest.approx(min(1, smallest * 2 * n_pairs))


def test_results_of_the_same_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    row = "x,a1,actors,1,0,0"
    left, right = result(tmp_path / "a" / "out", row), result(tmp_path / "b" / "out", row)
    table = comparison_table(left, right)
    assert set(table["run_a"]) == {str(tmp_path / "a" / "out")}
    assert set(table["run_b"]) == {str(tmp_path / "b" / "out")}
