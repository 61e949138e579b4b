"""Replies and gold in, scores out. Knows nothing of how the replies were got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TypeAlias

from harness.claims import ClaimSchema
from harness.evaluate.agreement import Agreement, repeat_agreement
from harness.evaluate.cells import CellEvaluation, Evaluation, FieldName
from harness.evaluate.chunks import chunks, n_cells
from harness.evaluate.scores import Resampling
from harness.evaluate.signature import Signature, gold_hash, scorer_of
from harness.evaluate.vectors import CountTally, CountVectors
from harness.records import Article, Cell, CellPredictions, Gold, Level, Prediction
from harness.scoring import (
    CountedType,
    FieldCounts,
    PreparedGold,
    Source,
    TypeResult,
    count_articles,
    no_collection,
    results_of,
)
from harness.scoring.ground import ArticleText, GroundingStatus, PromptText

__all__ = ["EachResult", "each_of", "evaluate", "let_go", "score_pairs"]

_MOST_PREPARED = 500
_NO_ARTICLES: Mapping[str, Article] = {}
_NO_TEXTS: Mapping[str, str] = {}

EachResult: TypeAlias = Callable[[Cell, TypeResult], None]
"""Takes what scoring says of one claim type in one article, repeat and cell."""


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
        cell may also be an iterator, of which those of some articles at a time are held; it has to
        give them by article id and repeat.
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
        which takes some 60 kB an article of 33 claims.

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
    for chunk in chunks(pairs, lambda pair: n_cells(*pair)):
        # What is made of a chunk is let go before cycles are looked for again.
        with no_collection():
            _score_chunk(chunk, schema, tally, types, each)
    return tally.vectors()


def _score_chunk(
    chunk: Sequence[tuple[Gold, Prediction]],
    schema: ClaimSchema,
    tally: CountTally,
    claim_types: Sequence[str],
    each: Callable[[TypeResult], None] | None,
) -> None:
    gold = PreparedGold(schema, *[gold for gold, _ in chunk])
    predictions = [prediction for _, prediction in chunk]
    counted = count_articles(gold, predictions, claim_types, [None] * len(chunk))
    tally.add_all(counted)
    if each is not None:
        for number in range(len(chunk)):
            for result in results_of(counted, number):
                each(result)


class _PreparedOnce:
    """Gold as it is compared, for all cells; no more of it is kept than memory has room for."""

    def __init__(self, schema: ClaimSchema, gold: Mapping[str, Gold]) -> None:
        self.schema = schema
        self.gold = gold
        self._kept: dict[tuple[str, ...], PreparedGold] = {}
        self._n_kept = 0

    def of(self, *article_ids: str) -> PreparedGold:
        """The gold of articles; most cells have the same ones in the same order."""
        found = self._kept.get(article_ids)
        if found is None:
            found = PreparedGold(self.schema, *[self.gold[each] for each in article_ids])
            if self._n_kept + len(article_ids) <= _MOST_PREPARED:
                self._kept[article_ids] = found
                self._n_kept += len(article_ids)
        return found


@dataclass(frozen=True, slots=True)
class _Replies:
    """All replies of a cell to one article, by repeat."""

    article_id: str
    gold: Gold
    replies: Sequence[Prediction]


class _CellScoring:
    """Scores the predictions of a cell, those of some articles at a time."""

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
        self._n_without_gold = self._n_failed = 0

    def evaluate(self, resampling: Resampling, each: EachResult | None) -> CellEvaluation:
        """Score all of them."""
        results: list[TypeResult] = []
        for chunk in chunks(self._labelled(), lambda each: n_cells(each.gold, *each.replies)):
            # What is made of a chunk is let go before cycles are looked for again.
            with no_collection():
                self._take(chunk, results, each)
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
            self._n_without_gold,
            self._n_failed,
        )

    def _take(
        self, chunk: Sequence[_Replies], results: list[TypeResult], each: EachResult | None
    ) -> None:
        for own in self._score(chunk):
            self._n_failed += any(result.failed for result in own)
            if each is None:
                results += own
                continue
            for result in own:
                each(self._cell.cell, result)
        self._add_agreement([reply for article in chunk for reply in article.replies])

    def _labelled(self) -> Iterator[_Replies]:
        """The articles that have gold."""
        for article_id, group in groupby(_in_order(self._cell.predictions), _article_id):
            if article_id in self._prepared.gold:
                yield _Replies(article_id, self._prepared.gold[article_id], list(group))
            else:
                self._n_without_gold += 1

    def _score(self, chunk: Sequence[_Replies]) -> Iterator[list[TypeResult]]:
        """Score the replies to some articles: the first to each, the second to each, and so on."""
        gold = self._prepared.of(*[each.article_id for each in chunk])
        sources = [self._source(each.article_id) for each in chunk]
        rounds = []
        for number in range(max(len(each.replies) for each in chunk)):
            replies = [
                each.replies[number] if number < len(each.replies) else None for each in chunk
            ]
            rounds.append(count_articles(gold, replies, self._cell.claim_types, sources))
            self._add(rounds[-1])
        for place, each in enumerate(chunk):
            for reply, counted in zip(each.replies, rounds, strict=False):
                self._failures.update(failure.reason for failure in reply.failures.values())
                yield results_of(counted, place)

    def _source(self, article_id: str) -> Source | None:
        article = self._articles.get(article_id)
        return Source(ArticleText(article.text), self._prompt) if article else None

    def _add(self, counted: Sequence[CountedType]) -> None:
        self._tally.add_all(counted)
        for each in counted:
            right, n = each.fields_right.sum(axis=1).tolist(), each.n_fields.sum(axis=1).tolist()
            for place, name in enumerate(each.comparison.fields):
                total = self._fields.setdefault((each.claim_type.name, name), [0, 0])
                total[0] += right[place]
                total[1] += n[place]
            for fields in chain.from_iterable(each.groundings):
                for name, grounding in fields.items():
                    key = (each.claim_type.name, name)
                    self._groundings.setdefault(key, Counter())[grounding.status] += 1

    def _add_agreement(self, replies: Sequence[Prediction]) -> None:
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
