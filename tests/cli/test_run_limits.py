"""What a run may cost and take, what it asks again, and what it tells on the way."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from scripted_server import Body, Reply, ScriptedServer, error, text

from .conftest import KEY, Folder, clean_environment, hosted, right, run_json

MODEL = "openai/test-model"
PRICED = """articles = "articles"
default_prompts = ["one"]
[models.mine]
model = "test-model"
base_url = "{base_url}"
mode = "json_schema"
max_attempts = 1
max_tokens = 100
price = {{ input = 10, output = 10000 }}
{more}
"""
"""A reply of 11 tokens in and 7 out costs 0.07011, one of 100 tokens out a dollar."""


def priced(folder: Folder, server: ScriptedServer, more: str = "") -> None:
    folder.write({"harness.toml": PRICED.format(base_url=server.base_url, more=more)})


def failing_first(n_failing: int, failure: Reply) -> object:
    """Answers that are failures at first, then right."""
    rest = right()
    seen = 0

    def answer(body: Body) -> Reply:
        nonlocal seen
        seen += 1
        return failure if seen <= n_failing else rest(body)

    return answer


# ---- cost --------------------------------------------------------------------------------------


def test_cost_stands_in_journal_run_and_leaderboard(folder: Folder, server: ScriptedServer) -> None:
    priced(folder, server)
    done = folder.run("run", "-m", "mine", "--quiet")
    assert done.code == 0, done.err
    costs = [line["attempts"][0]["cost_usd"] for line in folder.journalled]
    assert costs == [0.07011] * 3
    (usage,) = run_json(folder.runs[0])["usage"]
    assert (usage["model"], usage["input_tokens"], usage["output_tokens"]) == ("mine", 33, 21)
    assert usage["cost_usd"] == pytest.approx(0.21033)
    board = pd.read_csv(folder.runs[0] / "leaderboard.csv")
    assert board["cost_usd"].tolist() == [pytest.approx(0.21033)]
    assert "Asking cost 0.2103 USD." in done.err
    assert run_json(folder.runs[0])["cost_usd_of_asking"] == pytest.approx(0.21033)


def test_cost_stays_what_it_was_when_prices_change(folder: Folder, server: ScriptedServer) -> None:
    priced(folder, server)
    assert folder.run("run", "-m", "mine", "-q").code == 0
    settings = folder.path / "harness.toml"
    settings.write_text(settings.read_text().replace("10000", "99999"))
    assert folder.run("run", "-m", "mine", "-q").code == 0
    first, second = (run_json(run)["usage"][0]["cost_usd"] for run in folder.runs)
    assert first == second == pytest.approx(0.21033)


def test_cost_of_a_server_of_ones_own_is_unknown_and_not_nothing(
    folder: Folder, server: ScriptedServer
) -> None:
    env = hosted(server) | {"HARNESS_MODELS__CHEAP__MODEL": "openai/gpt-4o-mini"}
    assert folder.run("run", "-m", "cheap", env=env).code == 0
    assert run_json(folder.runs[0])["usage"][0]["cost_usd"] is None
    assert pd.read_csv(folder.runs[0] / "leaderboard.csv")["cost_usd"].isna().all()


def test_max_cost_stops_before_it_is_passed_and_the_next_run_asks_the_rest(
    folder: Folder, server: ScriptedServer
) -> None:
    priced(folder, server, "concurrency = 1")
    # An answer may cost a dollar by its 100 tokens; it does cost 0.07011.
    done = folder.run("run", "-m", "mine", "--max-cost", "1.05")
    assert done.code == 3
    assert "would pass --max-cost 1.05" in done.err
    assert len(folder.journalled) == 1
    facts = run_json(folder.runs[0])
    assert facts["usage"][0]["cost_usd"] <= 1.05
    assert facts["n_not_asked"] == 2
    assert folder.run("run", "-m", "mine", "--max-cost", "9").code == 0
    assert len(server.requests) == 3


def test_max_cost_needs_a_price_before_anything_is_asked(
    folder: Folder, server: ScriptedServer
) -> None:
    done = folder.run("run", "-m", MODEL, "--max-cost", "1", env=hosted(server))
    assert done.code == 2
    assert f"the price of {MODEL} is not known; set it" in done.err
    assert server.requests == []


def test_max_cost_lets_models_pass_that_cost_nothing(folder: Folder) -> None:
    assert folder.run("run", "--max-cost", "0").code == 0


def test_a_run_that_may_cost_more_than_the_settings_say_wants_a_yes(
    folder: Folder, server: ScriptedServer
) -> None:
    priced(folder, server)
    env = {"HARNESS_CONFIRM_ABOVE_USD": "0.9"}
    done = folder.run("run", "-m", "mine", env=env)
    assert done.code == 2
    assert "say --yes" in done.err
    assert server.requests == []
    assert folder.run("run", "-m", "mine", "--yes", env=env).code == 0
    # All is answered: nothing is to be paid, nobody is asked.
    assert folder.run("run", "-m", "mine", env=env).code == 0


def test_dry_run_estimates_tokens_and_cost_by_what_was_answered(
    folder: Folder, server: ScriptedServer
) -> None:
    priced(folder, server)
    before = folder.run("run", "-m", "mine", "--dry-run", "--json").json
    (cell,) = before["cells"]
    assert (cell["to_ask"], cell["answered"]) == (3, 0)
    assert 0 < cell["input_tokens"][0] < cell["input_tokens"][1]
    assert cell["output_tokens"] == [150, 300]
    assert 0 < cell["cost_usd_low"] < cell["cost_usd_high"]
    assert before["smallest_detectable_difference"] is None
    assert folder.run("run", "-m", "mine", "--limit", "2").code == 0
    (cell,) = folder.run("run", "-m", "mine", "--dry-run", "--json").json["cells"]
    assert (cell["to_ask"], cell["answered"]) == (1, 2)
    assert cell["output_tokens"] == [6, 8]  # seven a reply, a fifth more or less
    assert server.requests[2:] == []


def test_dry_run_says_how_small_a_difference_the_last_run_could_show(folder: Folder) -> None:
    folder.write({"prompts/other.md": "## user\nOther: {{ article.text }}"})
    assert folder.run("run", "-p", "one", "-p", "other").code == 0
    (run,) = folder.runs
    path = run / "comparisons.csv"
    table = pd.read_csv(path)
    table.loc[table["claim_type"] == "overall", "detectable"] = 0.3
    table.to_csv(path, index=False)
    plan = folder.run("run", "--dry-run", "--json").json
    assert plan["smallest_detectable_difference"] == pytest.approx(0.3)
    fewer = folder.run("run", "--dry-run", "--limit", "1", "--json").json
    assert fewer["smallest_detectable_difference"] == pytest.approx(0.3 * 3**0.5, abs=1e-4)


# ---- what is asked again -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "n_again"),
    [(error(500, "down"), (3, 3, 0)), (text("no", "content_filter"), (0, 3, 0))],
)
def test_failed_requests_are_asked_again_as_the_flags_say(
    folder: Folder, server: ScriptedServer, failure: Reply, n_again: tuple[int, int, int]
) -> None:
    env = hosted(server)
    server.answer(lambda body: failure)
    assert folder.run("run", "-m", MODEL, env=env).code == 3
    n_by_default, n_with_retry_failed, n_without = n_again
    for flags, n_asked in (
        (["--no-retry"], n_without),
        (["--retry-failed"], n_with_retry_failed),
        ([], n_by_default),
    ):
        before = len(server.requests)
        assert folder.run("run", "-m", MODEL, *flags, env=env).code == 3
        assert len(server.requests) - before == n_asked
    server.answer(right())
    assert folder.run("run", "-m", MODEL, "--retry-failed", env=env).code == 0


def test_retry_failed_and_no_retry_exclude_each_other(folder: Folder) -> None:
    done = folder.run("run", "--retry-failed", "--no-retry")
    assert done.code == 2
    assert "exclude each other" in done.err


def test_what_the_server_wants_to_be_left_alone_for_too_long_stops_the_model(
    folder: Folder, server: ScriptedServer
) -> None:
    server.answer(lambda body: error(429, headers={"Retry-After": "86400"}))
    started = time.monotonic()
    done = folder.run("run", "-m", MODEL, env=hosted(server))
    assert time.monotonic() - started < 60
    assert done.code == 3
    assert "wants to be left alone for 86400 s; run again then" in done.err


@pytest.mark.slow
def test_a_model_that_only_fails_is_paused_tried_and_goes_on_when_it_is_back(
    folder: Folder, server: ScriptedServer
) -> None:
    priced(folder, server, "concurrency = 30")
    texts = {f"articles/b{n}.txt": f"Alpha news, number {n}." for n in range(30)}
    gold = {
        f"gold/b{n}.json": json.dumps({"article_id": f"b{n}", "claims": {"quotes": []}})
        for n in range(30)
    }
    rows = "".join(f"b{n},b{n}.txt,2031-03-05\n" for n in range(30))
    manifest = (folder.path / "articles" / "manifest.csv").read_text() + rows
    folder.write(texts | gold | {"articles/manifest.csv": manifest})
    server.answer(failing_first(30, error(503, "busy")))  # type: ignore[arg-type]
    settings = folder.path / "harness.toml"
    settings.write_text(settings.read_text().replace("max_attempts = 1", "max_attempts = 3"))
    done = folder.run("run", "-m", "mine")
    assert done.code == 0, done.err
    assert "failed many times in a row" in done.err
    assert "pausing for 5 s" in done.err
    assert len(folder.journalled) == 33


# ---- what it tells -----------------------------------------------------------------------------


def test_log_file_has_a_record_of_each_attempt_and_no_key(
    folder: Folder, server: ScriptedServer
) -> None:
    settings = folder.path / "harness.toml"
    settings.write_text(settings.read_text().replace("max_attempts = 1", "max_attempts = 2"))
    server.answer(failing_first(1, error(500, f"Bearer {KEY} is not well")))  # type: ignore[arg-type]
    done = folder.run("run", "-m", MODEL, "-j", "1", "--log-file", "log.jsonl", env=hosted(server))
    assert done.code == 0, done.err
    log = (folder.path / "log.jsonl").read_text(encoding="utf-8")
    assert KEY not in log
    entries = [json.loads(line) for line in log.splitlines()]
    assert [entry["outcome"] for entry in entries] == ["server", "ok", "ok", "ok"]
    assert {entry["event"] for entry in entries} == {"attempt"}
    assert {entry["article_id"] for entry in entries} == {"alpha", "bravo", "charlie"}
    assert "is not well" in entries[0]["detail"]
    assert entries[1]["input_tokens"] == 11


def test_log_file_that_cannot_be_written_is_told_before_anything_is_asked(
    folder: Folder, server: ScriptedServer
) -> None:
    done = folder.run("run", "-m", MODEL, "--log-file", "no/such/folder", env=hosted(server))
    assert done.code == 2
    assert "--log-file no/such/folder" in done.err
    assert server.requests == []


def test_progress_in_a_log_is_a_line_for_each_cell_and_none_when_quiet(folder: Folder) -> None:
    done = folder.run("run")
    assert "rules/baseline one: 3 of 3 answered" in done.err
    again = folder.run("run", "--fresh", "--quiet")
    assert again.code == 0
    assert "of 3 answered" not in again.err


@pytest.mark.slow
def test_progress_on_a_terminal_shows_cells_rate_tokens_and_cost(
    folder: Folder, server: ScriptedServer
) -> None:
    priced(folder, server)
    server.answer(right(delay_s=0.6))
    shown = _on_a_terminal(folder, "run", "-m", "mine", "-j", "1")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "mine one" in plain
    assert "/3" in plain
    assert "in flight" in plain
    assert "tokens, $0." in plain


def _on_a_terminal(folder: Folder, *arguments: str) -> str:
    """What the command shows on a terminal of 160 columns."""
    ours, theirs = pty.openpty()
    environment = clean_environment(folder.path) | {"COLUMNS": "160", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder.path,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                read = os.read(ours, 65536)
            except OSError:
                break
            if not read:
                break
            shown += read
    os.close(ours)
    assert process.wait(10) == 0
    return shown.decode(errors="replace")


def test_a_run_whose_notices_nobody_reads_goes_on_and_reports(folder: Folder) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run"],
        cwd=folder.path,
        env=clean_environment(folder.path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=writing,
    )
    os.close(writing)
    assert process.wait(100) == 0
    assert len(folder.journalled) == 3
    assert run_json(folder.runs[0])["n_not_asked"] == 0


def test_a_log_file_on_a_full_disk_ends_and_the_run_goes_on(folder: Folder) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    done = folder.run("run", "--log-file", "/dev/full")
    assert done.code == 0, done.err
    assert len(folder.journalled) == 3
