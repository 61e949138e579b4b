"""The page is used with a keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import Opened
from .sample import DIRECT, HARBOUR, Sample, address

FOCUSABLE = """() => Array.from(document.querySelectorAll(
    "a[href], button, select, input, summary, [tabindex='0']"))
    .filter(each => each.checkVisibility() && each.tabIndex >= 0)"""
NAME = "each => each.id || each.textContent.trim() || each.getAttribute('aria-label')"


def walk(opened: Opened) -> int:
    """Press the tab key until the page has no further stop; how many there were."""
    page = opened.page
    page.focus("#skip")
    page.evaluate("window.stops = new Set([document.activeElement])")
    for _ in range(400):
        page.keyboard.press("Tab")
        is_new = page.evaluate(
            """() => {
                const now = document.activeElement;
                if (now === document.body || window.stops.has(now)) return false;
                window.stops.add(now);
                return true;
            }"""
        )
        if not is_new:
            break
    missed = page.evaluate(f"(({FOCUSABLE})().filter(each => !window.stops.has(each)).map({NAME}))")
    assert missed == []
    found: int = page.evaluate("window.stops.size")
    return found


def test_the_tab_key_reaches_everything(sample: Sample, open_page: Callable[..., Opened]) -> None:
    views = {
        "": 20,
        "#charts": 12,
        address(HARBOUR, DIRECT, claim="quotes:gold:0"): 40,
        "#failures": 10,
        "#prompts": 9,
    }
    for hash_, at_least in views.items():
        opened = open_page(sample.page + hash_)
        opened.page.wait_for_selector("section[id$=-view]:not([hidden])")
        assert walk(opened) >= at_least, hash_


def test_the_skip_link_comes_first_and_leads_to_the_content(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(sample.page).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    box = page.locator("#skip").bounding_box()
    assert box is not None and box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_focus_is_seen(sample: Sample, open_page: Callable[..., Opened]) -> None:
    page = open_page(sample.page).page
    for _ in range(4):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


def chosen(opened: Opened) -> tuple[str, str]:
    """Where the address leads, and the claim that is open."""
    row = opened.page.locator(".claims > li.selected")
    return (
        opened.page.input_value("#reader-article"),
        (row.get_attribute("data-claim") or "") if row.count() else "",
    )


def errors_of(opened: Opened) -> list[str]:
    found: list[str] = opened.page.eval_on_selector_all(
        ".claims > li",
        """all => all.filter(each => ["missed", "spurious", "ungrounded"]
            .includes(each.dataset.outcome)).map(each => each.dataset.claim)""",
    )
    return found


def test_n_and_p_step_from_error_to_error_and_on_to_the_next_article(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    page = opened.page
    errors = errors_of(opened)
    assert len(errors) >= 4
    for error in errors:
        page.keyboard.press("n")
        assert chosen(opened) == ("0", error)
        assert (
            page.locator(".mark.selected").count()
            or "ungrounded" in (page.get_attribute(".claims > li.selected", "data-outcome") or "")
            or "spurious" in (page.get_attribute(".claims > li.selected", "data-outcome") or "")
        )
    assert f"Error {len(errors)} of {len(errors)}" in (page.text_content("#said") or "")
    page.keyboard.press("n")
    page.wait_for_function("document.getElementById('reader-article').value === '1'")
    assert chosen(opened) == ("1", errors_of(opened)[0])
    page.keyboard.press("p")
    page.wait_for_function("document.getElementById('reader-article').value === '0'")
    assert chosen(opened) == ("0", errors[-1])
    page.keyboard.press("p")
    assert chosen(opened) == ("0", errors[-2])


def test_brackets_step_from_article_to_article(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    for key, article in (("]", "1"), ("]", "2"), ("]", "2"), ("[", "1")):
        opened.page.keyboard.press(key)
        assert chosen(opened)[0] == article
    assert (opened.page.text_content("#said") or "") == "This is the last article"


def test_buttons_do_the_same_as_keys(sample: Sample, open_page: Callable[..., Opened]) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    errors = errors_of(opened)
    opened.page.click("#next-error")
    opened.page.click("#next-error")
    assert chosen(opened)[1] == errors[1]
    opened.page.click("#previous-error")
    assert chosen(opened)[1] == errors[0]
    assert opened.page.get_attribute("#next-error", "aria-keyshortcuts") == "n"


def test_a_mark_is_opened_with_the_enter_key(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    mark = opened.page.locator(".mark[data-claims*='dates:gold:0']").first
    mark.focus()
    opened.page.keyboard.press("Enter")
    assert "dates:gold:0" in chosen(opened)[1]


def test_keys_do_nothing_while_a_list_has_the_focus(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(sample.page + address(HARBOUR, DIRECT))
    opened.page.focus("#reader-order")
    opened.page.keyboard.press("n")
    assert chosen(opened)[1] == ""


def test_a_filter_that_has_just_been_ticked_takes_no_keys_away(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    page = open_page(sample.page + address(HARBOUR, DIRECT)).page
    page.focus("#reader-body input[type=checkbox]")
    page.keyboard.press("Space")
    assert page.locator(".claims > li[data-outcome=found]").count() == 0
    page.keyboard.press("n")
    assert page.locator(".claims > li.selected").count() == 1
