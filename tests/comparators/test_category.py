"""The comparator of closed vocabularies, the table of comparators and what they have in common."""

import pkgutil
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import comparators
from harness.comparators import COMPARATORS, Comparator, Comparison
from harness.comparators.blocks import Blocks
from harness.comparators.interface import Alike

CATEGORY = COMPARATORS["category"]


def test_category_is_equal_or_not() -> None:
    gold = [CATEGORY.prepare_gold(word) for word in ("state", "person")]
    predicted = [CATEGORY.prepare(word) for word in ("person", "State", "state", "state ")]
    found = [[CATEGORY.pair(one, other) for other in predicted] for one in gold]
    exact = [[False, False, True, False], [True, False, False, False]]
    assert [[each.exact for each in row] for row in found] == exact
    assert [[Fraction(each.numerator, each.denominator) for each in row] for row in found] == exact


def test_many_categories_are_compared_to_the_letter() -> None:
    assert CATEGORY.prepare_many(["state", "State "]) == ["state", "State "]
    words = ["person", "State", "state", "state "]
    assert [CATEGORY.equal("state", word) for word in words] == [False, False, True, False]
    assert CATEGORY.equal_many(["state"] * 4, words) == [False, False, True, False]
    assert [CATEGORY.identity(word) for word in words] == words


def test_every_module_of_the_family_is_in_the_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(comparators.__path__)}
    assert set(COMPARATORS) == modules - {"blocks", "fold", "folded_text", "interface"}
    assert all(comparator.name == name for name, comparator in COMPARATORS.items())


@pytest.mark.parametrize("name", sorted(COMPARATORS))
def test_check_says_that_a_value_is_empty(name: str) -> None:
    assert COMPARATORS[name].check(" ")


@pytest.mark.parametrize("name", ["text", "name", "category"])
def test_check_finds_nothing_wrong_with_a_word(name: str) -> None:
    assert COMPARATORS[name].check("person") is None


def test_a_comparison_is_a_ratio_of_integers() -> None:
    third, half = Comparison(False, 10**30, 3 * 10**30 - 1), Comparison(False, 10**30, 2 * 10**30)
    assert (third.is_alike, half.is_alike) == (False, True)
    assert not Comparison(False, 10**30, 2 * 10**30 + 1).is_alike


# What is folded away, what parses, and what is alike by the half.
VALUES: dict[str, st.SearchStrategy[str]] = {
    "text": st.lists(
        st.sampled_from(["we", "Pay", "pay,", "10.5", "é", "漢", "%"]), max_size=5
    ).map(" ".join),
    "name": st.lists(
        st.sampled_from(["the", "President", "US", "U.S.", "J.", "K.", "Joe", "Biden", "Biden’s"]),
        max_size=4,
    ).map(" ".join),
    "edtf": st.sampled_from(
        ["2021", "2021-04", "2021-04-15", "2021-04-01/2021-04-15", "2021-04-15/..", "never", "1"]
    ),
    "category": st.sampled_from(["state", "State", "person", "state "]),
}
ROLES = st.sampled_from(["", "US President", "the Joe"])

each_comparator = pytest.mark.parametrize("name", sorted(COMPARATORS))


