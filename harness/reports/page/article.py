"""An article as the reader of a page has it: its text, its gold, and what each cell made of it.

Everything is in lists, and strings are in a table of the article's own, a passage of the text as
its place: most claims say what stands there, and six cells mostly say the same. Places are in
UTF-16 units, for that is how a browser counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, get_args

from harness.claims import ClaimSchema, ClaimType
from harness.records import ClaimOutcome, GoldClaim
from harness.reports.claims_table import standing
from harness.scoring import TypeResult
from harness.scoring.ground import ArticleText, GroundingStatus

__all__ = ["OUTCOMES", "STATUSES", "ArticleBlocks", "encode_article", "gold_block", "type_block"]

OUTCOMES = ("tp", "fp", "fn", "set_aside", "optional")
"""What a claim's outcome is, by its number."""

STATUSES: tuple[str, ...] = ("", *get_args(GroundingStatus))
"""What is known of where a prediction stands, by its number."""

_SHORTEST_PASSAGE = 12
_OUTCOME = {name: number for number, name in enumerate(OUTCOMES)}
_STATUS = {name: number for number, name in enumerate(STATUSES)}


class ArticleBlocks(NamedTuple):
    """What was kept of an article.

    Parameters
    ----------
    gold
        `gold_block` of each claim type.
    cells
        For each cell and repeat: the cell's number, the repeat, and `type_block` of each claim
        type.
    """

    gold: dict[str, Any]
    cells: list[tuple[int, int, list[Any]]]


def gold_block(result: TypeResult) -> list[Any]:
    """The gold claims of one claim type in one article, to be kept."""
    claim_type = result.aligned.comparison.claim_type
    return [
        [
            int(claim.optional),
            [field.text_of(claim.values) for field in claim_type.fields],
            _also_right(claim_type, claim),
        ]
        for claim in result.aligned.gold
    ]


def _also_right(claim_type: ClaimType, claim: GoldClaim) -> list[tuple[str, str | None]]:
    """The other values that are right for a gold claim, each with its field."""
    own = {field.name: field.text_of(claim.values) for field in claim_type.compared}
    return [
        (field.name, value)
        for field in claim_type.compared
        for value in dict.fromkeys(field.alternatives(claim))
        if value != own[field.name]
    ]


def type_block(result: TypeResult) -> list[Any]:
    """What one cell made of one claim type in one article and repeat, to be kept.

    Returns
    -------
    list
        The claim type, why its request failed (or ``""``), a row for each prediction, and one for
        each gold claim without a partner.
    """
    strict = {(each.side, each.number): each for each in result.outcomes["strict"]}
    predicted, missed = [], []
    for each in result.outcomes["lenient"]:
        if each.side == "predicted":
            predicted.append(_predicted_row(result, each, strict[each.side, each.number]))
        elif each.partner is None:
            missed.append(_gold_row(result, each))
    return [result.claim_type, result.failure, predicted, missed]


def _predicted_row(
    result: TypeResult, outcome: ClaimOutcome, strict: ClaimOutcome
) -> tuple[Any, ...]:
    fields = result.aligned.comparison.claim_type.fields
    if outcome.error_class == "invalid_item":
        # It may be anything: as much of it as has the name of a field is shown as one.
        values = [
            None if (value := outcome.claim.get(each.name)) is None else str(value)
            for each in fields
        ]
    else:
        values = [field.text_of(outcome.claim) for field in fields]
    other = outcome.nearest if outcome.partner is None else outcome.partner
    status, start, end = standing(result, outcome)
    return (
        _OUTCOME[outcome.outcome],
        other,
        None if outcome.similarity is None else round(outcome.similarity, 3),
        None if other is None else _exact_fields(result, other, outcome.number),
        (_STATUS[status], start, end),
        (outcome.error_class, outcome.error_detail, strict.error_class),
        values,
    )


def _gold_row(result: TypeResult, outcome: ClaimOutcome) -> tuple[Any, ...]:
    other = outcome.nearest
    return (
        outcome.number,
        _OUTCOME[outcome.outcome],
        other,
        None if other is None else _exact_fields(result, outcome.number, other),
        (outcome.error_class, outcome.error_detail),
    )


def _exact_fields(result: TypeResult, gold: int, predicted: int) -> int | None:
    """Which compared fields of two claims are exact, one bit for each field."""
    if predicted >= len(result.aligned.predicted):
        return None
    fields = result.aligned.comparison.fields.values()
    return sum(field.pair(gold, predicted).exact << bit for bit, field in enumerate(fields))


