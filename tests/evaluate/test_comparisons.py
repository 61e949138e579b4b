"""Comparisons of cells: p by every swap in fractions, Holm, verdicts, ranks, pairing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import isnan

import pytest

from harness.evaluate import (
    ALPHA,
    HEADLINE,
    OVERALL,
    ArticleCounts,
    CellComparison,
    CountVectors,
    Evaluation,
    Resampling,
    compare_cells,
    score_vectors,
)
from harness.records import Article, Cell, Counts, Gold, GoldClaim, Prediction
from harness.scoring.stats import holm

from .builders import days, evaluated, labelled, predicted, vectors_of

A, B, C = Cell("a", "p"), Cell("b", "p"), Cell("c", "p")
SOME = Resampling(n_resamples=2000)
Counted = Mapping[str, Sequence[int]]
"""True positives, false positives and false negatives of each article."""


def compared(
    a: CountVectors,
    b: CountVectors,
    articles: Mapping[str, Article] | None = None,
    resampling: Resampling = SOME,
) -> dict[tuple[str, str], CellComparison]:
    """The comparisons of two cells by claim type and level."""
    rows = compare_cells([((A, a), (B, b))], articles or {}, resampling)
    return {(row.claim_type, row.level): row for row in rows}


def exact(counts: Sequence[Sequence[int]], part: str) -> Fraction | None:
    tp, fp, fn = (sum(column) for column in zip(*counts, strict=True))
    over, under = {
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "f1": (2 * tp, 2 * tp + fp + fn),
    }[part]
    return Fraction(over, under) if under else None


def exact_mean(types: Sequence[Sequence[Sequence[int]]], part: str) -> Fraction | None:
    defined = [each for counts in types if (each := exact(counts, part)) is not None]
    return sum(defined, Fraction()) / len(defined) if defined else None


def p_of_all_swaps(a: Sequence[Counted], b: Sequence[Counted], part: str) -> Fraction:
    """The share of all swaps with a difference as large; a and b have a mapping for each type."""
    articles = sorted(a[0])

    def difference(swaps: Sequence[bool]) -> Fraction | None:
        swapped = list(zip(articles, swaps, strict=True))
        left, right = (
            [
                [(second if swap else first)[each] for each, swap in swapped]
                for first, second in pairs
            ]
            for pairs in (zip(a, b, strict=True), zip(b, a, strict=True))
        )
        one, other = exact_mean(left, part), exact_mean(right, part)
        return None if one is None or other is None else abs(one - other)

    found = [difference(swaps) for swaps in product((False, True), repeat=len(articles))]
    assert found[0] is not None
    defined = [each for each in found if each is not None]
    return Fraction(sum(each >= found[0] for each in defined), len(defined))


DATES_A = {"w": (3, 0, 1), "x": (0, 2, 1), "y": (2, 1, 0), "z": (1, 0, 3), "v": (0, 0, 2)}
DATES_B = {"w": (4, 1, 0), "x": (1, 0, 0), "y": (2, 0, 0), "z": (3, 1, 1), "v": (1, 1, 1)}
QUOTES_A = {"w": (1, 1, 1), "x": (0, 0, 0), "y": (0, 3, 2), "z": (2, 0, 0), "v": (1, 0, 1)}
QUOTES_B = {"w": (2, 0, 0), "x": (0, 1, 0), "y": (1, 1, 1), "z": (1, 0, 1), "v": (2, 2, 0)}


def two_types(dates: Counted, quotes: Counted) -> CountVectors:
    return CountVectors.from_rows(
        [*vectors_of(dates).rows(), *vectors_of(quotes, claim_type="quotes").rows()]
    )


@pytest.mark.parametrize("part", ["precision", "recall", "f1"])
def test_p_is_the_share_of_all_swaps_that_differ_as_much(part: str) -> None:
    found = compared(two_types(DATES_A, QUOTES_A), two_types(DATES_B, QUOTES_B))
    expected = {
        "dates": p_of_all_swaps([DATES_A], [DATES_B], part),
        "quotes": p_of_all_swaps([QUOTES_A], [QUOTES_B], part),
        OVERALL: p_of_all_swaps([DATES_A, QUOTES_A], [DATES_B, QUOTES_B], part),
    }
    for (name, _), row in found.items():
        assert row.exact
        assert getattr(row.p, part) == float(expected[name])


def test_p_by_hand() -> None:
    # B finds all, A nothing, in each of three articles: only none and all swapped are as far apart.
    nothing = dict.fromkeys("xyz", (0, 0, 1))
    right = dict.fromkeys("xyz", (1, 0, 0))
    row = compared(vectors_of(nothing), vectors_of(right))["dates", "lenient"]
    assert (row.a.f1, row.b.f1, row.difference.f1, row.difference.recall) == (0, 1, 1, 1)
    assert row.p.f1 == row.p.recall == 2 / 8
    # Nothing was predicted by A: there is no precision to differ.
    assert isnan(row.p.precision)
    assert isnan(row.difference.precision)
    assert (row.low.f1, row.high.f1, row.detectable) == (1, 1, 0)


def test_scores_and_sums_are_those_of_the_cells() -> None:
    a, b = two_types(DATES_A, QUOTES_A), two_types(DATES_B, QUOTES_B)
    found = compared(a, b)
    for scores, side in ((score_vectors(a), "a"), (score_vectors(b), "b")):
        for row in scores:
            other = found[row.claim_type, row.level]
            assert getattr(other, side) == row.micro
            place = "ab".index(side)
            assert other.n_gold[place] == row.counts.n_gold
            assert other.n_predicted[place] == row.counts.n_predicted
            assert (other.n_articles, other.n_types) == (row.n_articles, row.n_types)
    row = found["dates", "strict"]
    assert (row.unit, row.n_units, row.cell_a, row.cell_b) == ("articles", 5, A, B)
    assert list(found) == [
        (name, level) for name in ("dates", "quotes", OVERALL) for level in ("strict", "lenient")
    ]


# ---- the family and its verdicts ---------------------------------------------------------------


def three_cells(n_articles: int = 12) -> Evaluation:
    """A and B alike, C finds nothing; two claim types."""
    gold, replies = [], {A: [], B: [], C: []}
    for number in range(n_articles):
        article_id = f"a{number:02}"
        quote = {"text": f"we will wait {number} days", "speaker": None}
        claims = {"dates": days(1, 2), "quotes": [quote]}
        gold.append(
            Gold(article_id, {name: tuple(map(GoldClaim, each)) for name, each in claims.items()})
        )
        less = {"dates": days(1), "quotes": [quote]}
        replies[A].append(Prediction(article_id, claims if number % 2 else less))
        replies[B].append(Prediction(article_id, less if number % 2 else claims))
        replies[C].append(Prediction(article_id, {"dates": days(9)}))
    return evaluated(replies, gold, ("quotes", "dates"))


def test_holm_adjusts_every_lenient_row_of_every_pair() -> None:
    rows = three_cells().comparisons
    family = [row for row in rows if row.level == HEADLINE]
    assert [(row.cell_a, row.cell_b) for row in family] == [
        pair for pair in combinations((A, B, C), 2) for _ in range(3)
    ]
    assert {row.claim_type for row in family} == {"quotes", "dates", OVERALL}
    p = [row.p.f1 for row in family]
    assert [row.p_holm for row in family] == holm(p).tolist()
    assert family[-1].p_holm > family[-1].p.f1
    for row in rows:
        if row.level != HEADLINE:
            assert isnan(row.p_holm)
            assert row.verdict == ""


def test_verdicts_are_said_of_b() -> None:
    evaluation = three_cells()
    verdicts = {
        (row.cell_a, row.cell_b): row.verdict
        for row in evaluation.comparisons
        if (row.claim_type, row.level) == (OVERALL, HEADLINE)
    }
    assert verdicts == {(A, B): "no evidence", (A, C): "worse", (B, C): "worse"}
    other = Evaluation(evaluation.schema, evaluation.cells[::-1], evaluation.signature)
    verdicts = {
        (row.cell_a, row.cell_b): row.verdict
        for row in other.comparisons
        if (row.claim_type, row.level) == (OVERALL, HEADLINE)
    }
    assert verdicts == {(B, A): "no evidence", (C, A): "better", (C, B): "better"}


def test_cells_that_differ_by_noise_have_the_same_rank() -> None:
    evaluation = three_cells()
    assert [evaluation.rank_of(cell) for cell in (A, B, C)] == [1, 1, 3]
    for order in ((2, 0, 1), (1, 2, 0)):
        cells = tuple(evaluation.cells[place] for place in order)
        other = Evaluation(evaluation.schema, cells, evaluation.signature)
        assert [other.rank_of(cell) for cell in (A, B, C)] == [1, 1, 3]


def test_few_articles_are_no_evidence_and_all_rank_first() -> None:
    evaluation = three_cells(3)
    lenient = [row for row in evaluation.comparisons if row.level == HEADLINE]
    assert {row.verdict for row in lenient} == {"no evidence"}
    assert [evaluation.rank_of(cell) for cell in (A, B, C)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("p", "verdict"), [(ALPHA, "no evidence"), (ALPHA - 1e-9, "better"), (1.0, "no evidence")]
)
def test_verdict_at_the_level_of_significance(p: float, verdict: str) -> None:
    nothing, right = dict.fromkeys("xyz", (0, 0, 1)), dict.fromkeys("xyz", (1, 0, 0))
    row = compared(vectors_of(nothing), vectors_of(right))["dates", "lenient"]
    assert replace(row, p_holm=p).verdict == verdict


# ---- what is compared with what ----------------------------------------------------------------


def test_only_common_articles_are_compared() -> None:
    mine = {**DATES_A, "m": (9, 9, 9)}
    yours = {**DATES_B, "n": (0, 50, 50)}
    assert repr(compared(vectors_of(mine), vectors_of(yours))) == repr(
        compared(vectors_of(DATES_A), vectors_of(DATES_B))
    )


def test_nothing_in_common_is_no_comparison() -> None:
    one, other = vectors_of({"x": (1, 0, 0)}), vectors_of({"y": (1, 0, 0)})
    assert compared(one, other) == {}
    quotes = vectors_of({"x": (1, 0, 0)}, claim_type="quotes")
    assert compared(one, quotes) == {}


def test_a_type_is_compared_where_it_is_labelled_for_both() -> None:
    # Quotes of y are labelled for A alone.
    a = two_types({"x": (1, 0, 0), "y": (1, 0, 0)}, {"x": (1, 0, 1), "y": (5, 5, 5)})
    b = two_types({"x": (1, 0, 0), "y": (1, 0, 0)}, {"x": (2, 0, 0)})
    found = compared(a, b)
    row = found["quotes", "lenient"]
    assert (row.n_articles, row.n_gold, row.n_predicted) == (1, (2, 2), (1, 2))
    assert found["dates", "lenient"].n_articles == 2
    assert found[OVERALL, "lenient"].a.f1 == pytest.approx((1 + 2 / 3) / 2)


def test_overall_is_over_types_with_gold_for_both() -> None:
    a = two_types({"x": (1, 0, 0)}, {"x": (0, 1, 0)})
    b = two_types({"x": (1, 0, 0)}, {"x": (0, 0, 0)})
    found = compared(a, b)
    assert (found[OVERALL, "lenient"].n_types, found[OVERALL, "lenient"].a.f1) == (1, 1)
    assert found["quotes", "lenient"].a.f1 == 0
    # Where gold differs, which takes force, quotes have some for one of them alone.
    more = two_types({"x": (0, 1, 1)}, {"x": (0, 0, 1)})
    for one, other in ((a, more), (more, a)):
        row = compared(one, other)[OVERALL, "lenient"]
        assert (row.n_types, {row.a.f1, row.b.f1}) == (1, {0, 1})


def told(rows: Iterable[CellComparison]) -> list[CellComparison]:
    """Rows of which two are equal where they say the same."""
    return [replace(row, p_holm=-1 if isnan(row.p_holm) else row.p_holm) for row in rows]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_repeats_neither_shrink_the_interval_nor_p(k: int) -> None:
    gold = [labelled(each, 1, 2) for each in "xyz"]
    numbers = {
        A: {"x": (1,), "y": (1, 2, 9), "z": (2, 8)},
        B: {"x": (1, 2), "y": (1,), "z": (2,)},
    }
    once, often = (
        evaluated(
            {
                cell: [
                    predicted(each, *own, repeat=repeat)
                    for each, own in of_cell.items()
                    for repeat in range(n)
                ]
                for cell, of_cell in numbers.items()
            },
            gold,
        )
        for n in (1, k)
    )
    assert told(once.comparisons) == told(often.comparisons)
    assert once.comparisons[0].p.f1 < 1


def test_repeats_of_one_cell_alone_are_averaged() -> None:
    once = compared(vectors_of(DATES_A), vectors_of(DATES_B))
    for n_a, n_b in ((4, 1), (1, 4), (2, 3)):
        often = compared(vectors_of(DATES_A, n_repeats=n_a), vectors_of(DATES_B, n_repeats=n_b))
        assert told(often.values()) == told(once.values())


def test_stories_are_swapped_whole() -> None:
    ids = [f"a{number:02}" for number in range(16)]
    articles = {each: Article(each, "", story=f"s{n // 2}") for n, each in enumerate(ids)}
    a = {each: (n % 3, 1, 1) for n, each in enumerate(ids)}
    b = {each: (1, n % 2, 2) for n, each in enumerate(ids)}
    row = compared(vectors_of(a), vectors_of(b), articles)["dates", "lenient"]
    assert (row.unit, row.n_units, row.n_articles, row.exact) == ("stories", 8, 16, True)

    def by_story(counts: Counted) -> Counted:
        return {
            f"s{n}": [
                x + y for x, y in zip(counts[ids[2 * n]], counts[ids[2 * n + 1]], strict=True)
            ]
            for n in range(8)
        }

    assert row.p.f1 == float(p_of_all_swaps([by_story(a)], [by_story(b)], "f1"))
    apart = compared(vectors_of(a), vectors_of(b))["dates", "lenient"]
    assert (apart.unit, apart.n_units, apart.exact) == ("articles", 16, False)


def test_order_of_the_cells_only_turns_the_sign() -> None:
    a, b = two_types(DATES_A, QUOTES_A), two_types(DATES_B, QUOTES_B)
    there, back = compared(a, b), compared(b, a)
    assert list(there) == list(back)
    for key, row in there.items():
        other = back[key]
        assert (row.a, row.b, row.p, row.p_holm) == (other.b, other.a, other.p, other.p_holm)
        assert (row.n_gold, row.n_predicted) == (other.n_gold[::-1], other.n_predicted[::-1])
        assert row.detectable == pytest.approx(other.detectable, rel=1e-12)
        for part in ("precision", "recall", "f1"):
            assert getattr(row.difference, part) == -getattr(other.difference, part)
            assert getattr(row.low, part) == pytest.approx(-getattr(other.high, part), abs=1e-12)
            assert getattr(row.high, part) == pytest.approx(-getattr(other.low, part), abs=1e-12)


def test_a_cell_differs_from_itself_by_nothing() -> None:
    for row in compared(vectors_of(DATES_A), vectors_of(DATES_A)).values():
        assert (row.difference.f1, row.p.f1, row.low.f1, row.high.f1) == (0, 1, 0, 0)
        assert row.detectable == 0


def test_one_article_has_no_interval_and_no_evidence() -> None:
    row = compared(vectors_of({"x": (0, 1, 1)}), vectors_of({"x": (1, 0, 0)}))["dates", "lenient"]
    assert isnan(row.low.f1)
    assert isnan(row.detectable)
    assert (row.p.f1, row.verdict, row.n_units) == (1, "no evidence", 1)


def sampled(seed: int | None, n: int) -> str:
    a = vectors_of({f"a{number:02}": (number % 3, number % 2, 1) for number in range(n)})
    b = vectors_of({f"a{number:02}": (1, number % 3, number % 2) for number in range(n)})
    resampling = Resampling() if seed is None else Resampling(seed)
    return repr([row.p for row in compared(a, b, resampling=resampling).values()])


def test_seed_decides_the_swaps_where_not_all_are_looked_at() -> None:
    assert sampled(None, 14) == sampled(0, 14) != sampled(1, 14)
    # Of thirteen units all swaps are looked at, whatever the seed.
    assert sampled(0, 13) == sampled(1, 13)


def test_seed_stands_in_the_signature_and_reaches_the_comparisons() -> None:
    n = 14
    gold = [labelled(f"a{number:02}", 1, 2) for number in range(n)]
    replies = {
        A: [predicted(f"a{number:02}", 1) for number in range(n)],
        B: [predicted(f"a{number:02}", *((1, 2) if number % 3 else ())) for number in range(n)],
    }
    by_seed = [evaluated(replies, gold, seed=seed) for seed in (0, 0, 7)]
    assert [each.signature.resampling.seed for each in by_seed] == [0, 0, 7]
    assert "|seed:7|resamples:10000|" in by_seed[2].signature.over(["a00"])
    first, again, other = (repr([row.p for row in each.comparisons]) for each in by_seed)
    assert first == again != other


def test_claim_types_stand_in_the_order_of_a() -> None:
    rows = [
        ArticleCounts("x", name, level, Counts(1, 0, 0))
        for name in ("sanctions", "actors")
        for level in ("strict", "lenient")
    ]
    found = compared(CountVectors.from_rows(rows), CountVectors.from_rows(rows[::-1]))
    assert list(dict.fromkeys(name for name, _ in found)) == ["sanctions", "actors", OVERALL]
