"""What goes wrong most, whether it is counted while articles are scored or read from claims.csv."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.claims import load_schema
from harness.evaluate import Evaluation
from harness.reports.error_tally import FAILED, ErrorTally
from harness.reports.stored import load_stored
from harness.reports.write import render_reports, write_files
from harness.scoring import score


def tally_of(evaluation: Evaluation) -> ErrorTally:
    tally = ErrorTally()
    for cell in evaluation.cells:
        for result in cell.results:
            tally.add(cell.cell, result)
    return tally


def test_tally_of_nothing_is_empty() -> None:
    assert (ErrorTally().classes(), ErrorTally().worst()) == ([], [])


def test_classes_by_number_then_name_and_by_claim_type() -> None:
    tally = ErrorTally()
    tally.put("a", "quotes", "fn", "missed", "", 3)
    tally.put("a", "dates", "fp", "spurious", "", 2)
    tally.put("b", "quotes", "fp", "boundary", "", 2)
    tally.put("b", "dates", "fn", "missed", "", 1)
    tally.put("b", "dates", "set_aside", "", "", 9)
    tally.put("b", "dates", "optional", "", "", 9)
    assert [(each.name, each.n, each.by_type) for each in tally.classes()] == [
        ("missed", 4, {"dates": 1, "quotes": 3}),
        ("boundary", 2, {"quotes": 2}),
        ("spurious", 2, {"dates": 2}),
    ]


def test_gold_of_a_failed_request_has_a_class_of_its_own() -> None:
    tally = ErrorTally()
    tally.put("a", "quotes", "fn", "missed", "timeout", 3)
    tally.put("a", "quotes", "fn", "missed", "", 1)
    assert [(each.name, each.n) for each in tally.classes()] == [(FAILED, 3), ("missed", 1)]


def test_worst_by_f1_then_errors_then_id() -> None:
    tally = ErrorTally()
    for article_id, tp, fn in (("half", 2, 4), ("d", 0, 2), ("c", 0, 2), ("many", 0, 3)):
        tally.put(article_id, "quotes", "tp", "", "", tp)
        tally.put(article_id, "quotes", "fn", "missed", "", fn)
    tally.put("fine", "quotes", "tp", "", "")
    worst = tally.worst(10)
    assert [(each.article_id, each.f1, each.n_errors) for each in worst] == [
        *(("many", 0, 3), ("c", 0, 2), ("d", 0, 2), ("half", 0.5, 4)),
    ]
    assert [each.article_id for each in tally.worst(2)] == ["many", "c"]


def test_worst_says_what_went_wrong_most() -> None:
    tally = ErrorTally()
    tally.put("a", "quotes", "fn", "missed", "", 1)
    tally.put("a", "dates", "fp", "spurious", "", 2)
    tally.put("a", "actors", "fp", "spurious", "", 1)
    (worst,) = tally.worst()
    assert worst.errors == (
        (("dates", "spurious"), 2),
        (("actors", "spurious"), 1),
        (("quotes", "missed"), 1),
    )
    assert worst.worst_type == "dates"


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_tally_counts_what_the_scores_count(which: str, request: pytest.FixtureRequest) -> None:
    evaluation: Evaluation = request.getfixturevalue(which)
    tally = tally_of(evaluation)
    results = [result for cell in evaluation.cells for result in cell.results]
    for worst in tally.worst(10):
        own = [each.counts["lenient"] for each in results if each.article_id == worst.article_id]
        total = sum(own[1:], own[0])
        assert (worst.f1, worst.n_errors) == (score(total).f1, total.fp + total.fn)
    everything = sum(each.counts["lenient"].fp + each.counts["lenient"].fn for each in results)
    assert sum(each.n for each in tally.classes()) == everything > 0
    for name in load_schema().types:
        own = [each.counts["lenient"] for each in results if each.claim_type == name]
        by_type = sum(each.by_type.get(name, 0) for each in tally.classes())
        assert by_type == sum(each.fp + each.fn for each in own)


@pytest.mark.parametrize("which", ["evaluation", "grounded"])
def test_tally_is_the_same_from_the_folder(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    evaluation: Evaluation = request.getfixturevalue(which)
    write_files(tmp_path, render_reports(evaluation, {}, {}))
    read, kept = load_stored(tmp_path).errors, tally_of(evaluation)
    assert read.classes() == kept.classes()
    assert read.worst(10) == kept.worst(10)
    assert {type(each.n) for each in read.classes()} == {int}
    failed = [each for each in read.classes() if each.name == FAILED]
    assert len(failed) == (which == "evaluation")
