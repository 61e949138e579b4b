"""Failures with what came back, prompts as they stand, and the words by which they differ."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from harness.reports.page import PagePrompt

from .conftest import Opened
from .sample import FACTS, Sample, write_result


def test_failures_are_listed_with_their_raw_replies(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{sample.page}#failures")
    items = opened.page.locator(".failures > li")
    assert items.count() == 3
    first = items.nth(0)
    assert "truncated It stopped at 400." in (first.text_content() or "")
    assert first.locator("pre").count() == 0
    first.locator("summary").click()
    assert first.locator("pre").text_content() == '{"actors": [{'
    items.nth(2).locator("summary").click()
    assert items.nth(2).locator("pre").text_content() == "w" * 4_000
    assert "Cut after 4,000 of 9,000 characters" in (items.nth(2).text_content() or "")
    assert "No reply came." in (items.nth(1).text_content() or "")
    opened.page.select_option("#failures-body select", "timeout")
    assert items.count() == 1
    first_cell = opened.page.locator("#failures-body table tbody tr", has_text="llama3.2")
    assert first_cell.locator("td").all_text_contents() == ["2", "6", "3", "1", "1"]


def test_prompts_are_shown_and_compared_word_by_word(
    sample: Sample, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(f"{sample.page}#prompts")
    page = opened.page
    assert [text.split() for text in opened.texts(".prompt > summary")] == [
        ["direct", "aaaa111122"],
        ["guided", "bbbb333344"],
    ]
    page.locator(".prompt > summary").first.click()
    assert opened.texts(".prompt[open] pre") == [text for _, text in FACTS.prompts[0].sections]
    assert opened.texts("#prompt-diff del") == ["claims "]
    assert opened.texts("#prompt-diff ins") == ["every claim ", ", and nothing else"]
    page.locator(".comparison select").nth(1).select_option("0")
    assert "Both say the same." in (page.text_content("#prompt-diff") or "")


def test_predictions_made_elsewhere_have_no_prompt(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    facts = replace(FACTS, prompts=(), failures=(), n_failures=0)
    opened = open_page(write_result(tmp_path, facts=facts).page + "#prompts")
    assert "have no prompt" in (opened.page.text_content("#prompts-view") or "")
    opened.go("#failures")
    assert "No request failed." in (opened.page.text_content("#failures-view") or "")


def generated_prompt(number: int) -> PagePrompt:
    """Words that recur, so that much is common to two of them, and in many ways."""
    random_ = random.Random(number)
    words = ("the", "claim", "in", "news,", "and", "\n", "\n\n", "  ", "quote:", "日本", "x-y")
    text = " ".join(random_.choice(words) for _ in range(random_.randrange(60)))
    return PagePrompt(f"p{number}", f"v{number}", "", "one", (("user", text),))


def test_word_differences_leave_both_texts_as_they_are(
    open_page: Callable[..., Opened], tmp_path: Path
) -> None:
    prompts = [generated_prompt(number) for number in range(24)]
    opened = open_page(write_result(tmp_path, facts=replace(FACTS, prompts=prompts)).page)
    opened.go("#prompts")
    before, after = opened.page.locator(".comparison select").all()
    for left, right in pairwise(range(len(prompts))):
        before.select_option(str(left))
        after.select_option(str(right))
        for number, other in ((left, "ins"), (right, "del")):
            shown = opened.page.locator("#prompt-diff pre").evaluate(
                """(pre, other) => Array.from(pre.childNodes)
                    .filter(each => each.localName !== other)
                    .map(each => each.textContent).join("")""",
                other,
            )
            ((title, text),) = prompts[number].sections
            assert shown == f"## {title}\n{text.strip()}\n"
