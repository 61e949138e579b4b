"""Small gold and predictions, mostly of dates: each is right or wrong at both levels alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.claims import load_schema
from harness.evaluate import (
    ALL,
    ArticleCounts,
    CellEvaluation,
    CountVectors,
    Evaluation,
    Resampling,
    ScoreRow,
    evaluate,
)
from harness.records import (
    Article,
    Cell,
    CellPredictions,
    Counts,
    Failure,
    Gold,
    GoldClaim,
    Level,
    Prediction,
)

SCHEMA = load_schema()
CELL = Cell("model", "prompt")
FAILURE = Failure("timeout", "60 s")


def days(*numbers: int) -> list[dict[str, str]]:
    """Dates of April 2021."""
    return [{"value": f"2021-04-{number:02}", "text": str(number)} for number in numbers]


def labelled(article_id: str, *numbers: int, optional: Sequence[int] = ()) -> Gold:
    """Gold with dates only."""
    claims = [
        GoldClaim(date, number in optional)
        for date, number in zip(days(*numbers), numbers, strict=True)
    ]
    return Gold(article_id, {"dates": tuple(claims)})


def predicted(article_id: str, *numbers: int, repeat: int = 0, failed: bool = False) -> Prediction:
    """A prediction of dates."""
    failures = {"dates": FAILURE} if failed else {}
    return Prediction(article_id, {"dates": days(*numbers)}, repeat, failures)


def evaluated(
    predictions: Mapping[Cell, Iterable[Prediction]],
    gold: Iterable[Gold],
    claim_types: Sequence[str] = ("dates",),
    articles: Iterable[Article] = (),
    seed: int = 0,
) -> Evaluation:
    """Evaluate cells."""
    cells = [
        CellPredictions(cell, tuple(claim_types), list(own)) for cell, own in predictions.items()
    ]
    by_id = {each.article_id: each for each in gold}
    known = {each.id: each for each in articles}
    return evaluate(cells, by_id, SCHEMA, known, resampling=Resampling(seed))


def run(
    predictions: Iterable[Prediction],
    gold: Iterable[Gold],
    claim_types: Sequence[str] = ("dates",),
    articles: Iterable[Article] = (),
) -> CellEvaluation:
    """Evaluate one cell."""
    evaluation = evaluated({CELL: predictions}, gold, claim_types, articles)
    assert evaluation.schema is SCHEMA
    return evaluation.cells[0]


def row_of(
    cell: CellEvaluation, claim_type: str = "dates", level: Level = "lenient", slice_name: str = ALL
) -> ScoreRow:
    """One row, which is there."""
    wanted = (slice_name, claim_type, level)
    (row,) = (each for each in cell.scores if (each.slice, each.claim_type, each.level) == wanted)
    assert slice_name != ALL or cell.score_of(claim_type, row.level) is row
    return row


def vectors_of(
    counts: Mapping[str, Sequence[int]], *, n_repeats: int = 1, claim_type: str = "dates"
) -> CountVectors:
    """Count vectors of one claim type from (tp, fp, fn) of each article, alike at both levels."""
    return CountVectors.from_rows(
        ArticleCounts(article_id, claim_type, level, Counts(*each), n_repeats)
        for article_id, each in counts.items()
        for level in ("strict", "lenient")
    )
