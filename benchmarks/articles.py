"""Article pairs made by a seeded generator; half of what is predicted differs from gold.

All strings are made of generated words: a vocabulary of thousands, drawn about as unevenly as
words are in a text, so that two quotations share their small words and few others. Strings differ
from pair to pair, so nothing that was read in one pair is found in a cache in the next.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, TypeVar

from harness.records import Gold, GoldClaim, Prediction

__all__ = ["ArticlePair", "article_pair", "quotes_pair"]

Claims = dict[str, list[dict[str, Any]]]
Spans = list[tuple[str, int, int]]
T = TypeVar("T")

_SMALL_WORDS = """\
the of to and a in that for is on with it’s by as was at have from will be not we our they has this
an which or but don't their are he all no can must been would its were if more"""
_N_WORDS = 6000
_N_NAMES = 3000
_N_DRAWN = 200_000
_TITLES = ("President", "Prime Minister", "Mr.", "Secretary-General", "Dr.", "Governor")
_OFFICES = ("foreign minister", "spokesman", "chief executive", "leader", "central bank governor")
_BODIES = ("Ministry", "Bank", "Council", "Agency", "Union", "Group", "Commission")
_KINDS = ("person", "organization", "state")
_KIND_SHARES = (*("person",) * 5, *("organization",) * 3, *("state",) * 2)
# Of twenty: days, months, years, seasons, instants, intervals, decades.
_DATE_FORMS = (*(0,) * 8, *(1,) * 3, *(2,) * 2, 3, *(4,) * 3, *(5,) * 2, 6)
_MEASURES = (
    "financial_restriction",
    "asset_freeze",
    "designation",
    "trade_restriction",
    "travel_ban",
    "expulsion",
    "unspecified",
)
_STATUSES = ("imposed", "threatened", "lifted", "rejected")
_MONTHS = tuple(calendar.month_name)[1:]
_SEASONS = ("spring", "summer", "autumn", "winter")
_N_CHARS = 3000


@dataclass(frozen=True, slots=True)
class ArticlePair:
    """Claims and predictions of one generated article.

    Parameters
    ----------
    gold, predicted
        Claims by claim type, as in JSON; gold actors with their ``aliases``.
    origins
        For each predicted claim, the number of the gold claim that it was made from.
    """

    id: str
    gold: Claims
    predicted: Claims
    origins: Mapping[str, Sequence[int]]

    def records(self) -> tuple[Gold, Prediction]:
        """The pair as the scorer takes it."""
        return as_records(self.id, self.gold, self.predicted)

    def predicted_by(self, model: int) -> Prediction:
        """What another model makes of the same gold: half of it perturbed in other places."""
        random_ = random.Random(f"model {model} {self.id}")
        names = [claim["name"] for claim in self.gold["actors"]]
        claims = {
            name: [_perturb(random_, claim, names) for claim in random_.sample(each, len(each))]
            for name, each in self.gold.items()
        }
        return Prediction(self.id, claims)

    def article(self) -> tuple[str, Spans, Spans]:
        """A text that holds every gold string, and where it has what was to be found and what was.

        Returns
        -------
        text : str
            About 3,000 characters.
        gold, predicted : list of (str, int, int)
            Label, start and end of the strings of quotes, actors and dates. A predicted string
            that differs from gold is a span that ends one word earlier or later.
        """
        random_ = random.Random(f"article {self.id}")
        text, places = _write(random_, self.gold)
        labels: dict[str, Callable[[dict[str, Any]], str]] = {
            "quotes": lambda claim: "quote",
            "dates": lambda claim: "date",
            "actors": lambda claim: claim["kind"],
        }
        gold_spans: Spans = []
        predicted_spans: Spans = []
        for name, label in labels.items():
            field = "name" if name == "actors" else "text"
            for claim, place in zip(self.gold[name], places[name], strict=True):
                gold_spans.append((label(claim), *place))
            for claim, origin in zip(self.predicted[name], self.origins[name], strict=True):
                start, end = places[name][origin]
                if claim[field] != self.gold[name][origin][field]:
                    shorter = text.rfind(" ", start, end)
                    end = shorter if shorter > start else text.find(" ", end + 1)
                predicted_spans.append((label(claim), start, end))
        return text, gold_spans, predicted_spans


