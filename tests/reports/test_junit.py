"""JUnit XML that the schemas of Ant's and of Jenkins' reports both allow."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from harness.evaluate import Evaluation
from harness.records import Cell, CellUsage
from harness.reports.csv_text import read_csv
from harness.reports.junit import result_junit
from harness.reports.run_json import run_json
from harness.reports.stored import load_stored
from harness.reports.write import render_reports, write_files

# What both schemas allow: attributes that both have, with all that either demands, and children in
# the order that the stricter one has them.
ATTRIBUTES = {
    "testsuites": set[str](),
    "testsuite": {
        *("name", "package", "id", "timestamp", "hostname", "time"),
        *("tests", "failures", "errors", "skipped"),
    },
    "property": {"name", "value"},
    "properties": set[str](),
    "testcase": {"name", "classname", "time"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set[str](),
    "system-err": set[str](),
}
CHILDREN = {
    "testsuites": r"(testsuite )*",
    "testsuite": r"properties (testcase )*system-out system-err ",
    "properties": r"(property )*",
    "testcase": r"((skipped|error) )?",
}


def suites_of(folder: Path, evaluation: Evaluation, **facts: object) -> ElementTree.Element:
    usage = {Cell("good/model", "plain"): CellUsage(4, 0, latency_s=0.25)}
    files = render_reports(evaluation, usage, {})
    write_files(folder, {**files, **({"run.json": run_json(facts)} if facts else {})})
    text = result_junit(load_stored(folder))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    return ElementTree.fromstring(text.encode())


def suite_of(suites: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = (suite for suite in suites if suite.get("name") == name)
    return found


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_form_is_what_both_schemas_allow(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    suites = suites_of(tmp_path, request.getfixturevalue(which))
    for element in suites.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        children = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(CHILDREN.get(element.tag, ""), children)
    for number, suite in enumerate(suites):
        assert suite.get("id") == str(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        cases = suite.findall("testcase")
        found = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("error", "skipped")}
        assert suite.get("tests") == str(len(cases)) == "4"
        assert (suite.get("errors"), suite.get("skipped"), suite.get("failures")) == (
            *(str(found["error"]), str(found["skipped"]), "0"),
        )


def test_failed_requests_are_errors_with_articles_and_reasons(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    suites = suites_of(tmp_path, evaluation)
    bad = suite_of(suites, "=HYPERLINK(1) [red]terse[/red]")
    errors = {case.get("name"): case.find("error") for case in bad.findall("testcase")}
    assert {name for name, error in errors.items() if error is not None} == {
        *("actors", "quotes", "dates"),
    }
    error = errors["quotes"]
    assert error is not None
    assert error.get("type") == "timeout"
    assert error.get("message", "").startswith("1 reply failed, of 1 article; what they were")
    assert error.text == "a1: 1 of 2 (timeout)"
    assert suite_of(suites, "good/model plain").find("testcase/error") is None


def test_what_has_no_score_is_skipped_and_a_low_score_is_no_failure(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    suites = suites_of(tmp_path, evaluation)
    skipped = {
        (suite.get("name"), case.get("name")): element.get("message")
        for suite in suites
        for case in suite.findall("testcase")
        if (element := case.find("skipped")) is not None
    }
    assert skipped == {
        ("good/model plain", "sanctions"): "neither gold nor predictions: no score is defined",
        ("=HYPERLINK(1) [red]terse[/red]", "sanctions"): "not scored",
    }
    assert suites.find(".//failure") is None


def test_properties_are_the_leaderboard_to_the_last_digit(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    suites = suites_of(tmp_path, evaluation)
    rows = read_csv(tmp_path / "leaderboard.csv").to_dict("records")
    assert len(rows) == len(suites) == 2
    for row, suite in zip(rows, suites, strict=True):
        found = {each.get("name"): each.get("value") for each in suite.iter("property")}
        for name, value in row.items():
            if pd.isna(value) or value == "":
                assert name not in found
            elif isinstance(value, str):
                assert found[name] == value
            else:
                assert float(found[name] or "") == value
    good = suite_of(suites, "good/model plain")
    output = (good.findtext("system-out") or "").splitlines()
    assert output[0].startswith("overall: f1 0.711 (")
    assert [line.split(":")[0] for line in output] == [
        *("overall", "actors", "quotes", "dates", "sanctions"),
    ]
    assert output[-1] == "sanctions: f1 undefined, precision undefined, recall undefined"
    assert "With 2 articles no difference" in (good.findtext("system-err") or "")


def test_timestamp_is_the_end_of_the_run_in_utc(tmp_path: Path, evaluation: Evaluation) -> None:
    suites = suites_of(tmp_path / "run", evaluation, finished="2031-04-15T12:00:00+02:00")
    assert suites[0].get("timestamp") == "2031-04-15T10:00:00"
    assert suites[0].get("package") == "run"
    suites_of(tmp_path / "scored", evaluation)
    os.utime(tmp_path / "scored" / "leaderboard.csv", (86_400, 86_400))
    text = result_junit(load_stored(tmp_path / "scored"))
    assert 'timestamp="1970-01-02T00:00:00"' in text
