from __future__ import annotations

import json
import resource
import signal
import time
from collections.abc import Callable
from subprocess import Popen

import pandas as pd
import pytest
from scripted_server import Body, Reply, ScriptedServer

from .conftest import CSV_FILES, Done, Folder, hosted, right

MODEL = "openai/test-model"


def _slow_after(n: int, server: ScriptedServer) -> None:
    answer, slow = right(), right(delay_s=30)
    n_before = len(server.requests)

    def slowing(body: Body) -> Reply:
        return (answer if len(server.requests) - n_before <= n else slow)(body)

    server.answer(slowing)


def _wait_for(done: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def _n_lines(folder: Folder) -> int:
    """The whole lines of the journal; the last may be being written."""
    files = (folder.path / "results" / "responses").rglob("*.jsonl")
    return sum(file.read_bytes().count(b"\n") for file in files)


def _start(folder: Folder, server: ScriptedServer, n_answered: int) -> Popen[str]:
    """Start a run of 12 requests and wait until so many are answered and more are under way."""
    _slow_after(n_answered, server)
    arguments = ["run", "-m", MODEL, "-p", "split", "-j", "2", "--grace", "1"]
    process = folder.start(*arguments, env=hosted(server))
    _wait_for(lambda: len(server.requests) == n_answered + 2)
    _wait_for(lambda: _n_lines(folder) == n_answered)
    return process


def _run_the_rest(folder: Folder, server: ScriptedServer) -> tuple[Done, int]:
    server.answer(right())
    n_before = len(server.requests)
    done = folder.run("run", "-m", MODEL, "-p", "split", env=hosted(server))
    return done, len(server.requests) - n_before


@pytest.mark.slow
def test_run_interrupted_keeps_and_reports_what_is_there(
    folder: Folder, server: ScriptedServer
) -> None:
    process = _start(folder, server, 5)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - started < 8
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "7 requests were not asked; run again to ask them." in err
    # A long name is folded where there is no room.
    assert MODEL[:12] in out
    facts = json.loads((folder.runs[0] / "run.json").read_text())
    assert (facts["interrupted"], facts["n_not_asked"]) == (True, 7)
    assert list(folder.csv_files(folder.runs[0])) == CSV_FILES
    board = pd.read_csv(folder.runs[0] / "leaderboard.csv")
    assert board["n_articles"].tolist() == [1]
    done, n_asked = _run_the_rest(folder, server)
    assert (done.code, n_asked) == (0, 7)
    assert len(folder.journalled) == 12


@pytest.mark.slow
def test_run_killed_loses_nothing_that_was_answered(folder: Folder, server: ScriptedServer) -> None:
    process = _start(folder, server, 5)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert len(folder.journalled) == 5
    done, n_asked = _run_the_rest(folder, server)
    assert (done.code, n_asked) == (0, 7)
    assert len(folder.runs) == 1


@pytest.mark.slow
def test_run_full_disk_stops_and_loses_nothing(folder: Folder, server: ScriptedServer) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

    done = folder.run(
        *("run", "-m", MODEL, "-p", "split", "-j", "1"),
        env=hosted(server),
        preexec_fn=small_files,
    )
    assert done.code == 3
    assert "the reply cannot be written" in done.err
    assert "make room, then run again" in done.err
    assert len(done.err.splitlines()) <= 4
    n_asked = len(server.requests)
    assert 1 < n_asked < 12
    again = folder.run("run", "-m", MODEL, "-p", "split", "--dry-run", "--json")
    assert again.json["cells"][0]["answered"] == n_asked - 1
    assert "unreadable" not in again.err


def test_run_torn_journal_is_mended(folder: Folder) -> None:
    assert folder.run("run").code == 0
    (journal,) = (folder.path / "results" / "responses").rglob("*.jsonl")
    journal.write_bytes(b"\xff\xfe broken\n" + journal.read_bytes()[:-20])
    done = folder.run("run", "--dry-run", "--json")
    assert done.code == 0
    assert f"{journal.relative_to(folder.path)}: 2 unreadable line(s) were set aside" in done.err
    assert (done.json["cells"][0]["answered"], done.json["cells"][0]["to_ask"]) == (2, 1)


@pytest.mark.parametrize("most_bytes", [200, 1500])
def test_run_full_disk_leaves_no_half_of_a_report(folder: Folder, most_bytes: int) -> None:
    assert folder.run("run").code == 0

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    before = sorted(folder.path.rglob("*"))
    done = folder.run("run", preexec_fn=small_files)
    assert done.code == 3
    assert "the reports cannot be written" in done.err
    assert sorted(folder.path.rglob("*")) == before
    assert folder.run("run").code == 0
