"""Compiled: other ways between the parties of a payment, and cycles through it."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.score.index import first_from, listed, paid_between, total

#: Most payments of one account that are walked for one payment, on each side of it the nearest.
WALK = 32

#: What `describe_ways` writes of a payment. `new`: among pairs of which neither paid the other for
#: long only.
WAYS = (
    *(f"shared_{what}" for what in ("most", "payers", "sum")),
    *(f"shared_new_{what}" for what in ("most", "payers", "sum")),
    *(f"gather_{what}" for what in ("most", "sources", "sum")),
    *(f"gather_new_{what}" for what in ("most", "sources", "sum")),
    *(f"scatter_{what}" for what in ("most", "targets", "sum")),
    *(f"scatter_new_{what}" for what in ("most", "targets", "sum")),
    *(f"{side}_{what}" for side in ("payers", "payees") for what in ("paid", "got", "new")),
)
#: What `describe_cycles` writes: the longest cycle with it; the longest in which all were strangers
#: before; the days of the shortest and the spread of the amounts of the most even, of those of
#: three or more payments.
CYCLES = ("cycle_most", "cycle_strangers", "cycle_days", "cycle_spread")


@njit(cache=True, nogil=True)
def describe_ways(index, low, i, out):
    """Write `WAYS` of payment `i`, from payments since row `low`."""
    out[:] = 0
    _shared(index, low, i, out[0:6])
    _gather(index, low, i, out[6:12])
    if index.seen[i] > i + 1:
        _scatter(index, low, i, out[12:18])
    _company(index, low, i, out[18:24])


@njit(cache=True, nogil=True)
def _near(index, account, paid, low, i, seen):
    """Return an account's list and where rows `low` to `seen` lie in it, the nearest if many."""
    rows, _, start, end = listed(index, account, paid)
    here = first_from(rows, start, end, i)
    low = max(first_from(rows, start, here, low), here - WALK)
    high = min(first_from(rows, here, end, seen), here + WALK)
    return rows, low, high


@njit(cache=True, nogil=True)
def _again(index, row, low):
    """Return whether the same two had a payment before this one, since row `low`."""
    place = index.place[row]
    return place > 0 and index.of_row[index.of_ptr[index.pair[row]] + place - 1] >= low


@njit(cache=True, nogil=True, inline="always")
def _tally(out, found, new):
    """Count one account that `found` ways lead to, `new` of them among strangers."""
    if found:
        out[0] = max(out[0], found)
        out[1] += 1
        out[2] += found
    if new:
        out[3] = max(out[3], new)
        out[4] += 1
        out[5] += new


@njit(cache=True, nogil=True)
def _shared(index, low, i, out):
    """Write how many other payees the payer shares with other payers of the payee."""
    payer, payee, seen = index.src[i], index.dst[i], index.seen[i]
    rows, start, end = _near(index, payee, False, low, i, seen)
    mine, first, last = _near(index, payer, True, low, i, seen)
    for at in range(start, end):
        other = index.src[rows[at]]
        if other == payer or _again(index, rows[at], low):
            continue
        found, new, strangers = 0, 0, index.fresh[rows[at]]
        for k in range(first, last):
            target = index.dst[mine[k]]
            if target in (payee, other) or _again(index, mine[k], low):
                continue
            there = paid_between(index, other, target, low, seen)
            if there >= 0:
                found += 1
                new += strangers and index.fresh[mine[k]] and index.fresh[there]
        _tally(out, found, new)


@njit(cache=True, nogil=True)
def _gather(index, low, i, out):
    """Write from how many who pay the payer other ways lead to the payee, and how many ways."""
    payer, payee, seen = index.src[i], index.dst[i], index.seen[i]
    rows, start, end = _near(index, payee, False, low, i, seen)
    got, first, last = _near(index, payer, False, low, i, i)
    for k in range(first, last):
        source = index.src[got[k]]
        if source == payee or _again(index, got[k], low):
            continue
        found, new, strangers = 0, 0, index.fresh[got[k]]
        for at in range(start, end):
            middle = index.src[rows[at]]
            if middle in (payer, source) or _again(index, rows[at], low):
                continue
            there = paid_between(index, source, middle, low, rows[at])
            if there >= 0:
                found += 1
                new += strangers and index.fresh[rows[at]] and index.fresh[there]
        _tally(out, found, new)


@njit(cache=True, nogil=True)
def _scatter(index, low, i, out):
    """Write to how many whom the payee pays later other ways lead, and how many ways."""
    payer, payee, seen = index.src[i], index.dst[i], index.seen[i]
    mine, start, end = _near(index, payer, True, low, i, seen)
    onward, first, last = _near(index, payee, True, i, i, seen)
    for k in range(first, last):
        target = index.dst[onward[k]]
        if target == payer or _again(index, onward[k], i):
            continue
        found, new, strangers = 0, 0, index.fresh[onward[k]]
        for at in range(start, end):
            middle = index.dst[mine[at]]
            if middle in (payee, target) or _again(index, mine[at], low):
                continue
            there = paid_between(index, middle, target, mine[at], seen)
            if there >= 0:
                found += 1
                new += strangers and index.fresh[mine[at]] and index.fresh[there]
        _tally(out, found, new)


@njit(cache=True, nogil=True)
def _company(index, low, i, out):
    """Write how active the payee's other payers are, then the payer's other payees, on average."""
    seen = index.seen[i]
    for side in range(2):
        hub = index.src[i] if side else index.dst[i]
        rows, start, end = _near(index, hub, side == 1, low, i, seen)
        others = 0
        for at in range(start, end):
            other = index.dst[rows[at]] if side else index.src[rows[at]]
            if rows[at] == i or _again(index, rows[at], low):
                continue
            others += 1
            for way in range(2):
                their, sums, first, last = listed(index, other, way == 0)
                begin = first_from(their, first, last, low)
                stop = first_from(their, begin, last, seen)
                out[3 * side + way] += stop - begin
                if way == side:
                    out[3 * side + 2] += total(sums, first, begin, stop, 3)
        for k in range(3 * side, 3 * side + 3):
            out[k] = out[k] / others if others else np.nan


@njit(cache=True, nogil=True)
def describe_cycles(index, closing, offsets, members, place, out):
    """Write `CYCLES` of payments into the rows that `place` says, -1 for none.

    A payment knows a cycle whose closing payment it sees.
    """
    for k in range(len(closing)):
        start, end = offsets[k], offsets[k + 1]
        if end - start < 3:
            continue
        new, least, most = 0, np.inf, -np.inf
        for at in range(start, end):
            new += index.fresh[members[at]]
            least = min(least, index.size[members[at]])
            most = max(most, index.size[members[at]])
        days = (index.ts[closing[k]] - index.ts[members[start]]) / 86_400
        for at in range(start, end):
            here = place[members[at]]
            if here < 0 or closing[k] >= index.seen[members[at]]:
                continue
            row = out[here]
            row[0] = max(row[0], np.float32(end - start))
            if new == end - start:
                row[1] = max(row[1], np.float32(new))
            row[2] = np.fmin(row[2], np.float32(days))
            row[3] = np.fmin(row[3], np.float32(most - least))
