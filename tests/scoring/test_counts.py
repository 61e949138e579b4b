"""Counts of an article, by hand."""

import gc
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare, Verbatim, load_schema
from harness.records import (
    Claim,
    Counts,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Level,
    Prediction,
)
from harness.scoring import CLAIM_LEVELS, LEVELS, FieldCounts, TypeResult, count_article, counts
from harness.scoring.counts import count_articles
from harness.scoring.gold_values import PreparedGold

SCHEMA = load_schema()


def date(value: str, text: str = "then") -> dict[str, str]:
    """A date."""
    return {"value": value, "text": text}


def count(
    claim_type: str,
    gold: Sequence[GoldClaim],
    predicted: Sequence[Claim],
    actors: Sequence[GoldClaim] = (),
    **of_prediction: Any,  # noqa: ANN401
) -> TypeResult:
    """What scoring says of one claim type of one article."""
    labelled = {"actors": tuple(actors), claim_type: tuple(gold)}
    prediction = Prediction("a", {claim_type: predicted}, **of_prediction)
    (result,) = count_article(SCHEMA, Gold("a", labelled), prediction, [claim_type])
    return result


def required(*values: Claim) -> list[GoldClaim]:
    """Required gold."""
    return [GoldClaim(each) for each in values]


def optional(*values: Claim) -> list[GoldClaim]:
    """Optional gold."""
    return [GoldClaim(each, optional=True) for each in values]


DAYS = [f"2021-04-{day:02}" for day in range(1, 10)]


def outcomes(result: TypeResult, level: Level = "lenient") -> list[tuple[Any, ...]]:
    """Side, number, outcome and partner of each claim."""
    return [(each.side, each.number, each.outcome, each.partner) for each in result.outcomes[level]]


def test_found_missed_and_spurious() -> None:
    result = count("dates", required(date(DAYS[0]), date(DAYS[1])), [date(DAYS[1]), date(DAYS[2])])
    assert result.counts == dict.fromkeys(CLAIM_LEVELS, Counts(tp=1, fp=1, fn=1))
    assert outcomes(result) == [
        ("gold", 0, "fn", None),
        ("gold", 1, "tp", 0),
        ("predicted", 0, "tp", 1),
        ("predicted", 1, "fp", None),
    ]
    assert [each.similarity for each in result.outcomes["lenient"]] == [None, 1.0, 1.0, None]
    assert (result.article_id, result.claim_type, result.repeat) == ("a", "dates", 0)
    assert not result.failed


def test_a_prediction_of_optional_gold_is_set_aside() -> None:
    gold = [*required(date(DAYS[0])), *optional(date(DAYS[1]), date(DAYS[2]))]
    result = count("dates", gold, [date(DAYS[1])])
    assert result.counts["strict"] == Counts(fn=1, set_aside=1)
    assert outcomes(result) == [
        ("gold", 0, "fn", None),
        ("gold", 1, "optional", 0),
        ("gold", 2, "optional", None),
        ("predicted", 0, "set_aside", 1),
    ]


def test_duplicates_are_false_positives() -> None:
    result = count("dates", required(date(DAYS[0])), [date(DAYS[0])] * 3)
    assert result.counts["strict"] == Counts(tp=1, fp=2)
    result = count("dates", optional(date(DAYS[0])), [date(DAYS[0])] * 3)
    assert result.counts["strict"] == Counts(fp=2, set_aside=1)


def test_required_gold_is_found_before_optional_gold() -> None:
    gold = [*optional(date(DAYS[0])), *required(date(DAYS[0]))]
    assert count("dates", gold, [date(DAYS[0])]).counts["strict"] == Counts(tp=1)
    assert count("dates", gold, [date(DAYS[0])] * 2).counts["strict"] == Counts(tp=1, set_aside=1)


