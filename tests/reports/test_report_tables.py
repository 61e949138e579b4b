"""What the tables say, read back from the CSV that they are written as."""

from __future__ import annotations

import json
from math import isnan

import pandas as pd
import pytest

from harness.claims import ClaimSchema
from harness.evaluate import OVERALL, ArticleCounts, Evaluation, evaluate, score_counts
from harness.records import Cell, CellPredictions, CellUsage, Counts, Gold, Prediction
from harness.reports.csv_text import read_csv
from harness.reports.tables import (
    articles_table,
    claims_table,
    fields_table,
    leaderboard_table,
    scores_table,
)
from harness.reports.write import REPORTS, render_reports

GOOD = Cell("good/model", "plain")
BAD = Cell("=HYPERLINK(1)", "[red]terse[/red]")


def of(frame: pd.DataFrame, **values: object) -> list[dict[str, object]]:
    """The rows in which these columns have these values."""
    return [
        row
        for row in frame.to_dict("records")
        if all(row[name] == value for name, value in values.items())
    ]


def test_scores_follow_from_articles_read_back(evaluation: Evaluation) -> None:
    files = render_reports(evaluation, {}, {})
    articles, scores = read_csv(files["articles.csv"]), read_csv(files["scores.csv"])
    n_checked = 0
    for cell, frame in articles.groupby(["model", "prompt"]):
        counts = [
            ArticleCounts(
                row["article_id"],
                row["claim_type"],
                row["level"],
                Counts(row["tp"], row["fp"], row["fn"], row["set_aside"]),
                row["n_repeats"],
                row["n_failed"],
            )
            for row in frame.to_dict("records")
        ]
        for row in score_counts(counts, ["actors", "quotes", "dates", "sanctions"]):
            (written,) = of(
                scores,
                model=cell[0],
                prompt=cell[1],
                claim_type=row.claim_type,
                level=row.level,
            )
            expected = {
                "n_types": row.n_types,
                "n_articles": row.n_articles,
                "n_failed": row.n_failed,
                "n_gold": row.counts.n_gold,
                "n_predicted": row.counts.n_predicted,
                "set_aside": row.counts.set_aside,
                "precision": row.micro.precision,
                "recall": row.micro.recall,
                "f1": row.micro.f1,
                "macro_precision": row.macro.precision,
                "macro_recall": row.macro.recall,
                "macro_f1": row.macro.f1,
                "readable_precision": row.readable.precision,
                "readable_recall": row.readable.recall,
                "readable_f1": row.readable.f1,
            }
            for name, value in expected.items():
                assert written[name] == value or (isnan(written[name]) and isnan(value)), name
            n_checked += 1
    assert n_checked == len(scores)


def test_scores_micro_by_hand(evaluation: Evaluation) -> None:
    (row,) = of(scores_table(evaluation), model="good/model", claim_type="actors", level="lenient")
    assert (row["tp"], row["fp"], row["fn"], row["set_aside"]) == (2, 0, 1, 1)
    assert row["precision"] == 1
    assert row["recall"] == pytest.approx(2 / 3)
    assert row["f1"] == pytest.approx(4 / 5)


def test_scores_has_the_claim_types_that_were_scored_and_overall(evaluation: Evaluation) -> None:
    rows = of(scores_table(evaluation), model=BAD.model)
    assert [(row["claim_type"], row["level"]) for row in rows] == [
        (claim_type, level)
        for claim_type in ("actors", "quotes", "dates", OVERALL)
        for level in ("strict", "lenient")
    ]


def test_scores_prompt_version_is_that_of_the_cell(evaluation: Evaluation) -> None:
    table = scores_table(evaluation, {GOOD: "0017"})
    assert {row["prompt_version"] for row in of(table, model=GOOD.model)} == {"0017"}
    assert {row["prompt_version"] for row in of(table, model=BAD.model)} == {""}


def test_undefined_is_an_empty_cell_and_never_a_number(evaluation: Evaluation) -> None:
    text = render_reports(evaluation, {}, {})["scores.csv"]
    (line,) = [each for each in text.splitlines() if ",sanctions,lenient," in each]
    assert line.endswith(",,,,,,,,,")
    assert "nan" not in text.lower()


def test_whole_counts_are_integers_though_others_are_fractions(evaluation: Evaluation) -> None:
    lines = render_reports(evaluation, {}, {})["articles.csv"].splitlines()
    assert "good/model,plain,a1,actors,lenient,1,0,1,1,1,0" in lines
    assert any(",a1,actors,lenient,0.5,0.5,1.5,0,2,1" in line for line in lines)
    assert not any(".0," in line for line in lines)


