"""What must hold of the counts of any article of the schema that ships."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import isnan
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness.claims import load_schema
from harness.records import Claim, Gold, GoldClaim, InvalidItem, Level, Prediction
from harness.scoring import (
    CLAIM_LEVELS,
    PreparedGold,
    TypeResult,
    align,
    count_article,
    count_articles,
    field_comparison,
    results_of,
    score,
)

SCHEMA = load_schema()
TYPES = tuple(SCHEMA.types)
Claims = dict[str, list[dict[str, Any]]]

NAMES = ["Joe Biden", "Vladimir Putin", "Putin", "Russia", "Moscow", "the US", "U.S.", "officials"]
WORDS = ["we", "will", "not", "pay", "a", "price", "10.5", "été", "“"]
DATES = [
    "2021-04-15",
    "2021-04-16",
    "2021-04",
    "2021-22",
    "2021",
    "2021-04-15T10:00Z",
    "2021-04-15T10:00",
    "2021-04-12/2021-04-18",
    "2021-04-15/..",
    "202X",
]

names = st.sampled_from(NAMES)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
dates = st.sampled_from(DATES)

MODELS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "actors": st.fixed_dictionaries(
        {"name": names, "kind": st.sampled_from(["person", "state"]), "role": st.none()}
    ),
    "quotes": st.fixed_dictionaries({"text": texts, "speaker": st.none() | names}),
    "dates": st.fixed_dictionaries({"value": dates, "text": texts}),
    "sanctions": st.fixed_dictionaries(
        {
            "imposer": st.none() | names,
            "target": st.none() | names | texts,
            "measure": st.sampled_from(["expulsion", "asset_freeze"]),
            "status": st.sampled_from(["imposed", "threatened"]),
            "effective": st.none() | dates,
        }
    ),
}
INVENTED: dict[str, dict[str, Any]] = {
    "actors": {"name": "Zzz Qqq", "kind": "person"},
    "quotes": {"text": "zzz qqq", "speaker": "Zzz Qqq"},
    "dates": {"value": "0001-01-01", "text": "zzz"},
    "sanctions": {
        **{"imposer": "Zzz Qqq", "target": "zzz qqq"},
        **{"measure": "travel_ban", "status": "lifted"},
    },
}
# The same actors on both sides, so that a name means the same whichever side is the gold.
SHARED_ACTORS = [
    {"name": name, "kind": "person", "role": None}
    for name in ("Joe Biden", "Vladimir Putin", "Russia", "Moscow", "United States")
]


def lists_of(claim_type: str, max_size: int = 6) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Claims of a type, at times twice the same."""
    return st.lists(MODELS[claim_type], max_size=max_size)


plain_claims = st.fixed_dictionaries({name: lists_of(name) for name in TYPES})


@st.composite
def gold_claims(draw: st.DrawFn, claim_type: str) -> GoldClaim:
    """A gold claim with all that gold may have."""
    values = draw(MODELS[claim_type])
    accept: dict[str, list[Any]] = {}
    aliases: tuple[str, ...] = ()
    if claim_type == "actors":
        values["role"] = draw(st.none() | st.sampled_from(["US President", "Russia expert"]))
        aliases = tuple(draw(st.lists(names, max_size=2)))
    elif draw(st.booleans()):
        field = draw(st.sampled_from(sorted(values)))
        accept[field] = [draw(MODELS[claim_type])[field]]
    return GoldClaim(values, draw(st.booleans()), accept, aliases)


articles = st.builds(
    Gold,
    st.just("a"),
    st.fixed_dictionaries(
        {name: st.lists(gold_claims(name), max_size=6).map(tuple) for name in TYPES}
    ),
)


def as_gold(claims: Mapping[str, Sequence[Claim]]) -> Gold:
    """Required gold without aliases or accepted values."""
    return Gold("a", {name: tuple(map(GoldClaim, values)) for name, values in claims.items()})


