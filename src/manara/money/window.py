"""Compiled: a payment enters the window, old ones leave, and what two accounts paid is found."""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.layout import ROLE_IN, Asked, State

#: Words before the members of an instance: pattern, closing payment, size, two accounts, members.
HEADER = 6


@njit(cache=True, nogil=True, inline="always")
def _bucket(state: State, src: int, dst: int) -> int:
    key = np.uint64((np.int64(src) << 32) | np.int64(dst)) * np.uint64(0x9E3779B97F4A7C15)
    key ^= key >> np.uint64(29)
    return np.int64(key & np.uint64(len(state.bucket) - 1))


@njit(cache=True, nogil=True)
def latest(state: State, src: int, dst: int) -> int:
    """Return the last payment from one to the other in the base window, -1 for none."""
    low, mask, ring = state.low[-1], len(state.ring) - 1, state.ring
    at = state.bucket[_bucket(state, src, dst)]
    while at >= low:
        one = ring[at & mask]
        if one.src == src and one.dst == dst:
            return at
        if one.chain == 0:
            return -1
        at -= one.chain
    return -1


@njit(cache=True, nogil=True, inline="always")
def same_before(state: State, at: int) -> int:
    """Return the payment before it between the same two, -1 for none."""
    back = state.ring[at & (len(state.ring) - 1)].same
    return at - back if back else -1


@njit(cache=True, nogil=True, inline="always")
def out_before(state: State, at: int) -> int:
    """Return the payment before it of the same payer, -1 for none."""
    back = state.ring[at & (len(state.ring) - 1)].before_out
    return at - back if back else -1


@njit(cache=True, nogil=True, inline="always")
def in_before(state: State, at: int) -> int:
    """Return the payment before it to the same payee, -1 for none."""
    back = state.ring[at & (len(state.ring) - 1)].before_in
    return at - back if back else -1


@njit(cache=True, nogil=True, inline="always")
def fed_by(state: State, at: int) -> int:
    """Return the last payment its payer received before it, -1 for none."""
    back = state.ring[at & (len(state.ring) - 1)].fed
    return at - back if back else -1


@njit(cache=True, nogil=True)
def earliest(state: State, at: int, low: int) -> int:
    """Return the first payment since `low` between the same two as payment `at`."""
    while True:
        before = same_before(state, at)
        if before < low:
            return at
        at = before


@njit(cache=True, nogil=True)
def leave(state: State, asked: Asked, now: int) -> None:
    """Let payments that are older than the base window leave it, and move all windows on."""
    ring, mask, low = state.ring, len(state.ring) - 1, state.low
    count = state.turn[0]
    at = low[-1]
    while at < count and ring[at & mask].ts < now - asked.base:
        one = ring[at & mask]
        payer, payee = state.account[one.src], state.account[one.dst]
        payer.first_out = at + one.after_out
        payee.first_in = at + one.after_in
        payer.out_count -= 1
        payer.out_sum -= one.amount
        payee.in_count -= 1
        payee.in_sum -= one.amount
        if not one.repeated:
            payer.payees -= 1
            payee.payers -= 1
        if asked.band <= one.amount < asked.threshold:
            payer.out_band -= 1
            payee.in_band -= 1
        at += 1
    if at != low[-1]:
        for pattern in range(len(low)):
            low[pattern] = max(low[pattern], at)
    for pattern in asked.shorter:
        at = low[pattern]
        while at < count and ring[at & mask].ts < now - asked.window[pattern]:
            at += 1
        low[pattern] = at


@njit(cache=True, nogil=True)
def enter(
    state: State, asked: Asked, src: int, dst: int, ts: int, amount: int, currency: int
) -> int:
    """Return the number of a payment that has been put into the window."""
    at, low, mask = state.turn[0], state.low[-1], len(state.ring) - 1
    payer, payee = state.account[src], state.account[dst]
    one = state.ring[at & mask]
    one.src, one.dst, one.ts, one.amount, one.currency = src, dst, ts, amount, currency
    one.repeated = 0
    one.before_out = at - payer.last_out if payer.last_out >= low else 0
    one.before_in = at - payee.last_in if payee.last_in >= low else 0
    one.after_out = one.after_in = 0
    if one.before_out:
        state.ring[payer.last_out & mask].after_out = one.before_out
    else:
        payer.first_out = at
    if one.before_in:
        state.ring[payee.last_in & mask].after_in = one.before_in
    else:
        payee.first_in = at
    one.fed = at - payer.last_in if payer.last_in >= low else 0
    before = _link(state, at, _bucket(state, src, dst))
    one.same = at - before if before >= low else 0
    if before >= low:
        state.ring[before & mask].repeated = 1
    else:
        payer.payees += 1
        payee.payers += 1
    payer.last_out = at
    payee.last_in = at
    payer.out_count += 1
    payer.out_sum += amount
    payer.out_total += 1
    payee.in_count += 1
    payee.in_sum += amount
    payee.in_total += 1
    if asked.band <= amount < asked.threshold:
        payer.out_band += 1
        payer.out_total_band += 1
        payee.in_band += 1
        payee.in_total_band += 1
    state.turn[0] = at + 1
    return at


