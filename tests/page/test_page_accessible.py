"""axe-core finds nothing serious, whatever is open and in either theme."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from .conftest import Opened
from .sample import DIRECT, HARBOUR, Sample, address

VIEWS = (
    "#leaderboard",
    "#charts",
    address(HARBOUR, DIRECT, claim="quotes:gold:0"),
    address(HARBOUR, DIRECT, claim="actors:gold:0", cell2="ollama/llama3.2:1b:direct"),
    "#failures",
    "#prompts",
)
_RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.filter(each => ["serious", "critical"].includes(each.impact))
        .map(each => `${each.id}: ${each.nodes.map(node => node.target + " " + node.failureSummary)
            .slice(0, 3).join("; ")}`);
}"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_violation(
    sample: Sample, open_page: Callable[..., Opened], axe: str, theme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    opened = open_page(sample.page, color_scheme=theme, viewport=viewport)
    # The page's policy allows no other script: it is evaluated from outside.
    opened.page.evaluate(axe)
    for view in VIEWS:
        opened.go(view)
        name = "reader" if "=" in view else view[1:]
        opened.page.wait_for_selector(f"#{name}-view:not([hidden])")
        for summary in opened.page.locator("main summary").all():
            if summary.is_visible() and summary.locator("xpath=..").get_attribute("open") is None:
                summary.click()
        assert opened.page.evaluate(_RUN) == [], f"{view} {theme} {width}"


def test_headings_are_in_order_and_landmarks_are_there(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page)
    assert opened.page.locator("header.top, nav, main").count() == 3
    for view in VIEWS:
        opened.go(view)
        opened.page.wait_for_timeout(50)
        levels = opened.page.evaluate(
            """Array.from(document.querySelectorAll("h1, h2, h3, h4"))
                .filter(each => each.checkVisibility()).map(each => Number(each.tagName[1]))"""
        )
        assert levels[:2] == [1, 2], view
        assert all(after - before <= 1 for before, after in pairwise(levels)), view
