"""The claim types that ship, against the table of the design."""

import pytest
from pydantic import ValidationError

from harness.claims import ClaimField, load_schema

SCHEMA = load_schema()

# claim type, field, comparator, key, anchor, through, verbatim
COMPARED = [
    ("actors", "name", "name", True, True, None, True),
    ("actors", "kind", "category", True, False, None, False),
    ("actors", "role", "text", False, False, None, False),
    ("quotes", "text", "text", True, True, None, True),
    ("quotes", "speaker", "name", True, False, "actors", False),
    ("dates", "text", "text", False, False, None, True),
    ("dates", "value", "edtf", True, True, None, False),
    ("sanctions", "imposer", "name", True, False, "actors", False),
    ("sanctions", "target", "text", True, True, "actors", False),
    ("sanctions", "measure", "category", True, False, None, False),
    ("sanctions", "status", "category", True, False, None, False),
    ("sanctions", "effective", "edtf", False, False, None, False),
]

CLAIMS = {
    "actors": {"name": "Joe Biden", "kind": "person"},
    "quotes": {"text": "pay a price"},
    "dates": {"text": "Thursday", "value": "2021-04-15"},
    "sanctions": {"measure": "expulsion", "status": "imposed"},
}


def field_of(claim_type: str, name: str) -> ClaimField:
    """One field of a claim type that ships."""
    (field,) = (field for field in SCHEMA.types[claim_type].fields if field.name == name)
    return field


def test_the_claim_types_in_their_order() -> None:
    assert list(SCHEMA.types) == ["actors", "quotes", "dates", "sanctions"]


def test_compared_fields_are_those_of_the_table() -> None:
    found = [
        (
            name,
            field.name,
            field.compare.by.name,
            field.compare.key,
            field.compare.anchor,
            field.compare.through,
            field.verbatim,
        )
        for name, claim_type in SCHEMA.types.items()
        for field in claim_type.compared
        if field.compare
    ]
    assert found == COMPARED


@pytest.mark.parametrize("claim_type", CLAIMS)
def test_evidence_is_verbatim_and_never_compared(claim_type: str) -> None:
    evidence = field_of(claim_type, "evidence")
    assert evidence.verbatim
    assert evidence.nullable
    assert evidence.compare is None


def test_event_is_never_compared_and_not_verbatim() -> None:
    event = field_of("dates", "event")
    assert (event.compare, event.verbatim) == (None, False)


def test_only_actors_have_aliases_and_titles() -> None:
    assert [name for name, each in SCHEMA.types.items() if each.has_aliases] == ["actors"]
    compare = field_of("actors", "name").compare
    assert compare is not None
    assert compare.titles_in == "role"


@pytest.mark.parametrize(
    ("claim_type", "field", "words"),
    [
        ("actors", "kind", "person organization state"),
        (
            "sanctions",
            "measure",
            "financial_restriction asset_freeze designation trade_restriction travel_ban "
            "expulsion unspecified",
        ),
        ("sanctions", "status", "imposed threatened lifted rejected"),
    ],
)
def test_vocabularies(claim_type: str, field: str, words: str) -> None:
    assert field_of(claim_type, field).vocabulary == tuple(words.split())


def test_fields_that_may_be_null() -> None:
    nullable = {
        (name, field.name)
        for name, claim_type in SCHEMA.types.items()
        for field in claim_type.compared
        if field.nullable
    }
    assert nullable == {
        ("actors", "role"),
        ("quotes", "speaker"),
        ("sanctions", "imposer"),
        ("sanctions", "target"),
        ("sanctions", "effective"),
    }


@pytest.mark.parametrize("claim_type", CLAIMS)
def test_a_claim_needs_no_more_than_its_keys(claim_type: str) -> None:
    model = SCHEMA.types[claim_type].model
    assert model.model_validate(CLAIMS[claim_type])
    for name in CLAIMS[claim_type]:
        rest = {key: value for key, value in CLAIMS[claim_type].items() if key != name}
        with pytest.raises(ValidationError):
            model.model_validate(rest)


def test_a_word_outside_the_vocabulary_is_no_claim() -> None:
    with pytest.raises(ValidationError):
        SCHEMA.types["actors"].model.model_validate({"name": "Paris", "kind": "city"})


@pytest.mark.parametrize("claim_type", CLAIMS)
def test_prompts_are_told_what_a_claim_is(claim_type: str) -> None:
    found = SCHEMA.types[claim_type]
    assert found.description
    assert len(found.guidance) > len(found.description)
    assert all(field.description for field in found.model.model_fields.values())