def test_reports_are_the_same_bytes_every_time(
    evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    first = render_reports(evaluation, usage, {})
    assert list(first) == list(REPORTS)
    assert first == render_reports(evaluation, usage, {})
    for text in first.values():
        text.encode("utf-8")
        assert text.endswith("\n")


def test_leaderboard_is_best_first_with_undefined_last(
    schema: ClaimSchema, gold: dict[str, Gold], evaluation: Evaluation
) -> None:
    nothing = CellPredictions(Cell("a/first", "p"), ("sanctions",), [Prediction("a1", {})])
    cells = (*evaluate([nothing], gold, schema).cells, *evaluation.cells)
    table = leaderboard_table(Evaluation(schema, cells))
    assert table["model"].tolist() == ["good/model", BAD.model, "a/first"]
    assert isnan(table["f1"].tolist()[-1])


def test_leaderboard_shows_usage_and_leaves_the_unknown_empty(
    evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    table = leaderboard_table(evaluation, usage)
    good, bad = table.to_dict("records")
    assert (good["n_requests"], good["n_reasks"], good["n_warnings"]) == (2, 1, 3)
    assert (good["input_tokens"], good["latency_s"]) == (1200, 0.25)
    assert pd.isna(good["output_tokens"])
    assert pd.isna(bad["n_requests"])
    assert bad["n_failed_requests"] == 1
    assert table["input_tokens"].dtype == "Int64"
    assert good["n_types"] == 3


def test_leaderboard_columns_depend_on_the_schema_alone(evaluation: Evaluation) -> None:
    one = Evaluation(evaluation.schema, evaluation.cells[:1])
    none = Evaluation(evaluation.schema, ())
    expected = leaderboard_table(evaluation).dtypes.to_dict()
    assert leaderboard_table(one).dtypes.to_dict() == expected
    assert leaderboard_table(none).dtypes.to_dict() == expected


@pytest.mark.parametrize("table", [scores_table, articles_table, fields_table, claims_table])
def test_table_without_cells_has_its_columns(evaluation: Evaluation, table) -> None:  # noqa: ANN001
    empty = table(Evaluation(evaluation.schema, ()))
    assert empty.empty
    assert empty.dtypes.to_dict() == table(evaluation).dtypes.to_dict()


def test_fields_say_how_often_a_field_is_right(evaluation: Evaluation) -> None:
    table = fields_table(evaluation)
    (speaker,) = of(table, model=GOOD.model, field="speaker")
    assert (speaker["right"], speaker["n"], speaker["accuracy"]) == (0, 1, 0)
    (measure,) = of(table, model=GOOD.model, field="measure")
    assert measure["n"] == 0
    assert isnan(measure["accuracy"])


def test_claims_show_both_levels_of_a_pair(evaluation: Evaluation) -> None:
    table = claims_table(evaluation)
    (row,) = of(table, model=GOOD.model, article_id="a1", claim_type="quotes", side="predicted")
    assert (row["outcome"], row["partner"], row["strict_outcome"]) == ("tp", 0, "fp")
    assert pd.isna(row["strict_partner"])
    assert row["similarity"] == 0.5
    assert json.loads(row["claim"])["speaker"] == "Charles Babbage"


def test_claims_of_a_failed_request_are_missed_gold_alone(evaluation: Evaluation) -> None:
    rows = of(claims_table(evaluation), model=BAD.model, article_id="a1", repeat=0)
    assert {(row["side"], row["outcome"], row["reason"]) for row in rows} == {
        ("gold", "fn", "failed"),
        ("gold", "optional", ""),
    }


def test_claims_say_which_prediction_is_an_invalid_item(evaluation: Evaluation) -> None:
    (row,) = of(claims_table(evaluation), reason="invalid_item")
    assert (row["side"], row["outcome"], row["claim"]) == ("predicted", "fp", '{"text": "-1"}')


def test_claims_survive_half_a_surrogate_pair(evaluation: Evaluation) -> None:
    table = read_csv(render_reports(evaluation, {}, {})["claims.csv"])
    rows = of(table, model=BAD.model, article_id="a2", claim_type="quotes", side="predicted")
    assert {json.loads(row["claim"])["text"] for row in rows} == {"No\ud83d", "@SUM(1)\x00\r\n"}


def test_every_table_reads_back_as_it_was(
    evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    files = render_reports(evaluation, usage, {GOOD: "0017"})
    tables = {
        "scores.csv": scores_table(evaluation, {GOOD: "0017"}),
        "leaderboard.csv": leaderboard_table(evaluation, usage, {GOOD: "0017"}),
        "articles.csv": articles_table(evaluation),
        "fields.csv": fields_table(evaluation),
        "claims.csv": claims_table(evaluation),
    }
    assert tables.keys() == files.keys()
    for name, table in tables.items():
        pd.testing.assert_frame_equal(read_csv(files[name]), table, check_dtype=False)
