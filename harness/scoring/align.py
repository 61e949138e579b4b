"""Which gold claim and which predicted claim are the same: optimal one-to-one assignment.

An alignment is, among all one-to-one pairings of pairs that are possible at a level, the one with
the most required gold claims, then the most pairs, then the highest summed similarity, then the
one that comes first when claims are sorted by their folded canonical JSON. The last rule makes it
independent of the order of any list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from harness.comparators.fold import fold
from harness.records import Claim

__all__ = ["align", "canonical_json"]

# Up to this many claims a side, a group of claims that compete for each other is solved in
# integers of any size, so that every tie is exact. Larger groups are solved by scipy on
# similarities of 24 bits, in integers that a float holds exactly.
_EXACT_SIDE = 8
_SIMILARITY_BITS = 24

Pair = tuple[int, int]


def canonical_json(claim: Claim) -> str:
    """A claim as folded JSON with sorted keys: the order of last resort between equals."""
    return fold(json.dumps(claim, sort_keys=True, ensure_ascii=False, default=str))


def align(
    possible: NDArray[np.bool_],
    required: Sequence[bool],
    similarity: Callable[[int, int], Fraction],
    gold: Sequence[Claim],
    predicted: Sequence[Claim],
) -> list[Pair]:
    """Pair gold claims with predicted claims, one to one and optimally.

    Parameters
    ----------
    possible
        Which pairs are possible; booleans, shape (n gold, m predicted).
    required
        For each gold claim whether it is required (and not optional); n booleans.
    similarity
        The exact similarity of a possible pair, in [0, 1].
    gold, predicted
        The values of the claims, which decide between equals.

    Returns
    -------
    list of (int, int)
        Pairs of a gold number and a predicted number, sorted.
    """
    pairs: list[Pair] = []
    for rows, columns in _groups(possible):
        if len(rows) == 1 and len(columns) == 1:
            pairs.append((rows[0], columns[0]))
            continue
        rows = sorted(rows, key=lambda row: (canonical_json(gold[row]), not required[row], row))
        columns = sorted(columns, key=lambda column: (canonical_json(predicted[column]), column))
        solve = _solve_exactly if max(len(rows), len(columns)) <= _EXACT_SIDE else _solve_large
        pairs.extend(solve(rows, columns, possible, required, similarity))
    return sorted(pairs)


def _groups(possible: NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Gold and predicted claims that compete for each other, directly or through others."""
    partners_of_row: dict[int, list[int]] = {}
    partners_of_column: dict[int, list[int]] = {}
    for row, column in zip(*(axis.tolist() for axis in possible.nonzero()), strict=True):
        partners_of_row.setdefault(row, []).append(column)
        partners_of_column.setdefault(column, []).append(row)
    groups = []
    seen_rows: set[int] = set()
    for start in partners_of_row:
        if start in seen_rows:
            continue
        rows, columns = {start}, set[int]()
        waiting = [start]
        while waiting:
            for column in partners_of_row[waiting.pop()]:
                if column not in columns:
                    columns.add(column)
                    new_rows = [row for row in partners_of_column[column] if row not in rows]
                    rows.update(new_rows)
                    waiting.extend(new_rows)
        seen_rows |= rows
        groups.append((sorted(rows), sorted(columns)))
    return groups


def _solve_exactly(
    rows: Sequence[int],
    columns: Sequence[int],
    possible: NDArray[np.bool_],
    required: Sequence[bool],
    similarity: Callable[[int, int], Fraction],
) -> list[Pair]:
    side = max(len(rows), len(columns))
    fractions = {
        (i, j): similarity(row, column)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
        if possible[row, column]
    }
    unit = lcm(*(fraction.denominator for fraction in fractions.values()))
    # The order of last resort, as digits: the first row takes the first column that it can.
    base = side + 1
    first = base ** len(rows)
    pair = (side * unit + 1) * first
    gold = pair * (side + 1)
    gain = [[0] * side for _ in range(side)]
    for (i, j), fraction in fractions.items():
        gain[i][j] = (
            gold * required[rows[i]]
            + pair
            + int(fraction * unit) * first
            + (side - j) * base ** (len(rows) - 1 - i)
        )
    return [
        (rows[i], columns[j])
        for i, j in enumerate(_assign(gain))
        if i < len(rows) and j < len(columns) and gain[i][j]
    ]


def _assign(gain: Sequence[Sequence[int]]) -> list[int]:
    """The column of each row in an assignment of the highest summed gain; exact in integers.

    References
    ----------
    Kuhn 1955 and Munkres 1957, in the O(n^3) form with potentials and shortest augmenting paths.
    """
    n = len(gain)
    row_potential, column_potential = [0] * (n + 1), [0] * (n + 1)
    row_of = [0] * (n + 1)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        slack: list[int | None] = [None] * (n + 1)
        before = [0] * (n + 1)
        used = [False] * (n + 1)
        while row_of[column]:
            used[column] = True
            current, delta, nearest = row_of[column], None, 0
            for j in range(1, n + 1):
                if used[j]:
                    continue
                reduced = -gain[current - 1][j - 1] - row_potential[current] - column_potential[j]
                known = slack[j]
                if known is None or reduced < known:
                    slack[j], before[j], known = reduced, column, reduced
                if delta is None or known < delta:
                    delta, nearest = known, j
            assert delta is not None
            for j in range(n + 1):
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
    for j in range(1, n + 1):
        columns[row_of[j] - 1] = j - 1
    return columns


def _solve_large(
    rows: Sequence[int],
    columns: Sequence[int],
    possible: NDArray[np.bool_],
    required: Sequence[bool],
    similarity: Callable[[int, int], Fraction],
) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import, rarely used

    side = max(len(rows), len(columns))
    pair = (side + 1) << _SIMILARITY_BITS
    gain = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if possible[row, column]:
                scaled = round(similarity(row, column) * (1 << _SIMILARITY_BITS))
                gain[i, j] = pair * (side + 1) * required[row] + pair + scaled
    found = linear_sum_assignment(gain, maximize=True)
    return [
        (rows[i], columns[j])
        for i, j in zip(*(axis.tolist() for axis in found), strict=True)
        if gain[i, j]
    ]
