"""What makes two scores comparable, and what does not matter to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, create_model

from harness.claims import ClaimSchema, Compare, Verbatim
from harness.evaluate import SCORER_VERSION, Resampling, Signature, gold_hash, scorer_of
from harness.records import Gold, GoldClaim

from .builders import CELL, SCHEMA, evaluated, labelled, predicted

QUOTE = {"text": "We wait", "speaker": "Ada", "evidence": "Ada said so", "event": None}
CLAIM = GoldClaim(QUOTE, accept={"speaker": ["Ada L.", None]}, aliases=("the countess", "Ada"))
OTHER = GoldClaim({**QUOTE, "text": "No"})
GOLD = Gold("a", {"quotes": (CLAIM, OTHER), "dates": ()}, labeller="me", notes="hard")


def with_claim(claim: GoldClaim) -> Gold:
    return replace(GOLD, claims={**GOLD.claims, "quotes": (claim, OTHER)})


@pytest.mark.parametrize(
    "changed",
    [
        with_claim(replace(CLAIM, values={**QUOTE, "text": "We waited"})),
        with_claim(replace(CLAIM, values={**QUOTE, "speaker": None})),
        with_claim(replace(CLAIM, optional=True)),
        with_claim(replace(CLAIM, accept={})),
        with_claim(replace(CLAIM, accept={"speaker": ["Ada L."]})),
        with_claim(replace(CLAIM, accept={"text": ["Ada L.", None]})),
        with_claim(replace(CLAIM, aliases=("the countess",))),
        with_claim(OTHER),
        replace(GOLD, claims={**GOLD.claims, "quotes": (CLAIM,)}),
        replace(GOLD, claims={"quotes": GOLD.claims["quotes"]}),
        replace(GOLD, claims={**GOLD.claims, "actors": ()}),
    ],
    ids=lambda gold: "",
)
def test_gold_hash_changes_with_what_can_move_a_score(changed: Gold) -> None:
    assert gold_hash(changed, SCHEMA) != gold_hash(GOLD, SCHEMA)


@pytest.mark.parametrize(
    "changed",
    [
        replace(GOLD, notes="", labeller=""),
        replace(GOLD, article_id="b"),
        with_claim(replace(CLAIM, values={**QUOTE, "evidence": "elsewhere"})),
        with_claim(replace(CLAIM, values={**QUOTE, "event": "a meeting"})),
        with_claim(
            replace(CLAIM, values={name: QUOTE[name] for name in ("event", "speaker", "text")})
        ),
        with_claim(replace(CLAIM, aliases=CLAIM.aliases[::-1])),
        with_claim(replace(CLAIM, accept={"speaker": [None, "Ada L."]})),
        replace(GOLD, claims={"dates": (), "quotes": (OTHER, CLAIM)}),
    ],
    ids=lambda gold: "",
)
def test_gold_hash_is_that_of_what_is_compared(changed: Gold) -> None:
    assert gold_hash(changed, SCHEMA) == gold_hash(GOLD, SCHEMA)


def test_gold_hash_is_short_and_stays() -> None:
    # A change here makes every result that was ever written incomparable with new ones.
    assert gold_hash(Gold("a", {}), SCHEMA) == "44136fa3"
    assert (
        gold_hash(labelled("a", 1), SCHEMA)
        == gold_hash(labelled("b", 1), SCHEMA)
        != gold_hash(labelled("a", 2), SCHEMA)
    )


# ---- the scorer --------------------------------------------------------------------------------


def schema(
    comparator: str = "text",
    by: str = "category",
    *,
    key: bool = True,
    verbatim: bool = True,
    doc: str = "A thing.",
    role: Any = (str | None, None),  # noqa: ANN401 - how pydantic defines a field
    through: str | None = None,
) -> ClaimSchema:
    """A schema of one claim type with a text and a kind."""
    text = Annotated[str, Compare(comparator, anchor=True)]
    if verbatim:
        text = Annotated[text, Verbatim()]
    kind = Annotated[Literal["x", "y"], Compare(by, key=key, through=through)]
    thing = create_model("Thing", __doc__=doc, text=(text, ...), kind=(kind, ...), role=role)
    return ClaimSchema.from_class(create_model("Things", things=(list[thing], ...)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: schema("name"),
        lambda: schema(by="text"),
        lambda: schema(key=False),
        lambda: schema(role=(Annotated[str, Compare("text")], ...)),
        lambda: SCHEMA,
    ],
    ids=["anchor", "comparator", "key", "another field", "another schema"],
)
def test_scorer_changes_with_keys_and_comparators(make: Callable[[], ClaimSchema]) -> None:
    assert scorer_of(make()) != scorer_of(schema())


def test_scorer_changes_with_what_names_resolve_through() -> None:
    class Person(BaseModel):
        name: Annotated[str, Compare("name", anchor=True)]

    def of(through: str | None) -> str:
        said = create_model(
            "Said",
            text=(Annotated[str, Compare("text", anchor=True)], ...),
            by=(Annotated[str, Compare("name", key=True, through=through)], ...),
        )
        both = create_model("Both", people=(list[Person], ...), said=(list[said], ...))
        return scorer_of(ClaimSchema.from_class(both))

    assert of("people") != of(None)


def test_scorer_stays_where_only_words_change() -> None:
    expected = scorer_of(schema())
    assert scorer_of(schema(doc="Another thing.")) == expected
    # A field that is not compared.
    assert scorer_of(schema(role=(int, 1))) == expected
    assert expected.split("|")[0] == f"scorer:{SCORER_VERSION}"


# ---- the whole ---------------------------------------------------------------------------------


def test_signature_is_over_the_articles_that_it_is_asked_for() -> None:
    one = Signature("s", {"a": "1", "b": "2"}, Resampling())
    more = Signature("s", {"c": "3", "b": "2", "a": "1"}, Resampling())
    assert one.over(["a", "b"]) == more.over(["b", "a"]) == more.over(iter(["b", "a", "gone"]))
    assert more.over(["a", "c"]) != one.over(["a", "b"])
    assert more.over("abc") != one.over("abc")
    # The same gold, but of other articles.
    assert Signature("s", {"b": "1", "c": "2"}, Resampling()).over("bc") != one.over("ab")
    assert Signature("s", {"a": "2", "b": "1"}, Resampling()).over("ab") != one.over("ab")


def test_signature_records_what_need_not_agree() -> None:
    parts = [
        Signature("s", {"a": "1"}, resampling).over("a").split("|")
        for resampling in (Resampling(), Resampling(3, 99))
    ]
    assert parts[0][:3] == parts[1][:3]
    assert [part.split(":")[0] for part in parts[0]] == [
        *("s", "gold", "articles", "seed", "resamples", "version")
    ]
    assert parts[1][2:5] == ["articles:1", "seed:3", "resamples:99"]


def test_signature_of_an_evaluation_is_that_of_its_gold_and_schema() -> None:
    gold = [labelled("b", 1), labelled("a", 2)]
    one = evaluated({CELL: [predicted("a", 2)]}, gold).signature
    other = evaluated({CELL: [predicted("b")]}, gold[::-1]).signature
    assert one.over("ab") == other.over("ab")
    assert one.scorer == scorer_of(SCHEMA)
    assert one.gold == {each.article_id: gold_hash(each, SCHEMA) for each in gold}
