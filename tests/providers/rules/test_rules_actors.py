"""States, bodies and persons, and the words that are none."""

import pytest

from harness.providers.rules import extract, lexicon


def _actors(text: str) -> dict[str, tuple[str, str | None]]:
    return {a["name"]: (a["kind"], a["role"]) for a in extract(text, None)["actors"]}


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("Foreign Minister Ana Ruiz left.", "Ana Ruiz", "Foreign Minister"),
        ("The Peruvian president, Ana Ruiz, left.", "Ana Ruiz", "Peruvian president"),
        ("Ana Ruiz, the foreign minister of Peru, left.", "Ana Ruiz", "foreign minister of Peru"),
        ("Secretary of State Ana Ruiz left.", "Ana Ruiz", "Secretary of State"),
        ("Border Agency spokesman Karl Borg left.", "Karl Borg", "Border Agency spokesman"),
        ("Mr Xhaku left. Agron Xhaku said nothing.", "Agron Xhaku", None),
        ("Prime Minister Gerrit van der Meulen left.", "Gerrit van der Meulen", "Prime Minister"),
        ("President Okonjo-Bello left.", "Okonjo-Bello", "President"),
    ],
)
def test_actors_person(text: str, name: str, role: str | None) -> None:
    assert _actors(text)[name] == ("person", role)


def test_actors_surname_is_merged_into_the_full_name() -> None:
    found = _actors("Ana Ruiz left. Ruiz said nothing. Mrs Ruiz slept.")
    assert list(found) == ["Ana Ruiz"]


@pytest.mark.parametrize(
    "name",
    [
        "Ministry of Foreign Affairs",
        "Central Bank of Peru",
        "Trade and Industry Ministry",
        "Liberty Party",
        "United Nations",
        "Fishermen's Union",
        "Department of Health",
    ],
)
def test_actors_body(name: str) -> None:
    assert _actors(f"Earlier the {name} said no.")[name][0] == "organization"


def test_actors_bracketed_acronym_is_the_body_before_it() -> None:
    found = _actors("The Border Trust of Runners (BTR) met. The BTR said no.")
    assert list(found) == ["Border Trust of Runners"]


def test_actors_firm_is_named_by_the_noun_before_it() -> None:
    assert _actors("The shipping firm Alpha Nordlicht paid.") == {
        "Alpha Nordlicht": ("organization", None)
    }


def test_actors_state_takes_its_short_name() -> None:
    text = "Lima protested. Peru said no. The Peruvian delegation left."
    assert _actors(text) == {"Peru": ("state", None)}


def test_actors_capital_as_a_place_is_no_actor() -> None:
    assert _actors("The train stopped in Vienna and near Oslo.") == {}


@pytest.mark.parametrize(
    "text",
    [
        "Ships crossed the South China Sea.",
        "On Monday the Cold War was over.",
        "The Summer Games opened in April.",
        "Sixteen individuals and American officials met.",
    ],
)
def test_actors_capitals_that_name_no_actor(text: str) -> None:
    assert _actors(text) == {}


def test_actors_furniture_is_not_read() -> None:
    text = (
        "Peru said no to the plan that was tabled.\n\nRelated stories\n\n"
        "Why Bolivia waits for rain this year\n\nAbout the author\n\nJane Roe writes on ships."
    )
    assert list(_actors(text)) == ["Peru"]


def test_lexicon_states_are_complete_and_distinct() -> None:
    states = lexicon.states()
    assert len(states) == 199
    names = [name for state in states for name in state.names]
    assert len(names) == len(set(names))
    assert all(state.zone for state in states if state.capitals)


def test_lexicon_zones_exist() -> None:
    import zoneinfo

    for state in lexicon.states():
        if state.zone:
            zoneinfo.ZoneInfo(state.zone)
