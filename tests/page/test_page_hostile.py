"""Nothing of what articles, models and people write is ever markup, script or style."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.claims import load_schema
from harness.records import Cell, CellPredictions, Failure, Gold, GoldClaim, InvalidItem, Prediction
from harness.reports.page import FailedRequest, PagePrompt

from .conftest import Opened
from .hostile import HOSTILE
from .sample import FACTS, Sample, actor, address, quote, write_result

_ELEMENTS = frozenset(
    """a article aside b bdi body button caption circle code dd del desc details div dl dt fieldset
    figcaption figure g h1 h2 h3 h4 head header html i input ins kbd label legend li main meta nav
    noscript ol option p path pre rect script section select span style summary svg table tbody td
    text th thead title tr ul""".split()  # noqa: SIM905 - a list of so many would be no easier to read
)
"""What the page is made of. No image, frame, form, object, link or base is among it."""


def hostile_result(folder: Path, strings: tuple[str, ...]) -> Sample:
    """A result in which every string that comes from outside is one of these."""
    types = tuple(load_schema().types)
    gold, texts = {}, {}
    predictions: list[Prediction] = []
    for number, string in enumerate(strings):
        other = strings[(number + 1) % len(strings)]
        name = f"{number} {string}"
        texts[name] = f"Before {string} and after."
        gold[name] = Gold(
            name,
            {
                "actors": (GoldClaim(actor(string, "person", other), aliases=(other,)),),
                "quotes": (GoldClaim(quote(f"{string} and after", string)),),
                "dates": (GoldClaim({"text": string, "value": "2031"}, optional=True),),
            },
        )
        claims = {
            "actors": (actor(string, other, string), actor(f"invented {other}")),
            "quotes": (quote(f"{string} and after", other),),
            "dates": ({"text": string, "value": string},),
        }
        items = (InvalidItem("dates", string, {string: other}), InvalidItem("dates", other, other))
        predictions.append(Prediction(name, claims, invalid_items=items))
    cells = [
        CellPredictions(Cell(string, strings[-1 - number]), types, predictions)
        for number, string in enumerate(strings[:4])
    ]
    failed = [
        replace(each, claims={}, failures={"actors": Failure("invalid", each.article_id)})
        for each in predictions
    ]
    cells.append(CellPredictions(Cell(strings[4], strings[5]), types, failed))
    facts = replace(
        FACTS,
        title=strings[0],
        started=strings[1],
        notes=strings,
        usage={},
        versions={cell.cell: strings[2] for cell in cells},
        prompts=[
            PagePrompt(string, string, string, "one", ((string, string), ("user", f"x {string}")))
            for string in strings
        ],
        failures=[
            FailedRequest(cells[0].cell, string, 0, (string,), string, string, string)
            for string in strings
        ],
        n_failures=len(strings),
    )
    return write_result(folder, cells, gold, texts, facts)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return hostile_result(tmp_path_factory.mktemp("hostile"), HOSTILE)


def assert_harmless(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate("window.wasRun") is None
    found = page.evaluate("Array.from(document.querySelectorAll('*')).map(each => each.localName)")
    assert set(found) <= _ELEMENTS
    handlers = page.evaluate(
        """Array.from(document.querySelectorAll("*")).flatMap(each => Array.from(each.attributes))
            .filter(each => each.name.startsWith("on") || each.name === "style"
                || each.name === "src" || each.name === "srcdoc"
                || (each.name === "href" && !each.value.startsWith("#"))).map(each => each.name)"""
    )
    assert handlers == []
    assert page.evaluate("Object.prototype.polluted") is None


class _Blocks(HTMLParser):
    """What the file is for a parser: its elements, and the text of each script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_there_are_strings_enough() -> None:
    assert len(set(HOSTILE)) >= 20


