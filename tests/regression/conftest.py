"""A working folder whose replies are recorded by hand: many articles, nothing asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.journal import Journal
from harness.records import Attempt, Failure, Reply
from harness.regression.baseline import Baseline, read_baseline, write_baseline
from harness.regression.check import Check
from harness.regression.saving import baseline_of, standing_to_save
from harness.regression.verdict import Verdict
from harness.running import make_plan
from harness.workspace import Workspace, look_up_models, open_workspace

PROMPT = "## user\nFind the dates: {{ article.text }}\n"
OTHER = "## user\nFind all the dates: {{ article.text }}\n"

Days = Callable[[str], Sequence[int]]
"""From the id of an article, the days of April that are found in it."""


def dates(days: Sequence[int]) -> list[dict[str, str]]:
    return [{"text": f"April {day}", "value": f"2031-04-{day:02}"} for day in days]


class Work:
    """The folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gold: dict[str, Sequence[int]] = {}

    def settings(self, gates: str = "", models: Sequence[str] = ("mine",)) -> None:
        tables = "".join(
            f'[models.{name}]\nmodel = "{name}"\nbase_url = "http://127.0.0.1:9/v1"\n'
            for name in models
        )
        text = f'articles = "articles.jsonl"\ndefault_models = {json.dumps(list(models))}\n'
        (self.path / "harness.toml").write_text(f"{text}{tables}{gates}", encoding="utf-8")

    def articles(
        self,
        gold: Mapping[str, Sequence[int]],
        *,
        story: Callable[[str], str] = lambda name: "",
        split: Callable[[str], str] = lambda name: "",
        tags: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Articles, and gold with the days of each."""
        self.gold = dict(gold)
        with (self.path / "articles.jsonl").open("w", encoding="utf-8") as file:
            for name in gold:
                text = f"Article {name}. " + " ".join(f"April {day}." for day in range(1, 31))
                values = {"id": name, "text": text, "published": "2031-03-01"}
                values |= {"story": story(name), "split": split(name)}
                values |= {"tags": ";".join((tags or {}).get(name, ()))}
                file.write(json.dumps(values) + "\n")
        for name, days in gold.items():
            self.label(name, days)

    def label(self, name: str, days: Sequence[int], **more: object) -> None:
        claims = [{**each, "event": "It happens", "evidence": "."} for each in dates(days)]
        path = self.path / "gold" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        document = {"article_id": name, "claims": {"dates": claims, **more}}
        path.write_text(json.dumps(document), encoding="utf-8")

    def prompt(self, text: str = PROMPT, name: str = "guided") -> None:
        path = self.path / "prompts" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def workspace(self) -> Workspace:
        return open_workspace(None, {})

    def record(
        self,
        days: Days | None = None,
        *,
        failed: Sequence[str] = (),
        cost_usd: float | None = 0.25,
        models: Sequence[str] = (),
        repeats: int = 1,
        by_repeat: Callable[[str, int], Sequence[int]] | None = None,
    ) -> None:
        """Record a reply to every request; by default what is found is the gold."""
        workspace = self.workspace
        providers, _ = look_up_models(workspace, models)
        attempt = Attempt("ok", 0.1, 10, 10, cost_usd=cost_usd)
        with closing(Journal(workspace.settings.results)) as journal:
            plan = make_plan(
                providers,
                workspace.prompts(()),
                workspace.articles(),
                workspace.gold(),
                workspace.schema,
                journal,
                repeats=repeats,
            )
            for each in plan.requests:
                name, claim_types = each.unit.article_id, each.form.response.claim_types
                if by_repeat is not None:
                    found = by_repeat(name, each.unit.repeat)
                else:
                    found = days(name) if days else self.gold[name]
                claims: dict[str, list[dict[str, Any]]] = {kind: [] for kind in claim_types}
                claims["dates"] = dates(found)
                reply = Reply(claims, attempts=(attempt,))
                if name in failed:
                    reply = Reply({}, Failure("refused", "No."), attempts=(attempt,))
                journal.append(each.key, each.unit, claim_types, reply)

    def save(self, **options: Any) -> Baseline:  # noqa: ANN401
        """Save the baseline and read it back."""
        workspace = self.workspace
        standing = standing_to_save(workspace, **options)
        write_baseline(workspace.settings.baseline, baseline_of(standing))
        baseline = read_baseline(workspace.settings.baseline)
        assert baseline is not None
        return baseline

    def check(self, **options: Any) -> Check:  # noqa: ANN401
        return Check(self.workspace, **options)

    def verdict(self, gate: str, claim_type: str = "overall", **options: Any) -> Verdict:  # noqa: ANN401
        """The one verdict on a gate."""
        (found,) = (
            each
            for each in self.check(**options).verdicts
            if (each.item.gate, each.item.claim_type) == (gate, claim_type)
        )
        return found


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Fifty articles with one date each, a prompt, and a model that is asked nothing."""
    monkeypatch.chdir(tmp_path)
    work = Work(tmp_path)
    work.settings()
    work.articles({f"a{number:02}": [1 + number % 28] for number in range(50)})
    work.prompt()
    return work


def but(wrong: Sequence[str], gold: Mapping[str, Sequence[int]]) -> Days:
    """What a model finds that is wrong about some articles: another day, and none of theirs."""
    return lambda name: [29] if name in wrong else gold[name]


def silent(about: Sequence[str], gold: Mapping[str, Sequence[int]]) -> Days:
    """What a model finds that says nothing about some articles."""
    return lambda name: [] if name in about else gold[name]
