"""``harness run --batch``: sent together, left and taken up again, read in, scored as live."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from batch_server import BatchServer, Lost
from scripted_server import Body, Reply, claims, error

from .conftest import KEY, Done, Folder, all_bytes, hosted, right, run_json

MODEL = "openai/test-model"
RUN = ("run", "-m", MODEL)


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """A server that finds exactly the gold of the three articles, in batches too."""
    with BatchServer() as server:
        server.answer(right())
        yield server


Run = Callable[..., Done]


@pytest.fixture
def run(
    folder: Folder,
    server: BatchServer,
    command: Callable[..., Done],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """The command, in this process."""

    def run(*arguments: str | Path, **env: str) -> Done:
        with monkeypatch.context() as changed:
            for name, value in (environment(server) | env).items():
                changed.setenv(name, value)
            done = command(*RUN, *arguments)
        assert KEY not in done.out + done.err
        assert KEY.encode() not in all_bytes(folder.path)
        return done

    return run


def environment(server: BatchServer) -> dict[str, str]:
    return hosted(server) | {"HARNESS_BATCH_POLL_S": "0.05"}


def open_batches(folder: Folder) -> list[dict[str, Any]]:
    """What is remembered of open batches."""
    paths = sorted((folder.path / "results" / "batches").glob("*"))
    return [json.loads(path.read_bytes()) for path in paths]


def wait_for(done: Callable[[], object], seconds: float = 40) -> None:
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def start(folder: Folder, server: BatchServer, *arguments: str) -> Popen[str]:
    return folder.start(*RUN, "--batch", *arguments, env=environment(server))


def kill_while_it_waits(folder: Folder, server: BatchServer) -> None:
    server.hold()
    process = start(folder, server)
    wait_for(lambda: any(batch.n_looks for batch in server.batches.values()))
    process.kill()
    process.communicate(timeout=60)


def test_batch_asks_all_at_once_and_scores_as_a_live_run(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    server.n_looks = 3
    done = run("-p", "one", "-p", "split", "--batch", "--log-file", "log.jsonl")
    assert done.code == 0, done.err
    assert (server.n_asked(), server.n_made, len(server.sent_lines)) == (0, 1, 15)
    assert {len(line["custom_id"]) for line in server.sent_lines} == {64}
    assert "has 15 requests" in done.err
    assert "in_progress, 0 of 15 completed" in done.err
    assert "15 answered" in done.err
    assert open_batches(folder) == []
    assert not (folder.path / "results" / "batches").exists()
    assert len((folder.path / "log.jsonl").read_text().splitlines()) == 15
    live = run("-p", "one", "-p", "split", "--results", "live")
    assert (live.code, server.n_asked()) == (0, 15)
    (batch_run,) = folder.runs
    (live_run,) = [path for path in (folder.path / "live").glob("*") if path.name != "responses"]
    in_batch, alone = folder.csv_files(batch_run), folder.csv_files(live_run)
    boards = [files.pop("leaderboard.csv").decode().splitlines() for files in (in_batch, alone)]
    assert in_batch == alone
    header = boards[0][0].split(",")
    rows = [[line.split(",") for line in board] for board in boards]
    different = {
        name
        for left, right in zip(*rows, strict=True)
        for name, *values in zip(header, left, right, strict=True)
        if len(set(values)) > 1
    }
    assert different <= {"latency_s", "latency_p95_s"}
    usage = run_json(batch_run)["usage"]
    assert [each["latency_s"] for each in usage] == [None, None]
    assert sum(each["input_tokens"] for each in usage) == 15 * 11
    # Nothing is asked twice, whichever way.
    assert run("-p", "one", "-p", "split").code == 0
    assert run("-p", "one", "-p", "split", "--batch").code == 0
    assert (server.n_asked(), server.n_made) == (15, 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_batch_can_be_left_and_taken_up_again(
    folder: Folder, server: BatchServer, run: Run, number: signal.Signals
) -> None:
    server.hold()
    process = start(folder, server)
    wait_for(lambda: any(batch.n_looks > 2 for batch in server.batches.values()))
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    (batch,) = server.batches
    assert f"3 requests are in open batches ({batch}); run again later" in err
    (remembered,) = open_batches(folder)
    assert (remembered["batch_id"], remembered["model"]) == (batch, MODEL)
    assert set(remembered["keys"]) == {line["custom_id"] for line in server.sent_lines}
    # As long as it goes on, nobody asks its requests again.
    plan = run("--dry-run", "--json")
    counts = [plan.json["cells"][0][name] for name in ("answered", "in_batches", "to_ask")]
    assert counts == [0, 3, 0]
    early = run("--json")
    assert early.code == 3
    assert (early.json["in_batches"], early.json["not_asked"]) == (3, 0)
    assert (server.n_asked(), server.n_made) == (0, 1)
    server.release()
    done = run()
    assert done.code == 0, done.err
    assert "3 answered" in done.err
    assert (server.n_asked(), server.n_made, open_batches(folder)) == (0, 1, [])


@pytest.mark.slow
def test_batch_of_a_killed_run_is_found_by_the_next(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    kill_while_it_waits(folder, server)
    server.release()
    assert run("--batch").code == 0
    assert (server.n_asked(), server.n_made, open_batches(folder)) == (0, 1, [])
    assert len(folder.journalled) == 3


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["silent", "still"])
def test_batch_of_a_run_killed_before_it_heard_of_it(
    folder: Folder, server: BatchServer, run: Run, lost: Lost
) -> None:
    server.lose = [lost]
    process = start(folder, server)
    wait_for(lambda: server.n_made)
    time.sleep(0.2)
    process.kill()
    process.communicate(timeout=60)
    was_made = lost == "silent"
    assert len(server.batches) == was_made
    (remembered,) = open_batches(folder)
    assert "batch_id" not in remembered
    done = run("--batch")
    assert done.code == 0, done.err
    assert ("before its batch of 3 requests was made" in done.err) is not was_made
    # What was sent for nothing is taken away.
    assert (remembered["input_file_id"] in server.files) is was_made
    assert (server.n_made, len(server.batches)) == ((1, 1) if was_made else (2, 1))
    assert (open_batches(folder), len(folder.journalled)) == ([], 3)


@pytest.mark.slow
def test_batch_of_a_run_killed_before_its_input_was_sent(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    server.is_deaf = True
    process = start(folder, server)
    wait_for(lambda: server.n_asked(path="/v1/files"))
    process.kill()
    process.communicate(timeout=60)
    assert [set(each) for each in open_batches(folder)] == [
        {"name", "model", "host", "made_s", "keys"}
    ]
    # Without --batch, what was never sent is asked as ever.
    done = run()
    assert done.code == 0
    assert "before its batch of 3 requests was made" in done.err
    assert (server.n_asked(), server.n_made, open_batches(folder)) == (3, 0, [])


@pytest.mark.parametrize(("lost", "n_made"), [("made", 1), ("not made", 2)])
def test_batch_whose_answer_is_lost_is_not_made_twice(
    folder: Folder, server: BatchServer, run: Run, lost: Lost, n_made: int
) -> None:
    server.lose = [lost]
    assert run("--batch").code == 0
    assert (server.n_made, len(server.batches)) == (n_made, 1)
    assert len(folder.journalled) == 3


@pytest.mark.slow
def test_batch_survives_a_server_that_fails_for_a_while(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    server.broken, server.cut = 6, 1
    done = run("--batch")
    assert done.code == 0, done.err
    assert "cannot be looked at" in done.err
    assert "cannot be fetched" in done.err
    assert len(folder.journalled) == 3


def test_batch_lines_become_what_they_are(folder: Folder, server: BatchServer, run: Run) -> None:
    answer = right()

    def answering(body: Body) -> Reply:
        text = str(body["messages"])
        if "Alpha" in text:
            return error(400, f"too long; your key is {KEY}")
        if "Bravo" in text:
            return error(429, "slow down")
        return answer(body)

    server.answer(answering)
    done = run("--batch")
    assert done.code == 3
    assert "3 answered, 2 of them failed" in done.err
    failures = {line["article_id"]: line.get("failure") for line in folder.journalled}
    assert failures["alpha"]["reason"] == "rejected"
    assert failures["alpha"]["message"].startswith("HTTP 400: too long")
    assert failures["bravo"]["reason"] == "rate_limited"
    assert failures["charlie"] is None
    # What failed on the way is asked again, what was rejected is not.
    server.answer(answer)
    assert run().code == 3
    assert server.n_asked() == 1
    assert run("--retry-failed", "--batch").code == 0
    assert (server.n_asked(), server.n_made, len(server.sent_lines)) == (1, 2, 4)


def test_batch_lines_that_are_missing_twice_torn_unknown_or_expired_are_counted(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    outcomes = ["missing", "twice", "torn", "unknown", "expired", "timeout", "answered"]
    server.line = lambda number, body: outcomes[number] if number < 7 else "answered"
    server.ends_as = "expired"
    done = run("-p", "split", "--batch")
    assert done.code == 3
    for said in (
        "is expired: 8 answered, 1 of them failed (timeout 1), 1 not executed, 3 without a reply",
        "duplicate lines 1, unknown ids 1, unreadable lines 1",
        "4 requests were not asked; run again to ask them.",
    ):
        assert said in " ".join(done.err.split()), done.err
    assert open_batches(folder) == []
    server.line = lambda number, body: "answered"
    server.ends_as = "completed"
    assert run("-p", "split", "--batch").code == 0
    assert len(server.sent_lines) == 12 + 5
    assert run("-p", "split").code == 0
    assert server.n_asked() == 0


def test_batch_that_is_refused_says_why(folder: Folder, server: BatchServer, run: Run) -> None:
    server.refuse = [{"code": "token_limit_exceeded", "message": "Too many.", "line": None}]
    done = run("--batch")
    assert done.code == 3
    assert "token_limit_exceeded: Too many." in done.err
    assert open_batches(folder) == []
    assert "3 requests were not asked; run again to ask them." in done.err
    server.refuse = []
    assert run("--batch").code == 0


def test_batch_cancelled_by_somebody_is_read_and_the_rest_asked(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    server.ends_as = "cancelled"
    server.line = lambda number, body: "answered" if number == 0 else "missing"
    assert run("--batch").code == 3
    assert run().code == 0
    assert (server.n_asked(), len(folder.journalled)) == (2, 3)


def test_batch_keeps_valid_items_and_asks_for_nothing_again(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    bad = {"actors": [{"name": "Ada", "kind": "planet", "role": None}], "quotes": [], "dates": []}
    replies = [claims({**bad, "sanctions": []}), claims("{broken"), claims(bad)]
    server.script(*replies)
    done = run("--batch")
    assert done.code == 3
    found = {line["article_id"]: line for line in folder.journalled}
    assert len(found["alpha"]["invalid_items"]) == 1
    assert "failure" not in found["alpha"]
    assert found["bravo"]["failure"]["reason"] == "invalid"
    assert all(len(line["attempts"]) == 1 and "reasks" not in line for line in found.values())
    assert run().code == 3
    assert server.n_asked() == 0


@pytest.mark.slow
def test_batch_read_in_by_a_narrower_run_keeps_the_rest_for_a_wider_one(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    kill_while_it_waits(folder, server)
    server.release()
    narrow = run("--limit", "1")
    assert narrow.code == 0, narrow.err
    assert "2 replies belong to requests that are not in this run" in narrow.err
    assert len(open_batches(folder)) == 1
    assert "has no request of this run" in run("--limit", "1").err
    wide = run()
    assert wide.code == 0, wide.err
    assert "2 answered, 1 answered before and left as they are." in wide.err
    assert "not in this run" not in wide.err
    assert (server.n_asked(), server.n_made, open_batches(folder)) == (0, 1, [])
    assert len(folder.journalled) == 3


@pytest.mark.slow
def test_batch_out_of_reach_is_not_asked_again(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    kill_while_it_waits(folder, server)
    with BatchServer() as other:
        other.answer(right())
        moved = run(OPENAI_BASE_URL=other.base_url)
        assert moved.code == 3
        assert "is asked at" in moved.err
        assert "delete results/batches/" in moved.err
        assert other.requests == []
    server.batches.clear()
    lost = run("--batch")
    assert lost.code == 3
    assert "No such object" in lost.err
    assert (server.n_asked(), server.n_made) == (0, 1)
    assert run("--fresh").code == 0
    assert server.n_asked() == 3
    assert len(open_batches(folder)) == 1


@pytest.mark.slow
def test_two_runs_with_batches_at_once_ask_once(folder: Folder, server: BatchServer) -> None:
    server.hold()
    processes = [start(folder, server) for _ in range(2)]
    wait_for(lambda: any(batch.n_looks > 2 for batch in server.batches.values()))
    time.sleep(1)
    server.release()
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert (server.n_asked(), server.n_made) == (0, 1)
    assert len(folder.journalled) == 3
    assert open_batches(folder) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-m", "rules/baseline"], "'rules/baseline' cannot be asked in a batch"),
        (["-m", "local/smollm2-135m"], "'local/smollm2-135m' cannot be asked in a batch"),
        (["-m", "ollama/llama3"], "'ollama/llama3' cannot be asked in a batch"),
        (["--batch-file", "x.jsonl"], "--batch and --batch-file exclude each other"),
        (["--max-cost", "1"], "the price of openai/test-model is not known"),
    ],
)
def test_batch_of_what_cannot_be_in_one_is_refused_before_anything_is_sent(
    folder: Folder,
    server: BatchServer,
    run: Run,
    arguments: list[str],
    said: str,
) -> None:
    done = run("--batch", *arguments)
    assert done.code == 2
    assert said in done.err
    assert server.requests == []


def test_batch_that_may_cost_too_much_is_refused(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    prices = {"HARNESS_MODELS": json.dumps({MODEL: {"price": {"input": 2, "output": 10}}})}
    done = run("--batch", "--max-cost", "0.01", **prices)
    assert done.code == 2
    assert "a batch cannot be stopped on its way" in done.err
    assert server.requests == []
    assert run("--batch", "--max-cost", "1", **prices).code == 0
    (usage,) = run_json(folder.runs[-1])["usage"]
    # A price of the settings is taken as it is.
    assert usage["cost_usd"] == pytest.approx(3 * (11 * 2 + 7 * 10) / 1e6)


def test_batch_where_there_is_no_batch_api_stops_and_says_so(
    folder: Folder, server: BatchServer, run: Run
) -> None:
    done = run("--batch", OPENAI_BASE_URL=server.base_url.replace("/v1", "/v2"))
    assert done.code == 3
    assert "the input of a batch cannot be sent" in done.err
    assert open_batches(folder) == []
