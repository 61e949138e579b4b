from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_server import BatchServer
from scripted_server import Body, Reply, claims

from harness.errors import JournalError
from harness.providers import open_provider
from harness.providers.batch_input import check_batchable
from harness.providers.hosted import HostedProvider
from harness.running import Batches, BatchListener, Plan, Progress
from harness.running.batch_files import InputWriter, Reading
from harness.running.batch_store import BatchStore, OpenBatch
from harness.settings import ModelSettings, ModelSpec

from .conftest import ARTICLES, GOLD, Planner, moved

MODEL = "mine"
NOTHING = {"actors": [], "quotes": [], "dates": [], "sanctions": []}


class Heard(BatchListener):
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.readings: list[Reading] = []

    def sent(self, batch: OpenBatch) -> None:
        self.events.append(f"sent {len(batch.keys)}")

    def was_read(self, batch: OpenBatch, state: Any, reading: Reading) -> None:  # noqa: ANN401
        self.events.append(f"read {state.status}")
        self.readings.append(reading)

    def was_never_made(self, batch: OpenBatch) -> None:
        self.events.append("never made")

    def out_of_reach(self, batch: OpenBatch, why: str) -> None:
        self.events.append(f"out of reach: {why}")

    def of_others(self, batch: OpenBatch, path: Path) -> None:
        assert path.exists()
        self.events.append("of others")


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        server.answer(lambda body: claims(NOTHING))
        yield server


def provider_of(server: BatchServer | None = None, model: str = MODEL) -> HostedProvider:
    address = server.base_url if server else "http://127.0.0.1:9/v1"
    settings = ModelSettings(base_url=address, mode="json_schema")
    return check_batchable(open_provider(ModelSpec(model, "openai", "m", settings)))


class Desk:
    """Batches of a plan, and how they are asked here."""

    def __init__(self, planner: Planner, plan: Plan) -> None:
        self.plan = plan
        self.heard = Heard()
        self.store = BatchStore(planner.folder / "results")
        self.batches = Batches(plan, self.store, self.heard, longest_poll_s=0.01)

    def take_up(self) -> Desk:
        self.batches.find()
        self.batches.take_up(Progress())
        return self

    def run(self) -> Desk:
        self.batches.send()
        self.batches.wait(lambda units: nullcontext(list(units)), Progress())
        return self


def n_lines(planner: Planner) -> int:
    files = (planner.folder / "results" / "responses").rglob("*.jsonl")
    return sum(len(file.read_bytes().splitlines()) for file in files)


def keys_of(content: bytes) -> list[str]:
    return [json.loads(line)["custom_id"] for line in content.splitlines()]


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ((50_000, 200_000_000), [3]),
        ((3, 200_000_000), [3]),
        ((2, 200_000_000), [2, 1]),
        ((1, 200_000_000), [1, 1, 1]),
        ((50_000, 10), [1, 1, 1]),
    ],
)
def test_an_input_is_split_at_the_limits(
    planner: Planner, limits: tuple[int, int], sizes: list[int]
) -> None:
    plan = planner.plan(provider_of())
    writer = InputWriter(provider_of(), plan.to_ask, *limits)
    files = []
    while writer.has_more:
        file = io.BytesIO()
        writer.fill(file)
        files.append(keys_of(file.getvalue()))
    assert [len(keys) for keys in files] == sizes
    assert [key for keys in files for key in keys] == [planned.key for planned in plan.requests]


def test_an_input_is_as_large_as_it_may_be_to_the_byte(planner: Planner) -> None:
    plan = planner.plan(provider_of())
    whole = io.BytesIO()
    InputWriter(provider_of(), plan.to_ask).fill(whole)
    size = len(whole.getvalue())
    for most, n_first in ((size, 3), (size - 1, 2)):
        file = io.BytesIO()
        InputWriter(provider_of(), plan.to_ask, most_bytes=most).fill(file)
        assert len(keys_of(file.getvalue())) == n_first
        assert len(file.getvalue()) <= most


