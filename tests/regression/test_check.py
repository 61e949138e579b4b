"""The check as a library: what is listed at once, what is scored later, what it imports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from harness.errors import ConfigurationError
from harness.evaluate import OVERALL
from harness.pytest_plugin.evaluation import Evaluation
from harness.records import Cell
from harness.regression.check import Check
from harness.regression.formats import FORMATS
from harness.regression.verdict import CheckItem

from .conftest import OTHER, PROMPT, Work, but


def test_items_are_listed_without_articles_gold_or_replies(work: Work) -> None:
    shutil.rmtree(work.path / "gold")
    (work.path / "articles.jsonl").unlink()
    ids = [item.id for item in work.check().items]
    assert ids[:3] == [
        "prompts/guided.md::mine::overall::recordings",
        "prompts/guided.md::mine::overall::max_drop",
        "prompts/guided.md::mine::actors::max_drop",
    ]
    assert len(ids) == 6
    assert len(set(ids)) == 6


def test_items_are_those_that_are_judged(work: Work) -> None:
    work.settings(
        "[gates]\nmin_f1 = 0.5\nmax_failed = 0.1\n"
        '[[gates.override]]\nclaim_type = "dates"\nmin_f1 = 0.7\nmax_failed = 0.2\n'
    )
    work.record()
    work.save()
    check = work.check()
    judged = {each.item: each.limit for each in check.verdicts}
    # Of the claim types that nobody has labelled there is no drop to speak of.
    left = {item for item in check.items if item not in judged}
    assert {(item.claim_type, item.gate) for item in left} == {
        ("actors", "max_drop"),
        ("quotes", "max_drop"),
        ("sanctions", "max_drop"),
    }
    assert judged.keys() <= set(check.items)
    limits = {
        (item.claim_type, item.gate): limit
        for item, limit in judged.items()
        if item.gate in ("min_f1", "max_failed")
    }
    assert limits["overall", "min_f1"] == 0.5
    assert limits["dates", "min_f1"] == 0.7
    assert limits["dates", "max_failed"] == 0.2
    assert ("actors", "max_failed") not in limits


def test_verdicts_of_items_are_those_of_the_check(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00", "a01"], work.gold))
    check = work.check()
    first = check.verdict(check.items[2])
    assert first.status == "fail"
    assert first in check.verdicts
    assert check.verdict(check.items[2]) is first


def test_every_gate_of_a_cell_that_is_not_evaluated_fails(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    check = work.check()
    of_cell = [item for item in check.items if item.cell is not None]
    verdicts = [check.verdict(item) for item in of_cell]
    assert {each.status for each in verdicts} == {"fail"}
    assert all("harness run -m mine -p prompts/guided.md" in each.message for each in verdicts)
    # A person reads of it once.
    assert [each.item.gate for each in check.verdicts if each.failed] == ["recordings"]


def test_one_missing_reply_is_not_evaluated(work: Work) -> None:
    work.record()
    work.articles({**work.gold, "new": [5]})
    found = work.verdict("recordings")
    assert found.status == "fail"
    assert "not evaluated: no reply to 1 of 51 requests; run: harness run" in found.message


def test_a_default_model_that_cannot_be_looked_up_is_left_out(work: Work) -> None:
    work.settings(models=["mine"])
    work.record()
    text = (work.path / "harness.toml").read_text(encoding="utf-8")
    text = text.replace('["mine"]', '["mine", "local/no-such-file.gguf"]')
    (work.path / "harness.toml").write_text(text, encoding="utf-8")
    check = work.check()
    assert not check.failed
    assert {each.item.cell.model for each in check.verdicts if each.item.cell} == {"mine"}
    assert "no-such-file.gguf" in check.report.notices[0]
    (item,) = (
        item
        for item in check.items
        if item.cell and item.cell.model != "mine" and item.gate == "recordings"
    )
    assert check.verdict(item).status == "inconclusive"


def test_selectors_that_match_nothing_are_reported_all_at_once(work: Work) -> None:
    work.settings(
        '[[gates.override]]\nmodel = "mien"\nprompt = "giuded"\nmin_f1 = 0.5\n'
        '[[gates.override]]\nclaim_type = "quote"\nmin_f1 = 0.5\n'
    )
    work.record()
    with pytest.raises(ConfigurationError) as caught:
        _ = work.check().verdicts
    assert [problem.where for problem in caught.value.problems] == [
        "gates.override[0].model",
        "gates.override[0].prompt",
        "gates.override[1].claim_type",
    ]
    assert "there are actors, dates, overall, quotes, sanctions" in str(caught.value)


def test_only_some_articles_are_looked_at(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00", "a01"], work.gold))
    check = work.check(choose=lambda articles: [each for each in articles if each.id < "a04"])
    verdict = check.verdict(
        CheckItem(check.items[2].cell, check.items[2].file, OVERALL, "max_drop")
    )
    assert verdict.n == 4
    assert "fell by 0.500 to 0.500 from 1.000" in verdict.message
    # The others are not gone.
    assert check.verdict(check.items[0]).status == "pass"


def test_changes_are_told_whatever_the_gates_say(work: Work) -> None:
    work.record(but(["a05"], work.gold))
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00"], work.gold))
    check = work.check()
    assert not check.failed
    (change,) = check.cell_changes
    assert [moved.claim.article_id for moved in change.lost] == ["a00"]
    assert [moved.claim.article_id for moved in change.gained] == ["a05"]
    row = next(row for row in change.rows if row.claim_type == "dates")
    assert (row.difference.f1, row.p.f1) == (0, 1)
    (prompt,) = check.prompt_changes
    assert prompt.hunks is not None
    assert [part.text for part in prompt.hunks[0].parts if part.kind == "added"] == [" all"]


def test_a_check_imports_neither_openai_nor_instructor_nor_pandas(work: Work) -> None:
    work.record()
    work.save()
    code = (
        "import sys, json\n"
        "from harness.workspace import open_workspace\n"
        "from harness.regression.check import Check\n"
        "from harness.regression.formats import FORMATS\n"
        "check = Check(open_workspace(None, {}))\n"
        "assert not check.failed\n"
        "texts = [form(check.report, 80) for form in FORMATS.values()]\n"
        "names = ('openai', 'instructor', 'tenacity', 'pandas', 'xllamacpp')\n"
        "print(json.dumps([name for name in names if name in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=work.path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_a_report_on_one_item_is_about_its_prompt_and_claim_type(work: Work) -> None:
    work.prompt(OTHER, "second")
    work.record()
    work.save()
    work.prompt(OTHER + "Now.\n")
    work.record(but(["a00", "a01"], work.gold))
    check = work.check()
    (dates, quotes) = (
        check.report_on(CheckItem(Cell("mine", "guided"), "prompts/guided.md", name, "max_drop"))
        for name in ("dates", "quotes")
    )
    assert [each.name for each in dates.prompt_changes] == ["guided"]
    assert [each.claim.article_id for each in dates.cell_changes[0].lost] == ["a00", "a01"]
    assert [row.claim_type for row in dates.cell_changes[0].rows] == ["dates"]
    assert quotes.cell_changes[0].lost == ()
    text = FORMATS["text"](dates, 80)
    assert "lost 2031-04-01 (April 1)" in text
    assert "{+Now." in text


def test_a_torn_recording_is_told(work: Work) -> None:
    work.record()
    work.save()
    (path,) = (work.path / "results" / "responses").rglob("*.jsonl")
    path.write_text(path.read_text() + '{"key": "torn\n')
    (notice,) = work.check().report.notices
    assert "1 unreadable line(s) were set aside" in notice


def test_nothing_is_written_by_a_check(work: Work) -> None:
    work.record()
    work.save()

    def files() -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns for path in work.path.rglob("*") if path.is_file()
        }

    before = files()
    assert not work.check().failed
    assert files() == before


def test_the_same_prompt_with_other_replies_is_told(work: Work) -> None:
    work.record()
    work.save()
    work.record(but(["a00"], work.gold))
    (change,) = work.check().cell_changes
    assert not change.prompt_changed
    assert len(change.lost) == 1


def test_a_check_of_a_workspace_without_labels_is_an_error(work: Work) -> None:
    (work.path / "articles.jsonl").write_text(
        json.dumps({"id": "unlabelled", "text": "x", "published": "2031-03-01"}) + "\n"
    )
    with pytest.raises(Exception, match="none of the 1 articles is labelled"):
        _ = Check(work.workspace).verdicts
    assert PROMPT


@pytest.mark.parametrize("level", ["lenient", "strict"])
def test_a_failing_test_says_of_many_lost_claims_once_where_the_rest_is(
    work: Work, level: str
) -> None:
    work.settings(f'[gates]\nlevel = "{level}"\n')
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but([f"a{number:02}" for number in range(25)], work.gold))
    told = Evaluation(work.path, work.workspace, None, is_elsewhere=False)
    item = CheckItem(Cell("mine", "guided"), "prompts/guided.md", "dates", "max_drop")
    told.begin([item], ["prompts/guided.md"], is_whole=True)
    text = told.told(item).text
    assert "lost 2031-04-20 (April 20) [a19:dates:" in text
    # Those lost leniently stand in what has changed, and are not told twice.
    assert text.count("and 5 more: `harness check --json` names them all") == 1
    assert text.count("and 15 more") == (level == "strict")
    assert text.count("lost 2031-04-01 (April 1)") == 1 + (level == "strict")