def as_records(article_id: str, gold: Claims, predicted: Claims) -> tuple[Gold, Prediction]:
    """Claims as in JSON, as the scorer takes them."""
    claims = {
        name: tuple(
            GoldClaim(
                {field: value for field, value in claim.items() if field != "aliases"},
                aliases=tuple(claim["aliases"]),
            )
            if "aliases" in claim
            else GoldClaim(claim)
            for claim in each
        )
        for name, each in gold.items()
    }
    return Gold(article_id, claims), Prediction(article_id, predicted)


def article_pair(
    seed: int, *, quotes: int = 10, actors: int = 10, dates: int = 8, sanctions: int = 5
) -> ArticlePair:
    """Gold and predictions of one article, with half of the predicted strings perturbed."""
    random_ = random.Random(seed)
    gold: Claims = {"actors": _actors(random_, actors)}
    names = [claim["name"] for claim in gold["actors"]]
    gold["quotes"] = [
        {
            "text": _text(random_, _between(random_, 5, 25)),
            "speaker": _pick(random_, names) if random_.random() < 0.95 else None,
        }
        for _ in range(quotes)
    ]
    gold["dates"] = [_date(random_) for _ in range(dates)]
    gold["sanctions"] = [_sanction(random_, names, gold["dates"]) for _ in range(sanctions)]
    predicted, origins = {}, {}
    for name, claims in gold.items():
        order = list(range(len(claims)))
        random_.shuffle(order)
        origins[name] = order
        predicted[name] = [_perturb(random_, claims[number], names) for number in order]
    return ArticlePair(f"article-{seed}", gold, predicted, origins)


def quotes_pair(n: int, seed: int = 0, *, alike: bool) -> ArticlePair:
    """An article of n quotations.

    Each is of words of its own; or, `alike`, they share twelve of sixteen words, so that each
    competes with all others: the worst case of alignment.
    """
    random_ = random.Random(seed)
    refrain = _text(random_, 12)
    claims: list[dict[str, Any]] = [
        {
            "text": f"{refrain} {_text(random_, 4)}"
            if alike
            else _text(random_, _between(random_, 5, 25)),
            "speaker": None,
        }
        for _ in range(n)
    ]
    order = list(range(n))
    random_.shuffle(order)
    predicted = [_perturb(random_, claims[number], []) for number in order]
    return ArticlePair("quotes", {"quotes": claims}, {"quotes": predicted}, {"quotes": order})


# The language.


@cache
def _vocabulary() -> list[str]:
    random_ = random.Random("vocabulary")
    found: dict[str, None] = {}
    while len(found) < _N_WORDS:
        found[_word(random_)] = None
    return list(found)


@cache
def _names() -> list[str]:
    random_ = random.Random("names")
    found: dict[str, None] = {}
    while len(found) < _N_NAMES:
        name = _word(random_).capitalize()
        if len(name) > 4:
            found[name] = None
    return list(found)


@cache
def _drawn() -> list[str]:
    """A long text. What is written is cut out of it, which costs next to nothing."""
    random_ = random.Random("text")
    words = [*_SMALL_WORDS.split(), *_vocabulary()]
    weights = list(accumulate(1 / (rank + 8) for rank in range(len(words))))
    return random_.choices(words, cum_weights=weights, k=_N_DRAWN)


def _word(random_: random.Random) -> str:
    syllables = (
        random_.choice("bcdfghklmnprstvw")
        + random_.choice(("a", "e", "i", "o", "u", "ai", "ea", "ou"))
        + random_.choice(("", "", "n", "r", "s", "l", "t"))
        for _ in range(random_.choices((1, 2, 3, 4), (2, 5, 4, 1))[0])
    )
    return "".join(syllables)


