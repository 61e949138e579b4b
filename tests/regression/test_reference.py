"""Gold edits are told apart from prompt edits."""

from __future__ import annotations

import json

import pytest

from harness.regression.verdict import Verdict

from .conftest import OTHER, PROMPT, Work, but


def baseline_verdict(work: Work) -> Verdict:
    found: Verdict = next(each for each in work.check().verdicts if each.item.cell is None)
    return found


def test_a_gold_edit_is_not_blamed_on_the_prompt(work: Work) -> None:
    work.record()
    work.save()
    for name in ("a00", "a01", "a02"):
        work.label(name, [25])
    work.prompt(OTHER)
    work.record(but(["a00", "a01", "a02", "a03"], work.gold))
    said = baseline_verdict(work)
    assert said.status == "fail"
    assert said.details[0] == "changed gold: a00, a01, a02"
    assert "overall 1.000 to 0.940, dates 1.000 to 0.940" in said.details[1]
    # Three of the four are wrong by the edit of gold, and one by that of the prompt.
    drop = work.verdict("max_drop")
    assert (drop.status, drop.value) == ("pass", pytest.approx(0.02))
    assert "compared with the baseline's replies, scored by today's gold" in drop.message


def test_replies_that_are_recorded_no_more_leave_it_unknown(work: Work) -> None:
    work.record()
    work.save()
    work.label("a00", [25])
    # The same requests were asked again, and answered otherwise.
    work.record(but(["a01"], work.gold))
    said = baseline_verdict(work)
    assert (
        "is unknown: the replies that the baseline was made of are recorded no more"
        in (said.details[1])
    )
    drop = work.verdict("max_drop")
    assert drop.n == 49
    assert "the baseline on the 49 articles of same gold" in drop.message
    assert drop.value == pytest.approx(1 / 49)


def test_recordings_that_are_gone_leave_it_unknown(work: Work) -> None:
    work.record()
    work.save()
    for path in (work.path / "results" / "responses").rglob("*.jsonl"):
        path.unlink()
    work.label("a00", [25])
    work.prompt(OTHER)
    work.record()
    said = baseline_verdict(work)
    assert "of the baseline's prompt 50 of 50 requests have no recorded reply" in said.details[1]
    assert work.verdict("max_drop").n == 49


def test_articles_that_came_or_went_are_a_change_of_gold(work: Work) -> None:
    work.record()
    work.save()
    (work.path / "gold" / "a00.json").unlink()
    work.articles({**{name: days for name, days in work.gold.items() if name != "a00"}, "b": [3]})
    work.record()
    said = baseline_verdict(work)
    assert said.status == "fail"
    assert said.message.startswith("1 labelled article came and 1 labelled article went since")
    assert said.details[:2] == ("new: b", "gone: a00")


def test_another_scorer_is_a_change_too(work: Work) -> None:
    work.record()
    work.save()
    path = work.path / "results" / "baseline.json"
    text = path.read_text()
    assert "scorer:2|" in text
    path.write_text(text.replace("scorer:2|", "scorer:1|"))
    said = baseline_verdict(work)
    assert said.status == "fail"
    assert "scorer: scorer:1 is now scorer:2" in said.details[0]
    assert "score as before" in said.details[1]
    assert work.verdict("max_drop").status == "pass"


def test_gold_in_another_order_has_not_changed(work: Work) -> None:
    work.articles({"a": [1, 2, 3]})
    work.record()
    work.save()
    path = work.path / "gold" / "a.json"
    gold = json.loads(path.read_text())
    gold["claims"]["dates"].reverse()
    gold["notes"] = "Looked at again."
    path.write_text(json.dumps(gold))
    assert baseline_verdict(work).status == "pass"
    assert work.check().cell_changes == ()
    assert PROMPT