def test_required_gold_is_found_before_optional_gold_where_the_levels_differ() -> None:
    # The second prediction is alike to the third gold claim by 8 of 10 days.
    gold = [*optional(date(DAYS[0])), *required(date(DAYS[0]), date("2021-05-01/2021-05-10"))]
    result = count("dates", gold, [date(DAYS[0]), date("2021-05-01/2021-05-08")])
    assert result.counts["strict"] == Counts(tp=1, fp=1, fn=1)
    assert result.counts["lenient"] == Counts(tp=2)


def test_an_empty_gold_list_makes_every_prediction_a_false_positive() -> None:
    result = count("dates", [], [date(DAYS[0]), date(DAYS[1])])
    assert result.counts == dict.fromkeys(CLAIM_LEVELS, Counts(fp=2))
    assert count("dates", [], []).counts == dict.fromkeys(CLAIM_LEVELS, Counts())


def test_invalid_items_are_false_positives_of_their_claim_type() -> None:
    items = (
        InvalidItem("dates", "no value", {"text": "then"}),
        InvalidItem("dates", "no object", "then"),
        InvalidItem("quotes", "no text", {}),
    )
    result = count("dates", required(date(DAYS[0])), [date(DAYS[0])], invalid_items=items)
    assert result.counts == dict.fromkeys(CLAIM_LEVELS, Counts(tp=1, fp=2))
    found = result.outcomes["strict"][2:]
    assert [(each.outcome, each.number, each.error_class) for each in found] == [
        ("fp", 1, "invalid_item"),
        ("fp", 2, "invalid_item"),
    ]
    assert [each.claim for each in found] == [{"text": "then"}, {"item": "then"}]


def test_invalid_items_of_one_article_are_none_of_another_that_has_no_prediction() -> None:
    gold = [Gold(name, {"dates": (GoldClaim(date(DAYS[0])),)}) for name in "abc"]
    items = (InvalidItem("dates", "no value", {"text": "then"}),)
    predictions = [
        None,
        Prediction("b", {"dates": [date(DAYS[0])]}, invalid_items=items),
        Prediction("c", {"dates": [date(DAYS[1])]}),
    ]
    (counted,) = count_articles(PreparedGold(SCHEMA, *gold), predictions, ["dates"], [None] * 3)
    assert list(counted.numbers()) == [1, 2]
    assert counted.counts["strict"].tolist() == [[0, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]]


def test_predictions_that_all_leave_the_anchor_open_find_nothing_in_any_article() -> None:
    gold = [Gold(name, {"dates": (GoldClaim(date(DAYS[0])),)}) for name in "ab"]
    predictions = [Prediction(name, {"dates": [{"text": "then"}]}) for name in "ab"]
    (counted,) = count_articles(PreparedGold(SCHEMA, *gold), predictions, ["dates"], [None] * 2)
    assert counted.counts["lenient"].tolist() == [[0, 1, 1, 0]] * 2


def test_gold_that_leaves_the_anchor_open_in_every_article_is_found_by_null() -> None:
    gold = [Gold(name, {"dates": (GoldClaim({"text": "then"}),)}) for name in "ab"]
    predictions = [
        Prediction("a", {"dates": [{"text": "then"}]}),
        Prediction("b", {"dates": [date(DAYS[0])]}),
    ]
    (counted,) = count_articles(PreparedGold(SCHEMA, *gold), predictions, ["dates"], [None] * 2)
    assert counted.counts["lenient"].tolist() == [[1, 0, 0, 0], [0, 1, 1, 0]]


def test_the_required_gold_of_a_failed_request_is_missed() -> None:
    gold = [*required(date(DAYS[0]), date(DAYS[1])), *optional(date(DAYS[2]))]
    failures = {"dates": Failure("timeout", "60 s")}
    # What is left of a reply that failed counts for nothing, neither way.
    items = (InvalidItem("dates", "no value", {}),)
    result = count(
        "dates", gold, [date(DAYS[0]), date(DAYS[5])], failures=failures, invalid_items=items
    )
    assert result.failed
    assert result.counts == dict.fromkeys(CLAIM_LEVELS, Counts(fn=2))
    assert outcomes(result) == [
        ("gold", 0, "fn", None),
        ("gold", 1, "fn", None),
        ("gold", 2, "optional", None),
    ]


