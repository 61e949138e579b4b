"""Intervals of scores, against a percentile bootstrap in plain Python over the same draws."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import floor, isnan, nan

import numpy as np
import pytest
from scipy import stats

from harness.evaluate import (
    OVERALL,
    ArticleCounts,
    CountVectors,
    Resampling,
    ScoreInterval,
    score_intervals,
)
from harness.records import Article, Counts, Level
from harness.scoring import LEVELS, score
from harness.scoring.stats.draws import resample_weights

from .builders import labelled, predicted, run, vectors_of

SMALL = Resampling(seed=3, n_resamples=400)
Triple = tuple[int, int, int]


def random_counts(n_articles: int, *, seed: int, lowest: int = 0) -> list[ArticleCounts]:
    """Counts of two claim types; the second has gold in few articles and content words."""
    source = random.Random(seed)
    rows = []
    for number, name in product(range(n_articles), ("dates", "quotes")):
        levels: tuple[Level, ...] = LEVELS if name == "quotes" else LEVELS[:2]
        for level in levels:
            counts = [source.randint(lowest, 3) for _ in range(3)]
            if name == "quotes" and number % 4:
                counts = [0, source.randint(0, 1), 0]
            rows.append(ArticleCounts(f"a{number:02}", name, level, Counts(*counts)))
    return rows


def resampled(
    rows: Sequence[ArticleCounts], units: Mapping[str, str], resampling: Resampling
) -> Iterator[dict[tuple[str, str], Counts]]:
    """The summed counts of each resample, article by article."""
    names = sorted(set(units.values()))
    draws = resample_weights(len(names), resampling.n_resamples, resampling.seed)
    for weights in np.concatenate(list(draws)).tolist():
        times = dict(zip(names, weights, strict=True))
        sums: dict[tuple[str, str], Counts] = {}
        for row in rows:
            n, c = times[units[row.article_id]], row.counts
            key = (row.claim_type, row.level)
            sums[key] = sums.get(key, Counts()) + Counts(n * c.tp, n * c.fp, n * c.fn)
        yield sums


def quantile(values: Sequence[float], share: float) -> float:
    """Linear interpolation between the two nearest of the sorted values."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def expected_interval(
    figures: Sequence[Sequence[float]],
) -> list[tuple[float, float, int]]:
    """For precision, recall and F1: both limits and the number of undefined resamples."""
    found = []
    for column in zip(*figures, strict=True):
        defined = [each for each in column if not isnan(each)]
        limits = (quantile(defined, 0.025), quantile(defined, 0.975)) if defined else (nan, nan)
        found.append((*limits, len(column) - len(defined)))
    return found


def shown(interval: ScoreInterval) -> list[tuple[float, float, int]]:
    parts = ("precision", "recall", "f1")
    return [
        (getattr(interval.low, part), getattr(interval.high, part), n)
        for part, n in zip(parts, interval.n_undefined, strict=True)
    ]


def figures_of(counts: Counts) -> list[float]:
    found = score(counts)
    return [found.precision, found.recall, found.f1]


def mean_of(columns: Sequence[Sequence[float]]) -> list[float]:
    means = []
    for column in zip(*columns, strict=True):
        defined = [each for each in column if not isnan(each)]
        means.append(sum(defined) / len(defined) if defined else nan)
    return means


@pytest.mark.parametrize("n_stories", [0, 8, 11])
def test_intervals_are_those_of_a_plain_bootstrap(n_stories: int) -> None:
    rows = random_counts(14, seed=n_stories)
    ids = sorted({row.article_id for row in rows})
    stories = [f"s{number % n_stories:02}" if n_stories else "" for number in range(len(ids))]
    articles = {
        each: Article(each, "", story=story) for each, story in zip(ids, stories, strict=True)
    }
    units = {each: articles[each].story or each for each in ids}
    found = score_intervals(CountVectors.from_rows(rows), articles, SMALL)
    draws = list(resampled(rows, units, SMALL))
    for level in ("strict", "lenient"):
        for name in ("dates", "quotes"):
            expected = expected_interval([figures_of(sums[name, level]) for sums in draws])
            interval = found[name, level]
            assert np.allclose(shown(interval), expected, rtol=0, atol=1e-12, equal_nan=True)
            assert interval.unit == ("stories" if n_stories else "articles")
            assert interval.n_units == (n_stories or len(ids))
        means = [
            mean_of([figures_of(sums[name, level]) for name in ("dates", "quotes")])
            for sums in draws
        ]
        expected = expected_interval(means)
        assert np.allclose(shown(found[OVERALL, level]), expected, rtol=0, atol=1e-12)
    content = expected_interval([figures_of(sums["quotes", "content"]) for sums in draws])
    assert np.allclose(shown(found["quotes", "content"]), content, rtol=0, atol=1e-12)


