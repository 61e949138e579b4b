"""The command as a user types it: in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Answer, ScriptedServer, answer_from_articles

from harness.cli.main import _main

ROOT = Path(__file__).parents[2]
KEY = "sk-Marker-0123456789-abcdef"
"""A key that must never be seen anywhere."""

CSV_FILES = [
    *("articles.csv", "claims.csv", "comparisons.csv", "fields.csv"),
    *("grounding.csv", "leaderboard.csv", "scores.csv"),
]

FOUND: dict[str, dict[str, list[dict[str, Any]]]] = {
    "Alpha": {
        "actors": [{"name": "Ada Long", "kind": "person", "role": None}],
        "quotes": [{"text": "We gave a fair warning", "speaker": "Ada Long"}],
        "dates": [{"text": "March 3", "value": "2031-03-03"}],
        "sanctions": [],
    },
    "Bravo": {
        "actors": [{"name": "Veyland", "kind": "state", "role": None}],
        "quotes": [],
        "dates": [{"text": "May 5", "value": "2031-05-05"}],
        "sanctions": [],
    },
    "Charlie": {
        "actors": [{"name": "Bo Short", "kind": "person", "role": None}],
        "quotes": [{"text": "Nothing was decided today", "speaker": "Bo Short"}],
        "dates": [],
        "sanctions": [],
    },
}
TEXTS = {
    "Alpha": 'Alpha news. "We gave a fair warning," Ada Long said on March 3.',
    "Bravo": "Bravo news. Veyland closes its ports on May 5.",
    "Charlie": 'Charlie news. "Nothing was decided today," Bo Short said.',
}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        """The one JSON document on standard output."""
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class Folder:
    """A working folder, and the command in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def start(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, **options: object
    ) -> subprocess.Popen[str]:
        """Start the command with a clean environment."""
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *map(str, arguments)],
            cwd=self.path,
            env=clean_environment(self.path) | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def start_on(
        self, stdout: int, *arguments: str, env: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Start the command with something else as its standard output."""
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            cwd=self.path,
            env=clean_environment(self.path) | dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, **options: object
    ) -> Done:
        """Run the command to its end. What it says is plain: no traceback, no colour."""
        process = self.start(*arguments, env=env, **options)
        out, err = process.communicate(timeout=100)
        done = Done(process.returncode, out, err)
        assert "Traceback" not in err or "--debug" in arguments, err
        assert "\x1b" not in out + err
        assert KEY not in out + err
        return done

    def run_all(self, commands: Sequence[Sequence[str]]) -> list[Done]:
        """Run commands that have nothing to do with each other, two at a time."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda arguments: self.run(*arguments), commands))

    @property
    def runs(self) -> list[Path]:
        """The result folders, oldest first."""
        results = self.path / "results"
        return sorted(path for path in results.glob("*") if path.name != "responses")

    @property
    def journalled(self) -> list[dict[str, Any]]:
        """The lines of the journal."""
        files = sorted((self.path / "results" / "responses").rglob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def csv_files(self, folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the developer's own settings and keys."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**kept, "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}


def all_bytes(folder: Path) -> bytes:
    """What stands in all files of a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def run_json(run: Path) -> dict[str, Any]:
    """The facts of a run."""
    found: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return found


def gold_file(name: str) -> str:
    found = {
        claim_type: [{**claim, "evidence": TEXTS[name]} for claim in items]
        for claim_type, items in FOUND[name].items()
    }
    for date in found["dates"]:
        date["event"] = "It happens"
    return json.dumps({"article_id": name.lower(), "claims": found})


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    """An empty working folder."""
    return Folder(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A working folder with three short articles, their gold and two prompts."""
    made = Folder(tmp_path)
    rows = "".join(f"{name.lower()},{name}.txt,2031-03-05\n" for name in TEXTS)
    made.write(
        {f"articles/{name}.txt": text for name, text in TEXTS.items()}
        | {f"gold/{name.lower()}.json": gold_file(name) for name in TEXTS}
        | {
            "articles/manifest.csv": f"id,file,published\n{rows}",
            "prompts/one.md": "## user\n{{ article.published }} {{ article.text }}\n",
            "prompts/split.md": "---\npasses: by-type\n---\n## user\nFind {{ claim_types[0].name }}"
            " in: {{ article.published }} {{ article.text }}\n",
            "harness.toml": 'articles = "articles"\ndefault_models = ["rules/baseline"]\n'
            'default_prompts = ["one"]\n[models."openai/test-model"]\nmax_attempts = 1\n',
        }
    )
    return made


@pytest.fixture
def command(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """The command in the folder, but in this process, which is quicker."""
    monkeypatch.chdir(folder.path)
    for name in os.environ:
        if name.startswith("HARNESS_"):
            monkeypatch.delenv(name)

    def run(*arguments: str | Path) -> Done:
        capsys.readouterr()
        code = _main(list(map(str, arguments)))
        return Done(code, *capsys.readouterr())

    return run


def predictions(claims: Mapping[str, Mapping[str, Any]]) -> str:
    """A file of predictions from the claims of each article."""
    lines = ({"article_id": name, "claims": found} for name, found in claims.items())
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that finds exactly the gold of the three articles."""
    with ScriptedServer() as server:
        server.answer(right())
        yield server


def right(delay_s: float = 0.0) -> Answer:
    return answer_from_articles({f"{name} news": FOUND[name] for name in FOUND}, delay_s=delay_s)


def hosted(server: ScriptedServer) -> dict[str, str]:
    """The environment of somebody who has a key."""
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}


__all__ = [
    *("CSV_FILES", "FOUND", "KEY", "ROOT", "TEXTS"),
    *("Done", "Folder", "all_bytes", "hosted", "predictions", "right", "run_json"),
]
