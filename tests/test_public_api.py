"""The public API is what `harness.__all__` says it is."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

import harness

NAMES = [
    *("Compare", "HarnessError", "Verbatim", "compare", "load_articles", "load_gold"),
    *("load_predictions", "load_result", "load_schema", "report", "score"),
]


def test_every_public_name_is_there_and_documented() -> None:
    for name in harness.__all__:
        assert getattr(harness, name).__doc__, name


def test_no_public_name_is_lost() -> None:
    assert set(NAMES) <= set(harness.__all__)


@pytest.mark.parametrize(
    "package", ["harness.evaluate", "harness.scoring", "harness.scoring.stats"]
)
def test_every_name_of_a_package_is_there(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__, key=_by_kind) == list(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name), name


def _by_kind(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_scores_are_made_compared_and_reported_with_public_names_alone(tmp_path: Path) -> None:
    schema = harness.load_schema()
    claim = {"text": "April 1", "value": "2021-04-01"}
    for name, claims in (("gold", [claim]), ("mine", [claim, {**claim, "value": "2020"}])):
        (tmp_path / name).mkdir()
        document = {"article_id": "a", "claims": {"dates": claims}}
        (tmp_path / name / "a.json").write_text(json.dumps(document))
    gold = harness.load_gold(tmp_path / "gold", schema)
    loaded = harness.load_predictions(tmp_path / "mine", schema, gold)
    evaluation = harness.score([loaded.cell_predictions], gold, schema)
    row = evaluation.cells[0].score_of("dates")
    assert row is not None
    assert (row.micro.precision, row.micro.recall) == (1 / 2, 1)
    files = harness.report(evaluation, {}, {})
    (tmp_path / "articles.csv").write_text(files["articles.csv"], encoding="utf-8")
    result = harness.load_result(tmp_path)
    assert set(harness.compare(result, result)["f1_difference"]) == {0}


def test_names_are_sorted_and_each_has_a_definition() -> None:
    assert sorted(harness.__all__) == harness.__all__
    assert set(harness._DEFINED_IN) == set(harness.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(harness, "no_such_name")
