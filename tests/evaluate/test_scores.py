"""Scores of count vectors: every row by the plain definitions, and each slice as if alone."""

from __future__ import annotations

import random
import re
from math import isnan, nan
from typing import TypeAlias

import pytest

from harness.evaluate import (
    ALL,
    OVERALL,
    ArticleCounts,
    CellEvaluation,
    CountVectors,
    ScoreRow,
    score_intervals,
    score_vectors,
    scores,
    slices_of,
)
from harness.records import Article, Counts, Gold, GoldClaim, Prediction
from harness.scoring import CLAIM_LEVELS, LEVELS, Score, macro_average, micro_average, overall

from .builders import days, labelled, predicted, row_of, run

Rows: TypeAlias = dict[tuple[str, str, str], ScoreRow]

ARTICLES = (
    Article("a", "", story="vote", split="dev", tags=("long", "wire")),
    Article("b", "", story="vote", split="test", tags=("long",)),
    Article("c", "", story="fire", split="dev"),
    Article("d", ""),
)


def same(one: Score, other: Score) -> bool:
    pairs = (
        (getattr(each, name) for each in (one, other)) for name in ("precision", "recall", "f1")
    )
    return all(x == pytest.approx(y, abs=1e-12, nan_ok=True) for x, y in pairs)


def test_rows_are_those_of_the_plain_definitions() -> None:
    source = random.Random(1)
    rows = [
        ArticleCounts(article_id, name, level, Counts(*(source.randint(0, 2) for _ in range(4))))
        for article_id in "abcdef"
        for name in ("dates", "quotes", "actors")
        if source.random() < 0.8
        for level in LEVELS
    ]
    scores = {
        (row.claim_type, row.level): row for row in score_vectors(CountVectors.from_rows(rows))
    }
    types = tuple(dict.fromkeys(row.claim_type for row in rows))
    assert list(scores) == [
        *((name, level) for name in types for level in LEVELS),
        *((OVERALL, level) for level in CLAIM_LEVELS),
    ]
    for (name, level), row in scores.items():
        own = {
            each: [row.counts for row in rows if (row.claim_type, row.level) == (each, level)]
            for each in (types if name == OVERALL else [name])
        }
        counts = sum((each for counts in own.values() for each in counts), Counts())
        assert row.counts == counts
        assert same(row.micro, overall([micro_average(each) for each in own.values()]))
        assert same(row.macro, overall([macro_average(each) for each in own.values()]))
        assert same(row.readable, row.micro)
        assert row.n_types == len(own)
        assert row.slice == ALL


def test_slices_are_named_after_what_articles_have() -> None:
    by_id = {each.id: each for each in ARTICLES}
    assert slices_of(("a", "b", "c", "d", "unknown"), by_id) == {
        "all": ("a", "b", "c", "d", "unknown"),
        "split=dev": ("a", "c"),
        "split=test": ("b",),
        "tag=long": ("a", "b"),
        "tag=wire": ("a",),
        "story=fire": ("c",),
        "story=vote": ("a", "b"),
    }
    assert slices_of(("d",), by_id) == {"all": ("d",)}
    assert slices_of(("a",), {}) == {"all": ("a",)}


def test_slices_score_as_the_subset_would_alone() -> None:
    gold = {
        "a": [labelled("a", 1, 2)],
        "b": [labelled("b", 3, 4, optional=[4])],
        "c": [Gold("c", {"dates": (), "quotes": (GoldClaim({"text": "no", "speaker": None}),)})],
        "d": [labelled("d", 7)],
    }
    replies = {
        "a": [predicted("a", 1), predicted("a", 1, 2, repeat=1)],
        "b": [predicted("b", 3, 4, 9)],
        "c": [predicted("c", 5)],
        "d": [predicted("d", failed=True)],
    }
    types = ("quotes", "dates")

    def cell_of(ids: str, articles: tuple[Article, ...]) -> tuple[CellEvaluation, Rows]:
        cell = run(
            [each for name in ids for each in replies[name]],
            [each for name in ids for each in gold[name]],
            types,
            articles,
        )
        return cell, {(row.slice, row.claim_type, row.level): row for row in cell.scores}

    whole, rows = cell_of("abcd", ARTICLES)
    # Within a slice there is no other: each article stands in it without split, story and tags.
    n_checked = 0
    for name, ids in slices_of("abcd", {each.id: each for each in ARTICLES}).items():
        alone, expected = cell_of("".join(ids), ())
        found = {key[1:]: row for key, row in rows.items() if key[0] == name}
        assert list(found) == [key[1:] for key in expected]
        for key, row in found.items():
            other = expected[ALL, *key]
            assert (row.counts, row.n_articles, row.n_failed, row.n_types) == (
                other.counts,
                other.n_articles,
                other.n_failed,
                other.n_types,
            )
            for kind in ("micro", "macro", "readable"):
                assert same(getattr(row, kind), getattr(other, kind))
            n_checked += 1
        if not name.startswith("story="):
            own = {key[1:]: each for key, each in whole.intervals.items() if key[0] == name}
            resampled = score_intervals(alone.vectors, {}, alone.resampling)
            assert {key: repr(each) for key, each in own.items()} == {
                key: repr(each) for key, each in resampled.items()
            }
    assert n_checked == len(whole.scores) == len(rows)


