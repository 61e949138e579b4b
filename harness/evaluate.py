"""Replies and gold in, scores out. Knows nothing of how the replies were got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.claims import ClaimSchema
from harness.records import Cell, CellPredictions, Counts, Gold, Level
from harness.scoring import (
    LEVELS,
    FieldCounts,
    Score,
    TypeResult,
    count_article,
    macro_average,
    micro_average,
    overall,
)

__all__ = [
    "OVERALL",
    "ArticleCounts",
    "CellEvaluation",
    "Evaluation",
    "ScoreRow",
    "evaluate",
    "score_counts",
]

OVERALL = "overall"
"""The name under which the mean of the claim types stands."""


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """The counts of one article, claim type and level, averaged over repeats.

    Parameters
    ----------
    n_repeats
        How many replies the counts are the mean of.
    n_failed
        How many of them failed.
    """

    article_id: str
    claim_type: str
    level: Level
    counts: Counts
    n_repeats: int = 1
    n_failed: int = 0

    @property
    def readable(self) -> Counts:
        """The counts averaged over the replies that did not fail; empty where all failed.

        A failed reply adds nothing but missed gold, so theirs follow from the counts of all.
        """
        if not self.n_failed:
            return self.counts
        n_readable = self.n_repeats - self.n_failed
        if not n_readable:
            return Counts()
        means = (self.counts.tp, self.counts.fp, self.counts.fn, self.counts.set_aside)
        tp, fp, fn, set_aside = (round(mean * self.n_repeats) for mean in means)
        fn -= (tp + fn) // self.n_repeats * self.n_failed
        return Counts(tp / n_readable, fp / n_readable, fn / n_readable, set_aside / n_readable)


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The score of a claim type at a level, or of all of them (`OVERALL`).

    Parameters
    ----------
    micro, macro
        From summed counts, and as the mean of the articles' own scores. For `OVERALL` each is
        the mean over the claim types that have gold.
    readable
        Micro, over the replies that did not fail.
    n_articles
        The articles behind the row.
    n_types
        The number of claim types behind the row.
    """

    claim_type: str
    level: Level
    counts: Counts
    micro: Score
    macro: Score
    readable: Score
    n_articles: int
    n_failed: int
    n_types: int


@dataclass(frozen=True)
class CellEvaluation:
    """All that is known of a cell.

    Parameters
    ----------
    fields
        For each claim type and field, how often it is right among lenient pairs.
    failures
        How many claim types of articles failed, by reason.
    n_without_gold
        Articles that were predicted and have no gold: left out of every score.
    """

    cell: Cell
    results: tuple[TypeResult, ...]
    articles: tuple[ArticleCounts, ...]
    scores: tuple[ScoreRow, ...]
    fields: Mapping[tuple[str, str], FieldCounts]
    failures: Mapping[str, int] = field(default_factory=dict)
    n_without_gold: int = 0

    def score_of(self, claim_type: str, level: Level = "lenient") -> ScoreRow | None:
        """The score of a claim type (or `OVERALL`) at a level; None where it was not scored."""
        return next(
            (row for row in self.scores if (row.claim_type, row.level) == (claim_type, level)),
            None,
        )


@dataclass(frozen=True)
class Evaluation:
    """The evaluations of several cells against the same gold."""

    schema: ClaimSchema
    cells: tuple[CellEvaluation, ...]


def evaluate(
    predictions: Iterable[CellPredictions], gold: Mapping[str, Gold], schema: ClaimSchema
) -> Evaluation:
    """Score what cells predicted against gold.

    Parameters
    ----------
    predictions
        For each cell, its predictions. Articles without gold are left out and counted.
    gold
        By article id.
    schema
        How claims are compared.

    Returns
    -------
    Evaluation
        One `CellEvaluation` for each cell, in the order given.
    """
    return Evaluation(schema, tuple(_evaluate_cell(cell, gold, schema) for cell in predictions))


