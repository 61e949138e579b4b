"""The documented columns are those of the tables, and importing reports is cheap."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from harness.claims import load_schema
from harness.cli.result_commands import compare, report
from harness.evaluate import Evaluation
from harness.reports.claims_table import claims_table
from harness.reports.compare import comparison_table, load_result
from harness.reports.comparisons_table import comparisons_table
from harness.reports.csv_text import TEXT_COLUMNS, read_csv
from harness.reports.formats import COMPARISON_FORMATS, FORMATS, TABLES
from harness.reports.leaderboard_table import leaderboard_table
from harness.reports.tables import articles_table, fields_table, grounding_table, scores_table
from harness.reports.write import REPORTS, render_reports, write_files

TABLE_FILES = [f"{name}.csv" for name in TABLES]
DOCS = Path(__file__).parents[2] / "docs" / "reports.md"


def documented(title: str) -> list[str]:
    """The columns of the table under a heading, and which of them are text."""
    section = DOCS.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


def documented_dtypes(title: str) -> dict[str, str]:
    """The type of each column of the table under a heading."""
    section = DOCS.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^`]+)` \| (\w+) \|", section, flags=re.MULTILINE)
    return dict(found)


def test_docs_name_the_dtype_of_every_column(evaluation: Evaluation, tmp_path: Path) -> None:
    tables = {
        "scores.csv": scores_table(evaluation),
        "leaderboard.csv": leaderboard_table(evaluation),
        "comparisons.csv": comparisons_table(evaluation.comparisons),
        "articles.csv": articles_table(evaluation),
        "fields.csv": fields_table(evaluation),
        "grounding.csv": grounding_table(evaluation),
        "claims.csv": claims_table(evaluation),
    }
    types = tuple(load_schema().types)
    for title, table in tables.items():
        expected = {}
        for name, dtype in documented_dtypes(title).items():
            names = [name.replace("<type>", each) for each in types] if "<" in name else [name]
            expected |= dict.fromkeys(names, dtype)
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == expected, title
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    compared = comparison_table(load_result(tmp_path)).dtypes
    expected = documented_dtypes("harness compare") | documented_dtypes("comparisons.csv")
    assert {name: str(dtype) for name, dtype in compared.items()} == expected


def test_docs_name_every_format_and_table() -> None:
    section = DOCS.read_text(encoding="utf-8").split("\n## harness report\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| `(\.\w+)`", section, flags=re.MULTILINE) == [
        (name, each.endings[0]) for name, each in FORMATS.items()
    ]
    assert {name for name in REPORTS if name.endswith(".csv")} == set(TABLE_FILES)
    for function, named in ((report, FORMATS), (compare, COMPARISON_FORMATS)):
        choices = get_type_hints(function)["output_format"]
        assert get_args(get_args(choices)[0]) == tuple(named)
    choices = get_type_hints(report)["table"]
    assert get_args(get_args(choices)[0]) == TABLES


@pytest.mark.parametrize("name", TABLE_FILES)
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
