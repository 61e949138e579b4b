"""The bootstrap against SciPy's, against percentiles by hand, and where it says nothing."""

from collections import Counter
from math import nan

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray
from scipy.stats._resampling import BootstrapResult

from harness.scoring.stats import (
    bootstrap_sums,
    percentile_interval,
    resampling_units,
    score_array,
    smallest_detectable_difference,
    standard_error,
    sum_by_unit,
)


def some_counts(n_units: int, n_types: int = 1, seed: int = 3) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, 6, size=(n_units, n_types, 3))


def scipy_f1(counts: NDArray[np.int64]) -> BootstrapResult:
    """SciPy resamples the numbers of units, and looks their counts up."""

    def f1(places: NDArray[np.int64], axis: int) -> NDArray[np.float64]:
        assert axis == -1
        tp, fp, fn = np.moveaxis(counts[places, 0].sum(axis=-2), -1, 0)
        return 2 * tp / (2 * tp + fp + fn)

    return scipy.stats.bootstrap(
        (np.arange(len(counts)),),
        f1,
        method="percentile",
        n_resamples=10_000,
        batch=1000,
        random_state=np.random.default_rng(11),
    )


def test_interval_and_standard_error_are_those_of_scipy() -> None:
    counts = some_counts(60)
    theirs = scipy_f1(counts)
    ours = score_array(bootstrap_sums(counts), [True])[:, 0, 2]
    low, high, n_undefined = percentile_interval(ours)
    # The interval is about 0.12 wide; another seed moves its ends by about 0.001.
    assert high - low > 0.05
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.005)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.005)
    assert standard_error(ours) == pytest.approx(theirs.standard_error, rel=0.05)
    assert n_undefined == 0


def test_the_same_resamples_give_the_interval_of_scipy() -> None:
    theirs = scipy_f1(some_counts(20))
    low, high, _ = percentile_interval(theirs.bootstrap_distribution)
    assert low == pytest.approx(theirs.confidence_interval.low, rel=1e-12)
    assert high == pytest.approx(theirs.confidence_interval.high, rel=1e-12)
    error = standard_error(theirs.bootstrap_distribution)
    assert error == pytest.approx(theirs.standard_error, rel=1e-12)


@pytest.mark.parametrize("n_units", [2, 300, 16_384, 40_000, 70_000])
def test_every_resample_draws_as_many_units_as_there_are(n_units: int) -> None:
    counts = np.stack([np.ones(n_units), np.arange(n_units)], axis=1)
    n_drawn, numbers = bootstrap_sums(counts, n_resamples=120, seed=5).T
    assert (n_drawn == n_units).all()
    # The mean of the drawn numbers is that of all, within five standard errors.
    spread = n_units * np.sqrt((n_units**2 - 1) / 12 / n_units / 120)
    assert numbers.mean() == pytest.approx(n_units * (n_units - 1) / 2, abs=5 * spread)
    assert len(set(numbers)) > (100 if n_units > 2 else 2)


def test_units_are_drawn_with_replacement_and_alike() -> None:
    weights = bootstrap_sums(np.eye(2), n_resamples=8000)
    times_first = Counter(weights[:, 0].tolist())
    assert sorted(times_first) == [0.0, 1.0, 2.0]
    expected = [2000, 4000, 2000]
    found = [times_first[each] for each in (0.0, 1.0, 2.0)]
    assert scipy.stats.chisquare(found, expected).pvalue > 0.001
    many = bootstrap_sums(np.eye(50), n_resamples=2000).sum(axis=0)
    assert scipy.stats.chisquare(many).pvalue > 0.001


def test_the_seed_decides_the_draws() -> None:
    counts = some_counts(30)
    first = bootstrap_sums(counts, n_resamples=200, seed=0)
    np.testing.assert_array_equal(first, bootstrap_sums(counts, n_resamples=200))
    assert (first != bootstrap_sums(counts, n_resamples=200, seed=1)).any()


def test_the_draws_of_a_seed_stay_the_same() -> None:
    # As few as fit into one chunk are one call of NumPy's generator, whose streams are stable.
    places = np.random.default_rng(7).integers(9, size=(20, 9), dtype=np.uint16)
    expected = [np.bincount(row, minlength=9).tolist() for row in places]
    assert bootstrap_sums(np.eye(9), n_resamples=20, seed=7).tolist() == expected


def test_ten_thousand_resamples_are_the_default() -> None:
    assert len(bootstrap_sums([1, 2, 3])) == 10_000


def test_one_resample_is_enough_to_ask_for() -> None:
    assert bootstrap_sums(np.ones((3, 2)), n_resamples=1).tolist() == [[3.0, 3.0]]


def test_counts_of_no_claim_types_have_no_sums() -> None:
    assert bootstrap_sums(np.ones((3, 0, 3)), n_resamples=5).shape == (5, 0, 3)


def test_arrays_over_the_same_units_are_paired() -> None:
    a, b = some_counts(700, 2, seed=1), some_counts(700, 2, seed=2)
    together = bootstrap_sums(np.stack([a, b], axis=1), n_resamples=100)
    np.testing.assert_array_equal(together[:, 0], bootstrap_sums(a, n_resamples=100))
    np.testing.assert_array_equal(together[:, 1], bootstrap_sums(b, n_resamples=100))