def _evaluate_cell(
    cell: CellPredictions, gold: Mapping[str, Gold], schema: ClaimSchema
) -> CellEvaluation:
    results: list[TypeResult] = []
    failures: Counter[str] = Counter()
    without_gold = set()
    for prediction in sorted(cell.predictions, key=lambda each: (each.article_id, each.repeat)):
        if prediction.article_id not in gold:
            without_gold.add(prediction.article_id)
            continue
        results.extend(
            count_article(schema, gold[prediction.article_id], prediction, cell.claim_types)
        )
        failures.update(failure.reason for failure in prediction.failures.values())
    articles = _average_repeats(results)
    return CellEvaluation(
        cell.cell,
        tuple(results),
        articles,
        score_counts(articles, cell.claim_types),
        _sum_fields(results),
        dict(sorted(failures.items())),
        len(without_gold),
    )


def _average_repeats(results: Sequence[TypeResult]) -> tuple[ArticleCounts, ...]:
    groups: dict[tuple[str, str], list[TypeResult]] = {}
    for result in results:
        groups.setdefault((result.article_id, result.claim_type), []).append(result)
    return tuple(
        ArticleCounts(
            article_id,
            claim_type,
            level,
            _mean_counts([result.counts[level] for result in group]),
            len(group),
            sum(result.failed for result in group),
        )
        for (article_id, claim_type), group in groups.items()
        for level in LEVELS
    )


def _mean_counts(counts: Sequence[Counts]) -> Counts:
    total, n = sum(counts, Counts()), len(counts)
    if n == 1:
        return total
    return Counts(total.tp / n, total.fp / n, total.fn / n, total.set_aside / n)


def score_counts(
    articles: Sequence[ArticleCounts], claim_types: Sequence[str]
) -> tuple[ScoreRow, ...]:
    """Score per-article counts: a row for each claim type and level, then the overall rows.

    Parameters
    ----------
    articles
        Counts of one cell.
    claim_types
        The claim types, in the order of the rows.
    """
    rows = []
    for claim_type in claim_types:
        for level in LEVELS:
            chosen = [
                each for each in articles if (each.claim_type, each.level) == (claim_type, level)
            ]
            if chosen:
                rows.append(_score_type(claim_type, level, chosen))
    return (*rows, *(_score_overall(level, rows, articles) for level in LEVELS))


def _score_type(claim_type: str, level: Level, articles: Sequence[ArticleCounts]) -> ScoreRow:
    counts = [each.counts for each in articles]
    return ScoreRow(
        claim_type,
        level,
        sum(counts, Counts()),
        micro_average(counts),
        macro_average(counts),
        micro_average(each.readable for each in articles),
        n_articles=len(articles),
        n_failed=sum(each.n_failed for each in articles),
        n_types=1,
    )


def _score_overall(
    level: Level, rows: Sequence[ScoreRow], articles: Sequence[ArticleCounts]
) -> ScoreRow:
    # A claim type without gold is left out for every cell alike, whatever a cell predicted.
    chosen = [row for row in rows if row.level == level and row.counts.n_gold]
    claim_types = {row.claim_type for row in chosen}
    return ScoreRow(
        OVERALL,
        level,
        sum((row.counts for row in chosen), Counts()),
        overall([row.micro for row in chosen]),
        overall([row.macro for row in chosen]),
        overall([row.readable for row in chosen]),
        n_articles=len({each.article_id for each in articles if each.claim_type in claim_types}),
        n_failed=sum(row.n_failed for row in chosen),
        n_types=len(chosen),
    )


def _sum_fields(results: Sequence[TypeResult]) -> dict[tuple[str, str], FieldCounts]:
    fields: dict[tuple[str, str], FieldCounts] = {}
    for result in results:
        for name, counts in result.fields.items():
            key = (result.claim_type, name)
            fields[key] = fields.get(key, FieldCounts()) + counts
    return fields
