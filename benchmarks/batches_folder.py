"""Working folders of any size: articles, gold, prompts, settings, and answers in the journal."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from benchmarks.latency_server import CLAIMS
from benchmarks.measure import ROOT
from harness.journal import Journal
from harness.records import Attempt, Claim, Reply
from harness.running import Plan, make_plan
from harness.workspace import open_models, open_workspace

__all__ = ["answer", "make_folder", "write_requests"]

_N_WORDS = 450
_TEXT = (
    "the minister said on Tuesday that sanctions against banks would be extended by one year "
    "while talks go on in the capital and further measures are being prepared"
)
_SETTINGS = """\
articles = "articles.jsonl"
default_models = ["bench"]

[models.bench]
model = "bench"
base_url = "http://127.0.0.1:9/v1"
mode = "json_schema"
"""


def make_folder(folder: Path, n_articles: int, n_prompts: int = 1) -> None:
    """Make a working folder in which nothing is answered.

    Its server is one that is not there; who asks says another.
    """
    words, chance = _TEXT.split(), random.Random(0)
    for name in ("gold", "prompts"):
        (folder / name).mkdir(parents=True)
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as file:
        for number in range(n_articles):
            text = f"Article {number}. " + " ".join(chance.choices(words, k=_N_WORDS))
            article = {"id": f"a{number}", "text": text, "published": "2031-03-03"}
            file.write(json.dumps(article) + "\n")
            gold = {"article_id": f"a{number}", "labeller": "bench", "claims": CLAIMS}
            (folder / "gold" / f"a{number}.json").write_text(json.dumps(gold), encoding="utf-8")
    for number in range(n_prompts):
        prompt = (ROOT / "prompts" / "direct.md").read_text(encoding="utf-8")
        prompt = prompt.replace("name: direct", f"name: direct{number}")
        prompt += f"\nThis is wording {number}.\n"
        (folder / "prompts" / f"direct{number}.md").write_text(prompt, encoding="utf-8")
    (folder / "harness.toml").write_text(_SETTINGS, encoding="utf-8")


def write_requests(folder: Path, path: Path) -> None:
    """Write the bodies of all requests, as the harness asks them, for other clients."""
    with path.open("w", encoding="utf-8") as file, closing(_journal(folder)) as journal:
        for planned in _plan(folder, journal, 1).requests:
            request = planned.request
            schema = {"name": "Claims", "schema": request.response.json_schema}
            body = {
                "model": "bench",
                "messages": request.messages,
                "response_format": {"type": "json_schema", "json_schema": schema},
            }
            file.write(json.dumps(body) + "\n")


def answer(folder: Path, n_repeats: int = 1, *, every: int = 1) -> int:
    """Answer every so manyth request of a run in the journal; how many that were."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    raw = json.dumps(CLAIMS)
    attempt = Attempt("ok", 0.2, input_tokens=700, output_tokens=150)
    claims = cast(Mapping[str, Sequence[Claim]], CLAIMS)
    reply = Reply(claims, raw=raw, finish_reason="stop", attempts=(attempt,), elapsed_s=0.2)
    with closing(_journal(folder)) as journal:
        chosen = _plan(folder, journal, n_repeats).requests[::every]
        for each in chosen:
            journal.write(each.key, each.unit, each.form.response.claim_types, reply)
    return len(chosen)


def _journal(folder: Path) -> Journal:
    return Journal(folder / "results")


def _plan(folder: Path, journal: Journal, n_repeats: int) -> Plan:
    workspace = open_workspace(folder / "harness.toml", {})
    providers, _ = open_models(workspace, (), None, dry_run=True)
    return make_plan(
        providers,
        workspace.prompts(()),
        workspace.articles(),
        workspace.gold(),
        workspace.schema,
        journal,
        repeats=n_repeats,
    )
