"""The budgets of a page: 200 articles under six cells in less than 5 MB, and few elements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.page import generated
from harness.claims import load_schema
from harness.evaluate import Resampling, evaluate
from harness.reports.page import PAGE, PageFacts, PageGatherer
from harness.reports.write import ResultFiles, write_page

from .conftest import Opened


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 200 articles of 3,000 characters, 33 claims a side, and six cells."""
    schema = load_schema()
    gold, articles, cells = generated(200, 6, tuple(schema.types))
    folder = tmp_path_factory.mktemp("large")
    with ResultFiles(folder) as files, PageGatherer(folder) as page:
        resampling = Resampling(0, 100)
        evaluation = evaluate(cells, gold, schema, articles, {}, resampling, page.add)
        write_page(files, page, evaluation, PageFacts("large"))
    return folder / PAGE


@pytest.mark.slow
def test_two_hundred_articles_under_six_cells_take_less_than_5_mb(
    large: Path, open_page: Callable[..., Opened]
) -> None:
    assert large.stat().st_size < 5_000_000
    assert large.read_text(encoding="utf-8").count('id="data-article-') == 200
    opened = open_page(large.as_uri())
    page = opened.page
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000
    # Nothing of an article is read before it is opened.
    opened.follow("nav a[data-view=reader]")
    assert page.locator("#reader-article option").count() == 200
    assert page.locator(".claims > li").count() >= 33
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000
    opened.follow("nav a[data-view=charts]")
    assert page.locator(".heat-map .square").count() == 60 * 6
    assert "60 hardest of 200 articles" in (page.text_content("#charts-view") or "")
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000
