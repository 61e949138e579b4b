"""The page opens from disk, whatever it is looked at on."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .conftest import Opened
from .sample import Sample

VIEWS = ("leaderboard", "charts", "reader", "failures", "prompts")


def test_every_view_opens_without_errors_or_requests(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    for view in VIEWS[1:] + VIEWS[:1]:
        opened.follow(f"nav a[data-view={view}]")
        assert opened.texts("section:not([hidden]) > h2") == [view.capitalize()]
        assert opened.page.get_attribute(f"nav a[data-view={view}]", "aria-current") == "page"
        assert view.capitalize() in opened.page.title()
    # That nothing went wrong and nothing was asked for is seen when the page is closed.


def test_policy_allows_the_inline_script_and_style_alone(sample: Sample) -> None:
    text = (sample.folder / "report.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]+=*'", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]+=*'", rules["style-src"])
    assert {rules[name] for name in ("img-src", "base-uri", "form-action")} == {"'none'"}
    # The only script that is run is the one of the template.
    assert len(re.findall(r"<script>", text)) == 1
    assert not re.search(r"\son\w+=|innerHTML|outerHTML|insertAdjacent|eval\(|javascript:", text)


def test_policy_stops_what_is_put_into_the_page_afterwards(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    opened.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.wasRun = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "https://example.invalid/pixel.png";
            document.body.append(image);
        }"""
    )
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate("window.wasRun") is None
    assert len(opened.problems) == 2
    assert all("Content Security Policy" in problem for problem in opened.problems)
    opened.problems.clear()
    opened.requests[:] = [url for url in opened.requests if url.startswith("file:")]


@pytest.mark.parametrize("width", [360, 390])
def test_narrow_screens_need_no_scrolling_sideways(
    sample: Sample, open_page: Callable[..., Opened], width: int
) -> None:
    opened = open_page(sample.page, viewport={"width": width, "height": 800})
    for view in VIEWS:
        opened.go(f"#{view}")
        opened.page.wait_for_selector(f"#{view}-view:not([hidden])")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width, view
    opened.go("#article=harbour&cell2=openai/gpt-x:guided&claim=quotes:gold:0")
    opened.page.wait_for_selector("#dock:not([hidden])")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_theme_follows_the_system_and_the_button(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = open_page(sample.page, color_scheme="light").page
    dark = open_page(sample.page, color_scheme="dark").page
    colours = light.evaluate(background), dark.evaluate(background)
    assert len(set(colours)) == 2
    for page, scheme in ((light, "dark"), (dark, "light")):
        while page.text_content("#theme") != f"Theme: {scheme}":
            page.click("#theme")
    assert (dark.evaluate(background), light.evaluate(background)) == colours


def test_paper_gets_leaderboard_charts_and_the_open_article(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{sample.page}#article=harbour&claim=quotes:gold:0")
    opened.page.wait_for_selector("#reader-view .mark")
    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("#charts-view .drawing", state="visible")
    for shown in ("#leaderboard-view table", "#reader-view .article-text", ".claims .detail"):
        assert opened.page.locator(shown).first.is_visible(), shown
    for hidden in ("nav", "#theme", ".controls", "#failures-view", "#prompts-view", ".as-table"):
        assert not opened.page.locator(hidden).first.is_visible(), hidden
    assert opened.page.pdf().startswith(b"%PDF")
    opened.page.emulate_media(media="screen")
    assert not opened.page.locator("#leaderboard-view").is_visible()


def test_paper_gets_no_reader_where_no_article_is_open(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("#charts-view .drawing", state="visible")
    assert not opened.page.locator("#reader-view").is_visible()


def test_few_elements_are_made_before_they_are_looked_at(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    assert opened.texts("#charts-body, #reader-body, #failures-body, #prompts-body") == [""] * 4
    assert opened.page.evaluate("document.querySelectorAll('*').length") < 1_000