def test_a_failure_misses_no_other_claim_types() -> None:
    gold = Gold("a", {"dates": tuple(required(date(DAYS[0]))), "quotes": ()})
    prediction = Prediction(
        "a", {"dates": [date(DAYS[0])]}, failures={"quotes": Failure("refused", "no")}
    )
    dates, quotes = count_article(SCHEMA, gold, prediction, ["dates", "quotes"])
    assert (dates.failed, dates.counts["lenient"]) == (False, Counts(tp=1))
    assert (quotes.failed, quotes.counts["lenient"]) == (True, Counts())


def test_claim_types_that_are_not_labelled_or_not_asked_for_are_left_out() -> None:
    gold = Gold("a", {"dates": (), "actors": ()})
    prediction = Prediction("a", {"quotes": [{"text": "a"}], "dates": [], "actors": []})
    results = count_article(SCHEMA, gold, prediction, ["quotes", "dates"])
    assert [result.claim_type for result in results] == ["dates"]


def test_a_claim_type_without_predictions_is_empty() -> None:
    (result,) = count_article(
        SCHEMA, Gold("a", {"dates": tuple(required(date(DAYS[0])))}), Prediction("a", {}), ["dates"]
    )
    assert result.counts["lenient"] == Counts(fn=1)


BIDEN = GoldClaim({"name": "Joe Biden", "kind": "person"}, aliases=("Biden",))
PUTIN = GoldClaim({"name": "Vladimir Putin", "kind": "person"})


def test_levels_differ_by_a_wrong_speaker() -> None:
    gold = required(
        {"text": "we will respond", "speaker": "Joe Biden"},
        {"text": "pay a price", "speaker": "Joe Biden"},
        {"text": "a third thing", "speaker": None},
    )
    predicted = [
        {"text": "We will respond.", "speaker": "Biden"},
        {"text": "pay a price", "speaker": "Vladimir Putin"},
        {"text": "nothing of it", "speaker": None},
    ]
    result = count("quotes", gold, predicted, actors=[BIDEN, PUTIN])
    assert result.counts["strict"] == Counts(tp=1, fp=2, fn=2)
    assert result.counts["lenient"] == Counts(tp=2, fp=1, fn=1)
    assert [each.similarity for each in result.outcomes["lenient"][:3]] == [1.0, 0.5, None]
    assert result.fields == {"text": FieldCounts(2, 2), "speaker": FieldCounts(1, 2)}


def test_fields_count_lenient_pairs_with_required_gold() -> None:
    def actor(name: str, role: str | None = None, kind: str = "person") -> dict[str, str | None]:
        return {"name": name, "kind": kind, "role": role}

    gold = [
        *required(actor("A B", "mayor"), actor("C D"), actor("E F", "judge"), actor("G H")),
        *optional(actor("I J", "spy")),
    ]
    predicted = [
        actor("A B", "Mayor"),  # right throughout
        actor("C D"),  # no role on either side: nothing is told about it
        actor("E F", None, "state"),  # the kind and the role are wrong
        actor("G X", "clerk"),  # the name is half right, the role invented
        actor("I J", "clerk"),  # set aside
        actor("K L", "spy"),  # paired with nobody
    ]
    result = count("actors", gold, predicted)
    assert result.counts["lenient"] == Counts(tp=4, fp=1, set_aside=1)
    assert result.counts["strict"] == Counts(tp=2, fp=3, fn=2, set_aside=1)
    assert result.fields == {
        "name": FieldCounts(3, 4),
        "kind": FieldCounts(3, 4),
        "role": FieldCounts(1, 3),
    }


def test_content_is_counted_for_quotations_alone() -> None:
    assert (*CLAIM_LEVELS, "content") == LEVELS
    claims: dict[str, dict[str, Any]] = {
        "actors": {"name": "Joe Biden", "kind": "person"},
        "quotes": {"text": "pay a price", "speaker": None},
        "dates": date(DAYS[0]),
        "sanctions": {"target": "Russia", "measure": "expulsion", "status": "imposed"},
    }
    for claim_type, claim in claims.items():
        levels = LEVELS if claim_type == "quotes" else CLAIM_LEVELS
        assert tuple(count(claim_type, required(claim), [claim]).counts) == levels


