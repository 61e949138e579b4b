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
    cells = list(zip(*(axis.tolist() for axis in possible.nonzero()), strict=True))
    if len({row for row, _ in cells}) == len(cells) == len({column for _, column in cells}):
        return cells  # nobody competes
    pairs: list[Pair] = []
    for rows, columns in _groups(cells, len(gold)):
        if len(rows) == 1 and len(columns) == 1:
            pairs.append((rows[0], columns[0]))
            continue
        rows = sorted(rows, key=lambda row: (*_order(gold[row]), not required[row], row))
        columns = sorted(columns, key=lambda column: (*_order(predicted[column]), column))
        solve = _solve_exactly if min(len(rows), len(columns)) <= _EXACT_SIDE else _solve_large
        pairs.extend(solve(rows, columns, possible, required, similarity))
    return sorted(pairs)


def _groups(cells: Sequence[Pair], n_gold: int) -> list[tuple[list[int], list[int]]]:
    """Gold and predicted claims that compete for each other, directly or through others."""
    partners: dict[int, list[int]] = {}
    for row, column in cells:
        partners.setdefault(row, []).append(n_gold + column)
        partners.setdefault(n_gold + column, []).append(row)
    groups = []
    seen: set[int] = set()
    for start in partners:
        if start in seen:
            continue
        group = [start]
        seen.add(start)
        for claim in group:
            for partner in partners[claim]:
                if partner not in seen:
                    seen.add(partner)
                    group.append(partner)
        groups.append(
            (
                [claim for claim in group if claim < n_gold],
                [claim - n_gold for claim in group if claim >= n_gold],
            )
        )
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
    gain = [[0] * len(columns) for _ in rows]
    for (i, j), fraction in fractions.items():
        gain[i][j] = (
            gold * required[rows[i]]
            + pair
            + int(fraction * unit) * first
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
    possible: NDArray[np.bool_],
    required: Sequence[bool],
    similarity: Callable[[int, int], Fraction],
) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import, rarely used

    side = max(len(rows), len(columns))
    bits = _FLOAT_BITS - 3 * (side + 2).bit_length()
    pair = (side + 1) << bits
    gain = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if possible[row, column]:
                scaled = round(similarity(row, column) * (1 << bits))
                gain[i, j] = pair * (side + 1) * required[row] + pair + scaled
    found = linear_sum_assignment(gain, maximize=True)
    return [
        (rows[i], columns[j])
        for i, j in zip(*(axis.tolist() for axis in found), strict=True)
        if gain[i, j]
    ]
