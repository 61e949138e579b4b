"""A result that has everything a page shows, written as a command writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote as percent_encoded

from harness.claims import load_schema
from harness.evaluate import Evaluation, each_of, evaluate
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    CellUsage,
    Claim,
    Failure,
    Gold,
    GoldClaim,
    InvalidItem,
    Prediction,
)
from harness.reports.page import FailedRequest, PageFacts, PageGatherer, PagePrompt
from harness.reports.write import ResultFiles, write_claims, write_page, write_reports

__all__ = ["CELLS", "FACTS", "HARBOUR", "TOKYO", "Sample", "actor", "address", "write_result"]

HARBOUR = "harbour"
TOKYO = "news/東京 & more=1"
QUIET = "quiet"

DIRECT = Cell("openai/gpt-x", "direct")
GUIDED = Cell("openai/gpt-x", "guided")
SMALL = Cell("ollama/llama3.2:1b", "direct")
CELLS = (DIRECT, GUIDED, SMALL)

TEXTS = {
    # Characters outside of the basic plane are two units in a browser and one in Python.
    HARBOUR: "🚢🚢 On 15 April 2031 the ports stayed shut. “We need far more brass wheels, and Ada "
    "Lovelace 𝔸 knows where to find them,” Charles Babbage told the Royal Society.\n\n"
    "Veyland imposed a travel ban on Ostmark on 3 May. Ada Lovelace said: “No.” 🛑",
    TOKYO: "東京で山田太郎氏は「制裁を科すことを決めた」と述べた😀。"
    "オストマルクは2031年5月3日に答える。",
    QUIET: "Nothing was decided.",
}


def actor(name: str | None, kind: str = "person", role: str | None = None) -> Claim:
    return {"name": name, "kind": kind, "role": role, "evidence": None}


def quote(text: str, speaker: str | None = None) -> Claim:
    return {"text": text, "speaker": speaker, "evidence": None}


def day(text: str, value: str) -> Claim:
    return {"text": text, "value": value, "event": None, "evidence": None}


def sanction(evidence: str, target: str, status: str = "imposed") -> Claim:
    return {
        **{"imposer": "Veyland", "target": target, "measure": "travel_ban", "status": status},
        **{"effective": None, "evidence": evidence},
    }


WHEELS = "We need far more brass wheels, and Ada Lovelace 𝔸 knows where to find them"
BAN = "Veyland imposed a travel ban on Ostmark on 3 May."

GOLD = {
    HARBOUR: Gold(
        HARBOUR,
        {
            "actors": (
                GoldClaim(actor("Ada Lovelace"), aliases=("the countess",)),
                GoldClaim(actor("Charles Babbage")),
                GoldClaim(actor("Royal Society", "organization"), optional=True),
                GoldClaim(actor("Veyland", "state")),
            ),
            "quotes": (GoldClaim(quote(WHEELS, "Charles Babbage")), GoldClaim(quote("No"))),
            "dates": (
                GoldClaim(day("15 April 2031", "2031-04-15")),
                GoldClaim(day("3 May", "2031-05-03")),
            ),
            "sanctions": (GoldClaim(sanction(BAN, "Ostmark")),),
        },
    ),
    TOKYO: Gold(
        TOKYO,
        {
            "actors": (GoldClaim(actor("山田太郎")),),
            "quotes": (GoldClaim(quote("制裁を科すことを決めた", "山田太郎")),),
            "dates": (GoldClaim(day("2031年5月3日", "2031-05-03")),),
            "sanctions": (),
        },
    ),
    QUIET: Gold(QUIET, {"actors": (), "quotes": (), "dates": (), "sanctions": ()}),
}

GOOD = {
    HARBOUR: {
        "actors": (
            actor("the countess"),
            actor("Charles Babbage", "organization"),
            actor("Royal Society", "organization"),
            actor("Captain Nemo"),
        ),
        # One within the other, and both within a gold quotation that holds the name of an actor.
        "quotes": (
            quote("we need far more brass wheels", "Charles Babbage"),
            quote("Ada Lovelace 𝔸 knows where to find them", "Charles Babbage"),
            quote("No", "Ada Lovelace"),
        ),
        "dates": (day("15 April 2031", "2031-04-15"), day("3 May", "2031")),
        "sanctions": (sanction(BAN, "Ostmark", "threatened"),),
    },
    TOKYO: {
        "actors": (actor("山田太郎"), actor("オストマルク", "state")),
        "quotes": (quote("制裁を科すことを決めた", "山田太郎"),),
        "dates": (),
        "sanctions": (),
    },
    QUIET: {"actors": (actor("Nobody"),), "quotes": (), "dates": (), "sanctions": ()},
}
BETTER = {
    HARBOUR: {
        "actors": (actor("Ada Lovelace"), actor("Charles Babbage"), actor("Veyland", "state")),
        "quotes": (quote(WHEELS, "Charles Babbage"), quote("No")),
        "dates": (day("15 April 2031", "2031-04-15"), day("3 May", "2031-05-03")),
        "sanctions": (sanction(BAN, "Ostmark"),),
    },
    TOKYO: {
        "actors": (actor("山田太郎"),),
        "quotes": (quote("制裁を科すことを決めた", "山田太郎"),),
        "dates": (day("2031年5月3日", "2031-05-03"),),
        "sanctions": (),
    },
    QUIET: {"actors": (), "quotes": (), "dates": (), "sanctions": ()},
}

USAGE = {
    DIRECT: CellUsage(
        *(6, 0, 1, 7, 9), *(12_400, 900, 400), cost_usd=0.012, latency_s=1.5, latency_p95_s=2.0
    ),
    GUIDED: CellUsage(
        *(6, 0, 0, 0, 6), *(22_000, 1_400), cost_usd=0.3, latency_s=2.5, latency_p95_s=4.25
    ),
    SMALL: CellUsage(6, 2, 3, 1, 9, 9_000, 500, latency_s=0.25, latency_p95_s=0.5),
}

PROMPTS = (
    PagePrompt(
        "direct",
        "aaaa111122",
        "Asks for all at once.",
        "one",
        (("system", "You find claims in news."), ("user", "Find all claims in {{ article.text }}")),
    ),
    PagePrompt(
        "guided",
        "bbbb333344",
        "",
        "by-type",
        (
            ("system", "You find every claim in news, and nothing else."),
            ("user", "Find all claims in {{ article.text }}"),
        ),
    ),
)

FAILURES = (
    FailedRequest(
        SMALL, TOKYO, 0, ("actors", "quotes"), "truncated", "It stopped at 400.", '{"actors": [{'
    ),
    FailedRequest(SMALL, QUIET, 1, ("dates",), "timeout", "No answer in 60 s."),
    FailedRequest(SMALL, HARBOUR, 1, ("dates",), "invalid", "It is no JSON.", "w" * 9_000),
)

FACTS = PageFacts(
    title="20310416T080000Z",
    started="2031-04-16 08:00 UTC",
    usage=USAGE,
    versions={DIRECT: "aaaa111122", GUIDED: "bbbb333344", SMALL: "aaaa111122"},
    prompts=PROMPTS,
    failures=FAILURES,
    n_failures=len(FAILURES),
    notes=("1 article has no gold and was left out.",),
)


@dataclass(frozen=True)
class Sample:
    """A result folder, and what it was made of."""

    folder: Path
    evaluation: Evaluation
    articles: Mapping[str, Article]
    gold: Mapping[str, Gold] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The address of the page."""
        return (self.folder / "report.html").as_uri()


