"""Loading schemas: the one that ships, a user's own, and those that are none."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from harness.claims import DEFAULT_SCHEMA, ClaimSchema, Compare, Verbatim, load_schema
from harness.claims.news import NewsClaims
from harness.errors import SchemaError
from harness.evaluate import evaluate
from harness.records import Cell, CellPredictions, Counts, Gold, GoldClaim, Prediction

CASUALTIES = '''
"""Claims about casualties."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harness.claims import Compare, Verbatim


class Casualty(BaseModel):
    """People killed or wounded on one side at one place."""

    place: Annotated[str, Compare("text", anchor=True), Verbatim()]
    number: Annotated[int, Compare("category", key=True)]
    side: Annotated[str, Compare("name", key=True)] | None = None
    fate: Annotated[Literal["killed", "wounded"] | None, Compare("category")] = None


class Losses(BaseModel):
    casualties: list[Casualty] = Field(default_factory=list)


NOT_A_MODEL = 1
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder from which modules are imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


def test_load_the_schema_that_ships() -> None:
    schema = load_schema()
    assert schema.name == DEFAULT_SCHEMA == "harness.claims.news:NewsClaims"
    assert schema == ClaimSchema.from_class(NewsClaims)


def test_load_a_users_own_schema_and_score_with_it(folder: Path) -> None:
    (folder / "own_claims.py").write_text(CASUALTIES, "utf-8")
    schema = load_schema("own_claims:Losses")
    casualties = schema.types["casualties"]
    assert schema.name == "own_claims:Losses"
    assert [field.name for field in casualties.keys] == ["place", "number", "side"]
    assert casualties.anchor.name == "place"
    assert [field.verbatim for field in casualties.fields] == [True, False, False, False]
    assert casualties.fields[2].nullable
    assert casualties.fields[3].vocabulary == ("killed", "wounded")
    assert casualties.guidance == "People killed or wounded on one side at one place."

    gold = Gold(
        "a",
        {
            "casualties": (
                GoldClaim({"place": "near Bakhmut", "number": 16, "side": "Ukraine"}),
                GoldClaim({"place": "Kherson", "number": 2, "side": None}),
                GoldClaim({"place": "Kyiv", "number": 1, "side": "Russia"}, optional=True),
                GoldClaim({"place": "Lviv", "number": 4, "side": "Russia"}),
            )
        },
    )
    predicted = [
        # Exact but for an article in front of the side: strict.
        {"place": "Near Bakhmut,", "number": 16, "side": "the Ukraine", "fate": "killed"},
        # Place 1, number 0, side null for null 1: mean 2/3, lenient only.
        {"place": "Kherson", "number": 3, "side": None},
        # The optional one: set aside.
        {"place": "Kyiv", "number": 1, "side": "Russia"},
        # Place 1, number and side 0: mean 1/3, at no level.
        {"place": "Lviv", "number": 5, "side": "Ukraine"},
    ]
    cell = CellPredictions(
        Cell("m", "p"), ("casualties",), [Prediction("a", {"casualties": predicted})]
    )
    (found,) = evaluate([cell], {"a": gold}, schema).cells
    strict, lenient = (found.score_of("casualties", level) for level in ("strict", "lenient"))
    assert strict is not None
    assert lenient is not None
    assert strict.counts == Counts(tp=1, fp=2, fn=2, set_aside=1)
    assert lenient.counts == Counts(tp=2, fp=1, fn=1, set_aside=1)
    assert lenient.micro.f1 == pytest.approx(2 / 3)
    fields = {name: (each.right, each.n) for (_, name), each in found.fields.items()}
    assert fields == {"place": (2, 2), "number": (1, 2), "side": (2, 2), "fate": (0, 1)}


class Word(BaseModel):
    word: Annotated[str, Compare("text", anchor=True)]


class NoAnchor(BaseModel):
    word: Annotated[str, Compare("text", key=True)]


class TwoAnchors(BaseModel):
    word: Annotated[str, Compare("text", anchor=True)]
    other: Annotated[str, Compare("text", anchor=True)]


class ThroughNothing(BaseModel):
    word: Annotated[str, Compare("name", anchor=True, through="people")]


class ThroughWords(BaseModel):
    word: Annotated[str, Compare("name", anchor=True, through="words")]


class NoSuchTitles(BaseModel):
    word: Annotated[str, Compare("name", anchor=True, titles_in="office")]


class Reserved(BaseModel):
    word: Annotated[str, Compare("text", anchor=True)]
    aliases: list[str] = Field(default_factory=list)


class Empty(BaseModel):
    pass