def count(gold: Gold, claims: Mapping[str, Sequence[Claim]], **rest: Any) -> dict[str, TypeResult]:  # noqa: ANN401
    """The results by claim type."""
    results = count_article(SCHEMA, gold, Prediction("a", claims, **rest), TYPES)
    return {result.claim_type: result for result in results}


def paired(result: TypeResult) -> dict[str, Counter[str]]:
    """What became of the claims at each level, by what they say and not by where they stand."""
    return {
        level: Counter(
            json.dumps(
                [
                    *(each.side, each.outcome, dict(each.claim), each.similarity),
                    None
                    if each.partner is None or each.side == "predicted"
                    else dict(
                        next(
                            other.claim
                            for other in result.outcomes[level]
                            if (other.side, other.number) == ("predicted", each.partner)
                        )
                    ),
                ],
                sort_keys=True,
            )
            for each in result.outcomes[level]
        )
        for level in CLAIM_LEVELS
    }


def is_at_least(after: float, before: float) -> bool:
    """Whether a score did not fall. One that is undefined cannot be said to have."""
    return isnan(before) or isnan(after) or after >= before


often = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@often
@given(plain_claims, plain_claims)
def test_swapping_gold_and_prediction_swaps_precision_and_recall(
    one: Claims, other: Claims
) -> None:
    for left, right, types in (
        (one, other, ("actors", "dates")),
        (
            one | {"actors": SHARED_ACTORS},
            other | {"actors": SHARED_ACTORS},
            ("quotes", "dates", "sanctions"),
        ),
    ):
        there, back = count(as_gold(left), right), count(as_gold(right), left)
        for name in types:
            for level in there[name].counts:
                a, b = there[name].counts[level], back[name].counts[level]
                assert (a.tp, a.fp, a.fn) == (b.tp, b.fn, b.fp)
                if a.tp:
                    assert score(a).precision == score(b).recall
                    assert score(a).f1 == score(b).f1


