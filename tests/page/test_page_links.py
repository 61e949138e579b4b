"""An address leads to one article, cell and claim, and follows as one moves."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest

from .conftest import Opened
from .sample import DIRECT, GUIDED, HARBOUR, SMALL, TOKYO, Sample, address


def hash_of(opened: Opened) -> str:
    found: str = opened.page.evaluate("location.hash")
    return found


@pytest.mark.parametrize("between", [":", "|"])
@pytest.mark.parametrize(
    ("article", "cell", "claim"),
    [
        (HARBOUR, DIRECT, "quotes:gold:0"),
        (HARBOUR, DIRECT, "quotes:predicted:1"),
        (TOKYO, GUIDED, "dates:gold:0"),
        (HARBOUR, SMALL, "sanctions:gold:0"),
    ],
)
def test_a_link_opens_article_cell_and_claim(
    sample: Sample,
    open_page: Callable[..., Opened],
    between: str,
    article: str,
    cell: object,
    claim: str,
) -> None:
    link = address(article, cell, claim=claim)
    if between == "|":
        link = link.replace(f"%3A{cell.prompt}&", f"|{cell.prompt}&")
        assert "|" in link
    page = open_page(sample.page + link).page
    chosen = page.locator(".claims > li.selected")
    names = (chosen.get_attribute("data-claim") or "").split()
    assert claim in names
    assert page.locator(".pane").get_attribute("aria-label") == (
        f"{article} under {cell.model} · {cell.prompt}"
    )
    marks = page.locator(".mark.selected")
    assert marks.count() >= 1
    for mark in marks.all():
        assert set(names) & set((mark.get_attribute("data-claims") or "").split())
    box = marks.first.bounding_box()
    assert box is not None and 0 < box["y"] < 900  # it was scrolled to
    assert not page.locator("#not-found").is_visible()


def test_the_address_follows_and_is_the_link_to_a_claim(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    opened.page.click(".claims > li:nth-child(3) > button")
    claim = (opened.page.get_attribute(".claims > li.selected", "data-claim") or "").split()[0]
    assert hash_of(opened) == address(HARBOUR, DIRECT, claim=claim)
    assert opened.page.get_attribute(".claims .permalink", "href") == hash_of(opened)
    again = open_page(opened.page.url)
    assert again.page.get_attribute(".claims > li.selected", "data-claim") == (
        opened.page.get_attribute(".claims > li.selected", "data-claim")
    )


def test_back_goes_to_the_article_and_the_view_before(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    page = opened.page
    page.click("nav a[data-view=charts]")
    page.click("nav a[data-view=reader]")
    page.wait_for_function("location.hash.includes('article')")
    first = hash_of(opened)
    page.click("#next-article")
    page.click(".claims > li:nth-child(1) > button")
    page.click(".claims > li:nth-child(2) > button")
    assert hash_of(opened) != first
    page.go_back()
    page.wait_for_function("hash => location.hash === hash", arg=first)
    assert page.locator(".pane").get_attribute("aria-label").startswith(HARBOUR)
    page.go_back()
    page.wait_for_selector("#charts-view:not([hidden])")
    page.go_back()
    page.wait_for_selector("#leaderboard-view:not([hidden])")


def test_two_cells_and_a_repeat_stand_in_the_address(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    link = address(HARBOUR, DIRECT, cell2="ollama/llama3.2:1b:direct", repeat="1")
    opened = open_page(sample.page + link)
    assert opened.page.locator(".pane").count() == 2
    assert opened.page.input_value("#reader-repeat") == "1"
    opened.page.click("#panes .pane:nth-of-type(1) .claims > li:first-child > button")
    assert unquote(hash_of(opened)).startswith(unquote(link))


def test_a_prediction_of_the_second_cell_has_a_link_of_its_own(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, GUIDED, cell2="openai/gpt-x:direct"))
    nemo = ".pane:nth-of-type(2) .claims > li:has-text('Captain Nemo')"
    opened.page.click(f"{nemo} > button")
    assert hash_of(opened).endswith("&side=2")
    again = open_page(opened.page.url)
    assert again.page.locator(f"{nemo}.selected").count() == 1
    assert again.page.locator(".claims > li.selected").count() == 1


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("#article=gone", "Article gone is not in this page, which has 3 of 3 articles."),
        ("#article=harbour&cell=no:such", "There is no cell no:such."),
        ("#article=harbour&cell2=no", "There is no cell no."),
        ("#article=harbour&claim=quotes:gold:99", "There is no claim quotes:gold:99"),
        ("#article=harbour&claim=%3Cb%3Ex", "There is no claim <b>x"),
        ("#article=harbour&repeat=7", "There is no repeat 7."),
        ("#article=100%&cell=x", "Article 100% is not in this page"),
        ("#nothing", "There is nothing named nothing in this page."),
        ("#__proto__", "There is nothing named __proto__ in this page."),
    ],
)
def test_a_link_to_what_is_not_there_says_so(
    sample: Sample, open_page: Callable[..., Opened], link: str, said: str
) -> None:
    opened = open_page(sample.page + link)
    assert said in (opened.page.text_content("#not-found") or "")
    assert opened.page.locator("#not-found").is_visible()
    assert opened.page.locator("section[id$=-view]:not([hidden])").count() == 1
    # It goes away with the next step.
    opened.page.click("nav a[data-view=leaderboard]")
    opened.page.wait_for_selector("#leaderboard-view:not([hidden])")
    opened.page.wait_for_selector("#not-found", state="hidden")


def test_a_link_to_a_claim_that_the_filters_hide_says_so(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    opened.page.locator(".filters .check", has_text="quotes").uncheck()
    opened.go(address(HARBOUR, DIRECT, claim="quotes:gold:0"))
    opened.page.wait_for_selector("#not-found:not([hidden])")
    assert "filters hide" in (opened.page.text_content("#not-found") or "")
