"""What is known of the cells of a run once they are scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import isnan

from harness.claims import ClaimSchema
from harness.evaluate.agreement import Agreement
from harness.evaluate.comparisons import HEADLINE, CellComparison, compare_cells
from harness.evaluate.scores import (
    ALL,
    OVERALL,
    Resampling,
    ScoreInterval,
    ScoreRow,
    score_intervals,
    score_slices,
    score_vectors,
    slices_of,
)
from harness.evaluate.signature import Signature
from harness.evaluate.vectors import CountVectors
from harness.records import Article, Cell, Level
from harness.scoring import (
    FieldCounts,
    TypeResult,
)
from harness.scoring.ground import GroundingStatus

__all__ = ["CellEvaluation", "Evaluation", "FieldName"]

FieldName = tuple[str, str]
"""A claim type and one of its fields."""


@dataclass(frozen=True, eq=False)
class CellEvaluation:
    """All that is known of a cell.

    Parameters
    ----------
    results
        What became of every claim. Empty where each was handed on as it came.
    vectors
        The counts of every article.
    fields
        For each claim type and field, how often it is right among lenient pairs.
    groundings
        For each claim type and verbatim field, how many of its values stand in the article, by
        status. Empty where no article is known.
    failures
        How many claim types of articles failed, by reason.
    agreement
        How well repeats agree, by claim type and level. Empty where nothing was asked twice.
    n_without_gold
        Articles that were predicted and have no gold: left out of every score.
    n_failed
        Replies of which something failed.
    """

    cell: Cell
    results: tuple[TypeResult, ...]
    vectors: CountVectors
    fields: Mapping[FieldName, FieldCounts]
    groundings: Mapping[FieldName, Mapping[GroundingStatus, int]]
    articles: Mapping[str, Article]
    resampling: Resampling
    failures: Mapping[str, int] = field(default_factory=dict)
    agreement: Mapping[tuple[str, Level], Agreement] = field(default_factory=dict)
    n_without_gold: int = 0
    n_failed: int = 0

    @cached_property
    def slices(self) -> Mapping[str, tuple[str, ...]]:
        """The articles of each slice; `ALL` is the first."""
        return slices_of(self.vectors.article_ids, self.articles)

    @property
    def scores(self) -> tuple[ScoreRow, ...]:
        """The scores over all articles, then those of each slice."""
        return tuple(self.each_score())

    def each_score(self) -> Iterator[ScoreRow]:
        """The same, one after the other: stories may be as many as articles."""
        yield from self._scores_of_all
        yield from score_slices(
            self.vectors, {name: ids for name, ids in self.slices.items() if name != ALL}
        )

    @cached_property
    def intervals(self) -> Mapping[tuple[str, str, Level], ScoreInterval]:
        """The intervals by slice, claim type and level; a story by itself has none."""
        return {
            (name, *key): interval
            for name, ids in self.slices.items()
            if not name.startswith("story=")
            for key, interval in score_intervals(
                self.vectors.select(ids), self.articles, self.resampling
            ).items()
        }

    def score_of(self, claim_type: str, level: Level = HEADLINE) -> ScoreRow | None:
        """The score of a claim type (or `OVERALL`) at a level; None where it was not scored."""
        wanted = (claim_type, level)
        return next(
            (row for row in self._scores_of_all if (row.claim_type, row.level) == wanted), None
        )

    @cached_property
    def _scores_of_all(self) -> tuple[ScoreRow, ...]:
        return score_vectors(self.vectors)

    def interval_of(self, claim_type: str, level: Level = HEADLINE) -> ScoreInterval:
        """The interval of that score."""
        return self.intervals[ALL, claim_type, level]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The evaluations of several cells against the same gold."""

    schema: ClaimSchema
    cells: tuple[CellEvaluation, ...]
    signature: Signature
    articles: Mapping[str, Article] = field(default_factory=dict)

    @cached_property
    def comparisons(self) -> tuple[CellComparison, ...]:
        """Every pair of cells, on the articles that both have."""
        return compare_cells(
            combinations(((each.cell, each.vectors) for each in self.cells), 2),
            self.articles,
            self.signature.resampling,
        )

    def rank_of(self, cell: Cell) -> int | None:
        """One more than the number of cells that are significantly better overall.

        None where the cell's overall F1 is undefined.
        """
        (own,) = (each for each in self.cells if each.cell == cell)
        row = own.score_of(OVERALL)
        if row is None or isnan(row.micro.f1):
            return None
        beaten = 0
        for each in self.comparisons:
            if each.claim_type == OVERALL and each.level == HEADLINE:
                beaten += each.cell_a == cell and each.verdict == "better"
                beaten += each.cell_b == cell and each.verdict == "worse"
        return 1 + beaten
