"""What is said of each claim: what it says, what became of it, and how alike its partner is."""

import pytest

from harness.claims import load_schema
from harness.records import ClaimOutcome, Gold, GoldClaim, InvalidItem, Prediction
from harness.scoring import count_article

SCHEMA = load_schema()


def day(value: str) -> dict[str, str]:
    """A date."""
    return {"value": value, "text": f"on {value}"}


FOUND, MISSED, OPTIONAL, LOOSE = map(
    day, ("2031-04-01", "2030", "2031-04-02", "2031-05-01/2031-05-10")
)
TIGHT, INVENTED = map(day, ("2031-05-01/2031-05-08", "1999"))


def outcomes(level: str) -> list[ClaimOutcome]:
    """One of each."""
    gold = (
        *map(GoldClaim, (MISSED, FOUND, LOOSE)),
        *(GoldClaim(claim, optional=True) for claim in (OPTIONAL, day("2029"))),
    )
    prediction = Prediction(
        "a",
        {"dates": [INVENTED, TIGHT, OPTIONAL, FOUND]},
        invalid_items=(
            InvalidItem("dates", "value is missing", {"text": "then"}),
            InvalidItem("dates", "is no object", "then"),
        ),
    )
    (result,) = count_article(SCHEMA, Gold("a", {"dates": gold}), prediction, ["dates"])
    return list(result.outcomes[level])


def test_each_claim_is_told_with_what_it_says() -> None:
    told = [(each.side, each.number, each.outcome, each.claim) for each in outcomes("lenient")]
    assert told == [
        ("gold", 0, "fn", MISSED),
        ("gold", 1, "tp", FOUND),
        ("gold", 2, "tp", LOOSE),
        ("gold", 3, "optional", OPTIONAL),
        ("gold", 4, "optional", day("2029")),
        ("predicted", 0, "fp", INVENTED),
        ("predicted", 1, "tp", TIGHT),
        ("predicted", 2, "set_aside", OPTIONAL),
        ("predicted", 3, "tp", FOUND),
        ("predicted", 4, "fp", {"text": "then"}),
        ("predicted", 5, "fp", {"item": "then"}),
    ]


def test_partners_are_told_on_both_sides_with_their_similarity() -> None:
    told = [(each.partner, each.similarity) for each in outcomes("lenient")[:9]]
    # TIGHT has 8 of the 10 days of LOOSE.
    assert told == [
        *((None, None), (3, 1.0), (1, pytest.approx(0.8)), (2, 1.0), (None, None)),
        *((None, None), (2, pytest.approx(0.8)), (3, 1.0), (1, 1.0)),
    ]
    strict = outcomes("strict")
    assert (strict[2].outcome, strict[2].partner, strict[2].similarity) == ("fn", None, None)
    assert (strict[6].outcome, strict[6].partner, strict[6].similarity) == ("fp", None, None)


def test_an_item_that_is_no_claim_says_what_is_wrong_with_it() -> None:
    assert [(each.error_class, each.error_detail) for each in outcomes("strict")[9:]] == [
        ("invalid_item", "value is missing"),
        ("invalid_item", "is no object"),
    ]