def test_the_file_holds_them_only_in_its_data(hostile: Sample) -> None:
    text = (hostile.folder / "report.html").read_text(encoding="utf-8")
    plain = write_result(hostile.folder / "plain")
    parsed, expected = _Blocks(), _Blocks()
    parsed.feed(text)
    expected.feed((plain.folder / "report.html").read_text(encoding="utf-8"))
    others = [
        [each for each in blocks.elements if each[1].get("type") != "application/json"]
        for blocks in (parsed, expected)
    ]
    assert others[0] == others[1]
    blocks = re.findall(r'<script type="application/json" id="[\w-]+">(.*?)</script>', text)
    assert len(blocks) == len(HOSTILE) + 2
    for block in blocks:
        json.loads(block)
        assert not re.search("[<>&\u2028\u2029\x00-\x08\x0b-\x1f\x7f-\x9f]", block)


def test_leaderboard_and_charts_show_them_as_text(
    hostile: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(hostile.page)
    assert_harmless(opened)
    assert opened.page.evaluate("document.querySelector('#title').textContent") == HOSTILE[0]
    assert opened.texts("#caveats li")[: len(HOSTILE)] == list(HOSTILE)
    models = opened.texts(".leaderboard tbody tr > :nth-child(2)")
    assert sorted(models) == sorted(HOSTILE[:5])
    opened.go("#charts")
    opened.page.wait_for_selector(".heat-map")
    for summary in opened.page.locator("#charts-view summary").all():
        summary.click()
    assert_harmless(opened)
    ids = opened.texts("#charts-view figure:last-child .as-table tbody th")
    assert set(ids) <= {f"{number} {string}" for number, string in enumerate(HOSTILE)}
    assert len(ids) >= len(HOSTILE) - 3  # of a text that folds to nothing, nothing can be asked


@pytest.mark.slow
def test_the_reader_shows_them_as_text(hostile: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(f"{hostile.page}#reader")
    page = opened.page
    page.wait_for_selector(".pane")
    seen = set()
    for place in range(len(HOSTILE)):
        page.select_option("#reader-article", str(place))
        page.wait_for_function(
            "place => document.getElementById('reader-article').value === place", arg=str(place)
        )
        text = page.evaluate("document.querySelector('.article-text').textContent")
        assert text in hostile_texts()
        seen.add(text)
        for row in range(min(3, page.locator(".claims > li").count())):
            page.locator(".claims > li > button").nth(row).click()
        values = page.evaluate(
            "Array.from(document.querySelectorAll('.claims .value')).map(each => each.textContent)"
        )
        assert values
        assert page.locator(".mark").count() >= 1
    assert len(seen) == len(HOSTILE)
    assert_harmless(opened)


def hostile_texts() -> set[str]:
    return {f"Before {string} and after." for string in HOSTILE}


def test_a_link_leads_to_each(hostile: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(hostile.page)
    for number, string in enumerate(HOSTILE):
        name = f"{number} {string}".encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        link = address(name, Cell(HOSTILE[0], HOSTILE[-1]), claim="quotes:gold:0")
        opened.go(link)
        opened.page.wait_for_function(
            "id => document.querySelector('.article-facts')"
            " && document.querySelector('.article-facts').textContent.startsWith(id)",
            arg=f"{number} ",
        )
        text = opened.page.evaluate("document.querySelector('.article-text').textContent")
        assert text == f"Before {string} and after."
        assert opened.page.locator("#not-found").is_hidden()
        assert opened.page.locator(".claims > li.selected").count() == 1
    assert_harmless(opened)


def test_failures_and_prompts_show_them_as_text(
    hostile: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{hostile.page}#failures")
    for summary in opened.page.locator(".failures summary").all():
        summary.click()
    raws = opened.page.evaluate(
        "Array.from(document.querySelectorAll('.failures pre')).map(each => each.textContent)"
    )
    assert raws == list(HOSTILE)
    assert_harmless(opened)
    opened.go("#prompts")
    opened.page.wait_for_selector(".prompt")
    texts = opened.page.evaluate(
        """Array.from(document.querySelectorAll('.prompt pre:first-of-type'))
            .map(each => each.textContent)"""
    )
    assert texts[::2] == list(HOSTILE)
    for number in (0, 5, 20):
        opened.page.locator(".comparison select").first.select_option(str(number))
    assert_harmless(opened)
