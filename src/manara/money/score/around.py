"""Compiled: what can be said of a payment from those around it, as known when it is judged."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.score.index import first_from, listed, total
from manara.money.score.ways import WALK, WAYS, describe_ways

DAY = 86_400
#: Spans before a payment that are summed up.
SPANS = (DAY, 4 * DAY, 14 * DAY, 60 * DAY)
#: Ways are looked for among payments of so long before.
BEFORE = 21 * DAY

_PAST = (
    *(f"count_{days}d" for days in (1, 4, 14, 60)),
    *(f"new_{days}d" for days in (4, 14, 60)),
    "sum_4d", "sum_14d", "gap", "unlike", "like",
)  # fmt: skip
_AFTER = ("count", "new", "sum", "gap")
_ENDS = ("payer_paid", "payer_got", "payee_paid", "payee_got")
_PAIR = (
    "pair_count", "pair_gap", "pair_ratio", "back_count", "back_gap", "pair_next_gap",
    "back_next_gap", "payer_known", "payee_known",
)  # fmt: skip
_THROUGH = (
    "through_1d", "through_4d", "through_14d", "match", "match_gap", "spent",
    "onward_4d", "onward_14d", "onward_match", "onward_match_gap", "onward_spent",
)  # fmt: skip
_OWN = ("size", "round", "hour", "weekday", "history")
#: What is written of a payment.
COLUMNS = (
    *_OWN,
    *(f"{end}_{name}" for end in _ENDS for name in _PAST),
    *(f"{end}_next_{name}" for end in _ENDS for name in _AFTER),
    *_PAIR,
    *_THROUGH,
    *WAYS,
)
_P, _A = len(_PAST), len(_AFTER)
_AT_PAST = len(_OWN)
_AT_AFTER = _AT_PAST + 4 * _P
_AT_PAIR = _AT_AFTER + 4 * _A
_AT_THROUGH = _AT_PAIR + len(_PAIR)
_AT_WAYS = _AT_THROUGH + len(_THROUGH)


@njit(cache=True, nogil=True)
def describe(index, lows, rows, out):
    """Write `COLUMNS` of payments `rows`; `lows` holds where each span before a row starts."""
    for k in range(len(rows)):
        i = rows[k]
        row = out[k, : len(COLUMNS)]
        row[:] = np.nan
        payer, payee = index.src[i], index.dst[i]
        seen, now = index.seen[i], index.ts[i]
        row[0] = index.size[i]
        row[1] = _round(index.amount[i])
        row[2] = now % DAY // 3600
        row[3] = now // DAY % 7
        row[4] = min(now - index.ts[0], SPANS[-1]) / DAY
        for end in range(4):
            account = payer if end < 2 else payee
            _side(index, lows[:, k], i, seen, account, end % 2 == 0,
                  row[_AT_PAST + end * _P : _AT_PAST + (end + 1) * _P],
                  row[_AT_AFTER + end * _A : _AT_AFTER + (end + 1) * _A])  # fmt: skip
        _pair(index, lows[:, k], i, seen, row[_AT_PAIR:_AT_THROUGH])
        _through(index, lows[:, k], i, seen, row[_AT_THROUGH:_AT_WAYS])
        describe_ways(index, lows[len(SPANS), k], i, row[_AT_WAYS:])


@njit(cache=True, nogil=True)
def _round(amount):
    """Return how many zeros an amount ends with."""
    zeros = 0
    while amount and amount % 10 == 0:
        amount //= 10
        zeros += 1
    return zeros


@njit(cache=True, nogil=True)
def _side(index, lows, i, seen, account, paid, past, after):
    """Write what an account paid, or got, before payment `i` and after it."""
    rows, sums, start, end = listed(index, account, paid)
    here = first_from(rows, start, end, i)
    for k in range(4):
        low = first_from(rows, start, here, lows[k])
        past[k] = here - low
        if k:
            past[3 + k] = total(sums, start, low, here, 3)
        if k == 1 or k == 2:
            past[6 + k] = np.log1p(total(sums, start, low, here, 0))
        if k == 3 and here > low:
            count = here - low
            mean = total(sums, start, low, here, 1) / count
            square = total(sums, start, low, here, 2) / count - mean * mean
            past[10] = index.size[i] - mean
            past[11] = past[10] / np.sqrt(max(square, 0.0) + 0.05)
    if here > start:
        past[9] = index.ts[i] - index.ts[rows[here - 1]]
    if seen > i + 1:
        if here < end and rows[here] == i:
            here += 1
        high = first_from(rows, here, end, seen)
        after[0] = high - here
        after[1] = total(sums, start, here, high, 3)
        after[2] = np.log1p(total(sums, start, here, high, 0))
        if high > here:
            after[3] = index.ts[rows[here]] - index.ts[i]


@njit(cache=True, nogil=True)
def _pair(index, lows, i, seen, out):
    """Write what the two paid each other before, and after."""
    payer, payee, now = index.src[i], index.dst[i], index.ts[i]
    first = index.of_ptr[index.pair[i]]
    here = first + index.place[i]
    out[0] = index.place[i]
    if here > first:
        before = index.of_row[here - 1]
        out[1] = now - index.ts[before]
        out[2] = index.size[i] - index.size[before]
    if here + 1 < index.of_ptr[index.pair[i] + 1] and index.of_row[here + 1] < seen:
        out[5] = index.ts[index.of_row[here + 1]] - now
    out[3] = 0
    end = index.pair_ptr[payee + 1]
    back = first_from(index.pair_dst, index.pair_ptr[payee], end, payer)
    if back < end and index.pair_dst[back] == payer:
        first, end = index.of_ptr[back], index.of_ptr[back + 1]
        here = first_from(index.of_row, first, end, i)
        out[3] = here - first
        if here > first:
            out[4] = now - index.ts[index.of_row[here - 1]]
        if here < end and index.of_row[here] < seen:
            out[6] = index.ts[index.of_row[here]] - now
    for k in range(2):
        account = payee if k else payer
        first_in, first_out = index.in_ptr[account], index.out_ptr[account]
        known = now
        if first_in < index.in_ptr[account + 1]:
            known = min(known, index.ts[index.in_row[first_in]])
        if first_out < index.out_ptr[account + 1]:
            known = min(known, index.ts[index.out_row[first_out]])
        out[7 + k] = min(now - known, SPANS[-1])


@njit(cache=True, nogil=True)
def _through(index, lows, i, seen, out):
    """Write how what the payer got goes on, and what the payee does with it."""
    payer, payee, now = index.src[i], index.dst[i], index.ts[i]
    got, got_sum, got_first, got_end = listed(index, payer, False)
    paid, paid_sum, paid_first, paid_end = listed(index, payer, True)
    here = first_from(got, got_first, got_end, i)
    upto = first_from(paid, paid_first, paid_end, i + 1)
    amount = np.exp(index.size[i])
    for k in range(3):
        low = first_from(got, got_first, here, lows[k])
        since = first_from(paid, paid_first, upto, lows[k])
        into = total(got_sum, got_first, low, here, 0)
        if into > 0:
            out[k] = min(total(paid_sum, paid_first, since, upto, 0) / into, 100.0)
            if k == 2:
                out[5] = min(amount / into, 100.0)
    low = first_from(got, got_first, here, lows[1])
    for at in range(here - 1, max(low, here - WALK) - 1, -1):
        apart = abs(index.size[got[at]] - index.size[i])
        if not apart >= out[3]:
            out[3], out[4] = apart, now - index.ts[got[at]]
    if seen == i + 1:
        return
    got, got_sum, got_first, got_end = listed(index, payee, False)
    paid, paid_sum, paid_first, paid_end = listed(index, payee, True)
    here = first_from(paid, paid_first, paid_end, i + 1)
    high = first_from(paid, paid_first, paid_end, seen)
    upto = first_from(got, got_first, got_end, i + 1)
    onward = total(paid_sum, paid_first, here, high, 0)
    for k in range(1, 3):
        low = first_from(got, got_first, upto, lows[k])
        out[5 + k] = min(onward / total(got_sum, got_first, low, upto, 0), 100.0)
    out[10] = min(onward / amount, 100.0)
    for at in range(here, min(high, here + WALK)):
        apart = abs(index.size[paid[at]] - index.size[i])
        if not apart >= out[8]:
            out[8], out[9] = apart, index.ts[paid[at]] - now
