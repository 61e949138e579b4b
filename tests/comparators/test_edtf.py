"""The comparator of dates; reading them is held in `tests/test_edtf.py`."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import edtf
from harness.comparators import COMPARATORS
from harness.comparators.blocks import Blocks
from harness.comparators.interface import Alike

EDTF = COMPARATORS["edtf"]


def compare(gold: str, predicted: str) -> tuple[bool, Fraction]:
    """Exactness and similarity of one pair."""
    found = EDTF.pair(EDTF.prepare_gold(gold), EDTF.prepare(predicted))
    return found.exact, Fraction(found.numerator, found.denominator)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2021-01", "2021-01-01/2021-01-31"),
        ("2021", "2021-01/2021-12"),
        ("2021-04-15", "2021-04-15?"),
        ("2021-04~", "2021-04%"),
        ("2021-04-15", "2021-04-15T00:00/2021-04-15T23:59"),
        ("2021-12-30T16:25:00-05:00", "2021-12-30T21:25:00Z"),
        ("2021-12-30T16:25:00-05:00", "2021-12-31T00:25:00+03:00"),
        ("2021-12-30T16:25:00Z", "2021-12-30T16:25:59Z"),
        ("2021-12-30T16:25:00", "2021-12-30T16:25:30"),
        ("2021-21", "2021-03/2021-05"),
        ("2021-22", "2021-06-01/2021-08-31"),
        ("2021-23", "2021-09/2021-11"),
        ("2021-24", "2021-12-01/2022-02-28"),
        ("2019-24", "2019-12-01/2020-02-29"),
        ("2021-04-12/..", "2021-04-12/.."),
    ],
)
def test_exact_is_the_same_interval(one: str, other: str) -> None:
    assert compare(one, other) == (True, 1)
    assert compare(other, one) == (True, 1)


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("2021-04-15", "2021-04", Fraction(1, 30)),
        ("2021-07", "2021-22", Fraction(31, 30 + 31 + 31)),
        ("2021", "2020/2021", Fraction(365, 366 + 365)),
        ("2021-12-30T16:25:00Z", "2021-12-30", Fraction(1, 24 * 60)),
        ("2021-12-30T16:25:00", "2021-12-30", Fraction(1, 24 * 60)),
        ("2021-04-12/2021-04-18", "2021-04-15/2021-04-21", Fraction(4, 10)),
        ("2021-04-15", "2021-04-16", Fraction(0)),  # they touch and do not overlap
        ("2021-04-15", "2020-04-15", Fraction(0)),
        ("2021-12-30T16:25:00Z", "2021-12-30T16:26:00Z", Fraction(0)),
        ("2021-12-30T16:25:00Z", "2021-12-30T16:25:00", Fraction(0)),
        ("2021-12-30T16:25:00-05:00", "2021-12-30T16:25:00", Fraction(0)),
        ("2021-04-12/..", "2021-04-12", Fraction(0)),
        ("2021-04-12/..", "2021-04-12/2099", Fraction(0)),
        ("2021-04-12/..", "2021-04-13/..", Fraction(0)),
        ("../2021-04-12", "2021-04-12/..", Fraction(0)),
        ("2021-04-12/", "2021-04-12/..", Fraction(0)),
    ],
)
def test_similarity_is_overlap_over_union(one: str, other: str, similarity: Fraction) -> None:
    assert compare(one, other) == (False, similarity)
    assert compare(other, one) == (False, similarity)


INVALID = [
    "15 April 2021",
    "",
    "2021-13",
    "2021-02-29",
    "2021-4-5",
    "2021-04-18/2021-04-12",
    " 2021",
]


@pytest.mark.parametrize("value", INVALID)
def test_an_invalid_value_equals_nothing_and_says_so(value: str) -> None:
    assert compare(value, value) == (False, 0)
    assert compare(value, "2021") == (False, 0)
    assert compare("2021", value) == (False, 0)
    assert "is not an EDTF value" in (EDTF.check(value) or "")


def test_check_finds_nothing_wrong_with_a_date() -> None:
    assert EDTF.check("2021-04-15") is None


VALUES = st.sampled_from(
    [
        "2021",
        "2021-04",
        "2021-04-15",
        "2021-04-15T10:00Z",
        "2021-04-15T10:00",
        "2021-22",
        "202X",
        "2021-04-12/2021-04-18",
        "2021-04-15/..",
        "../2021",
        "2021-04/",
        "Y-1000000000",
        "never",
    ]
)


def alike(gold: list[Any], predicted: list[Any]) -> list[Alike]:
    """The pairs of one article that are at least half alike."""
    blocks = Blocks([len(gold)]), Blocks([len(predicted)])
    return list(EDTF.alike_within(gold, predicted, *blocks))


@given(st.lists(VALUES, min_size=1, max_size=6), st.lists(VALUES, min_size=1, max_size=6))
def test_many_at_once_are_as_one_by_one(gold: list[str], predicted: list[str]) -> None:
    prepared = [*map(EDTF.prepare_gold, gold)], [*map(EDTF.prepare, predicted)]
    found = {
        (row, column): (exact, Fraction(numerator, denominator))
        for row, column, exact, numerator, denominator in alike(*prepared)
    }
    for i, one in enumerate(gold):
        for j, other in enumerate(predicted):
            if "never" in (one, other):
                expected = (False, Fraction(0))
            else:
                pair = edtf.parse(one), edtf.parse(other)
                expected = (edtf.same(*pair), edtf.overlap(*pair))
            assert compare(one, other) == expected
            assert found.get((i, j)) == (expected if 2 * expected[1] >= 1 else None)


def test_alike_finds_dates_that_are_at_least_half_alike() -> None:
    gold = ["never", "2021-04-01/2021-04-10", "2021-04-11/.."]
    predicted = ["2021-04-01/2021-04-05", "2021-04-01/2021-04-10", "never", "2021-04-11/.."]
    found = alike([*map(EDTF.prepare_gold, gold)], [*map(EDTF.prepare, predicted)])
    assert [
        (row, column, exact, Fraction(numerator, denominator))
        for row, column, exact, numerator, denominator in found
    ] == [
        (1, 0, False, Fraction(5, 10)),
        (1, 1, True, Fraction(1)),
        (2, 3, True, Fraction(1)),
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "difference"),
    [
        ("2021-04-30", "2021-04", "precision"),
        ("2021-04", "2021-04-01", "precision"),
        ("2021-04-05", "2021-05-04", "day_month_swapped"),
        ("2021-04-05T10:00Z", "2021-05-04T10:00Z", "day_month_swapped"),
        ("2021-12-30T16:25:00-05:00", "2021-12-30T16:25:00Z", "zone"),
        ("2021-12-30T16:25:00-05:00", "2021-12-30T16:25:00", "zone"),
        ("2021-12-30T16:25:00", "2021-12-30T16:25:00+01", "zone"),
        ("2021-04-15", "2021-04", "precision"),
        ("2021-04", "2021-04-15", "precision"),
        ("2021-04-15", "2021", "precision"),
        ("2021-04-15", "2021-04-12/2021-04-18", "precision"),
        ("2021-04-15", "2021-04-12/..", "precision"),
        ("2021-04-12/..", "2021-04-12", "precision"),
        ("../2021", "2019/2020", "precision"),
        ("2019/2020", "../2021", "precision"),
        ("../2021", "2022", None),
        ("2021-04-15T10:00Z", "2021-04-15", "precision"),
        # The day and the month are the same: nothing was swapped, and nothing is wrong.
        ("2021-04-04", "2021-04-04", None),
        ("2021-01", "2021-01-01/2021-01-31", None),
        ("2021-04-15", "2021-04-16", None),
        ("2021-04-12/2021-04-18", "2021-04-15/2021-04-21", None),
        # Read the other way round it is no date, or another one.
        ("2021-04-15", "2021-05-14", None),
        ("2021-04-05", "2021-05-05", None),
        ("never", "2021", None),
        ("2021", "never", None),
    ],
)
def test_difference(gold: str, predicted: str, difference: str | None) -> None:
    assert EDTF.difference(gold, predicted) == difference


@pytest.mark.parametrize("value", ["Thursday", "", "2021-13", " 2021"])
def test_fault_of_what_is_no_date(value: str) -> None:
    assert EDTF.fault(value) == "not_edtf"


@pytest.mark.parametrize("value", ["2021-04-15", "2021-04-12/..", "202X"])
def test_no_fault_of_a_date(value: str) -> None:
    assert EDTF.fault(value) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2021-04-15", "2021-04-15?", True),
        ("2021-12-30T16:25:00-05:00", "2021-12-30T21:25:00Z", True),
        ("2021-04-15", "2021-04-16", False),
        ("2021-04-12/", "2021-04-12/..", False),
        ("never", "never", True),
        ("never", "ever", False),
    ],
)
def test_identity(one: str, other: str, *, is_same: bool) -> None:
    assert (EDTF.identity(one) == EDTF.identity(other)) is is_same


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("2021-04-15", "2021", True),
        ("2021-04-15", "2021-04-15", True),
        ("2021-04-15", "2021-04-16", False),
        ("2021-04-12/..", "2021-04-13", False),  # what has no length has no part of it either
        ("never", "never", False),
    ],
)
def test_overlaps(one: str, other: str, *, overlap: bool) -> None:
    assert EDTF.overlaps(EDTF.prepare_gold(one), EDTF.prepare(other)) is overlap
