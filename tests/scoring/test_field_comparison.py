"""How the values of single fields compare, where the schema that ships has no such field too."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from comparing import compare_all
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare, load_schema
from harness.records import Claim, GoldClaim
from harness.scoring.resolve import ActorNames
from harness.scoring.similarity import ClaimComparison

SHIPPED = load_schema()


class Actor(BaseModel):
    name: Annotated[str, Compare("name", anchor=True)]


class Deal(BaseModel):
    """What is compared in ways that no claim type that ships has."""

    text: Annotated[str, Compare("text", anchor=True)]
    kind: Annotated[Literal["sale", "gift"] | None, Compare("category")]
    signer: Annotated[str | None, Compare("name", titles_in="office")]
    office: str | None
    party: Annotated[str | None, Compare("name", through="actors")]


class Deals(BaseModel):
    actors: list[Actor]
    deals: list[Deal]


SCHEMA = ClaimSchema.from_class(Deals)
KESH = GoldClaim({"name": "Kesh Union"}, aliases=("Orvik",))


def deals(gold: Sequence[GoldClaim], predicted: Sequence[Claim]) -> ClaimComparison:
    """Compare deals, where the Kesh Union is an actor."""
    names = ActorNames(SCHEMA.types["actors"], [KESH])
    return compare_all(SCHEMA.types["deals"], gold, predicted, {"actors": names})


@pytest.mark.parametrize(
    ("field", "gold", "predicted", "is_exact"),
    [
        ("kind", "sale", "sale", True),
        ("kind", "sale", "gift", False),
        # A word outside the vocabulary equals nothing, itself included.
        ("kind", "loan", "loan", False),
        # A field that resolves, though it is no key.
        ("party", "Kesh Union", "Orvik", True),
        ("party", "Kesh Union", "the Kesh Union", True),
        ("party", "Kesh Union", "Veyland", False),
        # The words of the gold office may stand in front of the name, or not.
        ("signer", "Jo Aske", "Trade Envoy Jo Aske", True),
        ("signer", "Trade Envoy Jo Aske", "Jo Aske", True),
        ("signer", "Jo Aske", "Port Envoy Jo Aske", False),
    ],
)
def test_exactness_is_counted_as_it_is_told_of_a_pair(
    field: str, gold: str, predicted: str, *, is_exact: bool
) -> None:
    claim = {"text": "a b", "office": "Trade Envoy"}
    found = deals([GoldClaim({**claim, field: gold})], [{**claim, field: predicted}])
    assert found.fields[field].count_exact([(0, 0)]) == (int(is_exact), 1)
    assert found.fields[field].pair(0, 0).exact is is_exact


def test_words_of_an_office_stand_in_front_of_the_names_of_its_own_claim_alone() -> None:
    gold = [
        GoldClaim({"text": "a", "signer": "Jo Aske", "office": "Trade Envoy"}),
        GoldClaim({"text": "b", "signer": "Jo Aske", "office": "Port Envoy"}),
    ]
    predicted = [{"text": "a", "signer": "Trade Envoy Jo Aske"}]
    signers = deals(gold, predicted).fields["signer"]
    assert [signers.pair(row, 0).exact for row in (0, 1)] == [True, False]


def test_fields_that_both_leave_open_are_no_part_of_a_count_where_some_gold_has_alternatives() -> (
    None
):
    gold = [
        GoldClaim({"text": "a", "kind": None}),
        GoldClaim({"text": "b", "kind": "sale"}, accept={"kind": ["gift"]}),
        GoldClaim({"text": "c", "kind": "sale"}),
    ]
    predicted = [{"text": "a", "kind": None}, {"text": "b", "kind": "gift"}, {"text": "c"}]
    kinds = deals(gold, predicted).fields["kind"]
    assert kinds.count_exact([(0, 0)]) == (0, 0)
    assert kinds.count_exact([(0, 0), (1, 1), (2, 2)]) == (1, 2)


def exact_in_arrays(found: ClaimComparison, field: str) -> list[bool]:
    """Whether each gold value is exact with the first prediction, asked of all at once."""
    rows = np.arange(len(found.fields[field].wanted))
    compared, which = found.fields[field].among(rows, np.zeros_like(rows))
    return [compared[place].exact for place in which]


def test_gold_of_the_same_value_may_take_others_where_pairs_are_very_many() -> None:
    claim = {"text": "a", "kind": "sale", "signer": "Jo Aske", "office": "Trade Envoy"}
    gold = [
        GoldClaim(claim),
        GoldClaim(claim, accept={"kind": ["gift"]}),
        GoldClaim({**claim, "office": "Port Envoy"}),
    ]
    found = deals(gold, [{**claim, "kind": "gift", "signer": "Port Envoy Jo Aske"}])
    assert exact_in_arrays(found, "kind") == [False, True, False]
    assert exact_in_arrays(found, "signer") == [False, False, True]


class Kind(BaseModel):
    kind: Annotated[Literal["sale", "gift"], Compare("category", anchor=True)]


class Kinds(BaseModel):
    kinds: list[Kind]


@pytest.mark.parametrize("accept", [{}, {"kind": ["gift"]}])
def test_an_anchor_outside_the_vocabulary_is_no_pair(accept: dict[str, list[str]]) -> None:
    claim_type = ClaimSchema.from_class(Kinds).types["kinds"]
    gold = [GoldClaim({"kind": "loan"}, accept=accept), GoldClaim({"kind": "sale"})]
    predicted = [{"kind": "loan"}, {"kind": "sale"}]
    found = compare_all(claim_type, gold, predicted, {})
    assert [(pair.gold, pair.predicted) for pair in found.possible] == [(1, 1)]


def sanctions(gold: list[Any], predicted: list[Any]) -> ClaimComparison:
    """Compare the dates at which sanctions take effect."""
    return compare_all(
        SHIPPED.types["sanctions"],
        [GoldClaim({"target": "a", "effective": value}) for value in gold],
        [{"target": "a", "effective": value} for value in predicted],
        {"actors": ActorNames(SHIPPED.types["actors"], [])},
    )


def test_dates_that_both_leave_open_are_no_part_of_a_count() -> None:
    found = sanctions([None, None, "2031-05", "2031-05"], [None, "2031", "2031-05", "2031"])
    dates = found.fields["effective"]
    assert dates.count_exact([(row, row) for row in range(4)]) == (1, 3)
    assert dates.count_exact([(0, 0)]) == (0, 0)
    # May has 31 of the 365 days of 2031.
    similarity = dates.pair(3, 3)
    assert Fraction(similarity.numerator, similarity.denominator) == Fraction(31, 365)
