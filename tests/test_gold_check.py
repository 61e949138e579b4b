"""The check of gold against its articles: what it finds, what it says, and what it lets pass."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from harness.claims import ClaimSchema, Compare, Verbatim, load_schema
from harness.errors import Problem
from harness.gold_check import check_gold
from harness.records import Article, Gold, GoldClaim

NEWS = load_schema()


class Casualty(BaseModel):
    """People killed or wounded."""

    number: Annotated[int, Compare("category", key=True)]
    place: Annotated[str, Compare("text", key=True, anchor=True), Verbatim()]
    side: Annotated[str | None, Compare("name", key=True, through="forces")] = None


class Force(BaseModel):
    """A side of the fighting."""

    title: Annotated[str, Compare("name", key=True, anchor=True), Verbatim()]


class War(BaseModel):
    """A schema of somebody else."""

    casualties: list[Casualty] = Field(default_factory=list)
    forces: list[Force] = Field(default_factory=list)


WAR = ClaimSchema.from_class(War)

TEXT = (
    "The US president, Joe Biden, spoke on Thursday. "
    "“We will respond,” Mr. Biden said\u00a0there.\n"
    "Russia\u2019s Vladimir Putin disagreed because the United States imposed a ban on 15 April."
)
ARTICLES = {"a": Article("a", TEXT)}
SAID = "“We will respond,” Mr. Biden said\u00a0there."

BIDEN = {
    "name": "Joe Biden",
    "kind": "person",
    "role": "US president",
    "evidence": "Joe Biden, spoke on Thursday",
}
PUTIN = {"name": "Vladimir Putin", "kind": "person", "role": None, "evidence": "Vladimir Putin"}
STATE = {"name": "United States", "kind": "state", "role": None, "evidence": "the United States"}
QUOTE = {"text": "We will respond", "speaker": "Joe Biden", "evidence": SAID}
DATE = {"text": "Thursday", "value": "2021-04-15", "event": "he spoke", "evidence": "on Thursday"}
SANCTION = {
    "imposer": "United States",
    "target": None,
    "measure": "unspecified",
    "status": "imposed",
    "effective": "2021-04-15",
    "evidence": "the United States imposed a ban",
}


def gold_of(**claims: Sequence[Mapping[str, Any]]) -> Gold:
    """Gold of article a, its claims written as in a file."""
    return Gold("a", {name: tuple(map(gold_claim, items)) for name, items in claims.items()})


def gold_claim(written: Mapping[str, Any]) -> GoldClaim:
    own = {"optional", "accept", "aliases"}
    return GoldClaim(
        {name: value for name, value in written.items() if name not in own},
        **{name: value for name, value in written.items() if name in own},
    )


def checked(
    gold: Gold, articles: Mapping[str, Article] = ARTICLES, schema: ClaimSchema = NEWS
) -> list[str]:
    return [str(problem) for problem in check_gold({gold.article_id: gold}, articles, schema)]


def whole_gold() -> dict[str, list[dict[str, Any]]]:
    return {
        "actors": [
            {**BIDEN, "aliases": ["Mr. Biden", "The US president"]},
            PUTIN,
            {**STATE, "aliases": ["US"]},
        ],
        "quotes": [QUOTE],
        "dates": [DATE],
        "sanctions": [{**SANCTION, "accept": {"imposer": ["Washington"]}}],
    }


def test_check_finds_nothing_in_good_gold() -> None:
    gold = gold_of(**whole_gold())
    assert checked(gold) == []
    assert check_gold({}, ARTICLES, NEWS) == []


MISSING = "is missing: copy the part of the article that shows the claim"
LETTER = "copy it from there to the letter"


@pytest.mark.parametrize(
    ("claim_type", "changes", "expected"),
    [
        # Verbatim fields
        ("quotes", {"evidence": None}, f"quotes[0].evidence: {MISSING}"),
        ("quotes", {"evidence": " "}, f"quotes[0].evidence: {MISSING}"),
        ("dates", {"evidence": None, "optional": True}, f"dates[0].evidence: {MISSING}"),
        ("quotes", {"text": "We pay"}, f'quotes[0].text: "We pay" is not in the article: {LETTER}'),
        (
            "quotes",
            {"evidence": '"We will respond," Mr. Biden said there.'},
            'quotes[0].evidence: "\\"We will respond,\\" Mr. Biden said there." is not in the '
            "article to the letter; the article has "
            '"“We will respond,” Mr. Biden said\\u00a0there.": copy it to the letter',
        ),
        (
            "quotes",
            {"text": "we  WILL respond!"},
            'quotes[0].text: "we  WILL respond!" is not in the article to the letter; '
            'the article has "We will respond": copy it to the letter',
        ),
        ("dates", {"text": "Friday"}, f'dates[0].text: "Friday" is not in the article: {LETTER}'),
        ("dates", {"text": " "}, "dates[0].text: cannot be compared (is empty): correct it"),
        (
            "actors",
            {"name": "Joseph Biden"},
            f'actors[0].name: "Joseph Biden" is not in the article: {LETTER}',
        ),
        (
            "actors",
            {"role": "x" * 300, "evidence": "y" * 300},
            f'actors[0].evidence: "{"y" * 79}... is not in the article: {LETTER}',
        ),
        # Values that can be compared
        (
            "dates",
            {"value": "2021-13"},
            "dates[0].value: cannot be compared ('2021-13' is not an EDTF value",
        ),
        (
            "sanctions",
            {"effective": "15 April"},
            "sanctions[0].effective: cannot be compared ('15 April' is not an EDTF value",
        ),
        ("sanctions", {"target": ""}, "sanctions[0].target: cannot be compared (is empty)"),
        # Names
        (
            "quotes",
            {"speaker": "the Kremlin"},
            f'quotes[0].speaker: "the Kremlin" is not in the article: {LETTER}, '
            "or write a name or alias that actors have",
        ),
        (
            "sanctions",
            {"imposer": "russia\u2019s"},
            'sanctions[0].imposer: "russia\u2019s" is not in the article to the letter; '
            'the article has "Russia\u2019s": copy it to the letter, or write',
        ),
        # Other right values
        (
            "dates",
            {"accept": {"value": ["2021-04", "soon"]}},
            "dates[0].accept.value[1]: cannot be compared ('soon' is not an EDTF value",
        ),
        # Aliases
        (
            "actors",
            {"aliases": ["Biden", "Sleepy Joe"]},
            f'actors[0].aliases[1]: "Sleepy Joe" is not in the article: {LETTER}',
        ),
        (
            "actors",
            {"aliases": ["BIDEN"]},
            'actors[0].aliases[0]: "BIDEN" is not in the article to the letter; '
            'the article has "Biden": copy it to the letter',
        ),
        ("actors", {"aliases": [""]}, "actors[0].aliases[0]: is empty: remove it"),
    ],
)
def test_check_finds_one_thing(claim_type: str, changes: dict[str, object], expected: str) -> None:
    claims = whole_gold()
    claims[claim_type][0] = {**claims[claim_type][0], **changes}
    (problem,) = checked(gold_of(**claims))
    assert problem.startswith(f"a.json: {expected}")


@pytest.mark.parametrize(
    ("claim_type", "changes"),
    [
        ("quotes", {"speaker": None}),
        ("quotes", {"speaker": "President Biden"}),  # an alias but for its title
        ("quotes", {"speaker": "the United States"}),
        ("sanctions", {"imposer": "Russia"}),  # no actor, but in the article
        ("sanctions", {"target": "words of the labeller"}),
        ("dates", {"event": "words of the labeller"}),
        ("actors", {"role": "words of the labeller"}),
        ("actors", {"aliases": ["Mr. Biden", "Joe Biden", "Biden", "Biden"]}),
        ("sanctions", {"effective": None, "accept": {"effective": [None, "2021-04"]}}),
    ],
)
def test_check_lets_pass(claim_type: str, changes: dict[str, object]) -> None:
    claims = whole_gold()
    claims[claim_type][0] = {**claims[claim_type][0], **changes}
    assert checked(gold_of(**claims)) == []


@pytest.mark.parametrize(
    ("claim_type", "again", "keys"),
    [
        ("actors", {**BIDEN, "name": "Joe Biden,", "role": None}, "name, kind"),
        ("quotes", {**QUOTE, "text": "We will respond,", "evidence": SAID}, "text, speaker"),
        ("quotes", {**QUOTE, "speaker": "Mr. Biden"}, "text, speaker"),
        ("dates", {**DATE, "text": "15 April", "value": "2021-04-15/2021-04-15"}, "value"),
        ("sanctions", {**SANCTION, "effective": None}, "imposer, target, measure, status"),
        ("sanctions", {**SANCTION, "imposer": "US"}, "imposer, target, measure, status"),
    ],
)
def test_check_finds_a_claim_that_is_listed_twice(
    claim_type: str, again: dict[str, object], keys: str
) -> None:
    claims = whole_gold()
    number = len(claims[claim_type])
    claims[claim_type].append(again)
    assert checked(gold_of(**claims)) == [
        f"a.json: {claim_type}[{number}]: is the same claim as {claim_type}[0] (by {keys}): "
        "list a claim once"
    ]


@pytest.mark.parametrize(
    ("claim_type", "other"),
    [
        ("quotes", {**QUOTE, "speaker": "Vladimir Putin"}),
        ("quotes", {**QUOTE, "speaker": None}),
        ("dates", {**DATE, "value": "2021-04"}),
        ("sanctions", {**SANCTION, "target": "15"}),
        ("sanctions", {**SANCTION, "status": "lifted"}),
    ],
)
def test_check_lets_claims_differ_in_one_key(claim_type: str, other: dict[str, object]) -> None:
    claims = whole_gold()
    claims[claim_type].append(other)
    assert checked(gold_of(**claims)) == []


def test_check_calls_values_that_compare_to_nothing_the_same_when_they_are() -> None:
    gold = gold_of(dates=[{**DATE, "value": "soon"}, {**DATE, "value": "Soon"}])
    assert [problem.partition(": cannot")[0] for problem in checked(gold)] == [
        "a.json: dates[0].value",
        "a.json: dates[1].value",
        "a.json: dates[1]: is the same claim as dates[0] (by value): list a claim once",
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"aliases": ["Biden"]}, {"aliases": ["Mr. Biden"]}, '.aliases[0]: "Mr. Biden"'),
        ({"aliases": []}, {"aliases": ["Joe Biden"]}, '.aliases[0]: "Joe Biden"'),
        ({"aliases": ["Vladimir Putin"]}, {"aliases": []}, '.name: "Vladimir Putin"'),
        ({"aliases": []}, {"name": "Joe Biden", "kind": "state"}, '.name: "Joe Biden"'),
    ],
)
def test_check_finds_names_that_two_actors_share(
    first: dict[str, object], second: dict[str, object], expected: str
) -> None:
    gold = gold_of(actors=[{**BIDEN, **first}, {**PUTIN, **second}])
    assert checked(gold) == [
        f"a.json: actors[1]{expected} is a name of actors[0] too: leave it with one"
    ]


def test_check_finds_whole_words_only_when_it_quotes_the_article() -> None:
    # "US" is in "because" but for its case; the article is not quoted with half a word.
    articles = {"a": Article("a", "Joe Biden spoke because he had to.")}
    actor = {**BIDEN, "aliases": ["US"], "evidence": "Joe Biden spoke"}
    assert checked(gold_of(actors=[actor]), articles) == [
        f'a.json: actors[0].aliases[0]: "US" is not in the article: {LETTER}'
    ]


@pytest.mark.parametrize(
    ("text", "value", "wording"),
    [
        ("a cafe\u0301 there", "caf\u00e9 there", "cafe\\u0301 there"),
        ("one\r\n\r\n  two", "one two", "one\\r\\n\\r\\n  two"),
        ("he\u2026 said", "he... said", "he… said"),
        ("Re\u2011sign", "Re-sign", "Re\u2011sign"),
        ("the \u2018end\u2019", "'end'", "\u2018end\u2019"),
        ("said “pay.” Then", '"pay"', "pay"),
        ("a\u200bb c", "ab c", "a\\u200bb c"),
        ("Straße", "STRASSE", "Straße"),
    ],
)
def test_check_quotes_the_articles_own_wording(text: str, value: str, wording: str) -> None:
    articles = {"a": Article("a", f"Start {text}, end.")}
    gold = gold_of(dates=[{**DATE, "text": "end", "evidence": value}])
    (problem,) = checked(gold, articles)
    assert f'the article has "{wording}": copy it' in problem.replace("\u0301", "\\u0301")


def test_check_without_the_article_still_checks_the_rest() -> None:
    gold = gold_of(dates=[{**DATE, "text": "anything", "value": "soon"}])
    missing, value = checked(gold, {})
    assert missing == (
        "a.json: article_id: there is no article 'a': correct the id, or add the article"
    )
    assert value.startswith("a.json: dates[0].value: cannot be compared")


def test_check_finds_what_loading_would_have_refused() -> None:
    actor = {**BIDEN, "kind": "club", "name": None}
    gold = Gold(
        "a",
        {
            "trees": (),
            "actors": (GoldClaim(actor, accept={"kind": ("x",), "evidence": ("y",)}),),
            "dates": (GoldClaim(DATE, accept={"value": (None,)}, aliases=("Thursday",)),),
        },
    )
    found = checked(gold)
    expected = [
        "a.json: trees: is no claim type of harness.claims.news:NewsClaims: it has actors, quotes",
        "a.json: actors[0].name: is null: give a value",
        'a.json: actors[0].kind: "club" is outside the vocabulary: choose one of person, org',
        'a.json: actors[0].accept.kind[0]: "x" is outside the vocabulary: choose one of person',
        "a.json: actors[0].accept.evidence: is no compared field: name one of name, kind, role",
        "a.json: dates[0].accept.value[0]: is null: give a value",
        "a.json: dates[0].aliases: dates have no aliases: remove them",
    ]
    assert len(found) == len(expected)
    for problem, part in zip(found, expected, strict=True):
        assert problem.startswith(part)


def test_check_names_files_as_it_is_told() -> None:
    gold = gold_of(dates=[{**DATE, "evidence": None}])
    found = check_gold({"a": gold}, ARTICLES, NEWS, where=lambda article_id: f"gold/{article_id}")
    assert found == [Problem("gold/a: dates[0].evidence", MISSING)]


def test_check_reports_in_the_order_of_gold_and_claims() -> None:
    claims = gold_of(
        quotes=[{**QUOTE, "text": "?"}, QUOTE, QUOTE], actors=[{**PUTIN, "name": "X"}]
    ).claims
    found = check_gold(
        {"b": Gold("b", claims), "a": Gold("a", claims)},
        {**ARTICLES, "b": Article("b", TEXT)},
        NEWS,
    )
    assert [problem.where for problem in found] == [
        f"{name}.json: {place}"
        for name in ("b", "a")
        for place in ("quotes[0].text", "quotes[2]", "actors[0].name")
    ]


# --- a schema of somebody else


def test_other_schema_has_its_problems_found() -> None:
    gold = gold_of(
        casualties=[
            {"number": 2, "place": "stanleyville", "side": "Blues"},
            {"number": 2, "place": "Stanleyville", "side": "Blues"},
            {"number": 3, "place": "Stanleyville", "side": None},
        ],
        forces=[{"title": "Red Army"}, {"title": "Reds", "aliases": ["Red Army"]}],
    )
    articles = {"a": Article("a", "The Red Army, the Reds, left Stanleyville.")}
    assert [problem.where for problem in check_gold({"a": gold}, articles, WAR)] == [
        "a.json: casualties[0].place",
        "a.json: casualties[0].side",
        "a.json: casualties[1].side",
        "a.json: casualties[1]",
        "a.json: forces[1].aliases[0]",
    ]
