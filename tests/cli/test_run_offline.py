"""Runs that ask nothing, and runs that ask only what is missing."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, error, text

from harness.running.batch_store import BatchStore, OpenBatch

from .conftest import FOUND, KEY, Done, Folder, clean_environment, hosted, right, run_json

MODEL = "openai/test-model"


def settings(server: ScriptedServer) -> str:
    """A server of one's own that wants a key, which is the default model."""
    return (
        'articles = "articles"\ndefault_models = ["mine"]\ndefault_prompts = ["one"]\n'
        f'[models.mine]\nmodel = "m"\nbase_url = "{server.base_url}"\napi_key_env = "MY_KEY"\n'
        "max_attempts = 1\n"
    )


@pytest.fixture
def run(command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command with an environment of its own."""

    def with_environment(*arguments: str, env: Mapping[str, str] | None = None) -> Done:
        with monkeypatch.context() as patched:
            for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MY_KEY"):
                patched.delenv(name, raising=False)
            for name, value in (env or {}).items():
                patched.setenv(name, value)
            done = command("run", *arguments)
        assert KEY not in done.out + done.err
        return done

    return with_environment


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("a socket was made")


def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def journal_of(folder: Folder) -> dict[str, bytes]:
    responses = folder.path / "results" / "responses"
    return {str(path): path.read_bytes() for path in responses.rglob("*") if path.is_file()}


# ---- offline -----------------------------------------------------------------------------------


def test_offline_scores_what_is_recorded_without_key_network_or_lock(
    folder: Folder,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[..., Done],
) -> None:
    folder.write({"harness.toml": settings(server)})
    online = run(env={"MY_KEY": KEY})
    assert online.code == 0, online.err
    n_connections = len(server.requests)
    recorded = journal_of(folder)
    shutil.rmtree(folder.path / "results" / "responses" / ".locks")
    without_network(monkeypatch)
    done = run("--offline")
    assert done.code == 0, done.err
    assert len(server.requests) == n_connections == 3
    assert "3 requests, 3 already answered, 0 to ask." in done.err
    assert "key" not in done.err
    assert "offline:" not in done.err
    left, right_ = (folder.csv_files(run) for run in folder.runs)
    assert left == right_
    assert run_json(folder.runs[-1])["offline"] is True
    assert not (folder.path / "results" / "responses" / ".locks").exists()
    locks = {name for name in recorded if ".locks" in name}
    assert journal_of(folder) == {
        name: content for name, content in recorded.items() if name not in locks
    }


def test_offline_with_nothing_recorded_asks_nothing(
    folder: Folder, server: ScriptedServer, command: Callable[..., Done]
) -> None:
    folder.write({"harness.toml": settings(server)})
    arguments = ("run", "-p", "one", "-p", "split", "--limit", "2", "--repeats", "2")
    done = command(*arguments, "--offline", "--json")
    assert (done.code, server.requests) == (3, [])
    assert done.json["run"] is None
    assert [
        (each["model"], each["prompt"], each["requests"], each["missing"], each["articles"])
        for each in done.json["missing"]
    ] == [
        ("mine", "one", 4, 4, ["alpha", "bravo"]),
        ("mine", "split", 16, 16, ["alpha", "bravo"]),
    ]
    assert "nothing to score" in done.err
    assert "This asks them: harness run --update -p one -p split --limit 2 --repeats 2" in done.err
    assert folder.runs == []
    assert not (folder.path / "results" / "responses").exists()


def test_offline_says_what_is_missing_and_the_command_asks_it(
    folder: Folder, server: ScriptedServer, run: Callable[..., Done]
) -> None:
    env = hosted(server)
    assert run("-m", MODEL, "--limit", "1", env=env).code == 0
    folder.write({"prompts/new one.md": "## user\nNew: {{ article.text }}\n"})
    arguments = ["-m", MODEL, "-p", "one", "-p", "new one"]
    done = run(*arguments, "--offline", env=env)
    assert done.code == 3
    assert len(server.requests) == 1
    version = run_json(folder.runs[-1])["prompts"]["new one"]["version"]
    said = done.err[done.err.index("offline:") :].splitlines()
    assert said[0] == "offline: 5 requests have no reply, and nothing was asked:"
    assert said[1].startswith(f"  {MODEL}, one@")
    assert said[1].endswith(": 2 of 3 (articles bravo, charlie)")
    assert said[2] == f"  {MODEL}, new one@{version}: 3 of 3 (articles alpha, bravo, charlie)"
    # What is there is scored.
    facts = run_json(folder.runs[-1])
    assert (facts["n_requests"], facts["n_not_asked"]) == (6, 5)
    assert "F1" in done.out
    words = shlex.split(said[3].removeprefix("This asks them: "))
    assert words[:3] == ["harness", "run", "--update"]
    asked = run(*words[2:], env=env)
    assert (asked.code, len(server.requests)) == (0, 6), asked.err
    assert run(*arguments, "--offline").code == 0


def test_offline_command_says_all_that_chooses_requests(
    folder: Folder, run: Callable[..., Done]
) -> None:
    shutil.copytree(folder.path / "articles", folder.path / "other news")
    folder.write({"other.toml": 'default_prompts = ["one"]\n'})
    options = ["-m", "rules/baseline", "--articles", "other news", "--gold", "gold"]
    options += ["--results", "kept", "--split", "dev", "--config", "other.toml"]
    (folder.path / "other news" / "manifest.csv").write_text(
        "id,file,published,split\n" + "".join(f"{n.lower()},{n}.txt,,dev\n" for n in FOUND)
    )
    done = run("--offline", *options)
    assert done.code == 3
    command = done.err.split("This asks them: ")[1].splitlines()[0]
    assert command == (
        "harness run --update -m rules/baseline --articles 'other news' --gold gold "
        "--results kept --split dev --config other.toml"
    )
    assert run(*shlex.split(command)[2:]).code == 0
    assert run("--offline", *options).code == 0


def test_offline_a_recorded_failure_is_recorded(
    folder: Folder, server: ScriptedServer, run: Callable[..., Done]
) -> None:
    server.answer(lambda body: error(500, "oh") if "Alpha" in str(body) else text("No claims."))
    assert run("-m", MODEL, env=hosted(server)).code == 3
    n_requests = len(server.requests)
    done = run("-m", MODEL, "--offline")
    assert (done.code, len(server.requests)) == (0, n_requests), done.err
    assert "3 of 3 requests failed" in done.err
    assert run_json(folder.runs[-1])["failures"] == {"server": 1, "invalid": 2}
    assert run_json(folder.runs[-1])["n_not_asked"] == 0


def test_offline_leaves_open_batches_alone(
    folder: Folder, server: ScriptedServer, run: Callable[..., Done]
) -> None:
    keys = [
        json.loads(line)["custom_id"]
        for line in written_batch(folder, server, run).read_text("utf-8").splitlines()
    ]
    store = BatchStore(folder.path / "results")
    batch = OpenBatch("0123", MODEL, "127.0.0.1", 1.0, tuple(keys[:2]), "file-1", "batch-1")
    store.write(batch)
    done = run("-m", MODEL, "--offline", "--json", env=hosted(server))
    assert (done.code, server.requests) == (3, []), done.err
    (missing,) = done.json["missing"]
    assert (missing["missing"], missing["in_batches"]) == (3, 2)
    assert "3 of 3, 2 of them in open batches" in done.err
    assert store.all() == [batch]


def written_batch(folder: Folder, server: ScriptedServer, run: Callable[..., Done]) -> Path:
    path = folder.path / "input.jsonl"
    done = run("-m", MODEL, "--batch-file", str(path), env=hosted(server))
    assert done.code == 0, done.err
    return path


def test_offline_plans_models_whose_key_or_sdk_is_missing(run: Callable[..., Done]) -> None:
    done = run("--offline", "--json", "-m", MODEL, "-m", "anthropic/claude-x")
    assert done.code == 3
    assert [(each["model"], each["missing"]) for each in done.json["missing"]] == [
        (MODEL, 3),
        ("anthropic/claude-x", 3),
    ]
    assert "cannot be asked" not in done.err


def test_offline_loads_no_sdk(folder: Folder) -> None:
    assert folder.run("run").code == 0
    code = "import sys; from harness.cli.main import _main; code = _main(['run', '--offline']); "
    code += "sys.exit(code or bool({'openai', 'instructor', 'aiohttp'} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder.path,
        env=clean_environment(folder.path),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_offline_leaves_out_what_could_never_be_recorded_here(
    folder: Folder, run: Callable[..., Done]
) -> None:
    models = {"HARNESS_DEFAULT_MODELS": '["rules/baseline", "local/gone.gguf"]'}
    assert run(env=models).code == 0
    done = run("--offline", env=models)
    assert done.code == 0, done.err
    assert "left out: " in done.err
    assert "gone.gguf" in done.err
    # One that was asked for is not let go.
    for name in ("local/gone.gguf", "rules/other"):
        asked_for = run("--offline", "-m", name)
        assert asked_for.code == 2
        assert name.rpartition("/")[2] in asked_for.err


@pytest.mark.parametrize("flags", [[], ["--offline"]])
def test_offline_rules_that_know_no_such_claims_are_no_gap(
    folder: Folder, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    folder.write(
        {
            "towns.py": "from harness import Compare\nfrom typing import Annotated\n"
            "from pydantic import BaseModel\nclass Town(BaseModel):\n"
            "    name: Annotated[str, Compare('text', anchor=True)]\n"
            "class Towns(BaseModel):\n    towns: list[Town]\n"
        }
    )
    monkeypatch.syspath_prepend(str(folder.path))
    done = command("run", "--schema", "towns:Towns", "--gold", "no gold", *flags)
    assert done.code == 2
    assert "model 'rules/baseline' has no rules for towns; leave it out" in done.err


# ---- where offline is said, and what beats it --------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "env", "flags", "is_offline"),
    [
        ("", {"HARNESS_OFFLINE": "1"}, [], True),
        ("offline = true\n", {}, [], True),
        ("offline = true\n", {"HARNESS_OFFLINE": "0"}, [], False),
        ("offline = true\n", {}, ["--no-offline"], False),
        ("", {"HARNESS_OFFLINE": "1"}, ["--no-offline", "--fresh"], False),
        ("offline = false\n", {"HARNESS_OFFLINE": "0"}, ["--offline"], True),
        ("offline = true\n", {"HARNESS_OFFLINE": "1"}, ["--update"], False),
    ],
)
def test_offline_flag_beats_environment_beats_file(
    folder: Folder,
    command: Callable[..., Done],
    monkeypatch: pytest.MonkeyPatch,
    toml: str,
    env: Mapping[str, str],
    flags: list[str],
    *,
    is_offline: bool,
) -> None:
    before = (folder.path / "harness.toml").read_text(encoding="utf-8")
    folder.write({"harness.toml": toml + before})
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = command("run", *flags)
    assert done.code == (3 if is_offline else 0), done.err
    assert len(folder.journalled) == (0 if is_offline else 3)


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        (["--offline", "--update"], {}, "--offline asks nothing, and --update asks more"),
        (["--offline", "--fresh"], {}, "--offline asks nothing, and --fresh asks more"),
        (["--offline", "--batch"], {}, "--offline asks nothing, and --batch asks more"),
        (["--offline", "--retry-failed"], {}, "and --retry-failed asks more: leave one of them"),
        (["--update", "--fresh"], {}, "--update asks only what is missing, and --fresh asks more"),
        (["--update", "--retry-failed"], {}, "is missing, and --retry-failed asks more"),
        (["--fresh"], {"HARNESS_OFFLINE": "1"}, "--fresh asks models, and 'offline' is set"),
        (["--batch"], {"HARNESS_OFFLINE": "1"}, "--batch asks models, and 'offline' is set"),
        (["--retry-failed"], {"HARNESS_OFFLINE": "true"}, "or say --no-offline"),
        ([], {"HARNESS_OFFLINE": "perhaps"}, "HARNESS_OFFLINE: "),
    ],
)
def test_offline_and_what_asks_exclude_each_other(
    folder: Folder,
    command: Callable[..., Done],
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    env: Mapping[str, str],
    expected: str,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = command("run", *flags)
    assert done.code == 2
    assert expected in done.err
    assert not (folder.path / "results").exists()


# ---- update ------------------------------------------------------------------------------------


def test_update_asks_only_what_is_missing(
    folder: Folder, server: ScriptedServer, run: Callable[..., Done]
) -> None:
    env = hosted(server) | {"HARNESS_OFFLINE": "1"}
    server.answer(lambda body: error(500, "oh"))
    first = run("-m", MODEL, "--limit", "1", "--update", env=env)
    assert (first.code, len(server.requests)) == (3, 1)
    server.answer(right())
    done = run("-m", MODEL, "--update", env=env)
    # The failure stays, and counts.
    assert (done.code, len(server.requests)) == (3, 3)
    assert run_json(folder.runs[-1])["failures"] == {"server": 1}
    assert run_json(folder.runs[-1])["update"] is True
    assert run("-m", MODEL, env=env).code == 0
    assert len(server.requests) == 3
    # Without it, what failed on its way is asked again.
    again = run("-m", MODEL, "--no-offline", env=env)
    assert (again.code, len(server.requests)) == (0, 4)
