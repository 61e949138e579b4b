"""The comparator of dates; reading them is held in `tests/test_edtf.py`."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import edtf
from harness.comparators import COMPARATORS

EDTF = COMPARATORS["edtf"]


def compare(gold: str, predicted: str) -> tuple[bool, Fraction]:
    """Exactness and similarity of one pair."""
    found = EDTF.compare([EDTF.prepare_gold(gold)], [EDTF.prepare(predicted)])
    return bool(found.exact[0, 0]), found.fraction(0, 0)


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


@given(st.lists(VALUES, min_size=1, max_size=6), st.lists(VALUES, min_size=1, max_size=6))
def test_many_at_once_are_as_one_by_one(gold: list[str], predicted: list[str]) -> None:
    found = EDTF.compare([*map(EDTF.prepare_gold, gold)], [*map(EDTF.prepare, predicted)])
    for i, one in enumerate(gold):
        for j, other in enumerate(predicted):
            if "never" in (one, other):
                expected = (False, Fraction(0))
            else:
                pair = edtf.parse(one), edtf.parse(other)
                expected = (edtf.same(*pair), edtf.overlap(*pair))
            assert (bool(found.exact[i, j]), found.fraction(i, j)) == expected
