"""The file of the baseline: read back, the same every time, refused where it is damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.records import Cell
from harness.regression.baseline import FORMAT, read_baseline, write_baseline
from harness.regression.saving import standing_to_save

from .conftest import OTHER, Work, but

PATH = Path("results/baseline.json")


def test_a_baseline_reads_back_as_it_was(work: Work) -> None:
    work.record(but(["a00"], work.gold), failed=["a01"], repeats=2)
    standing = standing_to_save(work.workspace, repeats=2)
    baseline = work.save(repeats=2)
    cell = Cell("mine", "guided")
    then, now = standing.cells[cell], baseline.cells[cell]
    assert then.counts is not None
    assert now.counts is not None
    assert list(now.counts.rows()) == [
        row for row in then.counts.rows() if row.level in ("strict", "lenient")
    ]
    assert dict(now.found) == dict(then.found)
    assert (now.prompt, now.replies) == (then.prompt, then.replies)
    assert (now.n_requests, now.n_failed, now.cost_usd) == (100, 2, 25.0)
    assert baseline.gold == standing.gold
    assert baseline.scorer == standing.scorer


def test_a_baseline_is_the_same_to_the_last_byte(work: Work) -> None:
    work.record()
    baseline = work.save()
    first = PATH.read_bytes()
    write_baseline(PATH, baseline)
    assert PATH.read_bytes() == first
    work.save()
    assert PATH.read_bytes() == first


def test_one_article_is_one_line(work: Work) -> None:
    work.record()
    work.save()
    before = PATH.read_text().splitlines()
    work.record(but(["a07"], work.gold))
    work.save()
    changed = [
        (old, new)
        for old, new in zip(before, PATH.read_text().splitlines(), strict=True)
        if old != new
    ]
    # The article's line, and the scores of its claim type and overall.
    assert [old.partition(":")[0] for old, _ in changed] == ['"dates"', '"overall"', '"a07"']


def test_no_baseline_is_none(work: Work) -> None:
    assert read_baseline(PATH) is None


def edited(change: Callable[[dict[str, Any]], None]) -> str:
    values = json.loads(PATH.read_text())
    change(values)
    return json.dumps(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda file: file.update(format=FORMAT + 1), "written by a newer version"),
        (lambda file: file.pop("scorer"), "scorer: is damaged"),
        (lambda file: file["cells"].append(file["cells"][0]), "mine guided stands there twice"),
        (lambda file: file["articles"].pop("a03"), "article 'a03' has no gold"),
        (
            lambda file: file["cells"][0]["articles"]["a03"].update(dates=["11", "1", [0, 0]]),
            "'a03': dates: is not what became of 1 claims",
        ),
        (
            lambda file: file["cells"][0]["articles"]["a03"].update(
                dates=["1", "1", [0, 0], [-1, 0]]
            ),
            "'a03': dates: is not what became of 1 claims",
        ),
        (
            lambda file: file["cells"][0]["articles"]["a03"].update(
                dates=["2", "1", [0, 0], [0, 0]]
            ),
            "'a03': dates: is not what became of 1 claims",
        ),
        (lambda file: file["cells"][0].update(n_requests=True), "is damaged"),
    ],
)
def test_a_damaged_baseline_says_where(
    work: Work, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    work.record()
    work.save()
    PATH.write_text(edited(change))
    with pytest.raises(InputError) as caught:
        read_baseline(PATH)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(PATH))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"[" * 100_000, b"null", b"\xff\xfe"])
def test_what_is_no_baseline_is_refused(work: Work, content: bytes) -> None:
    PATH.parent.mkdir()
    PATH.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_baseline(PATH)
    said = str(caught.value)
    assert said.startswith(f"{PATH}: ")
    assert "from version control" in said
    assert "`harness baseline save`" in said
    assert "_File" not in said


@pytest.mark.parametrize("n_before", [0, 3])
def test_a_merge_conflict_is_refused(work: Work, n_before: int) -> None:
    work.record()
    work.save()
    lines = PATH.read_text().splitlines(keepends=True)
    PATH.write_text("".join([*lines[:n_before], "<<<<<<< ours\n", *lines[n_before:]]))
    with pytest.raises(InputError, match=f"line {n_before + 1} begins a merge conflict"):
        read_baseline(PATH)


def test_the_text_of_a_prompt_is_kept_line_by_line(work: Work) -> None:
    work.prompt(OTHER + "A “quotation”.\n")
    work.record()
    baseline = work.save()
    prompt = baseline.cells[Cell("mine", "guided")].prompt
    assert prompt is not None
    assert prompt.source == OTHER + "A “quotation”.\n"
    assert PATH.read_bytes().isascii()


def test_nothing_temporary_is_left(work: Work) -> None:
    work.record()
    work.save()
    assert [path.name for path in PATH.parent.iterdir() if path.is_file()] == ["baseline.json"]