def test_what_is_the_same_is_asked_once_and_answers_all(
    planner: Planner, server: BatchServer
) -> None:
    articles = (*ARTICLES[:3], moved(ARTICLES[0]))
    gold = GOLD | {articles[3].id: replace(GOLD["a1"], article_id=articles[3].id)}
    prompts = [planner.prompt(name="p"), planner.prompt(name="q")]
    asked: dict[str, Any] = {"articles": articles, "gold": gold, "prompts": prompts}
    desk = Desk(planner, planner.plan(provider_of(server), **asked)).run()
    assert len(desk.plan.requests) == 8
    assert desk.heard.events == ["sent 3", "read completed"]
    assert desk.plan.unanswered == []
    # One line for each article's question in the file of each prompt.
    assert n_lines(planner) == 6
    assert planner.plan(provider_of(server), **asked).unanswered == []
    assert not desk.store.folder.exists()


def test_models_have_batches_of_their_own(planner: Planner, server: BatchServer) -> None:
    providers = [provider_of(server, "x"), provider_of(server, "y")]
    desk = Desk(planner, planner.plan(*providers)).run()
    assert desk.heard.events == ["sent 3", "sent 3", "read completed", "read completed"]
    assert len(server.batches) == 2
    assert desk.plan.unanswered == []


def test_parts_of_one_model_are_batches_of_their_own(
    planner: Planner, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InputWriter.__init__, "__defaults__", (2, 10**6))
    desk = Desk(planner, planner.plan(provider_of(server))).run()
    assert desk.heard.events == ["sent 2", "sent 1", "read completed", "read completed"]
    assert desk.plan.unanswered == []


def test_the_last_of_duplicates_wins(planner: Planner, server: BatchServer) -> None:
    replies = iter([[{"text": "May 5", "value": "2031-05-05"}], [], [], []])
    first = planner.plan(provider_of(server)).requests[0]
    desk = Desk(planner, planner.plan(provider_of(server)))

    def answer(body: Body) -> Reply:
        return claims({**NOTHING, "dates": next(replies)})

    server.answer(answer)
    original = server._end

    def end_twice(batch: Any) -> None:  # noqa: ANN401
        batch.lines.append(batch.lines[0])
        original(batch)

    server._end = end_twice  # type: ignore[method-assign]
    desk.run()
    (reading,) = desk.heard.readings
    assert (len(reading.answered), reading.n_duplicates, reading.missing) == (3, 1, set())
    reply = planner.journal.find(first.key, first.unit)
    assert reply is not None and reply.failure is None
    (output,) = [content for content in server.files.values() if b'"response"' in content]
    last = [line for line in output.splitlines() if first.key.encode() in line][-1]
    assert reply.raw == json.loads(last)["response"]["body"]["choices"][0]["message"]["content"]


