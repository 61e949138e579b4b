"""Article pairs made by a seeded generator; half of what is predicted differs from gold."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from harness.records import Gold, GoldClaim, Prediction

__all__ = ["article_pair", "quotes_pair"]

_WORDS = (
    "trade",
    "minister",
    "harbour",
    "grain",
    "pipeline",
    "border",
    "summit",
    "embassy",
    "sanction",
    "envoy",
    "talks",
    "treaty",
    "export",
    "tariff",
    "bank",
    "bond",
    "asset",
    "freeze",
    "visa",
    "council",
    "parliament",
    "deputy",
    "spokesman",
    "president",
    "statement",
    "region",
    "agreement",
    "response",
    "measure",
    "threat",
    "winter",
    "spring",
    "island",
    "river",
    "capital",
    "security",
    "police",
    "court",
    "judge",
    "verdict",
    "appeal",
    "company",
    "shares",
    "market",
    "energy",
    "gas",
    "oil",
    "steel",
)
_KINDS = ("person", "organization", "state")
_MEASURES = ("asset_freeze", "designation", "travel_ban", "expulsion", "trade_restriction")
_STATUSES = ("imposed", "threatened", "lifted")


def article_pair(
    seed: int, *, quotes: int = 10, actors: int = 10, dates: int = 8, sanctions: int = 5
) -> tuple[Gold, Prediction]:
    """Gold and predictions of one article, with half of the predicted strings perturbed."""
    random_ = random.Random(seed)
    names = [_title(random_, 2) for _ in range(actors)]
    gold: dict[str, list[dict[str, Any]]] = {
        "actors": [
            {"name": name, "kind": random_.choice(_KINDS), "role": _text(random_, 3)}
            for name in names
        ],
        "quotes": [
            {"text": _text(random_, random_.randint(4, 25)), "speaker": random_.choice(names)}
            for _ in range(quotes)
        ],
        "dates": [
            {"text": _text(random_, 2), "value": f"2031-{random_.randint(1, 12):02}-{day + 1:02}"}
            for day in range(dates)
        ],
        "sanctions": [
            {
                "imposer": random_.choice(names),
                "target": _text(random_, random_.randint(2, 8)),
                "measure": random_.choice(_MEASURES),
                "status": random_.choice(_STATUSES),
                "effective": f"2031-06-{random_.randint(1, 28):02}",
            }
            for _ in range(sanctions)
        ],
    }
    predicted = {name: _perturb(random_, claims) for name, claims in gold.items()}
    return _gold(f"article-{seed}", gold), Prediction(f"article-{seed}", predicted)


def quotes_pair(n: int, seed: int = 0) -> tuple[Gold, Prediction]:
    """An article of n quotations that all resemble each other: the worst case of alignment."""
    random_ = random.Random(seed)
    refrain = _text(random_, 12)
    claims = [{"text": f"{refrain} {_text(random_, 4)}", "speaker": None} for _ in range(n)]
    predicted = {"quotes": _perturb(random_, claims)}
    return _gold("quotes", {"quotes": claims}), Prediction("quotes", predicted)


def _perturb(random_: random.Random, claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    perturbed = [dict(claim) for claim in claims]
    change: Callable[[str], str]
    for claim in perturbed:
        for field in ("text", "name", "target", "role"):
            if isinstance(claim.get(field), str) and random_.random() < 0.5:
                change = random_.choice((str.upper, _drop_word, _add_word))
                claim[field] = change(claim[field])
    random_.shuffle(perturbed)
    return perturbed


def _drop_word(text: str) -> str:
    return text.partition(" ")[2] or text


def _add_word(text: str) -> str:
    return f"{text} indeed"


def _text(random_: random.Random, n: int) -> str:
    return " ".join(random_.choices(_WORDS, k=n))


def _title(random_: random.Random, n: int) -> str:
    return _text(random_, n).title()


def _gold(article_id: str, claims: dict[str, list[dict[str, Any]]]) -> Gold:
    return Gold(
        article_id,
        {name: tuple(GoldClaim(claim) for claim in each) for name, each in claims.items()},
    )