def predictions_of_sample() -> list[CellPredictions]:
    """Two repeats of the first cell, one of the second, and failures of the third."""
    types = tuple(load_schema().types)
    late = Failure("timeout", "no answer in 60 s")
    invalid = (InvalidItem("dates", "value is missing", {"text": "3 May"}),)
    return [
        CellPredictions(
            DIRECT,
            types,
            [
                *(Prediction(name, claims) for name, claims in GOOD.items()),
                *(Prediction(name, claims, repeat=1) for name, claims in BETTER.items()),
            ],
        ),
        CellPredictions(
            GUIDED, types, [Prediction(name, claims) for name, claims in BETTER.items()]
        ),
        CellPredictions(
            SMALL,
            types,
            [
                Prediction(HARBOUR, {"actors": (actor("Ostmark", "state"),)}, 0, {}, invalid),
                Prediction(TOKYO, {}, 0, dict.fromkeys(types, late)),
            ],
        ),
    ]


def write_result(
    folder: Path,
    predictions: Iterable[CellPredictions] | None = None,
    gold: Mapping[str, Gold] = GOLD,
    texts: Mapping[str, str] = TEXTS,
    facts: PageFacts = FACTS,
    prompt_texts: Mapping[str, str] | None = None,
) -> Sample:
    """Score, and write every file of the result."""
    articles = {
        name: Article(name, text, story=f"story of {name}", split="dev", source="a wire")
        for name, text in texts.items()
    }
    cells: Sequence[CellPredictions] = list(predictions or predictions_of_sample())
    with ResultFiles(folder) as files, PageGatherer(folder) as page:
        evaluation = evaluate(
            cells,
            gold,
            load_schema(),
            articles,
            prompt_texts or {},
            each=each_of(write_claims(files), page.add),
        )
        write_reports(files, evaluation, facts.usage, facts.versions)
        write_page(files, page, evaluation, facts)
    return Sample(folder, evaluation, articles, gold)


def address(article: str, cell: Cell, **more: str) -> str:
    """The part of an address that leads somewhere in the reader."""
    parts = {"article": article, "cell": f"{cell.model}:{cell.prompt}", **more}
    return "#" + "&".join(
        f"{name}={percent_encoded(value, safe='')}" for name, value in parts.items()
    )
