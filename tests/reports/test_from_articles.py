"""Every score and every comparison follows from articles.csv alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.claims import ClaimSchema, load_schema
from harness.evaluate import Evaluation, Resampling, evaluate, score_intervals
from harness.records import Cell, CellPredictions, CellUsage, Gold, Prediction
from harness.reports.compare import comparison_table, load_result
from harness.reports.csv_text import read_csv
from harness.reports.write import render_reports, write_files

from .test_terminal import evaluated

Rows = list[dict[str, Any]]
PARTS = ("precision", "recall", "f1")


def slices_of(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All articles, then those of each split, tag and story, as the columns have them."""
    yield "all", frame
    for name in ("split", "story"):
        for value in sorted(set(frame[name]) - {""}):
            yield f"{name}={value}", frame[frame[name] == value]
    tags = frame["tags"].map(lambda text: text.split(";"))
    for tag in sorted({tag for each in tags for tag in each} - {""}):
        yield f"tag={tag}", frame[[tag in each for each in tags]]


def ratio(over: float, under: float) -> float:
    return over / under if under else nan


def figures(tp: float, fp: float, fn: float) -> dict[str, float]:
    return {
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
    }


def means(each: list[dict[str, float]]) -> dict[str, float]:
    found = {}
    for part in ("precision", "recall", "f1"):
        defined = [one[part] for one in each if not isnan(one[part])]
        found[part] = ratio(sum(defined), len(defined))
    return found


