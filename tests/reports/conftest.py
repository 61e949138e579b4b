"""A small evaluation that has everything: two cells, repeats, failures, optional gold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.claims import ClaimSchema, load_schema
from harness.evaluate import Evaluation, evaluate
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    CellUsage,
    Claim,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Prediction,
)

GOOD = Cell("good/model", "plain")
BAD = Cell("=HYPERLINK(1)", "[red]terse[/red]")


def actor(name: str, kind: str = "person") -> Claim:
    return {"name": name, "kind": kind, "role": None, "evidence": None}


def quote(text: str, speaker: str | None = None) -> Claim:
    return {"text": text, "speaker": speaker, "evidence": None}


def day(value: str) -> Claim:
    return {"text": value, "value": value, "event": None, "evidence": None}


@pytest.fixture
def schema() -> ClaimSchema:
    return load_schema()


@pytest.fixture
def gold() -> dict[str, Gold]:
    ada = GoldClaim(actor("Ada Lovelace"), aliases=("the countess",))
    charles = GoldClaim(actor("Charles Babbage"))
    royal = GoldClaim(actor("Royal Society", "organization"), optional=True)
    said = GoldClaim(quote("We need far more brass wheels", "Ada Lovelace"))
    return {
        "a1": Gold(
            "a1",
            {
                "actors": (ada, charles, royal),
                "quotes": (said,),
                "dates": (GoldClaim(day("2031-04-15")),),
                "sanctions": (),
            },
        ),
        "a2": Gold(
            "a2",
            {
                "actors": (charles,),
                "quotes": (GoldClaim(quote("No", None)),),
                "dates": (),
                "sanctions": (),
            },
        ),
    }


@pytest.fixture
def evaluation(schema: ClaimSchema, gold: dict[str, Gold]) -> Evaluation:
    types = tuple(schema.types)
    good = [
        Prediction(
            "a1",
            {
                "actors": (actor("the countess"), actor("Royal Society", "organization")),
                "quotes": (quote("We need far more brass wheels", "Charles Babbage"),),
                "dates": (day("2031-04"), day("2031-04-15")),
                "sanctions": (),
            },
        ),
        Prediction("a2", {"actors": (actor("Charles Babbage"),)}, repeat=0),
    ]
    timeout = Failure("timeout", "no answer in 60 s")
    bad = [
        Prediction("a1", {}, repeat=0, failures=dict.fromkeys(types, timeout)),
        Prediction("a1", {"actors": (actor("Nobody"), actor("Ada Lovelace"))}, repeat=1),
        Prediction(
            "a2",
            {"quotes": (quote("No\ud83d"), quote("@SUM(1)\x00\r\n"))},
            repeat=0,
            invalid_items=(InvalidItem("dates", "no value", {"text": "-1"}),),
        ),
        Prediction("a2", {}, repeat=1),
    ]
    return evaluate(
        [
            CellPredictions(BAD, ("actors", "quotes", "dates"), bad),
            CellPredictions(GOOD, types, good),
        ],
        gold,
        schema,
    )


TEXTS = {
    # A no-break space, and a character that is two in UTF-16: neither moves an offset.
    "a1": "\U0001f6a2\U0001f6a2 15\u00a0April 2031: \u201cWe need far more\u00a0brass "
    "wheels\u201d, Charles Babbage said to the Royal Society.",
    "a2": "\u201cNo\u201d was all.",
}


@pytest.fixture
def articles() -> dict[str, Article]:
    """Two articles of one story, in two splits."""
    return {
        "a1": Article("a1", TEXTS["a1"], story="brass", split="dev", tags=("long", "=wire")),
        "a2": Article("a2", TEXTS["a2"], story="brass", split="test", tags=("long",)),
    }


@pytest.fixture
def grounded(
    schema: ClaimSchema, gold: dict[str, Gold], articles: dict[str, Article]
) -> Evaluation:
    """An evaluation of which the articles are known."""
    said = [
        Prediction(
            "a1",
            {
                "actors": (
                    {**actor("Charles Babbage"), "evidence": "all of it"},
                    actor("Nemo"),
                    actor("Acme"),
                ),
                "quotes": (
                    quote("we need far more brass wheels", "the countess"),
                    quote("need far more brass weels", "Ada Lovelace"),
                ),
                "dates": ({**day("2031-04-15"), "text": "15 april"},),
                "sanctions": (sanction("The Royal Society."),),
            },
        ),
        Prediction("a2", {"quotes": (quote("No"),), "actors": ()}),
    ]
    cells = [
        CellPredictions(cell, types, predictions)
        for cell, types, predictions in (
            (GOOD, tuple(schema.types), said),
            (BAD, ("quotes", "actors"), [replace(each, claims={}) for each in said]),
        )
    ]
    prompt_texts = {GOOD.prompt: "For example, Acme."}
    return evaluate(cells, gold, schema, articles, prompt_texts)


def sanction(evidence: str) -> Claim:
    return {
        **dict.fromkeys(("imposer", "target", "effective")),
        **{"measure": "unspecified", "status": "threatened", "evidence": evidence},
    }


@pytest.fixture
def usage() -> dict[Cell, CellUsage]:
    return {GOOD: CellUsage(2, 0, 1, 3, input_tokens=1200, latency_s=0.25)}
