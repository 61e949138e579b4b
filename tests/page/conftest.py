"""A real browser, Debian's Chromium, in front of a page that lies on the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from .sample import Sample, write_result

_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_AXE = Path(__file__).parents[2] / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"


def missing(what: str) -> None:
    """Skip a test that needs something; where everything has to be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


# Its event loop runs in this thread for as long as it is open: no longer than for this folder.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this folder."""
    path = shutil.which("chromium")
    if path is None:
        missing("there is no chromium: 'apt-get install chromium' brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page in the browser, and what went on that nobody should see."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        """What stands in every element that is found."""
        return self.page.locator(selector).all_text_contents()

    def go(self, hash_: str) -> None:
        """Follow an address within the page, as if it had been typed, until it is shown."""
        self.page.evaluate(
            """hash => new Promise(done => {
                const before = location.hash;
                addEventListener("hashchange", () => setTimeout(done), {once: true});
                location.hash = hash;
                if (location.hash === before) done();
            })""",
            hash_,
        )

    def follow(self, link: str | Locator) -> None:
        """Click a link within the page, and wait until it is shown."""
        self.page.evaluate(
            """() => {
                window.followed = new Promise(done =>
                    addEventListener("hashchange", () => setTimeout(done), {once: true}));
            }"""
        )
        (self.page.locator(link) if isinstance(link, str) else link).click()
        self.page.evaluate("window.followed")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Opens an address; at the end nothing may have gone wrong and nothing been asked for."""
    contexts: list[BrowserContext] = []
    opened: list[Opened] = []

    def open_page(address: str, **options: Any) -> Opened:  # noqa: ANN401
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        found = Opened(page)
        opened.append(found)
        page.on("console", lambda message: found.problems.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: found.problems.append(f"error: {error}"))
        page.on("dialog", lambda dialog: found.problems.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(address)
        return found

    yield open_page
    for context in contexts:
        context.close()
    for each in opened:
        assert each.problems == []
        assert [url for url in each.requests if not url.startswith("file:")] == []
        assert len({url.split("#")[0] for url in each.requests}) == 1


@pytest.fixture(scope="package")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The result that most tests look at."""
    return write_result(tmp_path_factory.mktemp("result"))


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not _AXE.exists():
        missing("there is no axe-core: install npm ('apt-get install npm'), then 'make .venv/axe'")
    return _AXE.read_text(encoding="utf-8")


__all__ = ["Opened"]
