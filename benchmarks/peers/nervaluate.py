"""nervaluate: the strings of quotes, actors and dates as labelled spans of the article.

All documents are given in one call, as its documentation has it. It evaluates its four schemes
(strict, exact, partial, type) for each label; they cannot be asked for one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from nervaluate.evaluator import Evaluator

from benchmarks.peers.contest import run

Document: TypeAlias = list[dict[str, Any]]

_TAGS = ["quote", "date", "person", "organization", "state"]


def _prepare(pair: dict[str, Any]) -> tuple[Document, Document]:
    gold, predicted = (
        [{"label": label, "start": start, "end": end} for label, start, end in pair["spans"][side]]
        for side in ("gold", "predicted")
    )
    return gold, predicted


def _score(pairs: Sequence[tuple[Document, Document]]) -> float:
    gold, predicted = map(list, zip(*pairs, strict=True))
    results = Evaluator(gold, predicted, tags=_TAGS, loader="dict").evaluate()
    return float(results["overall"]["partial"].f1)


if __name__ == "__main__":
    run(_prepare, _score)
