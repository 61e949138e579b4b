"""A check as JUnit XML: a test case for each verdict, in a suite for each prompt and model.

CI servers show failures and skipped tests with their messages, and hide the output of tests that
pass. So what is inconclusive is skipped, with the reason; a warning passes, for nothing is to be
done about it before a merge, and says what it warns of in ``system-out``, as every test does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.regression.formats.interface import CheckReport
from harness.regression.formats.words import summary
from harness.regression.verdict import Verdict
from harness.reports.plain import printable

__all__ = ["junit"]


def junit(report: CheckReport, width: int = 80) -> str:
    """The XML, as pytest and Maven write it."""
    root = Element("testsuites", {"name": "harness check", **_numbers(report.verdicts)})
    for name, of_suite in groupby(report.verdicts, key=_suite):
        verdicts = list(of_suite)
        suite = SubElement(root, "testsuite", {"name": name, **_numbers(verdicts)})
        for verdict in verdicts:
            _test_case(suite, name, verdict)
    SubElement(root, "system-out").text = printable(summary(report))
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(verdict: Verdict) -> str:
    cell = verdict.item.cell
    return printable(verdict.item.file if cell is None else f"{verdict.item.file}::{cell.model}")


def _numbers(verdicts: Sequence[Verdict]) -> dict[str, str]:
    return {
        "tests": str(len(verdicts)),
        "failures": str(sum(each.status == "fail" for each in verdicts)),
        "errors": "0",
        "skipped": str(sum(each.status == "inconclusive" for each in verdicts)),
    }


def _test_case(suite: Element, classname: str, verdict: Verdict) -> None:
    item = verdict.item
    name = item.gate if item.cell is None else f"{item.claim_type}::{item.gate}"
    case = SubElement(
        suite, "testcase", classname=classname, name=printable(name), file=printable(item.file)
    )
    message = printable(verdict.message)
    text = "\n".join(map(printable, (verdict.message, *verdict.details)))
    if verdict.status == "fail":
        SubElement(case, "failure", type=printable(item.gate), message=message).text = text
    elif verdict.status == "inconclusive":
        SubElement(case, "skipped", message=message)
    prefix = "warning: " if verdict.status == "warn" else ""
    SubElement(case, "system-out").text = prefix + text
