"""The scorer of this project: comparison, alignment, both levels, fields, every claim's outcome."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.articles import as_records
from benchmarks.peers.contest import f1, run
from harness.claims import load_schema
from harness.records import Counts, Gold, Prediction
from harness.scoring import Source, count_article


class _Pair(NamedTuple):
    gold: Gold
    prediction: Prediction
    article: str


_SCHEMA = load_schema()
_TYPES = tuple(_SCHEMA.types)


def _source(pair: _Pair) -> Source:
    """What the predicted strings of a pair are looked up in; reading the article is measured."""
    from harness.scoring.ground import ArticleText

    return Source(ArticleText(pair.article))


def main(with_grounding: bool) -> None:
    """Print the figures."""

    def score(pairs: Sequence[_Pair]) -> float:
        total = Counts()
        for pair in pairs:
            source = (_source(pair),) if with_grounding else ()
            for result in count_article(_SCHEMA, pair.gold, pair.prediction, _TYPES, *source):
                total += result.counts["lenient"]
        return f1(total.tp, total.fp, total.fn)

    run(_prepare, score)


def _prepare(pair: dict[str, Any]) -> _Pair:
    return _Pair(*as_records(pair["id"], pair["gold"], pair["predicted"]), pair["article"])


if __name__ == "__main__":
    main("ground" in sys.argv[3:])