@often
@given(articles, plain_claims, st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_nothing(
    gold: Gold, claims: Claims, chance: random.Random
) -> None:
    def shuffled(values: Sequence[Any]) -> list[Any]:
        return chance.sample(list(values), len(values))

    mixed = Gold("a", {name: tuple(shuffled(values)) for name, values in gold.claims.items()})
    before = count(gold, claims)
    after = count(mixed, {name: shuffled(values) for name, values in claims.items()})
    for name in TYPES:
        assert after[name].counts == before[name].counts
        assert after[name].fields == before[name].fields
        assert paired(after[name]) == paired(before[name])


@often
@given(articles)
def test_predicting_the_gold_scores_one_wherever_it_is_defined(gold: Gold) -> None:
    claims = {name: [claim.values for claim in values] for name, values in gold.claims.items()}
    for name, result in count(gold, claims).items():
        n_required = sum(not claim.optional for claim in gold.claims[name])
        for level in CLAIM_LEVELS:
            found = score(result.counts[level])
            assert result.counts[level].tp == n_required
            assert all(
                value == 1 or isnan(value) for value in (found.precision, found.recall, found.f1)
            )
        assert all(each.right == each.n for each in result.fields.values())


@often
@given(articles, plain_claims, st.integers(0, 2))
def test_counts_add_up(gold: Gold, claims: Claims, n_invalid: int) -> None:
    items = tuple(InvalidItem(name, "wrong", {}) for name in TYPES for _ in range(n_invalid))
    for name, result in count(gold, claims, invalid_items=items).items():
        required = sum(not claim.optional for claim in gold.claims[name])
        strict, lenient = result.counts["strict"], result.counts["lenient"]
        assert strict.tp <= lenient.tp
        assert strict.tp + strict.set_aside <= lenient.tp + lenient.set_aside
        for level in CLAIM_LEVELS:
            counts, outcomes = result.counts[level], result.outcomes[level]
            assert counts.n_gold == required
            assert counts.n_predicted == len(claims[name]) + n_invalid
            told = Counter((each.side, each.outcome) for each in outcomes)
            assert told["predicted", "tp"] == told["gold", "tp"] == counts.tp
            assert told["predicted", "fp"] == counts.fp
            assert told["predicted", "set_aside"] == counts.set_aside
            assert told["gold", "fn"] == counts.fn
            assert told["gold", "optional"] == len(gold.claims[name]) - required
            partners = [each.partner for each in outcomes if each.partner is not None]
            assert len(partners) == 2 * (counts.tp + counts.set_aside)


@often
@given(articles, plain_claims)
def test_a_correct_prediction_more_never_lowers_recall(gold: Gold, claims: Claims) -> None:
    before = count(gold, claims)
    for name in TYPES:
        for number, claim in enumerate(gold.claims[name]):
            after = count(gold, claims | {name: [*claims[name], dict(claim.values)]})[name]
            for level in CLAIM_LEVELS:
                one, other = before[name].counts[level], after.counts[level]
                paired_rows = {row for row, _ in before[name].aligned.pairs[level]}
                was_missed = not claim.optional and number not in paired_rows
                assert other.tp - one.tp >= was_missed
                assert is_at_least(score(other).recall, score(one).recall)


@often
@given(articles, plain_claims)
def test_a_spurious_prediction_more_never_raises_precision(gold: Gold, claims: Claims) -> None:
    before = count(gold, claims)
    after = count(gold, {name: [*claims[name], INVENTED[name]] for name in TYPES})
    for name in TYPES:
        for level in before[name].counts:
            n_spurious = 2 if level == "content" else 1  # the words of "zzz qqq"
            assert after[name].counts[level] == replace(
                before[name].counts[level], fp=before[name].counts[level].fp + n_spurious
            )
            assert is_at_least(
                score(before[name].counts[level]).precision,
                score(after[name].counts[level]).precision,
            )


@often
@given(articles, plain_claims, st.data())
def test_what_is_missed_may_be_made_optional(
    gold: Gold, claims: Claims, data: st.DataObject
) -> None:
    before = count(gold, claims)
    missed = [
        (name, level, each.number)
        for name, result in before.items()
        for level in CLAIM_LEVELS
        for each in result.outcomes[level]
        if each.outcome == "fn"
    ]
    assume(missed)
    name, level, number = data.draw(st.sampled_from(missed))
    relabelled = list(gold.claims[name])
    relabelled[number] = replace(relabelled[number], optional=True)
    after = count(Gold("a", {**gold.claims, name: tuple(relabelled)}), claims)[name]
    one, other = score(before[name].counts[level]), score(after.counts[level])
    assert after.counts[level].tp == before[name].counts[level].tp
    assert is_at_least(other.precision, one.precision)
    assert is_at_least(other.recall, one.recall)
    assert is_at_least(other.f1, one.f1)


def possible_by_pairs(result: TypeResult, level: Level) -> dict[tuple[int, int], Fraction]:
    """The pairs that are possible at a level, each with its similarity, one after the other."""
    comparison = result.aligned.comparison
    n_gold, n_predicted = len(result.aligned.gold), len(result.aligned.predicted)
    claim_type = comparison.claim_type
    anchor = comparison.fields[claim_type.anchor.name]
    keys = [comparison.fields[field.name] for field in claim_type.keys]
    found = {}
    for row in range(n_gold):
        for column in range(n_predicted):
            similarity = comparison.similarity(row, column)
            if level == "strict":
                is_possible = all(key.pair(row, column).exact for key in keys)
            else:
                is_possible = anchor.pair(row, column).is_alike and similarity >= Fraction(1, 2)
            if is_possible:
                found[row, column] = similarity
    return found


Merit = tuple[int, int, Fraction]


def best_of_all(table: Mapping[tuple[int, int], Fraction], gold: Sequence[GoldClaim]) -> Merit:
    """Required gold, pairs and summed similarity of the best of all assignments."""

    @cache
    def best(row: int, taken: frozenset[int]) -> Merit:
        if row == len(gold):
            return 0, 0, Fraction(0)
        found = [best(row + 1, taken)]
        for (one, column), each in table.items():
            if one == row and column not in taken:
                required, pairs, total = best(row + 1, taken | {column})
                found.append((required + (not gold[row].optional), pairs + 1, total + each))
        return max(found)

    return best(0, frozenset())


@often
@given(articles, plain_claims)
def test_an_alignment_is_the_best_of_all_assignments(gold: Gold, claims: Claims) -> None:
    for name, result in count(gold, claims).items():
        for level in CLAIM_LEVELS:
            table = possible_by_pairs(result, level)
            pairs = result.aligned.pairs[level]
            merit = (
                sum(not gold.claims[name][row].optional for row, _ in pairs),
                len(pairs),
                sum((table[pair] for pair in pairs), Fraction(0)),
            )
            assert merit == best_of_all(table, gold.claims[name])
            assert len({row for row, _ in pairs}) == len({column for _, column in pairs})
            assert len(pairs) == len({row for row, _ in pairs})


@often
@given(articles, plain_claims)
def test_exactness_and_possible_pairs_are_those_of_pair_after_pair(
    gold: Gold, claims: Claims
) -> None:
    for name, result in count(gold, claims).items():
        comparison = result.aligned.comparison
        possible = {
            (pair.gold, pair.predicted): (pair.strict, Fraction(pair.numerator, pair.denominator))
            for pair in comparison.possible
        }
        strict = possible_by_pairs(result, "strict")
        lenient = possible_by_pairs(result, "lenient")
        assert possible == {cell: (cell in strict, each) for cell, each in lenient.items()}
        n_exact, n = {}, {}
        required = [
            cell
            for cell in result.aligned.pairs["lenient"]
            if not gold.claims[name][cell[0]].optional
        ]
        for field in comparison.claim_type.compared:
            told = [
                cell
                for cell in required
                if field.comparison.key
                or result.aligned.gold[cell[0]].values.get(field.name) is not None
                or claims[name][cell[1]].get(field.name) is not None
            ]
            exact = [comparison.fields[field.name].pair(*cell).exact for cell in told]
            n_exact[field.name], n[field.name] = sum(exact), len(told)
        assert {field: each.right for field, each in result.fields.items()} == n_exact
        assert {field: each.n for field, each in result.fields.items()} == n


@often
@given(articles, plain_claims)
def test_very_many_claims_are_scored_as_few(gold: Gold, claims: Claims) -> None:
    before = count(gold, claims)
    with pytest.MonkeyPatch.context() as patch:
        for module in (align, field_comparison):
            patch.setattr(module, "_FEW", 0)
        after = count(gold, claims)
    for name in TYPES:
        one, other = before[name].aligned, after[name].aligned
        assert after[name].counts == before[name].counts
        assert after[name].fields == before[name].fields
        assert other.pairs == one.pairs
        assert [
            (*pair[:3], Fraction(pair.numerator, pair.denominator))
            for pair in sorted(other.comparison.possible)
        ] == [
            (*pair[:3], Fraction(pair.numerator, pair.denominator))
            for pair in sorted(one.comparison.possible)
        ]


@often
@given(st.lists(st.tuples(articles, plain_claims), min_size=1, max_size=4))
def test_many_articles_are_scored_as_each_by_itself(several: list[tuple[Gold, Claims]]) -> None:
    gold = PreparedGold(SCHEMA, *[each for each, _ in several])
    predictions = [Prediction("a", claims) for _, claims in several]
    counted = count_articles(gold, [*predictions[1:], None], TYPES, [None] * len(several))
    again = count_articles(gold, predictions, TYPES, [None] * len(several))
    assert [name.counts["strict"][-1, :2].tolist() for name in counted] == [[0, 0]] * len(TYPES)
    for number, (own, claims) in enumerate(several):
        alone = count(own, claims)
        for result in results_of(again, number):
            other = alone[result.claim_type]
            assert result.counts == other.counts
            assert result.fields == other.fields
            assert result.aligned.pairs == other.aligned.pairs
            assert result.outcomes == other.outcomes