def readable(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """The mean over the replies that did not fail: these found nothing and missed all."""
    n, n_failed = row["n_repeats"], row["n_failed"]
    if n == n_failed:
        return (0, 0, 0)
    missed = row["fn"] * n - (row["tp"] + row["fn"]) * n_failed
    return tuple(total / (n - n_failed) for total in (row["tp"] * n, row["fp"] * n, missed))


def score(rows: Rows) -> dict[str, float]:
    """The score of one claim type at one level."""
    micro = figures(*(sum(row[part] for row in rows) for part in ("tp", "fp", "fn")))
    macro = means([figures(row["tp"], row["fp"], row["fn"]) for row in rows])
    read = figures(*map(sum, zip(*map(readable, rows), strict=True)))
    return {
        **micro,
        **{f"macro_{part}": value for part, value in macro.items()},
        **{f"readable_{part}": value for part, value in read.items()},
    }


def scores_of(frame: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """The scores of a slice by claim type and level, in plain Python."""
    by_key = {key: rows.to_dict("records") for key, rows in frame.groupby(["claim_type", "level"])}
    with_gold = {
        name
        for (name, level), rows in by_key.items()
        if level != "content" and any(row["tp"] + row["fn"] for row in rows)
    }
    found = {}
    for (name, level), rows in by_key.items():
        found[name, level] = {
            **score(rows),
            "n_types": 1,
            "n_articles": len(rows),
            **sums_of(rows),
        }
    for level in ("strict", "lenient"):
        own = {name: rows for (name, its), rows in by_key.items() if its == level}
        chosen = [rows for name, rows in own.items() if name in with_gold]
        each = [score(rows) for rows in chosen]
        found["overall", level] = {
            **means(each),
            **{f"macro_{part}": value for part, value in means_of(each, "macro_").items()},
            **{f"readable_{part}": value for part, value in means_of(each, "readable_").items()},
            "n_types": len(chosen),
            "n_articles": len({row["article_id"] for rows in chosen for row in rows}),
            **sums_of([row for rows in chosen for row in rows]),
        }
    return found


def means_of(each: list[dict[str, float]], prefix: str) -> dict[str, float]:
    return means(
        [{part: one[prefix + part] for part in ("precision", "recall", "f1")} for one in each]
    )


def sums_of(rows: Rows) -> dict[str, float]:
    sums = {part: sum(row[part] for row in rows) for part in ("tp", "fp", "fn", "set_aside")}
    return {
        **sums,
        "n_failed": sum(row["n_failed"] for row in rows),
        "n_gold": sums["tp"] + sums["fn"],
        "n_predicted": sums["tp"] + sums["fp"] + sums["set_aside"],
    }


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_scores_follow_from_articles_read_back(which: str, request: pytest.FixtureRequest) -> None:
    files = render_reports(request.getfixturevalue(which), {}, {})
    articles, scores = read_csv(files["articles.csv"]), read_csv(files["scores.csv"])
    written = {
        (row["model"], row["prompt"], row["slice"], row["claim_type"], row["level"]): row
        for row in scores.to_dict("records")
    }
    assert len(written) == len(scores)
    n_checked = 0
    for cell, of_cell in articles.groupby(["model", "prompt"]):
        for slice_name, frame in slices_of(of_cell):
            for key, expected in scores_of(frame).items():
                row = written[(*cell, slice_name, *key)]
                found = {name: row[name] for name in expected}
                assert found == pytest.approx(expected, abs=1e-12, nan_ok=True), key
                n_checked += 1
    assert n_checked == len(scores)


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_intervals_follow_from_articles_read_back(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Counts, stories and the seed are all that they are made of."""
    files = render_reports(request.getfixturevalue(which), {}, {})
    write_files(tmp_path, {"articles.csv": files["articles.csv"]})
    loaded, articles = load_result(tmp_path), read_csv(files["articles.csv"])
    scores = read_csv(files["scores.csv"])
    n_checked = 0
    for cell, vectors in loaded.cells.items():
        own = articles[(articles["model"] == cell.model) & (articles["prompt"] == cell.prompt)]
        for slice_name, frame in slices_of(own):
            chosen = vectors.select(set(frame["article_id"]))
            found = score_intervals(chosen, loaded.articles, Resampling(0))
            rows = scores[
                (scores["model"] == cell.model)
                & (scores["prompt"] == cell.prompt)
                & (scores["slice"] == slice_name)
            ]
            for row in rows.to_dict("records"):
                limits = [row[f"{part}_{end}"] for end in ("low", "high") for part in PARTS]
                if slice_name.startswith("story="):
                    assert all(map(isnan, limits))
                    continue
                interval = found[row["claim_type"], row["level"]]
                expected = [
                    getattr(each, part) for each in (interval.low, interval.high) for part in PARTS
                ]
                assert limits == pytest.approx(expected, abs=0, nan_ok=True)
                assert (row["resampled"], row["n_resampled"]) == (interval.unit, interval.n_units)
                assert row["n_undefined"] == interval.n_undefined[2]
                n_checked += 1
    assert n_checked > 10


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_leaderboard_follows_from_articles_read_back(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Scores from the counts; limits from scores.csv; ranks from comparisons made anew."""
    files = render_reports(request.getfixturevalue(which), {}, {})
    write_files(tmp_path, {"articles.csv": files["articles.csv"]})
    articles, scores = read_csv(files["articles.csv"]), read_csv(files["scores.csv"])
    table = comparison_table(load_result(tmp_path))
    overall = table[(table["claim_type"] == "overall") & (table["level"] == "lenient")]
    board = read_csv(files["leaderboard.csv"])
    for values in board.to_dict("records"):
        row = {name: nan if pd.isna(value) else value for name, value in values.items()}
        own = articles[(articles["model"] == row["model"]) & (articles["prompt"] == row["prompt"])]
        found = scores_of(own)
        lenient = found["overall", "lenient"]
        assert row["strict_f1"] == pytest.approx(found["overall", "strict"]["f1"], nan_ok=True)
        for name in ("n_types", "n_articles", "n_gold", "n_predicted"):
            assert row[name] == lenient[name]
        for claim_type in ("overall", *load_schema().types):
            prefix = "" if claim_type == "overall" else f"{claim_type}_"
            expected = found.get((claim_type, "lenient"), dict.fromkeys(PARTS, nan))
            for part in PARTS:
                assert row[f"{prefix}{part}"] == pytest.approx(expected[part], nan_ok=True)
            limits = scores[
                (scores["model"] == row["model"])
                & (scores["prompt"] == row["prompt"])
                & (scores["slice"] == "all")
                & (scores["claim_type"] == claim_type)
                & (scores["level"] == "lenient")
            ].to_dict("records")
            for name in (f"{part}_{end}" for part in PARTS for end in ("low", "high")):
                value = limits[0][name] if limits else nan
                value = nan if pd.isna(value) else value
                assert row[f"{prefix}{name}"] == pytest.approx(value, abs=0, nan_ok=True)
        is_a = (overall["model_a"] == row["model"]) & (overall["prompt_a"] == row["prompt"])
        is_b = (overall["model_b"] == row["model"]) & (overall["prompt_b"] == row["prompt"])
        n_better = (overall[is_a]["verdict"] == "better").sum()
        n_better += (overall[is_b]["verdict"] == "worse").sum()
        assert row["rank"] == 1 + n_better
    order = board["f1"].tolist()
    assert order == sorted(order, reverse=True)


def test_ranks_follow_from_verdicts(tmp_path: Path) -> None:
    """Three cells, of which one is better than the others beyond noise."""
    files = render_reports(evaluated(20, 3, n_right=4), {}, {})
    write_files(tmp_path, {"articles.csv": files["articles.csv"]})
    table = comparison_table(load_result(tmp_path))
    written = read_csv(files["comparisons.csv"])
    pd.testing.assert_frame_equal(
        table.drop(columns=["run_a", "run_b"]), written, check_dtype=False
    )
    overall = table[(table["claim_type"] == "overall") & (table["level"] == "lenient")]
    assert overall["verdict"].tolist() == ["worse", "worse", "no evidence"]
    assert read_csv(files["leaderboard.csv"])["rank"].tolist() == [1, 2, 2]


def test_comparisons_follow_from_articles_read_back(
    tmp_path: Path, grounded: Evaluation, schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    """Two cells of one result, and the same two as results of their own."""
    files = render_reports(grounded, {}, {})
    written = read_csv(files["comparisons.csv"])
    header, *lines = files["articles.csv"].splitlines(keepends=True)
    for name, cell in zip("ab", grounded.cells, strict=True):
        own = [line for line in lines if f"{cell.cell.model}," in line]
        write_files(tmp_path / name, {"articles.csv": "".join([header, *own])})
    found = comparison_table(load_result(tmp_path / "a"), load_result(tmp_path / "b"))
    keys = ["claim_type", "level"]
    assert (set(found.pop("run_a")), set(found.pop("run_b"))) == ({"a"}, {"b"})
    pd.testing.assert_frame_equal(
        found.sort_values(keys, ignore_index=True),
        written.sort_values(keys, ignore_index=True),
        check_dtype=False,
    )
    assert len(written) == 2 * 2 + 1 + 2


def test_comparisons_of_a_file_say_what_a_reader_needs(evaluation: Evaluation) -> None:
    table = read_csv(render_reports(evaluation, {}, {})["comparisons.csv"])
    (row,) = table[(table["claim_type"] == "actors") & (table["level"] == "lenient")].to_dict(
        "records"
    )
    assert (row["model_a"], row["prompt_a"]) == ("=HYPERLINK(1)", "[red]terse[/red]")
    assert (row["model_b"], row["prompt_b"]) == ("good/model", "plain")
    # A: in a1 one of two replies failed, the other has one actor of two; in a2 there are none.
    assert row["f1_a"] == pytest.approx(2 * 0.5 / (2 * 0.5 + 0.5 + 2.5))
    assert row["f1_b"] == pytest.approx(4 / 5)
    assert row["f1_difference"] == row["f1_b"] - row["f1_a"]
    # Two articles: four swaps, and only none and both are as far apart.
    assert (row["f1_p"], row["p_holm"], row["verdict"]) == (0.5, 1, "no evidence")
    assert (row["n_articles"], row["resampled"], row["n_resampled"]) == (2, "articles", 2)
    assert (row["n_failed_a"], row["n_failed_b"]) == (1, 0)
    assert row["f1_low"] <= row["f1_difference"] <= row["f1_high"]
    strict = table[table["level"] == "strict"]
    assert strict["p_holm"].isna().all()
    assert (strict["verdict"] == "").all()
    assert set(table[table["level"] == "content"]["claim_type"]) == {"quotes"}


def test_reports_are_the_same_bytes_whatever_the_order_of_the_input(
    schema: ClaimSchema, gold: dict[str, Gold], evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    def rendered(*, backwards: bool) -> dict[str, str]:
        step = -1 if backwards else 1
        predictions = [
            Prediction(article_id, {"dates": [{"text": str(day), "value": f"2031-04-{day}"}]}, n)
            for article_id in ("a1", "a2")
            for n, day in enumerate((15, 16, 15))
        ]
        cells = [
            CellPredictions(Cell("m", prompt), ("dates", "quotes"), predictions[::step])
            for prompt in "pq"
        ]
        by_id = dict(list(gold.items())[::step])
        return render_reports(evaluate(cells, by_id, schema), usage, {})

    assert rendered(backwards=False) == rendered(backwards=True) == rendered(backwards=False)
    assert render_reports(evaluation, usage, {}) == render_reports(evaluation, usage, {})
