"""What collecting gates takes beside a pytest that collects none, and what having the plugin takes.

A farm of six models and six prompts over 500 articles; nothing is scored, for nothing is run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.check import make_folder

_N_ARTICLES = 500
_N_MODELS = 6
_N_PROMPTS = 6
_RUNS = 9
_COLLECT = ("--collect-only", "-q", "-p", "no:cacheprovider")


def figures() -> Iterator[tuple[str, str]]:
    """The three in turn, so that a machine that slows down slows all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _make_farm(folder)
        commands = {
            "without": ("-p", "no:harness", *_COLLECT),
            "with": _COLLECT,
            "gates": ("--harness", *_COLLECT),
        }
        wall: dict[str, list[float]] = {each: [] for each in commands}
        cpu: dict[str, list[float]] = {each: [] for each in commands}
        n_gates = 0
        for run in range(_RUNS + 1):
            for each, arguments in commands.items():
                seconds, cpu_seconds, n_collected = _timed(folder, arguments)
                if each == "gates":
                    n_gates = n_collected - 1
                if run:
                    wall[each].append(seconds)
                    cpu[each].append(cpu_seconds)
    farm = f"{_N_MODELS} models x {_N_PROMPTS} prompts, {n_gates} gates"
    plain = f"plain collection takes {statistics.median(wall['without']):.2f} s"
    yield f"`pytest --collect-only --harness` of {farm}", _over(wall, cpu, "gates", plain)
    yield "having the plugin and not using it", _over(wall, cpu, "with", plain)


def _make_farm(folder: Path) -> None:
    make_folder(folder, _N_ARTICLES)
    source = next((folder / "prompts").glob("*.md")).read_text(encoding="utf-8")
    for old in (folder / "prompts").glob("*.md"):
        old.unlink()
    for number in range(_N_PROMPTS):
        lines = [
            f"name: farm{number}" if each.startswith("name:") else each
            for each in source.split("\n")
        ]
        (folder / "prompts" / f"farm{number}.md").write_text("\n".join(lines), encoding="utf-8")
    names = [f"bench-{number}" for number in range(_N_MODELS)]
    tables = "".join(
        f'[models.{name}]\nmodel = "{name}"\nbase_url = "http://127.0.0.1:9/v1"\n' for name in names
    )
    settings = f'articles = "articles.jsonl"\ndefault_models = {names!r}\n{tables}'
    settings += "[gates]\nmin_f1 = 0.5\n"
    (folder / "harness.toml").write_text(settings, encoding="utf-8")
    (folder / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")


def _over(wall: dict[str, list[float]], cpu: dict[str, list[float]], name: str, plain: str) -> str:
    more = [
        statistics.median(
            one - other for one, other in zip(each[name], each["without"], strict=True)
        )
        for each in (wall, cpu)
    ]
    return f"{more[0]:.2f} s more, {more[1]:.2f} s of a processor (median of {_RUNS}; {plain})"


def _timed(folder: Path, arguments: tuple[str, ...]) -> tuple[float, float, int]:
    """Seconds of the whole command, those of a processor, and how many tests it collected."""
    before = os.times()
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    seconds = time.perf_counter() - started
    after = os.times()
    used = after.children_user + after.children_system - before.children_user
    n_collected = sum("::" in line for line in done.stdout.splitlines())
    return seconds, used - before.children_system, n_collected
