"""Randomization tests against SciPy's, and against fractions over every swap there is."""

from fractions import Fraction
from itertools import chain, product
from math import nan

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.scoring.stats import (
    randomization_test,
    resampling_units,
    score_array,
    smallest_p,
    sum_by_unit,
)
from harness.scoring.stats.draws import random_swaps

CountArray = NDArray[np.int64]


def fractions(sums: list[list[int]], mask: list[bool]) -> list[list[Fraction | None]]:
    """Precision, recall and F1 of each type and overall, None where they are undefined."""

    def ratio(numerator: int, denominator: int) -> Fraction | None:
        return Fraction(numerator, denominator) if denominator else None

    by_type = [
        [ratio(tp, tp + fp), ratio(tp, tp + fn), ratio(2 * tp, 2 * tp + fp + fn)]
        for tp, fp, fn in sums
    ]
    together: list[Fraction | None] = []
    for number in range(3):
        chosen = [row[number] for row, wanted in zip(by_type, mask, strict=True) if wanted]
        defined = [each for each in chosen if each is not None]
        together.append(sum(defined, Fraction(0)) / len(defined) if defined else None)
    return [*by_type, together]


def differences(a: CountArray, b: CountArray, mask: list[bool]) -> list[Fraction | None]:
    of_a, of_b = (fractions(each.sum(axis=0).tolist(), mask) for each in (a, b))
    return [
        None if x is None or y is None else abs(x - y)
        for x, y in zip(chain(*of_a), chain(*of_b), strict=True)
    ]


def enumerated(
    a: CountArray, b: CountArray, mask: list[bool]
) -> tuple[list[list[float]], list[list[int]]]:
    """The p values and the undefined swaps, by looking at every swap in turn."""
    observed = differences(a, b, mask)
    swapped = []
    for swaps in product([False, True], repeat=len(a)):
        swap = np.array(swaps, dtype=bool)[:, np.newaxis, np.newaxis]
        swapped.append(differences(np.where(swap, b, a), np.where(swap, a, b), mask))
    p_values, n_undefined = [], []
    for column, target in zip(zip(*swapped, strict=True), observed, strict=True):
        defined = [each for each in column if each is not None]
        n_undefined.append(len(column) - len(defined))
        if target is None:
            p_values.append(nan)
        else:
            p_values.append(sum(each >= target for each in defined) / len(defined))
    rows = range(0, len(observed), 3)
    return [p_values[n : n + 3] for n in rows], [n_undefined[n : n + 3] for n in rows]


def some_counts(n_units: int, n_types: int, seed: int, high: int = 6) -> CountArray:
    return np.random.default_rng(seed).integers(0, high, size=(n_units, n_types, 3))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[CountArray, CountArray, list[bool]]:
    n_units, n_types = draw(st.integers(0, 5)), draw(st.integers(0, 3))
    size = n_units * n_types * 3
    # Small counts, so that ties and zero denominators are common.
    counts = st.lists(st.integers(0, 2), min_size=size, max_size=size)
    a, b = (np.array(draw(counts), dtype=int).reshape(n_units, n_types, 3) for _ in range(2))
    return a, b, draw(st.lists(st.booleans(), min_size=n_types, max_size=n_types))


@settings(max_examples=80, deadline=None)
@given(pairs())
def test_every_swap_is_counted_as_fractions_count_it(
    pair: tuple[CountArray, CountArray, list[bool]],
) -> None:
    a, b, mask = pair
    result = randomization_test(a, b, mask)
    p_values, n_undefined = enumerated(a, b, mask)
    assert result.exact
    assert result.n == 2 ** len(a)
    np.testing.assert_array_equal(result.p, p_values)
    np.testing.assert_array_equal(result.n_undefined, n_undefined)


@pytest.mark.parametrize("seed", range(3))
def test_p_values_are_those_of_scipy(seed: int) -> None:
    a, b = some_counts(7, 2, seed), some_counts(7, 2, seed + 50)
    both = np.concatenate([a, b])
    mask = [True, True]

    def statistic_of(row: int, score: int) -> float:
        # SciPy swaps the numbers of units, and their counts are looked up.
        def statistic(of_a: CountArray, of_b: CountArray) -> float:
            first, second = (score_array(both[each].sum(axis=0), mask) for each in (of_a, of_b))
            return float(abs(first[row, score] - second[row, score]))

        found = scipy.stats.permutation_test(
            (np.arange(7), np.arange(7, 14)),
            statistic,
            permutation_type="samples",
            alternative="greater",
            n_resamples=np.inf,
            vectorized=False,
        )
        return float(found.pvalue)

    result = randomization_test(a, b, mask)
    for row, score in [(0, 0), (1, 1), (1, 2), (2, 2)]:
        assert result.p[row, score] == pytest.approx(statistic_of(row, score))


