"""The files of a result folder: what they are, and how they are written.

Adding a report is a function of a `Report`'s form in a file of its own and a line in `REPORTS`. The
page is none of these: it needs more than the evaluation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO, TypeAlias

from harness.evaluate import EachResult, Evaluation
from harness.records import Cell, CellUsage
from harness.reports.claims_table import claims_csv, claims_header, claims_lines
from harness.reports.comparisons_table import comparisons_csv
from harness.reports.leaderboard_table import leaderboard_csv
from harness.reports.page import PAGE, PageFacts, PageGatherer
from harness.reports.tables import articles_csv, fields_csv, grounding_csv, scores_csv

__all__ = [
    "REPORTS",
    "Report",
    "ResultFiles",
    "render_reports",
    "write_claims",
    "write_files",
    "write_page",
    "write_reports",
]

Report: TypeAlias = Callable[
    [Evaluation, Mapping[Cell, CellUsage], Mapping[Cell, str]], Iterable[str]
]
"""From an evaluation, what its cells took and the versions of their prompts to a file's text, in
parts: a long one never has to be there as a whole."""

CLAIMS = "claims.csv"

REPORTS: dict[str, Report] = {
    "scores.csv": lambda evaluation, usage, versions: scores_csv(evaluation, versions),
    "leaderboard.csv": leaderboard_csv,
    "comparisons.csv": lambda evaluation, usage, versions: comparisons_csv(evaluation.comparisons),
    "articles.csv": lambda evaluation, usage, versions: articles_csv(evaluation),
    "fields.csv": lambda evaluation, usage, versions: fields_csv(evaluation),
    "grounding.csv": lambda evaluation, usage, versions: grounding_csv(evaluation),
    CLAIMS: lambda evaluation, usage, versions: claims_csv(evaluation),
}
"""The files of a result folder by name, but for the page."""


def render_reports(
    evaluation: Evaluation, usage: Mapping[Cell, CellUsage], versions: Mapping[Cell, str]
) -> dict[str, str]:
    """Make the text of every report.

    Parameters
    ----------
    evaluation
        What to report. ``claims.csv`` is of the results that it kept.
    usage, versions
        What the requests of each cell took, and the version of its prompt; cells may be missing.

    Returns
    -------
    dict of str to str
        Texts by file name, the same for the same evaluation to the last byte. The page is not
        among them: `harness.reports.page.page_html` makes it.
    """
    return {name: "".join(report(evaluation, usage, versions)) for name, report in REPORTS.items()}


class ResultFiles:
    """Files that are written bit by bit, and are there whole and all together or not at all.

    They have temporary names until the ``with`` block is left. Where it is left by an exception,
    none of them is there and nothing temporary is left behind, and neither is the folder if it is
    new.

    Parameters
    ----------
    folder
        Where to; it is made where it does not exist.
    is_new
        Whether the folder was made for these files alone.
    """

    def __init__(self, folder: Path, *, is_new: bool = False) -> None:
        self._folder = folder
        self._is_new = is_new
        self._temporary: dict[str, Path] = {}
        self._streams: dict[str, TextIO] = {}

    def __enter__(self) -> ResultFiles:
        self._is_new = self._is_new or not self._folder.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __contains__(self, name: str) -> bool:
        return name in self._temporary

    def write(self, name: str, parts: Iterable[str]) -> None:
        """Write parts of a text at the end of a file.

        Raises
        ------
        OSError
            If the disk is full or the folder cannot be written.
        """
        if name not in self._streams:
            self._temporary[name] = self._folder / f".{name}.{os.getpid()}.tmp"
            self._streams[name] = self._temporary[name].open("w", encoding="utf-8", newline="")
        self._streams[name].writelines(parts)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_whole = False
        try:
            if kind is None:
                self._finish()
                is_whole = True
        finally:
            self._clean_up(is_whole=is_whole)

    def _finish(self) -> None:
        for stream in self._streams.values():
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
        for name, path in self._temporary.items():
            path.replace(self._folder / name)

    def _clean_up(self, *, is_whole: bool) -> None:
        with ExitStack() as stack:
            for path in self._temporary.values():
                stack.callback(path.unlink, missing_ok=True)
            for stream in self._streams.values():
                # What could not be written before cannot be written now.
                stack.enter_context(suppress(OSError))
                stack.callback(stream.close)
        if self._is_new and not is_whole:
            # It stays where something else is in it.
            with suppress(OSError):
                self._folder.rmdir()


def write_claims(files: ResultFiles) -> EachResult:
    """Begin ``claims.csv``; what is returned writes what became of some claims, as `evaluate` asks.

    Parameters
    ----------
    files
        Where the reports are written.
    """
    files.write(CLAIMS, [claims_header()])
    return lambda cell, result: files.write(CLAIMS, claims_lines(cell, result))


def write_page(
    files: ResultFiles, page: PageGatherer, evaluation: Evaluation, facts: PageFacts
) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    files
        Where to.
    page
        What was gathered while the evaluation was made.
    evaluation, facts
        What else it shows.
    """
    files.write(PAGE, page.render(evaluation, facts))


def write_reports(
    files: ResultFiles,
    evaluation: Evaluation,
    usage: Mapping[Cell, CellUsage],
    versions: Mapping[Cell, str],
) -> None:
    """Write every report but what was written while the evaluation was made.

    Parameters
    ----------
    files
        Where to.
    evaluation, usage, versions
        As `render_reports` takes them.
    """
    for name, report in REPORTS.items():
        if name not in files:
            files.write(name, report(evaluation, usage, versions))


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files so that each is there whole or not at all.

    Parameters
    ----------
    folder
        Where to; it is made where it does not exist.
    files
        Texts by file name. All are written under temporary names before the first is renamed.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written. Nothing temporary is left behind.
    """
    with ResultFiles(folder) as opened:
        for name, text in files.items():
            opened.write(name, [text])
