"""``harness journal tidy`` as a person types it, alone and while runs go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from fault_server import FaultServer, is_over, over_in_the_end, read_journal, unit_files, wait_for

from .conftest import Done, Folder


def files_of(folder: Folder) -> list[Path]:
    return sorted((folder.path / "results" / "responses").glob("*/*.jsonl"))


def contents(folder: Folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files_of(folder)}


def test_tidy_then_run_asks_nothing_and_scores_the_same(
    folder: Folder, command: Callable[..., Done]
) -> None:
    arguments = ("run", "-p", "one", "-p", "split", "--repeats", "2")
    assert command(*arguments).code == 0
    assert command(*arguments, "--fresh").code == 0
    n_requests = 3 * 2 * (1 + 4)
    assert len(folder.journalled) == 2 * n_requests
    done = command("journal", "tidy")
    assert (done.code, done.err) == (0, "")
    shown = dict(line.split(": ", 1) for line in done.out.splitlines())
    assert [Path(name).name for name in shown] == [path.name for path in files_of(folder)]
    assert list(shown.values()) == [
        "6 lines kept, 6 superseded removed",
        "24 lines kept, 24 superseded removed",
    ]
    assert len(folder.journalled) == n_requests
    places = [
        (entry["article_id"], entry["claim_types"], entry.get("repeat", 0), entry["key"])
        for entry in folder.journalled[6:]
    ]
    assert places == sorted(places)
    tidied = contents(folder)
    again = command(*arguments)
    assert again.code == 0, again.err
    assert f"{n_requests} requests, {n_requests} already answered, 0 to ask" in again.err
    assert contents(folder) == tidied
    left, right = folder.csv_files(folder.runs[-2]), folder.csv_files(folder.runs[-1])
    for name in ("scores.csv", "claims.csv", "articles.csv"):
        assert left[name] == right[name]
    twice = command("journal", "tidy", "--json")
    assert [(each["kept"], each["rewritten"]) for each in twice.json["files"]] == [
        (6, False),
        (24, False),
    ]
    assert contents(folder) == tidied


def test_tidy_says_what_it_set_aside_and_what_belongs_to_nothing(
    folder: Folder, command: Callable[..., Done]
) -> None:
    assert command("run").code == 0
    (path,) = files_of(folder)
    path.write_bytes(path.read_bytes() + b"\n" + path.read_bytes()[:200])
    raw = folder.path / "results" / "responses" / "raw" / f"{'0' * 64}.txt"
    raw.parent.mkdir()
    raw.write_text("a reply")
    done = command("journal", "tidy", "--json")
    assert done.code == 0
    name = f"results/responses/rules%2Fbaseline/{path.name}"
    assert done.json == {
        "files": [
            {
                "file": name,
                "kept": 3,
                "superseded": 0,
                "torn": 1,
                "set_aside": f"{name}.torn",
                "rewritten": True,
            }
        ],
        "unreferenced_raw": [f"results/responses/raw/{'0' * 64}.txt"],
    }
    assert "1 file(s) of 7 bytes belong to no line" in done.err
    assert raw.exists()
    shutil.rmtree(raw.parent)
    shown = command("journal", "tidy")
    assert (shown.out, shown.err) == (f"{name}: 3 lines, tidy already\n", "")


def test_tidy_takes_models_files_and_folders(folder: Folder, command: Callable[..., Done]) -> None:
    assert command("run", "-p", "one", "-p", "split").code == 0
    model = folder.path / "results" / "responses" / "rules%2Fbaseline"
    other = model.with_name("mine")
    shutil.copytree(model, other)
    one, split = files_of(folder)[:2]

    def tidied(*wanted: str | Path) -> list[str]:
        done = command("journal", "tidy", "--json", *wanted)
        assert done.code == 0, done.err
        return [each["file"] for each in done.json["files"]]

    inside = ["results/responses/mine/" + path.name for path in (one, split)]
    of_rules = [name.replace("mine", "rules%2Fbaseline") for name in inside]
    assert tidied() == sorted(inside + of_rules)
    assert tidied("rules/baseline") == of_rules
    assert tidied(of_rules[1], other, other) == sorted([*inside, of_rules[1]])
    wrong = command("journal", "tidy", "rules/baseline", "openai/none", "harness.toml")
    assert (wrong.code, wrong.out) == (2, "")
    assert "'openai/none': is no model and no file of the journal" in wrong.err
    assert "'harness.toml': is no model" in wrong.err
    assert "mine, rules%2Fbaseline" in wrong.err


def test_tidy_where_there_is_no_journal(folder: Folder, command: Callable[..., Done]) -> None:
    done = command("journal", "tidy")
    assert (done.code, done.out) == (0, "")
    assert "there is no reply yet" in done.err
    assert not (folder.path / "results").exists()


@pytest.mark.slow
def test_tidy_while_a_run_goes_on_loses_nothing(empty: Folder) -> None:
    n_units, n_first = 40, 10
    with FaultServer(hold_after=n_first + 4) as server, ExitStack() as stack:
        empty.write(unit_files(n_units, server.base_url, concurrency=4, max_attempts=5))
        first = empty.run("run", "--limit", str(n_first))
        assert first.code == 0, first.err
        run = stack.enter_context(over_in_the_end(empty.start("run")))
        wait_for(lambda: is_over(run) or server.n_requests >= n_first + 8)
        assert not is_over(run)
        tidy = stack.enter_context(over_in_the_end(empty.start("journal", "tidy")))
        # The run has the file. What waits for it says so before it waits.
        assert tidy.stderr is not None
        assert "waiting for it to end" in tidy.stderr.readline()
        assert not is_over(tidy)
        server.release()
        ran = Done(0, *run.communicate(timeout=200))
        tidied = Done(0, *tidy.communicate(timeout=200))
        assert (run.returncode, tidy.returncode) == (0, 0), ran.err + tidied.err
        n_asked = server.n_requests
        again = empty.run("run")
        assert (again.code, server.n_requests) == (0, n_asked), again.err
    assert f"{n_units} lines kept" in tidied.out
    journal = read_journal(empty.path / "results")
    assert (len(journal.settled), journal.n_torn) == (n_units, 0)
    articles = [entry["article_id"] for entry in journal.entries]
    assert articles == sorted(set(articles))
    left, right = (empty.csv_files(each) for each in empty.runs[-2:])
    assert left["scores.csv"] == right["scores.csv"]


@pytest.mark.slow
def test_tidy_again_and_again_under_runs_that_begin_and_end(empty: Folder) -> None:
    n_units = 24
    with FaultServer(mix={"invalid": 0.2}, latency_s=0.01) as server, ExitStack() as stack:
        empty.write(unit_files(n_units, server.base_url, concurrency=4, max_reasks=0))
        runs = [
            stack.enter_context(over_in_the_end(empty.start("run", "--limit", str(limit))))
            for limit in (8, n_units)
        ]
        while not all(map(is_over, runs)):
            done = empty.run("journal", "tidy")
            assert done.code == 0, done.err
        for run in runs:
            err = run.communicate(timeout=200)[1]
            assert run.returncode in (0, 3), err
            assert "Traceback" not in err
        counts = server.counts()
    assert counts.n_requests == n_units
    assert len({entry["key"] for entry in read_journal(empty.path / "results").entries}) == n_units
