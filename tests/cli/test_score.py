from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .conftest import CSV_FILES, FOUND, ROOT, Done, Folder

FIGURES = ["precision", "recall", "f1", "macro_precision", "macro_recall", "macro_f1"]


def predictions(*names: str, **changed: object) -> str:
    lines = [{"article_id": name.lower(), "claims": FOUND[name], **changed} for name in names]
    return "".join(json.dumps(line) + "\n" for line in lines)


def rows_of(done: Done, **values: object) -> list[dict[str, Any]]:
    """The scores that were printed, in which these columns have these values."""
    rows = done.json["scores"]
    return [row for row in rows if all(row[name] == value for name, value in values.items())]


def test_score_gold_itself_gives_1_wherever_it_is_defined(empty: Folder) -> None:
    gold = ROOT / "gold"
    done = empty.run("score", gold, "--gold", gold, "-o", "out")
    assert (done.code, done.err) == (0, "Results: out\n")
    shown = " ".join(done.out.split())
    assert "1 gold · external 1.000 1.0-1.0 1.000 1.000 1.000 1.000 1.000 1.000 1.000 0 " in shown
    scores = pd.read_csv(empty.path / "out" / "scores.csv")
    # Quotations are counted by their words as well.
    assert len(scores) == (4 + 1) * 2 + 1
    assert set(scores["slice"]) == {"all"}
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
    assert written == sorted([*CSV_FILES, "report.html", "score.json"])
    grounding = folder.path / "out" / "deep" / "grounding.csv"
    assert len(grounding.read_text().splitlines()) == 1
    facts = json.loads((folder.path / "out" / "deep" / "score.json").read_text())
    signature = pd.read_csv(folder.path / "out" / "deep" / "scores.csv")["signature"]
    assert set(signature) == {facts["signature"]}
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


def test_score_with_articles_says_where_claims_stand(
    folder: Folder, command: Callable[..., Done]
) -> None:
    found = {**FOUND["Alpha"], "quotes": [{"text": "Not in any article", "speaker": None}]}
    folder.write(
        {
            "harness.toml": "",
            "mine.jsonl": predictions("Alpha", claims=found) + predictions("Bravo", "Charlie"),
        }
    )
    done = command("score", "mine.jsonl", "--articles", "articles", "-o", "out")
    assert done.code == 0
    grounding = pd.read_csv(folder.path / "out" / "grounding.csv")
    grounding = grounding.set_index(["claim_type", "field"])
    assert grounding.loc[("quotes", "text"), ["n", "exact", "absent"]].tolist() == [2, 1, 1]
    assert grounding.loc[("actors", "name"), "grounded"] == 1
    claims = pd.read_csv(folder.path / "out" / "claims.csv")
    (row,) = claims[claims["error_class"] == "ungrounded"].to_dict("records")
    assert (row["article_id"], row["claim_type"]) == ("alpha", "quotes")
    assert pd.read_csv(folder.path / "out" / "leaderboard.csv")["grounded"].tolist() == [6 / 7]


def test_score_articles_that_are_asked_for_must_be_there(command: Callable[..., Done]) -> None:
    done = command("score", "gold", "--articles", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert "nowhere: is not there" in done.err


def test_score_slices_by_what_the_manifest_says(
    folder: Folder, command: Callable[..., Done]
) -> None:
    manifest = "id,file,published,story,split,tags\n" + "".join(
        f"{name.lower()},{name}.txt,2031-03-05,{story},{split},{tags}\n"
        for name, story, split, tags in (
            ("Alpha", "vote", "dev", "long;wire"),
            ("Bravo", "", "dev", ""),
            ("Charlie", "vote", "test", "long"),
        )
    )
    nothing: dict[str, list[Any]] = {name: [] for name in FOUND["Charlie"]}
    lines = predictions("Alpha", "Bravo") + predictions("Charlie", claims=nothing)
    folder.write({"articles/manifest.csv": manifest, "mine.jsonl": lines})
    done = command("score", "mine.jsonl", "--json")
    overall = rows_of(done, claim_type="overall", level="lenient")
    assert {row["slice"]: (row["n_articles"], row["f1"]) for row in overall} == {
        "all": (3, pytest.approx((4 / 5 + 2 / 3 + 1) / 3)),
        "split=dev": (2, 1),
        "split=test": (1, 0),
        "tag=long": (2, pytest.approx((2 / 3 + 2 / 3 + 1) / 3)),
        "tag=wire": (1, 1),
        "story=vote": (2, pytest.approx((2 / 3 + 2 / 3 + 1) / 3)),
    }


def test_score_seed_is_recorded_and_decides_the_intervals(
    folder: Folder, command: Callable[..., Done]
) -> None:
    empty = {"dates": [], "actors": [], "quotes": [], "sanctions": []}
    gold, lines = {}, ""
    for number in range(30):
        day = {"text": str(number), "value": f"2031-04-{number + 1:02}"}
        right = dict(empty, dates=[day, {"text": "0", "value": "2030"}])
        gold[f"many/{number}.json"] = json.dumps({"article_id": str(number), "claims": right})
        own = dict(empty, dates=[day, *([{"text": "x", "value": "2029"}] * number)])
        lines += json.dumps({"article_id": str(number), "claims": own}) + "\n"
    folder.write({**gold, "mine.jsonl": lines})
    arguments = ["score", "mine.jsonl", "--gold", "many", "--json"]
    default, zero, one = (
        rows_of(command(*arguments, *more), claim_type="dates", level="lenient")[0]
        for more in ([], ["--seed", "0"], ["--seed", "1"])
    )
    assert default == zero
    assert "|seed:0|" in zero["signature"]
    assert "|seed:1|" in one["signature"]
    assert one["f1"] == zero["f1"]
    limits = ["precision_low", "precision_high", "f1_low", "f1_high"]
    assert [one[name] for name in limits] != [zero[name] for name in limits]


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
@pytest.mark.parametrize(
    "arguments",
    [["score", "gold"], ["run"], ["compare", "a", "b"], ["gold", "agree", "gold"]],
    ids=lambda arguments: arguments[0],
)
def test_seed_is_a_whole_number_from_0(
    command: Callable[..., Done], arguments: list[str], seed: str
) -> None:
    done = command(*arguments, "--seed", seed)
    assert (done.code, done.out) == (2, "")
    assert "--seed" in done.err
