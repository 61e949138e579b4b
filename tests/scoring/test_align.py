"""Alignment, against every assignment there is."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparators.interface import AlikeArrays
from harness.records import GoldClaim
from harness.scoring import align as module
from harness.scoring.align import align, canonical_json
from harness.scoring.similarity import PossiblePair

Pairs = list[tuple[int, int]]
Table = dict[tuple[int, int], Fraction]


def claims(labels: Sequence[object]) -> list[dict[str, object]]:
    """Claims that are told apart by a label."""
    return [{"label": label} for label in labels]


def run(
    n_gold: int,
    n_predicted: int,
    table: Table,
    required: Sequence[bool] | None = None,
    gold: Sequence[object] | None = None,
    predicted: Sequence[object] | None = None,
) -> Pairs:
    """Align claims whose possible pairs are the keys of a table of similarities."""
    labels = claims(range(n_gold) if gold is None else gold)
    flags = [True] * n_gold if required is None else required
    return pairs_of(
        table,
        [GoldClaim(each, not flag) for each, flag in zip(labels, flags, strict=True)],
        claims(range(n_predicted) if predicted is None else predicted),
    )


def pairs_of(
    table: Table, gold: Sequence[GoldClaim], predicted: Sequence[dict[str, object]]
) -> Pairs:
    """The pairs that are made, in the order in which they are given."""
    possible = AlikeArrays.of(possible_pairs(table))
    made = possible.take(align(possible, gold, predicted))
    return list(zip(made.rows.tolist(), made.columns.tolist(), strict=True))


def possible_pairs(table: Table) -> list[PossiblePair]:
    """The pairs of a table as the comparison of claims has them."""
    return [
        PossiblePair(*pair, False, similarity.numerator, similarity.denominator)
        for pair, similarity in table.items()
    ]


def test_two_pairs_rather_than_the_most_alike_one() -> None:
    # As 0.7, 0.7, 0.7 and 0.4 with a threshold between: the greedy pair (0, 0) would leave one.
    table = {(0, 0): Fraction(9, 10), (0, 1): Fraction(7, 10), (1, 0): Fraction(7, 10)}
    assert run(2, 2, table) == [(0, 1), (1, 0)]


def test_the_sum_decides_among_as_many_pairs() -> None:
    # [[1, .7], [.7, .4]]: 1 + .4 equals .7 + .7, and the order of the claims decides.
    table = {
        (0, 0): Fraction(1),
        (0, 1): Fraction(7, 10),
        (1, 0): Fraction(7, 10),
        (1, 1): Fraction(4, 10),
    }
    assert run(2, 2, table) == [(0, 0), (1, 1)]
    assert run(2, 2, table, predicted=[1, 0]) == [(0, 1), (1, 0)]
    table[1, 1] = Fraction(4, 10) - Fraction(1, 10**30)
    assert run(2, 2, table) == [(0, 1), (1, 0)]
    table[1, 1] = Fraction(4, 10) + Fraction(1, 10**30)
    assert run(2, 2, table, predicted=[1, 0]) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("lower", [Fraction(3, 5), Fraction(1, 2), Fraction(2, 3)])
def test_the_more_alike_is_paired_wherever_it_stands(lower: Fraction) -> None:
    # By a lot, or by 1/2 against 2/3, which differ by the smallest step of two cross products.
    higher = Fraction(2, 3) if lower == Fraction(1, 2) else Fraction(9, 10)
    assert run(1, 2, {(0, 0): higher, (0, 1): lower}) == [(0, 0)]
    assert run(1, 2, {(0, 0): lower, (0, 1): higher}) == [(0, 1)]
    assert run(2, 1, {(0, 0): higher, (1, 0): lower}) == [(0, 0)]
    assert run(2, 1, {(0, 0): lower, (1, 0): higher}) == [(1, 0)]


def test_among_equals_the_first_gold_claim_takes_the_first_prediction_it_can() -> None:
    # Three pairs, all just as alike, are made with gold 0 at 0 and gold 1 at 3, or with gold 0 at
    # 1 and gold 1 at 0. What gold 1 gives up is more, but it comes later.
    possible = [(0, 0), (0, 1), (1, 0), (1, 3), (2, 2), (2, 3)]
    assert run(3, 4, dict.fromkeys(possible, Fraction(1))) == [(0, 0), (1, 3), (2, 2)]


def test_required_gold_comes_first() -> None:
    table = {(0, 0): Fraction(1), (1, 0): Fraction(1, 2)}
    assert run(2, 1, table, required=[False, True]) == [(1, 0)]
    assert run(2, 1, table, required=[True, False]) == [(0, 0)]
    assert run(2, 1, table, required=[False, False]) == [(0, 0)]


def test_required_gold_comes_before_alikeness_and_then_more_pairs() -> None:
    # Both predictions fit the optional claim better, one of them fits the required one too.
    table = {(0, 0): Fraction(1), (0, 1): Fraction(1), (1, 0): Fraction(1, 2)}
    assert run(2, 2, table, required=[False, True]) == [(0, 1), (1, 0)]


def test_what_is_impossible_is_never_paired() -> None:
    assert run(2, 2, {}) == []
    assert run(0, 3, {}) == []
    assert run(3, 0, {}) == []
    assert run(2, 2, {(1, 1): Fraction(0)}) == [(1, 1)]


def test_one_prediction_of_many_equal_ones_is_paired() -> None:
    table = {(0, column): Fraction(1) for column in range(100)}
    assert run(1, 100, table, predicted=["x"] * 100) == [(0, 0)]
    assert run(100, 1, {(row, 0): Fraction(1) for row in range(100)}, gold=["x"] * 100) == [(0, 0)]


def test_canonical_json_is_folded_and_sorted() -> None:
    one = {"text": "Pay", "speaker": None, "n": 1}
    assert canonical_json(one) == canonical_json(dict(reversed(one.items())))
    assert canonical_json({"text": "PAY"}) == canonical_json({"text": "pay"})
    assert canonical_json({"text": "pay"}) != canonical_json({"text": "play"})
    assert canonical_json({"text": "ÉTÉ"}) == canonical_json({"text": "été"})
    # What JSON has no form for is as its text.
    assert canonical_json({"on": date(2021, 4, 15)}) == canonical_json({"on": "2021-04-15"})


def test_the_order_of_equals_is_that_of_what_they_say_folded() -> None:
    # "a" comes before "b" once both are folded, though not before "B" as they stand.
    table = {(0, 0): Fraction(1), (0, 1): Fraction(1)}
    assert run(1, 2, table, predicted=["B", "a"]) == [(0, 1)]
    assert run(1, 2, table, predicted=["a", "B"]) == [(0, 0)]


def test_claims_that_are_equal_when_folded_have_an_order_too() -> None:
    table = {(0, 0): Fraction(1), (0, 1): Fraction(1)}
    assert run(1, 2, table, predicted=["Pay", "pay"]) == [(0, 0)]
    assert run(1, 2, table, predicted=["pay", "Pay"]) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"accept": {"label": ["a"]}}, {"accept": {"label": ["b"]}}),
        ({"accept": {"label": ["b"]}}, {}),
        ({"accept": {"label": [None]}}, {"accept": {"label": ["None"]}}),
        ({"aliases": ("b", "c")}, {"aliases": ("b", "d")}),
        ({"optional": True}, {"optional": True, "aliases": ("a",)}),
    ],
)
def test_gold_claims_that_differ_only_in_what_they_take_have_an_order(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    gold = [GoldClaim({"label": 0}, **one), GoldClaim({"label": 0}, **other)]
    predicted = claims("xy")
    # The first prediction may be either; what it is does not depend on which of them comes first.
    table = {(0, 0): Fraction(1), (1, 0): Fraction(1)}
    for pairs in (table, table | {(0, 1): Fraction(1), (1, 1): Fraction(1)}):
        there = pairs_of(pairs, gold, predicted)
        back = pairs_of(pairs, gold[::-1], predicted)
        assert sorted((1 - row, column) for row, column in back) == there
        assert len(there) == len({column for _, column in pairs})


def test_gold_claims_that_differ_in_the_order_of_their_aliases_are_the_same() -> None:
    gold = [
        GoldClaim({"label": 0}, aliases=("a", "b")),
        GoldClaim({"label": 0}, aliases=("b", "a")),
    ]
    table = {(0, 0): Fraction(1), (1, 0): Fraction(1)}
    assert pairs_of(table, gold, claims("x")) == [(0, 0)]
    assert pairs_of(table, gold[::-1], claims("x")) == [(0, 0)]


def assignments(n_gold: int, table: Table, row: int = 0, taken: int = 0) -> Iterator[Pairs]:
    """Every one-to-one pairing of possible pairs."""
    if row == n_gold:
        yield []
        return
    yield from assignments(n_gold, table, row + 1, taken)
    for one, column in table:
        if one == row and not taken >> column & 1:
            for rest in assignments(n_gold, table, row + 1, taken | 1 << column):
                yield [(row, column), *rest]


def by_brute_force(
    table: Table, required: Sequence[bool], gold: Sequence[str], predicted: Sequence[str]
) -> Pairs:
    """The best assignment by the four rules, taken literally."""

    def merit(pairs: Pairs) -> tuple[object, ...]:
        return (
            -sum(required[row] for row, _ in pairs),
            -len(pairs),
            -sum((table[pair] for pair in pairs), Fraction(0)),
            sorted((gold[row], predicted[column]) for row, column in pairs),
        )

    return min(assignments(len(gold), table), key=merit)


LABELS = "abcdef"
SIMILARITIES = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(2, 3), Fraction(5, 6)])


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[Table, list[bool], list[str], list[str]]:
    """Up to six claims a side in any order, with many ties."""
    gold = draw(st.permutations(LABELS[: draw(st.integers(0, 6))]))
    predicted = draw(st.permutations(LABELS[: draw(st.integers(0, 6))]))
    cells = [(row, column) for row in range(len(gold)) for column in range(len(predicted))]
    density = draw(st.sampled_from([0.3, 0.6, 1.0]))
    chance = draw(st.randoms(use_true_random=False))
    table = {pair: draw(SIMILARITIES) for pair in cells if chance.random() < density}
    required = draw(st.lists(st.booleans(), min_size=len(gold), max_size=len(gold)))
    return table, required, list(gold), list(predicted)


@settings(max_examples=150)
@given(problems())
def test_align_is_the_best_of_all_assignments(
    problem: tuple[Table, list[bool], list[str], list[str]],
) -> None:
    table, required, gold, predicted = problem
    expected = by_brute_force(table, required, gold, predicted)
    assert run(len(gold), len(predicted), table, required, gold, predicted) == sorted(expected)


@given(problems(), st.randoms(use_true_random=False))
def test_align_does_not_depend_on_the_order_of_the_lists(
    problem: tuple[Table, list[bool], list[str], list[str]], chance: random.Random
) -> None:
    table, required, gold, predicted = problem
    rows, columns = list(range(len(gold))), list(range(len(predicted)))
    chance.shuffle(rows)
    chance.shuffle(columns)
    before = run(len(gold), len(predicted), table, required, gold, predicted)
    after = run(
        len(gold),
        len(predicted),
        {(rows.index(row), columns.index(column)): each for (row, column), each in table.items()},
        [required[row] for row in rows],
        [gold[row] for row in rows],
        [predicted[column] for column in columns],
    )
    assert sorted((rows[row], columns[column]) for row, column in after) == before


def dense(n_gold: int, n_predicted: int, density: float, seed: int) -> tuple[Table, list[bool]]:
    """A large problem. Sums of its similarities differ by 1/27720 at least, or not at all."""
    chance = random.Random(seed)
    table = {}
    for row in range(n_gold):
        for column in range(n_predicted):
            if chance.random() < density:
                unit = chance.randint(1, 12)
                table[row, column] = Fraction(chance.randint(unit // 2, unit), unit)
    return table, [chance.random() < 0.6 for _ in range(n_gold)]


@pytest.mark.parametrize(
    ("n_gold", "n_predicted", "density"),
    [(30, 30, 0.1), (30, 40, 0.5), (40, 25, 1.0), (9, 60, 0.2), (26, 26, 1.0)],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_large_groups_are_solved_as_well_as_small_ones(
    n_gold: int, n_predicted: int, density: float, seed: int
) -> None:
    table, required = dense(n_gold, n_predicted, density, seed)
    merits = []
    for solve in (module._solve_exactly, module._solve_large):
        pairs = solve(range(n_gold), range(n_predicted), possible_pairs(table), required)
        assert all(pair in table for pair in pairs)
        assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
        similarity = sum((table[pair] for pair in pairs), Fraction(0))
        merits.append((sum(required[row] for row, _ in pairs), len(pairs), similarity))
    assert merits[0] == merits[1]


@settings(max_examples=60)
@given(problems())
def test_very_many_pairs_are_aligned_as_few(
    problem: tuple[Table, list[bool], list[str], list[str]],
) -> None:
    table, required, gold, predicted = problem
    expected = run(len(gold), len(predicted), table, required, gold, predicted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", 0)
        assert run(len(gold), len(predicted), table, required, gold, predicted) == expected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_large_groups_in_arrays_are_aligned_as_others(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, required = dense(30, 34, 0.8, seed)
    expected = run(30, 34, table, required)
    monkeypatch.setattr(module, "_FEW", 0)
    assert run(30, 34, table, required) == expected


@given(st.lists(problems(), max_size=4))
def test_claims_of_many_articles_are_aligned_as_those_of_each(
    articles: list[tuple[Table, list[bool], list[str], list[str]]],
) -> None:
    expected: Pairs = []
    table: Table = {}
    everything: tuple[list[bool], list[str], list[str]] = ([], [], [])
    for one, *own in articles:
        rows, columns = len(everything[1]), len(everything[2])
        table |= {(rows + row, columns + column): each for (row, column), each in one.items()}
        pairs = run(len(own[1]), len(own[2]), one, *own)
        expected += [(rows + row, columns + column) for row, column in pairs]
        for total, each in zip(everything, own, strict=True):
            total += each
    required, gold, predicted = everything
    assert run(len(gold), len(predicted), table, required, gold, predicted) == expected


def test_ratios_are_scaled_exactly_beyond_64_bits() -> None:
    ratios = [(2**62 - 1, 2**62), (2**60, 2**61 + 1), (1, 3)]
    found = module._scaled(*(np.array(part) for part in zip(*ratios, strict=True)), 30)
    assert found.tolist() == [(one << 30) // whole for one, whole in ratios]


def test_a_group_too_large_for_the_exact_way() -> None:
    n = module._EXACT_SIDE + 6
    table, required = dense(n, n, 0.3, seed=3)
    labels = [json.dumps(number) for number in range(n)]
    before = run(n, n, table, required, labels, labels)
    order = list(range(n))[::-1]
    after = run(
        n,
        n,
        {(order[row], order[column]): each for (row, column), each in table.items()},
        required[::-1],
        labels[::-1],
        labels[::-1],
    )
    assert sorted((order[row], order[column]) for row, column in after) == before
    assert len(before) == n


def nearly_level(n: int, more: Fraction, first: int = 0) -> Table:
    """n claims a side that are all half alike, but for the pair (0, 1), which is so by more.

    The sum decides for it, and the order of the claims for all else: 0 with 1, 1 with 0, and each
    other with its like.
    """
    table = {
        (first + row, first + column): Fraction(1, 2) for row in range(n) for column in range(n)
    }
    table[first, first + 1] += more
    return table


def crossed(n: int, first: int = 0) -> Pairs:
    """The assignment that is the best of claims that are nearly level."""
    return [(first, first + 1), (first + 1, first), *((first + k, first + k) for k in range(2, n))]


TINY = Fraction(1, 10**15)


@pytest.mark.parametrize("few", [0, module._FEW])
def test_the_largest_group_that_is_solved_exactly(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = module._EXACT_SIDE
    labels = range(10, 10 + n)
    monkeypatch.setattr(module, "_FEW", few)
    assert run(n, n, nearly_level(n, TINY), gold=labels, predicted=labels) == crossed(n)


def test_a_larger_group_tells_similarities_apart_by_a_thousand_millionth() -> None:
    n = module._EXACT_SIDE + 6
    pairs = run(n, n, nearly_level(n, Fraction(1, 10**9)))
    assert len(pairs) == n
    assert (0, 1) in pairs


def test_groups_in_arrays_are_solved_apart_and_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW", 0)
    # Together they would be too large for that.
    n = module._EXACT_SIDE * 2 // 3
    table = nearly_level(n, TINY) | nearly_level(n, TINY, first=n)
    labels = range(10, 10 + 2 * n)
    found = run(2 * n, 2 * n, table, gold=labels, predicted=labels)
    assert found == crossed(n) + crossed(n, first=n)


@pytest.mark.parametrize("few", [3, module._FEW])
def test_groups_that_do_not_compete_are_solved_apart(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW", few)
    # Twenty-five times the same little problem: together they would be a large one.
    table = {}
    for block in range(0, 50, 2):
        table |= {(block, block): Fraction(1), (block, block + 1): Fraction(1, 2)}
        table |= {(block + 1, block): Fraction(1, 2)}
    expected = [(row, row + 1 if row % 2 == 0 else row - 1) for row in range(50)]
    assert run(50, 50, table) == expected