def test_a_tie_that_floats_miss_is_a_tie() -> None:
    a = np.array([[[3, 1, 2]], [[2, 2, 1]], [[2, 3, 3]]])
    b = np.array([[[1, 1, 1]], [[3, 3, 3]], [[1, 1, 3]]])

    def f1(sums: CountArray) -> float:
        tp, fp, fn = sums[0].tolist()
        return 2 * tp / (2 * tp + fp + fn)

    observed = abs(f1(a.sum(axis=0)) - f1(b.sum(axis=0)))
    by_floats = 0
    for swaps in product([False, True], repeat=3):
        swap = np.array(swaps)[:, np.newaxis, np.newaxis]
        of_a, of_b = np.where(swap, b, a).sum(axis=0), np.where(swap, a, b).sum(axis=0)
        by_floats += abs(f1(of_a) - f1(of_b)) >= observed
    assert by_floats == 2
    assert randomization_test(a, b, [True]).p[0, 2] == 4 / 8


def test_what_is_nearly_a_tie_is_none() -> None:
    # Precision is 3 or so in ten million: to swap the second unit changes the difference of
    # 3e-7 by about 1e-13, the third by nothing.
    a = np.array([[[3, 10**7, 0]], [[0, 1, 0]], [[0, 5, 0]]])
    b = np.array([[[0, 10**7, 0]], [[0, 3, 0]], [[0, 5, 0]]])
    p = randomization_test(a, b, [True]).p[0, 0]
    assert p == enumerated(a, b, [True])[0][0][0] == 4 / 8


def test_ties_of_overall_are_decided_exactly() -> None:
    # The cells share their types' counts, so that many orders of the same fractions are added.
    a = some_counts(8, 3, seed=4, high=3)
    b = a[:, [1, 2, 0]]
    result = randomization_test(a, b, [True, True, True])
    np.testing.assert_array_equal(result.p, enumerated(a, b, [True] * 3)[0])


def test_ties_of_overall_are_means_over_what_is_defined() -> None:
    # Recall of a is 1 in the first type alone, that of b 1/2 in the second alone. With the first
    # unit swapped, that of a is 1 and 0, that of b 1: the difference is 1/2 again.
    a = [[[0, 0, 0], [0, 0, 0]], [[2, 0, 0], [0, 0, 0]]]
    b = [[[0, 0, 0], [0, 0, 1]], [[0, 0, 0], [1, 0, 0]]]
    assert randomization_test(a, b, [True, True]).p[2, 1] == 4 / 4


def test_what_is_undefined_in_a_swap_is_left_out() -> None:
    # Each cell predicts in one unit only, so to swap one unit takes all predictions from one.
    a = [[[1, 1, 0]], [[0, 0, 1]]]
    b = [[[0, 0, 2]], [[1, 0, 0]]]
    result = randomization_test(a, b, [True])
    assert result.p[0, 0] == 2 / 2
    assert result.n_undefined[:, 0].tolist() == [2, 2]


def test_an_undefined_difference_has_no_p() -> None:
    a = [[[1, 1, 0]], [[0, 1, 1]]]
    b = [[[0, 0, 1]], [[0, 0, 1]]]
    result = randomization_test(a, b, [False])
    np.testing.assert_array_equal(np.isnan(result.p), [[True, False, False], [True, True, True]])


def test_equal_cells_differ_by_chance() -> None:
    a = some_counts(20, 2, seed=1)
    assert (randomization_test(a, a, [True, True], n_resamples=99).p == 1).all()


def test_units_where_the_cells_are_alike_count_as_swaps() -> None:
    # The second and third unit change nothing; the others are undefined if one is swapped.
    a = np.array([[[1, 1, 0]], [[0, 0, 2]], [[0, 0, 1]], [[0, 0, 1]]])
    b = np.array([[[0, 0, 2]], [[0, 0, 2]], [[0, 0, 1]], [[1, 0, 0]]])
    result = randomization_test(a, b, [True])
    p_values, n_undefined = enumerated(a, b, [True])
    assert result.exact and result.n == 16
    assert result.n_undefined[0].tolist() == [8, 0, 0]
    np.testing.assert_array_equal(result.n_undefined, n_undefined)
    np.testing.assert_array_equal(result.p, p_values)
    some = randomization_test(a, b, [True], n_resamples=15)
    assert not some.exact and some.n == 15


# 64 tosses are one random word.
@pytest.mark.parametrize("n_units", [1, 63, 64, 65, 128, 129])
def test_every_unit_is_swapped_by_the_toss_of_a_coin(n_units: int) -> None:
    swaps = np.concatenate(list(random_swaps(n_units, 4000, seed=2)))
    assert swaps.shape == (4000, n_units)
    assert set(np.unique(swaps).tolist()) == {0, 1}
    # Within five standard errors, each unit by itself, and each with the next.
    margin = 5 * np.sqrt(0.25 / 4000)
    assert (abs(swaps.mean(axis=0) - 0.5) < margin).all()
    is_same = swaps[:, 1:] == swaps[:, :-1]
    assert (abs(is_same.mean(axis=0) - 0.5) < margin).all()


