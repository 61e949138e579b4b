"""Word lists of the rules, read once from the text files beside this module.

Every list is a whole class (all states, all offices, all reporting verbs), so that a rule holds
for an article nobody has seen; nothing here is taken from an article that is scored.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = [
    "State",
    "bodies",
    "capitals",
    "demonyms",
    "given_names",
    "state_names",
    "states",
    "words",
]


@dataclass(frozen=True)
class State:
    """A state, the names it goes by, and the zone of its capital."""

    name: str
    names: tuple[str, ...]
    capitals: tuple[str, ...]
    zone: str
    demonyms: tuple[str, ...]


def _lines(filename: str) -> list[str]:
    folder = resources.files(__package__ or "harness.providers.rules") / "data"
    text = (folder / filename).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


@cache
def states() -> tuple[State, ...]:
    """Every state and the two blocs that act as one."""
    found = []
    for line in _lines("states.txt"):
        name, capital, zone, demonyms_, others = line.split("|")
        extra = _split(others)
        names = (name, *(other for other in extra if not other.startswith("@")))
        seats = [capital] if capital else []
        seats += [other[1:] for other in extra if other.startswith("@")]
        found.append(State(name, names, tuple(seats), zone, tuple(_split(demonyms_))))
    return tuple(found)


@cache
def state_names() -> dict[str, State]:
    """Each name of a state (never a capital or a demonym) with its state."""
    return {name: state for state in states() for name in state.names}


@cache
def capitals() -> dict[str, State]:
    """Each capital with its state."""
    return {seat: state for state in states() for seat in state.capitals}


@cache
def demonyms() -> dict[str, State]:
    """Each adjective of a state with its state; "US", "UK" and "EU" serve as adjectives too."""
    found = {word: state for state in states() for word in state.demonyms}
    for short in ("US", "U.S.", "UK", "U.K.", "EU", "E.U."):
        found[short] = state_names()[short]
    return found


@cache
def bodies() -> dict[str, str]:
    """Each name of a known body with the first name of its line."""
    found = {}
    for line in _lines("bodies.txt"):
        name, others = line.split("|")
        for form in (name, *_split(others)):
            found[form] = name
    return found


@cache
def given_names() -> dict[str, str]:
    """Given names in lower case, with "m" or "f"."""
    found: dict[str, str] = {}
    for line in _lines("given_names.txt"):
        gender, *names = line.split()
        for name in names:
            found.setdefault(name, gender)
    return found


@cache
def words(section: str) -> frozenset[str]:
    """The words of one section of ``words.txt``.

    Raises
    ------
    KeyError
        If there is no such section.
    """
    return _sections()[section]


@cache
def _sections() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    section = ""
    for line in _lines("words.txt"):
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = set()
        else:
            found[section].update(line.split())
    return {name: frozenset(entries) for name, entries in found.items()}