def test_a_disk_that_is_full_loses_no_reply(
    planner: Planner, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planner.plan(provider_of(server))
    n_written = 0

    def write(*arguments: Any) -> None:  # noqa: ANN401
        nonlocal n_written
        n_written += 1
        if n_written == 2:
            raise JournalError("no room")

    with monkeypatch.context() as changed:
        changed.setattr(plan.journal, "write", write)
        desk = Desk(planner, plan).run()
    assert desk.batches.outcome.journal_error == "no room"
    assert len(desk.store.all()) == 1
    again = Desk(planner, planner.plan(provider_of(server))).take_up()
    assert again.heard.events == ["read completed"]
    assert again.plan.unanswered == []
    assert (server.n_made, again.store.all()) == (1, [])


def test_files_that_are_late_are_waited_for(planner: Planner, server: BatchServer) -> None:
    server.n_without_files = 2
    desk = Desk(planner, planner.plan(provider_of(server))).run()
    assert desk.plan.unanswered == []


def test_nothing_is_sent_that_cannot_be_remembered(
    planner: Planner, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_file(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as changed:
        changed.setattr(Path, "replace", replace_file)
        desk = Desk(planner, planner.plan(provider_of(server))).run()
    assert "the batch cannot be remembered: no room" in desk.batches.outcome.journal_error
    assert server.requests == []
    assert not desk.store.folder.exists()


def test_what_is_refused_leaves_nothing_behind(planner: Planner, server: BatchServer) -> None:
    server.lose = ["not made"] * 9
    desk = Desk(planner, planner.plan(provider_of(server))).run()
    assert "no batch can be made" in desk.batches.outcome.stopped[MODEL]
    assert len(desk.plan.to_ask) == 3
    assert desk.store.all() == []
    assert server.files == {}
    assert server.n_made == 3


def test_retryable_failures_of_an_earlier_batch_are_to_be_asked(
    planner: Planner, server: BatchServer
) -> None:
    server.line = lambda number, body: "timeout" if number == 0 else "answered"
    desk = Desk(planner, planner.plan(provider_of(server)))
    desk.batches.send()
    assert [bool(planned.in_batch) for planned in desk.plan.requests] == [True] * 3
    assert desk.plan.to_ask == []
    later = Desk(planner, planner.plan(provider_of(server))).take_up()
    assert [each.unit.article_id for each in later.plan.to_ask] == ["a1"]
    # Its own failures are those of the run that waited for them.
    assert later.run().plan.unanswered == []


def test_find_marks_and_sends_nothing(planner: Planner, server: BatchServer) -> None:
    Desk(planner, planner.plan(provider_of(server))).batches.send()
    n_requests = len(server.requests)
    offline = provider_of(None)
    desk = Desk(planner, planner.plan(offline))
    desk.batches.find()
    (batch,) = server.batches
    assert {planned.in_batch for planned in desk.plan.requests} == {batch}
    assert len(desk.batches.units) == 3
    narrow = Desk(
        planner,
        planner.plan(offline, prompts=[planner.prompt("## user\nOther: {{ article.text }}")]),
    )
    narrow.batches.find()
    assert (narrow.heard.events, len(narrow.plan.to_ask)) == (["of others"], 3)
    other = Desk(planner, planner.plan(provider_of(None, "other")))
    other.batches.find()
    assert other.heard.events == []
    assert len(server.requests) == n_requests


def test_a_model_that_has_moved_is_not_asked_again(planner: Planner, server: BatchServer) -> None:
    Desk(planner, planner.plan(provider_of(server))).batches.send()
    desk = Desk(planner, planner.plan(provider_of(None))).take_up()
    (said,) = desk.heard.events
    assert "is asked at 127.0.0.1:9 now; delete" in said
    assert desk.plan.to_ask == []


def test_a_damaged_file_of_a_batch_says_what_to_do(planner: Planner, server: BatchServer) -> None:
    Desk(planner, planner.plan(provider_of(server))).batches.send()
    (path,) = (planner.folder / "results" / "batches").iterdir()
    path.write_text("{")
    with pytest.raises(JournalError, match="mend it, or delete it to ask its requests again"):
        Desk(planner, planner.plan(provider_of(server))).batches.find()


def test_what_is_remembered_is_small_and_without_secrets(
    planner: Planner, server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret-0123456789")
    settings = ModelSettings(base_url=server.base_url, api_key_env="MY_KEY", mode="json")
    provider = open_provider(ModelSpec(MODEL, "openai", "m", settings))
    desk = Desk(planner, planner.plan(provider))
    desk.batches.send()
    (path,) = desk.store.folder.iterdir()
    kept = json.loads(path.read_text())
    assert list(kept) == ["name", "model", "host", "made_s", "keys", "input_file_id", "batch_id"]
    assert "sk-secret" not in path.read_text()
    assert kept["host"] == server.base_url.removeprefix("http://").removesuffix("/v1")


def test_a_store_forgets_what_is_removed(tmp_path: Path) -> None:
    store = BatchStore(tmp_path)
    first = OpenBatch("a", "m", "h", 2.0, ("k",))
    second = OpenBatch("b", "m", "h", 1.0, ("k", "l"), "file", "batch", ("l",))
    for batch in (first, second):
        store.write(batch)
    assert store.all() == [second, first]
    assert (first.left, second.left) == ({"k"}, {"k"})
    store.remove(first)
    assert (store.find("a"), store.find("b")) == (None, second)
    with store.temporary_file() as file:
        file.write(b"x")
        assert [path.name for path in store.folder.iterdir()] == ["b.json"]
    store.remove(second)
    store.remove(second)
    assert not store.folder.exists()
