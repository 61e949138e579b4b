"""How long `harness check` takes from recorded replies, and how large a baseline is.

A working folder is made of generated articles; of what each cell replies, half differs from gold.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.articles import article_pair
from benchmarks.measure import ROOT
from harness.journal import Journal
from harness.records import Attempt, Reply
from harness.running import make_plan
from harness.workspace import look_up_models, open_workspace

_N_ARTICLES = 500
_MODELS = ("bench-a", "bench-b")
_PROMPTS = ("direct0", "direct1", "direct2")
_RUNS = 3
_LEFT_OUT = 0.1
"""The share of claims that each cell leaves out, so that cells differ."""


def figures() -> Iterator[tuple[str, str]]:
    """A baseline, then checks: nothing is changed; a prompt is, and evaluated again."""
    what = f"{_N_ARTICLES} articles x {len(_MODELS) * len(_PROMPTS)} cells"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_folder(folder, _N_ARTICLES)
        answer(folder)
        _timed(folder, "baseline", "save")
        size = (folder / "results" / "baseline.json").stat().st_size
        yield f"baseline of {what}, 33 gold claims each", f"{size / 1e6:.2f} MB"
        yield f"`harness check` of {what}, unchanged", _median(folder, "check")
        prompt = folder / "prompts" / "direct0.md"
        prompt.write_text(prompt.read_text(encoding="utf-8") + "One word more.\n", encoding="utf-8")
        answer(folder)
        yield "the same, one of the three prompts changed and evaluated", _median(folder, "check")


def make_folder(folder: Path, n_articles: int) -> None:
    """Make a working folder in which nothing is answered."""
    for name in ("gold", "prompts"):
        (folder / name).mkdir(parents=True)
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as file:
        for number in range(n_articles):
            pair = article_pair(number)
            article = {"id": pair.id, "text": pair.article()[0], "published": "2031-03-03"}
            file.write(json.dumps(article) + "\n")
            gold = {"article_id": pair.id, "labeller": "bench", "claims": _gold(pair.gold)}
            path = folder / "gold" / f"{pair.id}.json"
            path.write_text(json.dumps(gold), encoding="utf-8")
    source = (ROOT / "prompts" / "direct.md").read_text(encoding="utf-8")
    for name in _PROMPTS:
        text = source.replace("name: direct", f"name: {name}") + f"\nThis is {name}.\n"
        (folder / "prompts" / f"{name}.md").write_text(text, encoding="utf-8")
    tables = "".join(
        f'[models.{name}]\nmodel = "{name}"\nbase_url = "http://127.0.0.1:9/v1"\n'
        for name in _MODELS
    )
    settings = f'articles = "articles.jsonl"\ndefault_models = {json.dumps(_MODELS)}\n{tables}'
    (folder / "harness.toml").write_text(settings, encoding="utf-8")


def answer(folder: Path) -> None:
    """Record a reply to every request that has none."""
    workspace = open_workspace(folder / "harness.toml", {})
    providers, _ = look_up_models(workspace, ())
    attempt = Attempt("ok", 0.2, input_tokens=700, output_tokens=900, cost_usd=0.001)
    with closing(Journal(folder / "results")) as journal:
        plan = make_plan(
            providers,
            workspace.prompts(()),
            workspace.articles(),
            workspace.gold(),
            workspace.schema,
            journal,
        )
        for each in plan.unanswered:
            chance = random.Random(each.key)
            pair = article_pair(int(each.unit.article_id.rpartition("-")[2]))
            claims = {
                name: [claim for claim in found if chance.random() > _LEFT_OUT]
                for name, found in pair.predicted.items()
            }
            reply = Reply(claims, raw=json.dumps(claims), attempts=(attempt,), elapsed_s=0.2)
            journal.write(each.key, each.unit, each.form.response.claim_types, reply)


def _gold(claims: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Generated claims with the fields that a gold file has besides."""
    more: dict[str, dict[str, Any]] = {"dates": {"event": "It happens"}}
    return {
        name: [{**claim, **more.get(name, {}), "evidence": "-"} for claim in found]
        for name, found in claims.items()
    }


def _median(folder: Path, *arguments: str) -> str:
    seconds = [_timed(folder, *arguments) for _ in range(_RUNS)]
    wall, cpu = (statistics.median(each) for each in zip(*seconds, strict=True))
    return f"{wall:.1f} s, {cpu:.1f} s of it on a processor (medians of {_RUNS})"


def _timed(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds of the whole command, in a process of its own, and those that it was computing."""
    command = [sys.executable, "-m", "harness", *arguments]
    started, before = time.perf_counter(), _cpu_seconds()
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    seconds = (time.perf_counter() - started, _cpu_seconds() - before)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return seconds


def _cpu_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
