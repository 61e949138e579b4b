"""The form in which a model is asked, and what is made of a reply in that form."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from harness.claims import ClaimSchema, Compare, load_schema
from harness.claims.response import InvalidReply, response_format, validate
from harness.records import Bounds

NEWS = load_schema()
BOUNDS = Bounds(3, 20)


class Place(BaseModel):
    """Where it happened."""

    name: str = "unknown"
    tags: list[str] = Field(default_factory=list)


class Casualty(BaseModel):
    """People hurt, as the article counts them."""

    number: Annotated[int, Compare("category", key=True, anchor=True)]
    side: Annotated[Literal["own", "other"] | None, Compare("category", key=True)] = None
    place: Annotated[Place, Compare("category")] = Place()
    day: Annotated[date | None, Compare("edtf")] = None
    code: Annotated[str, Compare("text"), Field(max_length=4)] = ""
    pair: Annotated[tuple[int, int] | None, Compare("category")] = None
    note: str = "none"


class Report(BaseModel):
    """A schema of one's own; two of its claim types are of one model."""

    dead: list[Casualty]
    hurt: list[Casualty] = Field(default_factory=list)


OWN = ClaimSchema.from_class(Report)


def news(*claim_types: str, bounds: Bounds = BOUNDS, extra: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
    return response_format(NEWS, claim_types or tuple(NEWS.types), bounds, extra)


def definition(sent: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = sent["$defs"][name]
    return found


def objects_in(schema: object) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for each in schema for found in objects_in(each)]
    if not isinstance(schema, dict):
        return []
    here = [schema] if "properties" in schema and schema.get("type") == "object" else []
    return here + [found for each in schema.values() for found in objects_in(each)]


@pytest.mark.parametrize("name", list(NEWS.types))
def test_each_claim_type_is_asked_for_alone(name: str) -> None:
    response = news(name)
    sent = response.json_schema
    assert response.claim_types == (name,)
    assert list(sent["properties"]) == sent["required"] == [name]
    assert sent["properties"][name]["maxItems"] == 3
    properties = definition(sent, NEWS.types[name].model.__name__)["properties"]
    assert list(properties) == [field.name for field in NEWS.types[name].compared]
    assert all(each.get("description") for each in properties.values())


@pytest.mark.parametrize("schema", [NEWS, OWN], ids=["news", "own"])
def test_every_object_is_closed_and_requires_all_its_fields(schema: ClaimSchema) -> None:
    sent = response_format(schema, tuple(schema.types), BOUNDS, ("note", "evidence")).json_schema
    found = objects_in(sent)
    assert len(found) == len(sent["$defs"]) + 1
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert '"default"' not in json.dumps(sent)


def test_fields_that_are_not_compared_are_asked_for_where_the_prompt_wants_them() -> None:
    plain, more = news("quotes"), news("quotes", extra=("evidence",))
    assert "evidence" not in definition(plain.json_schema, "Quote")["properties"]
    assert "evidence" in definition(more.json_schema, "Quote")["required"]
    event = news("dates", extra=("event",)).json_schema
    assert list(definition(event, "Date")["properties"]) == ["text", "value", "event"]
    item = {"text": "Enough", "speaker": None, "evidence": "she said"}
    assert validate({"quotes": [item]}, more).claims == {
        "quotes": [{"text": "Enough", "evidence": "she said"}]
    }


def test_bounds_stand_at_every_list_and_free_string_and_nowhere_else() -> None:
    sent = response_format(OWN, ("dead",), BOUNDS).json_schema
    casualty, place = definition(sent, "Casualty")["properties"], definition(sent, "Place")
    assert sent["properties"]["dead"]["maxItems"] == 3
    assert place["properties"]["tags"]["maxItems"] == 3
    assert place["properties"]["tags"]["items"]["maxLength"] == 20
    assert place["properties"]["name"]["maxLength"] == 20
    assert "maxLength" not in json.dumps(casualty["side"]) + json.dumps(casualty["number"])


def test_a_tighter_limit_of_the_model_itself_stays() -> None:
    sent = response_format(OWN, ("dead",), BOUNDS).json_schema
    casualty = definition(sent, "Casualty")["properties"]
    assert casualty["code"]["maxLength"] == 4
    assert casualty["pair"]["anyOf"][0]["maxItems"] == 2


def test_two_claim_types_of_one_model_are_two_lists() -> None:
    response = response_format(OWN, ("dead", "hurt"), BOUNDS)
    assert "note" not in definition(response.json_schema, "Casualty")["properties"]
    reply = {"dead": [{"number": 1}], "hurt": [{"number": 2, "side": "own"}]}
    claims = validate(reply, response).claims
    assert [each["number"] for each in (*claims["dead"], *claims["hurt"])] == [1, 2]


def test_two_models_of_one_name_are_kept_apart() -> None:
    def make(doc: str, more: str) -> type[BaseModel]:
        class Fact(BaseModel):
            text: Annotated[str, Compare("text", anchor=True)]
            note: str = ""

        Fact.__doc__ = doc
        Fact.__module__ = more
        return Fact

    class Facts(BaseModel):
        first: list[make("One.", "one")]  # type: ignore[misc, valid-type]
        second: list[make("Two.", "two")]  # type: ignore[misc, valid-type]

    Facts.model_rebuild(_types_namespace={"make": make})
    sent = response_format(ClaimSchema.from_class(Facts), ("first", "second"), BOUNDS).json_schema
    assert [list(each["properties"]) for each in sent["$defs"].values()] == [["text"], ["text"]]


@pytest.mark.parametrize("name", ["sent", "json_schema", "bounds", "items", "properties", "title"])
def test_a_claim_type_may_have_any_name(name: str) -> None:
    from pydantic import create_model

    fields: dict[str, Any] = {name: (list[Casualty], ...)}
    schema = ClaimSchema.from_class(create_model("Odd", **fields))
    response = response_format(schema, (name,), BOUNDS)
    assert response.json_schema["properties"][name]["maxItems"] == 3
    assert response.model.model_json_schema() == response.json_schema
    assert validate({name: [{"number": 1}]}, response).claims[name][0]["number"] == 1


def test_the_schema_is_the_same_in_every_process() -> None:
    """It is hashed into the keys under which replies are found again."""
    script = (
        "import json; from harness.claims import load_schema\n"
        "from harness.claims.response import response_format\n"
        "from harness.records import Bounds\n"
        "schema = load_schema()\n"
        "extra = {'evidence', 'event'}\n"
        "sent = response_format(schema, tuple(schema.types), Bounds(3, 20), extra).json_schema\n"
        "print(json.dumps(sent))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {json.dumps(news(extra=("event", "evidence")).json_schema)}


def test_whoever_edits_the_schema_edits_a_copy() -> None:
    response = news("quotes")
    response.model.model_json_schema()["$defs"].clear()
    assert response.model.model_json_schema() == response.json_schema


def test_bounds_are_no_validators() -> None:
    item = {"text": "x" * 21, "speaker": None}
    news("quotes").model.model_validate({"quotes": [item] * 4})
    with pytest.raises(ValidationError):
        news("quotes").model.model_validate({})


def test_what_exceeds_the_bounds_is_cut_at_every_depth_and_said() -> None:
    response = response_format(OWN, ("dead",), BOUNDS)
    place = {"name": "n" * 21, "tags": ["t" * 30, "b", "c", "d"]}
    valid = validate({"dead": [{"number": 1, "place": place}] * 4}, response)
    assert len(valid.claims["dead"]) == 3
    assert valid.claims["dead"][0]["place"] == {"name": "n" * 20, "tags": ["t" * 20, "b", "c"]}
    assert valid.warnings[:4] == (
        "dead: 4 items cut to 3",
        "dead.place.name: 21 characters cut to 20",
        "dead.place.tags: 4 items cut to 3",
        "dead.place.tags: 30 characters cut to 20",
    )


def test_exactly_the_bounds_are_not_cut() -> None:
    item = {"text": "x" * 20, "speaker": None}
    valid = validate({"quotes": [item] * 3}, news("quotes"))
    assert (len(valid.claims["quotes"]), valid.warnings) == (3, ())


def test_values_come_back_as_json_without_nulls() -> None:
    response = response_format(OWN, ("dead",), BOUNDS)
    valid = validate({"dead": [{"number": "7", "side": None, "day": "2031-06-14"}]}, response)
    [claim] = valid.claims["dead"]
    assert (claim["number"], claim["day"]) == (7, "2031-06-14")
    assert "side" not in claim
    assert json.loads(json.dumps(claim)) == claim


def test_bad_items_stand_beside_the_good_ones() -> None:
    response = response_format(OWN, ("dead",), BOUNDS)
    items = [{"number": 1}, {"number": "many"}, {"number": 2, "side": "third"}]
    valid = validate({"dead": items}, response)
    assert [claim["number"] for claim in valid.claims["dead"]] == [1]
    assert [each.item for each in valid.invalid_items] == items[1:]
    assert [each.message for each in valid.invalid_items] == [
        "number: Input should be a valid integer, unable to parse string as an integer",
        "side: Input should be 'own' or 'other'",
    ]


@pytest.mark.parametrize("item", [None, 7, "x", [], True, 1.5])
def test_an_item_that_is_no_object_is_a_bad_item(item: object) -> None:
    valid = validate({"quotes": [item]}, news("quotes"))
    assert [(each.item, each.claim_type) for each in valid.invalid_items] == [(item, "quotes")]
    assert valid.invalid_items[0].message.startswith("item: ")


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (None, "the reply is null, not a JSON object"),
        ([], "the reply is a list, not a JSON object"),
        ("x", "the reply is a string, not a JSON object"),
        (7, "the reply is a number or boolean, not a JSON object"),
        ({}, "no 'quotes'"),
        ({"Quotes": []}, "no 'quotes'"),
        ({"quotes": None}, "'quotes' is null, not a list"),
        ({"quotes": {}}, "'quotes' is an object, not a list"),
        ({"quotes": "none"}, "'quotes' is a string, not a list"),
        ({"quotes": False}, "'quotes' is a number or boolean, not a list"),
    ],
)
def test_a_reply_of_another_form_is_invalid_as_a_whole(reply: object, problem: str) -> None:
    with pytest.raises(InvalidReply) as caught:
        validate(reply, news("quotes"))
    assert str(caught.value) == problem


def test_what_was_not_asked_for_is_left_out() -> None:
    reply = {"quotes": [{"text": "a", "speaker": None, "mood": "bad"}], "weather": "fine"}
    assert validate(reply, news("quotes")).claims == {"quotes": [{"text": "a"}]}


def test_validating_changes_neither_the_reply_nor_what_was_asked() -> None:
    reply = {"quotes": [{"text": "x" * 30, "speaker": None}] * 5}
    before, response = json.dumps(reply), news("quotes")
    sent = json.dumps(response.json_schema)
    validate(reply, response)
    assert (json.dumps(reply), json.dumps(response.json_schema)) == (before, sent)
