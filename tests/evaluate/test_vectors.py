"""Counts by article: kept small, read back, selected, averaged over repeats."""

from __future__ import annotations

import tracemalloc
import weakref
from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pytest

from harness.evaluate import ArticleCounts, CountTally, CountVectors, score_pairs
from harness.records import Counts, Gold, GoldClaim, Prediction
from harness.scoring import CLAIM_LEVELS, LEVELS, TypeResult, count_article

from .builders import SCHEMA, labelled, predicted, run, vectors_of

ROWS = (
    ArticleCounts("a", "dates", "strict", Counts(1, 2, 3, 1), n_repeats=2, n_failed=1),
    ArticleCounts("a", "dates", "lenient", Counts(1.5, 1.5, 2.5, 1), n_repeats=2, n_failed=1),
    ArticleCounts("a", "quotes", "strict", Counts(0, 1, 0)),
    ArticleCounts("a", "quotes", "lenient", Counts(0, 1, 0)),
    ArticleCounts("a", "quotes", "content", Counts(0, 7, 0)),
    ArticleCounts("b", "dates", "strict", Counts(1 / 3, 0, 5 / 3), n_repeats=3),
    ArticleCounts("b", "dates", "lenient", Counts(2 / 3, 0, 4 / 3), n_repeats=3),
)


