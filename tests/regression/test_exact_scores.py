"""Exact scores are those of the reports, without their rounding."""

from __future__ import annotations

from fractions import Fraction
from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from harness.evaluate import OVERALL, ArticleCounts, CountVectors, score_vectors
from harness.records import Counts, Level
from harness.regression.exact_scores import exact_scores

LEVELS: tuple[Level, ...] = ("strict", "lenient")
COUNT = st.integers(0, 6)
TOTALS = st.tuples(COUNT, COUNT, COUNT, COUNT)


@st.composite
def vectors(draw: st.DrawFn) -> CountVectors:
    """Some articles with up to three repeats, and claim types that some are not labelled with."""
    rows = []
    for article in range(draw(st.integers(1, 4))):
        for claim_type in ("actors", "dates"):
            n = draw(st.integers(0 if article else 1, 3))
            for level in LEVELS if n else ():
                totals = draw(TOTALS)
                counts = Counts(*(total / n for total in totals))
                rows.append(ArticleCounts(f"a{article}", claim_type, level, counts, n))
    return CountVectors.from_rows(rows)


@given(vectors())
def test_exact_scores_are_those_of_the_reports(found: CountVectors) -> None:
    rows = {(row.claim_type, row.level): row for row in score_vectors(found)}
    # A type is in overall where any level has gold, and here each level has gold of its own.
    gold = {
        level: [found.totals[:, column, number, [0, 2]].sum() > 0 for column in range(2)]
        for number, level in enumerate(LEVELS)
    }
    for level in LEVELS:
        exact = exact_scores(found, level)
        for claim_type, score in exact.items():
            if claim_type == OVERALL and gold["strict"] != gold["lenient"]:
                continue
            row = rows[claim_type, level]
            for value, same in (
                (score.precision, row.micro.precision),
                (score.recall, row.micro.recall),
                (score.f1, row.micro.f1),
            ):
                assert (value is None) == isnan(same)
                assert value is None or abs(float(value) - same) < 1e-12
            assert abs(float(score.n_gold) - row.counts.n_gold) < 1e-9
            assert score.n_articles == row.n_articles


def test_a_third_is_a_third() -> None:
    rows = [ArticleCounts("a", "dates", "lenient", Counts(1, 0, 2)) for _ in range(1)]
    exact = exact_scores(CountVectors.from_rows(rows), "lenient")
    assert exact["dates"].recall == Fraction(1, 3)
    assert exact[OVERALL].f1 == Fraction(1, 2)
