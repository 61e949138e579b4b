"""How a batch is asked, planned, scored again and gone on with: the harness beside others.

``python -m benchmarks.batches [NAME ...] [--share 0.025]`` measures some of it, smaller.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batch_peers import CLIENTS, HARNESS, Client, Work, harness_run
from benchmarks.batches_folder import answer, make_folder, write_requests
from benchmarks.batches_run import figures, run, server, started

__all__ = ["table"]

_N_ROUNDS = 3
_N_REPEATS = 10
_HEAD = (
    "| who asks | what | wall s | span s | span / ideal | CPU s | CPU ms a request | peak MB "
    "| counted | connections |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


@dataclass(frozen=True, slots=True)
class _Load:
    """So many requests, each answered after so many seconds, so many of them at once."""

    n: int
    latency_s: float
    in_flight: int

    def __str__(self) -> str:
        return f"{self.n:,} of {self.latency_s:g} s, {self.in_flight:,} at once"

    @property
    def ideal_s(self) -> float:
        """What asking takes a client that takes no time itself."""
        return math.ceil(self.n / self.in_flight) * self.latency_s

    def times(self, share: float) -> _Load:
        """A share of the requests; of few, no more than a tenth at once."""
        n = _some(self.n, share)
        return _Load(n, self.latency_s, min(self.in_flight, n // 10))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What asking took: see `batches_run.Ran` and `latency_server.Figures`."""

    wall_s: float
    span_s: float
    cpu_s: float
    mb: float
    n_requests: int
    n_connections: int


_MANY = _Load(2000, 0.2, 100)
_SLOW = _Load(1000, 2.0, 100)
_WIDE = _Load(20_000, 0.2, 1000)
_KILLED = _Load(1000, 0.2, 100)


def table(names: Sequence[str] = (), share: float = 1.0) -> Iterator[str]:
    """The lines of two Markdown tables: clients that ask, and all else.

    Parameters
    ----------
    names
        Of the benchmarks; none are all.
    share
        Of the requests, articles and replies that they are made for.
    """
    asking = [lines for name, lines in _ASKING.items() if name in names or not names]
    others = [found for name, found in _OTHERS.items() if name in names or not names]
    if asking:
        yield from _HEAD
    for lines in asking:
        yield from lines(share)
    if asking and others:
        yield ""
    if others:
        yield from ("| what | figure |", "|---|---|")
    for found in others:
        for what, figure in found(share):
            yield f"| {what} | {figure} |"


def _all_clients(share: float) -> Iterator[str]:
    """In each round each is run once, forwards and backwards in turn; medians of the rounds."""
    load = _MANY.times(share)
    left_out = {client: why for client in CLIENTS if (why := client.install())}
    rounds: dict[Client, list[_Asked]] = {client: [] for client in CLIENTS}
    with _folder(load.n) as folder:
        for number in range(_N_ROUNDS):
            for client in CLIENTS if number % 2 == 0 else reversed(CLIENTS):
                if client in left_out:
                    continue
                try:
                    rounds[client].append(_ask(client, load, folder))
                except RuntimeError as error:
                    left_out[client] = _why(client, error)
    for client in CLIENTS:
        if client in left_out:
            yield f"| {client.what} | not run: {left_out[client]} | | | | | | | | |"
        else:
            yield _line(client, load, rounds[client])


def _harness_alone(full: _Load) -> Callable[[float], Iterator[str]]:
    def lines(share: float) -> Iterator[str]:
        load = full.times(share)
        with _folder(load.n) as folder:
            yield _line(HARNESS, load, [_ask(HARNESS, load, folder)])

    return lines


def _ask(client: Client, load: _Load, folder: Path) -> _Asked:
    with server("latency_server", load.latency_s) as url:
        work = _work(folder, url, load)
        ran = run(client.command(work), work.state)
        seen = figures(url)
    if seen["n_answers"] < load.n:
        raise RuntimeError(f"it asked {seen['n_answers']} of {load.n} requests")
    # One of the connections asked for the figures.
    counts = (seen["n_requests"], seen["n_connections"] - 1)
    return _Asked(ran.s, seen["span_s"], ran.cpu_s, ran.mb, *counts)


