"""From predictions and gold to the rows of a report, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import isnan

import pytest

from harness.evaluate import (
    OVERALL,
    ArticleCounts,
    CellEvaluation,
    CountVectors,
    evaluate,
    score_vectors,
)
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    Claim,
    Counts,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Prediction,
)
from harness.scoring import CLAIM_LEVELS, FieldCounts, Score

from .builders import CELL, FAILURE, SCHEMA, days, labelled, predicted, row_of, run


def test_micro_macro_and_what_stands_behind_them() -> None:
    cell = run(
        [predicted("a", 1, 2), predicted("b", 3), predicted("c")],
        [labelled("a", 1, 3), labelled("b", 3, optional=[3]), labelled("c", 1, 2, 3)],
    )
    for level in CLAIM_LEVELS:
        row = row_of(cell, level=level)
        assert row.counts == Counts(tp=1, fp=1, fn=4, set_aside=1)
        assert row.micro == Score(1 / 2, 1 / 5, 2 / 7)
        # a: 1/2, 1/2, 1/2. b: undefined throughout. c: undefined, 0, 0.
        assert row.macro == Score(1 / 2, 1 / 4, 1 / 4)
        assert row.readable == row.micro
        assert (row.n_articles, row.n_failed, row.n_types) == (3, 0, 1)
    articles = tuple(cell.vectors.rows())
    assert [(each.article_id, each.level) for each in articles] == [
        (article_id, level) for article_id in "abc" for level in CLAIM_LEVELS
    ]
    assert articles[0].counts == Counts(tp=1, fp=1, fn=1)
    assert cell.fields == {
        ("dates", "value"): FieldCounts(1, 1),
        ("dates", "text"): FieldCounts(1, 1),
    }
    assert (cell.cell, cell.failures, cell.n_without_gold) == (CELL, {}, 0)


def test_what_is_undefined_is_nan() -> None:
    cell = run([predicted("a")], [labelled("a")])
    row = row_of(cell)
    assert row.counts == Counts()
    assert all(
        isnan(value)
        for scores in (row.micro, row.macro, row.readable, row_of(cell, OVERALL).micro)
        for value in (scores.precision, scores.recall, scores.f1)
    )


def test_articles_without_gold_are_left_out_and_counted() -> None:
    cell = run(
        [
            predicted("a", 1),
            predicted("x", 1, 2),
            predicted("x", 1, repeat=1),
            predicted("y", failed=True),
        ],
        [labelled("a", 1)],
    )
    assert row_of(cell).counts == Counts(tp=1)
    assert row_of(cell).n_articles == 1
    assert cell.n_without_gold == 2
    assert cell.failures == {}


def test_gold_without_the_claim_type_is_not_labelled() -> None:
    gold = [labelled("a", 1), Gold("b", {"quotes": ()})]
    row = row_of(run([predicted("a", 1), predicted("b", 1, 2, 3)], gold))
    assert (row.counts, row.n_articles) == (Counts(tp=1), 1)


def test_repeats_are_averaged() -> None:
    cell = run(
        [predicted("a", 1, 5), predicted("a", 1, 2, repeat=1), predicted("b", 3)],
        [labelled("a", 1, 2), labelled("b", 3)],
    )
    # a: TP 1 and 2, FP 1 and 0, FN 1 and 0.
    counts = {each.article_id: each for each in cell.vectors.rows() if each.level == "strict"}
    assert counts["a"].counts == Counts(tp=1.5, fp=0.5, fn=0.5)
    assert (counts["a"].n_repeats, counts["b"].n_repeats) == (2, 1)
    assert row_of(cell).micro == Score(2.5 / 3, 2.5 / 3, 5 / 6)
    assert row_of(cell).macro.precision == pytest.approx((1.5 / 2 + 1) / 2)
    assert row_of(cell).n_articles == 2
    assert [each.repeat for each in cell.results] == [0, 1, 0]
    # Fields are summed over the repeats: three pairs in a, one in b.
    assert cell.fields["dates", "value"] == FieldCounts(4, 4)


def test_failures_count_as_missed_and_stand_beside() -> None:
    cell = run(
        [predicted("a", 1, 9), predicted("b", failed=True)],
        [labelled("a", 1), labelled("b", 2, 3)],
    )
    row = row_of(cell)
    assert row.counts == Counts(tp=1, fp=1, fn=2)
    assert row.micro == Score(1 / 2, 1 / 3, 2 / 5)
    assert row.readable == Score(1 / 2, 1.0, 2 / 3)
    assert (row.n_articles, row.n_failed) == (2, 1)
    assert row_of(cell, OVERALL).readable == row.readable
    assert row_of(cell, OVERALL).n_failed == 1
    assert cell.failures == {"timeout": 1}


def test_failures_are_counted_by_reason() -> None:
    failures = {"dates": FAILURE, "quotes": Failure("refused", "no")}
    predictions = [Prediction("a", {}, failures=failures), predicted("b", failed=True)]
    cell = run(predictions, [labelled("a", 1), labelled("b", 1)])
    assert cell.failures == {"refused": 1, "timeout": 2}


def test_readable_replies_of_an_article_that_failed_in_part() -> None:
    cell = run(
        [
            predicted("a", 1, 9, repeat=0),
            predicted("a", repeat=1, failed=True),
            predicted("a", 1, 2, repeat=2),
            predicted("b", failed=True),
        ],
        [labelled("a", 1, 2, 3), labelled("b", 4)],
    )
    row = row_of(cell)
    # a, over all three: TP (1 + 0 + 2)/3, FP 1/3, FN (2 + 3 + 1)/3.
    assert row.counts.tp == pytest.approx(1)
    assert row.counts.fp == pytest.approx(1 / 3)
    assert row.counts.fn == pytest.approx(2 + 1)
    assert row.n_failed == 2
    # a, over the two that can be read: TP 3/2, FP 1/2, FN 3/2. b: nothing.
    assert row.readable == Score(3 / 4, 1 / 2, 3 / 5)
    readable = tuple(cell.vectors.readable.rows())
    assert [each.article_id for each in readable] == ["a", "a"]
    assert readable[0].counts == Counts(tp=1.5, fp=0.5, fn=1.5)
    assert (readable[0].n_repeats, readable[0].n_failed) == (2, 0)
    assert not cell.vectors.readable.select("b").totals.any()


def test_nothing_readable_is_undefined() -> None:
    row = row_of(run([predicted("a", failed=True)], [labelled("a", 1)]))
    assert row.micro.f1 == 0
    assert isnan(row.readable.f1)


def test_invalid_items_are_false_positives() -> None:
    prediction = Prediction("a", {}, invalid_items=(InvalidItem("dates", "no value", {}),))
    assert row_of(run([prediction], [labelled("a", 1)])).counts == Counts(fp=1, fn=1)


def two_types(article_id: str, quotes: Sequence[Claim], *numbers: int) -> Gold:
    """Gold with quotes and dates."""
    return Gold(
        article_id,
        {
            "quotes": tuple(map(GoldClaim, quotes)),
            "dates": tuple(map(GoldClaim, days(*numbers))),
            "actors": (),
        },
    )


QUOTE = {"text": "pay a price", "speaker": None}


def test_overall_is_the_mean_of_the_types_that_have_gold() -> None:
    gold = [two_types("a", [QUOTE], 1, 2), two_types("b", [], 3)]
    predictions = [
        Prediction(
            "a",
            {"quotes": [QUOTE], "dates": days(1, 9), "actors": [{"name": "A", "kind": "person"}]},
        ),
        Prediction("b", {"dates": days(3)}),
    ]
    cell = run(predictions, gold, ("quotes", "dates", "actors", "sanctions"))
    assert [row.claim_type for row in cell.scores] == [
        *("quotes",) * 3,
        *("dates", "dates", "actors", "actors", OVERALL, OVERALL),
    ]
    assert row_of(cell, "quotes").micro.f1 == 1
    assert row_of(cell, "dates").micro == Score(2 / 3, 2 / 3, 2 / 3)
    # Actors have no gold: their false positive stands in their own row and not in the mean.
    assert row_of(cell, "actors").counts == Counts(fp=1)
    assert row_of(cell, "actors").micro.precision == 0
    row = row_of(cell, OVERALL)
    assert row.micro.f1 == pytest.approx((1 + 2 / 3) / 2)
    assert row.micro.precision == pytest.approx((1 + 2 / 3) / 2)
    # Quotes: a 1, b undefined. Dates: a 1/2, b 1.
    assert row.macro.f1 == pytest.approx((1 + 3 / 4) / 2)
    assert row.counts == Counts(tp=3, fp=1, fn=1)
    assert (row.n_types, row.n_articles) == (2, 2)
    assert cell.score_of("sanctions") is None


def test_overall_counts_every_article_behind_it_once() -> None:
    gold = [
        Gold("a", {"dates": (GoldClaim(days(1)[0]),)}),
        Gold("b", {"quotes": (GoldClaim(QUOTE),)}),
        Gold("c", {"quotes": (), "dates": ()}),
        Gold("d", {"actors": ()}),
    ]
    cell = run(
        [Prediction(each.article_id, {}) for each in gold], gold, ("dates", "quotes", "actors")
    )
    assert [row_of(cell, name).n_articles for name in ("dates", "quotes", "actors")] == [2, 2, 1]
    assert row_of(cell, OVERALL).n_articles == 3


def test_only_the_claim_types_of_the_cell_are_scored() -> None:
    gold = [two_types("a", [QUOTE], 1)]
    cell = run([Prediction("a", {"quotes": [QUOTE], "dates": days(1)})], gold, ("dates",))
    assert {row.claim_type for row in cell.scores} == {"dates", OVERALL}
    assert row_of(cell, OVERALL).n_types == 1


def test_a_cell_without_predictions_has_no_scores() -> None:
    cell = run([], [labelled("a", 1)])
    assert (cell.results, tuple(cell.vectors.rows()), cell.score_of("dates")) == ((), (), None)
    row = row_of(cell, OVERALL)
    assert (row.n_types, row.n_articles, row.counts) == (0, 0, Counts())


def test_cells_stay_in_their_order() -> None:
    cells = [
        CellPredictions(Cell(model, "p"), ("dates",), [predicted("a", *numbers)])
        for model, numbers in (("z", [1]), ("a", [2]))
    ]
    first, second = evaluate(cells, {"a": labelled("a", 1)}, SCHEMA).cells
    assert (first.cell.model, second.cell.model) == ("z", "a")
    assert (row_of(first).micro.f1, row_of(second).micro.f1) == (1, 0)


def everything(cell: CellEvaluation) -> list[object]:
    """All that is known of a cell, in a form that says what differs."""
    return [
        list(cell.vectors.rows()),
        [repr(row) for row in cell.scores],
        [(each.article_id, each.repeat, each.outcomes) for each in cell.results],
        cell.fields,
        cell.agreement,
        cell.failures,
        [repr(each) for each in cell.intervals.values()],
    ]


def test_the_order_of_predictions_changes_nothing() -> None:
    gold = [labelled("a", 1, 2), labelled("b", 3)]
    predictions = [predicted("a", 1), predicted("a", 2, 9, repeat=1), predicted("b", 4)]
    expected = everything(run(predictions, gold))
    for order in permutations(predictions):
        assert everything(run(order, gold)) == expected


def test_score_vectors_of_counts_that_were_read_back() -> None:
    articles = [
        ArticleCounts("a", "dates", "lenient", Counts(tp=1, fn=1)),
        ArticleCounts("b", "dates", "lenient", Counts(fn=2), n_repeats=1, n_failed=1),
    ]
    scores = score_vectors(CountVectors.from_rows(articles))
    rows = {(row.claim_type, row.level): row for row in scores}
    assert set(rows) == {("dates", "lenient"), (OVERALL, "strict"), (OVERALL, "lenient")}
    assert rows["dates", "lenient"].micro.recall == 1 / 4
    assert rows["dates", "lenient"].readable.recall == 1 / 2
    assert rows[OVERALL, "lenient"].n_articles == 2
    assert isnan(rows[OVERALL, "strict"].micro.f1)


def quotations(*texts: str, speaker: str | None = "Ada") -> list[Claim]:
    return [{"text": text, "speaker": speaker} for text in texts]


def test_quotations_are_also_scored_by_their_words() -> None:
    gold = Gold("a", {"quotes": tuple(map(GoldClaim, quotations("we need far more brass")))})
    # Cut in two, and one word more.
    own = Prediction("a", {"quotes": quotations("we need far", "more brass now")})
    cell = run([own], [gold], ("quotes",))
    rows = [(row.claim_type, row.level) for row in cell.scores]
    assert rows == [
        *(("quotes", "strict"), ("quotes", "lenient"), ("quotes", "content")),
        *((OVERALL, "strict"), (OVERALL, "lenient")),
    ]
    row = row_of(cell, "quotes", "content")
    assert row.counts == Counts(tp=5, fp=1)
    assert row.micro == Score(5 / 6, 1.0, 10 / 11)
    assert cell.score_of(OVERALL, "content") is None
    # Their own words are no claims: the mean over types is of claims alone.
    assert row_of(cell, OVERALL).counts == row_of(cell, "quotes").counts


def test_groundings_are_counted_by_field_and_status() -> None:
    article = Article("a", "Ada said \u201cNo,\u201d and left on 1 April.")
    own = Prediction(
        "a",
        {
            "quotes": [*quotations("No"), *quotations("Perhaps tomorrow at noon")],
            "dates": [*days(1), {"value": "2021-04-02", "text": "1 april", "evidence": "Ada said"}],
        },
    )
    gold = [two_types("a", [QUOTE], 1)]
    cell = run([own], gold, ("quotes", "dates"), [article])
    assert cell.groundings == {
        ("quotes", "text"): {"exact": 1, "absent": 1},
        ("dates", "text"): {"exact": 1, "folded": 1},
        ("dates", "evidence"): {"exact": 1},
    }
    assert run([own], gold, ("quotes", "dates")).groundings == {}


def test_what_was_copied_from_the_prompt_is_said_of_its_own_prompt_alone() -> None:
    own = {"quotes": quotations("Perhaps tomorrow")}
    cells = [
        CellPredictions(Cell("m", prompt), ("quotes",), [Prediction("a", own)])
        for prompt in ("leaky", "plain")
    ]
    texts = {"leaky": "For example: perhaps tomorrow.", "plain": "Find quotes."}
    gold = {"a": two_types("a", [QUOTE], 1)}
    evaluation = evaluate(cells, gold, SCHEMA, {"a": Article("a", "Ada left.")}, texts)
    leaky, plain = evaluation.cells
    assert leaky.groundings == {("quotes", "text"): {"copied": 1}}
    assert plain.groundings == {("quotes", "text"): {"absent": 1}}
    classes = [
        {each.error_class for each in cell.results[0].outcomes["lenient"] if each.outcome == "fp"}
        for cell in (leaky, plain)
    ]
    assert classes == [{"copied_from_prompt"}, {"ungrounded"}]
