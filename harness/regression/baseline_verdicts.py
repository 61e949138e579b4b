"""What is said of the baseline itself, and of cells beside it: changed gold, splits, strays."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from harness.evaluate import OVERALL, CountVectors
from harness.records import Cell, Level
from harness.regression.baseline import Baseline
from harness.regression.beside_baseline import BesideBaseline
from harness.regression.exact_scores import exact_scores
from harness.regression.reference import GoldChange, References
from harness.regression.standing import Standing
from harness.regression.verdict import CheckItem, Verdict, figure, missing_replies, plural
from harness.reports.plain import printable

__all__ = ["judge_baseline", "judge_recordings", "stray_cells", "warn_of_splits"]

_LEVEL: Level = "lenient"
_MOST_NAMES = 10


def judge_baseline(
    item: CheckItem, baseline: Baseline, standing: Standing, found: References
) -> Verdict:
    """Is the baseline of today's gold and scorer? If not, by how much does that move it?"""
    change = found.change
    n = len(baseline.gold)
    if not change:
        message = f"gold and scorer are those of the baseline (n = {plural(n, 'article')})"
        return Verdict(item, "pass", message, None, None, n, "article")
    message = f"{' and '.join(_what_changed(change))} since the baseline was saved"
    message += ": when that is as it should be, `harness baseline save` makes it anew"
    lines = [*_named(change), *_moved(baseline, standing, found)]
    return Verdict(item, "fail", message, None, None, n, "article", tuple(map(printable, lines)))


def _what_changed(change: GoldChange) -> Iterator[str]:
    if change.changed:
        yield f"gold of {plural(len(change.changed), 'article')} has changed"
    if change.added:
        yield f"{plural(len(change.added), 'labelled article')} came"
    if change.removed:
        yield f"{plural(len(change.removed), 'labelled article')} went"
    if change.scorer:
        yield "the scorer has changed"


def _named(change: GoldChange) -> Iterator[str]:
    for what, ids in (
        ("changed gold", change.changed),
        ("new", change.added),
        ("gone", change.removed),
    ):
        if ids:
            more = f" and {len(ids) - _MOST_NAMES} more" if len(ids) > _MOST_NAMES else ""
            yield f"{what}: {', '.join(ids[:_MOST_NAMES])}{more}"
    if change.scorer:
        parts = zip(*(each.split("|") for each in change.scorer), strict=False)
        yield "scorer: " + ", ".join(f"{one} is now {two}" for one, two in parts if one != two)


def _moved(baseline: Baseline, standing: Standing, found: References) -> Iterator[str]:
    """What the change did to the figures of the baseline's own replies."""
    for cell in standing.cells:
        if cell not in baseline.cells:
            continue
        name = f"{cell.model} {cell.prompt}"
        if cell in found.unknown:
            yield f"{name}: by how much that moves the baseline is unknown: {found.unknown[cell]}"
            continue
        then, now = baseline.cells[cell].counts, found.rescored[cell].counts
        assert then is not None
        assert now is not None
        moves = list(_moves(then, now))
        yield f"{name}: the baseline's own replies " + (
            f"move in F1: {', '.join(moves)}" if moves else "score as before"
        )


def _moves(then: CountVectors, now: CountVectors) -> Iterator[str]:
    before, after = exact_scores(then, _LEVEL), exact_scores(now, _LEVEL)
    for claim_type in (OVERALL, *now.claim_types):
        old, new = (each[claim_type].f1 if claim_type in each else None for each in (before, after))
        if old != new:
            yield f"{claim_type} {_shown(old)} to {_shown(new)}"


def _shown(value: Fraction | None) -> str:
    return "undefined" if value is None else figure(value)


def judge_recordings(item: CheckItem, standing: Standing, command: str) -> Verdict:
    """Has every request of a cell a reply?"""
    assert item.cell is not None
    cell = standing.cells.get(item.cell)
    if cell is None:
        why = standing.left_out.get(item.cell.model, "there is no such cell")
        return Verdict(item, "inconclusive", f"cannot be looked up here: {printable(why)}")
    n, noun = cell.n_requests, "request"
    if cell.counts is not None and not cell.n_missing:
        message = f"{plural(n, noun)}: each has its reply"
        return Verdict(item, "pass", message, 0, 0, n, noun)
    command = printable(command)
    message = f"not evaluated: {missing_replies(cell)}; run: {command}"
    return Verdict(item, "fail", message, cell.n_missing, 0, n, noun, command=command)


def stray_cells(
    baseline: Baseline, standing: Standing, file: str, *, is_selection: bool
) -> Iterator[Verdict]:
    """Cells that only the baseline has, and those that it does not have: warnings.

    Parameters
    ----------
    file
        The baseline's.
    is_selection
        Whether only some cells were asked for: others are not gone.
    """
    for cell in () if is_selection else baseline.cells:
        if cell not in standing.cells:
            why = standing.left_out.get(cell.model)
            what = "is in the baseline and not here any more"
            what = f"{what}: it cannot be looked up: {why}" if why else what
            yield _warning(cell, file, f"{cell.model} {cell.prompt} {what}")
    for cell, each in standing.cells.items():
        if cell not in baseline.cells:
            own = each.prompt.file if each.prompt else file
            yield _warning(
                cell,
                own,
                f"{cell.model} {cell.prompt} is not in the baseline: `harness baseline save` "
                "takes it in",
            )


def _warning(cell: Cell, file: str, message: str) -> Verdict:
    return Verdict(CheckItem(cell, file, OVERALL, "baseline"), "warn", printable(message))


def warn_of_splits(case: BesideBaseline, file: str) -> Verdict | None:
    """A warning where a cell got better on the articles of split dev and worse on those of test."""
    if case.reference is None:
        return None
    f1 = {split: _f1_of(case, split) for split in ("dev", "test")}
    if any(value is None for pair in f1.values() for value in pair):
        return None
    (dev_then, dev_now), (test_then, test_now) = f1["dev"], f1["test"]
    assert dev_then is not None and dev_now is not None  # noqa: PT018
    assert test_then is not None and test_now is not None  # noqa: PT018
    if not (dev_now > dev_then and test_now < test_then):
        return None
    message = (
        f"F1 overall rose on dev from {figure(dev_then)} to {figure(dev_now)} and fell on test "
        f"from {figure(test_then)} to {figure(test_now)}: the prompt may fit what it was written "
        "with"
    )
    return Verdict(
        CheckItem(case.cell, file, OVERALL, "splits"), "warn", message, float(test_now - test_then)
    )


def _f1_of(case: BesideBaseline, split: str) -> tuple[Fraction | None, Fraction | None]:
    ids = [each.id for each in case.articles.values() if each.split == split]
    before, now = (exact_scores(vectors.select(ids), _LEVEL)[OVERALL].f1 for vectors in case.both)
    return before, now
