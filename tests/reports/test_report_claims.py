"""What became of each claim, why, and where it stands in its article."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

import pandas as pd
import pytest

from harness.claims import ClaimSchema
from harness.evaluate import Evaluation, evaluate
from harness.records import Article, Cell, CellPredictions, Gold, Prediction
from harness.reports.csv_text import read_csv
from harness.reports.leaderboard_table import leaderboard_table
from harness.reports.write import render_reports

GOOD = Cell("good/model", "plain")


def claims_of(evaluation: Evaluation, **values: object) -> list[dict[str, Any]]:
    """The rows of claims.csv, read back, in which these columns have these values."""
    rows = read_csv(render_reports(evaluation, {}, {})["claims.csv"]).to_dict("records")
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def test_claims_offsets_cut_the_value_out_of_the_article(
    grounded: Evaluation, articles: dict[str, Article]
) -> None:
    found = {}
    for row in claims_of(grounded, side="predicted"):
        text = articles[row["article_id"]].text
        cut = "" if pd.isna(row["start"]) else text[row["start"] : row["end"]]
        found[row["claim_type"], row["article_id"], row["number"]] = (row["grounding"], cut)
    assert found == {
        # What is compared, not the evidence.
        ("actors", "a1", 0): ("exact", "Charles Babbage"),
        ("actors", "a1", 1): ("absent", ""),
        ("actors", "a1", 2): ("copied", ""),
        ("quotes", "a1", 0): ("folded", "We need far more\u00a0brass wheels"),
        ("quotes", "a1", 1): ("approximate", "need far more\u00a0brass wheels"),
        ("dates", "a1", 0): ("folded", "15\u00a0April"),
        # Neither imposer nor target are said to be copied: the evidence stands for them.
        ("sanctions", "a1", 0): ("folded", "the Royal Society"),
        ("quotes", "a2", 0): ("exact", "No"),
    }


def test_claims_gold_has_no_grounding(grounded: Evaluation) -> None:
    for row in claims_of(grounded, side="gold"):
        assert row["grounding"] == ""
        assert pd.isna(row["start"])
        assert pd.isna(row["end"])


def test_claims_say_why_each_is_wrong(grounded: Evaluation) -> None:
    rows = claims_of(grounded, model=GOOD.model, article_id="a1")
    classes = {
        (row["claim_type"], row["side"], row["number"]): (
            row["outcome"],
            row["error_class"],
            row["nearest"],
        )
        for row in rows
        if row["error_class"]
    }
    assert {key: value[:2] for key, value in classes.items()} == {
        ("actors", "gold", 0): ("fn", "missed"),
        ("actors", "predicted", 1): ("fp", "ungrounded"),
        ("actors", "predicted", 2): ("fp", "copied_from_prompt"),
        ("quotes", "predicted", 1): ("fp", "duplicate"),
        ("sanctions", "predicted", 0): ("fp", "spurious"),
    }
    assert classes["quotes", "predicted", 1][2] == 0
    assert pd.isna(classes["actors", "gold", 0][2])


def test_claims_say_why_a_lenient_pair_is_not_strict(evaluation: Evaluation) -> None:
    rows = claims_of(evaluation, model=GOOD.model, article_id="a1", claim_type="quotes")
    assert [
        (row["side"], row["outcome"], row["error_class"], row["strict_outcome"]) for row in rows
    ] == [("gold", "tp", "", "fn"), ("predicted", "tp", "", "fp")]
    for row in rows:
        assert (row["strict_error_class"], row["strict_nearest"]) == ("wrong_speaker", 0)
        assert pd.isna(row["nearest"])


def test_claims_without_articles_have_no_grounding(evaluation: Evaluation) -> None:
    assert {row["grounding"] for row in claims_of(evaluation)} == {""}


def test_grounding_counts_the_values_of_each_verbatim_field(grounded: Evaluation) -> None:
    table = read_csv(render_reports(grounded, {}, {})["grounding.csv"])
    assert set(table["model"]) == {GOOD.model}
    statuses = ["exact", "folded", "approximate", "absent", "copied"]
    rows = {
        (row["claim_type"], row["field"]): (row["n"], [row[each] for each in statuses])
        for row in table.to_dict("records")
    }
    assert rows == {
        ("actors", "name"): (3, [1, 0, 0, 1, 1]),
        ("actors", "evidence"): (1, [0, 0, 0, 1, 0]),
        ("quotes", "text"): (3, [1, 1, 1, 0, 0]),
        ("dates", "text"): (1, [0, 1, 0, 0, 0]),
        ("sanctions", "evidence"): (1, [0, 1, 0, 0, 0]),
    }
    assert table["grounded"].tolist() == pytest.approx([1 / 3, 0, 1, 1, 1])


def test_grounding_without_articles_is_empty(evaluation: Evaluation) -> None:
    text = render_reports(evaluation, {}, {})["grounding.csv"]
    assert len(text.splitlines()) == 1
    assert leaderboard_table(evaluation)["grounded"].isna().all()


def test_leaderboard_says_what_is_grounded_and_who_is_first(grounded: Evaluation) -> None:
    good, bad = leaderboard_table(grounded).to_dict("records")
    assert good["grounded"] == pytest.approx(6 / 9)
    assert isnan(bad["grounded"])
    # Two articles are no evidence: both are first.
    assert (good["rank"], bad["rank"]) == (1, 1)
    interval = grounded.cells[0].interval_of("overall")
    assert (good["f1_low"], good["f1_high"]) == (interval.low.f1, interval.high.f1)
    assert good["signature"] == grounded.signature.over(["a1", "a2"])


def values_back(schema: ClaimSchema, gold: dict[str, Gold], values: dict[str, Any]) -> Any:  # noqa: ANN401
    cell = CellPredictions(GOOD, ("quotes",), [Prediction("a1", {"quotes": [values]})])
    (row,) = claims_of(evaluate([cell], gold, schema), side="predicted")
    return json.loads(row["claim"])


@pytest.mark.parametrize(
    "text",
    ["a\u00a0b", "=1+1", "'-1", "\ud83d", "\U0001f6a2", '"', "a\r\nb\tc", "\x00\x1b", "\u2028"],
)
def test_claims_read_back_what_was_said(
    schema: ClaimSchema, gold: dict[str, Gold], text: str
) -> None:
    values = {"text": text, "speaker": None}
    assert values_back(schema, gold, values) == values


@pytest.mark.parametrize("text", ["a\x7fb", "a\x85b", "\x9b"])
def test_claims_keep_control_characters_of_the_second_half(
    schema: ClaimSchema, gold: dict[str, Gold], text: str
) -> None:
    values = {"text": text, "speaker": None}
    assert values_back(schema, gold, values) == values
