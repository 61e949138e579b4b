"""``--batch-file`` and ``journal import``: requests for others to ask, and what they answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

import harness.running.batch_files as batch_files

from .conftest import KEY, Done, Folder, right, run_json

MODEL = "openai/test-model"

Line = Mapping[str, Any]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def answered(line: Line) -> dict[str, Any]:
    """What vLLM's run-batch writes of a request that went well."""
    body = json.loads(right()(dict(line["body"])).payload(dict(line["body"])))
    # It says more than OpenAI does.
    body["choices"][0]["message"]["reasoning_content"] = None
    body["prompt_logprobs"] = None
    response = {"status_code": 200, "request_id": "vllm-batch-1", "body": body}
    return {"id": "vllm-1", "custom_id": line["custom_id"], "response": response, "error": None}


def refused(line: Line, error: object, status: int = 400) -> dict[str, Any]:
    """What it writes of one that went wrong."""
    response = {"status_code": status, "request_id": "vllm-batch-2", "body": None}
    return {"id": "vllm-2", "custom_id": line["custom_id"], "response": response, "error": error}


def write(path: Path, lines: Iterable[Mapping[str, Any] | str]) -> None:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("\n".join(texts), encoding="utf-8")


def test_batch_file_holds_what_a_live_run_sends(
    folder: Folder, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["run", "-m", MODEL, "-p", "one", "-p", "split"]
    done = command(*arguments, "--batch-file", "out.jsonl", "--json")
    assert done.code == 0, done.err
    assert done.json == {"files": ["out.jsonl"], "requests": 15}
    assert "cannot be asked" not in done.err
    lines = lines_of(folder.path / "out.jsonl")
    assert len({line["custom_id"] for line in lines}) == 15
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert sorted(path.name for path in folder.path.glob("*out*")) == ["out.jsonl"]
    with ScriptedServer() as server:
        server.answer(right())
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert command(*arguments).code == 0
        sent = [json.dumps(request.body, sort_keys=True) for request in server.requests]
    assert sorted(json.dumps(line["body"], sort_keys=True) for line in lines) == sorted(sent)
    nothing = command(*arguments, "--batch-file", "more.jsonl")
    assert (nothing.code, "nothing to ask" in nothing.err) == (0, True)
    assert not (folder.path / "more.jsonl").exists()
    assert KEY.encode() not in (folder.path / "out.jsonl").read_bytes()


def test_batch_file_is_split_beyond_its_limits_and_overwrites_nothing(
    folder: Folder, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = batch_files.InputWriter.__init__.__defaults__
    assert defaults == (50_000, 200_000_000)
    monkeypatch.setattr(batch_files.InputWriter.__init__, "__defaults__", (2, 200_000_000))
    arguments = ["run", "-m", MODEL, "--batch-file"]
    done = command(*arguments, "out.jsonl")
    assert done.code == 0, done.err
    files = sorted(folder.path.glob("*out*"))
    assert [file.name for file in files] == ["out-001.jsonl", "out-002.jsonl"]
    assert [len(lines_of(file)) for file in files] == [2, 1]
    assert "Written: out-002.jsonl" in done.err
    before = [file.read_bytes() for file in files]
    again = command(*arguments, "out.jsonl")
    assert again.code == 2
    assert "out-001.jsonl: it is there already" in again.err
    files[0].rename(folder.path / "away")
    once_more = command(*arguments, "out.jsonl")
    assert once_more.code == 2
    assert "out-002.jsonl: it is there already" in once_more.err
    assert [(folder.path / "away").read_bytes(), files[1].read_bytes()] == before
    assert len(list(folder.path.glob("*out*"))) == 1
    nowhere = command(*arguments, "no/such/out.jsonl")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)


def test_batch_file_is_of_one_model(folder: Folder, command: Callable[..., Done]) -> None:
    for models, said in (
        (["-m", MODEL, "-m", "openai/other"], "exactly one model"),
        (["-m", "rules/baseline"], "cannot be asked in a batch"),
        ([], "'rules/baseline' cannot be asked in a batch"),
    ):
        done = command("run", *models, "--batch-file", "out.jsonl")
        assert (done.code, said in done.err) == (2, True), done.err
    assert not (folder.path / "out.jsonl").exists()


@pytest.mark.parametrize("mode", ["tools", "json_schema", "json", "md_json"])
def test_imported_replies_score_as_those_of_a_live_run(
    folder: Folder, command: Callable[..., Done], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_MODELS", json.dumps({MODEL: {"mode": mode}}))
    arguments = ["-m", MODEL, "-p", "split"]
    assert command("run", *arguments, "--batch-file", "out.jsonl").code == 0
    lines = lines_of(folder.path / "out.jsonl")
    write(folder.path / "replies.jsonl", map(answered, reversed(lines)))
    done = command("journal", "import", "replies.jsonl", *arguments)
    assert done.code == 0, done.err
    assert "12 answered." in done.err
    assert len(folder.journalled) == 12
    again = command("journal", "import", "replies.jsonl", *arguments, "--json")
    assert (again.code, again.json["answered"], again.json["already"]) == (0, 0, 12)
    assert len(folder.journalled) == 12
    # No server is there: whatever is asked now would fail.
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    run = command("run", *arguments, "--json")
    assert run.code == 0, run.err
    (row,) = run.json["leaderboard"]
    assert (row["f1"], row["n_failed_requests"]) == (1.0, 0)
    assert run_json(folder.runs[-1])["usage"][0]["latency_s"] is None


def test_imported_lines_are_counted_as_what_they_are(
    folder: Folder, command: Callable[..., Done]
) -> None:
    arguments = ["-m", MODEL, "-p", "split"]
    assert command("run", *arguments, "--batch-file", "out.jsonl").code == 0
    lines = lines_of(folder.path / "out.jsonl")
    error = {"message": "too long", "type": "BadRequestError", "param": None, "code": 400}
    write(
        folder.path / "replies.jsonl",
        [
            refused(lines[0], "early"),
            answered(lines[0]),
            refused(lines[1], {"error": error}),
            refused(lines[2], {"object": "error", **error}),
            refused(lines[3], "Request must not be sent in stream mode"),
            refused(lines[4], {"error": {**error, "message": "engine died"}}, 500),
            {**answered(lines[5]), "custom_id": "mine"},
            json.dumps(answered(lines[6]))[:-30],
            "[]",
            "",
            '{"custom_id": "' + lines[7]["custom_id"] + '"}',
        ],
    )
    write(folder.path / "more.jsonl", [answered(lines[8])])
    done = command("journal", "import", "replies.jsonl", "more.jsonl", *arguments, "--json")
    assert done.code == 3
    counts = ("answered", "missing", "n_duplicates", "n_unknown", "n_torn", "n_lines")
    assert [done.json[name] for name in counts] == [6, 6, 1, 1, 3, 11]
    assert done.json["failures"] == {"rejected": 3, "server": 1}
    last = {line["key"]: line.get("failure") for line in folder.journalled}
    assert last[lines[0]["custom_id"]] is None
    assert last[lines[1]["custom_id"]]["message"] == "HTTP 400: too long"
    assert last[lines[2]["custom_id"]]["message"] == "HTTP 400: too long"
    assert "stream mode" in last[lines[3]["custom_id"]]["message"]
    assert last[lines[4]["custom_id"]] == {"reason": "server", "message": "HTTP 500: engine died"}
    # Replies that come later take the place of failures.
    write(folder.path / "rest.jsonl", map(answered, lines))
    rest = command("journal", "import", "rest.jsonl", *arguments, "--json")
    assert (rest.code, rest.json["answered"], rest.json["already"]) == (0, 10, 2)


def test_import_of_what_is_no_reply_says_so(folder: Folder, command: Callable[..., Done]) -> None:
    (folder.path / "other.jsonl").write_text('{"custom_id": "x", "response": {"body": {}}}\n')
    (folder.path / "empty.jsonl").write_text("")
    for arguments, code, said in (
        (["other.jsonl", "-m", MODEL], 2, "none of the 1 lines answers a request of openai/test"),
        (["no.jsonl", "-m", MODEL], 2, "no.jsonl: cannot be read"),
        (["other.jsonl", "-m", "rules/baseline"], 2, "cannot be asked in a batch"),
        (["other.jsonl", "-m", MODEL, "-m", "openai/b"], 2, "exactly one model"),
        (["empty.jsonl", "-m", MODEL], 0, "3 without a reply"),
    ):
        done = command("journal", "import", *arguments)
        assert (done.code, said in done.err) == (code, True), done.err
    assert folder.journalled == []


def test_import_costs_half_the_list_at_openai_and_the_set_price_elsewhere(
    folder: Folder, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "openai/gpt-4o-mini": {"mode": "json_schema"},
        "mine": {"model": "gpt-4o-mini", "base_url": "http://127.0.0.1:9/v1"},
        "priced": {
            "model": "gpt-4o-mini",
            "base_url": "http://127.0.0.1:9/v1",
            "price": {"input": 1.0, "output": 3.0},
        },
    }
    monkeypatch.setenv("HARNESS_MODELS", json.dumps(settings))
    costs = {}
    for model in settings:
        name = model.rpartition("/")[2]
        assert command("run", "-m", model, "--batch-file", f"{name}.jsonl").code == 0
        lines = lines_of(folder.path / f"{name}.jsonl")
        replies = [answered(line) for line in lines]
        for reply in replies:
            usage = {"prompt_tokens": 1_000_000, "completion_tokens": 100_000}
            reply["response"]["body"]["usage"] = usage
        write(folder.path / "replies.jsonl", replies)
        assert command("journal", "import", "replies.jsonl", "-m", model).code == 0
        (costs[name],) = {line["attempts"][0].get("cost_usd") for line in folder.journalled}
        for path in (folder.path / "results" / "responses").rglob("*.jsonl"):
            path.unlink()
    # Of a list price of 0.15 and 0.60 US dollars for a million.
    assert costs == {
        "gpt-4o-mini": pytest.approx((0.15 + 0.06) / 2),
        "mine": None,
        "priced": pytest.approx(1.3),
    }


def test_repeats_are_requests_of_their_own(folder: Folder, command: Callable[..., Done]) -> None:
    assert command("run", "-m", MODEL, "--repeats", "2", "--batch-file", "out.jsonl").code == 0
    lines = lines_of(folder.path / "out.jsonl")
    assert len({line["custom_id"] for line in lines}) == 6
    write(folder.path / "replies.jsonl", map(answered, lines))
    few = command("journal", "import", "replies.jsonl", "-m", MODEL)
    assert few.code == 3
    assert "3 answered, unknown ids 3" in few.err
    all_of_them = command("journal", "import", "replies.jsonl", "-m", MODEL, "--repeats", "2")
    assert (all_of_them.code, len(folder.journalled)) == (0, 6)
