from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from .conftest import FOUND, ROOT, Folder

FIGURES = ["precision", "recall", "f1", "macro_precision", "macro_recall", "macro_f1"]


def predictions(*names: str, **changed: object) -> str:
    lines = [{"article_id": name.lower(), "claims": FOUND[name], **changed} for name in names]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_score_gold_itself_gives_1_wherever_it_is_defined(empty: Folder) -> None:
    gold = ROOT / "gold"
    done = empty.run("score", gold, "--gold", gold, "-o", "out")
    assert (done.code, done.err) == (0, "Results: out\n")
    shown = " ".join(done.out.split())
    assert "gold external 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 0 " in shown
    scores = pd.read_csv(empty.path / "out" / "scores.csv")
    assert len(scores) == (4 + 1) * 2
    assert (scores[FIGURES].fillna(1.0) == 1.0).all(axis=None)
    assert scores[["precision", "recall", "f1"]].notna().all(axis=None)


def test_score_empty_predictions(folder: Folder) -> None:
    empty_claims = {name: [] for name in ("actors", "quotes", "dates", "sanctions")}
    folder.write({"none.jsonl": predictions("Alpha", "Bravo", "Charlie", claims=empty_claims)})
    done = folder.run("score", "none.jsonl", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["absent"] == []
    for row in done.json["scores"]:
        assert row["precision"] is None
        # Nobody labelled a sanction.
        assert row["recall"] == (None if row["claim_type"] == "sanctions" else 0)


def test_score_needs_no_articles(empty: Folder, folder: Folder) -> None:
    folder.write({"harness.toml": "", "mine.jsonl": predictions("Alpha", "Bravo", "Charlie")})
    done = folder.run("score", "mine.jsonl", "--name", "my system", "-o", "out/deep")
    assert done.code == 0
    assert "my system" in done.out
    written = sorted(path.name for path in (folder.path / "out" / "deep").iterdir())
    tables = ["articles.csv", "claims.csv", "fields.csv", "leaderboard.csv", "scores.csv"]
    assert written == sorted([*tables, "score.json"])
    again = folder.run("score", "mine.jsonl", "--name", "my system", "-o", "out/deep")
    assert again.code == 0
    board = pd.read_csv(folder.path / "out" / "deep" / "leaderboard.csv")
    assert (board["model"].tolist(), board["f1"].tolist()) == (["my system"], [1.0])


def test_score_absent_article_counts_as_missed(folder: Folder) -> None:
    folder.write({"mine.jsonl": predictions("Alpha") + predictions("Bravo", article_id="other")})
    done = folder.run("score", "mine.jsonl", "--json")
    assert done.code == 3
    assert done.json["absent"] == ["bravo", "charlie"]
    assert "2 article(s) ('bravo', 'charlie') of the gold without a line" in done.err
    assert "1 article(s) ('other') without gold: left out." in done.err


@pytest.mark.parametrize(
    ("arguments", "content", "expected"),
    [
        (["gone.jsonl"], "", "gone.jsonl: is not there"),
        (["mine.jsonl"], "{", "mine.jsonl:1: is not one JSON object"),
        (["mine.jsonl", "-o", "mine.jsonl"], "{}", "-o mine.jsonl: is a file; give a folder"),
        (["mine.jsonl", "-o", "/proc/harness"], "{}", "results cannot be written here"),
        (["mine.jsonl", "-o", "old"], "{}", "-o old: holds the results of a run"),
    ],
)
def test_score_wrong_input_exits_with_2(
    folder: Folder, arguments: list[str], content: str, expected: str
) -> None:
    folder.write({"mine.jsonl": content, "old/run.json": "{}", "old/scores.csv": "kept"})
    done = folder.run("score", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert len(done.err.splitlines()) == 1
    assert (folder.path / "old" / "scores.csv").read_text() == "kept"


def test_score_of_a_schema_of_ones_own(empty: Folder) -> None:
    empty.write(
        {
            "own.py": "from typing import Annotated\nfrom pydantic import BaseModel\n"
            "from harness.claims import Compare\n"
            "class Casualty(BaseModel):\n    '''People hurt.'''\n"
            "    place: Annotated[str, Compare('text', anchor=True)]\n"
            "    n: Annotated[str, Compare('text', key=True)]\n"
            "class Own(BaseModel):\n    casualties: list[Casualty]\n",
            "gold/a.json": '{"article_id": "a", "claims": {"casualties": '
            '[{"place": "Port Vessel", "n": "3"}]}}',
            "mine.jsonl": '{"article_id": "a", "claims": {"casualties": '
            '[{"place": "port vessel.", "n": "4"}]}}',
        }
    )
    done = empty.run("score", "mine.jsonl", "--schema", "own:Own", "--json")
    assert done.code == 0, done.err
    scores = {(row["claim_type"], row["level"]): row["f1"] for row in done.json["scores"]}
    assert scores[("casualties", "strict")] == 0
    assert Path(empty.path / "own.py").exists()


def test_score_overwrites_nothing_but_what_it_wrote(folder: Folder) -> None:
    folder.write({"mine.jsonl": predictions("Alpha"), "mine/articles.csv": "id,text\n"})
    done = folder.run("score", "mine.jsonl", "-o", "mine")
    assert done.code == 2
    assert "articles.csv" in done.err
    assert (folder.path / "mine" / "articles.csv").read_text() == "id,text\n"


def test_score_says_which_fields_it_does_not_know(folder: Folder) -> None:
    claim = {"text": "We wait", "speeker": "Ilse Harnack"}
    line = json.dumps({"article_id": "alpha", "claims": {"quotes": [claim]}})
    folder.write({"mine.jsonl": line + "\n"})
    assert 'have the field "speeker"' in folder.run("score", "mine.jsonl").err
