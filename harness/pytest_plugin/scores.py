"""What the fixtures give: scores by recorded replies, and a comparison with the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import nan
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.errors import HarnessError, InputError
from harness.evaluate import OVERALL
from harness.gates import GateLevel
from harness.records import Article, Gold
from harness.regression.beside_baseline import BesideBaseline
from harness.regression.check import RECORDINGS, Check
from harness.regression.exact_scores import ExactScore, exact_scores
from harness.regression.verdict import CheckItem, Verdict
from harness.regression.verdicts import judge
from harness.workspace import Workspace, open_workspace

__all__ = ["CellScores", "ClaimScore", "RecordedScores"]

_LEVELS: tuple[GateLevel, ...] = ("lenient", "strict")


@dataclass(frozen=True, slots=True)
class ClaimScore:
    """A micro score of a claim type, or overall; what is undefined is NaN.

    Parameters
    ----------
    precision, recall, f1
        In [0, 1].
    n_gold, n_predicted
        Required gold claims and predictions.
    n_articles
        In which the claim type is labelled.
    n_failed
        Requests that failed, of a claim type those that were to return it; what they were to find
        counts as missed.
    """

    precision: float
    recall: float
    f1: float
    n_gold: float
    n_predicted: float
    n_articles: int
    n_failed: int


CellScores: TypeAlias = Mapping[str, Mapping[GateLevel, ClaimScore]]
"""By claim type, and last ``overall``; then by level, ``lenient`` or ``strict``."""


class _LoadedOnce(Workspace):
    """Articles and gold are read once for all cells that are looked at."""

    def articles(self) -> list[Article]:
        """The articles."""
        return self._articles

    def gold(self) -> dict[str, Gold]:
        """The gold files, by article id."""
        return self._gold

    @cached_property
    def _articles(self) -> list[Article]:
        return super().articles()

    @cached_property
    def _gold(self) -> dict[str, Gold]:
        return super().gold()


class RecordedScores:
    """Scores by recorded replies; nothing is asked.

    Parameters
    ----------
    folder
        Where the harness's commands are run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checks: dict[tuple[str, str], Check] = {}

    def scores(self, model: str, prompt: str | Path) -> CellScores:
        """The scores of a model under a prompt.

        Parameters
        ----------
        model
            ``provider/name``, or a model of the settings.
        prompt
            Its name, or its file from the harness's folder.
        """
        __tracebackhide__ = True
        with self._in_folder():
            case = _case(self._check(model, prompt))
        if isinstance(case, str):
            pytest.fail(case)
        by_level = {level: exact_scores(case.counts, level) for level in _LEVELS}
        return {
            name: {
                level: _claim_score(scores[name], _n_failed(case, name))
                for level, scores in by_level.items()
            }
            for name in by_level["lenient"]
        }

    def assert_no_regression(
        self,
        model: str,
        prompt: str | Path,
        claim_type: str | None = None,
        *,
        max_drop: float | None = None,
    ) -> None:
        """Fail where F1 is lower than in the baseline by more than it may be.

        Parameters
        ----------
        model, prompt
            As for `scores`.
        claim_type
            Or ``overall``; by default overall and each claim type are compared.
        max_drop
            By default as the gates of the settings have it. Whether a drop has to be significant,
            and the level, are theirs in any case.
        """
        __tracebackhide__ = True
        with self._in_folder():
            check = self._check(model, prompt)
            case = _case(check)
            if isinstance(case, str):
                verdicts = []
                problems = [case]
            else:
                verdicts = list(_drops(check, case, claim_type, max_drop))
                problems = [_explained(each) for each in verdicts if each.failed]
        # Undefined where nothing of a kind is labelled; but where that was asked for, or nothing
        # at all can be compared, nothing has been shown.
        must = claim_type or OVERALL
        problems += [
            each.message
            for each in verdicts
            if each.item.claim_type == must and each.value is None and not each.failed
        ]
        if problems:
            pytest.fail("\n".join(problems))

    def _check(self, model: str, prompt: str | Path) -> Check:
        key = (model, str(prompt))
        if key not in self._checks:
            self._checks[key] = Check(self._workspace, [model], [str(prompt)])
        return self._checks[key]

    @cached_property
    def _workspace(self) -> Workspace:
        opened = open_workspace(None, {})
        return _LoadedOnce(opened.settings, opened.schema)

    def _in_folder(self) -> _InFolder:
        return _InFolder(self._folder)


class _InFolder(chdir[Path]):
    """Work in the harness's folder, where what cannot be used fails the test that asks for it."""

    def __exit__(self, *raised: object) -> None:
        """Go back, and fail: nothing of this file stands in the way of the test's own line."""
        __tracebackhide__ = True
        super().__exit__(*raised)
        if isinstance(raised[1], HarnessError):
            raise pytest.fail.Exception(str(raised[1])) from None


def _case(check: Check) -> BesideBaseline | str:
    """A cell beside its baseline, or why it has no scores."""
    (recordings,) = (each for each in check.items if each.gate == RECORDINGS)
    assert recordings.cell is not None
    return check.beside_baseline(recordings.cell) or check.verdict(recordings).message


def _drops(
    check: Check, case: BesideBaseline, claim_type: str | None, max_drop: float | None
) -> Iterator[Verdict]:
    types = (OVERALL, *check.workspace.schema.types)
    if claim_type not in (None, *types):
        raise InputError(f"there is no claim type {claim_type!r}; there are {', '.join(types)}")
    if max_drop is not None and not 0 <= max_drop <= 1:
        raise InputError(f"max_drop = {max_drop!r}: it is a share of 1")
    (file,) = {each.file for each in check.items if each.cell is not None}
    for name in types if claim_type is None else [claim_type]:
        gates = check.gates.of(case.cell.model, case.cell.prompt, name)
        limit = gates.limits.get("max_drop") if max_drop is None else max_drop
        if limit is not None:
            gates = replace(gates, limits={"max_drop": limit})
            yield judge(case, CheckItem(case.cell, file, name, "max_drop"), gates)
        elif claim_type is not None:
            raise InputError(f"max_drop of {name} is off in the gates of the settings: say one")


def _explained(verdict: Verdict) -> str:
    return "\n".join([verdict.message, *(f"  {line}" for line in verdict.details)])


def _claim_score(score: ExactScore, n_failed: int) -> ClaimScore:
    return ClaimScore(
        _number(score.precision),
        _number(score.recall),
        _number(score.f1),
        float(score.n_gold),
        float(score.n_predicted),
        score.n_articles,
        n_failed,
    )


def _n_failed(case: BesideBaseline, claim_type: str) -> int:
    if claim_type == OVERALL:
        return case.now.n_failed
    column = case.counts.claim_types.index(claim_type)
    return int(case.counts.n_failed[:, column].sum())


def _number(value: Fraction | None) -> float:
    return nan if value is None else float(value)
