"""Which claim of the other side an error class refers to, and what only just has a class.

The classes themselves are held by the cases in `cases/error_classes.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness.claims import load_schema
from harness.records import Claim, ClaimOutcome, Gold, GoldClaim, Level, Prediction
from harness.scoring import Source, count_article
from harness.scoring.ground import ArticleText

SCHEMA = load_schema()
ADA, BOB = "Ada Orlan", "Bob Marsh"


def quote(text: str, speaker: str | None = ADA) -> Claim:
    """A quotation."""
    return {"text": text, "speaker": speaker}


def day(value: str, text: str) -> Claim:
    """A date."""
    return {"value": value, "text": text}


def sanction(target: str | None, **others: Any) -> Claim:  # noqa: ANN401
    """A sanction, imposed by Ostmark unless it is said otherwise."""
    values = {"imposer": "Ostmark", "measure": "travel_ban", "status": "imposed"}
    return {"target": target, **values, **others}


def outcomes(
    claim_type: str,
    gold: Sequence[Claim],
    predicted: Sequence[Claim],
    level: Level = "lenient",
    source: Source | None = None,
) -> tuple[list[ClaimOutcome], list[ClaimOutcome]]:
    """What became of the gold claims and of the predicted ones."""
    labelled = Gold("a", {claim_type: tuple(map(GoldClaim, gold))})
    prediction = Prediction("a", {claim_type: predicted})
    (result,) = count_article(SCHEMA, labelled, prediction, [claim_type], source)
    sides: dict[str, list[ClaimOutcome]] = {"gold": [], "predicted": []}
    for outcome in result.outcomes[level]:
        sides[outcome.side].append(outcome)
    return sides["gold"], sides["predicted"]


def said(outcome: ClaimOutcome) -> tuple[str, str, int | None]:
    """Class, detail and nearest of a claim."""
    return outcome.error_class, outcome.error_detail, outcome.nearest


def test_a_duplicate_refers_to_the_gold_claim_that_is_taken() -> None:
    gold = [quote("one two three"), quote("four five six")]
    _, predicted = outcomes("quotes", gold, [gold[0], gold[1], gold[1]])
    errors = [said(each) for each in predicted if each.outcome == "fp"]
    assert errors == [("duplicate", "", 1)]


def test_a_repeated_invention_refers_to_no_gold() -> None:
    invented = quote("never said by anyone here")
    _, predicted = outcomes("quotes", [quote("one two three")], [invented, invented])
    assert sorted(said(each) for each in predicted) == [
        ("duplicate", "", None),
        ("spurious", "", None),
    ]


def test_an_invention_repeated_under_another_name_of_its_speaker_is_a_duplicate() -> None:
    actors = (
        GoldClaim({"name": ADA, "kind": "person"}, aliases=("the chancellor of Ostmark",)),
        GoldClaim({"name": BOB, "kind": "person"}),
    )
    predicted = [
        quote("never said", "the chancellor of Ostmark"),
        quote("never said", ADA),
        quote("never said", BOB),
    ]
    (result,) = count_article(
        SCHEMA,
        Gold("a", {"actors": actors, "quotes": ()}),
        Prediction("a", {"quotes": predicted}),
        ["quotes"],
    )
    # The first in the order of the claims is the invention.
    assert [each.error_class for each in result.outcomes["lenient"]] == [
        "duplicate",
        "spurious",
        "spurious",
    ]


def test_which_of_two_equal_inventions_is_the_duplicate_does_not_depend_on_their_order() -> None:
    one, other = quote("never said", "the Kesh Union"), quote("never said", "Kesh Union")
    for predicted in ([one, other], [other, one]):
        _, found = outcomes("quotes", [], predicted)
        assert {each.claim["speaker"]: each.error_class for each in found} == {
            "Kesh Union": "spurious",
            "the Kesh Union": "duplicate",
        }


def test_the_same_words_by_somebody_else_are_a_wrong_speaker_and_no_duplicate() -> None:
    _, predicted = outcomes("quotes", [quote("we pay")], [quote("we pay"), quote("we pay", BOB)])
    assert [said(each) for each in predicted] == [("", "", None), ("wrong_speaker", "", 0)]


WHOLE = "a b c d e f g h i j k l"


def test_parts_refer_to_the_whole_and_the_whole_to_a_part() -> None:
    gold = [quote("something else entirely"), quote(WHOLE)]
    parts = [quote("a b c"), quote("unrelated words"), quote("j k l")]
    found, predicted = outcomes("quotes", gold, parts)
    assert said(found[1]) == ("split", "", 0)
    assert [said(each) for each in predicted] == [
        ("split", "", 1),
        ("spurious", "", None),
        ("split", "", 1),
    ]


def test_a_prediction_beside_two_parts_of_a_quotation_is_no_part_of_it() -> None:
    _, predicted = outcomes(
        "quotes", [quote(WHOLE)], [quote("a b c"), quote("j k l"), quote("l a")]
    )
    assert [each.error_class for each in predicted] == ["split", "split", "boundary"]


def test_joined_quotations_refer_to_each_other() -> None:
    gold = [quote("never mind"), quote("a b c"), quote("d e f"), quote("g h i"), quote("j k l")]
    found, predicted = outcomes("quotes", gold, [quote("x y z"), quote(WHOLE)])
    assert [said(each) for each in found[1:]] == [("joined", "", 1)] * 4
    assert said(found[0]) == ("missed", "", None)
    assert said(predicted[1]) == ("joined", "", 1)
    assert said(predicted[0]) == ("spurious", "", None)


def test_gold_that_no_joined_quotation_holds_is_not_joined() -> None:
    gold = [quote("a b c"), quote("j k l"), quote("m n o p q r s t")]
    found, _ = outcomes("quotes", gold, [quote(WHOLE)], "strict")
    assert [each.error_class for each in found] == ["joined", "joined", "missed"]


def test_a_wrong_key_refers_to_the_other_claim() -> None:
    gold = [quote("never mind"), quote("we pay")]
    found, predicted = outcomes("quotes", gold, [quote("x y z"), quote("we pay", BOB)], "strict")
    assert said(found[1]) == ("wrong_speaker", "", 1)
    assert said(predicted[1]) == ("wrong_speaker", "", 1)


def test_the_gold_claim_with_the_fewest_wrong_keys_is_the_nearest() -> None:
    gold = [
        sanction("Veyland", measure="expulsion", status="lifted"),
        sanction("Veyland", status="threatened"),
    ]
    found, predicted = outcomes("sanctions", gold, [sanction("Veyland")], "strict")
    assert said(predicted[0]) == ("wrong_status", "", 1)
    assert said(found[0]) == ("wrong_measure", "", 0)


def test_gold_without_a_partner_is_nearer_than_gold_that_has_one() -> None:
    gold = [
        sanction("Veyland"),
        sanction("Veyland", measure="expulsion", status="lifted"),
    ]
    predicted = [sanction("Veyland"), sanction("Veyland", measure="asset_freeze")]
    _, found = outcomes("sanctions", gold, predicted, "strict")
    assert said(found[1]) == ("wrong_measure", "", 1)


@pytest.mark.parametrize(
    ("wanted", "given", "detail"),
    [
        (day("2031-04-03", "3 April"), day("2031-03-04", "3/4"), "day_month_swapped"),
        (day("2031-04-03", "3 April"), day("2031-04", "April"), "precision"),
        (day("2031-04-03", "Thursday"), day("2031-04-10", "Thursday"), "anchor"),
        (
            day("2031-04-03T10:00:00+02:00", "10 a.m."),
            day("2031-04-03T10:00:00Z", "ten"),
            "zone",
        ),
    ],
)
def test_a_wrong_date_refers_to_the_other_date(wanted: Claim, given: Claim, detail: str) -> None:
    gold, predicted = [day("2020", "2020"), wanted], [day("1999-01-01", "x"), given]
    found, errors = outcomes("dates", gold, predicted)
    assert said(found[1]) == ("wrong_value", detail, 1)
    assert said(errors[1]) == ("wrong_value", detail, 1)
    assert said(errors[0]) == ("spurious", "", None)


def test_a_date_that_is_none_refers_to_nothing() -> None:
    found, predicted = outcomes(
        "dates", [day("2031-04-03", "Thursday")], [day("Thursday", "Thursday")]
    )
    assert said(predicted[0]) == ("wrong_value", "not_edtf", None)
    assert said(found[0]) == ("wrong_value", "not_edtf", 0)


def test_dates_without_an_expression_are_not_taken_for_the_same_expression() -> None:
    empty = {"value": "2031-04-10"}
    _, predicted = outcomes("dates", [{"value": "2031-04-03"}], [empty])
    assert said(predicted[0]) == ("spurious", "", None)


def test_a_boundary_refers_to_the_claim_that_it_overlaps() -> None:
    gold = [quote("never mind"), quote("a b c d e f g h")]
    found, predicted = outcomes("quotes", gold, [quote("x y z"), quote("a b")])
    assert said(found[1]) == ("boundary", "", 1)
    assert said(predicted[1]) == ("boundary", "", 1)


@pytest.mark.parametrize(
    ("wanted", "given", "error_class"),
    [
        # Two actors are not parts of the same, though their names share a word.
        ("Kesh Union", "Kesh Bank", "spurious"),
        # What is no actor is compared by its words, be it in gold or in a prediction.
        ("ports and banks of Kesh Union", "Kesh Union", "boundary"),
        ("Kesh Union", "ports and banks of Kesh Union", "boundary"),
        ("ports and banks of Kesh", "two banks", "boundary"),
        ("ports and banks of Kesh", "Orvik", "spurious"),
        # Null is part of nothing.
        ("Kesh Union", None, "spurious"),
        (None, "Kesh Union", "spurious"),
    ],
)
def test_targets_overlap_by_who_is_meant_or_by_their_words(
    wanted: str | None, given: str | None, error_class: str
) -> None:
    actors = tuple(
        GoldClaim({"name": name, "kind": "organization"}) for name in ("Kesh Union", "Kesh Bank")
    )
    gold = {"actors": actors, "sanctions": (GoldClaim(sanction(wanted)),)}
    (result,) = count_article(
        SCHEMA,
        Gold("a", gold),
        Prediction("a", {"sanctions": [sanction(given)]}),
        ["sanctions"],
    )
    found, predicted = result.outcomes["strict"]
    assert predicted.error_class == error_class
    assert found.error_class == ("missed" if error_class == "spurious" else error_class)


def test_a_date_without_a_value_is_a_wrong_value_of_its_expression() -> None:
    one, other = day("2031-04-03", "Thursday"), {"value": None, "text": "Thursday"}
    for wanted, given in ((one, other), (other, one)):
        found, predicted = outcomes("dates", [wanted], [given])
        assert said(found[0]) == ("wrong_value", "anchor", 0)
        assert said(predicted[0]) == ("wrong_value", "anchor", 0)


@pytest.mark.parametrize(
    ("claim_type", "wanted", "given", "error_class"),
    [
        ("quotes", quote("a b c d e f g h"), quote("a b"), "boundary"),
        ("quotes", quote("we pay"), quote("we pay", BOB), "wrong_speaker"),
        ("dates", day("2031-04-03", "3 April"), day("2031-03-04", "3/4"), "wrong_value"),
        ("dates", day("2031-04-03", "Thursday"), day("2031-04-10", "Thursday"), "wrong_value"),
    ],
)
def test_each_side_refers_to_the_place_of_the_other(
    claim_type: str, wanted: Claim, given: Claim, error_class: str
) -> None:
    others = {
        "quotes": [quote("never mind"), quote("x y z")],
        "dates": [day("2020", "2020"), day("1999", "x")],
    }[claim_type]
    found, predicted = outcomes(claim_type, [*others, wanted], [given], "strict")
    assert said(found[2])[::2] == (error_class, 0)
    assert said(predicted[0])[::2] == (error_class, 2)
    found, predicted = outcomes(claim_type, [wanted], [*others, given], "strict")
    assert said(found[0])[::2] == (error_class, 2)
    assert said(predicted[2])[::2] == (error_class, 0)


def test_parts_are_found_behind_what_is_no_part() -> None:
    no_parts = [quote("%"), quote(f"{WHOLE} {WHOLE}"), quote("unrelated words")]
    _, predicted = outcomes("quotes", [quote(WHOLE)], [*no_parts, quote("a b c"), quote("j k l")])
    assert [said(each)[::2] for each in predicted[-2:]] == [("split", 0), ("split", 0)]


def test_words_that_stand_in_a_quotation_twice_are_the_first_of_them() -> None:
    gold = [quote("a b c a b d e f g h")]
    _, predicted = outcomes("quotes", gold, [quote("a b"), quote("c a b")], "strict")
    assert [each.error_class for each in predicted] == ["split", "split"]


def test_a_quotation_without_words_is_part_of_nothing() -> None:
    _, predicted = outcomes("quotes", [quote(WHOLE)], [quote("..."), quote("%"), quote("a b c")])
    assert [each.error_class for each in predicted] == ["spurious", "spurious", "boundary"]


def test_the_whole_quotation_is_no_part_of_itself() -> None:
    gold = [quote(WHOLE, BOB), quote("a b c", BOB)]
    _, predicted = outcomes("quotes", gold, [quote(WHOLE), quote("j k l")], "strict")
    assert [each.error_class for each in predicted] == ["wrong_speaker", "boundary"]


def test_what_does_not_stand_in_the_article_is_said_before_what_it_resembles() -> None:
    source = Source(ArticleText('"We pay," Ada Orlan said.'))
    gold = [quote("we pay a lot more than you do")]
    _, predicted = outcomes("quotes", gold, [quote("we pay"), quote("you do")], source=source)
    assert [each.error_class for each in predicted] == ["split", "ungrounded"]