def test_interval_is_that_of_scipy_but_for_chance() -> None:
    source = random.Random(5)
    counts = [[source.randint(0, 4) for _ in range(3)] for _ in range(30)]
    vectors = vectors_of({f"a{number:02}": each for number, each in enumerate(counts)})
    interval = score_intervals(vectors, {}, Resampling())["dates", "lenient"]

    def f1(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, axis: int) -> np.ndarray:
        hits = 2 * tp.sum(axis)
        return hits / (hits + fp.sum(axis) + fn.sum(axis))

    columns = tuple(np.array(column) for column in zip(*counts, strict=True))
    limits = stats.bootstrap(
        columns,
        f1,
        n_resamples=10_000,
        paired=True,
        method="percentile",
        random_state=np.random.default_rng(11),
    ).confidence_interval
    assert interval.low.f1 == pytest.approx(limits.low, abs=0.01)
    assert interval.high.f1 == pytest.approx(limits.high, abs=0.01)
    assert interval.low.f1 < interval.high.f1 - 0.05


@pytest.mark.parametrize(("n_stories", "unit", "n_units"), [(7, "articles", 16), (8, "stories", 8)])
def test_eight_stories_are_resampled_and_seven_are_not(
    n_stories: int, unit: str, n_units: int
) -> None:
    ids = [f"a{number:02}" for number in range(16)]
    articles = {
        each: Article(each, "", story=f"s{number % n_stories}") for number, each in enumerate(ids)
    }
    vectors = vectors_of({each: (1, number % 3, 1) for number, each in enumerate(ids)})
    for interval in score_intervals(vectors, articles, SMALL).values():
        assert (interval.unit, interval.n_units) == (unit, n_units)


def test_articles_without_a_story_are_stories_of_their_own() -> None:
    ids = [f"a{number}" for number in range(9)]
    articles = {each: Article(each, "", story="one" if each < "a2" else "") for each in ids}
    del articles["a8"]
    vectors = vectors_of(dict.fromkeys(ids, (1, 1, 1)))
    interval = score_intervals(vectors, articles, SMALL)["dates", "lenient"]
    assert (interval.unit, interval.n_units) == ("stories", 8)


def test_articles_of_a_story_stand_and_fall_together() -> None:
    # Within a story one article is all right and the other all wrong: stories are all alike.
    ids = [f"a{number:02}" for number in range(16)]
    counts = {each: (2, 0, 0) if number % 2 else (0, 2, 2) for number, each in enumerate(ids)}
    together = {each: Article(each, "", story=f"s{n // 2}") for n, each in enumerate(ids)}
    alike = score_intervals(vectors_of(counts), together, SMALL)["dates", "lenient"]
    assert (alike.low.f1, alike.high.f1) == (0.5, 0.5)
    apart = score_intervals(vectors_of(counts), {}, SMALL)["dates", "lenient"]
    assert apart.low.f1 < 0.35
    assert apart.high.f1 > 0.65


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_units_have_no_interval(n: int) -> None:
    vectors = vectors_of({f"a{number}": (1, 1, 1) for number in range(n)})
    found = score_intervals(vectors, {}, SMALL)
    assert found
    for interval in found.values():
        assert all(isnan(each) for limits in shown(interval) for each in limits[:2])
        assert (interval.n_undefined, interval.n_units) == ((0, 0, 0), n)


def test_undefined_resamples_are_left_out_and_counted() -> None:
    # One article of three predicts: where it is not drawn, there is no precision.
    vectors = vectors_of({"a": (1, 1, 0), "b": (0, 0, 1), "c": (0, 0, 2)})
    interval = score_intervals(vectors, {}, SMALL)["dates", "lenient"]
    draws = np.concatenate(list(resample_weights(3, SMALL.n_resamples, SMALL.seed)))
    n_without = int((draws[:, 0] == 0).sum())
    assert 0 < n_without < SMALL.n_resamples
    assert interval.n_undefined == (n_without, 0, 0)
    assert (interval.low.precision, interval.high.precision) == (0.5, 0.5)
    assert interval.low.recall == 0


def test_repeats_do_not_shrink_an_interval() -> None:
    counts = {f"a{number}": (number % 3, 1, 2) for number in range(9)}
    once = score_intervals(vectors_of(counts), {}, SMALL)
    often = score_intervals(vectors_of(counts, n_repeats=5), {}, SMALL)
    assert repr(once) == repr(often)


def test_intervals_depend_on_the_seed_alone() -> None:
    vectors = vectors_of({f"a{number:02}": (number % 3, number % 2, 1) for number in range(12)})
    default, first, again, other = (
        repr(score_intervals(vectors, {}, resampling))
        for resampling in (Resampling(), Resampling(0), Resampling(0, 10_000), Resampling(1))
    )
    assert default == first == again
    assert other != default


def test_interval_of_a_cell_is_over_all_articles() -> None:
    ids = [f"a{number}" for number in range(6)]
    cell = run(
        [predicted(each, 1, 2 + number % 2) for number, each in enumerate(ids)],
        [labelled(each, 1, 2) for each in ids],
        articles=[Article(each, "", story="s", split="dev" if each < "a3" else "") for each in ids],
    )
    assert cell.interval_of("dates").n_units == 6
    assert cell.intervals["split=dev", "dates", "lenient"].n_units == 3
    # A story by itself has none.
    assert {name for name, _, _ in cell.intervals} == {"all", "split=dev"}
    row = cell.score_of("dates")
    assert row is not None
    assert cell.interval_of("dates").low.f1 <= row.micro.f1 <= cell.interval_of("dates").high.f1
