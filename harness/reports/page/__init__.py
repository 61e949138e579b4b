"""``report.html``: one file that shows a result in a browser, from disk and without a network.

`facts` is what a page needs besides the evaluation, `gather` keeps what became of claims while
they stream by, `overview` and `article` say what of it the page holds, and `document` puts it
between the templates. Texts from articles and models stand in it as JSON alone: a script writes
them as text, and nothing of them is ever markup.
"""

from __future__ import annotations

from harness.reports.page.facts import FailedRequest, PageFacts, PageLimits, PagePrompt
from harness.reports.page.gather import PageGatherer, page_html

__all__ = [
    "PAGE",
    "FailedRequest",
    "PageFacts",
    "PageGatherer",
    "PageLimits",
    "PagePrompt",
    "page_html",
]

PAGE = "report.html"
"""The page's name in a result folder."""
