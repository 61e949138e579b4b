"""The files of a result folder: what they are, and how they are written.

Adding a report is a function of a `Report`'s form in a file of its own and a line in `REPORTS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.evaluate import Evaluation
from harness.records import Cell, CellUsage
from harness.reports.claims_table import claims_table
from harness.reports.comparisons_table import comparisons_table
from harness.reports.csv_text import to_csv
from harness.reports.leaderboard_table import leaderboard_table
from harness.reports.tables import articles_table, fields_table, grounding_table, scores_table

__all__ = ["REPORTS", "Report", "render_reports", "write_files"]

Report: TypeAlias = Callable[[Evaluation, Mapping[Cell, CellUsage], Mapping[Cell, str]], str]
"""From an evaluation, what its cells took and the versions of their prompts to a file's text."""

REPORTS: dict[str, Report] = {
    "scores.csv": lambda evaluation, usage, versions: to_csv(scores_table(evaluation, versions)),
    "leaderboard.csv": lambda evaluation, usage, versions: to_csv(
        leaderboard_table(evaluation, usage, versions)
    ),
    "comparisons.csv": lambda evaluation, usage, versions: to_csv(
        comparisons_table(evaluation.comparisons)
    ),
    "articles.csv": lambda evaluation, usage, versions: to_csv(articles_table(evaluation)),
    "fields.csv": lambda evaluation, usage, versions: to_csv(fields_table(evaluation)),
    "grounding.csv": lambda evaluation, usage, versions: to_csv(grounding_table(evaluation)),
    "claims.csv": lambda evaluation, usage, versions: to_csv(claims_table(evaluation)),
}
"""The files of a result folder by name."""


def render_reports(
    evaluation: Evaluation, usage: Mapping[Cell, CellUsage], versions: Mapping[Cell, str]
) -> dict[str, str]:
    """Make the text of every report.

    Parameters
    ----------
    evaluation
        What to report.
    usage, versions
        What the requests of each cell took, and the version of its prompt; cells may be missing.

    Returns
    -------
    dict of str to str
        Texts by file name, the same for the same evaluation to the last byte.
    """
    return {name: report(evaluation, usage, versions) for name, report in REPORTS.items()}


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
    folder.mkdir(parents=True, exist_ok=True)
    temporary = {name: folder / f".{name}.{os.getpid()}.tmp" for name in files}
    try:
        for name, text in files.items():
            with temporary[name].open("w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        for name in files:
            temporary[name].replace(folder / name)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
