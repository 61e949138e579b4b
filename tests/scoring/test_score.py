"""Precision, recall and F1 by hand."""

from math import isnan, nan

import pytest

from harness.records import Counts
from harness.scoring import Score, macro_average, mean, micro_average, overall, score


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (Counts(tp=2, fp=1, fn=2), 2 / 3, 2 / 4, 4 / 7),
        (Counts(tp=1), 1.0, 1.0, 1.0),
        (Counts(fp=1, fn=1), 0.0, 0.0, 0.0),
        (Counts(fn=3), nan, 0.0, 0.0),
        (Counts(fp=3), 0.0, nan, 0.0),
        (Counts(), nan, nan, nan),
        (Counts(set_aside=5), nan, nan, nan),
        (Counts(tp=1, fp=1, fn=1, set_aside=5), 1 / 2, 1 / 2, 1 / 2),
        (Counts(tp=0.5, fp=1.5, fn=0.5), 1 / 4, 1 / 2, 1 / 3),
    ],
)
def test_score(counts: Counts, precision: float, recall: float, f1: float) -> None:
    found = score(counts)
    assert found.precision == pytest.approx(precision, nan_ok=True)
    assert found.recall == pytest.approx(recall, nan_ok=True)
    assert found.f1 == pytest.approx(f1, nan_ok=True)


def test_micro_average_is_the_score_of_the_sum() -> None:
    counts = [Counts(tp=1, fp=1), Counts(tp=2, fn=3, set_aside=1), Counts()]
    assert micro_average(counts) == score(Counts(tp=3, fp=1, fn=3)) == Score(3 / 4, 3 / 6, 6 / 10)
    assert isnan(micro_average([]).f1)


def test_macro_average_leaves_out_what_is_undefined() -> None:
    found = macro_average([Counts(tp=1, fp=1), Counts(fn=1), Counts(fp=1), Counts()])
    # Precision 1/2, -, 0, -; recall 1, 0, -, -; F1 2/3, 0, 0, -.
    assert found == Score(1 / 4, 1 / 2, pytest.approx(2 / 9))
    assert isnan(macro_average([Counts(), Counts()]).f1)


def test_overall_is_the_mean_of_the_claim_types() -> None:
    found = overall([Score(1.0, 0.5, 2 / 3), Score(nan, 0.0, 0.0)])
    assert found == Score(1.0, 0.25, pytest.approx(1 / 3))


def test_mean() -> None:
    assert mean([1.0, 0.0, 0.5, nan]) == 0.5
    assert isnan(mean([]))
    assert isnan(mean([nan, nan]))


def test_a_score_is_undefined_until_it_is_known() -> None:
    assert all(isnan(value) for value in (Score().precision, Score().recall, Score().f1))


def test_counts_add_up_and_say_their_n() -> None:
    counts = Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40)
    assert counts == Counts(tp=11, fp=22, fn=33, set_aside=44)
    assert (counts.n_gold, counts.n_predicted) == (44, 77)