def test_pairing_shows_in_the_standard_error_of_a_difference() -> None:
    a = some_counts(100)
    b = a.copy()
    b[:10, 0, 0] += 1
    of_a, of_b = (score_array(bootstrap_sums(each), [True])[:, 0, 2] for each in (a, b))
    assert standard_error(of_b - of_a) < standard_error(of_a) / 4


# The second sum up to an odd number beyond 2**24, which single precision does not hold.
@pytest.mark.parametrize("counts", [[2**40 + 1, 1, 3, 2**24 + 1], [2**23 + 1, 1, 2, 5]])
def test_sums_of_whole_counts_are_exact(counts: list[int]) -> None:
    weights = bootstrap_sums(np.eye(4), n_resamples=50)
    expected = [sum(int(w) * int(c) for w, c in zip(row, counts, strict=True)) for row in weights]
    assert bootstrap_sums(counts, n_resamples=50).tolist() == expected


def test_fractions_are_summed_in_double_precision() -> None:
    counts = np.arange(1, 8) / 3
    weights = bootstrap_sums(np.eye(7), n_resamples=50)
    np.testing.assert_allclose(bootstrap_sums(counts, n_resamples=50), weights @ counts, rtol=1e-14)


def test_the_order_of_the_articles_does_not_matter() -> None:
    ids = [f"a{n}" for n in range(40)]
    stories = [f"s{n % 13}" for n in range(40)]
    counts = some_counts(40)
    shuffled = np.random.default_rng(8).permutation(40)
    units = resampling_units(ids, stories)
    others = resampling_units([ids[n] for n in shuffled], [stories[n] for n in shuffled])
    np.testing.assert_array_equal(
        bootstrap_sums(sum_by_unit(counts, units), n_resamples=100),
        bootstrap_sums(sum_by_unit(counts[shuffled], others), n_resamples=100),
    )


@pytest.mark.parametrize("n_units", [0, 1])
def test_fewer_than_two_units_say_nothing(n_units: int) -> None:
    sums = bootstrap_sums(np.ones((n_units, 2, 3)), n_resamples=20)
    assert sums.shape == (20, 2, 3)
    scores = score_array(sums, [True, True])
    low, high, n_undefined = percentile_interval(scores)
    assert np.isnan([low, high, standard_error(scores)]).all()
    assert (n_undefined == 20).all()
    assert n_undefined.shape == (3, 3)


def test_percentiles_are_interpolated_linearly() -> None:
    values = np.array([[4.0, 1.0], [0.0, nan], [3.0, 0.0], [1.0, nan], [2.0, nan]])
    low, high, n_undefined = percentile_interval(values, level=0.75)
    # At an eighth of the way through 0 1 2 3 4, and through 0 1.
    assert low.tolist() == [0.5, 0.125]
    assert high.tolist() == [3.5, 0.875]
    assert n_undefined.tolist() == [0, 3]


def test_an_interval_of_95_percent_is_the_default() -> None:
    low, high, _ = percentile_interval(np.arange(1001.0))
    assert (float(low), float(high)) == (pytest.approx(25.0), pytest.approx(975.0))


def test_what_is_undefined_everywhere_has_no_interval() -> None:
    low, high, n_undefined = percentile_interval([[nan, 1.0], [nan, 1.0]])
    np.testing.assert_array_equal([low, high, n_undefined], [[nan, 1], [nan, 1], [2, 0]])


def test_standard_error_is_over_what_is_defined() -> None:
    values = [[1.0, nan, nan], [nan, nan, 5.0], [4.0, nan, nan]]
    found = standard_error(values)
    assert found[0] == pytest.approx(np.sqrt(4.5))
    assert np.isnan(found[1:]).all()


def test_smallest_detectable_difference() -> None:
    found = smallest_detectable_difference([0.05, nan])
    assert found[0] == pytest.approx(0.14)
    assert np.isnan(found[1])
    power = scipy.stats.norm.ppf(0.975) + scipy.stats.norm.ppf(0.8)
    assert smallest_detectable_difference(1.0) == pytest.approx(power, abs=0.005)


@pytest.mark.parametrize("n_resamples", [0, -1, 10.0, True])
def test_bootstrap_refuses_n_resamples(n_resamples: int) -> None:
    with pytest.raises(ValueError, match="n_resamples must be an integer of at least 1"):
        bootstrap_sums(np.ones((3, 3)), n_resamples=n_resamples)


@pytest.mark.parametrize("seed", [-1, 1.0, None, True])
@pytest.mark.parametrize("n_units", [1, 3])
def test_bootstrap_refuses_seed(seed: int, n_units: int) -> None:
    with pytest.raises(ValueError, match="seed must be a non-negative integer"):
        bootstrap_sums(np.ones((n_units, 3)), seed=seed)


def test_bootstrap_refuses_counts() -> None:
    with pytest.raises(ValueError, match="finite"):
        bootstrap_sums([1.0, nan])
    with pytest.raises(ValueError, match="single number"):
        bootstrap_sums(1.0)


def test_intervals_refuse_levels_and_single_numbers() -> None:
    for level in (0.0, 1.0, 95, nan):
        with pytest.raises(ValueError, match="level must be between 0 and 1"):
            percentile_interval([1.0], level=level)
    with pytest.raises(ValueError, match="one number"):
        percentile_interval(1.0)
    with pytest.raises(ValueError, match="one number"):
        standard_error(1.0)
