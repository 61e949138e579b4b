"""Runs against a server that fails: they end, and every request is accounted for."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from fault_server import (
    EVERY_FAULT,
    RETRYABLE,
    FaultServer,
    JournalFiles,
    gold_of,
    is_retryable,
    read_journal,
    unit_files,
)
from scripted_server import ScriptedServer, error

from .conftest import Done, Folder, hosted, run_json

N_MANY = 2000
MODEL = "faulty"
Command = Callable[..., Done]


def failures_of(journal: JournalFiles) -> Counter[str]:
    """How many requests ended with each reason, by the last entry of each key."""
    last = {entry["key"]: entry for entry in journal.entries}
    return Counter(entry["failure"]["reason"] for entry in last.values() if "failure" in entry)


def outcomes_of(journal: JournalFiles) -> Counter[str]:
    """How many attempts ended with each outcome."""
    return Counter(each["outcome"] for entry in journal.entries for each in entry["attempts"])


# ---- many requests, every fault ----------------------------------------------------------------


class Mixed:
    """A run of many requests, one in twenty of which meets each fault."""

    def __init__(self, folder: Folder) -> None:
        settings = {"concurrency": 100, "timeout_s": 2, "max_attempts": 3}
        with FaultServer(EVERY_FAULT, latency_s=0.05, seed=2) as server:
            folder.write(unit_files(N_MANY, server.base_url, **settings))
            process = folder.start("run")
            watch = threading.Thread(target=self._watch, args=(process.pid,))
            watch.start()
            out, err = process.communicate(timeout=500)
            watch.join()
            self.counts = server.counts()
        self.done = Done(process.returncode, out, err)
        self.journal = read_journal(folder.path / "results")
        self.failures = failures_of(self.journal)
        self.folder = folder.runs[0]

    def _watch(self, pid: int) -> None:
        """Keep the most memory that the process has had."""
        self.peak_mb = 0.0
        status = Path(f"/proc/{pid}/status")
        while "VmHWM:" in (text := status.read_text() if status.exists() else ""):
            self.peak_mb = int(text.split("VmHWM:")[1].split()[0]) / 1024
            time.sleep(0.2)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    return Mixed(Folder(tmp_path_factory.mktemp("mixed")))


@pytest.mark.slow
def test_run_faults_of_every_kind_come_to_an_end(mixed: Mixed) -> None:
    assert mixed.done.code == 3, mixed.done.err
    assert "Traceback" not in mixed.done.err
    assert set(mixed.counts.kinds) == {*EVERY_FAULT, "valid"}
    assert 50 < mixed.counts.most_in_flight <= 100
    assert {"truncated"} < set(mixed.failures) <= {*RETRYABLE, "truncated", "invalid"}


@pytest.mark.slow
def test_run_faults_leave_a_line_for_every_request(mixed: Mixed) -> None:
    keys = [entry["key"] for entry in mixed.journal.entries]
    assert (len(keys), len(set(keys)), mixed.journal.n_torn) == (N_MANY, N_MANY, 0)
    assert {entry["article_id"] for entry in mixed.journal.entries} == {
        f"a{number:04}" for number in range(N_MANY)
    }
    # What the server answered is what stands there, and is not asked for again.
    assert set(mixed.journal.settled) >= mixed.counts.settled
    assert mixed.counts.asked_after_settled == set()


@pytest.mark.slow
def test_run_faults_add_up(mixed: Mixed) -> None:
    facts = run_json(mixed.folder)
    assert (facts["n_requests"], facts["n_not_asked"]) == (N_MANY, 0)
    assert facts["failures"] == dict(mixed.failures)
    n_failed = sum(mixed.failures.values())
    assert mixed.failures["truncated"] == sum(
        all_asked[-1].kind == "truncated" for all_asked in mixed.counts.units.values()
    )
    (board,) = pd.read_csv(mixed.folder / "leaderboard.csv").to_dict("records")
    assert (board["n_requests"], board["n_failed_requests"]) == (N_MANY, n_failed)
    assert (board["n_articles"], board["n_gold"]) == (N_MANY, 3 * N_MANY)
    rows = pd.read_csv(mixed.folder / "articles.csv", keep_default_na=False)
    failed = {each["article_id"] for each in mixed.journal.entries if "failure" in each}
    assert set(rows[rows["n_failed"].astype(int) > 0]["article_id"]) == failed
    assert set(rows["article_id"]) == {f"a{number:04}" for number in range(N_MANY)}
    assert f"{n_failed} of {N_MANY} requests failed" in mixed.done.err
    for reason, n in mixed.failures.items():
        assert f"{reason} {n}" in mixed.done.err


@pytest.mark.slow
def test_run_faults_attempts_are_the_requests_of_the_server(mixed: Mixed) -> None:
    outcomes, kinds = outcomes_of(mixed.journal), mixed.counts.kinds
    # On a machine that is held up, a request may time out that the server would have answered,
    # or has not seen yet.
    n_early = outcomes["timeout"] - kinds["hang"]
    assert n_early >= 0
    assert 0 <= mixed.journal.n_attempts - mixed.counts.n_requests <= n_early
    if n_early == 0:
        expected = Counter(
            {
                "ok": kinds["valid"],
                "rate_limited": kinds["429"] + kinds["429-reset"],
                "server": kinds["500"],
                "unreachable": kinds["reset"],
                "timeout": kinds["hang"],
                "truncated": kinds["truncated"],
                "invalid": kinds["invalid"],
            }
        )
        assert outcomes == expected


@pytest.mark.slow
def test_run_faults_take_little_memory(mixed: Mixed) -> None:
    if not mixed.peak_mb:
        pytest.skip("this system does not say how much memory a process has")
    assert mixed.peak_mb < 700


# ---- accounts of small runs --------------------------------------------------------------------


@pytest.fixture
def units(folder: Folder) -> Callable[..., None]:
    """Make the folder one of units."""

    def write(n: int, server: FaultServer, **settings: object) -> None:
        folder.write(unit_files(n, server.base_url, **settings))

    return write


def test_run_by_type_accounts_for_every_request(
    folder: Folder, command: Command, units: Callable[..., None]
) -> None:
    mix = {"500": 0.15, "truncated": 0.1, "invalid": 0.1}
    with FaultServer(mix, seed=5) as server:
        units(15, server, max_attempts=1)
        done = command("run", "-p", "split")
        assert done.code == 3, done.err
        counts = server.counts()
    journal = read_journal(folder.path / "results")
    pairs = [(each["article_id"], *each["claim_types"]) for each in journal.entries]
    assert sorted(set(pairs)) == sorted(pairs)
    assert len(pairs) == 15 * 4
    assert journal.n_attempts == counts.n_requests
    facts = run_json(folder.runs[0])
    assert facts["failures"] == dict(failures_of(journal))
    assert {"server", "truncated"} <= set(facts["failures"])
    assert facts["n_requests"] == 15 * 4


def test_run_passing_faults_are_asked_again_at_once(
    folder: Folder, command: Command, units: Callable[..., None]
) -> None:
    mix = dict.fromkeys(("408", "409", "429", "429-reset", "500", "503", "reset"), 0.05)
    # With this seed nothing fails more than twice in a row, and so nothing waits for long.
    with FaultServer(mix, seed=25, latency_s=0) as server:
        units(30, server, max_attempts=8)
        done = command("run")
        assert done.code == 0, done.err
        counts = server.counts()
    assert set(counts.kinds) == {*mix, "valid"}
    assert len(counts.settled) == 30
    assert counts.asked_after_settled == set()
    assert read_journal(folder.path / "results").n_attempts == counts.n_requests


# ---- the next run ------------------------------------------------------------------------------


def test_run_again_asks_what_only_the_way_could_not_do(
    folder: Folder, command: Command, units: Callable[..., None]
) -> None:
    """The rest by default, nothing or everything that failed where a flag says so."""

    def asked_by(*flags: str) -> list[str]:
        before = {unit: len(all_asked) for unit, all_asked in server.counts().units.items()}
        done = command("run", *flags)
        assert done.code == 3, done.err
        units = server.counts().units
        asked = [unit for unit in units for _ in range(len(units[unit]) - before.get(unit, 0))]
        return sorted(asked)

    def failed(*, retryable: bool) -> list[str]:
        journal = read_journal(folder.path / "results")
        last = {entry["article_id"][1:]: entry for entry in journal.entries}
        failures = {unit: entry for unit, entry in last.items() if "failure" in entry}
        return sorted(u for u, entry in failures.items() if is_retryable(entry) is retryable)

    with FaultServer({"500": 0.3, "429": 0.1, "truncated": 0.3}, seed=4) as server:
        units(20, server, max_attempts=1)
        assert len(asked_by()) == 20
        passing, lasting = failed(retryable=True), failed(retryable=False)
        assert len(passing) > 3 and len(lasting) > 3
        assert asked_by("--no-retry") == []
        assert run_json(folder.runs[-1])["failures"]["truncated"] == len(lasting)
        assert asked_by() == passing
        passing, lasting = failed(retryable=True), failed(retryable=False)
        assert asked_by("--retry-failed") == sorted([*passing, *lasting])
        assert len(server.counts().settled) >= 20 - len(failed(retryable=True))


def test_run_again_asks_only_what_an_edit_changed(
    folder: Folder, command: Command, units: Callable[..., None]
) -> None:
    def asked_by(*flags: str) -> int:
        n_before = server.n_requests
        done = command("run", "-p", "one", "-p", "two", *flags)
        assert done.code == 0, done.err
        return server.n_requests - n_before

    with FaultServer() as server:
        units(5, server)
        folder.write({"prompts/two.md": "## user\ntask two {{ article.text }}\n"})
        assert asked_by() == 2 * 5
        gold = {"article_id": "a0003", "claims": {**gold_of(3), "dates": []}}
        for claim in (*gold["claims"]["actors"], *gold["claims"]["quotes"]):
            claim["evidence"] = "ships"
        folder.write(
            {
                "gold/a0003.json": json.dumps(gold),
                "prompts/one.md": "---\ndescription: plain\n---\n## user\n{{ article.text }}\n",
            }
        )
        assert asked_by() == 0
        folder.write({"prompts/two.md": "## user\ntask third {{ article.text }}\n"})
        assert asked_by() == 5
        counts = server.counts()
        assert {unit for unit in counts.units if " " not in unit} <= counts.settled
        assert {counts.asked(unit) for unit in counts.units} == {1}
        assert sum(unit.endswith(" third") for unit in counts.units) == 5


# ---- how a model is spared ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["401", "403", "404"])
def test_run_refusal_of_everything_stops_the_model_at_once(
    folder: Folder, command: Command, units: Callable[..., None], kind: str
) -> None:
    with FaultServer({kind: 1}, latency_s=0.1) as server:
        units(200, server, concurrency=5)
        done = command("run", "-m", MODEL, "-m", "rules/baseline")
        n_asked = server.n_requests
    assert done.code == 3
    assert 1 <= n_asked <= 5
    assert "200 requests were not asked" in done.err
    assert f"model '{MODEL}'" in done.err
    facts = run_json(folder.runs[0])
    assert list(facts["stopped"]) == [MODEL]
    assert (facts["n_not_asked"], facts["failures"]) == (200, {})
    # The other model is none the worse for it.
    board = pd.read_csv(folder.runs[0] / "leaderboard.csv").set_index("model")
    assert board.loc["rules/baseline", "n_articles"] == 200


@pytest.mark.parametrize("status", [400, 404])
def test_run_model_that_is_not_there_stops_at_once(
    folder: Folder, server: ScriptedServer, status: int
) -> None:
    message = "The model `test-model` does not exist"
    server.answer(lambda body: error(status, message, code="model_not_found"))
    done = folder.run("run", "-m", "openai/test-model", "-j", "1", env=hosted(server))
    assert done.code == 3
    assert len(server.requests) == 1
    assert "test-model" in done.err
    assert "3 requests were not asked; run again to ask them." in done.err


@pytest.mark.parametrize("kind", ["429", "429-reset"])
def test_run_waits_as_long_as_the_server_says(
    folder: Folder, command: Command, units: Callable[..., None], kind: str
) -> None:
    with FaultServer({kind: 0.4}, retry_after_s=2, seed=8) as server:
        units(6, server)
        done = command("run")
        assert done.code == 0, done.err
        counts = server.counts()
    assert counts.kinds[kind] == 3
    waits = [
        after.arrived_s - (before.ended_s or 0)
        for all_asked in counts.units.values()
        for before, after in pairwise(all_asked)
    ]
    assert len(waits) == 3
    assert min(waits) > 1.9


@pytest.mark.slow
def test_run_model_that_only_fails_is_left_alone_for_a_while(
    folder: Folder, command: Command, units: Callable[..., None]
) -> None:
    with FaultServer(down_until_quiet_s=3) as server:
        units(80, server, concurrency=8, max_attempts=1)
        done = command("run")
        counts = server.counts()
        # Twenty in a row, and what was under way by then.
        assert 20 <= counts.kinds["503"] <= 20 + 2 * 8
        assert done.code == 3
        paused = [line for line in done.err.splitlines() if "paus" in line.lower()]
        assert paused and MODEL in paused[0]
        assert run_json(folder.runs[0])["failures"] == {"server": counts.kinds["503"]}
        again = command("run")
        assert again.code == 0, again.err
        counts = server.counts()
    assert len(counts.settled) == 80
    assert counts.asked_after_settled == set()
