"""The scorer beside its peers, on the same pairs, in one run.

The peers are no dependencies: they are installed into an environment of their own, `.venv-peers`,
with the versions of `peers-requirements.txt`, and run there in processes of their own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, run_apart

__all__ = ["table"]

_N_PAIRS = 1000
_N_ROUNDS = 3
_REQUIREMENTS = ROOT / "benchmarks" / "peers-requirements.txt"
_ENVIRONMENT = ROOT / ".venv-peers"


@dataclass(frozen=True, slots=True)
class _Contestant:
    what: str
    module: str
    arguments: tuple[str, ...] = ()
    n_pairs: int = _N_PAIRS
    is_peer: bool = False


_CONTESTANTS = (
    _Contestant("this scorer", "ours"),
    _Contestant("this scorer, and grounding in the article", "ours", ("ground",)),
    _Contestant("rapidfuzz `cdist` + scipy assignment alone", "floor"),
    _Contestant("nervaluate (spans of quotes, actors, dates)", "nervaluate", is_peer=True),
    _Contestant("stickler, exact", "stickler", ("exact",), 100, is_peer=True),
    _Contestant("stickler, fuzzy (rapidfuzz)", "stickler", ("fuzzy",), 100, is_peer=True),
    _Contestant("stickler, Levenshtein (default)", "stickler", ("levenshtein",), 5, is_peer=True),
)


def table() -> Iterator[str]:
    """The lines of a Markdown table.

    In each round every contestant is run once, forwards and backwards in turn, so that a machine
    that slows down slows all; a ratio is the median of the rounds' own.
    """
    missing = _install()
    contestants = [each for each in _CONTESTANTS if not (each.is_peer and missing)]
    rounds: list[dict[_Contestant, dict[str, Any]]] = []
    left_out = dict.fromkeys((each for each in _CONTESTANTS if each not in contestants), missing)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.jsonl"
        _write_pairs(path)
        for number in range(_N_ROUNDS):
            rounds.append({})
            for each in contestants if number % 2 == 0 else reversed(contestants):
                if each in left_out:
                    continue
                try:
                    rounds[-1][each] = _run(each, path)
                except RuntimeError as error:
                    if each is _CONTESTANTS[0]:
                        raise
                    left_out[each] = str(error).strip().splitlines()[-1]
    ours = [measured[_CONTESTANTS[0]]["ms"] for measured in rounds]
    yield "| what | CPU ms a pair | beside this scorer | pairs | peak MB (of it scoring) | F1 |"
    yield "|---|--:|--:|--:|--:|--:|"
    for each in _CONTESTANTS:
        if each in left_out:
            yield f"| {each.what} | not measured: {left_out[each]} | | | | |"
            continue
        figures = [measured[each] for measured in rounds]
        ratio = statistics.median(
            figure["ms"] / own for figure, own in zip(figures, ours, strict=True)
        )
        middle = {
            name: statistics.median(figure[name] for figure in figures)
            for name in ("ms", "mb", "added_mb", "f1")
        }
        yield (
            f"| {each.what} | {middle['ms']:.2f} | {ratio:.2f}x | {figures[0]['n']:,} "
            f"| {middle['mb']:.0f} ({middle['added_mb']:.0f}) | {middle['f1']:.2f} |"
        )


def _run(contestant: _Contestant, path: Path) -> dict[str, Any]:
    python = _python() if contestant.is_peer else Path(sys.executable)
    module = f"benchmarks.peers.{contestant.module}"
    return run_apart(module, path, contestant.n_pairs, *contestant.arguments, python=python)


def _write_pairs(path: Path) -> None:
    # The peers' environment has this package and not the harness.
    from benchmarks.articles import article_pair

    with path.open("w", encoding="utf-8") as file:
        for seed in range(_N_PAIRS + 1):
            pair = article_pair(seed)
            text, gold, predicted = pair.article()
            line = {
                "id": pair.id,
                "article": text,
                "gold": pair.gold,
                "predicted": pair.predicted,
                "spans": {"gold": gold, "predicted": predicted},
            }
            file.write(json.dumps(line) + "\n")


def _python() -> Path:
    return _ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _install() -> str:
    """Set up the peers' environment unless it is; why that failed, where it did."""
    stamp = _ENVIRONMENT / "installed.txt"
    wanted = f"{sys.version}\n{_REQUIREMENTS.read_text(encoding='utf-8')}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return ""
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(_ENVIRONMENT)],
        [str(_python()), "-m", "pip", "install", "--quiet", "--requirement", str(_REQUIREMENTS)],
    )
    print("installing the peers ...", file=sys.stderr)
    for command in commands:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["could not be installed"])[-1]
        (_ENVIRONMENT / ".gitignore").write_text("*\n", encoding="utf-8")
    stamp.write_text(wanted, encoding="utf-8")
    return ""