def test_content_counts_words_however_they_are_cut() -> None:
    gold = required(
        {"text": "We will respond, and they will pay", "speaker": "Joe Biden"},
        {"text": "never", "speaker": None},
    )
    predicted = [
        {"text": "they will pay a price", "speaker": "Biden"},
        {"text": "we will respond", "speaker": "Joe Biden"},
        {"text": "never", "speaker": "Vladimir Putin"},
    ]
    result = count("quotes", gold, predicted, actors=[BIDEN, PUTIN])
    # Of the seven words of Biden "and" is missed, "a price" is more; "never" is of another.
    assert result.counts["content"] == Counts(tp=6, fp=3, fn=2)
    assert result.counts["strict"] == Counts(fp=3, fn=2)


def test_content_leaves_out_what_is_paired_with_optional_gold() -> None:
    gold = [
        *required({"text": "we will respond", "speaker": None}),
        *optional({"text": "they will pay a price", "speaker": None}),
    ]
    predicted = [{"text": claim.values["text"], "speaker": None} for claim in gold]
    result = count("quotes", gold, predicted)
    assert result.counts["content"] == Counts(tp=3, set_aside=5)


def test_content_sets_aside_the_words_of_all_that_is_paired_with_optional_gold() -> None:
    texts = ["we will respond", "they will pay a price"]
    gold = optional(*({"text": text, "speaker": None} for text in texts))
    predicted = [{"text": text, "speaker": None} for text in texts]
    assert count("quotes", gold, predicted).counts["content"] == Counts(set_aside=3 + 5)


WORDINGS = GoldClaim(
    {"text": "they shall pay the price", "speaker": None},
    accept={"text": ["they will pay a price", "we shall make them pay that price"]},
)


@pytest.mark.parametrize("text", WORDINGS.accept["text"])
def test_content_counts_an_accepted_wording_as_the_words_of_the_gold(text: str) -> None:
    # The words of the gold are five, whichever wording a reply has.
    result = count("quotes", [WORDINGS], [{"text": text.title(), "speaker": None}])
    assert result.counts == {
        "strict": Counts(tp=1),
        "lenient": Counts(tp=1),
        "content": Counts(tp=5),
    }


def test_content_counts_the_words_of_a_wording_that_is_only_alike() -> None:
    result = count("quotes", [WORDINGS], [{"text": "they shall pay the bill", "speaker": None}])
    assert result.counts["content"] == Counts(tp=4, fp=1, fn=1)
    result = count("quotes", [WORDINGS], [{"text": "they will pay a bill", "speaker": None}])
    assert result.counts["lenient"] == Counts(tp=1)
    assert result.counts["content"] == Counts(tp=2, fp=3, fn=3)


def test_content_of_gold_with_another_wording_may_be_missed() -> None:
    result = count("quotes", [WORDINGS], [{"text": "good morning", "speaker": None}])
    assert result.counts["content"] == Counts(fp=2, fn=5)


def said(text: str | None, speaker: str | None) -> dict[str, str | None]:
    """A quote."""
    return {"text": text, "speaker": speaker}


def test_content_counts_the_words_of_an_accepted_speaker_as_those_of_the_gold_speaker() -> None:
    gold = [
        GoldClaim(
            said("we will respond", "Joe Biden"),
            accept={"speaker": ["a spokesman", "the White House"]},
        ),
        *required(said("never", "Vladimir Putin")),
    ]
    for speaker in ("Joe Biden", "Biden", "a spokesman", "Spokesman", "the White House"):
        predicted = [said("we will", speaker), said("respond", speaker)]
        result = count("quotes", gold, predicted, actors=[BIDEN, PUTIN])
        assert result.counts["content"] == Counts(tp=3, fn=1), speaker
    predicted = [said("we will", "Vladimir Putin"), said("respond", "officials")]
    result = count("quotes", gold, predicted, actors=[BIDEN, PUTIN])
    assert result.counts["content"] == Counts(fp=3, fn=4)


