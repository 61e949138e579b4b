"""Which gold claim and which predicted claim are the same: optimal one-to-one assignment.

An alignment is, among all one-to-one pairings of pairs that are possible at a level, the one with
the most required gold claims, then the most pairs, then the highest summed similarity, then the
one that comes first when claims are sorted by their folded canonical JSON. The last rule makes it
independent of the order of any list.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import lcm

import numpy as np

from harness.comparators.fold import fold
from harness.records import Claim, GoldClaim
from harness.scoring.similarity import PossiblePair

__all__ = ["align", "canonical_json"]

# A group of claims that compete for each other, with up to this many gold or predicted claims, is
# solved in integers of any size, so that every tie is exact. Larger groups are solved by scipy in
# integers that a float holds exactly, on similarities of as many bits as then are left.
_EXACT_SIDE = 24
_FLOAT_BITS = 53

Pair = tuple[int, int]


def canonical_json(claim: Claim) -> str:
    """A claim as folded JSON with sorted keys: the order of last resort between equals."""
    return fold(json.dumps(claim, sort_keys=True, ensure_ascii=False, default=str))


def _order(claim: Claim) -> tuple[str, str]:
    # Claims that differ but are the same when folded have an order too.
    return canonical_json(claim), repr(sorted(claim.items()))


def align(
    possible: Sequence[PossiblePair], gold: Sequence[GoldClaim], predicted: Sequence[Claim]
) -> list[Pair]:
    """Pair gold claims with predicted claims, one to one and optimally.

    Parameters
    ----------
    possible
        The pairs that are possible at a level, with their similarities, each once, in any order.
    gold, predicted
        The claims. Required gold comes before optional gold; what they say decides between equals.

    Returns
    -------
    list of (int, int)
        Pairs of a gold number and a predicted number, sorted.
    """
    cells = [(pair.gold, pair.predicted) for pair in possible]
    if len({row for row, _ in cells}) == len(cells) == len({column for _, column in cells}):
        return sorted(cells)  # nobody competes
    orders = _Orders(gold, predicted)
    required = [not claim.optional for claim in gold]
    pairs: list[Pair] = []
    for group in _groups(possible):
        if len(group) == 1:
            pairs.append((group[0].gold, group[0].predicted))
            continue
        rows = sorted({pair.gold for pair in group}, key=orders.of_gold)
        columns = sorted({pair.predicted for pair in group}, key=orders.of_predicted)
        solve = _solve_exactly if min(len(rows), len(columns)) <= _EXACT_SIDE else _solve_large
        pairs.extend(solve(rows, columns, group, required))
    return sorted(pairs)


class _Orders:
    """The order of last resort, worked out for those claims alone that compete."""

    def __init__(self, gold: Sequence[GoldClaim], predicted: Sequence[Claim]) -> None:
        self._gold = gold
        self._predicted = predicted

    def of_gold(self, row: int) -> tuple[str, str, str, str, bool, int]:
        claim = self._gold[row]
        others = {**claim.accept, "aliases": sorted(claim.aliases)}
        return (*_order(claim.values), *_order(others), claim.optional, row)

    def of_predicted(self, column: int) -> tuple[str, str, int]:
        return (*_order(self._predicted[column]), column)


def _groups(possible: Sequence[PossiblePair]) -> list[list[PossiblePair]]:
    """Pairs of claims that compete for each other, directly or through others."""
    by_row: dict[int, list[PossiblePair]] = {}
    by_column: dict[int, list[PossiblePair]] = {}
    for pair in possible:
        by_row.setdefault(pair.gold, []).append(pair)
        by_column.setdefault(pair.predicted, []).append(pair)
    groups = []
    while by_row:
        rows, columns = [next(iter(by_row))], set[int]()
        group: list[PossiblePair] = []
        seen = set(rows)
        for row in rows:
            group += (own := by_row.pop(row))
            for column in {pair.predicted for pair in own} - columns:
                columns.add(column)
                new = {pair.gold for pair in by_column[column]} - seen
                seen |= new
                rows += new
        groups.append(group)
    return groups


def _solve_exactly(
    rows: Sequence[int],
    columns: Sequence[int],
    group: Sequence[PossiblePair],
    required: Sequence[bool],
) -> list[Pair]:
    side = max(len(rows), len(columns))
    unit = lcm(*(pair.denominator for pair in group))
    # The order of last resort, as digits: the first row takes the first column that it can.
    base = side + 1
    first = base ** len(rows)
    one_pair = (side * unit + 1) * first
    one_required = one_pair * (side + 1)
    places = {row: i for i, row in enumerate(rows)}, {column: j for j, column in enumerate(columns)}
    gain = [[0] * len(columns) for _ in rows]
    for row, column, _, numerator, denominator in group:
        i, j = places[0][row], places[1][column]
        gain[i][j] = (
            one_required * required[row]
            + one_pair
            + numerator * (unit // denominator) * first
            + (len(columns) - j) * base ** (len(rows) - 1 - i)
        )
    if len(rows) <= len(columns):
        found = list(enumerate(_assign(gain)))
    else:
        found = [(i, j) for j, i in enumerate(_assign(list(zip(*gain, strict=True))))]
    return [(rows[i], columns[j]) for i, j in found if gain[i][j]]


def _assign(gain: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row in an assignment of the highest summed gain; exact in integers.

    Takes at most as many rows as columns, in time O(rows^2 columns).

    References
    ----------
    Kuhn 1955 and Munkres 1957, in the form with potentials and shortest augmenting paths.
    """
    n, m = len(gain), len(gain[0])
    row_potential, column_potential = [0] * (n + 1), [0] * (m + 1)
    row_of = [0] * (m + 1)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        slack: list[int | None] = [None] * (m + 1)
        before = [0] * (m + 1)
        used = [False] * (m + 1)
        while row_of[column]:
            used[column] = True
            current, delta, nearest = row_of[column], None, 0
            for j in range(1, m + 1):
                if used[j]:
                    continue
                reduced = -gain[current - 1][j - 1] - row_potential[current] - column_potential[j]
                known = slack[j]
                if known is None or reduced < known:
                    slack[j], before[j], known = reduced, column, reduced
                if delta is None or known < delta:
                    delta, nearest = known, j
            assert delta is not None
            for j in range(m + 1):
                if used[j]:
                    row_potential[row_of[j]] += delta
                    column_potential[j] -= delta
                elif (known := slack[j]) is not None:
                    slack[j] = known - delta
            column = nearest
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]
    columns = [0] * n
    for j in range(1, m + 1):
        if row_of[j]:
            columns[row_of[j] - 1] = j - 1
    return columns


def _solve_large(
    rows: Sequence[int],
    columns: Sequence[int],
    group: Sequence[PossiblePair],
    required: Sequence[bool],
) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import, rarely used

    side = max(len(rows), len(columns))
    bits = _FLOAT_BITS - 3 * (side + 2).bit_length()
    one_pair = (side + 1) << bits
    one_required = one_pair * (side + 1)
    row_places = {row: i for i, row in enumerate(rows)}
    column_places = {column: j for j, column in enumerate(columns)}
    gain = np.zeros((len(rows), len(columns)), dtype=np.int64)
    gain[
        [row_places[pair.gold] for pair in group],
        [column_places[pair.predicted] for pair in group],
    ] = [
        one_required * required[row] + one_pair + (numerator << bits) // denominator
        for row, _, _, numerator, denominator in group
    ]
    found = linear_sum_assignment(gain, maximize=True)
    return [
        (rows[i], columns[j])
        for i, j in zip(*(axis.tolist() for axis in found), strict=True)
        if gain[i, j]
    ]