@st.composite
def two_lists(draw: st.DrawFn, name: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Gold values, each with a role, and predicted ones."""
    gold = st.lists(st.tuples(VALUES[name], ROLES), max_size=6)
    return draw(gold), draw(st.lists(VALUES[name], max_size=6))


def alike_pair_by_pair(
    comparator: Comparator, gold: list[object], predicted: list[object]
) -> dict[tuple[int, int], Comparison]:
    """What `alike` is to find, by one comparison after the other."""
    found = {
        (row, column): comparator.pair(one, other)
        for row, one in enumerate(gold)
        for column, other in enumerate(predicted)
    }
    return {cell: each for cell, each in found.items() if 2 * each.numerator >= each.denominator}


def same_similarity(one: Comparison, other: Comparison) -> bool:
    """Whether two comparisons say the same; a ratio may be written in two ways."""
    return (
        one.exact == other.exact
        and one.numerator * other.denominator == other.numerator * one.denominator
    )


def alike_within(
    comparator: Comparator, gold: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]]
) -> list[Alike]:
    """What is found among the values of some articles."""
    return list(
        comparator.alike_within(
            list(chain.from_iterable(gold)),
            list(chain.from_iterable(predicted)),
            Blocks(map(len, gold)),
            Blocks(map(len, predicted)),
        )
    )


@each_comparator
@given(data=st.data())
def test_alike_finds_the_pairs_that_are_alike_one_by_one(name: str, data: st.DataObject) -> None:
    comparator = COMPARATORS[name]
    values, others = data.draw(two_lists(name))
    gold = [comparator.prepare_gold(value, role) for value, role in values]
    predicted = [comparator.prepare(value) for value in others]
    expected = alike_pair_by_pair(comparator, gold, predicted)
    for found in (
        list(comparator.alike(gold, predicted)),
        alike_within(comparator, [gold], [predicted]),
    ):
        assert len({(row, column) for row, column, *_ in found}) == len(found)
        assert {(row, column) for row, column, *_ in found} == set(expected)
        for row, column, *comparison in found:
            assert same_similarity(Comparison(*comparison), expected[row, column])


@each_comparator
@given(data=st.data())
def test_values_of_different_articles_are_never_alike(name: str, data: st.DataObject) -> None:
    comparator = COMPARATORS[name]
    articles = data.draw(st.lists(two_lists(name), max_size=4))
    gold = [[comparator.prepare_gold(*each) for each in values] for values, _ in articles]
    predicted = [[comparator.prepare(value) for value in others] for _, others in articles]
    first = [0, *accumulate(map(len, gold))], [0, *accumulate(map(len, predicted))]
    found = {pair[:2]: Comparison(*pair[2:]) for pair in alike_within(comparator, gold, predicted)}
    expected = {
        (first[0][number] + row, first[1][number] + column): comparison
        for number, both in enumerate(zip(gold, predicted, strict=True))
        for (row, column), comparison in alike_pair_by_pair(comparator, *both).items()
    }
    assert found.keys() == expected.keys()
    assert all(same_similarity(found[cell], each) for cell, each in expected.items())


@each_comparator
def test_alike_finds_nothing_where_there_is_nothing(name: str) -> None:
    comparator = COMPARATORS[name]
    values = [comparator.prepare("2021")]
    for gold, predicted in ([], values), (values, []), ([], []):
        assert list(comparator.alike(gold, predicted)) == []
        assert alike_within(comparator, [gold], [predicted]) == []
    assert alike_within(comparator, [[], values], [values, []]) == []
    assert alike_within(comparator, [], []) == []


@each_comparator
@given(data=st.data())
def test_equal_is_exact(name: str, data: st.DataObject) -> None:
    comparator = COMPARATORS[name]
    gold, predicted = data.draw(VALUES[name]), data.draw(VALUES[name])
    pair = comparator.pair(comparator.prepare_gold(gold), comparator.prepare(predicted))
    assert comparator.equal(gold, predicted) is pair.exact
    assert comparator.equal_many([gold, gold], [predicted, gold]) == [
        pair.exact,
        comparator.equal(gold, gold),
    ]


@each_comparator
@given(data=st.data())
def test_values_that_are_equal_have_one_identity(name: str, data: st.DataObject) -> None:
    comparator = COMPARATORS[name]
    one, other = data.draw(VALUES[name]), data.draw(VALUES[name])
    is_same = comparator.identity(one) == comparator.identity(other)
    if comparator.is_reflexive:
        assert is_same is comparator.equal(one, other)
    else:
        assert is_same or not comparator.equal(one, other)
    assert len({comparator.identity(one), comparator.identity(other)}) == 2 - is_same


@each_comparator
@given(data=st.data())
def test_a_reflexive_comparator_finds_every_value_equal_to_itself(
    name: str, data: st.DataObject
) -> None:
    comparator = COMPARATORS[name]
    value = data.draw(VALUES[name])
    if comparator.is_reflexive:
        assert comparator.equal(value, value)
    else:
        assert comparator.equal(value, value) is (comparator.fault(value) is None)


@each_comparator
@given(data=st.data())
def test_values_that_are_alike_overlap(name: str, data: st.DataObject) -> None:
    comparator = COMPARATORS[name]
    gold, predicted = data.draw(VALUES[name]), data.draw(VALUES[name])
    prepared = comparator.prepare_gold(gold), comparator.prepare(predicted)
    # Equal to nothing but the like of it: what has no word left shares none.
    if comparator.pair(*prepared).is_alike and any(map(str.isalnum, gold)):
        assert comparator.overlaps(*prepared)


def test_what_comparators_say_of_themselves() -> None:
    said = {name: (each.has_words, each.is_reflexive) for name, each in COMPARATORS.items()}
    assert said == {
        "text": (True, True),
        "name": (False, True),
        "edtf": (False, False),
        "category": (False, True),
    }


@pytest.mark.parametrize("name", ["text", "name", "category"])
def test_fault_and_difference_are_named_for_dates_alone(name: str) -> None:
    assert COMPARATORS[name].fault("Thursday") is None
    assert COMPARATORS[name].difference("2021-04-05", "2021-05-04") is None


def test_overlap_of_categories_is_being_the_same() -> None:
    assert CATEGORY.overlaps("state", "state")
    assert not CATEGORY.overlaps("state", "person")


class Number(Comparator):
    """No more than a comparator needs: equal numbers, alike as the smaller is to the larger."""

    name = "number"
    is_reflexive = False

    def prepare(self, value: str) -> int | None:
        """Read a number."""
        return int(value) if value.isdecimal() else None

    def pair(self, gold: int | None, predicted: int | None) -> Comparison:
        """Compare two numbers."""
        if gold is None or predicted is None:
            return Comparison(False, 0, 1)
        if gold == predicted:
            return Comparison(True, 1, 1)
        return Comparison(False, min(gold, predicted), max(gold, predicted))


def test_a_comparator_needs_no_more_than_prepare_and_pair() -> None:
    number = Number()
    gold = number.prepare_gold_many(["5", "2", "no"], [""] * 3)
    predicted = number.prepare_many(["4", "2", "1", "no"])
    assert list(number.alike(gold, predicted)) == [
        (0, 0, False, 4, 5),
        (1, 0, False, 2, 4),
        (1, 1, True, 1, 1),
        (1, 2, False, 1, 2),
    ]
    assert alike_within(number, [gold[:1], gold[1:]], [predicted[:1], predicted[1:]]) == [
        (0, 0, False, 4, 5),
        (1, 1, True, 1, 1),
        (1, 2, False, 1, 2),
    ]
    assert number.equal("05", "5") and not number.equal("no", "no")
    assert number.overlaps(5, 1) and not number.overlaps(5, None)
    assert (number.fault("no"), number.difference("5", "4"), number.check("5")) == (None,) * 3


class Raised(Number):
    """Gold numbers are raised by the length of their titles."""

    def prepare_gold(self, value: str, titles: str = "") -> int:
        """Read a gold number."""
        return int(value) + len(titles)


def test_gold_values_are_prepared_in_the_way_of_gold_each_with_its_titles() -> None:
    assert Raised().prepare_gold_many(["5", "2"], ["", "abc"]) == [5, 2 + 3]
    assert Raised().equal("5", "5")
    assert Number().prepare_gold_many(["5", "2"], ["", "abc"]) == [5, 2]


class RaisedInBulk(Number):
    """The same, of many at once."""

    def prepare_gold_many(self, values: Sequence[str], titles: Sequence[str]) -> list[Any]:
        """Read gold numbers."""
        return [int(value) + len(each) for value, each in zip(values, titles, strict=True)]


def test_gold_and_predicted_values_are_prepared_in_one_go_each_in_its_own_way() -> None:
    both = ["5", "2"], ["", "abc"], ["5", "no", "5"]
    assert Number().prepare_both(*both) == ([5, 2], [5, None, 5])
    for number in Raised(), RaisedInBulk():
        assert number.prepare_both(*both) == ([5, 2 + 3], [5, None, 5])
