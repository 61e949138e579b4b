"""What must hold of the counts of any article of the schema that ships."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness.claims import load_schema
from harness.records import Claim, Gold, GoldClaim, InvalidItem, Prediction
from harness.scoring import LEVELS, TypeResult, count_article, score

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


def lists_of(claim_type: str, max_size: int = 5) -> st.SearchStrategy[list[dict[str, Any]]]:
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
        {name: st.lists(gold_claims(name), max_size=5).map(tuple) for name in TYPES}
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
                    *(each.side, each.outcome, dict(each.claim)),
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
        for level in LEVELS
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
            for level in LEVELS:
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
        for level in LEVELS:
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
        for level in LEVELS:
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
        for claim in gold.claims[name]:
            after = count(gold, claims | {name: [*claims[name], dict(claim.values)]})[name]
            for level in LEVELS:
                assert after.counts[level].tp >= before[name].counts[level].tp


@often
@given(articles, plain_claims)
def test_a_spurious_prediction_more_never_raises_precision(gold: Gold, claims: Claims) -> None:
    before = count(gold, claims)
    after = count(gold, {name: [*claims[name], INVENTED[name]] for name in TYPES})
    for name in TYPES:
        for level in LEVELS:
            assert after[name].counts[level] == replace(
                before[name].counts[level], fp=before[name].counts[level].fp + 1
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
        for level in LEVELS
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
