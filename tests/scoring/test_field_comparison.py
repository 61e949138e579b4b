"""How the values of single fields compare, where the schema that ships has no such field too."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from comparing import compare_all
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare, load_schema
from harness.comparators import Comparator, Comparison
from harness.records import Claim, GoldClaim
from harness.scoring import field_comparison
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
        ("kind", "sale", "sale\0", False),
        # A word outside the vocabulary equals nothing, itself included.
        ("kind", "loan", "loan", False),
        # A field that resolves, though it is no key.
        ("party", "Kesh Union", "Orvik", True),
        ("party", "Kesh Union", "the Kesh Union", True),
        ("party", "Kesh Union", "Veyland", False),
        # Where it is not known of both who is meant, the words decide how alike they are.
        ("party", "Kesh Union", "Kesh Union branch", False),
        ("party", "Kesh Union branch", "Kesh Union", False),
        ("party", "Kesh Union branch", "the Kesh branch", False),
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
    assert exact_among(found, field, [(0, 0)]) == [is_exact]
    assert found.fields[field].pair(0, 0).exact is is_exact


def exact_among(
    found: ClaimComparison, field: str, pairs: Sequence[tuple[int, int]]
) -> list[bool | None]:
    """Whether the values of some pairs are exact, asked of all at once; None where none is."""
    values = found.fields[field]
    rows, columns = np.array(pairs).T
    is_exact, are_null = values.exact(rows, columns), values.are_null(rows, columns)
    is_told, ones, units = values.among(rows, columns)
    assert is_told.tolist() == is_exact.tolist()
    for pair, one, unit in zip(pairs, ones.tolist(), units.tolist(), strict=True):
        told = values.pair(*pair)
        assert Fraction(one, unit) == Fraction(told.numerator, told.denominator)
    return [
        None if null else exact
        for null, exact in zip(are_null.tolist(), is_exact.tolist(), strict=True)
    ]


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
    found = deals(gold, predicted)
    # None where both are open.
    assert exact_among(found, "kind", [(0, 0)]) == [None]
    assert exact_among(found, "kind", [(0, 0), (1, 1), (2, 2)]) == [None, True, False]


@pytest.mark.parametrize("few", [0, field_comparison._FEW])
def test_gold_of_the_same_value_may_take_others_where_pairs_are_very_many(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_comparison, "_FEW", few)
    claim = {"text": "a", "kind": "sale", "signer": "Jo Aske", "office": "Trade Envoy"}
    gold = [
        GoldClaim(claim),
        GoldClaim(claim, accept={"kind": ["gift"]}),
        GoldClaim({**claim, "office": "Port Envoy"}),
    ]
    found = deals(gold, [{**claim, "kind": "gift", "signer": "Port Envoy Jo Aske"}])
    cells = [(row, 0) for row in range(3)]
    assert exact_among(found, "kind", cells) == [False, True, False]
    assert exact_among(found, "signer", cells) == [False, False, True]


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
    assert [(pair.gold, pair.predicted) for pair in found.of(0).possible] == [(1, 1)]


class Visit(BaseModel):
    visitor: Annotated[str, Compare("name", anchor=True, through="actors", titles_in="office")]
    office: str | None


class Visits(BaseModel):
    actors: list[Actor]
    visits: list[Visit]


@pytest.mark.parametrize("accept", [{}, {"visitor": ["Ana Quill"]}])
def test_an_anchor_may_be_resolved_and_have_the_words_of_an_office_in_front(
    accept: dict[str, list[str]],
) -> None:
    schema = ClaimSchema.from_class(Visits)
    gold = [
        GoldClaim({"visitor": "Jo Aske", "office": "Trade Envoy"}),
        GoldClaim({"visitor": "Orvik", "office": None}, accept=accept),
        GoldClaim({"visitor": "Port Envoy Mel Ror", "office": "Port Envoy"}),
    ]
    visitors = "Trade Envoy Jo Aske", "the Kesh Union", "Mel Ror", "Port Envoy Jo Aske"
    names = {"actors": ActorNames(schema.types["actors"], [KESH])}
    found = compare_all(
        schema.types["visits"], gold, [{"visitor": visitor} for visitor in visitors], names
    )
    possible = found.of(0).possible
    assert [pair[:2] for pair in possible if pair.strict] == [(0, 0), (1, 1), (2, 2)]
    # Of an office of which it is not, all words count: two of two and of four are the same.
    assert [pair[:2] for pair in possible if not pair.strict] == [(0, 3)]
    for pair in possible:
        told = found.fields["visitor"].pair(*pair[:2])
        assert Fraction(pair.numerator, pair.denominator) == Fraction(
            told.numerator, told.denominator
        )


class Share(Comparator):
    """Whole numbers of any size, alike as the smaller is to the larger."""

    name = "share"

    def prepare(self, value: str) -> int:
        """Read a number."""
        return int(value)

    def pair(self, gold: int, predicted: int) -> Comparison:
        """Compare two numbers."""
        return Comparison(gold == predicted, *sorted((gold, predicted)))


class Holding(BaseModel):
    name: Annotated[str, Compare("name", anchor=True)]
    n_shares: Annotated[str, Compare(Share(), key=True)]


class Holdings(BaseModel):
    holdings: list[Holding]


def test_a_similarity_beyond_64_bits_is_exact() -> None:
    claim_type = ClaimSchema.from_class(Holdings).types["holdings"]
    numbers = str(2**64 + 1), str(2**65 + 1), "3"
    claims: list[Claim] = [{"name": "Kesh Union", "n_shares": number} for number in numbers]
    for one, other, similarity in [
        (0, 0, Fraction(1)),
        (0, 1, Fraction(2**64 + 1, 2**65 + 1)),
        (2, 0, Fraction(3, 2**64 + 1)),
    ]:
        found = compare_all(claim_type, [GoldClaim(claims[one])], [claims[other]], {})
        assert exact_among(found, "n_shares", [(0, 0)]) == [one == other]
        (pair,) = found.of(0).possible
        assert Fraction(pair.numerator, pair.denominator) == (1 + similarity) / 2
    found = compare_all(claim_type, list(map(GoldClaim, claims)), claims, {})
    cells = [(row, column) for row in range(3) for column in range(3)]
    assert exact_among(found, "n_shares", cells) == [row == column for row, column in cells]


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
    cells = [(row, row) for row in range(4)]
    assert exact_among(found, "effective", cells) == [None, False, True, False]
    # May has 31 of the 365 days of 2031.
    similarity = found.fields["effective"].pair(3, 3)
    assert Fraction(similarity.numerator, similarity.denominator) == Fraction(31, 365)
