"""How large the page of a result is, how long it takes to make, and how soon a browser shows it."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.articles import article_pair
from benchmarks.measure import peak_mb, run_apart
from harness.records import Article, Cell, CellPredictions, CellUsage, Gold, Prediction

__all__ = ["BROWSER_FLAGS", "generated", "write_result"]

_RUNS = ((200, 6), (2_000, 6))
_N_LOADS = 5
BROWSER_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""A browser that asks for nothing by itself, and runs as root in a container."""


def figures() -> Iterator[tuple[str, str]]:
    """Each result is made in a process of its own; the page of the smaller one is opened."""
    for n_articles, n_cells in _RUNS:
        with tempfile.TemporaryDirectory() as folder:
            made = run_apart("benchmarks.page", folder, n_articles, n_cells)
            what = f"`report.html` of {n_articles:,} articles x {n_cells} cells"
            yield (
                what,
                f"{made['mb']:.2f} MB, {made['n_shown']} articles in the reader; "
                f"{made['page_s']:.1f} s of the {made['all_s']:.0f} s of processor time that "
                f"scoring and all files took; peak {made['peak_mb']:.0f} MB",
            )
            if (browser := shutil.which("chromium")) is not None and n_articles == _RUNS[0][0]:
                yield (f"{what}, opened {_N_LOADS} times", _opened(Path(folder), browser))


def _opened(folder: Path, browser: str) -> str:
    """What a browser says of opening it; the slowest of all times counts."""
    from playwright.sync_api import sync_playwright

    paints, nodes = [], 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(BROWSER_FLAGS))
        for _ in range(_N_LOADS):
            context = chromium.new_context()
            page = context.new_page()
            page.goto((folder / "report.html").as_uri())
            paints.append(
                page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            )
            nodes = page.evaluate("document.querySelectorAll('*').length")
            context.close()
        version = chromium.version
        chromium.close()
    paints.sort()
    return (
        f"first contentful paint {paints[len(paints) // 2]:.0f} ms (median; slowest "
        f"{paints[-1]:.0f}), {nodes} elements, Chromium {version.split('.')[0]}"
    )


def write_result(folder: Path, n_articles: int, n_cells: int) -> dict[str, Any]:
    """Score generated articles and write all files of the result.

    Returns
    -------
    dict
        Seconds of processor time for all of it and for the page alone, the page's size in MB, and
        how many articles stand in its reader.
    """
    from harness.claims import load_schema
    from harness.evaluate import evaluate
    from harness.reports.page import PAGE, PageFacts, PageGatherer
    from harness.reports.write import ResultFiles, write_claims, write_page, write_reports
    from harness.scoring import TypeResult

    schema = load_schema()
    gold, articles, cells = generated(n_articles, n_cells, tuple(schema.types))
    usage = {
        each.cell: CellUsage(n_articles, cost_usd=0.1 * number, latency_s=0.5 + number)
        for number, each in enumerate(cells)
    }
    page_s = 0.0
    started = time.process_time()
    with ResultFiles(folder) as files, PageGatherer(folder) as page:
        write = write_claims(files)

        def each(cell: Cell, result: TypeResult) -> None:
            nonlocal page_s
            write(cell, result)
            before = time.process_time()
            page.add(cell, result)
            page_s += time.process_time() - before

        evaluation = evaluate(cells, gold, schema, articles, each=each)
        write_reports(files, evaluation, usage, {})
        before = time.process_time()
        write_page(files, page, evaluation, PageFacts("generated", usage=usage))
        page_s += time.process_time() - before
    text = (folder / PAGE).read_text(encoding="utf-8")
    return {
        "all_s": time.process_time() - started,
        "page_s": page_s,
        "mb": len(text.encode()) / 1e6,
        "n_shown": text.count('id="data-article-'),
    }


def generated(
    n_articles: int, n_cells: int, claim_types: tuple[str, ...]
) -> tuple[dict[str, Gold], dict[str, Article], list[CellPredictions]]:
    """Articles of some 3,000 characters with 33 gold claims, and as many predicted by each cell."""
    gold, articles = {}, {}
    predictions: list[list[Prediction]] = [[] for _ in range(n_cells)]
    for seed in range(n_articles):
        pair = article_pair(seed)
        gold[pair.id] = pair.records()[0]
        articles[pair.id] = Article(pair.id, pair.article()[0], story=f"story-{seed // 3}")
        for number, of_cell in enumerate(predictions):
            of_cell.append(pair.predicted_by(number))
    prompts = ("direct", "guided", "by-type")
    cells = [
        CellPredictions(Cell(f"openai/model-{number // 3}", prompts[number % 3]), claim_types, each)
        for number, each in enumerate(predictions)
    ]
    return gold, articles, cells


def main(folder: str, n_articles: int, n_cells: int) -> None:
    """Write a result and print what it took."""
    print(json.dumps({**write_result(Path(folder), n_articles, n_cells), "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
