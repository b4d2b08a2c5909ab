"""Edit costs of a query word, row by row: along a tree of consonants, by runs of vowels, whole.

The same costs as `manara.identity.screening.kernels.edit_cost` gives. The query word's letters are
made ready once, and a row that several words share is filled in once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    EXCHANGED,
    F32,
    I32,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    borrowing,
)
from manara.identity.screening.sounds import Sounds

#: The share of a word's nats up to which it is near.
NEAR = np.float32(NEAR_SHARE) + np.float32(1e-6)
#: Places of edit costs, unsigned: others are looked at whether they count from the end.
_SIDE, _ONE = np.uint64(MAX_LETTERS + 1), np.uint64(1)


@njit(cache=True, nogil=True)
def begin(letters: U8, first: int, end: int, table: F32, costs: F32, rows: F32) -> int:
    """Make ready to compare letters of a query word; return which they are, as bits.

    Args:
        letters: the letters and others.
        first: the first of them.
        end: where they end.
        table: [27, 27] letter costs, the row that of the query word.
        costs: [27 * 33] receives the cost of each letter against each of these, by the other
            word's, 0 for none; the last of each row what adding that letter costs.
        rows: [33 * 33] edit costs; the first row is filled in.
    """
    mask, last = np.uint32(0), len(costs) // 27
    for y in range(27):
        for k in range(first, end):
            costs[y * last + k - first] = table[letters[k], y]
        costs[y * last + last - 1] = table[0, y]
    rows[0] = 0.0
    for k in range(end - first):
        mask |= np.uint32(1) << np.uint32(letters[first + k])
        rows[k + 1] = rows[k] + costs[k]
    return int(mask)


@njit(cache=True, nogil=True, inline="always")
def _next_row(
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32, row: int, y: int, before: int
) -> float:
    """Fill in a row of edit costs, as `edit_cost` does; return the least.

    Args:
        letters: the query word's letters and others.
        first: the first of them.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        row: which row, from 1.
        y: the other word's letter.
        before: the one before it, 0 for none.
    """
    of, now = np.uint64(y) * _SIDE, np.uint64(row) * _SIDE
    last, added = now - _SIDE, costs[of + _SIDE - _ONE]
    corner = rows[last]
    left = corner + added
    rows[now] = left
    least = left
    exchanged = y != before and mask >> np.uint32(y) & mask >> np.uint32(before) & np.uint32(1)
    for j in range(np.uint64(n)):
        above = rows[last + j + _ONE]
        best = min(corner + costs[of + j], above + added)
        best = min(best, left + costs[j])
        if exchanged and j and letters[first + j] == before and letters[first + j - 1] == y:
            best = min(best, rows[last - _SIDE + j - _ONE] + np.float32(EXCHANGED))
        rows[now + j + _ONE] = best
        corner, left = above, best
        least = min(least, best)
    return float(least)


@njit(cache=True, nogil=True)
def along(
    nodes: I32, sounds: Sounds, table: F32,
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32, out: F32,
) -> None:  # fmt: skip
    """Fill in what the consonants of each node cost, less `NEAR` of what leaving them out costs.

    Args:
        nodes: ascending, with the parents of each.
        sounds: the dictionary by sound.
        table: [27, 27] letter costs, the row that of the query word.
        letters: the query word's letters and others.
        first: the first of its consonants.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        out: [nodes] receives the costs.
    """
    depth, added = sounds.depth, sounds.added
    path, weight = np.zeros(MAX_LETTERS + 1, np.uint8), np.zeros(MAX_LETTERS + 1, np.float32)
    for k in range(len(nodes)):
        node = nodes[k]
        at = depth[node]
        if at:
            y = path[at] = added[node]
            weight[at] = weight[at - 1] + NEAR * table[0, y]
            _next_row(letters, first, n, mask, costs, rows, at, y, path[at - 1])
        out[k] = rows[at * (MAX_LETTERS + 1) + n] - weight[at]


@njit(cache=True, nogil=True)
def vowel_gain(
    v: int, vowel: I32, vowels: U8, table: F32,
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32,
) -> float:  # fmt: skip
    """Return `NEAR` of what leaving out a run of vowels costs, less what it costs against ours.

    Args:
        v: the run.
        vowel: first letter of each run.
        vowels: letters of the runs.
        table: [27, 27] letter costs, the row that of the query word.
        letters: the query word's letters and others.
        first: the first of its vowels.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
    """
    weight, before, row = np.float32(0.0), 0, 0
    for k in range(vowel[v], vowel[v + 1]):
        row += 1
        weight += NEAR * table[0, vowels[k]]
        _next_row(letters, first, n, mask, costs, rows, row, vowels[k], before)
        before = vowels[k]
    return float(weight - rows[row * (MAX_LETTERS + 1) + n])


@borrowing
def rows_within(
    theirs: U8, begin: int, many: int, same: int, limit: float,
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32, least: F32,
) -> int:  # fmt: skip
    """Fill in rows of edit costs until none can end below `limit`; return how many are filled in.

    Args:
        theirs: the other reading's letters and others.
        begin: its first letter.
        many: how many it has.
        same: how many of the rows are filled in already.
        limit: cost above which the exact value does not matter.
        letters: the query word's letters and others.
        first: the first of them.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        least: [33] the least cost of each row.
    """
    before = theirs[begin + same - 1] if same else np.uint8(0)
    for row in range(1, many):
        if row > same:
            y = theirs[begin + row - 1]
            least[row] = _next_row(letters, first, n, mask, costs, rows, row, int(y), int(before))
            before = y
        # An exchange may reach over one row.
        if least[row] > limit and least[row - 1] + EXCHANGED > limit:
            return max(row, same)
    if many > same:
        y = theirs[begin + many - 1]
        least[many] = _next_row(letters, first, n, mask, costs, rows, many, int(y), int(before))
    return many
