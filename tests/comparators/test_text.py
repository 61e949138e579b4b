"""The text comparator, against a longest common subsequence in plain Python."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.comparators import COMPARATORS
from harness.comparators.blocks import Blocks
from harness.comparators.interface import AlikeArrays
from harness.comparators.text import PreparedText

TEXT = COMPARATORS["text"]


def compare(gold: str, predicted: str) -> tuple[bool, Fraction]:
    """Exactness and similarity of one pair."""
    found = TEXT.pair(TEXT.prepare_gold(gold), TEXT.prepare(predicted))
    return found.exact, Fraction(found.numerator, found.denominator)


def lcs(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence, by the textbook's table."""
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for j, candidate in enumerate(other):
            row.append(before[j] + 1 if word == candidate else max(before[j + 1], row[j]))
        before = row
    return before[-1]


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [
        ("Pay a price", "“pay a price,”"),
        ("We will\xa0not \u2013 ever", "we will not - ever"),
        ("Straße", "STRASSE"),
        ("%", " % "),
        ("...", ""),  # equal after folding: nothing is left of either
    ],
)
def test_exact_is_equal_after_folding(gold: str, predicted: str) -> None:
    assert compare(gold, predicted) == (True, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "similarity"),
    [
        ("10.5", "105", Fraction(0)),
        ("16 individuals", "32 individuals", Fraction(2 * 1, 2 + 2)),
        ("re-sign", "resign", Fraction(0)),
        ("pay a price", "they will pay a price", Fraction(2 * 3, 3 + 5)),
        ("a b c d", "d c b a", Fraction(2 * 1, 4 + 4)),
        ("a b c", "a x b y c", Fraction(2 * 3, 3 + 5)),
        ("a a", "a", Fraction(2 * 1, 2 + 1)),
        ("北京市", "北京", Fraction(2 * 2, 3 + 2)),
        ("%", "$", Fraction(0)),
        ("a", "", Fraction(0)),
    ],
)
def test_similarity_is_f1_of_the_common_words(
    gold: str, predicted: str, similarity: Fraction
) -> None:
    assert compare(gold, predicted) == (False, similarity)
    assert compare(predicted, gold) == (False, similarity)


def test_equal_words_are_not_yet_exact() -> None:
    assert compare("5%", "5") == (False, 1)
    assert compare("-5", "5") == (False, 1)


@pytest.mark.parametrize(
    ("gold", "predicted", "is_equal"),
    [
        ("Pay a price", "Pay a price", True),
        ("Pay a price", "“pay a price,”", True),
        ("Pay a price", "pay the price", False),
        ("5%", "5", False),
        ("", "...", True),
    ],
)
def test_equal_is_equal_after_folding(gold: str, predicted: str, *, is_equal: bool) -> None:
    assert TEXT.equal(gold, predicted) is is_equal
    assert TEXT.equal(predicted, gold) is is_equal
    assert TEXT.equal_many([gold, "a"], [predicted, "b"]) == [is_equal, False]


def alike(gold: Sequence[PreparedText], predicted: Sequence[PreparedText]) -> AlikeArrays:
    """The pairs of one article that are at least half alike."""
    return TEXT.alike_within(gold, predicted, Blocks([len(gold)]), Blocks([len(predicted)]))


def test_alike_finds_texts_that_are_at_least_half_alike() -> None:
    gold = ["a b", "a b c d", "%", "c d e f", "§"]
    predicted = ["c d", "$", "A b.", "%", "x y z"]
    found = alike(TEXT.prepare_many(gold), TEXT.prepare_many(predicted))
    assert found.numerators.dtype == found.denominators.dtype == np.int64
    assert sorted((row, column, *rest) for row, column, *rest in found) == [
        (0, 2, True, 1, 1),
        (1, 0, False, 2 * 2, 4 + 2),
        (1, 2, False, 2 * 2, 4 + 2),
        # Texts without a word are alike only where they are equal.
        (2, 3, True, 1, 1),
        (3, 0, False, 2 * 2, 4 + 2),
    ]


WORDS = st.lists(st.sampled_from(["we", "pay", "10.5", "é", "漢"]), max_size=12)
LONG = st.lists(st.sampled_from("abc"), min_size=60, max_size=150)


@given(st.tuples(WORDS, WORDS) | st.tuples(LONG, LONG))
def test_similarity_is_that_of_an_independent_table(texts: tuple[list[str], list[str]]) -> None:
    one, other = texts
    exact, similarity = compare(" ".join(one), " ".join(other))
    if one == other:
        assert (exact, similarity) == (True, 1)
    else:
        assert not exact
        assert similarity == Fraction(2 * lcs(one, other), len(one) + len(other))


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_many_at_once_are_as_one_by_one(gold: list[list[str]], predicted: list[list[str]]) -> None:
    rows, columns = [" ".join(text) for text in gold], [" ".join(text) for text in predicted]
    prepared = [*map(TEXT.prepare_gold, rows)], [*map(TEXT.prepare, columns)]
    found = {
        (row, column): (exact, Fraction(numerator, denominator))
        for row, column, exact, numerator, denominator in alike(*prepared)
    }
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            exact, similarity = compare(row, column)
            assert found.get((i, j)) == ((exact, similarity) if similarity >= 0.5 else None)


@pytest.mark.parametrize(
    ("gold", "predicted", "overlap"),
    [
        # Half of the words of the shorter one, in their order.
        ("we will pay a price for it", "they pay no price", True),
        ("a b c d", "b x", True),
        ("a b c d", "x y b", False),
        # It runs on: at least two words at the end of one begin the other.
        ("a b c d e f", "e f u v w x", True),
        ("e f u v w x", "a b c d e f", True),
        ("a b c d e f", "f u v w x y", False),
        # What begins the other more than once.
        ("a e b e f", "e f u v w x y z", True),
        ("a b e u f", "e f u v w x y z", False),
        # One word at the end begins the other; the words that both have stand elsewhere.
        ("a b c d e x", "x a b u v w", False),
        ("a", "b", False),
        ("%", "%", False),
        ("", "a", False),
    ],
)
def test_overlaps(gold: str, predicted: str, *, overlap: bool) -> None:
    assert TEXT.overlaps(TEXT.prepare_gold(gold), TEXT.prepare(predicted)) is overlap


def test_identity_is_the_folded_text() -> None:
    assert TEXT.identity("“Pay a price,”") == TEXT.identity("pay a price")
    assert TEXT.identity("5%") != TEXT.identity("5")


def test_more_different_words_than_characters_before_the_surrogates() -> None:
    n = 60_000
    long = " ".join(f"w{number}" for number in range(n))
    assert compare(long, long.removesuffix(f" w{n - 1}")) == (
        False,
        Fraction(2 * (n - 1), 2 * n - 1),
    )