class Saying(BaseModel):
    text: Annotated[str, Compare("text", anchor=True), Verbatim()]
    source: Annotated[str | None, Compare("name", key=True)]


class Sayings(BaseModel):
    sayings: list[Saying]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("the Ostmark Post", "Ostmark Post"), Counts(tp=3)),
        ((None, None), Counts(tp=3)),
        (("Ostmark Post", "Veyland Herald"), Counts(fp=3, fn=3)),
        ((None, "Veyland Herald"), Counts(fp=3, fn=3)),
        (("Ostmark Post", None), Counts(fp=3, fn=3)),
    ],
)
def test_content_tells_sources_apart_that_no_claim_type_resolves(
    sources: tuple[str | None, str | None], expected: Counts
) -> None:
    schema = ClaimSchema.from_class(Sayings)
    own, given = sources
    gold = Gold("a", {"sayings": (GoldClaim({"text": "we will respond", "source": own}),)})
    claims: list[Claim] = [{"text": text, "source": given} for text in ("we will", "respond")]
    (result,) = count_article(schema, gold, Prediction("a", {"sayings": claims}), ["sayings"])
    assert result.counts["content"] == expected


def test_content_leaves_the_words_of_a_gold_speaker_to_that_speaker() -> None:
    # Putin would do for the first quotation, but has one of his own.
    gold = [
        GoldClaim(said("we will respond", "Joe Biden"), accept={"speaker": ["Vladimir Putin"]}),
        *required(said("they will pay", "Vladimir Putin")),
    ]
    result = count("quotes", gold, [said("they will pay", "Vladimir Putin")], actors=[BIDEN, PUTIN])
    assert result.counts["content"] == Counts(tp=3, fn=3)


def test_content_takes_no_speaker_that_only_optional_gold_accepts() -> None:
    gold = [
        *required(said("we will respond", "Joe Biden")),
        GoldClaim(
            said("something else", "Joe Biden"), optional=True, accept={"speaker": ["a spokesman"]}
        ),
    ]
    result = count("quotes", gold, [said("respond we will", "a spokesman")], actors=[BIDEN, PUTIN])
    assert result.counts["content"] == Counts(fp=3, fn=3)


def test_a_quotation_without_text_has_no_words() -> None:
    nothing, something = said(None, None), said("we will respond", None)
    result = count("quotes", required(something), [nothing])
    assert result.counts["lenient"] == Counts(fp=1, fn=1)
    assert result.counts["content"] == Counts(fn=3)
    result = count("quotes", required(nothing), [something])
    assert result.counts["lenient"] == Counts(fp=1, fn=1)
    assert result.counts["content"] == Counts(fp=3)


def test_content_of_a_failed_request_is_missed() -> None:
    gold = required({"text": "we will respond", "speaker": None})
    result = count("quotes", gold, [], failures={"quotes": Failure("timeout", "60 s")})
    assert result.counts == {
        "strict": Counts(fn=1),
        "lenient": Counts(fn=1),
        "content": Counts(fn=3),
    }


def test_outcomes_are_of_claims() -> None:
    assert set(count("quotes", [], []).outcomes) == set(CLAIM_LEVELS)


def test_field_counts_add_up() -> None:
    assert FieldCounts(1, 2) + FieldCounts(2, 5) == FieldCounts(3, 7)


def test_the_levels_are_aligned_apart() -> None:
    # Leniently, two pairs are possible if the exact prediction takes the looser gold claim.
    gold = required(date("2021-04-01/2021-04-20"), date("2021-04-01/2021-04-30"))
    predicted = [date("2021-04-01/2021-04-20"), date("2021-04-01/2021-04-10")]
    result = count("dates", gold, predicted)
    assert result.counts["strict"] == Counts(tp=1, fp=1, fn=1)
    assert outcomes(result, "strict")[:2] == [("gold", 0, "tp", 0), ("gold", 1, "fn", None)]
    assert result.counts["lenient"] == Counts(tp=2)
    assert outcomes(result)[:2] == [("gold", 0, "tp", 1), ("gold", 1, "tp", 0)]
    assert [each.similarity for each in result.outcomes["lenient"][:2]] == [10 / 20, 20 / 30]