def assert_equal(one: CountVectors, other: CountVectors) -> None:
    assert (one.article_ids, one.claim_types) == (other.article_ids, other.claim_types)
    for name in ("totals", "n_repeats", "n_failed", "is_counted"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_rows_of_vectors_made_of_rows_are_these_rows() -> None:
    vectors = CountVectors.from_rows(ROWS)
    assert tuple(vectors.rows()) == ROWS
    assert vectors.totals.shape == (2, 2, len(LEVELS), 4)
    assert vectors.totals.dtype == np.int64
    assert_equal(CountVectors.from_rows(vectors.rows()), vectors)


def test_rows_may_come_in_any_order() -> None:
    for order in permutations(ROWS[2:]):
        found = CountVectors.from_rows(order)
        assert sorted(found.rows(), key=repr) == sorted(ROWS[2:], key=repr)
        assert found.article_ids == ("a", "b")


def test_no_rows_are_no_articles() -> None:
    vectors = CountVectors.from_rows(())
    assert (vectors.article_ids, vectors.claim_types, vectors.scale) == ((), (), 1)
    assert list(vectors.rows()) == []


@pytest.mark.parametrize("n_repeats", [1, 3, 7, 11])
def test_sums_over_repeats_come_back_from_their_means(n_repeats: int) -> None:
    totals = range(0, 2000, 7)
    rows = [
        ArticleCounts(f"{n:04}", "dates", "strict", Counts(*[n / n_repeats] * 4), n_repeats)
        for n in totals
    ]
    assert CountVectors.from_rows(rows).totals[:, 0, 0, 0].tolist() == list(totals)


def test_scale_makes_means_whole() -> None:
    vectors = CountVectors.from_rows(ROWS)
    assert vectors.scale == 6
    dates = vectors.claim_types.index("dates")
    # a: (2, 4, 6, 2) / 2. b: (1, 0, 5, 0) / 3.
    assert vectors.scaled[:, dates, 0].tolist() == [[6, 12, 18, 6], [2, 0, 10, 0]]
    # Quotes of b are not labelled.
    assert not vectors.scaled[1, vectors.claim_types.index("quotes")].any()


def test_select_takes_articles_in_their_order_and_types_in_that_given() -> None:
    vectors = CountVectors.from_rows(ROWS)
    chosen = vectors.select({"b", "a", "gone"}, ["quotes", "dates"])
    assert (chosen.article_ids, chosen.claim_types) == (("a", "b"), ("quotes", "dates"))
    assert set(chosen.rows()) == set(ROWS)
    only = vectors.select(["b"])
    assert (only.article_ids, only.claim_types) == (("b",), vectors.claim_types)
    assert tuple(only.rows()) == ROWS[5:]
    assert tuple(vectors.select(["a"], ["quotes"]).rows()) == ROWS[2:5]
    # A selection has a scale of its own: whole counts stay small.
    assert (only.scale, vectors.select(["a"], ["quotes"]).scale) == (3, 1)
    assert list(vectors.select([]).rows()) == []


def test_readable_takes_failed_replies_out_of_the_missed_gold() -> None:
    # Three replies over two gold claims, one of them failed: 2 + 1 found of 4, two false.
    rows = [
        ArticleCounts("a", "dates", level, Counts(3 / 3, 2 / 3, 3 / 3, 1 / 3), 3, 1)
        for level in CLAIM_LEVELS
    ]
    readable = CountVectors.from_rows(rows).readable
    for row in readable.rows():
        assert row.counts == Counts(3 / 2, 1, 1 / 2, 1 / 2)
        assert (row.n_repeats, row.n_failed) == (2, 0)


def test_readable_words_are_never_more_than_were_said() -> None:
    gold = GoldClaim(
        {"text": "one two three four", "speaker": None},
        accept={"text": ["one two three four five six"]},
    )
    longer = {"text": "one two three four five six", "speaker": None}
    failed = predicted("a", repeat=1, failed=True).failures["dates"]
    cell = run(
        [
            Prediction("a", {"quotes": [longer]}),
            Prediction("a", {}, repeat=1, failures={"quotes": failed}),
        ],
        [Gold("a", {"quotes": (gold,)})],
        ("quotes",),
    )
    row = cell.score_of("quotes", "content")
    assert row is not None
    assert row.readable.recall == 1


def test_tally_takes_results_in_any_order() -> None:
    gold = [labelled("a", 1, 2), labelled("b", 3, optional=[3]), labelled("c")]
    predictions = [
        (gold[0], predicted("a", 1, 9)),
        (gold[0], predicted("a", repeat=1, failed=True)),
        (gold[1], predicted("b", 3)),
        (gold[2], predicted("c", 5)),
    ]
    results = [result for pair in predictions for result in count_article(SCHEMA, *pair, ["dates"])]
    expected = None
    for order in permutations(results):
        tally = CountTally(["dates"])
        for result in order:
            tally.add(result)
        vectors = tally.vectors()
        assert vectors.article_ids == ("a", "b", "c")
        if expected is not None:
            assert_equal(vectors, expected)
        expected = vectors
    assert expected is not None
    assert expected.totals[:, 0, 0].tolist() == [[1, 1, 3, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    assert (expected.n_repeats[:, 0].tolist(), expected.n_failed[:, 0].tolist()) == (
        [2, 1, 1],
        [1, 0, 0],
    )


def test_vectors_are_a_copy_of_the_tally() -> None:
    tally = CountTally(["dates"])
    (result,) = count_article(SCHEMA, labelled("a", 1), predicted("a", 1), ["dates"])
    tally.add(result)
    before = tally.vectors()
    tally.add(result)
    tally.put("a", "dates", "content", [1, 0, 0, 0], 2, 0)
    assert before.totals[0, 0, 0].tolist() == [1, 0, 0, 0]
    assert before.is_counted.tolist() == [[True, True, False]]
    assert tally.vectors().totals[0, 0, 0].tolist() == [2, 0, 0, 0]


def test_a_type_that_is_not_labelled_has_no_repeats() -> None:
    vectors = score_pairs([(labelled("a", 1), predicted("a", 1))], SCHEMA, ["quotes", "dates"])
    assert vectors.claim_types == ("quotes", "dates")
    assert vectors.n_repeats.tolist() == [[0, 1]]
    assert [row.claim_type for row in vectors.rows()] == ["dates", "dates"]
    assert vectors.is_counted.tolist() == [[False] * 3, [True, True, False]]


# ---- a stream keeps nothing but counts ---------------------------------------------------------


def stream(n: int) -> Iterator[tuple[Gold, Prediction]]:
    for number in range(n):
        yield labelled(f"{number:05}", 1, 2), predicted(f"{number:05}", 1, 9)


def test_stream_is_scored_as_a_cell_is() -> None:
    pairs = list(stream(5))
    cell = run([each for _, each in pairs], [each for each, _ in pairs])
    assert_equal(score_pairs(iter(pairs), SCHEMA, ["dates"]), cell.vectors)
    assert score_pairs(stream(1), SCHEMA).claim_types == tuple(SCHEMA.types)


def test_stream_lets_every_result_go() -> None:
    seen: list[weakref.ref[TypeResult]] = []
    n_alive = []

    def look(result: TypeResult) -> None:
        seen.append(weakref.ref(result))
        n_alive.append(sum(each() is not None for each in seen))

    assert len(score_pairs(stream(50), SCHEMA, each=look).article_ids) == 50
    # This one, and the one before it at most.
    assert max(n_alive) <= 2
    assert not any(each() for each in seen)


def test_tally_of_many_articles_is_small() -> None:
    n = 20_000
    # One result stands for all, so that what is measured is what the tally keeps.
    (result,) = count_article(SCHEMA, labelled("x", 1), predicted("x", 1), ["dates"])
    tally = CountTally(tuple(SCHEMA.types))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(n):
            object.__setattr__(result, "article_id", f"{number:05}")
            tally.add(result)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / n < 600
    assert len(tally.vectors().article_ids) == n


def test_means_of_one_reply_are_whole() -> None:
    (strict, lenient) = vectors_of({"a": (1, 2, 3)}).rows()
    assert strict.counts == lenient.counts == Counts(1, 2, 3)
    assert all(isinstance(each, int) for each in (strict.counts.tp, strict.counts.fn))
