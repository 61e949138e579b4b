"""Runs whose results have no room or no permission to be written."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_server import FaultServer, read_journal, unit_files

from .conftest import CSV_FILES, Done, Folder, run_json

N_UNITS = 150
SETTINGS = {"concurrency": 4, "max_attempts": 5}
PADDING = 2_000
"""White space in each reply, so that a journal is full soon."""


def mount(*arguments: str | Path) -> None:
    """Mount, or skip the test where that is not allowed."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def mounted(empty: Folder) -> Iterator[Folder]:
    """A folder in which things may be mounted; they are gone afterwards."""
    if os.getuid() != 0:
        pytest.skip("only the superuser mounts")
    yield empty
    lines = Path("/proc/self/mounts").read_text().splitlines()
    places = [line.split(" ")[1] for line in lines]
    for place in reversed([each for each in places if each.startswith(str(empty.path))]):
        subprocess.run(["umount", "--lazy", place], check=True)


def check_full(folder: Folder, server: FaultServer, done: Done) -> int:
    """The disk was full: it is said, nothing is torn. How many replies are there."""
    assert done.code == 3, done.err
    journal = read_journal(folder.path / "results")
    assert journal.n_torn == 0
    assert len(journal.settled) == len(journal.entries) < N_UNITS // 2
    # Asking has stopped.
    assert server.n_requests < N_UNITS // 2 + 20
    assert str(Path("results") / "responses") in done.err
    assert "run again" in done.err
    assert len(done.err.splitlines()) <= 8
    return len(journal.entries)


def check_the_rest_is_asked(folder: Folder, server: FaultServer, n_known: int) -> None:
    n_before = server.n_requests
    done = folder.run("run")
    assert done.code == 0, done.err
    assert server.n_requests == n_before + N_UNITS - n_known
    assert "unreadable" not in done.err
    journal = read_journal(folder.path / "results")
    assert (len(journal.settled), journal.n_torn) == (N_UNITS, 0)
    facts = run_json(folder.runs[-1])
    assert (facts["n_requests"], facts["n_not_asked"]) == (N_UNITS, 0)
    assert list(folder.csv_files(folder.runs[-1])) == CSV_FILES


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "n_least"), [(100_000, 6), (900, 0)], ids=["some", "nothing"])
def test_run_file_that_may_not_grow_stops_and_loses_nothing(
    empty: Folder, limit: int, n_least: int
) -> None:
    with FaultServer(latency_s=0.05, padding=PADDING) as server:
        empty.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
        done = empty.run(
            "run",
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
        n_known = check_full(empty, server, done)
        assert n_known >= n_least
        assert os.strerror(errno.EFBIG).lower() in done.err.lower()
        check_the_rest_is_asked(empty, server, n_known)


@pytest.mark.slow
def test_run_full_disk_stops_and_goes_on_where_there_is_room(mounted: Folder) -> None:
    results = mounted.path / "results"
    results.mkdir()
    mount("-t", "tmpfs", "-o", "size=160k", "tmpfs", results)
    with FaultServer(latency_s=0.05, padding=PADDING) as server:
        mounted.write(unit_files(N_UNITS, server.base_url, **SETTINGS))
        done = mounted.run("run")
        n_known = check_full(mounted, server, done)
        assert n_known > 5
        assert os.strerror(errno.ENOSPC).lower() in done.err.lower()
        # As long as there is no room, nothing much is paid for.
        n_asked = server.n_requests
        again = mounted.run("run")
        assert again.code in (2, 3)
        assert server.n_requests <= n_asked + 40
        assert read_journal(results).n_torn == 0
        n_known = len(read_journal(results).settled)
        mount("-o", "remount,size=20m", results)
        check_the_rest_is_asked(mounted, server, n_known)


# ---- read-only ---------------------------------------------------------------------------------


def make_read_only(path: Path) -> None:
    """Take away the right to write, from the superuser too."""
    if os.getuid() != 0:
        path.chmod(0o555 if path.is_dir() else 0o444)
    else:
        mount("--bind", path, path)
        mount("-o", "remount,bind,ro", path)


def make_writable_inside(path: Path) -> None:
    """Give the right to write to a folder in one that is read-only."""
    if os.getuid() == 0:
        mount("--bind", path, path)
        mount("-o", "remount,bind,rw", path)


@pytest.fixture
def lockable(empty: Folder, request: pytest.FixtureRequest) -> Iterator[Folder]:
    """A folder of which parts can be made read-only."""
    yield request.getfixturevalue("mounted") if os.getuid() == 0 else empty
    if os.getuid() != 0:
        for path in [empty.path, *empty.path.rglob("*")]:
            path.chmod(0o755)


def _results(folder: Folder) -> None:
    (folder.path / "results").mkdir()
    make_read_only(folder.path / "results")


def _results_but_for_the_journal(folder: Folder) -> None:
    (folder.path / "results" / "responses").mkdir(parents=True)
    make_read_only(folder.path / "results")
    make_writable_inside(folder.path / "results" / "responses")


def _folder_of_the_model(folder: Folder) -> None:
    path = folder.path / "results" / "responses" / "faulty"
    path.mkdir(parents=True)
    make_read_only(path)


def _file_of_the_journal(folder: Folder) -> None:
    assert folder.run("run", "--limit", "1").code == 0
    (path,) = (folder.path / "results" / "responses").rglob("*.jsonl")
    make_read_only(path)


@pytest.mark.parametrize(
    "lock",
    [_results, _results_but_for_the_journal, _folder_of_the_model, _file_of_the_journal],
    ids=lambda lock: lock.__name__,
)
def test_run_read_only_is_found_before_anything_is_asked(
    lockable: Folder, lock: Callable[[Folder], None]
) -> None:
    with FaultServer() as server:
        lockable.write(unit_files(3, server.base_url))
        lock(lockable)
        n_before, runs = server.n_requests, lockable.runs
        done = lockable.run("run")
        assert done.code == 2, done.err
        assert server.n_requests == n_before
    (line,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert "results" in line
    assert lockable.runs == runs
