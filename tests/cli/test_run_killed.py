"""Runs that are killed or interrupted at any moment: nothing is lost, nothing is paid for twice."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen

import pandas as pd
import pytest
from fault_server import (
    Counts,
    FaultServer,
    JournalFiles,
    is_over,
    over_in_the_end,
    read_journal,
    unit_files,
    wait_for,
)

from .conftest import CSV_FILES, Done, Folder, run_json

N_UNITS = 160
N_AT_ONCE = 4
SETTINGS = {"concurrency": N_AT_ONCE, "max_attempts": 5}
MIX = {"429": 0.04, "500": 0.04, "reset": 0.04, "truncated": 0.05, "invalid": 0.05}
MOMENTS = {
    signal.SIGKILL: {"start": 3, "asking": 8, "end": 2},
    signal.SIGINT: {"start": 2, "asking": 7, "end": 2},
}
"""How many runs are ended in each of their parts."""
FINE, FAILED, INTERRUPTED = 0, 3, 130


def ended(process: Popen[str]) -> Done:
    out, err = process.communicate(timeout=200)
    return Done(process.returncode, out, err)


# ---- at any moment -----------------------------------------------------------------------------


class Undisturbed:
    """A run that nobody disturbs, and how long its parts take on this machine."""

    def __init__(self, folder: Folder) -> None:
        with FaultServer(MIX, latency_s=0.06) as server:
            folder.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
            started = time.monotonic()
            done = folder.run("run")
            self.to_first_request_s = server.counts().arrivals[0] - started
            assert done.code == FAILED, done.err
            started = time.monotonic()
            folder.run("run")
            self.asking_nothing_s = time.monotonic() - started
            self.settled = server.counts().settled
        self.folder = folder


@dataclass
class Moment:
    """What was found after a signal.

    Parameters
    ----------
    phase
        "start", "asking" or "end": which part of the run the signal was meant for.
    """

    phase: str
    at_s: float
    n_asked: int
    done: Done
    journal: JournalFiles
    counts: Counts


class Chain:
    """Runs of a folder, each ended by a signal at a moment of its own, and a last one to its end.

    The moments are drawn by a seed: in starting, after a number of requests, and when everything is
    answered and the reports are written.
    """

    def __init__(self, folder: Folder, number: signal.Signals, undisturbed: Undisturbed) -> None:
        self.folder, self._signal, self._undisturbed = folder, number, undisturbed
        self._random = random.Random(int(number))
        phases = ["start"] * MOMENTS[number]["start"] + ["asking"] * MOMENTS[number]["asking"]
        self._random.shuffle(phases)
        # Slow, so that there is something left to ask in the last of them.
        with FaultServer(MIX, latency_s=0.15) as self._server:
            folder.write(unit_files(N_UNITS, self._server.base_url, **SETTINGS))
            self.moments = [self._disturbed(phase) for phase in phases]
            self._to_the_end()
            self.moments += [self._disturbed("end") for _ in range(MOMENTS[number]["end"])]
            self.last = folder.run("run")
            self.counts = self._server.counts()
        self.journal = read_journal(folder.path / "results")

    def _disturbed(self, phase: str) -> Moment:
        n_before = self._server.n_requests
        with over_in_the_end(self.folder.start("run")) as process:
            if phase == "start":
                time.sleep(self._random.random() * self._undisturbed.to_first_request_s)
            elif phase == "end":
                time.sleep(self._random.uniform(0.3, 1) * self._undisturbed.asking_nothing_s)
            else:
                n_enough = n_before + self._random.randint(1, 8)
                wait_for(lambda: is_over(process) or self._server.n_requests >= n_enough)
                time.sleep(self._random.random() / 10)
            at_s = time.monotonic()
            process.send_signal(self._signal)
            done = ended(process)
        journal = read_journal(self.folder.path / "results")
        counts = self._server.counts()
        return Moment(phase, at_s, counts.n_requests - n_before, done, journal, counts)

    def _to_the_end(self) -> None:
        """Run until only lasting failures are left."""
        for _ in range(4):
            assert self.folder.run("run").code in (FINE, FAILED)
            if len(read_journal(self.folder.path / "results").settled) == N_UNITS:
                return
        raise AssertionError("there is still something to ask")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(Folder(tmp_path_factory.mktemp("undisturbed")))


@pytest.fixture(scope="module")
def chains(
    tmp_path_factory: pytest.TempPathFactory, undisturbed: Undisturbed
) -> dict[signal.Signals, Chain]:
    folders = [Folder(tmp_path_factory.mktemp(number.name)) for number in MOMENTS]
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda *of: Chain(*of, undisturbed), folders, MOMENTS)
        return dict(zip(MOMENTS, made, strict=True))


@pytest.fixture(params=MOMENTS, ids=lambda number: number.name)
def chain(request: pytest.FixtureRequest, chains: dict[signal.Signals, Chain]) -> Chain:
    """The chain of each signal in turn."""
    return chains[request.param]


@pytest.mark.slow
def test_run_killed_at_any_moment_asks_nothing_again_that_is_on_disk(chain: Chain) -> None:
    for moment in chain.moments:
        for unit in moment.journal.settled:
            assert chain.counts.asked(unit) == moment.counts.asked(unit), (unit, moment.phase)


@pytest.mark.slow
def test_run_killed_at_any_moment_leaves_a_journal_that_only_grows(chain: Chain) -> None:
    known: dict[str, object] = {}
    for journal in (*(moment.journal for moment in chain.moments), chain.journal):
        # Whoever was killed in writing a line leaves part of it.
        assert journal.n_torn <= len(chain.moments)
        assert known.items() <= journal.settled.items()
        known = dict(journal.settled)


@pytest.mark.slow
def test_run_killed_at_any_moment_answers_every_key_once(chain: Chain) -> None:
    keys = [entry["key"] for entry in chain.journal.settled.values()]
    assert len(set(keys)) == len(keys) == N_UNITS
    assert chain.counts.settled == set(chain.journal.settled)
    settled = [each for each in chain.journal.entries if each in chain.journal.settled.values()]
    assert len(settled) == N_UNITS
    facts = run_json(chain.folder.runs[-1])
    assert (facts["n_requests"], facts["n_not_asked"]) == (N_UNITS, 0)
    assert set(facts["failures"]) <= {"truncated", "invalid"}


@pytest.mark.slow
def test_run_killed_at_any_moment_ends_with_the_scores_of_one_that_was_not(
    chain: Chain, undisturbed: Undisturbed
) -> None:
    assert chain.last.code == FAILED, chain.last.err
    assert undisturbed.settled == chain.counts.settled
    expected = undisturbed.folder.csv_files(undisturbed.folder.runs[-1])
    found = chain.folder.csv_files(chain.folder.runs[-1])
    assert list(found) == CSV_FILES
    boards = [
        pd.read_csv(each.folder.runs[-1] / "leaderboard.csv", dtype=str)
        for each in (undisturbed, chain)
    ]
    # Only seconds and attempts depend on how the answers came.
    names = [name for name in boards[0] if not name.endswith("_s") and name != "n_attempts"]
    assert len(names) >= len(boards[0].columns) - 4
    pd.testing.assert_frame_equal(boards[0][names], boards[1][names])
    del expected["leaderboard.csv"], found["leaderboard.csv"]
    assert found == expected


@pytest.mark.slow
def test_run_killed_asks_again_no_more_than_was_on_its_way(
    chains: dict[signal.Signals, Chain],
) -> None:
    chain = chains[signal.SIGKILL]
    n_killed = sum(moment.done.code == -signal.SIGKILL for moment in chain.moments)
    assert n_killed >= 6
    known: set[str] = set()
    for moment in chain.moments:
        lost = moment.counts.settled - set(moment.journal.settled)
        # Of what was answered in the last moments, some may not have been written.
        late = {
            unit
            for unit in lost - known
            if any((each.ended_s or 0) > moment.at_s - 2 for each in moment.counts.units[unit])
        }
        assert lost - known <= late, moment.phase
        known = lost


@pytest.mark.slow
def test_run_interrupted_at_any_moment_loses_no_answer(
    chains: dict[signal.Signals, Chain],
) -> None:
    chain = chains[signal.SIGINT]
    assert chain.counts.asked_after_settled == set()
    assert chain.journal.n_torn == 0
    for moment in chain.moments:
        if moment.done.code == -signal.SIGINT:
            # Python itself was still starting.
            assert moment.n_asked == 0
            continue
        assert "Traceback" not in moment.done.err
        # It may have been about to end by itself.
        is_whole = moment.counts.settled == chain.counts.settled
        usual = {INTERRUPTED, FINE, FAILED} if is_whole else {INTERRUPTED}
        assert moment.done.code in usual, moment.done.err
        assert set(moment.journal.settled) == moment.counts.settled, moment.phase
    assert sum(moment.done.code == INTERRUPTED for moment in chain.moments) >= 4


# ---- while the server keeps it waiting ---------------------------------------------------------

N_HELD = 30
N_ANSWERED = 9


@pytest.fixture
def holding() -> Iterator[FaultServer]:
    """A server that answers some requests and lets the others wait."""
    with FaultServer(hold_after=N_ANSWERED) as server:
        yield server


@contextmanager
def held(empty: Folder, server: FaultServer, *flags: str) -> Iterator[Popen[str]]:
    """A run; some requests are answered and on disk, as many as may be are on their way."""
    empty.write(unit_files(N_HELD, server.base_url, **SETTINGS))
    with over_in_the_end(empty.start("run", *flags)) as process:
        wait_for(lambda: is_over(process) or server.n_requests == N_ANSWERED + N_AT_ONCE)
        assert not is_over(process), ended(process).err
        # What has come is written while nothing else comes.
        wait_for(lambda: len(read_journal(empty.path / "results").entries) == N_ANSWERED)
        yield process


def check_the_rest_is_asked(empty: Folder, server: FaultServer) -> Counts:
    """Run again: only what is not on disk is asked, and then there is nothing to ask."""
    n_known, n_before = len(read_journal(empty.path / "results").settled), server.n_requests
    server.release()
    assert empty.run("run").code == FINE
    counts = server.counts()
    assert counts.n_requests == n_before + N_HELD - n_known
    assert len(counts.settled) == N_HELD
    assert counts.asked_after_settled == set()
    journal = read_journal(empty.path / "results")
    assert (len(journal.entries), len(journal.settled), journal.n_torn) == (N_HELD, N_HELD, 0)
    return counts


@pytest.mark.slow
def test_run_killed_while_it_waits_has_written_what_came(
    empty: Folder, holding: FaultServer
) -> None:
    with held(empty, holding) as process:
        process.kill()
        assert ended(process).code == -signal.SIGKILL
    counts = check_the_rest_is_asked(empty, holding)
    assert sum(len(each) == 2 for each in counts.units.values()) == N_AT_ONCE
    # The run that was killed has written no reports.
    assert len(empty.runs) == 1


@pytest.mark.slow
def test_run_interrupted_once_waits_for_what_is_on_its_way(
    empty: Folder, holding: FaultServer
) -> None:
    with held(empty, holding) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert not is_over(process)
        holding.release()
        done = ended(process)
    assert done.code == INTERRUPTED, done.err
    assert holding.n_requests == N_ANSWERED + N_AT_ONCE
    n_left = N_HELD - N_ANSWERED - N_AT_ONCE
    assert f"{n_left} requests were not asked; run again to ask them." in done.err
    (run,) = empty.runs
    facts = run_json(run)
    assert (facts["interrupted"], facts["n_not_asked"]) == (True, n_left)
    assert list(empty.csv_files(run)) == CSV_FILES
    counts = check_the_rest_is_asked(empty, holding)
    assert {len(each) for each in counts.units.values()} == {1}


@pytest.mark.slow
def test_run_interrupted_waits_no_longer_than_its_grace(
    empty: Folder, holding: FaultServer
) -> None:
    with held(empty, holding, "--grace", "1") as process:
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.code == INTERRUPTED, done.err
    assert "Traceback" not in done.err
    assert run_json(empty.runs[0])["interrupted"] is True
    assert len(read_journal(empty.path / "results").entries) == N_ANSWERED
    check_the_rest_is_asked(empty, holding)


@pytest.mark.slow
def test_run_interrupted_twice_stops_now(empty: Folder, holding: FaultServer) -> None:
    with held(empty, holding, "--grace", "10000") as process:
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert not is_over(process)
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.code == INTERRUPTED, done.err
    assert "Traceback" not in done.err
    assert len(read_journal(empty.path / "results").entries) == N_ANSWERED
    check_the_rest_is_asked(empty, holding)


# ---- torn lines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tear", "n_lost"),
    [
        (lambda content: content[: content.rindex(b'"key"') + 20], 1),
        (lambda content: content[:-3], 1),
        (lambda content: content + b"\0" * 300, 0),
        (lambda content: content + b'{"key": "\xff', 0),
        (lambda content: b"\xfe{]\n" + content, 0),
    ],
    ids=["early", "late", "zeros", "bytes", "first"],
)
def test_run_torn_line_is_set_aside_and_asked_again(
    folder: Folder, command: Callable[..., Done], tear: Callable[[bytes], bytes], n_lost: int
) -> None:
    with FaultServer() as server:
        folder.write(unit_files(5, server.base_url))
        assert command("run").code == FINE
        (path,) = (folder.path / "results" / "responses").rglob("*.jsonl")
        path.write_bytes(tear(path.read_bytes()))
        planned = command("run", "--dry-run", "--json")
        assert planned.json["cells"][0]["to_ask"] == n_lost
        assert "1 unreadable line" in planned.err
        done = command("run")
        assert (done.code, server.n_requests) == (FINE, 5 + n_lost), done.err
        assert "1 unreadable line" in done.err
        # What follows a torn line is whole.
        assert len(read_journal(folder.path / "results").settled) == 5
        assert command("run", "--dry-run", "--json").json["cells"][0]["to_ask"] == 0
