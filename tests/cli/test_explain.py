from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from scripted_server import ScriptedServer, error

from .conftest import FOUND, Done, Folder, hosted, predictions

Command = Callable[..., Done]

MINE: dict[str, dict[str, Any]] = {
    "alpha": {
        "actors": [{"name": "Ada Long", "kind": "person", "role": "pilot"}],
        "quotes": [
            {"text": "Nobody ever said that", "speaker": "Ada Long"},
            {"text": "we gave a fair warning", "speaker": "Bo Short"},
        ],
        "dates": [],
        "sanctions": [],
    },
    "bravo": FOUND["Bravo"],
    "charlie": FOUND["Charlie"],
}


@pytest.fixture
def scored(folder: Folder, command: Command) -> Command:
    """The command where the folder ``mine`` is scored."""
    folder.write({"mine.jsonl": predictions(MINE)})
    assert command("score", "mine.jsonl", "-o", "mine").code == 0
    return command


def test_explain_shows_pairs_field_by_field(scored: Command) -> None:
    done = scored("explain", "mine", "alpha", "quotes")
    assert (done.code, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[:2] == [
        "mine · external",
        "quotes of alpha: 1 found, 0 missed, 1 without gold, 0 set aside (lenient)",
    ]
    assert "gold 0 = predicted 1: found, leniently, similarity 0.500" in lines
    text = next(line for line in lines if line.startswith("  text  "))
    assert re.split(r"  +", text.strip()) == [
        *("text", "We gave a fair warning", "we gave a fair warning", "1.000")
    ]
    (speaker,) = [line for line in lines if line.startswith("  speaker") and "Bo Short" in line]
    assert speaker.split() == ["speaker", "Ada", "Long", "Bo", "Short", "0.000"]
    assert "gold 0 is not paired strictly: wrong_speaker, see predicted 1" in lines
    assert "predicted 1 is not paired strictly: wrong_speaker, see gold 0" in lines


def test_explain_says_why_the_others_are_not_paired(scored: Command) -> None:
    lines = scored("explain", "mine", "alpha", "quotes").out.splitlines()
    at = lines.index(next(line for line in lines if line.startswith("predicted 0: ")))
    assert lines[at].rstrip() == "predicted 0: ungrounded"
    below = " ".join(" ".join(lines[at:]).split())
    assert "text Nobody ever said that" in below
    assert "text in the article absent" in below
    missed = scored("explain", "mine", "alpha", "dates").out
    assert "gold 0: missed" in missed
    assert "2031-03-03" in missed


def test_explain_marks_what_is_no_key(scored: Command) -> None:
    out = scored("explain", "mine", "alpha", "actors").out
    assert "found, strictly, similarity 1.000" in out
    (role,) = [line for line in out.splitlines() if "(role)" in line]
    assert role.split() == ["(role)", "–", "pilot", "0.000"]


def test_explain_as_json(scored: Command) -> None:
    done = scored("explain", "mine", "alpha", "quotes", "--json")
    (found,) = done.json
    assert (found["model"], found["prompt"], found["repeat"]) == ("mine", "external", 0)
    assert (found["article_id"], found["claim_type"]) == ("alpha", "quotes")
    (pair,) = found["pairs"]
    assert (pair["gold"], pair["predicted"], pair["strict"]) == (0, 1, False)
    assert (pair["similarity"], pair["set_aside"]) == (0.5, False)
    assert pair["fields"] == {
        "text": {
            "gold": "We gave a fair warning",
            "predicted": "we gave a fair warning",
            "similarity": 1,
        },
        "speaker": {"gold": "Ada Long", "predicted": "Bo Short", "similarity": 0},
    }
    (unpaired,) = found["unpaired"]
    assert (unpaired["side"], unpaired["number"], unpaired["outcome"]) == ("predicted", 0, "fp")
    assert (unpaired["error_class"], unpaired["nearest"]) == ("ungrounded", None)
    assert unpaired["claim"]["text"] == "Nobody ever said that"


def test_explain_agrees_with_the_claims_that_were_written(scored: Command, folder: Folder) -> None:
    import csv

    with (folder.path / "mine" / "claims.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["article_id"] == "alpha"]
    for claim_type in ("actors", "quotes", "dates"):
        (found,) = scored("explain", "mine", "alpha", claim_type, "--json").json
        own = [row for row in rows if row["claim_type"] == claim_type]
        assert {
            (each["side"], str(each["number"]), each["error_class"]) for each in found["unpaired"]
        } == {(row["side"], row["number"], row["error_class"]) for row in own if not row["partner"]}
        assert {(str(pair["gold"]), str(pair["predicted"])) for pair in found["pairs"]} == {
            (row["number"], row["partner"])
            for row in own
            if row["side"] == "gold" and row["partner"]
        }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["mine", "alfa", "quotes"],
            "no claim of article 'alfa'; it has 'alpha', 'bravo',",
        ),
        (
            ["mine", "alpha", "quots"],
            "no claim type 'quots'; there are 'actors', 'quotes', 'dates'",
        ),
        (["mine", "alpha", "sanctions"], "article 'alpha' has no sanctions, gold or predicted"),
        (["mine", "alpha", "quotes", "-m", "other"], "no cell is 'other'"),
        (["mine", "alpha", "quotes", "-m", "other"], "there are 'mine external'"),
        (["mine", "alpha", "quotes", "-p", "one"], "no cell is 'one'"),
        (["gone", "alpha", "quotes"], "there is no run or folder 'gone'"),
        (["latest", "alpha", "quotes"], "there is no run yet"),
        (["articles", "alpha", "quotes"], "no result folder: it has no claims.csv"),
        (["broken", "alpha", "quotes"], "broken/claims.csv: cannot be read"),
    ],
)
def test_explain_wrong_input_exits_with_2(
    scored: Command, folder: Folder, arguments: list[str], expected: str
) -> None:
    folder.write({"broken/claims.csv": ""})
    done = scored("explain", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert len(done.err.splitlines()) == 1


def test_explain_needs_gold_of_the_article(scored: Command, folder: Folder) -> None:
    (folder.path / "gold" / "alpha.json").unlink()
    done = scored("explain", "mine", "alpha", "quotes")
    assert (done.code, done.out) == (2, "")
    assert "gold: quotes of alpha are not labelled" in done.err


def test_explain_without_the_article_says_nothing_of_grounding(
    scored: Command, folder: Folder
) -> None:
    folder.write({"harness.toml": ""})
    done = scored("explain", "mine", "alpha", "quotes")
    assert done.code == 0
    assert "in the article" not in done.out
    assert "predicted 0: spurious" in done.out


def test_explain_warns_where_the_gold_has_changed(scored: Command, folder: Folder) -> None:
    path = folder.path / "gold" / "alpha.json"
    gold = json.loads(path.read_text())
    gold["notes"] = "What is not compared may change."
    path.write_text(json.dumps(gold))
    assert scored("explain", "mine", "alpha", "quotes").err == ""
    gold["claims"]["quotes"][0]["speaker"] = "Bo Short"
    path.write_text(json.dumps(gold))
    done = scored("explain", "mine", "alpha", "quotes")
    assert done.code == 0
    assert "warning: the gold has changed since" in done.err
    assert "found, strictly" in done.out


def test_explain_an_article_whose_text_and_names_are_hostile(
    command: Command, folder: Folder
) -> None:
    evil = {"text": "\x1b[2Jwe gave [red]a fair\nwarning[/red]", "speaker": "x" * 1000}
    folder.write({"evil.jsonl": predictions({"alpha": {"quotes": [evil]}})})
    assert command("score", "evil.jsonl", "-o", "evil").code == 3
    done = command("explain", "evil", "alpha", "quotes")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "[red]a" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert "x..." in done.out


# ---- runs --------------------------------------------------------------------------------------


def test_explain_the_latest_run_and_one_of_its_cells(folder: Folder, command: Command) -> None:
    assert command("run", "-p", "one", "-p", "split", "--repeats", "2").code == 0
    everything = command("explain", "latest", "alpha", "quotes", "--json").json
    assert [(each["prompt"], each["repeat"]) for each in everything] == [
        *(("one", 0), ("one", 1), ("split", 0), ("split", 1))
    ]
    done = command("explain", "latest", "alpha", "quotes", "-p", "split", "-m", "rules/baseline")
    assert done.code == 0
    assert done.out.count("rules/baseline · split · repeat") == 2
    assert "· one" not in done.out
    (run,) = folder.runs
    assert command("explain", run.name, "alpha", "quotes", "--json").json == everything
    assert command("explain", run, "alpha", "quotes", "--json").json == everything


def test_explain_a_failed_request_and_an_invalid_item(
    folder: Folder, command: Command, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scripted_server import claims

    bad = {"dates": [{"text": "May 5"}], "actors": [], "quotes": [], "sanctions": []}
    answers = {"Alpha": error(400, "no"), "Bravo": claims(bad), "Charlie": claims(FOUND["Charlie"])}
    server.answer(lambda body: next(answers[name] for name in answers if name in str(body)))
    for name, value in hosted(server).items():
        monkeypatch.setenv(name, value)
    assert command("run", "-m", "openai/test-model").code == 3
    failed = command("explain", "latest", "alpha", "quotes")
    assert failed.code == 0
    assert re.search(r"The request failed \(\w+\): all required gold is missed\.", failed.out)
    assert "0 found, 1 missed, 0 without gold" in failed.out
    invalid = command("explain", "latest", "bravo", "dates")
    assert "0 found, 1 missed, 1 without gold" in invalid.out
    assert "predicted 0: invalid_item (" in invalid.out
    (found,) = command("explain", "latest", "bravo", "dates", "--json").json
    wrong = [each for each in found["unpaired"] if each["side"] == "predicted"]
    assert [(each["error_class"], each["claim"]) for each in wrong] == [
        ("invalid_item", {"text": "May 5"})
    ]
