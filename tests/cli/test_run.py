from __future__ import annotations

import json
import os

import pandas as pd
import pytest
from scripted_server import (
    Body,
    Reply,
    ScriptedServer,
    claims,
    error,
    text,
)

from .conftest import (
    KEY,
    Folder,
    all_bytes,
    hosted,
    right,
    run_json,
)

MODEL = "openai/test-model"


# ---- what a run is made of ---------------------------------------------------------------------


def test_run_without_options_takes_the_defaults(folder: Folder) -> None:
    (folder.path / "gold" / "bravo.json").unlink()
    env = {"HARNESS_DEFAULT_MODELS": json.dumps([MODEL, "rules/baseline"])}
    done = folder.run("run", env=env)
    assert done.code == 0, done.err
    facts = run_json(folder.runs[0])
    assert list(facts["models"]) == ["rules/baseline"]
    assert list(facts["prompts"]) == ["one"]
    assert facts["articles"] == ["alpha", "charlie"]
    assert facts["n_articles_without_gold"] == 1
    assert f"left out: model '{MODEL}' needs a key" in done.err
    assert "2 articles; 1 without gold left out; 2 requests" in done.err


def test_run_limit_repeats_and_fresh(folder: Folder) -> None:
    done = folder.run("run", "-j", "1", "--limit", "2", "--repeats", "2")
    assert done.code == 0, done.err
    assert len(folder.journalled) == 4
    assert set(pd.read_csv(folder.runs[0] / "articles.csv")["n_repeats"]) == {2}
    scores = pd.read_csv(folder.runs[0] / "scores.csv")
    scores = scores.set_index(["slice", "claim_type", "level"])
    # The rules say the same each time.
    found = scores.loc[("all", "dates", "strict"), ["n_repeat_pairs", "repeat_agreement"]]
    assert found.tolist() == [2, 1]
    options = ["run", "--limit", "1", "--repeats", "3", "--dry-run", "--json"]
    plans = [done.json["cells"][0] for done in folder.run_all([options, [*options, "--fresh"]])]
    assert [(plan["answered"], plan["to_ask"]) for plan in plans] == [(2, 1), (0, 3)]


def test_run_warns_of_a_prompt_that_gives_an_article_away(folder: Folder) -> None:
    example = "Example: We gave a fair warning, Ada Long said on March 3."
    folder.write({"prompts/leaky.md": f"## user\n{example}\n{{{{ article.text }}}}"})
    done = folder.run("run", "-p", "leaky", "--dry-run")
    assert done.code == 0
    assert "warning: prompt leaky shares 11 words in a row with article alpha" in done.err


# ---- dry run -----------------------------------------------------------------------------------


def test_run_dry_run_needs_no_key_and_no_sdk_and_writes_nothing(folder: Folder) -> None:
    models = ["-m", MODEL, "-m", "anthropic/claude-x", "-m", "rules/baseline"]
    done = folder.run("run", *models, "-p", "split", "--dry-run", "--json")
    assert done.code == 0
    assert [(each["model"], each["to_ask"]) for each in done.json["cells"]] == [
        (MODEL, 12),
        ("anthropic/claude-x", 12),
        ("rules/baseline", 12),
    ]
    assert f"cannot be asked yet: model '{MODEL}' needs a key" in done.err
    assert "cannot be asked yet: model 'anthropic/claude-x'" in done.err
    assert not (folder.path / "results").exists()


def test_run_dry_run_without_weights_leaves_that_model_out(folder: Folder) -> None:
    env = {"HARNESS_DEFAULT_PROMPTS": "[]"}
    done = folder.run("run", "-m", "local/gone.gguf", "-m", MODEL, "--dry-run", env=env)
    assert done.code == 0, done.err
    # Without default prompts, all of the folder are asked with.
    assert "one" in done.out
    assert "split" in done.out
    assert "left out: " in done.err
    assert "gone.gguf" in done.err
    assert MODEL in done.out
    assert "local/" not in done.out


