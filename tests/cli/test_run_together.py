"""Several runs of one folder at the same time: nothing is asked twice, no line is mixed up."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from subprocess import Popen

import pytest
from fault_server import FaultServer, is_over, over_in_the_end, read_journal, unit_files, wait_for

from .conftest import CSV_FILES, Done, Folder, run_json

N_UNITS = 60
N_AT_ONCE = 4
PADDING = 30_000
"""White space that makes lines so long that two writers would meet in one."""
SETTINGS = {"concurrency": N_AT_ONCE, "max_attempts": 5}


def ended(process: Popen[str]) -> Done:
    out, err = process.communicate(timeout=200)
    return Done(process.returncode, out, err)


def all_ended(folder: Folder, processes: Sequence[Popen[str]]) -> None:
    """Wait for runs that are to end well, and with the same scores."""
    for done in map(ended, processes):
        assert done.code == 0, done.err
        assert "Traceback" not in done.err
    assert len(folder.runs) == len(processes)
    files = [folder.csv_files(run) for run in folder.runs]
    assert list(files[0]) == CSV_FILES
    assert all(each == files[0] for each in files)
    facts = [run_json(run) for run in folder.runs]
    assert {each["n_requests"] for each in facts} == {N_UNITS}
    assert {each["n_not_asked"] for each in facts} == {0}


def check_journal(folder: Folder) -> None:
    """One whole line for each unit."""
    journal = read_journal(folder.path / "results")
    assert (len(journal.entries), journal.n_torn) == (N_UNITS, 0)
    assert len(journal.settled) == N_UNITS


@pytest.mark.slow
@pytest.mark.parametrize("together", [True, False], ids=["at once", "one after the other"])
def test_run_together_asks_nothing_twice(empty: Folder, *, together: bool) -> None:
    with FaultServer(latency_s=0.2, padding=PADDING) as server, ExitStack() as stack:
        empty.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
        processes = [stack.enter_context(over_in_the_end(empty.start("run")))]
        if not together:
            wait_for(lambda: is_over(processes[0]) or server.n_requests > 0)
        processes.append(stack.enter_context(over_in_the_end(empty.start("run"))))
        all_ended(empty, processes)
        counts = server.counts()
    assert counts.n_requests == N_UNITS
    assert {len(all_asked) for all_asked in counts.units.values()} == {1}
    check_journal(empty)


@pytest.mark.slow
def test_run_together_of_two_prompts_asks_nothing_twice(empty: Folder) -> None:
    with FaultServer(latency_s=0.1) as server, ExitStack() as stack:
        empty.write(unit_files(N_UNITS // 2, server.base_url, **SETTINGS))
        empty.write({"prompts/two.md": "## user\ntask two {{ article.text }}\n"})
        flags = (["-p", "one", "-p", "two"], ["-p", "two"], ["-p", "two", "-p", "one"])
        processes = [
            stack.enter_context(over_in_the_end(empty.start("run", *each))) for each in flags
        ]
        for done in map(ended, processes):
            assert done.code == 0, done.err
        counts = server.counts()
    assert len(counts.units) == counts.n_requests == N_UNITS
    journal = read_journal(empty.path / "results")
    assert (len(journal.entries), journal.n_torn) == (N_UNITS, 0)
    assert len({entry["key"] for entry in journal.entries}) == N_UNITS
    n_requests = sorted(run_json(run)["n_requests"] for run in empty.runs)
    assert n_requests == [N_UNITS // 2, N_UNITS, N_UNITS]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_run_that_waits_takes_over_from_one_that_is_ended(
    empty: Folder, number: signal.Signals
) -> None:
    n_answered = 10
    with FaultServer(hold_after=n_answered, padding=PADDING) as server, ExitStack() as stack:
        empty.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
        first = stack.enter_context(over_in_the_end(empty.start("run", "--grace", "0")))
        wait_for(lambda: is_over(first) or server.n_requests == n_answered + N_AT_ONCE)
        assert not is_over(first), ended(first).err
        wait_for(lambda: len(read_journal(empty.path / "results").entries) == n_answered)
        second = stack.enter_context(over_in_the_end(empty.start("run")))
        # Long enough for it to come to where it waits; no more than that depends on it.
        time.sleep(5)
        assert not is_over(second)
        first.send_signal(number)
        assert ended(first).code == (130 if number == signal.SIGINT else -number)
        server.release()
        done = ended(second)
        assert done.code == 0, done.err
        counts = server.counts()
    assert len(counts.settled) == N_UNITS
    assert counts.asked_after_settled == set()
    # Only what was on its way when the first one ended is asked again.
    assert sum(len(all_asked) > 1 for all_asked in counts.units.values()) <= N_AT_ONCE
    assert max(len(all_asked) for all_asked in counts.units.values()) <= 2
    check_journal(empty)
    assert run_json(empty.runs[-1])["n_not_asked"] == 0


@pytest.mark.slow
def test_run_that_waits_can_be_interrupted(empty: Folder) -> None:
    with FaultServer(hold_after=4) as server, ExitStack() as stack:
        empty.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
        first = stack.enter_context(over_in_the_end(empty.start("run")))
        wait_for(lambda: is_over(first) or server.n_requests == 4 + N_AT_ONCE)
        second = stack.enter_context(over_in_the_end(empty.start("run", "--grace", "0")))
        time.sleep(5)
        assert not is_over(second)
        second.send_signal(signal.SIGINT)
        done = ended(second)
        assert done.code == 130, done.err
        assert "Traceback" not in done.err
        server.release()
        assert ended(first).code == 0
        counts = server.counts()
    assert len(counts.settled) == N_UNITS
    assert counts.asked_after_settled == set()
    check_journal(empty)
