"""What the tables say, read back from the CSV that they are written as."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from harness.claims import ClaimSchema
from harness.evaluate import OVERALL, Evaluation, evaluate
from harness.records import Article, Cell, CellPredictions, CellUsage, Gold, Prediction
from harness.reports.claims_table import claims_table
from harness.reports.compare import load_result
from harness.reports.comparisons_table import comparisons_table
from harness.reports.csv_text import read_csv
from harness.reports.leaderboard_table import leaderboard_table
from harness.reports.tables import articles_table, fields_table, grounding_table, scores_table
from harness.reports.write import REPORTS, render_reports, write_files

GOOD = Cell("good/model", "plain")
BAD = Cell("=HYPERLINK(1)", "[red]terse[/red]")


def of(frame: pd.DataFrame, **values: object) -> list[dict[str, object]]:
    """The rows in which these columns have these values."""
    return [
        row
        for row in frame.to_dict("records")
        if all(row[name] == value for name, value in values.items())
    ]


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
        for level in ("strict", "lenient", "content")
        if level != "content" or claim_type == "quotes"
    ]
    assert {row["slice"] for row in rows} == {"all"}


def test_scores_has_the_slices_of_the_articles(grounded: Evaluation) -> None:
    rows = of(scores_table(grounded), model=GOOD.model, claim_type=OVERALL, level="lenient")
    assert [(row["slice"], row["n_articles"]) for row in rows] == [
        *(("all", 2), ("split=dev", 1), ("split=test", 1)),
        *(("tag==wire", 1), ("tag=long", 2), ("story=brass", 2)),
    ]
    # A story by itself has no interval, and a slice of one article none either.
    assert [row["resampled"] for row in rows] == [*["articles"] * 5, ""]
    assert [isnan(row["f1_low"]) for row in rows] == [False, True, True, True, False, True]
    assert pd.isna(rows[-1]["n_resampled"])


def test_scores_has_intervals_and_signatures(evaluation: Evaluation) -> None:
    table = scores_table(evaluation)
    for cell in evaluation.cells:
        for (_, claim_type, level), interval in cell.intervals.items():
            found = of(table, model=cell.cell.model, claim_type=claim_type, level=level)
            if cell.score_of(claim_type, level) is None:
                assert found == []
                continue
            (row,) = found
            for part in ("precision", "recall", "f1"):
                limits = (getattr(interval.low, part), getattr(interval.high, part))
                shown = (row[f"{part}_low"], row[f"{part}_high"])
                assert shown == pytest.approx(limits, abs=0, nan_ok=True)
            assert (row["resampled"], row["n_resampled"]) == ("articles", 2)
            assert row["n_undefined"] == interval.n_undefined[2]
            assert row["signature"] == evaluation.signature.over(["a1", "a2"])


def test_scores_says_how_well_repeats_agree(evaluation: Evaluation) -> None:
    table = scores_table(evaluation)
    # Of a1 one reply failed; those of a2 share nothing: two quotations and none.
    (row,) = of(table, model=BAD.model, claim_type="quotes", level="lenient")
    assert (row["n_repeat_pairs"], row["repeat_agreement"]) == (1, 0)
    # Neither names an actor.
    (row,) = of(table, model=BAD.model, claim_type="actors", level="lenient")
    assert row["n_repeat_pairs"] == 1
    assert isnan(row["repeat_agreement"])
    (row,) = of(table, model=GOOD.model, claim_type="quotes", level="lenient")
    assert pd.isna(row["n_repeat_pairs"])


def test_scores_prompt_version_is_that_of_the_cell(evaluation: Evaluation) -> None:
    table = scores_table(evaluation, {GOOD: "0017"})
    assert {row["prompt_version"] for row in of(table, model=GOOD.model)} == {"0017"}
    assert {row["prompt_version"] for row in of(table, model=BAD.model)} == {""}


def test_scores_says_of_all_articles_alone_how_well_repeats_agree(
    schema: ClaimSchema, gold: dict[str, Gold], articles: dict[str, Article]
) -> None:
    replies = [Prediction("a1", {"dates": []}, repeat) for repeat in range(2)]
    cell = CellPredictions(GOOD, ("dates",), replies)
    table = scores_table(evaluate([cell], gold, schema, articles))
    pairs = {
        row["slice"]: row["n_repeat_pairs"] for row in of(table, claim_type="dates", level="strict")
    }
    assert pairs.pop("all") == 1
    assert pairs
    assert all(map(pd.isna, pairs.values()))


def test_undefined_is_an_empty_cell_and_never_a_number(evaluation: Evaluation) -> None:
    text = render_reports(evaluation, {}, {})["scores.csv"]
    (line,) = [each for each in text.splitlines() if ",sanctions,lenient," in each]
    # Neither figure, nor limit, nor mean; only what was resampled.
    undefined, _, resampled = line.partition(",articles,")
    assert undefined.endswith(",0,0,0,0,,,,,,,,,")
    assert resampled.startswith("2,10000,,,,,,,,,")
    assert "nan" not in text.lower()


def test_whole_counts_are_integers_though_others_are_fractions(evaluation: Evaluation) -> None:
    lines = render_reports(evaluation, {}, {})["articles.csv"].splitlines()
    (line,) = [each for each in lines if each.startswith("good/model,plain,a1,,,,actors,lenient,")]
    assert ",actors,lenient,1,0,1,1,1,0," in line
    assert any(",a1,,,,actors,lenient,0.5,0.5,1.5,0,2,1," in line for line in lines)
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
    table = leaderboard_table(Evaluation(schema, cells, evaluation.signature))
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
    one = Evaluation(evaluation.schema, evaluation.cells[:1], evaluation.signature)
    none = Evaluation(evaluation.schema, (), evaluation.signature)
    expected = leaderboard_table(evaluation).dtypes.to_dict()
    assert leaderboard_table(one).dtypes.to_dict() == expected
    assert leaderboard_table(none).dtypes.to_dict() == expected


@pytest.mark.parametrize(
    "table", [scores_table, articles_table, fields_table, grounding_table, claims_table]
)
def test_table_without_cells_has_its_columns(grounded: Evaluation, table) -> None:  # noqa: ANN001
    empty = table(Evaluation(grounded.schema, (), grounded.signature))
    assert empty.empty
    assert empty.dtypes.to_dict() == table(grounded).dtypes.to_dict()


def test_comparisons_of_one_cell_are_a_table_without_rows(evaluation: Evaluation) -> None:
    one = Evaluation(evaluation.schema, evaluation.cells[:1], evaluation.signature)
    table = comparisons_table(one.comparisons)
    assert table.empty
    assert table.dtypes.to_dict() == comparisons_table(evaluation.comparisons).dtypes.to_dict()


def test_articles_say_story_split_tags_gold_and_scorer(grounded: Evaluation) -> None:
    table = read_csv(render_reports(grounded, {}, {})["articles.csv"])
    facts = {
        tuple(row[name] for name in ("article_id", "story", "split", "tags", "gold"))
        for row in of(table)
    }
    gold = grounded.signature.gold
    assert facts == {
        ("a1", "brass", "dev", "long;=wire", gold["a1"]),
        ("a2", "brass", "test", "long", gold["a2"]),
    }
    assert set(table["scorer"]) == {grounded.signature.scorer}


def test_articles_tags_read_back(
    tmp_path: Path, schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    tags = ("long, winding", "wire")
    cell = CellPredictions(GOOD, ("actors",), [Prediction("a1", {})])
    evaluation = evaluate([cell], gold, schema, {"a1": Article("a1", "", tags=tags)})
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    assert load_result(tmp_path).articles["a1"].tags == tags


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
        ("gold", "fn", "timeout"),
        ("gold", "optional", ""),
    }


def test_claims_say_which_prediction_is_an_invalid_item(evaluation: Evaluation) -> None:
    (row,) = of(claims_table(evaluation), error_class="invalid_item")
    assert (row["side"], row["outcome"], row["claim"]) == ("predicted", "fp", '{"text": "-1"}')
    assert (row["error_detail"], row["reason"]) == ("no value", "")
    assert (row["strict_error_class"], row["strict_error_detail"]) == ("invalid_item", "no value")


def test_claims_survive_half_a_surrogate_pair(evaluation: Evaluation) -> None:
    table = read_csv(render_reports(evaluation, {}, {})["claims.csv"])
    rows = of(table, model=BAD.model, article_id="a2", claim_type="quotes", side="predicted")
    assert {json.loads(row["claim"])["text"] for row in rows} == {"No\ud83d", "@SUM(1)\x00\r\n"}


def test_every_table_reads_back_as_it_was(
    grounded: Evaluation, evaluation: Evaluation, usage: dict[Cell, CellUsage]
) -> None:
    for each in (grounded, evaluation):
        files = render_reports(each, usage, {GOOD: "0017"})
        tables = {
            "scores.csv": scores_table(each, {GOOD: "0017"}),
            "leaderboard.csv": leaderboard_table(each, usage, {GOOD: "0017"}),
            "comparisons.csv": comparisons_table(each.comparisons),
            "articles.csv": articles_table(each),
            "fields.csv": fields_table(each),
            "grounding.csv": grounding_table(each),
            "claims.csv": claims_table(each),
        }
        assert list(tables) == list(files)
        for name, table in tables.items():
            pd.testing.assert_frame_equal(read_csv(files[name]), table, check_dtype=False)
