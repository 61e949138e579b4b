"""A result as its folder holds it: whatever is reported later is made of its files alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import Problem, RunError
from harness.evaluate import ALL, HEADLINE, OVERALL
from harness.records import Cell
from harness.reports.caveats import Basis, caveats
from harness.reports.csv_text import read_columns, read_csv
from harness.reports.error_tally import ErrorTally
from harness.reports.frame import json_rows
from harness.reports.summary import Summary

__all__ = ["FailedReply", "StoredResult", "load_stored", "read_table"]

_FACTS = ("run.json", "score.json")
_CELL = ("model", "prompt")
_LEADERBOARD = (
    *(*_CELL, "rank", "f1", "f1_low", "f1_high", "precision", "precision_low", "recall"),
    *("strict_f1", "n_articles", "n_gold", "grounded", "n_requests", "n_failed_requests"),
    *("cost_usd", "latency_s", "signature"),
)
_SCORES = (
    *(*_CELL, "slice", "claim_type", "level", "n_types", "n_failed", "precision", "recall", "f1"),
    *("f1_low", "f1_high", "resampled", "n_resampled"),
)
_COMPARISONS = (
    *("model_a", "prompt_a", "model_b", "prompt_b", "claim_type", "level", "f1_difference"),
    *("f1_low", "f1_high", "f1_p", "p_holm", "verdict"),
)
_CLAIMS = (*_CELL, "article_id", "claim_type", "side", "outcome", "error_class", "reason")
_ARTICLES = (*_CELL, "article_id", "claim_type", "level", "n_failed", "n_repeats")
_DEFAULT_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class FailedReply:
    """An article of which replies failed for a claim type.

    Parameters
    ----------
    n_failed, n_repeats
        So many of so many replies.
    reasons
        Why. Empty where there is no gold that could be missed.
    """

    article_id: str
    n_failed: int
    n_repeats: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class StoredResult:
    """What a run or a scoring left in its folder.

    Parameters
    ----------
    facts
        What ``run.json`` or ``score.json`` says; empty where there is neither.
    leaderboard, scores, comparisons
        The tables of these names.
    """

    folder: Path
    facts: Mapping[str, Any]
    leaderboard: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame

    @property
    def name(self) -> str:
        """The id of the run, or the name of the folder."""
        return self.folder.resolve().name

    @cached_property
    def claim_types(self) -> tuple[str, ...]:
        """The claim types that any cell was scored on, in the order of the schema."""
        schema = [
            name.removesuffix("_f1")
            for name in self.leaderboard.columns
            if name.endswith("_f1") and f"{name}_low" in self.leaderboard.columns
        ]
        scored = set(self.scores["claim_type"])
        return tuple(name for name in schema if name in scored)

    @cached_property
    def summary(self) -> Summary:
        """What is said of it first."""
        rows = json_rows(self.leaderboard)
        return Summary(self.claim_types, rows, caveats(self._basis()), self.errors)

    def _basis(self) -> Basis:
        overall = self.scores_of_all(OVERALL)
        signatures = self.leaderboard["signature"].tolist()
        units = zip(overall["n_resampled"], overall["resampled"], strict=True)
        headline = self.comparisons[self.comparisons["level"] == HEADLINE]
        return Basis(
            len(self.leaderboard),
            {(int(n), unit) for n, unit in units if unit},
            # The hash of the gold that stands in it is over the ids of its articles.
            len(set(signatures)) <= 1,
            set(overall["n_types"].tolist()),
            headline["f1_p"].astype(float).tolist(),
            _n_resamples(signatures),
        )

    def scores_of_all(self, claim_type: str, level: str = HEADLINE) -> pd.DataFrame:
        """The scores of a claim type over all articles, a row for each cell."""
        scores = self.scores
        is_wanted = (
            (scores["slice"] == ALL)
            & (scores["claim_type"] == claim_type)
            & (scores["level"] == level)
        )
        return scores[is_wanted]

    @cached_property
    def errors(self) -> ErrorTally:
        """What goes wrong, from ``claims.csv``."""
        return self._claims[0]

    @cached_property
    def failed(self) -> Mapping[tuple[Cell, str], Sequence[FailedReply]]:
        """What failed of each cell and claim type, by article."""
        path = self.folder / "articles.csv"
        articles = read_table(path, _ARTICLES)
        found: dict[tuple[Cell, str], list[FailedReply]] = {}
        failed = articles[(articles["level"] == HEADLINE) & (articles["n_failed"] > 0)]
        for row in failed.to_dict("records"):
            cell = Cell(row["model"], row["prompt"])
            reasons = self._claims[1].get((cell, row["claim_type"], row["article_id"]), ())
            found.setdefault((cell, row["claim_type"]), []).append(
                FailedReply(
                    row["article_id"],
                    int(row["n_failed"]),
                    int(row["n_repeats"]),
                    tuple(sorted(reasons)),
                )
            )
        return found

    @cached_property
    def _claims(self) -> tuple[ErrorTally, Mapping[tuple[Cell, str, str], Collection[str]]]:
        path = self.folder / "claims.csv"
        errors, reasons = ErrorTally(), dict[tuple[Cell, str, str], set[str]]()
        try:
            for chunk in read_columns(path, _CLAIMS):
                for key, n in chunk.groupby(list(_CLAIMS), sort=False).size().items():
                    model, prompt, article_id, claim_type, side, outcome, error, reason = key
                    if outcome != "tp" or side == "predicted":
                        errors.put(article_id, claim_type, outcome, error, reason, int(n))
                    if reason:
                        where = (Cell(model, prompt), claim_type, article_id)
                        reasons.setdefault(where, set()).add(reason)
        except (OSError, ValueError) as error:
            raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
        return errors, reasons


def load_stored(folder: Path) -> StoredResult:
    """Read a result from its folder.

    Parameters
    ----------
    folder
        That of a run, or one that ``harness score`` wrote.

    Raises
    ------
    RunError
        If it is no result folder, or was written by another version.
    """
    if not (folder / "leaderboard.csv").exists():
        raise RunError(
            f"{folder} is no result folder: it has no leaderboard.csv. Give the folder of a run, "
            "or one that `harness score` wrote"
        )
    return StoredResult(
        folder,
        _facts(folder),
        read_table(folder / "leaderboard.csv", _LEADERBOARD),
        read_table(folder / "scores.csv", _SCORES),
        read_table(folder / "comparisons.csv", _COMPARISONS),
    )


def read_table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Read a table of a result folder.

    Raises
    ------
    RunError
        If it cannot be read, or has no such columns.
    """
    try:
        frame = read_csv(path)
    except (OSError, ValueError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    if missing := [name for name in needed if name not in frame.columns]:
        what = (
            f"has no column {', '.join(missing)}: it was not written by this version. Score it "
            "anew, or run it again, which asks nothing that is answered"
        )
        raise RunError([Problem(str(path), what)])
    return frame


def _facts(folder: Path) -> Mapping[str, Any]:
    for name in _FACTS:
        path = folder / name
        if not path.exists():
            continue
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
        if not isinstance(facts, dict):
            raise RunError([Problem(str(path), "is no JSON object")])
        return facts
    return {}


def _n_resamples(signatures: Sequence[str]) -> int:
    for signature in signatures:
        for part in signature.split("|"):
            name, _, value = part.partition(":")
            if name == "resamples" and value.isdigit() and int(value):
                return int(value)
    return _DEFAULT_RESAMPLES
