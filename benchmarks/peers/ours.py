"""The scorer of this project: comparison, alignment, both levels, fields, every claim's outcome.

It is asked as its users ask it: for a stream of pairs by `score_pairs`, and with articles to ground
in by `evaluate`. Both score 64 articles at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.articles import as_records
from benchmarks.peers.contest import f1, run
from harness.claims import load_schema
from harness.evaluate import CountVectors, evaluate, let_go, score_pairs
from harness.records import Article, Cell, CellPredictions, Gold, Prediction
from harness.scoring import LEVELS


class _Pair(NamedTuple):
    gold: Gold
    prediction: Prediction
    article: Article


_SCHEMA = load_schema()
_LENIENT = LEVELS.index("lenient")


def _score(pairs: Sequence[_Pair]) -> CountVectors:
    return score_pairs(((pair.gold, pair.prediction) for pair in pairs), _SCHEMA)


def _score_and_ground(pairs: Sequence[_Pair]) -> CountVectors:
    predictions = [pair.prediction for pair in pairs]
    evaluation = evaluate(
        [CellPredictions(Cell("model", "prompt"), tuple(_SCHEMA.types), predictions)],
        {pair.gold.article_id: pair.gold for pair in pairs},
        _SCHEMA,
        {pair.article.id: pair.article for pair in pairs},
        each=let_go,
    )
    return evaluation.cells[0].vectors


def main(with_grounding: bool) -> None:
    """Print the figures."""

    def score(pairs: Sequence[_Pair]) -> float:
        vectors = (_score_and_ground if with_grounding else _score)(pairs)
        tp, fp, fn, _ = vectors.totals[:, :, _LENIENT].sum(axis=(0, 1)).tolist()
        return f1(tp, fp, fn)

    run(_prepare, score)


def _prepare(pair: dict[str, Any]) -> _Pair:
    records = as_records(pair["id"], pair["gold"], pair["predicted"])
    return _Pair(*records, Article(pair["id"], pair["article"]))


if __name__ == "__main__":
    main("ground" in sys.argv[3:])
