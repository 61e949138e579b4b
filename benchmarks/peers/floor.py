"""The least that such a scorer does: compare each field's strings, assign each type's claims.

No normalisation, no names, no dates, no levels, nothing said of any claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process
from scipy.optimize import linear_sum_assignment

from benchmarks.peers.contest import f1, run

_KEYS = {
    "actors": ("name", "kind"),
    "quotes": ("text", "speaker"),
    "dates": ("value",),
    "sanctions": ("imposer", "target", "measure", "status"),
}
_OTHERS = {"actors": ("role",), "quotes": (), "dates": ("text",), "sanctions": ("effective",)}

Columns = dict[str, tuple[list[str], list[str]]]


def count(name: str, columns: Columns) -> tuple[int, int, int]:
    """How many pairs of one claim type are alike enough, and how many claims each side has."""
    similarities = {
        field: process.cdist(gold, predicted, scorer=fuzz.ratio)
        for field, (gold, predicted) in columns.items()
    }
    mean = np.mean([similarities[field] for field in _KEYS[name] if field in similarities], axis=0)
    rows, chosen = linear_sum_assignment(mean, maximize=True)
    return int((mean[rows, chosen] >= 50).sum()), *mean.shape


def columns_of(
    name: str, gold: Sequence[dict[str, Any]], predicted: Sequence[dict[str, Any]]
) -> Columns:
    """The strings of each compared field, gold and predicted."""
    return {
        field: ([each[field] or "" for each in gold], [each[field] or "" for each in predicted])
        for field in (*_KEYS[name], *_OTHERS[name])
    }


def _prepare(pair: dict[str, Any]) -> dict[str, Columns]:
    return {name: columns_of(name, pair["gold"][name], pair["predicted"][name]) for name in _KEYS}


def _score(pairs: Sequence[dict[str, Columns]]) -> float:
    tp = n_gold = n_predicted = 0
    for pair in pairs:
        for name, columns in pair.items():
            counted = count(name, columns)
            tp, n_gold, n_predicted = (
                tp + counted[0],
                n_gold + counted[1],
                n_predicted + counted[2],
            )
    return f1(tp, n_predicted - tp, n_gold - tp)


if __name__ == "__main__":
    run(_prepare, _score)
