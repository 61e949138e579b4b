"""Who is meant by a name, and which pairs are possible at each level."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

import pytest
from comparing import compare_all, compare_one
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare, load_schema
from harness.comparators.blocks import Blocks
from harness.records import Claim, Gold, GoldClaim, Prediction
from harness.scoring.counts import count_articles
from harness.scoring.gold_values import PreparedGold
from harness.scoring.resolve import NOBODY, ActorNames
from harness.scoring.similarity import ArticleComparison

SCHEMA = load_schema()

BIDEN = GoldClaim(
    {"name": "Joe Biden", "kind": "person", "role": "US President"},
    aliases=("Biden", "the US leader", "the president"),
)
PUTIN = GoldClaim(
    {"name": "Vladimir Putin", "kind": "person", "role": "Russian President"},
    aliases=("the Russian leader", "the president"),
)
RUSSIA = GoldClaim(
    {"name": "Russia", "kind": "state", "role": None}, aliases=("Moscow", "Russian Federation")
)
US = GoldClaim(
    {"name": "United States", "kind": "state"},
    accept={"name": ["America"]},
    aliases=("U.S.", "Washington", "the Biden administration"),
    optional=True,
)
ACTORS = (BIDEN, PUTIN, RUSSIA, US)


def names(actors: Sequence[GoldClaim] = ACTORS) -> ActorNames:
    """Who is meant by a name among some gold actors."""
    return ActorNames(SCHEMA.types["actors"], actors)


def compare(
    claim_type: str,
    gold: Sequence[GoldClaim] | GoldClaim,
    predicted: Sequence[Claim] | Claim,
    actors: Sequence[GoldClaim] = ACTORS,
) -> ArticleComparison:
    """Compare claims of a type that ships."""
    return compare_one(
        SCHEMA.types[claim_type],
        [gold] if isinstance(gold, GoldClaim) else gold,
        [predicted] if isinstance(predicted, dict) else predicted,
        {"actors": names(actors)},
    )


def cells(found: ArticleComparison, level: str) -> set[tuple[int, int]]:
    """The pairs that are possible at a level."""
    return {
        (pair.gold, pair.predicted) for pair in found.possible if pair.strict or level == "lenient"
    }


def field(
    claim_type: str,
    name: str,
    gold: GoldClaim,
    predicted: Claim,
    actors: Sequence[GoldClaim] = ACTORS,
) -> tuple[bool, Fraction]:
    """Exactness and similarity of one field of a pair."""
    found = compare(claim_type, gold, predicted, actors).fields[name].pair(0, 0)
    return found.exact, Fraction(found.numerator, found.denominator)


def speaker(
    gold: str | None, predicted: str | None, actors: Sequence[GoldClaim] = ACTORS
) -> tuple[bool, Fraction]:
    """Exactness and similarity of two speakers."""
    one, other = {"text": "x", "speaker": gold}, {"text": "x", "speaker": predicted}
    return field("quotes", "speaker", GoldClaim(one), other, actors)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Joe Biden", 0),
        ("biden", 0),
        ("President Biden", 0),
        ("US President Joe Biden", 0),
        ("the US leader", 0),
        ("Putin", None),  # no alias
        ("Vladimir Putin", 1),
        ("Russian President Vladimir Putin", 1),
        ("the Russian leader", 1),
        ("the leader", None),  # of either, once the words of the roles are gone
        ("the president", None),  # an alias of two actors
        ("US President Vladimir Putin", None),  # the role of another
        ("Moscow", 2),
        ("Russia’s", 2),
        ("the United States", 3),
        ("America", 3),
        ("US", 3),
        ("the Biden administration", 3),
        ("officials", None),
        ("", None),
    ],
)
def test_resolve(name: str, owner: int | None) -> None:
    assert names().resolve(name) == owner
    backwards = names(ACTORS[::-1]).resolve(name)
    assert (None if backwards is None else len(ACTORS) - 1 - backwards) == owner


def test_resolve_the_words_of_a_role_for_the_only_actor_with_it() -> None:
    assert names([BIDEN, RUSSIA]).resolve("the president") == 0
    assert names([BIDEN, RUSSIA]).resolve("leader") == 0


def test_a_name_that_begins_with_a_word_of_the_role_of_another() -> None:
    # "US" is a word of the role of the first actor; without it, "US Steel" might mean that actor
    # only where that actor is called "Steel".
    us_steel = GoldClaim({"name": "US Steel", "kind": "organization", "role": None})
    for name in ("US Steel", "us steel", "the US Steel"):
        assert names([BIDEN, us_steel]).resolve(name) == 1
        assert names([us_steel, BIDEN]).resolve(name) == 0
    steel = GoldClaim({"name": "Steel", "kind": "person", "role": "US President"})
    assert names([steel]).resolve("US Steel") == 0
    for name in ("US Steel", "us steel"):
        assert names([steel, us_steel]).resolve(name) is None


def test_a_name_that_begins_with_a_word_of_a_role_in_another_article() -> None:
    envoy = GoldClaim({"name": "Jo Aske", "kind": "person", "role": "Trade Envoy"})
    union = GoldClaim({"name": "Trade Union", "kind": "organization", "role": None})
    judge = GoldClaim({"name": "Mel Ror", "kind": "person", "role": "High Judge"})
    actors = ActorNames(SCHEMA.types["actors"], [envoy, union, union, judge], Blocks([1, 1, 2]))
    values = ["Trade Envoy Jo Aske", "Trade Union", "the Trade Union", "Trade Winds"]
    # In the second article nobody has a role, in the third another has one.
    owners = [[0, NOBODY, NOBODY, NOBODY], [NOBODY, 1, 1, NOBODY], [NOBODY, 2, 2, NOBODY]]
    for article, expected in enumerate(owners):
        assert actors.resolve_many(values, [article] * 4) == expected
        fresh = ActorNames(SCHEMA.types["actors"], [envoy, union, union, judge], Blocks([1, 1, 2]))
        for value, owner in zip(values, expected, strict=True):
            assert fresh.resolve(value, article) == (None if owner == NOBODY else owner)


def test_resolve_without_actors() -> None:
    assert names([]).resolve("Joe Biden") is None


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        # Both name an actor: 1 if the same one, else 0, however alike the names are.
        ("Joe Biden", "the US leader", (True, Fraction(1))),
        ("Joe Biden", "US President Joe Biden", (True, Fraction(1))),
        ("Russia", "Moscow", (True, Fraction(1))),
        ("Joe Biden", "the Biden administration", (False, Fraction(0))),
        ("the US leader", "the Russian leader", (False, Fraction(0))),
        # One or none does: as names.
        ("Vladimir Putin", "Putin", (False, Fraction(2 * 1, 2 + 1))),
        ("Joe Biden", "Hunter Biden", (False, Fraction(2 * 1, 2 + 2))),
        ("American officials", "officials", (False, Fraction(2 * 1, 2 + 1))),
        ("the president", "President", (True, Fraction(1))),
        ("officials", "the officials", (True, Fraction(1))),
        # Null equals null, and nothing else.
        (None, None, (True, Fraction(1))),
        (None, "Joe Biden", (False, Fraction(0))),
        ("Joe Biden", None, (False, Fraction(0))),
        (None, "", (False, Fraction(0))),
    ],
)
def test_speakers(gold: str | None, predicted: str | None, expected: object) -> None:
    assert speaker(gold, predicted) == expected


def test_speakers_where_actors_are_not_labelled() -> None:
    assert speaker("Russia", "Moscow", actors=()) == (False, 0)
    assert speaker("Joe Biden", "President Joe Biden", actors=()) == (True, 1)


def test_a_missing_field_is_null() -> None:
    assert field("quotes", "speaker", GoldClaim({"text": "x"}), {"text": "x"}) == (True, 1)
    assert field("quotes", "speaker", GoldClaim({"text": "x"}), {"speaker": "a"}) == (False, 0)


def sanction(**values: str | None) -> dict[str, str | None]:
    """A sanction of the US against Russia, but for some values."""
    return {
        **{"imposer": "United States", "target": "Russia"},
        **{"measure": "expulsion", "status": "imposed", "effective": "2021-04-15"},
        **values,
    }


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("Russia", "Moscow", (True, Fraction(1))),
        ("Russia", "United States", (False, Fraction(0))),
        ("Russia", "the Russia", (True, Fraction(1))),
        # One or none is an actor: as texts, with articles and all.
        ("banks of Russia", "Russia", (False, Fraction(2 * 1, 3 + 1))),
        ("Russia's central bank", "Russia", (False, Fraction(0))),
        ("banks", "the banks", (False, Fraction(2 * 1, 1 + 2))),
        ("10 Russian diplomats", "10 diplomats", (False, Fraction(2 * 2, 3 + 2))),
        ("10 diplomats", "“10 Diplomats”", (True, Fraction(1))),
        (None, "Russia", (False, Fraction(0))),
        (None, None, (True, Fraction(1))),
    ],
)
def test_targets(gold: str | None, predicted: str | None, expected: object) -> None:
    found = field(
        "sanctions", "target", GoldClaim(sanction(target=gold)), sanction(target=predicted)
    )
    assert found == expected


def test_imposers() -> None:
    gold = GoldClaim(sanction(), accept={"imposer": ["US Department of the Treasury", None]})
    for name in ("Washington", "the US", "the US Department of the Treasury", None):
        assert field("sanctions", "imposer", gold, sanction(imposer=name)) == (True, 1)
    assert field("sanctions", "imposer", gold, sanction(imposer="Moscow")) == (False, 0)
    # Dice with "us department of the treasury", the most alike of the alternatives.
    found = field("sanctions", "imposer", gold, sanction(imposer="Treasury Department"))
    assert found == (False, Fraction(2 * 2, 5 + 2))


def test_accept_holds_for_any_field() -> None:
    gold = GoldClaim(
        sanction(effective=None), accept={"effective": ["2021-05"], "measure": ["designation"]}
    )
    for value in (None, "2021-05", "2021-05-01/2021-05-31"):
        assert field("sanctions", "effective", gold, sanction(effective=value)) == (True, 1)
    assert field("sanctions", "effective", gold, sanction(effective="2021-05-01")) == (
        False,
        Fraction(1, 31),
    )
    assert field("sanctions", "measure", gold, sanction(measure="designation")) == (True, 1)
    assert field("sanctions", "measure", gold, sanction(measure="expulsion")) == (True, 1)
    assert field("sanctions", "measure", gold, sanction(measure="travel_ban")) == (False, 0)


def test_the_best_of_several_accepted_values_is_told_beyond_floats() -> None:
    # Two halves of all time, a minute apart: as floats their similarities are the same.
    half, more = (f"Y-9999999999/2021-04-15T00:0{minute}" for minute in (4, 5))
    predicted = sanction(effective="Y-9999999999/Y9999999999")
    (_, one), (_, other) = (
        field("sanctions", "effective", GoldClaim(sanction(effective=value)), predicted)
        for value in (half, more)
    )
    assert one < other
    assert float(one) == float(other)
    for first, second in ((half, more), (more, half)):
        gold = GoldClaim(sanction(effective=first), accept={"effective": [second]})
        assert field("sanctions", "effective", gold, predicted) == (False, other)


def actor(name: str, kind: str = "person", role: str | None = None) -> dict[str, str | None]:
    """A predicted actor."""
    return {"name": name, "kind": kind, "role": role}


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ("Biden", (True, Fraction(1))),
        ("US President Joe Biden", (True, Fraction(1))),
        ("the US leader", (True, Fraction(1))),
        ("Hunter Biden", (False, Fraction(2 * 1, 1 + 2))),  # with the alias "Biden"
        ("Joe Robinette Biden", (False, Fraction(2 * 2, 2 + 3))),
        ("JB", (False, Fraction(0))),
    ],
)
def test_actors_are_alike_by_their_best_name(predicted: str, expected: object) -> None:
    assert field("actors", "name", BIDEN, actor(predicted)) == expected


def test_an_acronym_is_equal_only_as_an_alias() -> None:
    name = "North Atlantic Treaty Organization"
    values = {"name": name, "kind": "organization"}
    assert field("actors", "name", GoldClaim(values), actor("NATO")) == (False, 0)
    assert field("actors", "name", GoldClaim(values, aliases=("NATO",)), actor("NATO")) == (True, 1)
    assert field("actors", "name", GoldClaim(values, aliases=("NATO",)), actor("NATO 2")) == (
        False,
        Fraction(2 * 1, 1 + 2),
    )


def test_putin_is_vladimir_putin_only_as_an_alias() -> None:
    assert field("actors", "name", PUTIN, actor("Putin")) == (False, Fraction(2, 3))
    with_alias = GoldClaim(PUTIN.values, aliases=("Putin",))
    assert field("actors", "name", with_alias, actor("Putin")) == (True, 1)


def test_a_word_outside_the_vocabulary_equals_nothing() -> None:
    gold = GoldClaim({"name": "Paris", "kind": "city"})
    assert field("actors", "kind", gold, actor("Paris", "city")) == (False, 0)
    assert field("actors", "kind", gold, actor("Paris", "state")) == (False, 0)
    gold = GoldClaim({"name": "Paris", "kind": "state"})
    assert field("actors", "kind", gold, actor("Paris", "State")) == (False, 0)
    assert field("actors", "kind", gold, actor("Paris", "state")) == (True, 1)


def quote(text: str, speaker: str | None = None) -> dict[str, str | None]:
    """A quote."""
    return {"text": text, "speaker": speaker}


LEVELS_OF_PAIRS = [
    (quote("a b", "Joe Biden"), quote("A b.", "Biden"), Fraction(1), True, True),
    # Alike in the anchor, and the same speaker in the same words.
    (quote("a b", "x"), quote("a c", "x"), Fraction(3, 4), False, True),
    # An exact quote with the wrong speaker is found, leniently.
    (quote("a b", "Joe Biden"), quote("a b", "Moscow"), Fraction(1, 2), False, True),
    (quote("a b", "Joe Biden"), quote("a b", None), Fraction(1, 2), False, True),
    # Just alike enough, in the anchor and in the mean.
    (quote("a b", "x y"), quote("a c", "x z"), Fraction(1, 2), False, True),
    # The anchor not quite: 2 * 3 / (6 + 7) = 6/13.
    (quote("a b c d e f", "x"), quote("a b c t u v w", "x"), None, False, False),
    # The mean not quite: (6/11 + 2/5) / 2 = 26/55.
    (quote("a b c d e", "x y"), quote("a b c t u v", "x u v"), Fraction(26, 55), False, False),
]


@pytest.mark.parametrize(("gold", "predicted", "mean", "strict", "lenient"), LEVELS_OF_PAIRS)
def test_levels(
    gold: Claim, predicted: Claim, mean: Fraction | None, *, strict: bool, lenient: bool
) -> None:
    found = compare("quotes", GoldClaim(gold), predicted)
    assert (bool(cells(found, "strict")), bool(cells(found, "lenient"))) == (strict, lenient)
    if mean is not None:
        assert found.similarity(0, 0) == mean
    for pair in found.possible:
        assert Fraction(pair.numerator, pair.denominator) == mean


def test_keys_that_are_exact_are_known_of_each_pair() -> None:
    gold = [GoldClaim(claim) for claim, *_ in LEVELS_OF_PAIRS]
    predicted = [claim for _, claim, *_ in LEVELS_OF_PAIRS]
    found = compare_all(SCHEMA.types["quotes"], gold, predicted, {"actors": names()})
    cells = list(zip(found.pairs.rows.tolist(), found.pairs.columns.tolist(), strict=True))
    exact = [found.exact_keys[:, cells.index((number, number))].tolist() for number in range(4)]
    # The text, then the speaker.
    assert exact == [[True, True], [False, True], [True, False], [True, False]]
    for cell, keys in zip(cells, found.exact_keys.T.tolist(), strict=True):
        assert keys == [found.fields[name].pair(*cell).exact for name in ("text", "speaker")]


@pytest.mark.parametrize(("claim_type", "n_keys"), [("quotes", 2), ("dates", 1)])
def test_there_is_a_row_for_each_key_where_no_pair_is_possible_too(
    claim_type: str, n_keys: int
) -> None:
    gold = GoldClaim({"text": "a", "value": "2021"})
    found = compare_all(
        SCHEMA.types[claim_type], [gold], [{"text": "b", "value": "2022"}], {"actors": names()}
    )
    assert found.exact_keys.shape == (n_keys, 0)


@pytest.mark.parametrize(
    ("gold", "predicted", "mean"),
    [
        # The target is who it names; of the other three keys, two are exact.
        ("Russia", "Moscow", Fraction(3, 4)),
        (None, None, Fraction(3, 4)),
        # 2 * 1 / (3 + 1) of the words.
        ("banks of Russia", "Russia", (Fraction(1, 2) + 2) / 4),
    ],
)
def test_a_pair_by_who_is_meant_is_as_alike_as_can_be(
    gold: str | None, predicted: str | None, mean: Fraction
) -> None:
    found = compare(
        "sanctions",
        GoldClaim(sanction(target=gold)),
        sanction(target=predicted, status="threatened"),
    )
    (pair,) = found.possible
    assert Fraction(pair.numerator, pair.denominator) == mean == found.similarity(0, 0)
    assert not pair.strict


@pytest.mark.parametrize(
    ("aliases", "predicted", "similarity"),
    [
        # The name itself, of which "Joe Biden" has one word too.
        (("Biden", "Joe Biden"), "Biden", Fraction(1)),
        (("Joe Biden Junior", "Joe Biden"), "Biden", Fraction(2, 3)),
        (("Biden Joe Robinette Junior", "Joe Robinette"), "Joe Biden", Fraction(2 * 2, 4 + 2)),
        # "Duran Duran" has the same words, but only the other name is exact.
        (("Duran", "Duran Duran"), "Duran", Fraction(1)),
    ],
)
def test_the_most_alike_of_several_names_decides_in_whatever_order_they_are(
    aliases: tuple[str, ...], predicted: str, similarity: Fraction
) -> None:
    for first, *others in (aliases, aliases[::-1]):
        gold = GoldClaim({"name": first, "kind": "person"}, aliases=tuple(others))
        (pair,) = compare("actors", gold, actor(predicted), actors=()).possible
        assert Fraction(pair.numerator, pair.denominator) == (similarity + 1) / 2
        assert pair.strict is (similarity == 1)


def test_the_words_of_a_role_in_front_of_a_name_make_no_other_pair() -> None:
    gold = GoldClaim({"name": "Jo Aske", "kind": "person", "role": "Trade Envoy"})
    (pair,) = compare("actors", gold, actor("Trade Envoy Jo Aske"), actors=()).possible
    assert pair.strict
    other = GoldClaim({"name": "Jo Aske", "kind": "person", "role": None})
    (pair,) = compare("actors", other, actor("Trade Envoy Jo Aske"), actors=()).possible
    # 2 * 2 / (2 + 4) of the words of the name, and the kind.
    assert not pair.strict
    assert Fraction(pair.numerator, pair.denominator) == (Fraction(2, 3) + 1) / 2


class Triple(BaseModel):
    one: Annotated[str, Compare("text", anchor=True)]
    two: Annotated[str, Compare("text", key=True)]
    three: Annotated[str, Compare("text", key=True)]


class Triples(BaseModel):
    triples: list[Triple]


@pytest.mark.parametrize(
    ("three", "mean", "lenient"),
    [
        ("a b d", Fraction(1, 2), True),  # (1/2 + 1/3 + 2/3) / 3
        ("a b d e", Fraction(59, 126), False),  # (1/2 + 1/3 + 4/7) / 3
    ],
)
def test_the_mean_at_the_threshold_is_exact(three: str, mean: Fraction, *, lenient: bool) -> None:
    schema = ClaimSchema.from_class(Triples)
    gold = GoldClaim({"one": "a b", "two": "a b c", "three": "a b c"})
    predicted = {"one": "a c", "two": "a d e", "three": three}
    found = compare_one(schema.types["triples"], [gold], [predicted], {})
    assert found.similarity(0, 0) == mean
    assert cells(found, "lenient") == ({(0, 0)} if lenient else set())


def test_every_strict_pair_is_a_lenient_pair() -> None:
    gold = [GoldClaim(quote(text, name)) for text in ("a", "a b", "") for name in ("Biden", None)]
    predicted = [quote(text, name) for text in ("A", "a b", "...") for name in ("Joe Biden", None)]
    found = compare("quotes", gold, predicted)
    assert len(cells(found, "strict")) == 6
    assert cells(found, "strict") <= cells(found, "lenient")


def test_no_gold_or_no_predictions() -> None:
    for claim_type in SCHEMA.types:
        claim = {"name": "a", "text": "b", "value": "2021", "kind": "state"}
        assert not compare(claim_type, [], [claim, claim]).possible
        assert not compare(claim_type, [GoldClaim(claim)], []).possible
        assert not compare(claim_type, [], []).possible


class Dated(BaseModel):
    text: Annotated[str, Compare("text", anchor=True)]
    when: Annotated[str, Compare("edtf", key=True)]
    until: Annotated[str, Compare("edtf", key=True)]


class DatedList(BaseModel):
    dated: list[Dated]


def test_a_mean_beyond_64_bits_is_exact() -> None:
    claim_type = ClaimSchema.from_class(DatedList).types["dated"]
    ends = ("9999999998", "9999999999")
    gold = [
        GoldClaim({"text": "a b", "when": f"0001/Y{end}", "until": f"Y-9999999999/Y{end}"})
        for end in ends
    ]
    predicted = [{"text": "a b", "when": f"0002/Y{end}", "until": f"0001/Y{end}"} for end in ends]
    found = compare_one(claim_type, gold, predicted, {})
    assert len(found.possible) == 4
    for pair in found.possible:
        mean = Fraction(pair.numerator, pair.denominator)
        assert mean == found.similarity(pair.gold, pair.predicted)
        assert pair.denominator > 2**63


class Lasting(BaseModel):
    text: Annotated[str, Compare("text", anchor=True)]
    until: Annotated[str, Compare("edtf", key=True)]


class LastingList(BaseModel):
    lasting: list[Lasting]


def test_a_mean_that_only_just_does_not_fit_into_64_bits_is_exact() -> None:
    claim_type = ClaimSchema.from_class(LastingList).types["lasting"]
    gold = [GoldClaim({"text": "a b c", "until": "Y-9999999999/Y9999999999"})]
    predicted = [{"text": "a b d", "until": "Y-9999999998/Y9999999999"}]
    found = compare_one(claim_type, gold, predicted, {})
    (pair,) = found.possible
    until = found.fields["until"].pair(0, 0)
    # All time but its first year, which is nearly all of it; and two words of three.
    assert 1 - Fraction(1, 10**9) < Fraction(until.numerator, until.denominator) < 1
    mean = (Fraction(2, 3) + Fraction(until.numerator, until.denominator)) / 2
    assert Fraction(pair.numerator, pair.denominator) == mean
    # Twice the numerator, which is compared with the denominator, is beyond 64 bits.
    assert 2 * (4 * until.denominator + 6 * until.numerator) > 2**63


def test_a_name_of_the_same_words_is_as_alike_as_can_be_though_it_is_not_exact() -> None:
    gold = GoldClaim({"text": "a b", "speaker": "Duran Duran"})
    (pair,) = compare("quotes", gold, {"text": "a b", "speaker": "Duran"}).possible
    assert not pair.strict
    assert Fraction(pair.numerator, pair.denominator) == 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Who is meant decides where it is known of both.
        ("Biden", "the US leader", (True, 1)),
        ("Joe Biden", "the Biden administration", (False, 0)),
        # Else the words do.
        ("Biden", "Biden officials", (False, Fraction(2, 3))),
        ("Biden officials", "Biden", (False, Fraction(2, 3))),
        ("senior officials", "the senior officials", (True, 1)),
        ("senior officials", "officials", (False, Fraction(2, 3))),
        (None, None, (True, 1)),
        (None, "Biden", (False, 0)),
        ("officials", None, (False, 0)),
    ],
)
def test_two_predicted_speakers_compare_as_one_with_gold(
    one: str | None, other: str | None, expected: object
) -> None:
    predicted = [{"text": "x", "speaker": one}, {"text": "x", "speaker": other}]
    found = compare("quotes", [], predicted).fields["speaker"].pair_predicted(0, 1)
    assert (found.exact, Fraction(found.numerator, found.denominator)) == expected


def test_predicted_speakers_are_the_same_where_the_gold_of_their_own_article_has_it_so() -> None:
    gold = PreparedGold(
        SCHEMA,
        Gold("a", {"actors": (RUSSIA,), "quotes": ()}),
        Gold("b", {"actors": (PUTIN, BIDEN), "quotes": ()}),
    )
    speakers = "Biden", "the US leader", "Moscow", "Russia"
    claims: list[Claim] = [{"text": "x", "speaker": speaker} for speaker in speakers]
    predictions = [Prediction(name, {"quotes": claims}) for name in "ab"]
    (counted,) = count_articles(gold, predictions, ["quotes"], [None, None])
    for article, is_same in enumerate([(False, True), (True, False)]):
        identity = counted.comparison.of(article).fields["speaker"].identity
        assert (identity(0) == identity(1), identity(2) == identity(3)) == is_same


def test_what_is_wrong_with_a_value_is_told_of_its_own_place() -> None:
    predicted = [{"value": value, "text": "then"} for value in ("2021", "Thursday", "2022", "2023")]
    value = compare("dates", [], predicted).fields["value"]
    assert [value.fault(number) for number in range(4)] == [None, "not_edtf", None, None]


def test_values_that_are_no_texts_are_compared_as_texts() -> None:
    gold = GoldClaim({"text": True, "speaker": 1})
    assert compare("quotes", gold, {"text": "true", "speaker": "1"}).possible[0].strict
    assert not compare("quotes", gold, {"text": 1, "speaker": 1}).possible