def encode_article(
    article_id: str, text: str | None, blocks: ArticleBlocks, schema: ClaimSchema
) -> dict[str, Any]:
    """An article for the reader.

    Parameters
    ----------
    text
        None where it is not known: its claims are shown without it.
    blocks
        What was kept of it.
    schema
        The claim types, whose numbers stand for them.

    Returns
    -------
    dict
        ``id``, ``text``, the strings ``s``, the gold claims ``g`` and the cells ``c``.
    """
    encoding = _Encoding(text)
    types = {name: number for number, name in enumerate(schema.types)}
    gold = [
        [types[name], [encoding.gold(schema.types[name], *row) for row in blocks.gold[name]]]
        for name in schema.types
        if name in blocks.gold
    ]
    cells = [
        [
            cell,
            repeat,
            [
                [
                    types[name],
                    encoding.string(failure),
                    [encoding.predicted(*row) for row in predicted],
                    [encoding.missed(*row) for row in missed],
                ]
                for name, failure, predicted, missed in found
            ],
        ]
        for cell, repeat, found in blocks.cells
    ]
    return {"id": article_id, "text": text, "s": encoding.strings, "g": gold, "c": cells}


class _Encoding:
    """Makes rows of numbers, and the table of strings that some of them stand for."""

    def __init__(self, text: str | None) -> None:
        self._text = text or ""
        self._article = None if text is None else ArticleText(text)
        self._units = _utf16_offsets(self._text)
        # The first stands for null.
        self.strings: list[Any] = [None]
        self._numbers: dict[str | None, int] = {None: 0}

    def string(self, value: str | None) -> int:
        """The number of a string."""
        number = self._numbers.get(value)
        if number is None:
            assert value is not None
            number = self._numbers[value] = len(self.strings)
            start = self._text.find(value) if len(value) >= _SHORTEST_PASSAGE else -1
            self.strings.append(value if start < 0 else self.place(start, start + len(value)))
        return number

    def place(self, start: int | None, end: int | None) -> list[int]:
        """Start and length in UTF-16 units; a length of 0 where it stands nowhere."""
        if start is None or end is None:
            return [0, 0]
        if self._units is None:
            return [start, end - start]
        return [self._units[start], self._units[end] - self._units[start]]

    def gold(
        self,
        claim_type: ClaimType,
        optional: int,
        values: Sequence[str | None],
        also_right: Sequence[tuple[str, str | None]],
    ) -> list[Any]:
        """``[optional, start, length, [field, value, ...], values...]``."""
        names = [field.name for field in claim_type.fields]
        others = [
            part for name, value in also_right for part in (names.index(name), self.string(value))
        ]
        place = self._standing(claim_type, dict(zip(names, values, strict=True)))
        return [optional, *place, others, *map(self.string, values)]

    def _standing(self, claim_type: ClaimType, values: Mapping[str, str | None]) -> list[int]:
        """Where gold stands: its compared verbatim field, or its evidence where it has none."""
        verbatim = [field for field in claim_type.fields if field.verbatim]
        for field in sorted(verbatim, key=lambda each: each.compare is None):
            value = values[field.name]
            if value is not None and self._article is not None:
                found = self._article.locate(value)
                if found.start is not None:
                    return self.place(found.start, found.end)
        return [0, 0]

    def predicted(
        self,
        outcome: int,
        other: int | None,
        similarity: float | None,
        exact: int | None,
        standing: tuple[int, int | None, int | None],
        classes: Sequence[str],
        values: Sequence[str | None],
    ) -> list[Any]:
        """A prediction.

        ``[outcome, other + 1, similarity in thousandths, exact + 1, grounding, start, length,
        error class, detail, strict error class, values...]``, 0 where there is none.
        """
        status, start, end = standing
        return [
            *(outcome, _or_zero(other), round(1000 * (similarity or 0)), _or_zero(exact)),
            *(status, *self.place(start, end)),
            *map(self._or_null, classes),
            *map(self.string, values),
        ]

    def missed(
        self,
        number: int,
        outcome: int,
        other: int | None,
        exact: int | None,
        classes: Sequence[str],
    ) -> list[Any]:
        """Gold without a partner: ``[number, outcome, other + 1, exact + 1, class, detail]``."""
        classes_ = map(self._or_null, classes)
        return [number, outcome, _or_zero(other), _or_zero(exact), *classes_]

    def _or_null(self, value: str) -> int:
        return self.string(value or None)


def _or_zero(value: int | None) -> int:
    return 0 if value is None else value + 1


def _utf16_offsets(text: str) -> Sequence[int] | None:
    """For each offset of a character its UTF-16 offset; None where all are the same."""
    if not text or max(text) <= "\uffff":
        return None
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))