def _below(random_: random.Random, n: int) -> int:
    """As `randrange`, several times as fast."""
    return int(random_.random() * n)


def _between(random_: random.Random, first: int, last: int) -> int:
    return first + int(random_.random() * (last - first + 1))


def _pick(random_: random.Random, items: Sequence[T]) -> T:
    return items[int(random_.random() * len(items))]


def _text(random_: random.Random, n: int) -> str:
    drawn = _drawn()
    start = _below(random_, len(drawn) - n)
    return " ".join(drawn[start : start + n])


# Gold claims.


def _actors(random_: random.Random, n: int) -> list[dict[str, Any]]:
    claims: dict[str, dict[str, Any]] = {}
    while len(claims) < n:
        kind = _pick(random_, _KIND_SHARES)
        parts = [_pick(random_, _names()) for _ in range(3)]
        claim: dict[str, Any] = {"kind": kind, "role": None}
        if kind == "person":
            name = " ".join(parts[: _pick(random_, (2, 2, 3))])
            if random_.random() < 0.7:
                claim["role"] = f"{parts[2]} {_pick(random_, _OFFICES)}"
            if random_.random() < 0.5:
                claim["aliases"] = [name.rpartition(" ")[2]]
        elif kind == "organization":
            name = f"{parts[0]} {_pick(random_, _BODIES)}"
            if random_.random() < 0.3:
                name = f"{parts[1]} {name}"
            if random_.random() < 0.3:
                claim["role"] = _text(random_, 3)
        else:
            name = parts[0] if random_.random() < 0.7 else f"Republic of {parts[0]}"
        claims[name] = {"name": name, **claim}
    return list(claims.values())


def _date(random_: random.Random) -> dict[str, Any]:
    year, month, day = (
        _between(random_, 2020, 2039),
        _between(random_, 1, 12),
        _between(random_, 1, 21),
    )
    name = _MONTHS[month - 1]
    form = _pick(random_, _DATE_FORMS)
    if form == 0:
        return {"text": f"{day} {name}", "value": f"{year}-{month:02}-{day:02}"}
    if form == 1:
        return {"text": f"{name} {year}", "value": f"{year}-{month:02}"}
    if form == 2:
        return {"text": str(year), "value": str(year)}
    if form == 3:
        season = _below(random_, 4)
        return {"text": f"the {_SEASONS[season]} of {year}", "value": f"{year}-{21 + season}"}
    if form == 4:
        clock = f"{_below(random_, 24):02}:{_below(random_, 60):02}"
        offset = f"{_pick(random_, '+-')}0{_between(random_, 1, 9)}:00"
        return {
            "text": f"{clock} on {day} {name}",
            "value": f"{year}-{month:02}-{day:02}T{clock}:00{offset}",
        }
    if form == 5:
        last = day + _between(random_, 1, 7)
        value = f"{year}-{month:02}-{day:02}/{year}-{month:02}-{last:02}"
        return {"text": f"{day} to {last} {name}", "value": value}
    return {"text": f"the {year // 10}0s", "value": f"{year // 10}X"}


