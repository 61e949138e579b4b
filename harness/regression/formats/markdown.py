"""A check as Markdown for a comment on a pull request.

Names, claims and prompts are untrusted: no text of them can be a link, an image, a mention, HTML,
or the end of a block that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.regression.changes import CellChange, PromptChange
from harness.regression.formats.interface import CheckReport
from harness.regression.formats.words import (
    STATUSES,
    difference_values,
    hunk_text,
    prompt_heading,
    summary,
    what_moved,
)
from harness.regression.verdict import Verdict
from harness.regression.verdicts import moved_lines
from harness.reports.plain import printable

__all__ = ["markdown"]

_LONGEST = 60_000
"""Characters. GitHub takes comments of 65,536."""
# The second part is what begins a list, or underlines a heading; a figure is neither.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&:$^]|^(?:[-+=](?=[-=\s]|$)|\d(?=\d*[.)](?:\s|$)))")
# What becomes a mention, a reference or a link only after the Markdown is rendered, or without any
# mark: a comment that nobody sees keeps it apart.
_APART = "<!-- -->"
_LINKED = re.compile(r"[@#]|\bwww(?=\.)", re.IGNORECASE)


def markdown(report: CheckReport, width: int = 80) -> str:
    """What fails first, then warnings, what changed, and what passed folded away."""
    heading = "Checks failed" if report.failed else "Checks passed"
    blocks = [f"## {heading}", _plain(summary(report))]
    for status in STATUSES:
        verdicts = [each for each in report.verdicts if each.status == status]
        if not verdicts:
            continue
        table = _verdict_table(verdicts)
        blocks += (
            _folded(f"{len(verdicts)} {status}", table)
            if status == "pass"
            else [
                f"### {len(verdicts)} {status}",
                table,
            ]
        )
        for verdict in verdicts:
            if verdict.details:
                blocks += [_plain(verdict.item.id), _list(verdict.details)]
    for prompt in report.prompt_changes:
        blocks += _prompt_blocks(prompt)
    for cell in report.cell_changes:
        blocks += _cell_blocks(cell)
    blocks += [_plain(notice) for notice in report.notices]
    return _within("\n\n".join(blocks) + "\n")


def _verdict_table(verdicts: Iterable[Verdict]) -> str:
    rows = [
        (
            each.item.file,
            each.item.cell.model if each.item.cell else "",
            each.item.claim_type if each.item.cell else "",
            each.item.gate,
            each.message,
        )
        for each in verdicts
    ]
    return _table(("prompt", "model", "claim type", "gate", "what"), rows)


def _prompt_blocks(change: PromptChange) -> list[str]:
    blocks = [f"### {_plain(prompt_heading(change))}"]
    if change.hunks is None:
        blocks.append("The text that it had is not in the baseline.")
    elif not change.hunks:
        blocks.append("Its text is the same: what the claim types add to it has changed.")
    for hunk in change.hunks or ():
        text = "".join(hunk_text(hunk.parts)).rstrip("\n")
        lines = "\n".join(map(printable, text.split("\n")))
        blocks += [f"Line {hunk.line}:", _code(lines)]
    return blocks


def _cell_blocks(change: CellChange) -> list[str]:
    headers = ("claim type", "before", "now", "difference", "95% interval", "p")
    blocks = [
        f"### {_plain(what_moved(change))}",
        _table(headers, [difference_values(row) for row in change.rows]),
    ]
    lines = [*moved_lines(change.lost), *moved_lines(change.gained)]
    return [*blocks, _list(lines)] if lines else blocks


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _folded(title: str, text: str) -> list[str]:
    return [f"<details><summary>{title}</summary>", text, "</details>"]


def _code(text: str) -> str:
    """A block of code, in a fence that is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _plain(text: str) -> str:
    """A line that is nothing but text."""
    escaped = _SPECIAL.sub(lambda match: f"&\0{ord(match[0])};", printable(text))
    linked = _LINKED.sub(lambda match: match[0] + _APART, escaped)
    return linked.replace("\0", "#")


def _within(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    lines: list[str] = []
    size = 0
    for line in text.split("\n"):
        size += len(line) + 1
        if size > _LONGEST:
            break
        lines.append(line)
    return "\n".join([*_closed(lines), "", "There is more; `harness check` shows all of it.", ""])


def _closed(lines: list[str]) -> Iterator[str]:
    """Lines, with what they open closed: a block of code, a folded part."""
    fence = ""
    depth = 0
    for line in lines:
        if match := re.match("(`{3,})", line):
            fence = "" if fence and match[1] == fence else fence or match[1]
        if not fence:
            depth += line.startswith("<details>") - line.startswith("</details>")
        yield line
    if fence:
        yield fence
    yield from ["</details>"] * depth
