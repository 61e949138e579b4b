"""How well repeats agree with each other, and two labellers."""

from __future__ import annotations

from collections.abc import Sequence

from harness.evaluate import Agreement, as_prediction, repeat_agreement
from harness.records import Claim, Counts, Failure, Gold, GoldClaim, InvalidItem, Prediction
from harness.scoring import score

from .builders import SCHEMA, days, labelled, predicted, run

FAILED = Failure("timeout", "60 s")


def actor(name: str) -> Claim:
    return {"name": name, "kind": "person", "role": None}


def quote(speaker: str | None, text: str = "We will wait for brass") -> Claim:
    return {"text": text, "speaker": speaker}


GOLD = Gold(
    "a",
    {
        "actors": (
            GoldClaim(actor("Ada Lovelace"), aliases=("the countess", "A.L.")),
            GoldClaim(actor("Charles Babbage")),
        ),
        "quotes": (GoldClaim(quote("Ada Lovelace")),),
    },
)


def agreement(
    replies: Sequence[Prediction], *gold: Gold, types: Sequence[str] = ("dates",)
) -> dict[tuple[str, str], Agreement]:
    return dict(repeat_agreement(replies, {each.article_id: each for each in gold}, SCHEMA, types))


def f1(found: Agreement) -> float:
    return score(found.counts).f1


def test_replies_that_are_alike_agree_whatever_the_gold() -> None:
    replies = [predicted("a", 1, 8, 9, repeat=repeat) for repeat in range(2)]
    found = agreement(replies, labelled("a", 2))
    assert found == {
        ("dates", "strict"): Agreement(Counts(tp=3), 1),
        ("dates", "lenient"): Agreement(Counts(tp=3), 1),
    }


def test_replies_that_differ_agree_by_what_they_share() -> None:
    replies = [predicted("a", 1, 2), predicted("a", 2, 3, 4, repeat=1)]
    found = agreement(replies, labelled("a", 1))["dates", "lenient"]
    assert found == Agreement(Counts(tp=1, fp=2, fn=1), 1)
    assert f1(found) == 2 / 5


def test_every_two_replies_of_every_article_are_compared() -> None:
    replies = [
        *(predicted("a", 1, repeat=repeat) for repeat in range(3)),
        *(predicted("b", repeat, repeat=repeat) for repeat in (5, 6)),
        predicted("c", 1),
    ]
    found = agreement(replies, *(labelled(each, 1) for each in "abc"))["dates", "strict"]
    assert found == Agreement(Counts(tp=3, fp=1, fn=1), 4)


def test_order_of_the_replies_changes_nothing() -> None:
    replies = [predicted("a", 1), predicted("a", 1, 2, repeat=1), predicted("a", repeat=2)]
    expected = agreement(replies, labelled("a"))
    assert expected["dates", "strict"].counts == Counts(tp=1, fp=1, fn=3)
    assert agreement(replies[::-1], labelled("a")) == expected


def test_a_failed_reply_is_left_out() -> None:
    replies = [
        predicted("a", 1, repeat=0),
        predicted("a", repeat=1, failed=True),
        predicted("a", 1, repeat=2),
    ]
    assert agreement(replies, labelled("a", 1))["dates", "strict"] == Agreement(Counts(tp=1), 1)
    assert agreement(replies[:2], labelled("a", 1)) == {}


def test_a_failure_leaves_out_its_own_claim_type_alone() -> None:
    gold = Gold("a", {"dates": (), "quotes": ()})
    claims = {"dates": days(1), "quotes": [quote(None)]}
    replies = [
        Prediction("a", claims),
        Prediction("a", claims, repeat=1, failures={"quotes": FAILED}),
    ]
    assert {name for name, _ in agreement(replies, gold, types=("dates", "quotes"))} == {"dates"}


def test_what_is_not_labelled_or_asked_twice_is_not_compared() -> None:
    replies = [predicted("a", 1), predicted("b", 1), predicted("b", 1, repeat=1)]
    assert agreement(replies, labelled("a", 1)) == {}
    assert agreement(replies, Gold("b", {"quotes": ()})) == {}
    assert agreement(replies, labelled("b", 1), types=("quotes",)) == {}


