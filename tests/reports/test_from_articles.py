"""Every score and every comparison follows from articles.csv alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.claims import ClaimSchema
from harness.evaluate import Evaluation, evaluate
from harness.records import Cell, CellPredictions, CellUsage, Gold, Prediction
from harness.reports.compare import comparison_table, load_result
from harness.reports.csv_text import read_csv
from harness.reports.write import render_reports, write_files

Rows = list[dict[str, Any]]
LEVELS = ("strict", "lenient", "content")


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


def test_comparisons_follow_from_articles_read_back(
    tmp_path: Path, grounded: Evaluation, schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    """Two cells of one result, and the same two as results of their own."""
    files = render_reports(grounded, {}, {})
    written = read_csv(files["comparisons.csv"])
    header, *lines = files["articles.csv"].splitlines(keepends=True)
    for name, evaluated in zip("ab", grounded.cells, strict=True):
        own = [line for line in lines if f"{evaluated.cell.model}," in line]
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
