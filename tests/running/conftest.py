"""Providers that answer as a test tells them to, and a little of everything that is planned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.claims import ClaimSchema, load_schema
from harness.journal import Journal
from harness.prompts import Prompt, load_prompts
from harness.providers import Provider
from harness.records import Article, Gold, Reply, Request
from harness.running import Plan, make_plan
from harness.settings import ModelSettings, ModelSpec

ARTICLES = tuple(
    Article(f"a{number}", f"Text of article {number}.", date(2031, 3, number))
    for number in range(1, 5)
)
GOLD = {article.id: Gold(article.id, {"dates": ()}) for article in ARTICLES[:3]}

Answer = Callable[[Request], Awaitable[Reply]]


class FakeProvider(Provider):
    """Answers with a function; by default nothing is found. Remembers what it was asked."""

    answer: Answer | None = None
    known_identity: Mapping[str, str] = {}

    def __init__(self, model: ModelSpec) -> None:
        super().__init__(model)
        self.asked: list[Request] = []
        self.n_closed = 0

    def check(self, schema: ClaimSchema) -> None:
        """Nothing is needed."""

    def identity(self) -> Mapping[str, str]:
        return self.known_identity

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.answer is not None:
            return await self.answer(request)
        return Reply({name: [] for name in request.response.claim_types})

    async def close(self) -> None:
        self.n_closed += 1


def make_provider(
    model_id: str = "fake/m", answer: Answer | None = None, **settings: object
) -> FakeProvider:
    provider, _, name = model_id.partition("/")
    made = FakeProvider(ModelSpec(model_id, provider, name, ModelSettings(**settings)))
    made.answer = answer
    return made


class Planner:
    """Makes plans over the same articles and journal, each change a keyword."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schema = load_schema()

    def prompt(self, text: str = "## user\n{{ article.text }}", name: str = "p") -> Prompt:
        (self.folder / f"{name}.md").write_text(text)
        return load_prompts(self.folder, self.schema, [name])[0]

    @property
    def journal(self) -> Journal:
        """The journal as the next run finds it."""
        return Journal(self.folder / "results")

    def plan(self, *providers: Provider, **changed: object) -> Plan:
        values: dict[str, Any] = {
            "prompts": [self.prompt()],
            "articles": ARTICLES,
            "gold": GOLD,
            "schema": self.schema,
            "journal": self.journal,
        }
        return make_plan(providers or [make_provider()], **(values | changed))

    def keys(self, *providers: Provider, **changed: object) -> list[str]:
        return [each.request.key for each in self.plan(*providers, **changed).requests]

    def answer(self, plan: Plan, number: int, reply: Reply) -> None:
        """Keep a reply to a request of a plan for the next run."""
        request = plan.requests[number].request
        self.journal.append(request.key, request.unit, request.response.claim_types, reply)


def moved(article: Article) -> Article:
    """The same text under another id."""
    return replace(article, id=f"{article.id}-copy")


@pytest.fixture
def planner(tmp_path: Path) -> Planner:
    return Planner(tmp_path)
