"""Why a prediction has no partner, and why gold was missed: the first class that holds.

A prediction is, in this order: ``duplicate``, ``copied_from_prompt``, ``ungrounded``, ``split``,
``joined``, ``wrong_<field>``, ``boundary`` or ``spurious``; gold is ``split``, ``joined``,
``wrong_<field>``, ``boundary`` or ``missed``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from harness.records import Claim, GoldClaim
from harness.scoring.align import Pair, canonical_json
from harness.scoring.similarity import ArticleComparison, PossiblePair

if TYPE_CHECKING:
    from harness.scoring.ground import Grounding

__all__ = ["ErrorClass", "ErrorClasses"]


class ErrorClass(NamedTuple):
    """A class of errors.

    Parameters
    ----------
    detail
        The sub-class, where there is one.
    nearest
        The place of the claim of the other side that it refers to; for a ``duplicate``, of the
        gold claim that another prediction was paired with.
    """

    name: str
    nearest: int | None = None
    detail: str = ""


class _Part(NamedTuple):
    """The words of one claim that stand in another: whose they are, and from where to where."""

    claim: int
    start: int
    end: int


class ErrorClasses:
    """The error classes of the claims of one claim type in one article at one level.

    Parameters
    ----------
    gold, predicted
        The claims.
    comparison
        How they compare.
    pairs
        Which of them are paired at the level.
    groundings
        For each prediction, where its verbatim fields stand; empty where that is not known.
    """

    def __init__(
        self,
        gold: Sequence[GoldClaim],
        predicted: Sequence[Claim],
        comparison: ArticleComparison,
        pairs: Sequence[Pair],
        groundings: Sequence[Mapping[str, Grounding]],
    ) -> None:
        self._gold = gold
        self._predicted = predicted
        self._comparison = comparison
        self._claim_type = comparison.claim_type
        self._anchor = comparison.fields[self._claim_type.anchor.name]
        self._partner = dict(pairs)
        self._paired = {column for _, column in pairs}
        self._groundings = groundings

    def of_predicted(self, column: int) -> ErrorClass:
        """The class of a prediction that is not paired."""
        return (
            self._duplicate(column)
            or self._ungrounded(column)
            or self._part_of_gold(column)
            or self._whole_of_gold(column)
            or self._wrong_prediction(column)
            or self._boundary(((row, column) for row in self._by_pairing), of_gold=False)
            or ErrorClass("spurious")
        )

    def of_gold(self, row: int) -> ErrorClass:
        """The class of a required gold claim that is not paired."""
        free = [column for column in range(len(self._predicted)) if column not in self._paired]
        return (
            self._split(row)
            or self._joined(row)
            or self._wrong_gold(row, free)
            or self._boundary(((row, column) for column in free), of_gold=True)
            or ErrorClass("missed")
        )

    @cached_property
    def _by_pairing(self) -> list[int]:
        """Gold claims, those first that nothing is paired with."""
        return sorted(range(len(self._gold)), key=lambda row: row in self._partner)

    def _duplicate(self, column: int) -> ErrorClass | None:
        for pair in self._possible.get(column, ()):
            other = self._partner.get(pair.gold)
            if other is not None and self._says_the_same(pair.gold, other, column):
                return ErrorClass("duplicate", pair.gold)
        if self._first_such[self._said(column)] != column:
            return ErrorClass("duplicate")
        return None

    @cached_property
    def _possible(self) -> dict[int, list[PossiblePair]]:
        by_column: dict[int, list[PossiblePair]] = {}
        for pair in self._comparison.possible:
            by_column.setdefault(pair.predicted, []).append(pair)
        return by_column

    def _says_the_same(self, row: int, other: int, column: int) -> bool:
        """Whether a prediction is, in every key, exactly the gold claim or alike to another's."""
        for field in self._claim_type.keys:
            if self._comparison.fields[field.name].pair(row, column).exact:
                continue
            if not self._comparison.fields[field.name].pair_predicted(other, column).is_alike:
                return False
        return True

    @cached_property
    def _first_such(self) -> dict[tuple[Hashable, ...], int]:
        """For all that unpaired predictions say in their keys, the first that says it."""
        free = [column for column in range(len(self._predicted)) if column not in self._paired]
        first: dict[tuple[Hashable, ...], int] = {}
        # Which is the first must not depend on the order of the list.
        for column in sorted(free, key=lambda column: canonical_json(self._predicted[column])):
            first.setdefault(self._said(column), column)
        return first

    def _said(self, column: int) -> tuple[Hashable, ...]:
        fields = self._comparison.fields
        return tuple(fields[field.name].identity(column) for field in self._claim_type.keys)

    def _ungrounded(self, column: int) -> ErrorClass | None:
        if not self._groundings:
            return None
        grounded = self._groundings[column]
        # What is compared must stand in the article; the evidence only where nothing else does.
        compared = [field.name for field in self._claim_type.compared if field.verbatim]
        found = {grounded[name].status for name in compared or grounded if name in grounded}
        if "copied" in found:
            return ErrorClass("copied_from_prompt")
        return ErrorClass("ungrounded") if "absent" in found else None

    def _part_of_gold(self, column: int) -> ErrorClass | None:
        for row, parts in self._parts_of_gold.items():
            own = next((part for part in parts if part.claim == column), None)
            if own and any(_are_apart(own, part) for part in parts):
                return ErrorClass("split", row)
        return None

    def _split(self, row: int) -> ErrorClass | None:
        parts = self._parts_of_gold.get(row, [])
        for part in parts:
            if any(_are_apart(part, other) for other in parts):
                return ErrorClass("split", part.claim)
        return None

    def _whole_of_gold(self, column: int) -> ErrorClass | None:
        parts = self._parts_of_predicted.get(column, [])
        for part in parts:
            if any(_are_apart(part, other) for other in parts):
                return ErrorClass("joined", part.claim)
        return None

    def _joined(self, row: int) -> ErrorClass | None:
        for column, parts in self._parts_of_predicted.items():
            own = next((part for part in parts if part.claim == row), None)
            if own and any(_are_apart(own, part) for part in parts):
                return ErrorClass("joined", column)
        return None

    @cached_property
    def _parts_of_gold(self) -> dict[int, list[_Part]]:
        """For each gold claim, the predictions whose words stand in it, and where."""
        return _parts(self._gold_words, self._predicted_words)

    @cached_property
    def _parts_of_predicted(self) -> dict[int, list[_Part]]:
        """For each prediction, the gold claims whose words stand in it, and where."""
        return _parts(self._predicted_words, self._gold_words)

    @cached_property
    def _gold_words(self) -> list[Sequence[str]]:
        return self._words(claim.values for claim in self._gold)

    @cached_property
    def _predicted_words(self) -> list[Sequence[str]]:
        return self._words(self._predicted)

    def _words(self, claims: Iterable[Claim]) -> list[Sequence[str]]:
        if not self._claim_type.has_content:
            return []
        anchor = self._claim_type.anchor
        return [self._anchor.words(anchor.text_of(claim) or "") for claim in claims]

    def _wrong_prediction(self, column: int) -> ErrorClass | None:
        fault = self._anchor.fault(column)
        if fault:
            return self._wrong_anchor(None, fault)
        if not self._others:
            free = [row for row in self._by_pairing if row not in self._partner]
            return self._wrong_value([(row, column) for row in free], of_gold=False)
        return self._wrong_key([(row, column) for row in self._by_pairing], of_gold=False)

    def _wrong_gold(self, row: int, free: Sequence[int]) -> ErrorClass | None:
        cells = [(row, column) for column in free]
        if not self._others:
            return self._wrong_value(cells, of_gold=True)
        return self._wrong_key(cells, of_gold=True)

    @cached_property
    def _others(self) -> list[str]:
        """The key fields besides the anchor."""
        return [each.name for each in self._claim_type.keys if each is not self._claim_type.anchor]

    def _wrong_key(self, cells: Sequence[Pair], *, of_gold: bool) -> ErrorClass | None:
        """Where the anchor is exact and another key is not: the first such key."""
        fields = self._comparison.fields
        found = []
        for row, column in cells:
            if self._comparison.has_exact_anchor(row, column):
                wrong = [name for name in self._others if not fields[name].pair(row, column).exact]
                if wrong:
                    found.append((row in self._partner, len(wrong), row, column, wrong[0]))
        if not found:
            return None
        *_, row, column, name = min(found)
        return ErrorClass(f"wrong_{name}", column if of_gold else row)

    def _wrong_value(self, cells: Sequence[Pair], *, of_gold: bool) -> ErrorClass | None:
        """Where the anchor is the only key: the value of the same expression, or a known slip."""
        for row, column in cells:
            nearest = column if of_gold else row
            if detail := self._anchor.difference(row, column):
                return self._wrong_anchor(nearest, detail)
        for row, column in cells:
            if self._is_same_expression(row, column):
                nearest = column if of_gold else row
                return self._wrong_anchor(nearest, self._anchor.fault(column) or "anchor")
        return None

    def _is_same_expression(self, row: int, column: int) -> bool:
        copied = [
            field
            for field in self._claim_type.compared
            if field.verbatim and not field.comparison.key
        ]
        return bool(copied) and all(
            self._predicted[column].get(field.name) is not None
            and self._comparison.fields[field.name].pair(row, column).exact
            for field in copied
        )

    def _wrong_anchor(self, nearest: int | None, detail: str) -> ErrorClass:
        return ErrorClass(f"wrong_{self._claim_type.anchor.name}", nearest, detail)

    def _boundary(self, cells: Iterable[Pair], *, of_gold: bool) -> ErrorClass | None:
        for row, column in cells:
            if self._anchor.overlaps(row, column):
                return ErrorClass("boundary", column if of_gold else row)
        return None


def _parts(
    wholes: Sequence[Sequence[str]], candidates: Sequence[Sequence[str]]
) -> dict[int, list[_Part]]:
    found: dict[int, list[_Part]] = {}
    # As texts in which no word can begin or end inside another.
    parts = [f" {' '.join(part)} " for part in candidates]
    for number, whole in enumerate(wholes):
        text = f" {' '.join(whole)} "
        for other, part in enumerate(parts):
            # A part is shorter, and has a word.
            if not 2 < len(part) < len(text):
                continue
            at = text.find(part)
            if at >= 0:
                start = text.count(" ", 0, at)
                n_words = len(candidates[other])
                found.setdefault(number, []).append(_Part(other, start, start + n_words))
    return found


def _are_apart(one: _Part, other: _Part) -> bool:
    return one.end <= other.start or other.end <= one.start
