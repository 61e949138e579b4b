"""Which gold claim and which predicted claim are the same: optimal one-to-one assignment.

An alignment is, among all one-to-one pairings of pairs that are possible at a level, the one with
the most required gold claims, then the most pairs, then the highest summed similarity, then the
one that comes first when claims are sorted by their folded canonical JSON. The last rule makes it
independent of the order of any list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.comparators.fold import fold
from harness.comparators.interface import Alike, AlikeArrays
from harness.records import Claim, GoldClaim

__all__ = ["align", "canonical_json"]

# A group of claims that compete for each other, with up to this many gold or predicted claims, is
# solved in integers of any size, so that every tie is exact. Larger groups are solved by scipy in
# integers that a float holds exactly, on similarities of as many bits as then are left.
_EXACT_SIDE = 24
_FLOAT_BITS = 53
_INT64_BITS = 63
# More pairs than this are put into groups by scipy, and groups of more stay in arrays.
_FEW = 4096

# The places of the numbers in a pair.
_GOLD, _PREDICTED = 0, 1

Pair = tuple[int, int]


def canonical_json(claim: Claim) -> str:
    """A claim as folded JSON with sorted keys: the order of last resort between equals."""
    return fold(json.dumps(claim, sort_keys=True, ensure_ascii=False, default=str))


def _order(claim: Claim) -> tuple[str, str]:
    # Claims that differ but are the same when folded have an order too.
    return canonical_json(claim), repr(sorted(claim.items()))


def align(
    possible: AlikeArrays, gold: Sequence[GoldClaim], predicted: Sequence[Claim]
) -> NDArray[np.int64]:
    """Pair gold claims with predicted claims, one to one and optimally.

    The claims may be of many articles, each with pairs of its own.

    Parameters
    ----------
    possible
        The pairs that are possible at a level, with their similarities, each once, in any order.
    gold, predicted
        The claims. Required gold comes before optional gold; what they say decides between equals.

    Returns
    -------
    array of int
        The places of the pairs that are made, among those possible; by the number of the gold
        claim.
    """
    rows, columns = possible.rows, possible.columns
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    alone = (np.bincount(rows)[rows] == 1) & (np.bincount(columns)[columns] == 1)
    places = alone.nonzero()[0]
    if len(places) < len(rows):
        contested = (~alone).nonzero()[0]
        pairs = possible.take(contested)
        found = [pair for group in _groups(pairs) for pair in _solve(group, gold, predicted)]
        width = len(predicted)
        wanted = np.array([row * width + column for row, column in found], dtype=np.int64)
        chosen = np.isin(pairs.rows * width + pairs.columns, wanted)
        places = np.concatenate((places, contested[chosen]))
    ordered: NDArray[np.int64] = places[rows[places].argsort()]
    return ordered


def _unrivalled(possible: Sequence[Alike], side: int) -> list[Pair] | None:
    """Pair each claim of a side with the one most alike, if no two claims want the same.

    Where each has one that is more alike than any other, and all these differ, no assignment has
    more pairs, and every other has fewer or a lower sum. None where it is not so.
    """
    best: dict[int, Alike] = {}
    tied: set[int] = set()
    for pair in possible:
        claim = pair[side]
        known = best.get(claim)
        if known is not None:
            difference = pair[3] * known[4] - known[3] * pair[4]
            if difference == 0:
                tied.add(claim)
            if difference <= 0:
                continue
            tied.discard(claim)
        best[claim] = pair
    if tied or len({pair[1 - side] for pair in best.values()}) < len(best):
        return None
    return [(pair[0], pair[1]) for pair in best.values()]


def _solve(
    group: Sequence[Alike] | AlikeArrays, gold: Sequence[GoldClaim], predicted: Sequence[Claim]
) -> list[Pair]:
    """Align claims of which each competes with each, directly or through others."""
    if not isinstance(group, AlikeArrays):
        sides = [_GOLD]
        if len({gold[pair[0]].optional for pair in group}) == 1:
            # As many predictions as can be are as much required gold as can be.
            sides.append(_PREDICTED)
        for side in sides:
            found = _unrivalled(group, side)
            if found is not None:
                return found
        numbers = {pair[0] for pair in group}, {pair[1] for pair in group}
    else:
        numbers = set(np.unique(group.rows).tolist()), set(np.unique(group.columns).tolist())
    rows = sorted(numbers[0], key=lambda row: (*_order_of_gold(gold[row]), row))
    columns = sorted(numbers[1], key=lambda column: (*_order(predicted[column]), column))
    required = {row: not gold[row].optional for row in rows}
    solve = _solve_exactly if min(len(rows), len(columns)) <= _EXACT_SIDE else _solve_large
    return solve(rows, columns, group, required)


def _order_of_gold(claim: GoldClaim) -> tuple[str, str, str, str, bool]:
    others = {**claim.accept, "aliases": sorted(claim.aliases)}
    return (*_order(claim.values), *_order(others), claim.optional)


def _groups(possible: AlikeArrays) -> Iterable[Sequence[Alike] | AlikeArrays]:
    """Pairs of claims that compete for each other, directly or through others."""
    if len(possible) > _FEW:
        yield from _groups_of_many(possible)
        return
    by_row: dict[int, list[Alike]] = {}
    by_column: dict[int, list[int]] = {}
    for pair in possible:
        by_row.setdefault(pair[0], []).append(pair)
        by_column.setdefault(pair[1], []).append(pair[0])
    while by_row:
        rows = [next(iter(by_row))]
        group: list[Alike] = []
        seen = set(rows)
        for row in rows:
            group += (own := by_row.pop(row))
            for pair in own:
                new = set(by_column.pop(pair[1], ())) - seen
                seen |= new
                rows += new
        yield group


def _groups_of_many(possible: AlikeArrays) -> Iterable[Sequence[Alike] | AlikeArrays]:
    """The same, where they are very many; a large group stays in arrays."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import, rarely used
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    n_rows, n_columns = int(possible.rows.max()) + 1, int(possible.columns.max()) + 1
    n = n_rows + n_columns
    ends = possible.rows, possible.columns + n_rows
    ones = np.ones(len(possible), dtype=np.int8)
    _, component_of = connected_components(coo_array((ones, ends), shape=(n, n)), directed=False)
    components = component_of[possible.rows]
    order = np.argsort(components, kind="stable")
    starts = np.flatnonzero(np.diff(components[order], prepend=-1))
    for members in np.split(order, starts[1:]):
        group = possible.take(members)
        yield group if len(group) > _FEW else list(group)


