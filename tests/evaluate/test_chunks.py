"""Articles are scored some at a time, and how many makes no difference."""

from __future__ import annotations

from itertools import chain

import pytest

from harness.evaluate import Evaluation, chunks, evaluate, score_pairs
from harness.evaluate.chunks import n_cells
from harness.records import Article, CellPredictions, Prediction

from .builders import CELL, SCHEMA, labelled, predicted

GOLD = {name: labelled(name, *range(1, 2 + at)) for at, name in enumerate("abcde")}


def replies() -> list[Prediction]:
    """Up to three repeats of an article, failures, and an article without gold."""
    return [
        predicted("a", 1),
        *(predicted("b", 2, 9, repeat=repeat) for repeat in range(3)),
        predicted("c", failed=True),
        predicted("c", 1, repeat=1),
        predicted("d", 3),
        predicted("e"),
        predicted("x", 1),
    ]


def evaluated() -> Evaluation:
    articles = {name: Article(name, "On 1 and 2 April.") for name in "abd"}
    cells = [
        CellPredictions(CELL, ("dates",), replies()),
        CellPredictions(CELL, ("dates",), replies()[2:]),
    ]
    return evaluate(cells, GOLD, SCHEMA, articles)


def said(evaluation: Evaluation) -> list[object]:
    """All that is known of the cells."""
    return [
        [
            [
                (each.article_id, each.repeat, each.counts, each.fields, each.outcomes)
                for each in cell.results
            ],
            [list(each.groundings) for each in cell.results],
            list(cell.vectors.rows()),
            (cell.fields, cell.groundings, cell.failures, cell.agreement),
            (cell.n_failed, cell.n_without_gold),
        ]
        for cell in evaluation.cells
    ]


@pytest.mark.parametrize("n_articles", [1, 2, 3])
def test_how_many_are_scored_at_once_makes_no_difference(
    n_articles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = said(evaluated())
    pairs = [(GOLD[reply.article_id], reply) for reply in replies()[:-1]]
    rows = list(score_pairs(pairs, SCHEMA).rows())
    monkeypatch.setattr(chunks, "_MOST_ARTICLES", n_articles)
    assert said(evaluated()) == at_once
    assert list(score_pairs(pairs, SCHEMA).rows()) == rows


def test_results_of_a_stream_are_handed_on_in_its_order() -> None:
    found: list[tuple[str, int]] = []
    pairs = [(GOLD[reply.article_id], reply) for reply in replies()[-2::-1]]
    score_pairs(pairs, SCHEMA, each=lambda result: found.append((result.article_id, result.repeat)))
    # A claim type that is not labelled has no result.
    assert found == [(reply.article_id, reply.repeat) for _, reply in pairs]


def test_a_chunk_has_few_articles_and_few_pairs_of_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST_ARTICLES", 3)
    monkeypatch.setattr(chunks, "_MOST_CELLS", 10)
    sizes = [1, 1, 1, 1, 9, 1, 50, 4, 6, 0]
    found = list(chunks.chunks(sizes, lambda size: size))
    assert found == [[1, 1, 1], [1, 9], [1], [50], [4, 6, 0]]
    assert list(chain.from_iterable(found)) == sizes
    assert list(chunks.chunks([], n_cells)) == []


def test_the_pairs_of_claims_of_an_article_are_those_of_all_its_replies() -> None:
    gold = labelled("a", 1, 2, 3)
    assert n_cells(gold, predicted("a", 1, 2), predicted("a", 5)) == 3 * 2 + 3 * 1
    assert n_cells(gold, predicted("a", failed=True)) == 0