# ---- errors before anything is asked -----------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "files", "expected"),
    [
        (["-m", "rules/other"], {}, "there is only rules/baseline"),
        (["-m", MODEL], {}, "needs a key: set the environment variable OPENAI_API_KEY"),
        (
            ["-p", "bad"],
            {"prompts/bad.md": "## user\n{{ article.text }}\n{{ x }}"},
            "bad.md:3: 'x'",
        ),
        (["--split", "train"], {}, "no article is in split 'train'; there are 'test'"),
        ([], {"harness.toml": "modles = 1"}, "harness.toml: modles"),
        (["--results", "articles/Alpha.txt/x"], {}, "results cannot be written here"),
        ([], {"results/responses": ""}, "results cannot be written here"),
    ],
)
def test_run_wrong_input_exits_with_2(
    folder: Folder, arguments: list[str], files: dict[str, str], expected: str
) -> None:
    folder.write(files)
    done = folder.run("run", *arguments)
    assert done.code == 2, done.err
    assert expected in done.err
    assert done.out == ""
    assert sum(line.startswith("error: ") for line in done.err.splitlines()) == 1
    assert not list((folder.path / "results").glob("*Z"))


def test_run_reports_what_is_wrong_everywhere_at_once(folder: Folder) -> None:
    folder.write({"gold/alpha.json": "{", "prompts/bad.md": "## user\n{{ x }}"})
    (folder.path / "articles" / "Bravo.txt").write_bytes(b"\xff")
    done = folder.run("run", "-m", "gpt", "-p", "bad", "--json")
    assert (done.code, done.out) == (2, "")
    for expected in ("'gpt'", "bad.md:2", "alpha.json", "Bravo.txt"):
        assert expected in done.err


# ---- failures ----------------------------------------------------------------------------------


def test_run_server_that_is_not_there_leaves_no_results(folder: Folder) -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    done = folder.run("run", "-m", MODEL, "--json", env=env)
    assert done.code == 3
    assert done.json["run"] is None
    assert done.json["leaderboard"] == []
    assert done.json["not_asked"] == 3
    assert "nothing to score" in done.err
    assert "no server answers at http://127.0.0.1:9/v1" in done.err
    assert [path for path in folder.runs if path.is_dir()] == []


def test_run_key_that_the_server_echoes_is_shown_nowhere(
    folder: Folder, server: ScriptedServer
) -> None:
    server.answer(lambda body: error(401, f"Incorrect API key provided: {KEY}. " + KEY * 9))
    done = folder.run("run", "-m", MODEL, "-m", "rules/baseline", env=hosted(server))
    assert done.code == 3
    assert len(server.requests) <= 3
    assert "does not accept the key" in done.err
    assert "3 requests were not asked; run again to ask them." in done.err
    stopped = run_json(folder.runs[0])["stopped"]
    assert list(stopped) == [MODEL]
    board = pd.read_csv(folder.runs[0] / "leaderboard.csv").set_index("model")
    assert board.loc["rules/baseline", "n_articles"] == 3
    shown = done.out + done.err + all_bytes(folder.path).decode()
    assert KEY[:12] not in shown


def test_run_failed_requests_count_as_missed(folder: Folder, server: ScriptedServer) -> None:
    faults = {
        "Alpha news": error(400, f"no: {KEY}"),
        "Bravo news": error(500, f"oh: {KEY}"),
        "Charlie news": text("I would rather write a poem."),
    }
    server.answer(lambda body: next(faults[name] for name in faults if name in str(body)))
    done = folder.run("run", "-m", MODEL, env=hosted(server))
    assert done.code == 3
    assert len(server.requests) == 1 + 1 + 3
    assert "3 of 3 requests failed" in done.err
    assert run_json(folder.runs[0])["failures"] == {"rejected": 1, "server": 1, "invalid": 1}
    board = pd.read_csv(folder.runs[0] / "leaderboard.csv")
    assert (board["recall"].tolist(), board["n_failed_requests"].tolist()) == ([0], [3])
    raw = {entry["article_id"]: entry.get("raw") for entry in folder.journalled}
    assert raw["charlie"] == "I would rather write a poem."
    assert KEY.encode() not in all_bytes(folder.path)
    # What the model will not do is not asked again; what only the way could not do is.
    server.answer(right())
    again = folder.run("run", "-m", MODEL, env=hosted(server))
    assert (again.code, len(server.requests)) == (3, 6)
    counts = pd.read_csv(folder.runs[1] / "articles.csv").set_index(["article_id", "claim_type"])
    counts = counts[counts["level"] == "strict"]
    assert counts.loc[("bravo", "dates"), ["tp", "n_failed"]].tolist() == [1, 0]
    assert counts.loc[("alpha", "quotes"), ["fn", "n_failed"]].tolist() == [1, 1]


