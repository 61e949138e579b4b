"""A result as its folder holds it: whatever is reported later is made of its files alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from harness.errors import Problem, RunError
from harness.evaluate import ALL, HEADLINE, OVERALL
from harness.records import Cell
from harness.reports.caveats import Basis, caveats
from harness.reports.csv_text import TEXT_COLUMNS, read_columns, read_csv
from harness.reports.error_tally import ErrorTally
from harness.reports.frame import json_rows
from harness.reports.summary import Summary

__all__ = ["FailedReply", "StoredResult", "load_stored", "read_table"]

_FACTS = ("run.json", "score.json")
_CELL = ("model", "prompt")
_LEADERBOARD = (
    *(*_CELL, "rank", "f1", "f1_low", "f1_high", "precision", "precision_low", "precision_high"),
    *("recall", "recall_low", "recall_high", "strict_f1"),
    *("n_articles", "n_gold", "grounded", "n_requests", "n_failed_requests"),
    *("cost_usd", "latency_s", "signature"),
)
_SCORES = (
    *(*_CELL, "slice", "claim_type", "level", "n_types", "n_failed", "precision", "recall", "f1"),
    *("f1_low", "f1_high", "resampled", "n_resampled"),
)
_COMPARISONS = (
    *("model_a", "prompt_a", "model_b", "prompt_b", "claim_type", "level", "f1_a", "f1_b"),
    *("f1_difference", "f1_low", "f1_high", "f1_p", "p_holm", "verdict"),
)
_CLAIMS = (*_CELL, "article_id", "claim_type", "side", "outcome", "error_class", "reason")
_ARTICLES = (*_CELL, "article_id", "claim_type", "level", "n_failed", "n_repeats")
_OF_TYPE = tuple(
    f"{score}{limit}" for score in ("f1", "precision", "recall") for limit in ("", "_low", "_high")
)
_NEVER_EMPTY = frozenset(
    {"n_articles", "n_failed", "n_failed_requests", "n_gold", "n_repeats", "n_types"}
)
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
        scored = set(self.scores["claim_type"])
        return tuple(name for name in _types_of(self.leaderboard) if name in scored)

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
            {(int(n), unit) for n, unit in units if unit and not pd.isna(n)},
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
    path = folder / "leaderboard.csv"
    leaderboard = read_table(path, _LEADERBOARD)
    _check_table(
        path,
        leaderboard,
        [f"{name}_{part}" for name in _types_of(leaderboard) for part in _OF_TYPE],
    )
    result = StoredResult(
        folder,
        _facts(folder),
        leaderboard,
        read_table(folder / "scores.csv", _SCORES),
        read_table(folder / "comparisons.csv", _COMPARISONS),
    )
    _check_cells(result)
    return result


def _types_of(leaderboard: pd.DataFrame) -> list[str]:
    """The claim types of a leaderboard, in the order of the schema."""
    names = (name.removesuffix("_f1") for name in leaderboard.columns if name.endswith("_f1"))
    return [name for name in names if name != "strict"]


def read_table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Read a table of a result folder.

    Raises
    ------
    RunError
        If it cannot be read, has no such columns, or they hold something else.
    """
    try:
        frame = read_csv(path)
    except (OSError, ValueError) as error:
        raise RunError([Problem(str(path), f"cannot be read: {error}")]) from error
    _check_table(path, frame, needed)
    return frame


def _check_table(path: Path, frame: pd.DataFrame, needed: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in frame.columns]:
        what = (
            f"has no column {', '.join(missing)}: it was not written by this version. Score it "
            "anew, or run it again, which asks nothing that is answered"
        )
        raise RunError([Problem(str(path), what)])
    wrong = [name for name in needed if name not in TEXT_COLUMNS and not _are_figures(frame[name])]
    if wrong:
        what = f"column {', '.join(wrong)} has cells that are no figures"
        raise RunError([Problem(str(path), what)])


def _are_figures(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and all(
        column.name not in _NEVER_EMPTY if pd.isna(value) else isfinite(value)
        for value in column.tolist()
    )


def _check_cells(result: StoredResult) -> None:
    """The tables are of the same cells: none is cut off, or of another result."""
    cells = _cells(result.leaderboard)
    compared = {cell for side in "ab" for cell in _cells(result.comparisons, f"_{side}")}
    for name, others in (
        ("scores", _cells(result.scores) ^ cells),
        ("comparisons", compared - cells),
    ):
        if others:
            what = (
                f"has not the cells of leaderboard.csv: {', '.join(map(': '.join, sorted(others)))}"
            )
            raise RunError([Problem(str(result.folder / f"{name}.csv"), what)])


def _cells(frame: pd.DataFrame, side: str = "") -> set[tuple[str, str]]:
    return set(zip(frame[f"model{side}"], frame[f"prompt{side}"], strict=True))


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