@njit(cache=True, nogil=True)
def _link(state: State, at: int, bucket: int) -> int:
    """Return the earlier payment of the pair; put this one first in the bucket in its place."""
    low, mask, ring = state.low[-1], len(state.ring) - 1, state.ring
    one = ring[at & mask]
    newer, here = -1, state.bucket[bucket]
    found = -1
    while here >= low:
        other = ring[here & mask]
        after = here - other.chain if other.chain else -1
        if other.src == one.src and other.dst == one.dst:
            found = here
            if newer >= 0:
                ring[newer & mask].chain = newer - after if after >= low else 0
            else:
                state.bucket[bucket] = after
            break
        newer, here = here, after
    head = state.bucket[bucket]
    one.chain = at - head if head >= low else 0
    state.bucket[bucket] = at
    return found


@njit(cache=True, nogil=True)
def relink(state: State) -> None:
    """Fill the buckets anew, after the ring has grown."""
    mask, ring = len(state.ring) - 1, state.ring
    for at in range(state.low[-1], state.turn[0]):
        one = ring[at & mask]
        if not one.repeated:
            bucket = _bucket(state, one.src, one.dst)
            head = state.bucket[bucket]
            one.chain = at - head if head >= 0 else 0
            state.bucket[bucket] = at


@njit(cache=True, nogil=True)
def is_level(size: int, least: int) -> bool:
    """Return whether a growing pattern is reported at this size: least, then a quarter more."""
    while least < size:
        least += max(1, least // 4)
    return least == size


@njit(cache=True, nogil=True)
def begin(out, at, pattern, closing, size, one, other):  # type: ignore[no-untyped-def]
    """Return where an instance starts that has been begun in the output."""
    start = at[0]
    if start + HEADER > len(out[0]):
        _grow(out)
    words = out[0]
    words[start], words[start + 1], words[start + 2] = pattern, closing, size
    words[start + 3], words[start + 4], words[start + 5] = one, other, 0
    at[0] = start + HEADER
    return start


@njit(cache=True, nogil=True)
def add(out, at, start, payment, role):  # type: ignore[no-untyped-def]
    """Add a member to the instance that starts there."""
    if at[0] == len(out[0]):
        _grow(out)
    out[0][at[0]] = payment * 4 + role
    out[0][start + 5] += 1
    at[0] += 1


@njit(cache=True, nogil=True)
def add_walk(state, out, at, start, first, low, role, left):  # type: ignore[no-untyped-def]
    """Return the steps left after adding a payment and those before it on one side of an account.

    Going in, those to the same payee; else those of the same payer; all since `low`.
    """
    mask, ring = len(state.ring) - 1, state.ring
    one = ring[first & mask]
    most = state.account[one.dst].in_count if role == ROLE_IN else state.account[one.src].out_count
    while at[0] + most > len(out[0]):
        _grow(out)
    words, end = out[0], at[0]
    while first >= low and left >= 0:
        words[end] = first * 4 + role
        end += 1
        one = ring[first & mask]
        back = one.before_in if role == ROLE_IN else one.before_out
        left -= 1
        if not back:
            break
        first -= back
    words[start + 5] += end - at[0]
    at[0] = end
    return left


@njit(cache=True, nogil=True)
def _grow(out):  # type: ignore[no-untyped-def]
    more = np.empty(2 * len(out[0]) + HEADER, np.int64)
    more[: len(out[0])] = out[0]
    out[0] = more


@njit(cache=True, nogil=True)
def cut_short(state, out, at, pattern, closing):  # type: ignore[no-untyped-def]
    """Write that the search for a pattern was cut short at a payment."""
    state.turn[2] = 1
    begin(out, at, -1 - pattern, closing, 0, -1, -1)
