"""`harness watch`: a process that goes on, files that are edited under it, a real server."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, TypeAlias

import pytest
from scripted_server import Body, Reply, ScriptedServer, answer_from_articles

from .conftest import FOUND, TEXTS, Folder, hosted

EXAMPLE = 'An example: "So be it".'
PROMPT = f"## user\n{{{{ article.text }}}}\n{EXAMPLE}\n"
WATCH = ("watch", "-m", "openai/test-model", "-p", "prompts/one.md")


def by_example(body: Body) -> Reply:
    """A model that finds quotes only where it was shown one."""
    asked = "\n".join(str(message["content"]) for message in body["messages"])
    found = {f"{name} news": claims for name, claims in FOUND.items()}
    if EXAMPLE not in asked:
        found = {name: {**claims, "quotes": []} for name, claims in found.items()}
    return answer_from_articles(found)(body)


class Watching:
    """A process, and what it says as it says it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self._threads = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)

    def until(self, *texts: str) -> str:
        """What it says until it has said all of these."""
        said = ""
        deadline = time.monotonic() + 100
        while not all(text in said for text in texts):
            try:
                said += self._lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"{texts} was not said, but:\n{said}") from None
        assert "Traceback" not in said
        return said

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=100)

    def end(self) -> None:
        """End it in any case."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()


Start: TypeAlias = Callable[..., Watching]


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.answer(by_example)
        yield server


@pytest.fixture
def work(folder: Folder) -> Folder:
    """Three articles, of which one is kept back, and a prompt with an example."""
    splits = dict(zip(TEXTS, ("dev", "dev", "test"), strict=True))
    rows = "".join(f"{name.lower()},{name}.txt,{split}\n" for name, split in splits.items())
    folder.write({"articles/manifest.csv": f"id,file,split\n{rows}", "prompts/one.md": PROMPT})
    return folder


@pytest.fixture
def start(work: Folder, model: ScriptedServer) -> Iterator[Callable[..., Watching]]:
    started = []

    def start(*more: str) -> Watching:
        started.append(Watching(work.start(*WATCH, *more, env=hosted(model))))
        return started[-1]

    yield start
    for watching in started:
        watching.end()


def test_watch_evaluates_what_is_saved(
    work: Folder, model: ScriptedServer, start: Callable[..., Watching]
) -> None:
    watching = start()
    said = watching.until("overall: ", "watching; Ctrl-C ends it")
    assert "2 articles of split dev" in said
    assert "quotes: P 1.000, R 1.000, F1 1.000" in said
    assert len(model.requests) == 2

    work.write({"prompts/one.md": PROMPT.replace(EXAMPLE, "")})
    said = watching.until("lost “We gave a fair warning”")
    assert "quotes       1.000  0.000      -1.000" in said
    assert len(model.requests) == 4
    # What is kept back is neither asked about nor shown.
    assert "Charlie" not in json.dumps([each.body for each in model.requests])

    work.write({"prompts/one.md": f"---\ndescription: x\n---\n{PROMPT.replace(EXAMPLE, '')}"})
    watching.until("nothing that is asked or scored has changed")
    work.write({"prompts/one.md": PROMPT.replace("article.text", "article.txt")})
    watching.until("waiting until that is mended")
    work.write({"prompts/one.md": PROMPT})
    watching.until("as at the start")
    # The first text's replies are in the journal.
    assert len(model.requests) == 4
    assert watching.interrupt() == 0
    assert not list(work.path.glob("results/*/run.json"))


def test_watch_compares_with_the_baseline(
    work: Folder, model: ScriptedServer, start: Callable[..., Watching]
) -> None:
    cell = ("-m", "openai/test-model", "-p", "prompts/one.md")
    assert work.run("run", *cell, env=hosted(model)).code == 0
    assert work.run("baseline", "save", *cell).code == 0
    n_asked = len(model.requests)
    work.write({"prompts/one.md": PROMPT.replace(EXAMPLE, "")})
    watching = start("--limit", "1", "--json")
    said = watching.until('"scores"')
    line = next(line for line in said.splitlines() if line.startswith("{"))
    values = json.loads(line)
    (change,) = values["cells"]
    assert [each["claim"]["text"] for each in change["lost"]] == ["We gave a fair warning"]
    assert len(model.requests) == n_asked + 1
    work.write({"prompts/one.md": PROMPT})
    said = watching.until('"scores"')
    assert '"cells": []' in said
    assert len(model.requests) == n_asked + 1
    assert watching.interrupt() == 0


def test_watch_interrupted_while_it_asks(
    work: Folder, model: ScriptedServer, start: Callable[..., Watching]
) -> None:
    slow = answer_from_articles({f"{name} news": FOUND[name] for name in FOUND}, delay_s=100)
    model.answer(slow)
    watching = start()
    watching.until("2 to ask")
    while len(model.requests) < 2:
        time.sleep(0.05)
    watching.process.send_signal(signal.SIGINT)
    watching.until("interrupted")
    # The second does not wait for what is in flight.
    assert watching.interrupt() == 130


def test_watch_keeps_to_what_it_may_cost(
    work: Folder, model: ScriptedServer, start: Callable[..., Watching]
) -> None:
    done = work.run(*WATCH, "--max-cost", "1", env=hosted(model))
    assert (done.code, "price of openai/test-model is not known" in done.err) == (2, True)
    with (work.path / "harness.toml").open("a", encoding="utf-8") as file:
        file.write("max_tokens = 10\nprice = { input = 1000, output = 1000 }\n")
    watching = start("--max-cost", "0.05", "-j", "1")
    said = watching.until("watching; Ctrl-C ends it")
    assert "requests were not asked" in said
    n_asked = len(model.requests)
    work.write({"prompts/one.md": PROMPT.replace(EXAMPLE, "")})
    watching.until("requests were not asked")
    # The limit is for as long as it goes on, and each request takes some of it.
    assert len(model.requests) == n_asked
    assert watching.interrupt() == 0


def test_watch_says_at_once_what_it_cannot_work_with(work: Folder) -> None:
    done = work.run("watch", "-m", "nobody", "-p", "prompts/one.md")
    assert (done.code, "unknown model 'nobody'" in done.err) == (2, True)


def test_watch_offline_asks_nothing_and_says_what_is_missing(
    work: Folder, model: ScriptedServer
) -> None:
    watching = Watching(work.start(*WATCH, env={"HARNESS_OFFLINE": "1"}))
    try:
        # Without a key, for nothing is asked.
        said = watching.until("This asks them: ", "watching; Ctrl-C ends it")
    finally:
        watching.end()
    assert "2 requests have no reply, and nothing was asked" in said
    assert "--split dev" in said
    assert not model.requests
