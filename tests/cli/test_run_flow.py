"""A run over what ships: asked once, scored, compared, and rebuilt without asking."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from scripted_server import (
    ScriptedServer,
    answer_from_articles,
)

from .conftest import (
    CSV_FILES,
    KEY,
    ROOT,
    Folder,
    all_bytes,
    hosted,
    run_json,
)

MODEL = "openai/test-model"


class Flow:
    """Two runs over the seed articles, and what the server was asked by each."""

    def __init__(self, folder: Folder, server: ScriptedServer) -> None:
        arguments = ["run", "-m", "rules/baseline", "-m", MODEL]
        self.folder, self.server = folder, server
        self.first = folder.run(*arguments, env=hosted(server))
        self.n_first = len(server.requests)
        self.second = folder.run(*arguments, "--json", env=hosted(server))
        self.n_second = len(server.requests) - self.n_first
        self.runs = folder.runs


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    folder = Folder(tmp_path_factory.mktemp("flow"))
    for name in ("seeds", "gold", "prompts"):
        shutil.copytree(ROOT / name, folder.path / name)
    found = {}
    for path in (ROOT / "gold").glob("*.json"):
        gold = json.loads(path.read_text(encoding="utf-8"))
        article = (ROOT / "seeds" / f"{gold['article_id']}.txt").read_text(encoding="utf-8")
        found[article.strip()[:150]] = {
            name: [_predicted(claim) for claim in items] for name, items in gold["claims"].items()
        }
    with ScriptedServer() as server:
        server.answer(answer_from_articles(found))
        yield Flow(folder, server)


def _predicted(claim: dict[str, Any]) -> dict[str, Any]:
    only_gold = {"optional", "accept", "aliases"}
    return {name: value for name, value in claim.items() if name not in only_gold}


def test_run_flow_asks_every_request_once(flow: Flow) -> None:
    assert flow.first.code == 0, flow.first.err
    assert flow.n_first == 5 * (1 + 1 + 4)
    sent = {request.headers["authorization"] for request in flow.server.requests}
    assert sent == {f"Bearer {KEY}"}
    assert "5 articles; 60 requests, 0 already answered, 60 to ask." in flow.first.err
    assert "Results: results/" in flow.first.err
    assert "rules/baseline" in flow.first.out
    assert "guided" in flow.first.out


def test_run_flow_writes_a_row_for_each_score(flow: Flow) -> None:
    scores = pd.read_csv(flow.runs[0] / "scores.csv")
    # All articles, two splits and two stories of four types and overall; words of quotations
    # besides.
    assert len(scores) == 2 * 3 * (1 + 2 + 2) * ((4 + 1) * 2 + 1)
    keys = ["model", "prompt", "slice", "claim_type", "level"]
    assert not scores.duplicated(keys).any()
    assert set(scores["model"]) == {"rules/baseline", MODEL}
    assert set(scores["prompt"]) == {"by-type", "direct", "guided"}
    assert set(scores["claim_type"]) == {"actors", "quotes", "dates", "sanctions", "overall"}
    assert set(scores["level"]) == {"strict", "lenient", "content"}
    n_articles = scores.groupby("slice")["n_articles"].unique().map(list).to_dict()
    assert n_articles == {
        "all": [5],
        "split=dev": [4],
        "split=test": [1],
        "story=biden-putin-call-2021-12": [1],
        "story=us-russia-sanctions-2021-04": [4],
    }
    assert (scores["n_failed"] == 0).all()
    figures = scores[scores["model"] == MODEL][["precision", "recall", "f1", "macro_f1"]]
    assert (figures.fillna(1.0) == 1.0).all(axis=None)
    assert figures.notna().any(axis=None)


def test_run_flow_scores_the_rules_as_promised(flow: Flow) -> None:
    scores = pd.read_csv(flow.runs[0] / "scores.csv")
    scores = scores[scores["slice"] == "all"]
    chosen = scores[(scores["model"] == "rules/baseline") & (scores["level"] == "lenient")]
    f1 = chosen[chosen["prompt"] == "direct"].set_index("claim_type")["f1"]
    assert f1["quotes"] >= 0.6
    assert f1["dates"] >= 0.4
    assert f1["actors"] >= 0.4


def test_run_flow_says_what_it_was_made_of(flow: Flow) -> None:
    facts = run_json(flow.runs[0])
    assert facts["run"] == flow.runs[0].name
    assert len(facts["articles"]) == 5
    assert set(facts["models"]) == {"rules/baseline", MODEL}
    assert set(facts["prompts"]) == {"by-type", "direct", "guided"}
    assert (facts["n_requests"], facts["n_not_asked"], facts["failures"]) == (60, 0, {})
    assert (facts["stopped"], facts["interrupted"]) == ({}, False)
    assert (facts["seed"], facts["n_resamples"]) == (0, 10_000)
    assert set(pd.read_csv(flow.runs[0] / "leaderboard.csv")["signature"]) == {facts["signature"]}


def test_run_flow_compares_every_pair_of_cells(flow: Flow) -> None:
    table = pd.read_csv(flow.runs[0] / "comparisons.csv", keep_default_na=False)
    pairs = table[["model_a", "prompt_a", "model_b", "prompt_b"]].drop_duplicates()
    assert len(pairs) == 6 * 5 / 2
    assert len(table) == len(pairs) * ((4 + 1) * 2 + 1)
    assert set(table[table["level"] == "lenient"]["verdict"]) == {"no evidence"}
    board = pd.read_csv(flow.runs[0] / "leaderboard.csv")
    # Of five articles nothing can be told.
    assert set(board["rank"]) == {1}
    assert "no difference between cells can be significant" in " ".join(flow.first.out.split())


def test_run_flow_says_what_stands_in_the_articles(flow: Flow) -> None:
    table = pd.read_csv(flow.runs[0] / "grounding.csv")
    chosen = table[(table["model"] == MODEL) & (table["field"] != "evidence")]
    assert set(chosen["claim_type"]) == {"actors", "quotes", "dates"}
    # What was answered is gold, which is copied from the articles; but one name runs into the
    # next word there ("SCSHarris"), and no word is cut.
    assert chosen.groupby("prompt")["absent"].sum().tolist() == [1, 1, 1]
    assert (chosen["n"] == chosen[["exact", "folded", "absent"]].sum(axis=1)).all()


def test_run_flow_again_asks_nothing(flow: Flow) -> None:
    assert flow.second.code == 0, flow.second.err
    assert flow.n_second == 0
    assert "60 requests, 60 already answered, 0 to ask." in flow.second.err
    assert flow.second.json["run"] == flow.runs[1].name
    assert len(flow.second.json["leaderboard"]) == 6


def test_run_flow_again_rebuilds_the_reports_to_the_byte(flow: Flow) -> None:
    first, second = map(flow.folder.csv_files, flow.runs)
    assert list(first) == CSV_FILES
    assert first == second


def test_run_flow_shows_the_key_nowhere(flow: Flow) -> None:
    assert KEY.encode() not in all_bytes(flow.folder.path)
