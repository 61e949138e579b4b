"""The examples of docs/metrics.md run, and it names every number, error class and status."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from harness import comparators
from harness.claims import ClaimSchema, load_schema
from harness.evaluate import evaluate
from harness.reports.csv_text import TEXT_COLUMNS, read_csv
from harness.reports.write import REPORTS, render_reports
from harness.scoring import error_classes, outcomes
from harness.scoring.ground import GroundingStatus

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
FEWEST_EXAMPLES = 20
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _text() -> str:
    return PAGE.read_text(encoding="utf-8")


def _section(title: str) -> str:
    """What stands under a heading, up to the next of the same or a higher rank."""
    depth = title.split(" ")[0]
    return re.split(rf"\n#{{2,{len(depth)}}} ", _text().split(f"\n{title}\n", 1)[1])[0]


def _first_cells(section: str) -> set[str]:
    """The names in backticks in the first column of the tables of a section."""
    rows = re.findall(r"^\| ([^|]*) \|", section, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_examples_run_and_give_what_the_page_says() -> None:
    # A fence would be taken for what an example prints.
    examples = re.sub(r"^```.*$", "", _text(), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(examples, {}, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    doctest.DocTestRunner().run(test, out=report.append)
    assert not report, "".join(report)


def test_page_has_enough_examples_and_every_block_is_one() -> None:
    blocks = _BLOCK.findall(_text())
    assert len(blocks) >= FEWEST_EXAMPLES
    assert all(block.startswith(">>> ") for block in blocks)


def _numbers(report: str) -> set[str]:
    schema = load_schema()
    columns = read_csv(render_reports(evaluate([], {}, schema), {}, {})[report]).columns
    of_a_type = re.compile(rf"^(?:{'|'.join(schema.types)})_")
    return {of_a_type.sub("<type>_", name) for name in columns if name not in TEXT_COLUMNS}


@pytest.mark.parametrize("report", REPORTS)
def test_page_names_every_number_of_a_file_and_no_other(report: str) -> None:
    assert _first_cells(_section(f"### {report}")) == _numbers(report)


@pytest.mark.parametrize("report", REPORTS)
def test_page_explains_each_number_outside_of_its_index(report: str) -> None:
    explained = _text().split("\n## Where each number stands\n", maxsplit=1)[0]
    assert [name for name in sorted(_numbers(report)) if f"`{name}`" not in explained] == []


def _trees() -> Iterator[ast.Module]:
    for module in (error_classes, outcomes):
        yield ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _texts(node: ast.AST) -> set[str]:
    """The strings in a piece of code."""
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _calls(name: str) -> Iterator[ast.Call]:
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                if name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                    yield node


def _error_classes() -> set[str]:
    """What the code gives as the name of an error class; `wrong_<field>` stands for a field's."""
    names: set[str] = set()
    for call in _calls("ErrorClass"):
        name = call.args[0]
        if isinstance(name, ast.JoinedStr):
            (prefix,) = _texts(name)
            names.add(f"{prefix}<field>")
        else:
            assert isinstance(name, ast.Constant), ast.unparse(call)
            names.add(str(name.value))
    for call in _calls("ClaimOutcome"):
        for given in call.keywords:
            if given.arg == "error_class":
                names |= _texts(given.value)
    return names


def test_page_names_every_error_class_and_no_other() -> None:
    classes = _first_cells(_section("## Error classes").split("**wrong_value.**", maxsplit=1)[0])
    assert classes == _error_classes()
    assert {"invalid_item", "missed", "wrong_<field>"} <= classes


def _wrong_classes(schema: ClaimSchema) -> set[str]:
    """The classes that stand for `wrong_<field>` with the claim types that ship."""
    names = set()
    for claim_type in schema.types.values():
        others = [field for field in claim_type.keys if field is not claim_type.anchor]
        names |= {f"wrong_{field.name}" for field in others or [claim_type.anchor]}
    return names


def test_page_names_the_wrong_fields_of_the_claim_types_that_ship() -> None:
    named = set(re.findall(r"`(wrong_[a-z]+)`", _section("## Error classes")))
    assert named == _wrong_classes(load_schema())


def _details() -> set[str]:
    """What the code gives as the sub-class of an anchor that is wrong."""
    found = {text for call in _calls("_wrong_anchor") for text in _texts(call)}
    for file in Path(str(comparators.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in {"fault", "difference"}:
                for each in ast.walk(node):
                    if isinstance(each, ast.Return):
                        found |= _texts(each)
    return found


def test_page_names_every_detail_of_a_wrong_value_and_no_other() -> None:
    (details,) = _section("## Error classes").split("**wrong_value.**")[1:]
    assert _first_cells(details) == _details()


def test_page_names_every_grounding_status_and_no_other() -> None:
    assert _first_cells(_section("## Grounding")) == set(get_args(GroundingStatus))