class WithoutAnchor(BaseModel):
    claims: list[NoAnchor]


class WithTwoAnchors(BaseModel):
    claims: list[TwoAnchors]


class WithThroughNothing(BaseModel):
    claims: list[ThroughNothing]


class WithThroughWords(BaseModel):
    words: list[Word]
    claims: list[ThroughWords]


class WithoutTitles(BaseModel):
    claims: list[NoSuchTitles]


class WithReserved(BaseModel):
    claims: list[Reserved]


class WithOverall(BaseModel):
    overall: list[Word]


class WithStrict(BaseModel):
    claims: list[Word]
    strict: list[Word]


class OneClaim(BaseModel):
    claims: Word


class Texts(BaseModel):
    claims: list[str]


class MaybeList(BaseModel):
    claims: list[Word] | None


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (WithoutAnchor, ["'claims'", "0 anchors"]),
        (WithTwoAnchors, ["'claims'", "2 anchors"]),
        (WithThroughNothing, ["'word'", "'people'"]),
        (WithThroughWords, ["'word'", "'words'"]),
        (WithoutTitles, ["'word'", "'office'"]),
        (WithReserved, ["'claims'", "'aliases'"]),
        (WithOverall, ["'overall'", "reports use this name"]),
        (WithStrict, ["'strict'", "reports use this name"]),
        (OneClaim, ["'claims'", "not a list"]),
        (Texts, ["'claims'", "not a list"]),
        (MaybeList, ["'claims'", "not a list"]),
        (Empty, ["no claim type"]),
    ],
)
def test_a_schema_that_cannot_be_compared(schema: type[BaseModel], said: list[str]) -> None:
    with pytest.raises(SchemaError) as caught:
        ClaimSchema.from_class(schema)
    assert all(part in str(caught.value) for part in [*said, schema.__name__])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("own_claims", "module:Class"),
        (":Losses", "module:Class"),
        ("own_claims:", "module:Class"),
        ("nowhere_to_be_found:Losses", "nowhere_to_be_found"),
        ("own_claims.deeper:Losses", "own_claims.deeper"),
        ("own_claims:Gains", "Gains"),
        ("own_claims:NOT_A_MODEL", "NOT_A_MODEL"),
        ("own_claims:Annotated", "Annotated"),
    ],
)
def test_a_schema_that_is_not_there(folder: Path, path: str, said: str) -> None:
    (folder / "own_claims.py").write_text(CASUALTIES, "utf-8")
    with pytest.raises(SchemaError, match=said):
        load_schema(path)


def test_a_schema_whose_module_is_no_python(folder: Path) -> None:
    (folder / "broken_claims.py").write_text("class Losses(:\n", "utf-8")
    with pytest.raises(SchemaError, match="broken_claims"):
        load_schema("broken_claims:Losses")


def test_a_schema_with_an_unknown_comparator(folder: Path) -> None:
    text = CASUALTIES.replace('Compare("text"', 'Compare("fuzzy"')
    (folder / "fuzzy_claims.py").write_text(text, "utf-8")
    with pytest.raises(SchemaError, match="'fuzzy'"):
        load_schema("fuzzy_claims:Losses")


class Inside(BaseModel):
    word: Annotated[str, Compare("text", anchor=True), Verbatim()] | None = None
    kind: Annotated[Literal["a", "b"] | None, Compare("category", key=True)] = None


class WithInside(BaseModel):
    claims: list[Inside]


def test_annotations_inside_an_optional_type_are_read() -> None:
    word, kind = ClaimSchema.from_class(WithInside).types["claims"].fields
    assert word.compare == Compare("text", anchor=True)
    assert (word.verbatim, word.nullable) == (True, True)
    assert (kind.vocabulary, kind.nullable) == (("a", "b"), True)


@pytest.mark.parametrize("fault", ["1 / 0", "raise SystemExit(0)", "import no_such_module"])
def test_load_schema_fault_in_the_users_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    (tmp_path / "schema_with_a_fault.py").write_text(fault)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SchemaError, match="schema_with_a_fault"):
        load_schema("schema_with_a_fault:Claims")


def test_load_schema_module_beside_the_settings_and_not_in_place_of_a_library(
    tmp_path: Path,
) -> None:
    before = list(sys.path)
    (tmp_path / "json.py").write_text("raise AssertionError")
    (tmp_path / "beside_the_settings.py").write_text(
        "import json\nfrom harness.claims.news import NewsClaims as Mine\n"
    )
    assert list(load_schema("beside_the_settings:Mine", tmp_path).types)
    assert sys.path == before
