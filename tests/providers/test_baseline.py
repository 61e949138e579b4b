"""``rules/baseline`` as a provider; what its rules find is tested beside the rules."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import pytest
from asking import SCHEMA, ask, make_request, spec
from pydantic import BaseModel

from harness.claims import ClaimSchema, Compare
from harness.claims.response import response_format
from harness.errors import ConfigurationError
from harness.providers.baseline import BaselineProvider
from harness.records import Article, Bounds, Reply, Request

TEXT = "“We will not wait,” said Ann Lee, the minister of Ruritania. She spoke on 14 June 2031."


class Casualty(BaseModel):
    """A claim type that the rules have never seen."""

    number: Annotated[str, Compare("text", anchor=True)]


class Other(BaseModel):
    """A schema with it."""

    casualties: list[Casualty]


def request(*claim_types: str, text: str = TEXT, bounds: Bounds = Bounds(50, 500)) -> Request:  # noqa: B008
    made = make_request()
    article = Article("a", text, published=date(2031, 6, 16))
    response = response_format(SCHEMA, claim_types or tuple(SCHEMA.types), bounds)
    return Request(made.key, made.unit, article, response, made.messages, {})


def reply_to(asked: Request) -> Reply:
    return ask(BaselineProvider(spec("rules", "baseline")), asked)[0]


def test_the_article_is_read_without_a_model() -> None:
    reply = reply_to(request())
    assert [quote["text"] for quote in reply.claims["quotes"]] == ["We will not wait"]
    assert "2031-06-14" in [each["value"] for each in reply.claims["dates"]]
    assert (reply.failure, reply.invalid_items, reply.reasks) == (None, (), 0)
    [attempt] = reply.attempts
    assert (attempt.outcome, attempt.input_tokens) == ("ok", None)
    assert set(json.loads(reply.raw)) == set(SCHEMA.types)


def test_only_the_claim_types_that_are_asked_for_are_returned() -> None:
    assert set(reply_to(request("dates")).claims) == {"dates"}


def test_the_same_article_gives_the_same_claims() -> None:
    first, second = reply_to(request()), reply_to(request())
    assert (first.claims, first.raw) == (second.claims, second.raw)


@pytest.mark.parametrize("text", ["", " ", "\n", "“", "”“" * 50, "x" * 10_000, "\ufffd\x00"])
def test_no_text_is_too_strange(text: str) -> None:
    assert reply_to(request(text=text)).failure is None


def test_the_bounds_hold_for_rules_too() -> None:
    reply = reply_to(request("quotes", text=TEXT * 4, bounds=Bounds(1, 5)))
    assert reply.claims["quotes"][0]["text"] == "We wi"
    assert any("cut to 5" in warning for warning in reply.warnings)


def test_there_is_one_set_of_rules() -> None:
    BaselineProvider(spec("rules", "baseline")).check(SCHEMA)
    with pytest.raises(ConfigurationError, match="only rules/baseline"):
        BaselineProvider(spec("rules", "better")).check(SCHEMA)


def test_claim_types_without_rules_are_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="no rules for casualties"):
        BaselineProvider(spec("rules", "baseline")).check(ClaimSchema.from_class(Other))


def test_nothing_is_sent_and_the_identity_is_that_of_the_rules() -> None:
    provider = BaselineProvider(spec("rules", "baseline", temperature=1))
    assert provider.parameters == {}
    identity = provider.identity()
    assert list(identity) == ["rules"]
    assert len(identity["rules"]) == 64
    assert provider.identity() == identity
