"""What is rarely there: one labelled article, many repeats, cells that say nothing."""

from __future__ import annotations

from math import isnan, nan
from typing import Annotated

import pytest
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare
from harness.evaluate import (
    HEADLINE,
    OVERALL,
    ArticleCounts,
    CountVectors,
    Resampling,
    compare_vectors,
    gold_hash,
    score_intervals,
    score_vectors,
)
from harness.records import Cell, Counts, Gold, GoldClaim, Prediction

from .builders import CELL, days, evaluated, labelled, predicted

A, B = Cell("a", "p"), Cell("b", "p")


def sparse() -> list[Gold]:
    """Ten articles, of which one is labelled for dates."""
    return [labelled("a0", 1, 2), *(Gold(f"a{number}", {"quotes": ()}) for number in range(1, 10))]


def test_a_type_that_one_article_is_labelled_for_has_no_interval() -> None:
    predictions = [predicted(each.article_id, 1) for each in sparse()]
    evaluation = evaluated({A: predictions, B: predictions}, sparse(), ("dates", "quotes"))
    interval = evaluation.cells[0].interval_of("dates")
    assert isnan(interval.low.f1)
    assert isnan(interval.high.f1)
    assert (interval.n_units, interval.n_undefined) == (1, (0, 0, 0))
    (row,) = (
        each
        for each in evaluation.comparisons
        if (each.claim_type, each.level) == ("dates", HEADLINE)
    )
    assert (row.n_units, row.p.f1) == (1, 1)
    assert all(isnan(value) for value in (row.low.f1, row.high.f1, row.detectable))


def rows_of(n_repeats: list[int]) -> list[ArticleCounts]:
    """Articles that were asked for so many times, each time with one right and one wrong."""
    return [
        ArticleCounts(f"a{number:02}", "dates", level, Counts(tp=1, fp=1), n, n // 2)
        for number, n in enumerate(n_repeats)
        for level in ("strict", "lenient")
    ]


def test_many_different_numbers_of_repeats_are_scored_all_the_same() -> None:
    vectors = CountVectors.from_rows(rows_of(list(range(1, 81))))
    row = next(each for each in score_vectors(vectors) if each.level == "lenient")
    assert row.micro.precision == pytest.approx(1 / 2)
    assert row.readable.precision == pytest.approx(1 / 2)
    interval = score_intervals(vectors, {}, Resampling(n_resamples=100))["dates", "lenient"]
    assert interval.low.precision == pytest.approx(1 / 2)
    rows = compare_vectors((A, vectors), (B, vectors), {}, Resampling(n_resamples=100))
    assert {row.p.f1 for row in rows} == {1}


def test_few_different_numbers_of_repeats_are_exact() -> None:
    vectors = CountVectors.from_rows(rows_of([2, 3, 7]))
    assert vectors.scale == 42
    row = next(each for each in score_vectors(vectors) if each.level == "lenient")
    assert row.counts == Counts(tp=3, fp=3)


def test_a_cell_without_an_f1_has_no_rank() -> None:
    evaluation = evaluated({A: [], B: [predicted("a", 1)]}, [labelled("a", 1)])
    assert (evaluation.rank_of(A), evaluation.rank_of(B)) == (None, 1)


def test_no_gold_at_all_has_no_interval() -> None:
    cell = evaluated({CELL: [predicted("a", 1), predicted("b", 2)]}, [labelled("a"), labelled("b")])
    interval = cell.cells[0].interval_of(OVERALL)
    assert (interval.n_units, repr(interval.low.f1)) == (0, repr(nan))


class Flood(BaseModel):
    """A flood."""

    event: Annotated[str, Compare("text", anchor=True)]
    source_url: str | None = None


class Floods(BaseModel):
    """Claims of one's own, one of whose compared fields has a name that elsewhere is not."""

    floods: list[Flood]


def test_gold_hash_sees_what_the_schema_compares_and_nothing_else() -> None:
    schema = ClaimSchema.from_class(Floods)

    def hashed(event: str, url: str) -> str:
        claim = GoldClaim({"event": event, "source_url": url})
        return gold_hash(Gold("a", {"floods": (claim,)}), schema)

    assert hashed("the dam broke", "one") == hashed("the dam broke", "two")
    assert hashed("the dam broke", "one") != hashed("the river rose", "one")


def test_a_claim_type_that_a_reply_was_not_asked_for_is_not_compared_between_repeats() -> None:
    gold = [Gold("a", {"dates": tuple(map(GoldClaim, days(1))), "quotes": ()})]
    replies = [Prediction("a", {"dates": days(1)}, repeat) for repeat in range(2)]
    (cell,) = evaluated({CELL: replies}, gold).cells
    assert {claim_type for claim_type, _ in cell.agreement} == {"dates"}
