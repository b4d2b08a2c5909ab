"""Payments by account and by pair, so that what one payment sees is found by halving."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.money.layout import I64
from manara.money.payments import Payments

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

#: A payment is the first of its pair again after so long without one, seconds.
FORGOTTEN = 60 * 86_400


class Index(NamedTuple):
    """Payments in the order of time and the ways to walk them; rows are places in that order.

    Lists of an account (payments it made, payments it got) are rows in the order of time; sums run
    along each list and start anew with each account, so that nothing depends on other accounts.

    Attributes:
        src: the payer.
        dst: the payee.
        ts: seconds since 1970.
        amount: thousandths.
        size: natural logarithm of the amount over the median of its currency.
        fresh: whether its payer had not paid its payee for long.
        seen: how many payments are known when this one is judged, the first ones in time.
        out_ptr: where each account's payments made start, and the end.
        out_row: payments made, by account.
        in_ptr: where each account's payments received start, and the end.
        in_row: payments received, by account.
        out_sum: sums along `out_row`: amounts, sizes, their squares, fresh ones.
        in_sum: the same along `in_row`.
        out_place: place of each payment in `out_row`.
        in_place: place of each payment in `in_row`.
        pair_ptr: where each payer's pairs start, and the end.
        pair_dst: payees of each payer, rising.
        of_ptr: where each pair's payments start, and the end.
        of_row: payments of each pair.
        pair: the pair of each payment.
        place: place of each payment among those of its pair, from 0.
    """

    src: I32
    dst: I32
    ts: I64
    amount: I64
    size: F64
    fresh: NDArray[np.bool_]
    seen: I64
    out_ptr: I64
    out_row: I32
    in_ptr: I64
    in_row: I32
    out_sum: F64
    in_sum: F64
    out_place: I32
    in_place: I32
    pair_ptr: I64
    pair_dst: I32
    of_ptr: I64
    of_row: I32
    pair: I32
    place: I32


def index_of(given: Payments, size: F64, hindsight: int) -> Index:
    """Return the index of payments, each as known some time after it was made.

    Args:
        given: payments in the order of time.
        size: of each: logarithm of its amount over what is usual in its currency.
        hindsight: seconds after a payment when it is judged; 0 for its arrival.
    """
    n, accounts = len(given.ts), given.account_count
    order = np.lexsort((given.dst, given.src))  # stable: rows rise within a pair
    heads = np.ones(n, np.bool_)
    heads[1:] = (np.diff(given.src[order]) != 0) | (np.diff(given.dst[order]) != 0)
    starts = np.flatnonzero(heads)
    number = np.cumsum(heads) - 1
    pair, place = np.empty(n, np.int32), np.empty(n, np.int32)
    pair[order] = number
    place[order] = np.arange(n) - starts[number]
    gaps = np.full(n, FORGOTTEN, np.int64)
    gaps[1:] = np.diff(given.ts[order])
    gaps[starts] = FORGOTTEN
    fresh = np.empty(n, np.bool_)
    fresh[order] = gaps >= FORGOTTEN
    seen = np.arange(1, n + 1)
    if hindsight:
        seen = np.searchsorted(given.ts, given.ts + hindsight, "right")
    columns = np.column_stack([np.exp(size), size, size * size, fresh])
    out_ptr, out_row, out_place, out_sum = _lists(given.src, accounts, columns)
    in_ptr, in_row, in_place, in_sum = _lists(given.dst, accounts, columns)
    firsts = order[starts]
    return Index(
        given.src, given.dst, given.ts, given.amount, size, fresh, seen.astype(np.int64),
        out_ptr, out_row, in_ptr, in_row, out_sum, in_sum, out_place, in_place,
        _pointers(given.src[firsts], accounts), given.dst[firsts],
        np.append(starts, n), order.astype(np.int32), pair, place,
    )  # fmt: skip


def _pointers(owners: I32, accounts: int) -> I64:
    return np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=accounts))])


def _lists(owners: I32, accounts: int, columns: F64) -> tuple[I64, I32, I32, F64]:
    """Return where each account's list starts, rows by account, their places, running sums."""
    rows = np.argsort(owners, kind="stable").astype(np.int32)
    places = np.empty(len(rows), np.int32)
    places[rows] = np.arange(len(rows))
    pointers = _pointers(owners, accounts)
    return pointers, rows, places, _running(pointers, columns[rows])


@njit(cache=True, nogil=True)
def _running(pointers, columns):
    """Return sums along each account's list."""
    sums = np.zeros((len(columns) + 1, columns.shape[1]))
    for account in range(len(pointers) - 1):
        start, end = pointers[account], pointers[account + 1]
        for k in range(columns.shape[1]):
            total = 0.0
            for at in range(start, end):
                total += columns[at, k]
                sums[at, k] = total
    return sums


@njit(cache=True, nogil=True)
def first_from(rows, start, end, least):
    """Return the first place from `start` whose row is `least` or more, `end` for none."""
    while start < end:
        middle = (start + end) >> 1
        if rows[middle] < least:
            start = middle + 1
        else:
            end = middle
    return start


@njit(cache=True, nogil=True, inline="always")
def total(sums, first, start, end, column):
    """Return the sum over places `start` to `end` of a list that starts at `first`."""
    if start >= end:
        return 0.0
    before = sums[start - 1, column] if start > first else 0.0
    return sums[end - 1, column] - before


@njit(cache=True, nogil=True)
def listed(index, account, paid):
    """Return an account's list (rows, sums, start, end): payments made, or received."""
    if paid:
        return index.out_row, index.out_sum, index.out_ptr[account], index.out_ptr[account + 1]
    return index.in_row, index.in_sum, index.in_ptr[account], index.in_ptr[account + 1]


@njit(cache=True, nogil=True)
def paid_between(index, payer, payee, low, high):
    """Return the first payment from one to the other in rows `low` to `high`, -1 for none."""
    end = index.pair_ptr[payer + 1]
    pair = first_from(index.pair_dst, index.pair_ptr[payer], end, payee)
    if pair == end or index.pair_dst[pair] != payee:
        return -1
    end = index.of_ptr[pair + 1]
    at = first_from(index.of_row, index.of_ptr[pair], end, low)
    if at == end or index.of_row[at] >= high:
        return -1
    return index.of_row[at]
