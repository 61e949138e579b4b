"""A check as GitHub's workflow commands, which become annotations of a pull request's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.regression.formats.interface import CheckReport
from harness.regression.formats.words import prompt_heading, summary
from harness.regression.verdict import Status, Verdict
from harness.reports.plain import printable

__all__ = ["github"]

_COMMANDS: Mapping[Status, str] = {"fail": "error", "warn": "warning", "inconclusive": "notice"}


def github(report: CheckReport, width: int = 80) -> str:
    """An annotation for each verdict but those that pass, then a line for people who read the log.

    Reference: GitHub, "Workflow commands for GitHub Actions".
    """
    # The older form of a command is heeded anywhere in a line that is no command itself.
    last = printable(summary(report)).replace("##[", "## [")
    return "\n".join([*_lines(report), last]) + "\n"


def _lines(report: CheckReport) -> Iterator[str]:
    for verdict in report.verdicts:
        if verdict.status in _COMMANDS:
            yield _command(
                _COMMANDS[verdict.status], verdict.item.file, _title(verdict), _text(verdict)
            )
    for change in report.prompt_changes:
        first = change.hunks[0].line if change.hunks else None
        text = printable(prompt_heading(change))
        yield _command("notice", change.file, "prompt changed since the baseline", text, first)
    for notice in report.notices:
        yield _command("notice", "", "harness check", printable(notice))


def _title(verdict: Verdict) -> str:
    cell = verdict.item.cell
    if cell is None:
        return verdict.item.gate
    return f"{verdict.item.gate} of {cell.model}: {verdict.item.claim_type}"


def _text(verdict: Verdict) -> str:
    return "\n".join(map(printable, (verdict.message, *verdict.details)))


def _command(name: str, file: str, title: str, text: str, line: int | None = None) -> str:
    values = {"file": file, "line": None if line is None else str(line), "title": title}
    properties = ",".join(
        f"{key}={_property(printable(value))}" for key, value in values.items() if value
    )
    return f"::{name} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
