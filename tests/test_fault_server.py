"""The server that fails as it is told to, asked without any client that could hide it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fault_server
import pytest
from fault_server import (
    EVERY_FAULT,
    FaultServer,
    claims_of,
    read_journal,
    text_of,
    unit_files,
    wait_for,
)


class Post:
    """A request that waits for its answer, on a connection of its own."""

    def __init__(self, server: FaultServer, body: bytes, timeout: float = 60) -> None:
        port = urlsplit(server.base_url).port or 0
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("POST", "/v1/chat/completions", body)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body."""
        with closing(self.connection):
            response = self.connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, json.loads(response.read())


def body_of(number: int, *said: str, task: str = "") -> bytes:
    """A request about a unit, after the model has said something already."""
    messages = [{"role": "user", "content": f"{task} {text_of(number)}"}]
    messages += [{"role": "assistant", "content": each} for each in said]
    return json.dumps({"model": "m", "messages": messages}).encode()


def ask(server: FaultServer, number: int, *said: str) -> tuple[int, dict[str, str], Any]:
    return Post(server, body_of(number, *said)).answer()


def content_of(answer: tuple[int, dict[str, str], Any]) -> tuple[str, str]:
    """What a completion says, and why it ends."""
    choice = answer[2]["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def test_fault_server_answers_with_the_claims_of_the_unit() -> None:
    with FaultServer(padding=1000) as server:
        for number in (3, 4):
            content, reason = content_of(ask(server, number))
            assert (json.loads(content), reason) == (claims_of(number), "stop")
            assert len(content) > 1000
        counts = server.counts()
    assert counts.n_requests == 2
    assert counts.settled == {"0003", "0004"}
    assert counts.asked_after_settled == set()


def test_fault_server_sends_only_what_the_schema_asks_for() -> None:
    asked = json.loads(body_of(3, task="task dates"))
    schema = {"properties": {"dates": {}}}
    asked["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    with FaultServer() as server:
        content, _ = content_of(Post(server, json.dumps(asked).encode()).answer())
        assert json.loads(content) == {"dates": claims_of(3)["dates"]}
        assert list(server.counts().units) == ["0003 dates"]


@pytest.mark.parametrize(
    ("kind", "status", "header"),
    [
        ("404", 404, {}),
        ("500", 500, {}),
        ("429", 429, {"retry-after": "1.5"}),
        ("429-reset", 429, {"x-ratelimit-reset-requests": "1500ms"}),
    ],
)
def test_fault_server_refuses(kind: str, status: int, header: dict[str, str]) -> None:
    with FaultServer({kind: 1}, retry_after_s=1.5) as server:
        got, headers, body = ask(server, 1)
        counts = server.counts()
    assert got == status
    assert header.items() <= headers.items()
    assert body["error"]["message"] == f"drawn: {kind}"
    assert counts.kinds == {kind: 1}
    assert counts.units["0001"][0].answered
    assert counts.settled == set()


def test_fault_server_resets_the_connection() -> None:
    with FaultServer({"reset": 1}) as server:
        with pytest.raises(ConnectionResetError):
            ask(server, 1)
        (asked,) = server.counts().units["0001"]
    assert (asked.kind, asked.answered) == ("reset", False)
    assert asked.ended_s is not None


def test_fault_server_hangs_until_the_client_has_enough() -> None:
    with FaultServer({"hang": 1}) as server:
        with pytest.raises(TimeoutError):
            Post(server, body_of(1), timeout=0.2).answer()
        wait_for(lambda: server.counts().units["0001"][0].ended_s is not None)
        counts = server.counts()
    assert counts.kinds == {"hang": 1}
    assert not counts.units["0001"][0].answered
    assert counts.most_in_flight == 1


def test_fault_server_truncates_every_time_and_says_so() -> None:
    with FaultServer({"truncated": 1}) as server:
        answers = [content_of(ask(server, 2)) for _ in range(2)]
        counts = server.counts()
    assert {reason for _, reason in answers} == {"length"}
    with pytest.raises(json.JSONDecodeError):
        json.loads(answers[0][0])
    assert counts.settled == counts.asked_after_settled == {"0002"}


def test_fault_server_invalid_content_depends_on_the_talk_alone() -> None:
    def kinds(server: FaultServer, *said: str) -> list[bool]:
        answers = [content_of(ask(server, number, *said))[0] for number in range(12)]
        return [json.loads(answer)["actors"] == "many" for answer in answers]

    with FaultServer({"invalid": 0.5}) as server:
        first, second, again = kinds(server), kinds(server), kinds(server, "I said that")
        counts = server.counts()
    assert first == second
    assert first != again
    assert any(first) and not all(first)
    assert counts.kinds["invalid"] == 2 * sum(first) + sum(again)


def test_fault_server_draws_the_same_again_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[str]:
        mix = {"429": 0.2, "429-reset": 0.2, "500": 0.2, "truncated": 0.2}
        with FaultServer(mix, seed=seed, latency_s=0) as server:
            for number in [*range(10), *range(10)]:
                ask(server, number)
            units = server.counts().units
        return [asked.kind for unit in sorted(units) for asked in units[unit]]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    # What is asked again may fare otherwise.
    assert drawn(1)[::2] != drawn(1)[1::2]


def test_fault_server_mix_is_met_in_about_its_shares() -> None:
    drawing = fault_server._Server(fault_server.Options(EVERY_FAULT))
    kinds = [drawing._kind(f"{number:04}", 0, 0, 0.0) for number in range(4000)]
    for kind, share in EVERY_FAULT.items():
        assert 0.6 * share < kinds.count(kind) / 4000 < 1.4 * share


def test_fault_server_holds_until_it_is_released() -> None:
    with FaultServer(hold_after=1) as server:
        ask(server, 1)
        held = [Post(server, body_of(number)) for number in (2, 3)]
        wait_for(lambda: server.n_requests == 3)
        assert server.counts().settled == {"0001"}
        assert server.counts().most_in_flight == 2
        server.release()
        assert [each.answer()[0] for each in held] == [200, 200]
        assert ask(server, 4)[0] == 200
        assert server.counts().settled == {"0001", "0002", "0003", "0004"}


def test_fault_server_does_not_count_what_nobody_was_there_to_read() -> None:
    with FaultServer(hold_after=0) as server:
        gone = Post(server, body_of(1))
        wait_for(lambda: server.n_requests == 1)
        gone.connection.close()
        wait_for(lambda: server.counts().units["0001"][0].ended_s is not None)
        server.release()
        (asked,) = server.counts().units["0001"]
    assert (asked.kind, asked.answered) == ("valid", False)


def test_fault_server_is_down_until_it_is_left_alone() -> None:
    with FaultServer(down_until_quiet_s=2) as server:
        assert [ask(server, 1)[0] for _ in range(3)] == [503] * 3
        time.sleep(2.1)
        assert [ask(server, 1)[0] for _ in range(2)] == [200] * 2


def test_fault_server_counts_what_is_at_once() -> None:
    with FaultServer(latency_s=0.3) as server:
        threads = [threading.Thread(target=ask, args=(server, number)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = server.counts()
    assert counts.n_requests == len(counts.settled) == 20
    assert 2 <= counts.most_in_flight <= 20
    times = [asked for each in counts.units.values() for asked in each]
    assert all(each.ended_s and each.ended_s - each.arrived_s > 0.1 for each in times)


def test_fault_server_ends_with_the_process_that_started_it() -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from fault_server import FaultServer\n"
        "print(FaultServer().__enter__().pid, flush=True); os.kill(os.getpid(), 9)"
    )
    folder = str(Path(fault_server.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    # Its output is the pipe's last end: it has been read to the end by now, so nobody holds it.
    wait_for(lambda: not _is_running(int(done.stdout)))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def lines(*entries: object) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


@pytest.mark.parametrize(("end", "n_torn"), [("", 0), ('{"key": "c", "arti', 1), ("\0\0\n", 1)])
def test_read_journal_tells_whole_lines_from_torn_ones(
    tmp_path: Path, end: str, n_torn: int
) -> None:
    entries: Sequence[dict[str, Any]] = (
        {"key": "a", "article_id": "a0001", "failure": {"reason": "server"}, "attempts": [1, 2]},
        {"key": "b", "article_id": "a0002", "failure": {"reason": "timeout"}, "attempts": [1]},
        {"key": "a", "article_id": "a0001", "claims": {}, "attempts": [1]},
    )
    path = tmp_path / "responses" / "m" / "one@1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(lines(*entries) + end)
    journal = read_journal(tmp_path)
    assert journal.entries == list(entries)
    assert (journal.n_torn, journal.n_attempts) == (n_torn, 4)
    assert list(journal.settled) == ["0001"]


def test_unit_files_are_a_folder_that_can_be_run() -> None:
    files = unit_files(2, "http://127.0.0.1:9/v1", concurrency=3)
    assert {"gold/a0000.json", "gold/a0001.json", "articles.jsonl"} <= set(files)
    assert "concurrency = 3\n" in files["harness.toml"]
    assert 'base_url = "http://127.0.0.1:9/v1"\n' in files["harness.toml"]