def test_random_swaps_approach_all_swaps() -> None:
    a, b = some_counts(13, 2, seed=6), some_counts(13, 2, seed=7)
    every = randomization_test(a, b, [True, True], n_resamples=2**13)
    some = randomization_test(a, b, [True, True], n_resamples=2**13 - 1, seed=3)
    assert every.exact and every.n == 2**13
    assert not some.exact and some.n == 2**13 - 1
    assert every.p.min() > 0.04
    spread = np.sqrt(every.p * (1 - every.p) / some.n)
    assert (abs(some.p - every.p) <= 4 * spread + 1e-3).all()


def test_random_swaps_count_what_was_observed_as_one_more() -> None:
    a = np.tile([5, 0, 1], (30, 1, 1))
    b = np.tile([1, 4, 5], (30, 1, 1))
    result = randomization_test(a, b, [True], n_resamples=99)
    assert (result.p == 1 / 100).all()


def test_what_is_undefined_is_counted_over_all_swaps() -> None:
    # Each cell predicts in one unit only, and in the same one where just one of the two is swapped:
    # in half of all swaps. The other units differ in what they miss, so that no swap stands for
    # several.
    a, b = np.zeros((2, 12, 1, 3), dtype=int)
    a[:, 0, 2], b[:, 0, 2] = 1, 2
    a[0, 0], b[1, 0] = [1, 1, 0], [1, 0, 0]
    result = randomization_test(a, b, [True])
    assert result.exact and result.n == 2**12
    assert result.n_undefined[0].tolist() == [2**11, 0, 0]
    assert result.n_undefined.dtype == np.int64
    # Where it is defined it is 1/2 against 1, either way round.
    assert result.p[0, 0] == 1


def test_ten_thousand_random_swaps_are_the_default() -> None:
    a, b = some_counts(14, 1, seed=1), some_counts(14, 1, seed=2)
    result = randomization_test(a, b, [True])
    assert not result.exact and result.n == 10_000
    assert smallest_p(14) == 1 / 10_001


def test_one_swap_is_enough_to_ask_for() -> None:
    a = some_counts(3, 1, seed=1)
    result = randomization_test(a, a, [True], n_resamples=1)
    assert result.n == 1 and (result.p == 1).all()


def test_no_claim_types_have_no_p() -> None:
    nothing = np.zeros((9, 0, 3), dtype=int)
    for n_resamples in (10, 10_000):
        result = randomization_test(nothing, nothing, [], n_resamples=n_resamples)
        assert result.p.shape == (1, 3) and np.isnan(result.p).all()


def test_ties_of_large_counts_are_decided_exactly() -> None:
    # One cell is right in 36 of 71 units, the other in the other 35. Any swap leaves an odd number
    # of units between them, so none gets nearer than they are.
    k = 8_388_593
    a, b = np.zeros((2, 71, 1, 3), dtype=int)
    a[:36, 0, 0] = b[36:, 0, 0] = b[:36, 0, 1] = a[36:, 0, 1] = k
    assert randomization_test(a, b, [True], n_resamples=500).p[0, 0] == 1


@pytest.mark.parametrize("seed", range(6))
def test_ties_of_overall_where_the_cells_have_other_types_defined(seed: int) -> None:
    # Few and small counts: in most swaps a type is undefined in one cell and not in the other.
    chance = np.random.default_rng(seed)
    a, b = chance.binomial(1, 0.2, size=(2, 6, 3, 3))
    result = randomization_test(a, b, [True, True, True])
    p_values, n_undefined = enumerated(a, b, [True] * 3)
    np.testing.assert_array_equal(result.p, p_values)
    np.testing.assert_array_equal(result.n_undefined, n_undefined)


def test_the_largest_counts_that_are_tested() -> None:
    # Four times their sum has to stay below 2**53.
    a, b = (np.array([[[2**51 - 1 - n, 0, n]]]) for n in (0, 1))
    assert randomization_test(a, b, [True]).p[0, 1] == 1
    with pytest.raises(ValueError, match="b are too large"):
        randomization_test(a, np.array([[[2**51, 0, 0]]]), [True])


def test_random_swaps_leave_out_what_is_undefined() -> None:
    a, b = np.zeros((2, 20, 1, 3), dtype=int)
    a[:, 0, 2] = b[:, 0, 2] = 1
    a[0, 0], b[1, 0] = [1, 1, 0], [1, 0, 0]
    result = randomization_test(a, b, [True], n_resamples=500)
    # About half of the swaps take all predictions from one cell; every other is a tie.
    assert 200 < result.n_undefined[0, 0] < 300
    assert result.p[0, 0] == 1
    of_ties = result.p[0, 1] * (500 + 1)
    assert of_ties == pytest.approx(round(of_ties))