def _line(client: Client, load: _Load, rounds: Sequence[_Asked]) -> str:
    def middle(name: str) -> float:
        return float(statistics.median(getattr(asked, name) for asked in rounds))

    cells = (
        client.what,
        str(load),
        f"{middle('wall_s'):.1f}",
        f"{middle('span_s'):.2f}",
        f"{middle('span_s') / load.ideal_s:.2f}x",
        f"{middle('cpu_s'):.1f}",
        f"{1000 * middle('cpu_s') / load.n:.1f}",
        f"{middle('mb'):.0f}",
        f"{middle('n_requests'):,.0f}",
        f"{middle('n_connections'):,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _planned(share: float) -> Iterator[tuple[str, str]]:
    for n_articles, n_prompts in ((_some(1000, share), 10), (_some(10_000, share), 1)):
        n = n_articles * n_prompts * _N_REPEATS
        with _folder(n_articles, n_prompts) as folder:
            n_answered = answer(folder, _N_REPEATS, every=2)
            options = ("--dry-run", "--json", "--repeats", str(_N_REPEATS))
            ran = run(harness_run(folder, *options), folder)
        n_to_ask = sum(cell["to_ask"] for cell in json.loads(ran.output)["cells"])
        if n_to_ask != n - n_answered:
            raise RuntimeError(f"{n_to_ask} of {n} to ask, where {n_answered} are answered")
        yield (
            f"`harness run --dry-run` of {n:,} requests, half of them answered "
            f"(articles {n_articles:,}, prompts {n_prompts}, repeats {_N_REPEATS})",
            f"{ran.s:.1f} s, peak {ran.mb:.0f} MB",
        )


def _scored_again(share: float) -> Iterator[tuple[str, str]]:
    n = _some(10_000, share)
    with _folder(n) as folder:
        answer(folder)
        # Were it to ask, nobody would be there, and it would not end with 0.
        ran = run(harness_run(folder), folder)
    yield (
        f"`harness run` where {n:,} replies are there: it asks nothing, scores and reports",
        f"{ran.s:.1f} s, peak {ran.mb:.0f} MB",
    )


def _gone_on(share: float) -> Iterator[tuple[str, str]]:
    load = _KILLED.times(share)
    for client in CLIENTS:
        if client.again is None:
            continue
        try:
            if why := client.install():
                raise RuntimeError(why)
            figure = _killed(client, load)
        except RuntimeError as error:
            figure = f"not run: {_why(client, error)}"
        yield f"{client.what}: killed at half of {load}, and started again", figure


def _killed(client: Client, load: _Load) -> str:
    assert client.again is not None
    with _folder(load.n) as folder, server("batches_server", load.latency_s) as url:
        work = _work(folder, url, load)
        with started(client.command(work), work.state) as process:
            while process.poll() is None and figures(url)["n_answered"] < load.n // 2:
                time.sleep(0.02)
        if process.returncode != -signal.SIGKILL:
            raise RuntimeError("it ended before it was killed")
        # What was in flight is answered to nobody.
        time.sleep(2 * load.latency_s)
        n_answered = figures(url)["n_answered"]
        run(client.again(work), work.state)
        seen = figures(url)
    if seen["n_answered"] < load.n:
        raise RuntimeError(f"it asked {seen['n_answered']} of {load.n} requests")
    return (
        f"{seen['n_again']:,} of {n_answered:,} answered requests asked again, "
        f"{seen['n_requests']:,} asked in all"
    )


_ASKING: Mapping[str, Callable[[float], Iterator[str]]] = {
    "clients": _all_clients,
    "slow": _harness_alone(_SLOW),
    "wide": _harness_alone(_WIDE),
}
_OTHERS: Mapping[str, Callable[[float], Iterator[tuple[str, str]]]] = {
    "plan": _planned,
    "score": _scored_again,
    "kill": _gone_on,
}


def _some(n: int, share: float) -> int:
    return max(10, round(n * share))


def _why(client: Client, error: RuntimeError) -> str:
    """Why a peer could not be run; what is wrong with the harness is an error."""
    if client is HARNESS:
        raise error
    return str(error).strip().splitlines()[-1]


@contextmanager
def _folder(n_articles: int, n_prompts: int = 1) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        make_folder(Path(name), n_articles, n_prompts)
        yield Path(name)


def _work(folder: Path, url: str, load: _Load) -> Work:
    requests = folder / "requests.jsonl"
    if not requests.exists():
        write_requests(folder, requests)
    return Work(folder, requests, Path(tempfile.mkdtemp(dir=folder)), url, load.in_flight)


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    names = (*_ASKING, *_OTHERS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batches")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--share", type=float, default=1.0, help="of all requests and articles")
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.names if name not in names]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    for line in table(chosen.names, chosen.share):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
