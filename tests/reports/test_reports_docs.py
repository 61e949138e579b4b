"""The documented columns are those of the tables, and importing reports is cheap."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.claims import load_schema
from harness.evaluate import Evaluation
from harness.reports.compare import comparison_table, load_result
from harness.reports.csv_text import TEXT_COLUMNS, read_csv
from harness.reports.write import REPORTS, render_reports, write_files

DOCS = Path(__file__).parents[2] / "docs" / "reports.md"


def documented(title: str) -> list[str]:
    """The columns of the table under a heading, and which of them are text."""
    section = DOCS.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


@pytest.mark.parametrize("name", REPORTS)
def test_docs_name_every_column_of_a_file_in_order(name: str, evaluation: Evaluation) -> None:
    columns = list(read_csv(render_reports(evaluation, {}, {})[name]).columns)
    expected: list[str] = []
    types = tuple(load_schema().types)
    for column in documented(name):
        if column == "<type>_f1":
            parts = [each for each in documented(name) if each.startswith("<type>")]
            expected += [part.replace("<type>", each) for each in types for part in parts]
        elif not column.startswith("<type>"):
            expected.append(column)
    assert columns == expected


def test_docs_name_every_column_of_a_comparison(tmp_path: Path, evaluation: Evaluation) -> None:
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    loaded = load_result(tmp_path)
    columns = list(comparison_table(loaded, loaded).columns)
    names = documented("comparisons.csv")
    assert columns == ["run_a", *names[:2], "run_b", *names[2:]]
    assert documented("harness compare") == ["run_a", "run_b"]


def test_text_columns_are_those_that_the_docs_call_text() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*?\| (text|JSON) \|", text, flags=re.MULTILINE)
    assert {name for name, _ in rows} == TEXT_COLUMNS


@pytest.mark.parametrize("module", ["harness.reports", "harness.predictions"])
def test_importing_needs_no_pandas(module: str) -> None:
    code = f"import sys, {module}; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