def test_run_by_type_failure_misses_only_its_claim_type(
    folder: Folder, server: ScriptedServer
) -> None:
    long = [{"text": "x" * 70_000, "value": "2031-03-03"}]

    def answer(body: Body) -> Reply:
        asked = str(body["messages"])
        if "Find quotes" in asked:
            return error(400, "no")
        if "Find dates" in asked and "Alpha" in asked:
            return claims({"dates": long})
        return right()(body)

    server.answer(answer)
    done = folder.run("run", "-m", MODEL, "-p", "split", env=hosted(server))
    assert done.code == 3
    scores = pd.read_csv(folder.runs[0] / "scores.csv")
    chosen = scores[(scores["level"] == "strict") & (scores["slice"] == "all")]
    recall = chosen.set_index("claim_type")["recall"]
    assert recall[["actors", "quotes", "dates"]].tolist() == [1, 0, 1]
    # What is long is cut, which is counted, and kept whole in a file of its own.
    assert pd.read_csv(folder.runs[0] / "leaderboard.csv")["n_warnings"].tolist() == [1]
    (kept,) = (folder.path / "results" / "responses" / "raw").glob("*.txt")
    assert json.loads(kept.read_text()) == {"dates": long}


# ---- hostile names -----------------------------------------------------------------------------


@pytest.mark.slow
def test_run_hostile_names_stay_in_the_results_folder(
    folder: Folder, server: ScriptedServer
) -> None:
    evil = "../../../evil"
    article = '{"id": "../../evil\\u001b[2J", "text": "Alpha news.", "published": "2031-03-05"}\n'
    gold = {"article_id": "../../evil\u001b[2J", "claims": {"dates": []}}
    folder.write(
        {
            "hostile.jsonl": article,
            "labels/..%2F..%2Fevil%1B%5B2J.json": json.dumps(gold),
            "prompts/evil.md": f'---\nname: "{evil}\\e[2J=1+1"\n---\n'
            "## user\n{{ article.text }}",
        }
    )
    before = set(folder.path.parent.rglob("*"))
    models = ["-m", f"openai/{evil}\x1b[2J", "-m", "rules/baseline"]
    arguments = [*models, "-p", "evil", "--articles", "hostile.jsonl", "--gold", "labels"]
    done = folder.run("run", *arguments, env=hosted(server))
    assert done.code == 0, done.err
    written = set(folder.path.parent.rglob("*")) - before
    results = folder.path / "results"
    assert written
    assert all(path.is_relative_to(results) for path in written)
    assert server.requests[0].body["model"] == f"{evil}\x1b[2J"
    again = folder.run("run", *arguments, "--dry-run", "--json", env=hosted(server))
    assert [cell["to_ask"] for cell in again.json["cells"]] == [0, 0]


def test_run_ids_sort_by_time(folder: Folder) -> None:
    for number in range(3):
        folder.write({f"results/x{number}/run.json": "{}"})
    from datetime import UTC, datetime

    from harness.cli.run import _new_folder

    now = datetime.now(UTC)
    made = [_new_folder(folder.path / "results", now).name for _ in range(12)]
    assert made == sorted(set(made))


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may write anywhere")
def test_run_read_only_results_are_found_before_asking(
    folder: Folder, server: ScriptedServer
) -> None:
    (folder.path / "results").mkdir(mode=0o500)
    done = folder.run("run", "-m", MODEL, env=hosted(server))
    assert done.code == 2
    assert server.requests == []
