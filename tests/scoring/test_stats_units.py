"""Resampling units, sums by unit, and scores of arrays against those of single counts."""

import random
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records import Counts
from harness.scoring import overall, score
from harness.scoring.stats import MIN_STORIES, resampling_units, score_array, sum_by_unit


def test_eight_stories_are_resampled_whole() -> None:
    stories = ["s3", "s1", "s1", "s2", "s4", "s5", "s6", "s7", "s8"]
    units = resampling_units([f"a{n}" for n in range(9)], stories)
    assert units.kind == "stories"
    assert units.labels == ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")
    assert units.index.tolist() == [2, 0, 0, 1, 3, 4, 5, 6, 7]


def test_with_seven_stories_articles_are_resampled() -> None:
    units = resampling_units([f"a{n}" for n in range(9)], [f"s{n % 7}" for n in range(9)])
    assert MIN_STORIES == 8
    assert units.kind == "articles"
    assert units.labels == tuple(f"a{n}" for n in range(9))
    assert units.index.tolist() == list(range(9))


def test_an_article_without_story_is_a_story_of_its_own() -> None:
    units = resampling_units([f"a{n}" for n in range(9)], ["vote", "vote", *[""] * 7])
    assert units.kind == "stories"
    assert units.labels == ("a2", "a3", "a4", "a5", "a6", "a7", "a8", "vote")
    assert units.index.tolist() == [7, 7, 0, 1, 2, 3, 4, 5, 6]


def test_a_story_with_the_name_of_an_article_is_another_unit() -> None:
    ids = [f"a{n}" for n in range(9)]
    units = resampling_units(ids, ["a1", "", *[f"s{n}" for n in range(7)]])
    assert units.labels[:2] == ("a1", "a1")
    assert units.index[0] != units.index[1]
    assert len(units.labels) == 9


def test_no_articles_have_no_units() -> None:
    units = resampling_units([], [])
    assert units.labels == ()
    assert sum_by_unit(np.zeros((0, 2, 3)), units).shape == (0, 2, 3)


def test_units_of_unfit_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="2 article ids, but 1 stories"):
        resampling_units(["a", "b"], [""])
    with pytest.raises(ValueError, match="more than once: 'b'"):
        resampling_units(["b", "a", "b"], ["", "", ""])


def test_sum_by_unit_adds_the_articles_of_a_story() -> None:
    stories = ["s0", "s1", "s0", "s2", "s3", "s4", "s5", "s6", "s7"]
    units = resampling_units([f"a{n}" for n in range(9)], stories)
    counts = np.arange(9 * 2 * 3).reshape(9, 2, 3)
    sums = sum_by_unit(counts, units)
    assert sums.dtype == np.int64
    assert sums[0].tolist() == (counts[0] + counts[2]).tolist()
    assert sums[1:].tolist() == counts[[1, 3, 4, 5, 6, 7, 8]].tolist()


def test_sum_by_unit_does_not_overflow_small_integers() -> None:
    units = resampling_units(
        [f"a{n}" for n in range(10)], ["s0", "s0", *[f"s{n}" for n in range(8)]]
    )
    sums = sum_by_unit(np.full((10, 1), 200, dtype=np.uint8), units)
    assert sums.ravel().tolist() == [600, 200, 200, 200, 200, 200, 200, 200]


def test_sums_of_fractions_do_not_depend_on_the_order_of_the_articles() -> None:
    values = {"a0": 0.1, "a1": 0.2, "a2": 0.3, **{f"b{n}": 0.0 for n in range(7)}}
    assert (0.1 + 0.2) + 0.3 != (0.3 + 0.2) + 0.1
    for ids in (sorted(values), sorted(values, reverse=True)):
        units = resampling_units(ids, ["vote" if each < "b" else "" for each in ids])
        assert units.labels[-1] == "vote"
        assert sum_by_unit([values[each] for each in ids], units)[-1] == (0.1 + 0.2) + 0.3


def test_sum_by_unit_refuses_another_number_of_articles() -> None:
    units = resampling_units(["a", "b"], ["", ""])
    with pytest.raises(ValueError, match=r"shape \(3, 3\) for 2 articles"):
        sum_by_unit(np.zeros((3, 3)), units)
    with pytest.raises(ValueError, match="for 2 articles"):
        sum_by_unit(1, units)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_the_articles(
    numbers: list[int], shuffler: random.Random
) -> None:
    # Story 0 is none.
    articles = [
        (f"a{place}", f"s{number}" if number else "", place / 10)
        for place, number in enumerate(numbers)
    ]
    shuffled = shuffler.sample(articles, len(articles))
    found = []
    for each in (articles, shuffled):
        ids, stories, values = zip(*each, strict=True)
        units = resampling_units(ids, stories)
        found.append((units.kind, units.labels, sum_by_unit(values, units).tolist()))
    assert found[0] == found[1]


counts_of_type = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(counts_of_type, st.booleans()), max_size=4))
def test_score_array_agrees_with_scores_of_single_counts(
    types: list[tuple[tuple[int, int, int], bool]],
) -> None:
    counts = np.array([each for each, _ in types]).reshape(len(types), 3)
    mask = np.array([each for _, each in types], dtype=bool)
    by_type = [score(Counts(*each)) for each, _ in types]
    together = overall([each for each, wanted in zip(by_type, mask, strict=True) if wanted])
    expected = [(each.precision, each.recall, each.f1) for each in [*by_type, together]]
    np.testing.assert_allclose(score_array(counts, mask), expected, rtol=1e-15)


def test_score_array_keeps_leading_dimensions() -> None:
    counts = np.random.default_rng(0).integers(0, 4, size=(5, 2, 3, 3))
    mask = [True, False, True]
    scores = score_array(counts, mask)
    assert scores.shape == (5, 2, 4, 3)
    np.testing.assert_array_equal(scores[3, 1], score_array(counts[3, 1], mask))


def test_score_array_leaves_out_what_is_undefined() -> None:
    counts = [[1, 1, 0], [0, 0, 2], [0, 5, 0]]
    np.testing.assert_array_equal(
        score_array(counts, [True, True, False]),
        [[1 / 2, 1, 2 / 3], [nan, 0, 0], [0, nan, 0], [1 / 2, 1 / 2, 1 / 3]],
    )
    assert np.isnan(score_array(counts, [False, False, False])[-1]).all()
    assert np.isnan(score_array([[nan, nan, nan]], [True])).all()


def test_score_array_does_not_overflow_small_integers() -> None:
    counts = np.array([[200, 200, 200]], dtype=np.uint8)
    assert score_array(counts, [True])[0].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_score_array_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"shape \(..., n_types, 3\)"):
        score_array(np.zeros(shape), [True, True])


@pytest.mark.parametrize("mask", [[True], [1, 1], [[True, True]]])
def test_score_array_refuses_another_mask(mask: list[bool]) -> None:
    with pytest.raises(ValueError, match="in_overall must be 2 booleans"):
        score_array(np.zeros((2, 3)), mask)
