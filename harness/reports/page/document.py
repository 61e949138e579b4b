"""The file: templates with styles, scripts and data put in, under a policy that allows no others.

A browser that reads the page runs nothing but the script of the template, which the policy names
by its hash, and loads nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from harness.reports.plain import escape_unstorable

__all__ = ["embedded", "page_parts"]

_SCRIPTS = (
    *("dom", "format", "data", "plot"),
    *("leaderboard", "comparisons"),
    *("intervals", "tradeoffs", "heat", "charts"),
    *("claims", "text", "pane", "reader", "steps"),
    *("failures", "diff", "prompts"),
    *("routing", "start"),
)
"""The script's files, in the order in which they are put together."""

_STYLES = ("base", "tables", "charts", "reader", "print")

# What could end a script element or begin a comment in it; and what is no end of a line in JSON
# but was one in scripts.
_UNSAFE = re.compile("[<>&\u2028\u2029]")
_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def embedded(data: Any) -> str:  # noqa: ANN401 - anything that is JSON
    """Data as JSON that can stand in a ``script`` element, whatever the strings in it are.

    Examples
    --------
    >>> embedded(["</script>"])
    '["\\\\u003c/script\\\\u003e"]'
    """
    text = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", _to_json(data))
    return escape_unstorable(text)


def page_parts(overview: str, failures: str, articles: Iterable[str]) -> Iterator[str]:
    """The file in parts.

    Parameters
    ----------
    overview, failures, articles
        What `embedded` made: of all cells, of failed requests, and of each article in the reader.
        The last two stand behind the script: the page is there before they are read.
    """
    head, body = _template()
    yield head
    yield _data("overview", overview)
    yield body
    yield _data("failures", failures)
    for number, article in enumerate(articles):
        yield _data(f"article-{number}", article)
    yield "</body>\n</html>\n"


def _data(name: str, text: str) -> str:
    return f'<script type="application/json" id="data-{name}">{text}</script>\n'


@cache
def _template() -> tuple[str, str]:
    """What stands before the data, and the script that stands behind that of all cells."""
    style = "\n".join(_read(f"{name}.css") for name in _STYLES)
    parts = "\n".join(_read(f"{name}.js") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{parts}}})();\n'
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = _read("page.html").replace("{{policy}}", policy).replace("{{style}}", style)
    return page, f"<script>{script}</script>\n"


def _read(name: str) -> str:
    return (files("harness.reports.page") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash of an inline block as a policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
