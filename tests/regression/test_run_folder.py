"""A result folder in place of recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.run import run_batch
from harness.cli.run_options import RunOptions
from harness.cli.score import score_predictions
from harness.errors import InputError, RunError
from harness.records import Cell
from harness.regression.run_folder import standing_of_folder
from harness.regression.saving import standing_to_save
from harness.regression.verdict import Verdict

from .conftest import OTHER, Work, but

CELL = Cell("mine", "guided")


def run(**options: object) -> Path:
    """A run that asks nothing: all its replies are recorded."""
    before = set(Path("results").glob("*/run.json"))
    run_batch(RunOptions(quiet=True, as_json=True, **options), None, {})  # type: ignore[arg-type]
    (made,) = set(Path("results").glob("*/run.json")) - before
    return made.parent


def test_a_run_stands_where_its_recordings_do(work: Work) -> None:
    work.record(but(["a00"], work.gold), failed=["a01"])
    recorded = standing_to_save(work.workspace)
    read = standing_of_folder(run(), work.workspace)
    then, now = recorded.cells[CELL], read.cells[CELL]
    assert dict(now.found) == dict(then.found)
    assert (now.prompt, now.n_requests, now.n_missing) == (then.prompt, 50, 0)
    assert (now.n_failed, now.cost_usd) == (1, then.cost_usd)
    assert dict(now.replies) == dict(then.replies)
    assert (read.gold, read.scorer) == (recorded.gold, recorded.scorer)
    assert {claim.id: claim.text for claim in read.claims.values()} == {
        claim.id: claim.text for claim in recorded.claims.values()
    }


@pytest.mark.parametrize("word", ["guided", "prompts/guided.md"])
def test_a_prompt_of_a_run_is_chosen_by_name_or_file(work: Work, word: str) -> None:
    work.prompt(OTHER, "other")
    work.record()
    assert [*standing_of_folder(run(), work.workspace, (), [word]).cells] == [CELL]


@pytest.mark.parametrize("word", ["nothing", "prompts/nothing.md", "prompts/third.md"])
def test_a_prompt_that_a_run_does_not_have_is_refused(work: Work, word: str) -> None:
    work.record()
    folder = run()
    work.prompt(OTHER, "third")
    with pytest.raises(RunError, match="has no such cell; it has mine guided"):
        standing_of_folder(folder, work.workspace, (), [word])


def test_a_run_of_some_articles_is_compared_on_these(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00", "a01"], work.gold))
    folder = run(limit=4)
    found = work.verdict("max_drop", folder=folder)
    assert (found.n, found.value) == (4, 0.5)
    said: Verdict = next(
        each for each in work.check(folder=folder).verdicts if each.item.cell is None
    )
    assert said.status == "pass"


def test_gold_that_changed_between_baseline_and_run_is_told(work: Work) -> None:
    work.record()
    work.save()
    work.label("a00", [25])
    folder = run()
    said: Verdict = next(
        each for each in work.check(folder=folder).verdicts if each.item.cell is None
    )
    assert said.status == "fail"
    assert "is unknown: a result folder is not scored again" in said.details[1]
    assert work.verdict("max_drop", folder=folder).n == 49


def test_a_prompt_that_was_edited_since_the_run_has_no_text(work: Work) -> None:
    work.record()
    folder = run()
    work.prompt(OTHER)
    prompt = standing_of_folder(folder, work.workspace).cells[CELL].prompt
    assert prompt is not None
    assert prompt.source is None


def test_claims_made_elsewhere_are_a_cell_without_a_prompt(work: Work) -> None:
    lines = [
        f'{{"article_id": "{name}", "claims": {{"dates": []}}}}\n' for name in sorted(work.gold)
    ]
    (work.path / "mine.jsonl").write_text("".join(lines))
    score_predictions(Path("mine.jsonl"), None, Path("scores"), None, {}, seed=0, as_json=True)
    standing = standing_of_folder(Path("scores"), work.workspace)
    (each,) = standing.cells.values()
    assert each.prompt is None
    work.save(folder=Path("scores"))
    found = work.verdict("max_drop", folder=Path("scores"))
    assert (found.status, found.value) == ("pass", 0)


def test_a_run_that_was_stopped_is_not_evaluated(work: Work) -> None:
    work.record()
    folder = run()
    facts = json.loads((folder / "run.json").read_text())
    facts["articles"].append("never-asked")
    (folder / "run.json").write_text(json.dumps(facts))
    said = work.verdict("recordings", folder=folder)
    assert said.status == "fail"
    assert "no whole reply about 1 of 51 articles; run: harness run -m mine" in said.message
    with pytest.raises(InputError, match="mine guided: no whole reply about 1 of 51 articles"):
        work.save(folder=folder)


def test_what_is_no_result_folder_is_refused(work: Work) -> None:
    work.record()
    with pytest.raises(RunError, match="is no result folder"):
        standing_of_folder(work.path / "gold", work.workspace)
    folder = run()
    with pytest.raises(RunError, match="has no such cell; it has mine guided"):
        standing_of_folder(folder, work.workspace, models=["other"])
    (folder / "claims.csv").write_text("model,prompt\n")
    with pytest.raises(RunError, match=r"claims\.csv: has no column article_id"):
        standing_of_folder(folder, work.workspace)
    (folder / "leaderboard.csv").unlink()
    with pytest.raises(RunError, match=r"leaderboard\.csv: cannot be read"):
        standing_of_folder(folder, work.workspace)