def test_aliases_of_a_gold_actor_unite_names() -> None:
    replies = [
        Prediction("a", {"actors": [actor("Ada Lovelace")]}),
        Prediction("a", {"actors": [actor("the countess")]}, repeat=1),
        Prediction("a", {"actors": [actor("Charles Babbage")]}, repeat=2),
    ]
    found = agreement(replies[:2], GOLD, types=("actors",))
    assert found["actors", "strict"].counts == Counts(tp=1)
    found = agreement(replies[1:], GOLD, types=("actors",))
    assert found["actors", "lenient"].counts == Counts(fp=1, fn=1)


def speakers(first: str, second: str, *names: str) -> Agreement:
    """Agreement about a quotation whose speaker is named in two ways."""
    actors = [actor(name) for name in names]
    replies = [
        Prediction("a", {"actors": actors, "quotes": [quote(first)]}),
        Prediction("a", {"actors": actors, "quotes": [quote(second)]}, repeat=1),
    ]
    return agreement(replies, GOLD, types=("actors", "quotes"))["quotes", "strict"]


def test_aliases_of_a_gold_actor_unite_speakers() -> None:
    assert speakers("Ada Lovelace", "the countess", "Ada Lovelace").counts == Counts(tp=1)
    assert speakers("the countess", "A.L.", "A.L.").counts == Counts(tp=1)
    other = speakers("the countess", "Charles Babbage", "Ada Lovelace", "Charles Babbage")
    assert other.counts == Counts(fp=1, fn=1)


def test_speakers_are_united_though_the_replies_have_no_such_actor() -> None:
    assert speakers("Ada Lovelace", "the countess").counts == Counts(tp=1)


def test_speakers_are_united_though_a_reply_has_the_actor_twice() -> None:
    found = speakers("Ada Lovelace", "the countess", "Ada Lovelace", "the countess")
    assert found.counts == Counts(tp=1)


def test_replies_that_are_alike_agree_in_their_invalid_items_too() -> None:
    invalid = (InvalidItem("dates", "no value", {}),)
    replies = [
        Prediction("a", {"dates": days(1)}, repeat, invalid_items=invalid) for repeat in range(2)
    ]
    assert f1(agreement(replies, labelled("a", 1))["dates", "strict"]) == 1


def test_agreement_stands_in_the_evaluation() -> None:
    cell = run([predicted("a", 1), predicted("a", 1, 2, repeat=1)], [labelled("a", 1, 2)])
    assert cell.agreement["dates", "lenient"] == Agreement(Counts(tp=1, fp=1), 1)
    assert run([predicted("a", 1)], [labelled("a", 1)]).agreement == {}


# ---- two labellers -----------------------------------------------------------------------------


def test_optional_claims_of_the_other_labeller_count_only_where_both_have_them() -> None:
    mine = labelled("a", 1, 2, 3, optional=[3])
    theirs = labelled("a", 1, 2, 3, 4, 5, optional=[2, 3, 4])
    prediction = as_prediction(theirs, mine, SCHEMA)
    # 4 is optional and mine has it not; 5 is required and stays.
    assert [each["text"] for each in prediction.claims["dates"]] == ["1", "2", "3", "5"]
    row = run([prediction], [mine]).score_of("dates")
    assert row is not None
    assert row.counts == Counts(tp=2, fp=1, set_aside=1)


def test_labeller_as_prediction_of_their_own_gold_is_perfect() -> None:
    own = labelled("a", 1, 2, 3, optional=[2])
    prediction = as_prediction(own, own, SCHEMA)
    assert len(prediction.claims["dates"]) == 3
    row = run([prediction], [own]).score_of("dates", "strict")
    assert row is not None
    assert row.counts == Counts(tp=2, set_aside=1)


def test_types_that_one_labeller_left_out_are_kept_apart() -> None:
    theirs = Gold("a", {"dates": (GoldClaim(days(1)[0], optional=True),), "quotes": ()})
    mine = Gold("a", {"quotes": ()})
    prediction = as_prediction(theirs, mine, SCHEMA)
    assert prediction.article_id == "a"
    assert set(prediction.claims) == {"dates", "quotes"}
    assert not prediction.failures