def test_dates_behind_an_invalid_one_are_found() -> None:
    gold = required(date("never"), date(DAYS[0]), date(DAYS[1]))
    predicted = [date("never"), date(DAYS[1]), date(DAYS[0])]
    result = count("dates", gold, predicted)
    assert result.counts["lenient"] == Counts(tp=2, fp=1, fn=1)


@pytest.mark.parametrize("value", ["15 April 2021", "never"])
def test_an_invalid_date_is_found_by_nothing(value: str) -> None:
    result = count("dates", required(date(DAYS[0])), [date(value)])
    assert result.counts["lenient"] == Counts(fp=1, fn=1)
    assert count("dates", required(date(value)), [date(value)]).counts["lenient"] == Counts(
        fp=1, fn=1
    )


def test_null_is_found_by_null_in_the_anchor_too() -> None:
    nothing, somebody = {"name": None, "kind": "person"}, {"name": "Ann Orvik", "kind": "person"}
    result = count("actors", [BIDEN, *required(nothing), PUTIN], [nothing, dict(PUTIN.values)])
    assert result.counts == dict.fromkeys(CLAIM_LEVELS, Counts(tp=2, fn=1))
    assert outcomes(result)[:3] == [
        ("gold", 0, "fn", None),
        ("gold", 1, "tp", 0),
        ("gold", 2, "tp", 1),
    ]
    result = count("actors", required(nothing), [somebody])
    assert result.counts["lenient"] == Counts(fp=1, fn=1)
    result = count("quotes", required(said(None, None)), [said(None, None)])
    assert result.counts["strict"] == Counts(tp=1)


def test_null_in_the_place_of_a_name_is_found_where_gold_accepts_it() -> None:
    gold: Mapping[str, Any] = {"name": "Kesh Union", "kind": "state"}
    unnamed = {"name": None, "kind": "state"}
    assert count("actors", required(gold), [unnamed]).counts["lenient"] == Counts(fp=1, fn=1)
    accepting = GoldClaim(gold, accept={"name": [None]})
    assert count("actors", [accepting], [unnamed]).counts["strict"] == Counts(tp=1)
    # It is right for the one of them alone.
    both = [*required({"name": "Veyland", "kind": "state"}), accepting]
    result = count("actors", both, [unnamed])
    assert result.counts["strict"] == Counts(tp=1, fn=1)
    assert outcomes(result)[1] == ("gold", 1, "tp", 0)


def test_an_unsupported_claim_has_no_partner() -> None:
    gold: Mapping[str, Any] = {"name": "Joe Biden", "kind": "person"}
    predicted = {"name": "Ursula von der Leyen", "kind": "person"}
    # The kind alone makes a mean of one half, but the anchor is not alike.
    assert count("actors", required(gold), [predicted]).counts["lenient"] == Counts(fp=1, fn=1)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collection_of_cycles_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch, *, is_enabled: bool
) -> None:
    gold = Gold("a", {"dates": (GoldClaim({"value": "2021", "text": "2021"}),)})
    prediction = Prediction("a", {"dates": []})
    seen = []
    monkeypatch.setattr(counts, "compare_claims", lambda *_: seen.append(gc.isenabled()))
    (gc.enable if is_enabled else gc.disable)()
    try:
        with pytest.raises(AttributeError):
            count_article(SCHEMA, gold, prediction, ["dates"])
        assert (seen, gc.isenabled()) == ([False], is_enabled)
    finally:
        gc.enable()


def test_claim_types_that_no_article_has_labelled() -> None:
    assert count_article(SCHEMA, Gold("a", {}), Prediction("a", {"dates": []}), ["dates"]) == []
    assert count_article(SCHEMA, Gold("a", {"dates": ()}), Prediction("a", {}), []) == []
