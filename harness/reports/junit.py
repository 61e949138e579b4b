"""A result as JUnit XML: a suite for each cell, and a test case for each claim type.

What is written is what the schemas of Ant's and of Jenkins' JUnit reports both allow. No score
fails a test here, since nobody has said what would be too low: figures are properties of a suite
and stand in its output. A test case has an error where requests failed, and is skipped where there
was nothing to score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isnan
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from harness.evaluate import OVERALL
from harness.records import Cell
from harness.reports.caveats import span
from harness.reports.plain import REPLACEMENT

if TYPE_CHECKING:
    from harness.reports.stored import FailedReply, StoredResult

__all__ = ["result_junit"]

# Whatever XML 1.0 has no place for, not even as a reference, and what it discourages: other
# control characters, halves of surrogate pairs, and code points that are no characters.
_NOT_IN_XML = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
_SCORES = ("f1", "precision", "recall")
_MOST_NAMED = 100
_NO_TIME = "0"
"""Seconds are demanded of every test; those of requests are properties."""


def result_junit(result: StoredResult) -> str:
    """A result as JUnit XML.

    Parameters
    ----------
    result
        Read from its folder.

    Returns
    -------
    str
        An XML document in UTF-8.
    """
    suites = ElementTree.Element("testsuites")
    for number, row in enumerate(result.summary.cells):
        suites.append(_suite(result, row, number))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + (
        ElementTree.tostring(suites, encoding="unicode") + "\n"
    )


def _suite(result: StoredResult, row: Mapping[str, Any], number: int) -> ElementTree.Element:
    cell = Cell(row["model"], row["prompt"])
    cases = [_case(result, cell, name) for name in result.claim_types]
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": _token(f"{cell.model} {cell.prompt}"),
            "package": _token(result.name),
            "id": str(number),
            "timestamp": _timestamp(result),
            "hostname": "localhost",
            "tests": str(len(cases)),
            "failures": "0",
            "errors": str(sum(case.find("error") is not None for case in cases)),
            "skipped": str(sum(case.find("skipped") is not None for case in cases)),
            "time": _NO_TIME,
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in row.items():
        if value is not None and value != "":
            found = {"name": _token(name), "value": _text(_plain(value))}
            ElementTree.SubElement(properties, "property", found)
    suite.extend(cases)
    output = [_line(row, name) for name in ("", *(f"{each}_" for each in result.claim_types))]
    ElementTree.SubElement(suite, "system-out").text = _text("\n".join(output))
    ElementTree.SubElement(suite, "system-err").text = _text("\n".join(result.summary.notes))
    return suite


def _case(result: StoredResult, cell: Cell, claim_type: str) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        {
            "name": _token(claim_type),
            "classname": _token(f"{cell.model} {cell.prompt}"),
            "time": _NO_TIME,
        },
    )
    failed = result.failed.get((cell, claim_type), ())
    if failed:
        reasons = sorted({reason for each in failed for reason in each.reasons})
        message = f"{_n_replies(failed)}; what they were to find counts as missed"
        found = {"type": _text(", ".join(reasons) or "failed"), "message": message}
        ElementTree.SubElement(case, "error", found).text = _text("\n".join(_lines(failed)))
        return case
    scores = result.scores_of_all(claim_type)
    own = scores[(scores["model"] == cell.model) & (scores["prompt"] == cell.prompt)]
    if own.empty or isnan(own["f1"].iloc[0]):
        why = "not scored" if own.empty else "neither gold nor predictions: no score is defined"
        ElementTree.SubElement(case, "skipped", {"message": why})
    return case


def _n_replies(failed: Sequence[FailedReply]) -> str:
    n = sum(each.n_failed for each in failed)
    return f"{n} repl{'y' if n == 1 else 'ies'} failed, of {span([len(failed)], 'article')}"


def _lines(failed: Sequence[FailedReply]) -> Iterator[str]:
    for each in failed[:_MOST_NAMED]:
        why = ", ".join(each.reasons) or "there was nothing to find"
        yield f"{each.article_id}: {each.n_failed} of {each.n_repeats} ({why})"
    if len(failed) > _MOST_NAMED:
        yield f"... and {len(failed) - _MOST_NAMED} more articles"


def _line(row: Mapping[str, Any], prefix: str) -> str:
    parts = []
    for name in _SCORES:
        value, low, high = (row[f"{prefix}{name}{limit}"] for limit in ("", "_low", "_high"))
        limits = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
        parts.append(f"{name} " + ("undefined" if value is None else f"{value:.3f}{limits}"))
    return f"{prefix.removesuffix('_') or OVERALL}: {', '.join(parts)}"


def _timestamp(result: StoredResult) -> str:
    """When the result was made, in UTC."""
    try:
        moment = datetime.fromisoformat(str(result.facts.get("finished")))
    except ValueError:
        changed = (result.folder / "leaderboard.csv").stat().st_mtime
        moment = datetime.fromtimestamp(changed, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _plain(value: object) -> str:
    return repr(value) if isinstance(value, float) and not value.is_integer() else f"{value}"


def _text(text: str) -> str:
    return _NOT_IN_XML.sub(REPLACEMENT, text)


def _token(text: str) -> str:
    """A text without white space that a parser would take away."""
    return " ".join(_text(text).split()) or "-"