def test_the_seed_decides_the_swaps() -> None:
    a, b = some_counts(40, 2, seed=1), some_counts(40, 2, seed=2)
    first = randomization_test(a, b, [True, True], n_resamples=300, seed=0)
    again = randomization_test(a, b, [True, True], n_resamples=300)
    other = randomization_test(a, b, [True, True], n_resamples=300, seed=1)
    np.testing.assert_array_equal(first.p, again.p)
    assert (first.p != other.p).any()


@pytest.mark.parametrize("n_units", [6, 100])
def test_a_against_b_is_b_against_a(n_units: int) -> None:
    a, b = some_counts(n_units, 2, seed=1), some_counts(n_units, 2, seed=2)
    found = [randomization_test(*each, [True, False]).p for each in [(a, b), (b, a)]]
    np.testing.assert_array_equal(*found)


# Multiples of the prime have more digits than single precision.
@pytest.mark.parametrize("k", [3, 9_999_991])
@pytest.mark.parametrize("n_units", [8, 70])
def test_a_common_factor_cancels(n_units: int, k: int) -> None:
    a, b = some_counts(n_units, 2, seed=1), some_counts(n_units, 2, seed=2)
    plain = randomization_test(a, b, [True, True], n_resamples=500)
    scaled = randomization_test(a * k, b * k, [True, True], n_resamples=500)
    np.testing.assert_array_equal(plain.p, scaled.p)


def test_the_order_of_the_articles_does_not_matter() -> None:
    ids = [f"a{n}" for n in range(40)]
    a, b = some_counts(40, 1, seed=1), some_counts(40, 1, seed=2)
    shuffled = np.random.default_rng(8).permutation(40)
    units = resampling_units(ids, [""] * 40)
    others = resampling_units([ids[n] for n in shuffled], [""] * 40)
    first = randomization_test(sum_by_unit(a, units), sum_by_unit(b, units), [True])
    second = randomization_test(
        sum_by_unit(a[shuffled], others), sum_by_unit(b[shuffled], others), [True]
    )
    np.testing.assert_array_equal(first.p, second.p)


@pytest.mark.parametrize("n_units", [1, 3, 13, 14])
def test_smallest_p_is_reached_and_never_undercut(n_units: int) -> None:
    a = np.tile([9, 0, 1], (n_units, 1, 1))
    b = np.tile([1, 8, 9], (n_units, 1, 1))
    found = randomization_test(a, b, [True], n_resamples=10_000).p
    if n_units < 14:
        assert found.min() == smallest_p(n_units) == 2 / 2**n_units
    else:
        assert found.min() >= smallest_p(n_units) == 1 / 10_001


def test_no_units_have_no_p() -> None:
    result = randomization_test(
        np.zeros((0, 2, 3), dtype=int), np.zeros((0, 2, 3), dtype=int), [True, True]
    )
    assert np.isnan(result.p).all()
    assert result.exact and result.n == 1
    assert smallest_p(0) == 1


def test_smallest_p_refuses_what_is_out_of_range() -> None:
    with pytest.raises(ValueError, match="n_units must be at least 0"):
        smallest_p(-1)
    with pytest.raises(ValueError, match="n_resamples"):
        smallest_p(3, n_resamples=0)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((2, 1, 3), int), np.zeros((3, 1, 3), int), r"a has the shape \(2, 1, 3\), but b"),
        (np.zeros((2, 3), int), np.zeros((2, 3), int), "a must have the shape"),
        (np.zeros((2, 1, 3), int), np.zeros((2, 1, 3)), "b must hold integers, not float64"),
        (np.full((2, 1, 3), -1), np.zeros((2, 1, 3), int), "a holds a negative count: -1"),
        (np.zeros((2, 1, 3), int), np.full((2, 1, 3), 2**50), "b are too large"),
        # Their sum is beyond 64 bits.
        (np.full((2, 2, 3), 2**62) * [1, 1, 0], np.zeros((2, 2, 3), int), "a are too large"),
    ],
)
def test_randomization_refuses_counts(a: CountArray, b: CountArray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        randomization_test(a, b, [True])


def test_randomization_refuses_settings() -> None:
    a = np.ones((2, 1, 3), dtype=int)
    with pytest.raises(ValueError, match="in_overall must be 1 booleans"):
        randomization_test(a, a, [True, True])
    with pytest.raises(ValueError, match="n_resamples"):
        randomization_test(a, a, [True], n_resamples=0)
    with pytest.raises(ValueError, match="seed must be a non-negative integer, not -1"):
        randomization_test(a, a, [True], seed=-1)
