"""The name comparator, without the actors of an article."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.comparators import COMPARATORS
from harness.comparators.blocks import Blocks

NAME = COMPARATORS["name"]


def compare(gold: str, predicted: str, role: str = "") -> tuple[bool, Fraction]:
    """Exactness and similarity of one pair."""
    found = NAME.pair(NAME.prepare_gold(gold, role), NAME.prepare(predicted))
    return found.exact, Fraction(found.numerator, found.denominator)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Joe Biden", "“joe biden”,"),
        ("US", "U.S."),
        ("US", "the U.S."),
        ("USA", "U.S.A."),
        ("EU", "E.U."),
        ("JRR Tolkien", "J.R.R. Tolkien"),
        ("J.K. Orlan", "J. K. Orlan"),
        ("JK Orlan", "J. K. Orlan"),
        ("J.K. Orlan", "J. K. Orlan’s"),
        ("U.S. Treasury", "the U. S. Treasury"),
        ("Joe R Biden", "Joe R. Biden"),
        ("United States", "the United States"),
        ("Kremlin", "A Kremlin"),
        ("Russia", "Russia's"),
        ("Russia", "Russia’s"),
        ("United States", "the United States'"),
        ("Kommersant", "“Kommersant”’s"),
        ("Russian counterpart", "his Russian counterpart"),
        ("allies", "our allies"),
        ("Lavrov", "Mr. Lavrov"),
        ("Lavrov", "Mr Lavrov"),
        ("Smith", "Prof. Dr. Smith"),
        ("Joe Biden", "President Joe Biden"),
        ("Joe Biden", "the President Joe Biden"),
        ("Kamala Harris", "Vice President Kamala Harris"),
        ("Boris Johnson", "Prime Minister Boris Johnson"),
        ("António Guterres", "Secretary-General António Guterres"),
        ("António Guterres", "Secretary General António Guterres"),
        ("John Smith", "His Excellency John Smith"),
        ("John McCain", "Sen. John McCain"),
        ("Sergei Lavrov", "Foreign Minister Sergei Lavrov"),
    ],
)
def test_exact(one: str, other: str) -> None:
    assert compare(one, other) == (True, 1)
    assert compare(other, one) == (True, 1)


@pytest.mark.parametrize(
    ("one", "other", "similarity"),
    [
        ("Putin", "Vladimir Putin", Fraction(2 * 1, 1 + 2)),
        ("Joe Biden", "Hunter Biden", Fraction(2 * 1, 2 + 2)),
        ("NATO", "North Atlantic Treaty Organization", Fraction(0)),
        ("A. Smith", "Smith", Fraction(2 * 1, 2 + 1)),  # an initial is no article
        ("A. Smith", "B. Smith", Fraction(2 * 1, 2 + 2)),
        ("General Motors", "Motors", Fraction(2 * 1, 2 + 1)),
        ("Minister of Defence", "Defence", Fraction(2 * 1, 3 + 1)),
        ("ambassador to Moscow", "Moscow", Fraction(2 * 1, 3 + 1)),
        ("Secretary for Justice", "Justice", Fraction(2 * 1, 3 + 1)),
        ("ambassador in Moscow", "mayor in Moscow", Fraction(2 * 2, 3 + 3)),
        ("minister without portfolio", "secretary without portfolio", Fraction(2 * 2, 3 + 3)),
        ("Prime Minister", "Minister", Fraction(2 * 1, 2 + 1)),  # nobody's name stands behind it
        ("Resign", "re-sign", Fraction(0)),
        ("Biden Biden", "Biden", Fraction(1)),  # sets of words, and yet not equal
    ],
)
def test_not_exact(one: str, other: str, similarity: Fraction) -> None:
    assert compare(one, other) == (False, similarity)
    assert compare(other, one) == (False, similarity)


@pytest.mark.parametrize(
    ("gold", "predicted", "role"),
    [
        ("Joe Biden", "US President Joe Biden", "US President"),
        ("Joe Biden", "U.S. President Joe Biden", "US President"),
        ("Joe Biden", "US President Joe Biden", "U.S. President"),
        ("Joe Biden", "the US President, Joe Biden", "US President"),
        ("Joe Biden", "US Joe Biden", "US President"),
        ("Dmitry Peskov", "Kremlin spokesman Dmitry Peskov", "Kremlin spokesman"),
        ("Dmitry Peskov", "“Kremlin” spokesman Dmitry Peskov", "Kremlin spokesman"),
        ("Igor Sechin", "head of Rosneft Igor Sechin", "head of Rosneft"),
        ("Igor Sechin", "Rosneft chairman Igor Sechin", "chairman, Rosneft"),
        ("Joe Biden", "Joe Biden", "US President"),
        ("US President Joe Biden", "Joe Biden", "US President"),
        ("US President Joe Biden", "US President Joe Biden", "US President"),
        ("Kremlin, Peskov", "Kremlin, Peskov", "Kremlin official"),
    ],
)
def test_words_of_the_gold_role_may_stand_in_front(gold: str, predicted: str, role: str) -> None:
    assert compare(gold, predicted, role) == (True, 1)


def test_a_pair_is_found_once_though_a_word_of_the_role_stands_in_front() -> None:
    gold = [NAME.prepare_gold("Jo Aske", "Trade Envoy"), NAME.prepare_gold("Envoy Jo Aske")]
    predicted = [NAME.prepare("Trade Envoy Jo Aske"), NAME.prepare("Jo Aske")]
    found = NAME.alike_within(gold, predicted, Blocks([2]), Blocks([2]))
    assert sorted(found) == [
        (0, 0, True, 1, 1),
        (0, 1, True, 1, 1),
        # Of its own words alone, all count.
        (1, 0, False, 2 * 3, 3 + 4),
        (1, 1, False, 2 * 2, 3 + 2),
    ]


def test_names_of_more_articles_than_there_are_words_are_kept_apart() -> None:
    n = 8
    gold = [NAME.prepare_gold(("Kesh", "Veyland")[number % 2]) for number in range(n)]
    predicted = [NAME.prepare(("Veyland", "Kesh")[number % 2]) for number in range(n)]
    one_each = Blocks([1] * n)
    assert list(NAME.alike_within(gold, predicted, one_each, one_each)) == []
    assert len(NAME.alike_within(gold, gold, one_each, one_each)) == n


def test_without_the_role_its_words_count() -> None:
    spokesman = "Kremlin spokesman Dmitry Peskov"
    assert compare("Dmitry Peskov", spokesman) == (False, Fraction(2 * 2, 2 + 4))
    assert compare("Dmitry Peskov", spokesman, "US President") == (False, Fraction(2, 3))


def test_the_role_of_another_gold_name_changes_nothing() -> None:
    gold = [NAME.prepare_gold("Joe Biden", "US President"), NAME.prepare_gold("US Treasury")]
    predicted = [NAME.prepare("US Treasury"), NAME.prepare("US Joe Biden")]
    found = [[NAME.pair(one, other) for other in predicted] for one in gold]
    assert [[each.exact for each in row] for row in found] == [[False, True], [True, False]]
    assert Fraction(found[1][1].numerator, found[1][1].denominator) == Fraction(2 * 1, 2 + 3)


@pytest.mark.parametrize("name", ["The", "Mr.", "President", "his", "A", "the President", "'s"])
def test_never_down_to_nothing(name: str) -> None:
    assert compare(name, name, role="the President") == (True, 1)
    assert compare(name, "") == (False, 0)
    assert compare("", name) == (False, 0)


def test_a_name_that_is_a_title_is_not_every_title() -> None:
    assert compare("President", "the President") == (True, 1)
    assert compare("President", "Minister") == (False, 0)
    assert compare("US President", "President", role="US President") == (True, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "overlap"),
    [
        ("Putin", "Vladimir Putin", True),
        ("Foreign Ministry of Russia", "Ministry of Defence", True),  # two of three
        ("Foreign Ministry of Russia", "Ministry and Bank", False),  # one of three
        ("Joe Biden", "Hunter Biden", True),  # one of two
        ("Putin", "Biden", False),
        ("...", "...", False),
    ],
)
def test_overlaps(gold: str, predicted: str, *, overlap: bool) -> None:
    assert NAME.overlaps(NAME.prepare_gold(gold), NAME.prepare(predicted)) is overlap
    assert NAME.overlaps(NAME.prepare_gold(predicted), NAME.prepare(gold)) is overlap


def test_identity_is_the_name_as_it_is_compared() -> None:
    assert NAME.identity("President Joe Biden’s") == NAME.identity("joe biden")
    assert NAME.identity("J. K. Orlan") == NAME.identity("J.K. Orlan")
    assert NAME.identity("Joe Biden") != NAME.identity("Biden")


NAMES = st.lists(
    st.sampled_from(
        [
            "the",
            "a",
            "A.",
            "his",
            "president",
            "vice",
            "prime",
            "minister",
            "Mr.",
            "US",
            "U.S.",
            "of",
            "Kremlin,",
            "spokesman",
            "Joe",
            "Biden",
            "Biden's",
            "Russia's",
            "“Putin”",
            "-",
            "São",
        ]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)
ROLES = st.sampled_from(["", "US President", "Kremlin spokesman", "chairman, Rosneft", "the - a"])


@given(NAMES, ROLES)
def test_a_name_equals_itself_whatever_the_role(name: str, role: str) -> None:
    assert compare(name, name, role) == (True, 1)


@given(NAMES, NAMES)
def test_without_roles_names_compare_alike_both_ways(one: str, other: str) -> None:
    assert compare(one, other) == compare(other, one)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_taken(gold: str, predicted: str) -> None:
    exact, similarity = compare(gold, predicted, role=predicted)
    assert 0 <= similarity <= 1
    assert similarity == 1 or not exact
