"""Gold files: their form, and the way from a file to the record and back."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.claims import ClaimSchema, Compare, Verbatim, load_schema
from harness.errors import GoldError
from harness.gold import dump_gold, gold_json_schema, gold_model, load_gold
from harness.records import Gold, GoldClaim

NEWS = load_schema()


class Casualty(BaseModel):
    """People killed or wounded."""

    number: Annotated[int, Compare("category", key=True), Field(gt=0)]
    place: Annotated[str, Compare("text", key=True, anchor=True), Verbatim()]
    side: Annotated[str | None, Compare("name", key=True, through="forces")] = None

    @field_validator("place")
    @classmethod
    def _check_place(cls, place: str) -> str:
        if place == "-":
            raise ValueError("is no place")
        return place


class Position(BaseModel):
    """A part of a claim that is no text."""

    model_config = ConfigDict(extra="forbid")

    north: float


class Force(BaseModel):
    """A side of the fighting."""

    title: Annotated[str, Compare("name", key=True, anchor=True), Verbatim()]
    position: Position | None = None


class War(BaseModel):
    """A schema of somebody else."""

    casualties: list[Casualty] = Field(default_factory=list)
    forces: list[Force] = Field(default_factory=list)


WAR = ClaimSchema.from_class(War)

BIDEN = {
    "name": "Joe Biden",
    "kind": "person",
    "role": "US president",
    "evidence": "Joe Biden, spoke on Thursday",
}
PUTIN = {"name": "Vladimir Putin", "kind": "person", "role": None, "evidence": "Vladimir Putin"}
QUOTE = {"text": "We will respond", "speaker": "Joe Biden", "evidence": "Mr. Biden said"}
DATE = {"text": "Thursday", "value": "2021-04-15", "event": "he spoke", "evidence": "on Thursday"}
SANCTION = {
    "imposer": "United States",
    "target": None,
    "measure": "unspecified",
    "status": "imposed",
    "effective": "2021-04-15",
    "evidence": "the United States imposed a ban",
}


def gold_file(folder: Path, name: str = "a.json", **parts: object) -> Path:
    """Write a gold file with these parts in the place of the usual ones."""
    folder.mkdir(exist_ok=True)
    whole = {"article_id": "a", "labeller": "ab", "claims": {}, "notes": "", **parts}
    (folder / name).write_text(json.dumps(whole), encoding="utf-8")
    return folder / name


def load_one(path: Path, schema: ClaimSchema = NEWS, **claims: object) -> Gold:
    return load_gold(gold_file(path, claims=claims), schema)["a"]


def problems(path: Path, schema: ClaimSchema = NEWS) -> list[str]:
    with pytest.raises(GoldError) as caught:
        load_gold(path, schema)
    return [str(problem).removeprefix(f"{path}/") for problem in caught.value.problems]


def one_problem(path: Path) -> str:
    (problem,) = problems(path)
    return problem


# --- loading


def test_load_keeps_every_field_and_separates_what_is_gold_only(tmp_path: Path) -> None:
    gold_file(
        tmp_path,
        labeller="first pass",
        notes="hard",
        claims={
            "actors": [{**BIDEN, "aliases": ["Mr. Biden"]}],
            "dates": [],
            "sanctions": [
                {**SANCTION, "optional": True, "accept": {"imposer": ["US", None], "status": []}}
            ],
        },
    )
    assert load_gold(tmp_path, NEWS) == {
        "a": Gold(
            "a",
            {
                "actors": (GoldClaim(BIDEN, aliases=("Mr. Biden",)),),
                "dates": (),
                "sanctions": (GoldClaim(SANCTION, True, {"imposer": ("US", None)}),),
            },
            "first pass",
            "hard",
        )
    }


def test_load_reads_the_least_that_a_file_must_have(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('\ufeff{"article_id": "a", "claims": {}}', encoding="utf-8")
    assert load_gold(tmp_path, NEWS) == {"a": Gold("a", {})}


def test_load_fills_in_defaults_of_the_claim(tmp_path: Path) -> None:
    gold = load_one(tmp_path, actors=[{"name": "Joe Biden", "kind": "person"}])
    expected = {"name": "Joe Biden", "kind": "person", "role": None, "evidence": None}
    assert gold.claims["actors"][0].values == expected
    assert list(gold.claims["actors"][0].values) == list(expected)


def test_load_lets_editors_have_their_schema_key(tmp_path: Path) -> None:
    written = {"$schema": "../gold.schema.json", "article_id": "a", "claims": {}}
    (tmp_path / "a.json").write_text(json.dumps(written))
    assert load_gold(tmp_path, NEWS) == {"a": Gold("a", {})}


def test_load_reads_one_file_or_a_folder_in_the_order_of_names(tmp_path: Path) -> None:
    gold_file(tmp_path, "b%2F1.json", article_id="b/1")
    gold_file(tmp_path, "a.json")
    (tmp_path / "README.md").write_text("no gold")
    (tmp_path / "._a.json").write_bytes(b"\0\5\x16\7 what another program left here")
    assert list(load_gold(tmp_path, NEWS)) == ["a", "b/1"]
    assert list(load_gold(tmp_path / "b%2F1.json", NEWS)) == ["b/1"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"article_id": 5}, ["a.json: article_id: should be a valid string, not 5"]),
        ({"claims": None}, ["a.json: claims: should be an object, not null"]),
        (
            {"note": "x"},
            ["a.json: note: is unknown: correct it to one of article_id, labeller, claims"],
        ),
        ({"claims": {"actors": None}}, ["a.json: actors: should be a valid array, not null"]),
        (
            {"claims": {"quote": []}},
            ["a.json: quote: is unknown: correct it to one of actors, quotes, dates, sanctions"],
        ),
        (
            {"claims": {"quotes": [QUOTE, QUOTE, {"speaker": 7}]}},
            [
                "a.json: quotes[2].text: is missing: add it",
                "a.json: quotes[2].speaker: should be a valid string, not 7",
            ],
        ),
        (
            {"claims": {"quotes": [{**QUOTE, "aliases": []}]}},
            ["a.json: quotes[0].aliases: is unknown: correct it to one of text, speaker, evidence"],
        ),
        (
            {"claims": {"actors": [{**BIDEN, "kind": "club"}]}},
            ["a.json: actors[0].kind: should be 'person', 'organization' or 'state', not \"club\""],
        ),
        (
            {"claims": {"actors": [{**BIDEN, "aliases": [1]}]}},
            ["a.json: actors[0].aliases[0]: should be a valid string, not 1"],
        ),
        (
            {"claims": {"dates": [{**DATE, "optional": "yes"}]}},
            ['a.json: dates[0].optional: should be a valid boolean, not "yes"'],
        ),
        (
            {"claims": {"dates": [{**DATE, "accept": {"event": ["x"]}}]}},
            ["a.json: dates[0].accept.event: is unknown: correct it to one of text, value"],
        ),
        (
            {"claims": {"sanctions": [{**SANCTION, "accept": {"measure": ["fine"]}}]}},
            ["a.json: sanctions[0].accept.measure[0]: should be 'financial_restriction'"],
        ),
        (
            {"claims": {"dates": [{**DATE, "accept": {"value": "2021"}}]}},
            ['a.json: dates[0].accept.value: should be a valid array, not "2021"'],
        ),
        (
            {"claims": {"dates": [{**DATE, "accept": {"value": [None]}}]}},
            ["a.json: dates[0].accept.value[0]: should be a valid string, not null"],
        ),
        (
            {"article_id": "b"},
            ["a.json: article_id: 'b' is the article of b.json: correct id or file name"],
        ),
    ],
)
def test_load_reports_form_with_its_place(
    tmp_path: Path, parts: dict[str, Any], expected: list[str]
) -> None:
    gold_file(tmp_path, **parts)
    found = problems(tmp_path)
    assert len(found) == len(expected)
    for problem, part in zip(found, expected, strict=True):
        assert problem.startswith(part)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "a.json: is not JSON (Expecting value: line 1 column 1"),
        (b'{"article_id": "a",\n}', "a.json: is not JSON ("),
        (b"[" * 200_000, "a.json: is nested too deeply to be gold"),
        (b"[" * 400 + b"]" * 400, "a.json: is nested too deeply to be gold"),
        (b'{"article_id": "\\ud800", "claims": {}}', "a.json: is not JSON ("),
        (b'{"article_id": "\xe9"}', "a.json: byte 16 (0xe9) is not UTF-8"),
        (b"[]", "a.json: should be an object, not []"),
        (
            b'{"article_id": "a", "claims": {"dates": [], "dates": []}}',
            "a.json: an object has the key 'dates' twice: keep one",
        ),
    ],
)
def test_load_reports_broken_file(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "a.json").write_bytes(data)
    assert one_problem(tmp_path).startswith(expected)


def test_load_reports_all_problems_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    gold_file(tmp_path, "b.json", claims={"quotes": [{}], "dates": [{**DATE, "value": 1}]})
    gold_file(tmp_path, "c.json", article_id="d")
    gold_file(tmp_path, "d.json", article_id="d")
    found = problems(tmp_path)
    expected = [
        "a.json: is not JSON (",
        "b.json: quotes[0].text: is missing: add it",
        "b.json: dates[0].value: should be a valid string, not 1",
        "c.json: article_id: 'd' is the article of d.json: correct id or file name",
        f"d.json: article_id: 'd' is that of {tmp_path / 'c.json'} too: keep one file",
    ]
    assert len(found) == len(expected)
    for problem, part in zip(found, expected, strict=True):
        assert problem.startswith(part)


@pytest.mark.parametrize(("name", "expected"), [("gone", "is not there"), ("", "holds no .json")])
def test_load_says_where_no_gold_is(tmp_path: Path, name: str, expected: str) -> None:
    assert expected in one_problem(tmp_path / name)


# --- there and back, and the published form


def test_dump_is_read_back_as_the_same_record(tmp_path: Path) -> None:
    gold = Gold(
        "a/b",
        {
            "sanctions": (GoldClaim(SANCTION, True, {"imposer": ("US", None)}),),
            "actors": (GoldClaim(BIDEN, aliases=("Biden",)), GoldClaim(PUTIN)),
            "quotes": (),
        },
        "ab",
        "none",
    )
    gold_file(tmp_path, "a%2Fb.json", **dump_gold(gold, NEWS))
    loaded = load_gold(tmp_path, NEWS)["a/b"]
    assert loaded == gold
    assert list(loaded.claims) == list(gold.claims)


def test_dump_leaves_out_what_is_empty() -> None:
    gold = Gold("a", {"actors": (GoldClaim(BIDEN, accept={"name": ()}),)})
    assert dump_gold(gold, NEWS) == {
        "article_id": "a",
        "labeller": "",
        "claims": {"actors": [BIDEN]},
        "notes": "",
    }


def test_json_schema_describes_claims_with_the_gold_only_fields() -> None:
    described = json.loads(json.dumps(gold_json_schema(NEWS)))
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert described["title"] == "Gold file of harness.claims.news:NewsClaims"
    assert described["required"] == ["article_id", "claims"]
    assert described["additionalProperties"] is False
    defined = described["$defs"]
    assert set(defined["GoldClaims"]["properties"]) == set(NEWS.types)
    assert "required" not in defined["GoldClaims"]
    assert list(defined["GoldActor"]["properties"])[-3:] == ["optional", "accept", "aliases"]
    assert "aliases" not in defined["GoldQuote"]["properties"]
    assert list(defined["DateAccept"]["properties"]) == ["text", "value"]
    assert defined["GoldActor"]["properties"]["kind"]["enum"][0] == "person"


def test_model_leaves_the_claims_own_model_alone() -> None:
    model = gold_model(NEWS)
    with pytest.raises(ValidationError):
        model.model_validate({"article_id": "a", "claims": {"dates": [{**DATE, "x": 1}]}})
    own = NEWS.types["dates"].model
    assert "optional" not in own.model_fields
    assert own.model_validate({**DATE, "x": 1})


# --- a schema of somebody else


def test_other_schema_is_loaded_dumped_and_published(tmp_path: Path) -> None:
    claims = {
        "casualties": [
            {"number": 2, "place": "Stanleyville", "side": "the Reds", "accept": {"number": [3]}}
        ],
        "forces": [{"title": "Red Army", "position": None, "aliases": ["Reds"]}],
    }
    gold = load_one(tmp_path, WAR, **claims)
    values = {"number": 2, "place": "Stanleyville", "side": "the Reds"}
    accept: Any = {"number": (3,)}
    assert gold.claims["casualties"] == (GoldClaim(values, accept=accept),)
    assert dump_gold(gold, WAR)["claims"] == claims
    assert set(gold_json_schema(WAR)["$defs"]["GoldClaims"]["properties"]) == {
        "casualties",
        "forces",
    }


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"number": "2", "place": "x"}, "casualties[0].number: should be a valid integer"),
        ({"number": 0, "place": "x"}, "casualties[0].number: should be greater than 0, not 0"),
        ({"number": 2, "place": "-"}, "casualties[0].place: Value error, is no place"),
        ({"number": 2}, "casualties[0].place: is missing: add it"),
        ({"number": 2, "place": "x", "aliases": []}, "casualties[0].aliases: is unknown"),
    ],
)
def test_other_schema_is_as_strict(tmp_path: Path, claim: dict[str, object], expected: str) -> None:
    file = gold_file(tmp_path, claims={"casualties": [claim]})
    (problem,) = problems(file, WAR)
    assert problem.startswith(f"{file}: {expected}")


def test_other_schema_may_have_claims_in_parts(tmp_path: Path) -> None:
    force = {"title": "Reds", "position": {"north": 1.5}}
    gold = load_one(tmp_path, WAR, forces=[force])
    assert gold.claims["forces"] == (GoldClaim(force),)
    file = gold_file(tmp_path, claims={"forces": [{"title": "Reds", "position": {"up": 1}}]})
    assert [problem.removeprefix(f"{file}: ") for problem in problems(file, WAR)] == [
        "forces[0].position.north: is missing: add it",
        "forces[0].position.up: is no key of a gold file: remove it",
    ]