def test_slices_have_the_claim_types_that_are_labelled_in_them() -> None:
    gold = [labelled("a", 1), Gold("c", {"quotes": (GoldClaim({"text": "no", "speaker": None}),)})]
    cell = run([Prediction("a", {}), Prediction("c", {})], gold, ("quotes", "dates"), ARTICLES)
    found = {row.claim_type for row in cell.scores if row.slice == "story=fire"}
    assert found == {"quotes", OVERALL}
    assert row_of(cell, OVERALL, slice_name="story=fire").n_types == 1
    assert row_of(cell, OVERALL, slice_name="all").n_types == 2


def test_overall_of_a_slice_leaves_out_types_without_gold_there() -> None:
    # Dates have gold in a alone: in b, one wrong date does not enter the mean.
    quote = {"text": "we will wait", "speaker": None}
    gold = [
        Gold("a", {"dates": (GoldClaim(days(1)[0]),), "quotes": (GoldClaim(quote),)}),
        Gold("b", {"dates": (), "quotes": (GoldClaim(quote),)}),
    ]
    replies = [
        Prediction("a", {"dates": days(1), "quotes": []}),
        Prediction("b", {"dates": days(9), "quotes": [quote]}),
    ]
    cell = run(replies, gold, ("quotes", "dates"), ARTICLES)
    test = row_of(cell, OVERALL, slice_name="split=test")
    assert (test.n_types, test.micro) == (1, Score(1.0, 1.0, 1.0))
    assert test.counts == Counts(tp=1)
    assert row_of(cell, "dates", slice_name="split=test").counts == Counts(fp=1)
    everywhere = row_of(cell, OVERALL)
    assert everywhere.n_types == 2
    assert everywhere.micro.precision == pytest.approx((1 + 1 / 2) / 2)


def test_optional_gold_alone_is_no_gold() -> None:
    cell = run([predicted("a", 1, 2)], [labelled("a", 1, optional=[1])])
    assert row_of(cell, OVERALL).n_types == 0
    assert isnan(row_of(cell, OVERALL).micro.precision)
    assert row_of(cell).counts == Counts(fp=1, set_aside=1)


def test_macro_leaves_out_articles_where_a_score_is_undefined() -> None:
    cell = run(
        [predicted("a", 1), predicted("b", 2), predicted("c"), predicted("d")],
        [labelled("a", 1), labelled("b"), labelled("c", 3), labelled("d")],
    )
    # Precision: a 1, b 0. Recall: a 1, c 0. F1: a 1, b 0, c 0. Of d nothing is defined.
    assert same(row_of(cell).macro, Score(1 / 2, 1 / 2, 1 / 3))
    assert same(row_of(run([predicted("d")], [labelled("d")])).macro, Score(nan, nan, nan))


def test_score_of_what_was_not_scored_is_none() -> None:
    cell = run([predicted("a", 1)], [labelled("a", 1)])
    assert cell.score_of("quotes") is None
    assert cell.score_of("dates", "content") is None
    row = cell.score_of("dates", "strict")
    assert row is not None
    assert (row.slice, row.level) == (ALL, "strict")


@pytest.mark.parametrize("repeats", [(1,), (1, 2, 3), tuple(range(1, 30))])
@pytest.mark.parametrize(("n_slices", "n_rows"), [(1, 1), (2, 3), (256, 4096)])
def test_slices_scored_at_once_are_those_scored_one_by_one(
    monkeypatch: pytest.MonkeyPatch, repeats: tuple[int, ...], n_slices: int, n_rows: int
) -> None:
    monkeypatch.setattr(scores, "_BATCH_SLICES", n_slices)
    monkeypatch.setattr(scores, "_BATCH_ROWS", n_rows)
    source = random.Random(len(repeats))
    rows = []
    for number in range(29):
        n = repeats[number % len(repeats)]
        for claim_type in ("dates", "quotes"):
            if source.random() < 0.2:
                continue
            for level in ("strict", "lenient", "content")[: 3 if claim_type == "quotes" else 2]:
                counts = Counts(*(source.randint(0, 3 * n) / n for _ in range(4)))
                failed = source.randint(0, n) * (counts.fn * n >= n)
                rows.append(ArticleCounts(f"a{number:02}", claim_type, level, counts, n, failed))
    vectors = CountVectors.from_rows(rows)
    assert vectors.is_rounded is (len(repeats) == 29)
    ids = vectors.article_ids
    slices = {f"story={number}": ids[number : number + 4] for number in range(0, 28, 3)}
    slices = {"all": ids, **slices, "none": ()}
    found = [repr(row) for row in scores.score_slices(vectors, slices)]
    alone = [
        repr(row)
        for name, own in slices.items()
        for row in score_vectors(vectors.select(own), name)
    ]
    assert [plain(row) for row in found] == [plain(row) for row in alone]


def plain(row: str) -> str:
    """What is whole is written as a fraction where others of the articles have repeats."""
    return re.sub(r"\b(\d+)\.0\b", r"\1", row)
