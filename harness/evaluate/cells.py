"""Replies and gold in, scores out. Knows nothing of how the replies were got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, groupby
from math import isnan
from typing import TypeAlias

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
    score_slices,
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

__all__ = [
    "CellEvaluation",
    "EachResult",
    "Evaluation",
    "each_of",
    "evaluate",
    "let_go",
    "score_pairs",
]

_MOST_PREPARED = 500
_NO_ARTICLES: Mapping[str, Article] = {}
_NO_TEXTS: Mapping[str, str] = {}

FieldName = tuple[str, str]
"""A claim type and one of its fields."""

EachResult: TypeAlias = Callable[[Cell, TypeResult], None]
"""Takes what scoring says of one claim type in one article, repeat and cell."""


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


def evaluate(
    predictions: Iterable[CellPredictions],
    gold: Mapping[str, Gold],
    schema: ClaimSchema,
    articles: Mapping[str, Article] = _NO_ARTICLES,
    prompt_texts: Mapping[str, str] = _NO_TEXTS,
    resampling: Resampling = Resampling(),  # noqa: B008 - frozen
    each: EachResult | None = None,
) -> Evaluation:
    """Score what cells predicted against gold.

    Parameters
    ----------
    predictions
        For each cell, its predictions. Articles without gold are left out and counted. Those of a
        cell may also be an iterator, of which one article at a time is held; it has to give them
        by article id and repeat.
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
    each
        Called with the cell and what scoring says of each claim type of each article, by article
        id and repeat, which is then let go. Without it all is kept in `CellEvaluation.results`,
        which takes some 20 kB an article.

    Returns
    -------
    Evaluation
        One `CellEvaluation` for each cell, in the order given.

    Raises
    ------
    ValueError
        If an iterator gives the predictions of a cell in another order.
    """
    prepared = _PreparedOnce(schema, gold)
    cells = []
    for cell in predictions:
        prompt = prompt_texts.get(cell.cell.prompt)
        scoring = _CellScoring(
            cell, prepared, articles, None if prompt is None else PromptText(prompt)
        )
        cells.append(scoring.evaluate(resampling, each))
    signature = Signature(
        scorer_of(schema),
        {article_id: gold_hash(each, schema) for article_id, each in gold.items()},
        resampling,
    )
    return Evaluation(schema, tuple(cells), signature, articles)


def each_of(*takers: EachResult) -> EachResult:
    """Hand each result to several, one after the other."""

    def hand_on(cell: Cell, result: TypeResult) -> None:
        for take in takers:
            take(cell, result)

    return hand_on


def let_go(cell: Cell, result: TypeResult) -> None:
    """Do nothing with a result: where scores alone are asked for, `evaluate` keeps none."""


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


class _PreparedOnce:
    """Gold as it is compared, for all cells; no more of it is kept than memory has room for."""

    def __init__(self, schema: ClaimSchema, gold: Mapping[str, Gold]) -> None:
        self.schema = schema
        self.gold = gold
        self._kept: dict[str, PreparedGold] = {}

    def of(self, article_id: str) -> PreparedGold:
        """The gold of an article."""
        found = self._kept.get(article_id)
        if found is None:
            found = PreparedGold(self.schema, self.gold[article_id])
            if len(self._kept) < _MOST_PREPARED:
                self._kept[article_id] = found
        return found


class _CellScoring:
    """Scores the predictions of a cell, one article after the other."""

    def __init__(
        self,
        cell: CellPredictions,
        prepared: _PreparedOnce,
        articles: Mapping[str, Article],
        prompt: PromptText | None,
    ) -> None:
        self._cell = cell
        self._prepared = prepared
        self._articles = articles
        self._prompt = prompt
        self._tally = CountTally(cell.claim_types)
        self._fields: dict[FieldName, list[int]] = {}
        self._groundings: dict[FieldName, Counter[GroundingStatus]] = {}
        self._failures: Counter[str] = Counter()
        self._agreement: dict[tuple[str, Level], Agreement] = {}

    def evaluate(self, resampling: Resampling, each: EachResult | None) -> CellEvaluation:
        """Score all of them."""
        results: list[TypeResult] = []
        n_without_gold = n_failed = 0
        for article_id, group in groupby(_in_order(self._cell.predictions), _article_id):
            if article_id not in self._prepared.gold:
                n_without_gold += 1
                continue
            replies = list(group)
            for own in self._score(article_id, replies):
                n_failed += any(result.failed for result in own)
                for result in own:
                    self._add(result)
                    if each is not None:
                        each(self._cell.cell, result)
                if each is None:
                    results += own
            self._add_agreement(replies)
        return CellEvaluation(
            self._cell.cell,
            tuple(results),
            self._tally.vectors(),
            {name: FieldCounts(right, n) for name, (right, n) in self._fields.items()},
            self._groundings,
            self._articles,
            resampling,
            dict(sorted(self._failures.items())),
            self._agreement,
            n_without_gold,
            n_failed,
        )

    def _score(self, article_id: str, replies: Sequence[Prediction]) -> Iterator[list[TypeResult]]:
        article = self._articles.get(article_id)
        source = Source(ArticleText(article.text), self._prompt) if article else None
        gold = self._prepared.of(article_id)
        for reply in replies:
            self._failures.update(failure.reason for failure in reply.failures.values())
            yield count_prediction(gold, reply, self._cell.claim_types, source)

    def _add(self, result: TypeResult) -> None:
        self._tally.add(result)
        for name, counts in result.fields.items():
            found = self._fields.setdefault((result.claim_type, name), [0, 0])
            found[0] += counts.right
            found[1] += counts.n
        for fields in result.aligned.groundings:
            for name, grounding in fields.items():
                key = (result.claim_type, name)
                self._groundings.setdefault(key, Counter())[grounding.status] += 1

    def _add_agreement(self, replies: Sequence[Prediction]) -> None:
        if len(replies) > 1:
            found = repeat_agreement(
                replies, self._prepared.gold, self._prepared.schema, self._cell.claim_types
            )
            for key, agreement in found.items():
                self._agreement[key] = self._agreement.get(key, Agreement()) + agreement


def _in_order(predictions: Iterable[Prediction]) -> Iterator[Prediction]:
    """Predictions by article id and repeat; what is no sequence is not held, and has to be so."""
    if isinstance(predictions, Sequence):
        yield from sorted(predictions, key=_place)
        return
    last: tuple[str, int] | None = None
    for prediction in predictions:
        place = _place(prediction)
        if last is not None and place < last:
            raise ValueError(f"predictions are not by article id and repeat: {place} after {last}")
        yield prediction
        last = place


def _place(prediction: Prediction) -> tuple[str, int]:
    return (prediction.article_id, prediction.repeat)


def _article_id(prediction: Prediction) -> str:
    return prediction.article_id
