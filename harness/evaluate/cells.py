"""Replies and gold in, scores out. Knows nothing of how the replies were got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import isnan

from harness.claims import ClaimSchema
from harness.evaluate.agreement import Agreement, repeat_agreement
from harness.evaluate.comparisons import HEADLINE, CellComparison, compare_cells
from harness.evaluate.scores import (
    ALL,
    OVERALL,
    Resampling,
    ScoreInterval,
    ScoreRow,
    score_intervals,
    score_vectors,
    slices_of,
)
from harness.evaluate.signature import Signature, gold_hash, scorer_of
from harness.evaluate.vectors import CountTally, CountVectors
from harness.records import Article, Cell, CellPredictions, Gold, Level, Prediction
from harness.scoring import (
    FieldCounts,
    PreparedGold,
    Source,
    TypeResult,
    count_article,
    count_prediction,
)
from harness.scoring.ground import ArticleText, GroundingStatus, PromptText

__all__ = ["CellEvaluation", "Evaluation", "evaluate", "score_pairs"]

_NO_ARTICLES: Mapping[str, Article] = {}
_NO_TEXTS: Mapping[str, str] = {}

FieldName = tuple[str, str]
"""A claim type and one of its fields."""


@dataclass(frozen=True, eq=False)
class CellEvaluation:
    """All that is known of a cell.

    Parameters
    ----------
    results
        What became of every claim. Empty where only counts were asked for.
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

    @cached_property
    def slices(self) -> Mapping[str, CountVectors]:
        """The counts of each slice; `ALL` is the first."""
        found = slices_of(self.vectors.article_ids, self.articles)
        return {name: self.vectors.select(ids) for name, ids in found.items()}

    @cached_property
    def scores(self) -> tuple[ScoreRow, ...]:
        """The scores over all articles, then those of each slice."""
        return tuple(
            row for name, vectors in self.slices.items() for row in score_vectors(vectors, name)
        )

    @cached_property
    def intervals(self) -> Mapping[tuple[str, str, Level], ScoreInterval]:
        """The intervals by slice, claim type and level; a story by itself has none."""
        return {
            (name, *key): interval
            for name, vectors in self.slices.items()
            if not name.startswith("story=")
            for key, interval in score_intervals(vectors, self.articles, self.resampling).items()
        }

    def score_of(self, claim_type: str, level: Level = HEADLINE) -> ScoreRow | None:
        """The score of a claim type (or `OVERALL`) at a level; None where it was not scored."""
        return self._scores_of_all.get((claim_type, level))

    @cached_property
    def _scores_of_all(self) -> Mapping[tuple[str, Level], ScoreRow]:
        return {(row.claim_type, row.level): row for row in self.scores if row.slice == ALL}

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


def evaluate(
    predictions: Iterable[CellPredictions],
    gold: Mapping[str, Gold],
    schema: ClaimSchema,
    articles: Mapping[str, Article] = _NO_ARTICLES,
    prompt_texts: Mapping[str, str] = _NO_TEXTS,
    resampling: Resampling = Resampling(),  # noqa: B008 - frozen
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
    articles
        By id. Verbatim fields are located in their texts; their stories are what is resampled, and
        their splits, tags and stories make slices. Some or all may be missing.
    prompt_texts
        By the name of a prompt its own text, from which a model may have copied.
    resampling
        How intervals and tests are made.

    Returns
    -------
    Evaluation
        One `CellEvaluation` for each cell, in the order given.
    """
    # Each article and its gold are prepared once, for all cells.
    texts = {each: ArticleText(articles[each].text) for each in gold if each in articles}
    prepared = {article_id: PreparedGold(schema, each) for article_id, each in gold.items()}
    cells = []
    for cell in predictions:
        prompt = prompt_texts.get(cell.cell.prompt)
        prompt_text = None if prompt is None else PromptText(prompt)
        sources = {each: Source(text, prompt_text) for each, text in texts.items()}
        cells.append(_evaluate_cell(cell, gold, prepared, schema, articles, sources, resampling))
    signature = Signature(
        scorer_of(schema),
        {article_id: gold_hash(each, schema) for article_id, each in gold.items()},
        resampling,
    )
    return Evaluation(schema, tuple(cells), signature, articles)


def score_pairs(
    pairs: Iterable[tuple[Gold, Prediction]],
    schema: ClaimSchema,
    claim_types: Iterable[str] | None = None,
    each: Callable[[TypeResult], None] | None = None,
) -> CountVectors:
    """Count a stream of articles; memory grows by their counts alone.

    Parameters
    ----------
    pairs
        The gold and the prediction of an article (and repeat), one after the other.
    schema
        How claims are compared.
    claim_types
        Which are counted; by default all.
    each
        Called with what scoring says of each claim type of each article, which is then let go.

    Returns
    -------
    CountVectors
        The counts, from which `score_vectors` makes scores.
    """
    types = tuple(schema.types if claim_types is None else claim_types)
    tally = CountTally(types)
    for gold, prediction in pairs:
        for result in count_article(schema, gold, prediction, types):
            tally.add(result)
            if each is not None:
                each(result)
    return tally.vectors()


def _evaluate_cell(
    cell: CellPredictions,
    gold: Mapping[str, Gold],
    prepared: Mapping[str, PreparedGold],
    schema: ClaimSchema,
    articles: Mapping[str, Article],
    sources: Mapping[str, Source],
    resampling: Resampling,
) -> CellEvaluation:
    results: list[TypeResult] = []
    tally = CountTally(cell.claim_types)
    failures: Counter[str] = Counter()
    without_gold = set()
    for prediction in sorted(cell.predictions, key=lambda each: (each.article_id, each.repeat)):
        article_id = prediction.article_id
        if article_id not in gold:
            without_gold.add(article_id)
            continue
        for result in count_prediction(
            prepared[article_id], prediction, cell.claim_types, sources.get(article_id)
        ):
            tally.add(result)
            results.append(result)
        failures.update(failure.reason for failure in prediction.failures.values())
    return CellEvaluation(
        cell.cell,
        tuple(results),
        tally.vectors(),
        _sum_fields(results),
        _sum_groundings(results),
        articles,
        resampling,
        dict(sorted(failures.items())),
        repeat_agreement(cell.predictions, gold, schema, cell.claim_types),
        len(without_gold),
    )


def _sum_fields(results: Iterable[TypeResult]) -> dict[FieldName, FieldCounts]:
    fields: dict[FieldName, FieldCounts] = {}
    for result in results:
        for name, counts in result.fields.items():
            key = (result.claim_type, name)
            fields[key] = fields.get(key, FieldCounts()) + counts
    return fields


def _sum_groundings(
    results: Iterable[TypeResult],
) -> dict[FieldName, Mapping[GroundingStatus, int]]:
    found: dict[FieldName, Counter[GroundingStatus]] = {}
    for key, status in _statuses(results):
        found.setdefault(key, Counter())[status] += 1
    return dict(found)


def _statuses(results: Iterable[TypeResult]) -> Iterator[tuple[FieldName, GroundingStatus]]:
    for result in results:
        for fields in result.aligned.groundings:
            for name, grounding in fields.items():
                yield (result.claim_type, name), grounding.status
