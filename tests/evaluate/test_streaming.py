"""Predictions go in and results come out one article after the other; nothing of them is kept."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from harness.evaluate import CellEvaluation, Evaluation, chunks, evaluate, let_go
from harness.records import Cell, CellPredictions, Prediction
from harness.scoring import TypeResult

from .builders import CELL, SCHEMA, labelled, predicted

GOLD = {name: labelled(name, 1, 2) for name in "abcd"}


def replies() -> list[Prediction]:
    """Repeats, a failure, an article without gold."""
    return [
        predicted("a", 1),
        predicted("a", 1, 2, repeat=1),
        predicted("b", 2, 9),
        predicted("c", failed=True),
        predicted("c", 1, repeat=1),
        predicted("d", 3),
        predicted("x", 1),
    ]


def evaluated(predictions: object, **options: object) -> Evaluation:
    cell = CellPredictions(CELL, ("dates",), predictions)
    return evaluate([cell], GOLD, SCHEMA, **options)


def said(cell: CellEvaluation) -> list[object]:
    """All that is known of a cell but its results."""
    rows = [repr(row) for row in cell.scores]
    known = (cell.fields, cell.agreement, cell.failures, cell.n_failed, cell.n_without_gold)
    return [list(cell.vectors.rows()), rows, *known]


def test_results_are_handed_on_in_order_and_not_kept() -> None:
    found: list[tuple[Cell, str, int]] = []

    def each(cell: Cell, result: TypeResult) -> None:
        found.append((cell, result.article_id, result.repeat))

    (streamed,) = evaluated(replies()[::-1], each=each).cells
    (kept,) = evaluated(replies()).cells
    assert streamed.results == ()
    assert found == [(CELL, result.article_id, result.repeat) for result in kept.results]
    assert [place[1:] for place in found] == [
        *(("a", 0), ("a", 1), ("b", 0), ("c", 0), ("c", 1), ("d", 0))
    ]
    assert said(streamed) == said(kept)
    assert (kept.n_failed, kept.n_without_gold) == (1, 1)
    assert kept.agreement["dates", "strict"].n_pairs == 1


def test_a_result_lives_no_longer_than_its_article() -> None:
    living: list[weakref.ref[TypeResult]] = []

    def each(cell: Cell, result: TypeResult) -> None:
        gc.collect()
        assert sum(other() is not None for other in living) <= 1
        living.append(weakref.ref(result))

    evaluated([predicted(name, 1) for name in "abcd"], each=each)
    assert len(living) == 4


@pytest.mark.parametrize("n_at_once", [1, 2])
def test_predictions_are_taken_from_an_iterator_when_it_is_their_turn(
    n_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "_MOST_ARTICLES", n_at_once)
    taken: list[str] = []
    scored: list[str] = []

    def stream() -> Iterator[Prediction]:
        for reply in replies():
            # The first reply to the next article says that there are no more to this one.
            assert len(set(taken)) - len(set(scored)) <= n_at_once
            taken.append(reply.article_id)
            yield reply

    def each(cell: Cell, result: TypeResult) -> None:
        scored.append(result.article_id)

    (streamed,) = evaluated(stream(), each=each).cells
    (kept,) = evaluated(replies()).cells
    assert said(streamed) == said(kept)
    assert len(taken) == len(replies())


@pytest.mark.parametrize(
    "wrong",
    [
        [predicted("b", 1), predicted("a", 1)],
        [predicted("a", 1, repeat=1), predicted("a", 1)],
        [predicted("a", 1), predicted("b", 1), predicted("a", 1, repeat=1)],
    ],
)
def test_an_iterator_in_another_order_is_refused(wrong: list[Prediction]) -> None:
    with pytest.raises(ValueError, match="not by article id and repeat"):
        evaluated(iter(wrong), each=let_go)
    assert evaluated(wrong).cells[0].vectors.article_ids == tuple(
        sorted({each.article_id for each in wrong})
    )
