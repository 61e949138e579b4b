"""stickler: the claims as lists of structured models, matched list by list.

It is asked for the counts of each list and field, and for nothing that it would make besides
(no list of what did not match, no list of each comparison).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from stickler import ComparableField, ExactComparator, FuzzyComparator, StructuredModel

from benchmarks.peers.contest import f1, run

# A comparator of its own for each field; None is its default, Levenshtein's distance.
_VARIANTS = {
    "fuzzy": (FuzzyComparator(), ExactComparator()),
    "exact": (ExactComparator(case_sensitive=False), ExactComparator()),
    "levenshtein": (None, None),
}


def _model(variant: str) -> type[StructuredModel]:
    words, category = _VARIANTS[variant]

    class Actor(StructuredModel):
        match_threshold = 0.5
        name: str = ComparableField(comparator=words)
        kind: str = ComparableField(comparator=category)
        role: str | None = ComparableField(comparator=words)

    class Quote(StructuredModel):
        match_threshold = 0.5
        text: str = ComparableField(comparator=words)
        speaker: str | None = ComparableField(comparator=words)

    class Date(StructuredModel):
        match_threshold = 0.5
        text: str = ComparableField(comparator=words)
        value: str = ComparableField(comparator=category)

    class Sanction(StructuredModel):
        match_threshold = 0.5
        imposer: str | None = ComparableField(comparator=words)
        target: str | None = ComparableField(comparator=words)
        measure: str = ComparableField(comparator=category)
        status: str = ComparableField(comparator=category)
        effective: str | None = ComparableField(comparator=category)

    class Claims(StructuredModel):
        actors: list[Actor] = ComparableField()
        quotes: list[Quote] = ComparableField()
        dates: list[Date] = ComparableField()
        sanctions: list[Sanction] = ComparableField()

    return Claims


def main(variant: str) -> None:
    """Print the figures."""
    model = _model(variant)

    def prepare(pair: dict[str, Any]) -> tuple[StructuredModel, StructuredModel]:
        gold = {
            name: [{k: v for k, v in claim.items() if k != "aliases"} for claim in claims]
            for name, claims in pair["gold"].items()
        }
        return model(**gold), model(**pair["predicted"])

    def score(pairs: Sequence[tuple[StructuredModel, StructuredModel]]) -> float:
        tp = fp = fn = 0
        for gold, predicted in pairs:
            compared = gold.compare_with(predicted, include_confusion_matrix=True)
            overall = compared["confusion_matrix"]["overall"]
            # A pair below the threshold is neither found nor right: it counts on both sides.
            tp, fp = tp + overall["tp"], fp + overall["fp"]
            fn += overall["fn"] + overall["fd"]
        return f1(tp, fp, fn)

    run(prepare, score)


if __name__ == "__main__":
    main(sys.argv[3])