def _solve_exactly(
    rows: Sequence[int],
    columns: Sequence[int],
    group: Iterable[Alike],
    required: Mapping[int, bool],
) -> list[Pair]:
    side = max(len(rows), len(columns))
    group = list(group)
    unit = lcm(*{pair[4] for pair in group})
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
    group: Sequence[Alike] | AlikeArrays,
    required: Mapping[int, bool],
) -> list[Pair]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import, rarely used

    if isinstance(group, AlikeArrays):
        cells = group.rows, group.columns
        ratios = group.numerators, group.denominators
    else:
        cells = np.array([pair[0] for pair in group]), np.array([pair[1] for pair in group])
        ratios = (
            np.array([pair[3] for pair in group], dtype=np.object_),
            np.array([pair[4] for pair in group], dtype=np.object_),
        )
    side = max(len(rows), len(columns))
    bits = _FLOAT_BITS - 3 * (side + 2).bit_length()
    one_pair = (side + 1) << bits
    one_required = one_pair * (side + 1)
    gain = np.zeros((len(rows), len(columns)), dtype=np.int64)
    own = _places(rows)[cells[0]]
    is_required = np.array([required[row] for row in rows])[own]
    gain[own, _places(columns)[cells[1]]] = (
        one_required * is_required + one_pair + _scaled(*ratios, bits)
    )
    found = linear_sum_assignment(gain, maximize=True)
    return [
        (rows[i], columns[j])
        for i, j in zip(*(axis.tolist() for axis in found), strict=True)
        if gain[i, j]
    ]


def _places(numbers: Sequence[int]) -> NDArray[np.int64]:
    """For each number its place."""
    places = np.zeros(max(numbers) + 1, dtype=np.int64)
    places[list(numbers)] = np.arange(len(numbers))
    return places


def _scaled(numerators: NDArray[Any], denominators: NDArray[Any], bits: int) -> NDArray[np.int64]:
    """Ratios as integers of so many bits, rounded down; in integers of any size where need be."""
    if int(numerators.max()) >> (_INT64_BITS - bits):
        numerators = numerators.astype(np.object_)
    scaled: NDArray[np.int64] = ((numerators << bits) // denominators).astype(np.int64)
    return scaled
