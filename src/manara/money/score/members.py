"""Payments that belong to a case although nothing about them stands out by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from manara.money.layout import I64
from manara.money.score.index import F64, Index

_DAY = 86_400
#: Payments of a burst lie within so long of the one that it is about, and no further apart than
#: this: on payments before those tested, 4 days matched true fans better than 2, 3 or 7.
_REACH, _GAP = 14 * _DAY, 4 * _DAY
#: What an account usually does is looked at so long before and after a burst.
_USUAL = 60 * _DAY
#: Ties lie within this of the case: on payments before those tested, 8 days matched true patterns
#: better than none or 4.
_NEAR = 8 * _DAY
#: Share of a likely payment's weight from which on a payment may tie two others in: on payments
#: before those tested, half matched true patterns better than three quarters or all.
_HALF = 0.5
#: Accounts of a case that another one must be tied to, so that it belongs to it.
_TIES = 2


def burst(lists: Index, rows: I64, strongest: int) -> I64:
    """Return the payments of the burst of which a star is a part, or nothing.

    A star is two rows or more that one account has paid, or that it was paid. The burst is its
    payments to accounts new to it, or from such, as dense as they are around the strongest row. Of
    rows between one pair, it is the burst of the account to which that is less usual.

    Args:
        lists: the payments.
        rows: some of them, as places in the order of time.
        strongest: one of the rows.
    """
    found: list[tuple[float, I64]] = []
    for ends, pointers, held in (
        (lists.src, lists.out_ptr, lists.out_row),
        (lists.dst, lists.in_ptr, lists.in_row),
    ):
        hub = ends[strongest]
        if len(rows) > 1 and (ends[rows] == hub).all():
            own = held[pointers[hub] : pointers[hub + 1]].astype(np.int64)
            own = own[lists.fresh[own] | (own == strongest)]
            found.append(_densest(lists, own, strongest))
    found = [one for one in found if one[0] > 0]
    return max(found, key=lambda one: one[0], default=(0.0, np.zeros(0, np.int64)))[1]


def _densest(lists: Index, own: I64, strongest: int) -> tuple[float, I64]:
    """Return how unusual the burst around a payment is, and its payments."""
    ts = lists.ts[own]
    at = int(np.searchsorted(own, strongest))
    apart = np.flatnonzero(np.diff(ts) > _GAP) + 1
    near = np.searchsorted(ts, [ts[at] - _REACH, ts[at] + _REACH + 1])
    low = max(int(near[0]), int(apart[apart <= at].max(initial=0)))
    high = min(int(near[1]), int(apart[apart > at].min(initial=len(own))))
    first, last = int(ts[low]), int(ts[high - 1])
    around = np.searchsorted(ts, [first - _USUAL, last + _USUAL + 1])
    rest = int(around[1] - around[0]) - (high - low)
    known = min(last + _USUAL, int(lists.ts[-1])) - max(first - _USUAL, int(lists.ts[0]))
    usual = max((known - (last - first)) / _DAY, 1.0)
    expected = (rest + 0.5) / usual * ((last - first) / _DAY + 1)
    return _surprise(high - low, expected), own[low:high]


def _surprise(count: int, expected: float) -> float:
    """Return how far a count is above what is expected: logarithm of a likelihood ratio."""
    if count <= expected:
        return 0.0
    return float(count * np.log(count / expected) - (count - expected))


def tied(lists: Index, weight: F64, rows: I64, likely: float, most: int) -> I64:
    """Return the payments of a pattern and those between accounts new to each other that tie in.

    These are near in time. Another account belongs to the pattern if it has such payments with two
    or more of its accounts, and so do two that pay each other and are each tied to one, if
    the payments are half as weighty as likely ones; then what its accounts pay each other belongs
    to it as well. And so on, as long as no more than so many are there.

    Args:
        lists: the payments.
        weight: of each, by place in the order of time.
        rows: those of the pattern, as places.
        likely: weight of likely ones.
        most: how many there may be.
    """
    members = set(rows.tolist())
    for least, chained in ((likely * _HALF, True), (-np.inf, False)):
        while True:
            of = np.array(sorted(members), np.int64)
            span = (int(lists.ts[of[0]]) - _NEAR, int(lists.ts[of[-1]]) + _NEAR)
            accounts = {*lists.src[of].tolist(), *lists.dst[of].tolist()}
            ties: dict[int, dict[int, list[int]]] = defaultdict(dict)
            for account in accounts:
                for row, other in _fresh(lists, weight, account, span, least):
                    ties[other].setdefault(account, []).append(row)
            added = [one for one in ties if one in accounts or len(ties[one]) >= _TIES]
            more = set[int]()
            for one in ties.keys() - accounts if chained else ():
                for row, other in _fresh(lists, weight, one, span, least):
                    if other in ties and other not in accounts:
                        more.add(row)
                        added.append(one)
            more.update(row for one in added for held in ties[one].values() for row in held)
            if more <= members or len(members | more) > most:
                break
            members |= more
    return np.array(sorted(members), np.int64)


def _fresh(
    lists: Index, weight: F64, account: int, span: tuple[int, int], least: float
) -> Iterable[tuple[int, int]]:
    """Yield payments of an account with others, either new to the other, and the other."""
    for pointers, held, others in (
        (lists.out_ptr, lists.out_row, lists.dst),
        (lists.in_ptr, lists.in_row, lists.src),
    ):
        own = held[pointers[account] : pointers[account + 1]]
        low, high = np.searchsorted(lists.ts[own], [span[0], span[1] + 1])
        own = own[low:high]
        own = own[lists.fresh[own] & (weight[own] >= least)]
        yield from zip(own.tolist(), others[own].tolist(), strict=True)