def _sanction(
    random_: random.Random, names: Sequence[str], dates: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    imposer = _pick(random_, names) if names and random_.random() < 0.95 else None
    target = None
    if random_.random() < 0.95:
        is_actor = names and random_.random() < 0.4
        target = _pick(random_, names) if is_actor else _text(random_, _between(random_, 2, 8))
    return {
        "imposer": imposer,
        "target": target,
        "measure": _pick(random_, _MEASURES),
        "status": _pick(random_, _STATUSES),
        "effective": _pick(random_, dates)["value"] if dates and random_.random() < 0.6 else None,
    }


# Predicted claims.


def _perturb(
    random_: random.Random, claim: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """Half of the words, a quarter of the points in time and a tenth of the categories change."""
    changed: dict[str, Any] = {}
    for field, value in claim.items():
        if field == "aliases":
            continue
        chance = random_.random()
        if value is None:
            changed[field] = value
        elif field in _VOCABULARIES:
            changed[field] = _pick(random_, _VOCABULARIES[field]) if chance < 0.1 else value
        elif field in ("value", "effective"):
            changed[field] = _coarser(value) if chance < 0.25 else value
        elif chance >= 0.5:
            changed[field] = value
        elif field in ("name", "speaker", "imposer"):
            changed[field] = _change_name(random_, value, names if field != "name" else ())
        else:
            changed[field] = _change_text(random_, value)
    return changed


_VOCABULARIES = {"kind": _KINDS, "measure": _MEASURES, "status": _STATUSES}


def _change_text(random_: random.Random, text: str) -> str:
    words = text.split(" ")
    at = _below(random_, len(words))
    way = _below(random_, 5)
    if way == 0:
        words[at] = _pick(random_, _vocabulary())
    elif way == 1 and len(words) > 1:
        del words[at]
    elif way == 2:
        words.insert(at, _pick(random_, _vocabulary()))
    elif way == 3:
        return f"“{text}”".replace("'", "’")
    else:
        words[at] = _mistype(random_, words[at])
    return " ".join(words)


def _change_name(random_: random.Random, name: str, others: Sequence[str]) -> str:
    way = _below(random_, 5)
    if way == 0 and others:
        return _pick(random_, others)
    if way == 1:
        return f"{_pick(random_, _TITLES)} {name}"
    if way == 2:
        return name.rpartition(" ")[2]
    if way == 3:
        return f"the {name}’s"
    return _mistype(random_, name)


def _mistype(random_: random.Random, word: str) -> str:
    at = _below(random_, len(word))
    return word[:at] + _pick(random_, "aeinorst") + word[at + _below(random_, 2) :]


def _coarser(value: str) -> str:
    if "/" in value:
        return value.partition("/")[0]
    if len(value) <= 4:
        return f"{value}~"
    return value[: {7: 4, 10: 7}.get(len(value), 10)]


# The article.


def _write(random_: random.Random, gold: Claims) -> tuple[str, dict[str, list[tuple[int, int]]]]:
    """Write sentences around the gold strings; say where those of quotes, actors, dates stand."""
    # A sentence is a list of parts; a part that is a claim's string has its type and number.
    sentences: list[list[str | tuple[str, int, str]]] = []
    for number, claim in enumerate(gold["actors"]):
        role = f", {claim['role']}" if claim["role"] else ""
        sentences.append([("actors", number, claim["name"]), f"{role}, {_text(random_, 4)}."])
    for number, claim in enumerate(gold["quotes"]):
        speaker = f",” said {claim['speaker']}." if claim["speaker"] else ",” it was said."
        sentences.append(["“", ("quotes", number, claim["text"]), speaker])
    for number, claim in enumerate(gold["dates"]):
        before, after = f"{_text(random_, 3)} until ".capitalize(), f" {_text(random_, 2)}."
        sentences.append([before, ("dates", number, claim["text"]), after])
    for claim in gold["sanctions"]:
        imposer, target = claim["imposer"] or "They", claim["target"] or "others"
        sentences.append([f"{imposer} {claim['status']} a measure against {target}."])
    n_chars = sum(
        1 + sum(len(part if isinstance(part, str) else part[2]) for part in sentence)
        for sentence in sentences
    )
    while n_chars < _N_CHARS:
        filler = _text(random_, _between(random_, 5, 12)).capitalize() + "."
        sentences.append([filler])
        n_chars += 1 + len(filler)
    random_.shuffle(sentences)
    places = {name: [(0, 0)] * len(claims) for name, claims in gold.items()}
    written: list[str] = []
    position = 0
    for sentence in sentences:
        for part in (*sentence, " "):
            if isinstance(part, str):
                text = part
            else:
                name, number, text = part
                places[name][number] = (position, position + len(text))
            written.append(text)
            position += len(text)
    return "".join(written), places
