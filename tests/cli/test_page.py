"""The page of a run and of scored predictions is among their files, and says how the run went."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from scripted_server import ScriptedServer, error, text

from .conftest import FOUND, TEXTS, Folder, hosted, predictions

_BLOCK = re.compile(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>')
SNEAKY = "I would rather not. </script><script>alert(1)</script>"


def page_of(folder: Path) -> dict[str, Any]:
    """The data of a page by the name of its block."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    return {name: json.loads(block) for name, block in _BLOCK.findall(page)}


def test_a_run_shows_its_articles_prompts_and_failures(folder: Folder) -> None:
    with ScriptedServer() as server:
        server.answer(lambda body: text(SNEAKY))
        done = folder.run(
            *("run", "-m", "rules/baseline", "-m", "openai/test-model", "-p", "one", "-p", "split"),
            env=hosted(server),
        )
    assert done.code == 3, done.err
    (run,) = folder.runs
    page = page_of(run)
    overview = page["overview"]
    assert overview["title"] == run.name
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", overview["started"])
    assert {(cell["model"], cell["prompt"]) for cell in overview["cells"]} == {
        (model, prompt)
        for model in ("rules/baseline", "openai/test-model")
        for prompt in ("one", "split")
    }
    assert all(cell["usage"]["n_requests"] for cell in overview["cells"])
    assert {page[f"article-{n}"]["text"] for n in range(3)} == set(TEXTS.values())
    # Three articles, at once and for each of four claim types.
    assert overview["n_failures"] == len(page["failures"]) == 3 + 3 * 4
    for model, prompt, article, repeat, types, reason, message, raw, length in page["failures"]:
        assert (model, repeat, reason) == ("openai/test-model", 0, "invalid")
        assert article in {name.lower() for name in TEXTS}
        assert len(types) == (4 if prompt == "one" else 1)
        assert raw == SNEAKY
        assert length == len(SNEAKY)
        assert message
    prompts = {prompt["name"]: prompt for prompt in overview["prompts"]}
    (title, template), *_ = prompts["one"]["sections"]
    assert (title, template.strip()) == ("user", "{{ article.published }} {{ article.text }}")
    assert prompts["split"]["passes"] == "by-type"
    versions = {cell["prompt"]: cell["version"] for cell in overview["cells"]}
    assert {name: prompt["version"] for name, prompt in prompts.items()} == versions


def test_a_run_says_what_stopped_it_and_what_has_no_answer(folder: Folder) -> None:
    with ScriptedServer() as server:
        server.answer(lambda body: error(401))
        done = folder.run(
            *("run", "-m", "rules/baseline", "-m", "openai/test-model", "-p", "one"),
            env=hosted(server),
        )
    assert done.code == 3, done.err
    notes = page_of(folder.runs[0])["overview"]["notes"]
    assert notes[0].startswith("Stopped: model 'openai/test-model'")
    assert notes[1].startswith("3 of 6 requests have no answer yet")


def test_scored_predictions_have_a_page_that_names_what_is_absent(folder: Folder) -> None:
    folder.write({"mine.jsonl": predictions({"alpha": FOUND["Alpha"], "bravo": FOUND["Bravo"]})})
    done = folder.run("score", "mine.jsonl", "-o", "out")
    assert done.code == 3, done.err
    page = page_of(folder.path / "out")
    assert page["overview"]["title"] == "mine.jsonl"
    assert page["overview"]["prompts"] == []
    assert [row[2] for row in page["failures"]] == ["charlie"]
    assert page["failures"][0][5] == "absent"
    assert page["overview"]["has_texts"] is True
    assert any("charlie" in note for note in page["overview"]["notes"])


def test_predictions_scored_without_articles_have_a_page_without_texts(empty: Folder) -> None:
    gold = json.dumps({"article_id": "alpha", "claims": {"actors": FOUND["Alpha"]["actors"]}})
    claims = {"alpha": {"actors": FOUND["Alpha"]["actors"]}}
    empty.write({"gold/alpha.json": gold, "mine.jsonl": predictions(claims), "harness.toml": ""})
    done = empty.run("score", "mine.jsonl", "-o", "out")
    assert done.code == 0, done.err
    overview = page_of(empty.path / "out")["overview"]
    assert overview["has_texts"] is False
    assert [row[0] for row in overview["articles"]] == ["alpha"]


def test_score_does_not_overwrite_a_page_that_is_not_its_own(folder: Folder) -> None:
    folder.write(
        {"mine.jsonl": predictions({"alpha": FOUND["Alpha"]}), "out/report.html": "my own"}
    )
    done = folder.run("score", "mine.jsonl", "-o", "out")
    assert done.code == 2
    assert "report.html" in done.err
    assert (folder.path / "out" / "report.html").read_text() == "my own"
