"""A result as JSON: all that a machine needs to decide by it, in one document."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any

from harness.reports.error_tally import ErrorTally
from harness.reports.frame import json_rows

if TYPE_CHECKING:
    import pandas as pd

    from harness.reports.stored import StoredResult

__all__ = ["json_text", "result_json", "rows_json"]

_N_WORST = 20


def result_json(result: StoredResult) -> str:
    """The facts of the run, its leaderboard, scores, comparisons and errors.

    Parameters
    ----------
    result
        Read from its folder.

    Returns
    -------
    str
        Keys always stand in the same order; null is undefined or unknown.
    """
    return json_text(
        {
            "result": result.name,
            "facts": result.facts,
            "claim_types": result.claim_types,
            "notes": result.summary.notes,
            "leaderboard": json_rows(result.leaderboard),
            "scores": json_rows(result.scores),
            "comparisons": json_rows(result.comparisons),
            **_errors(result.errors),
        }
    )


def rows_json(frame: pd.DataFrame) -> str:
    """The rows of a table, an object each."""
    return json_text(json_rows(frame))


def _errors(errors: ErrorTally) -> dict[str, Any]:
    return {
        "errors": [
            {"error_class": each.name, "n": each.n, "by_claim_type": each.by_type}
            for each in errors.classes()
        ],
        "worst_articles": [
            {
                "article_id": each.article_id,
                "f1": each.f1,
                "n_errors": each.n_errors,
                "errors": [
                    {"claim_type": claim_type, "error_class": name, "n": n}
                    for (claim_type, name), n in each.errors
                ],
            }
            for each in errors.worst(_N_WORST)
        ],
    }


def json_text(value: object, *, ascii_only: bool = False) -> str:
    """A value as JSON in UTF-8 that every parser reads back and no terminal runs.

    Parameters
    ----------
    value
        Anything of dicts, sequences, texts and numbers; a number that is not finite is null.
    ascii_only
        Write every other character as an escape.
    """
    text = json.dumps(_plain(value), ensure_ascii=ascii_only, indent=2, default=str)
    return _INVISIBLE.sub(_escape, text) + "\n"


# Control characters, halves of surrogate pairs, and marks that reverse or join a line.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
