"""Compiled: patterns around one account, each looked for when a payment may complete it.

Every function writes instances to the output; what a pattern is stands in
docs/explanation/money-patterns.md. Untyped on purpose: the compiler infers the types.
"""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.layout import (
    DORMANT,
    FAN_IN,
    FAN_OUT,
    GATHER_SCATTER,
    PASS_THROUGH,
    ROLE_IN,
    ROLE_OUT,
    STRUCTURING_IN,
    STRUCTURING_OUT,
)
from manara.money.window import (
    add,
    add_walk,
    begin,
    cut_short,
    fed_by,
    in_before,
    is_level,
    out_before,
    same_before,
)


@njit(cache=True, nogil=True)
def fans(state, asked, i, out, at):
    """Write the fans that payment `i` brings to a size to be reported."""
    one = state.ring[i & (len(state.ring) - 1)]
    if same_before(state, i) >= state.low[FAN_IN]:
        return
    payers, payees = state.account[one.dst].payers, state.account[one.src].payees
    low, left = state.low[FAN_IN], asked.budget
    if asked.on[FAN_IN] and is_level(payers, asked.size[FAN_IN]):
        start = begin(out, at, FAN_IN, i, payers, one.dst, -1)
        if add_walk(state, out, at, start, i, low, ROLE_IN, left) < 0:
            cut_short(state, out, at, FAN_IN, i)
    if asked.on[FAN_OUT] and is_level(payees, asked.size[FAN_OUT]):
        start = begin(out, at, FAN_OUT, i, payees, one.src, -1)
        if add_walk(state, out, at, start, i, low, ROLE_OUT, left) < 0:
            cut_short(state, out, at, FAN_OUT, i)


@njit(cache=True, nogil=True)
def _gathered(state, asked, i, least, low):
    """Return the payment with which `least` payers have paid `i`'s payer, and the steps left.

    It is -1 if there are not so many. In the base window it is near the start, elsewhere the start
    is found from the end.
    """
    mask, left, count = len(state.ring) - 1, asked.budget, 0
    if low == state.low[-1]:
        receipt = state.account[state.ring[i & mask].src].first_in
        while left >= 0:
            count += same_before(state, receipt) < low
            if count == least:
                return receipt, left
            receipt += state.ring[receipt & mask].after_in
            left -= 1
        return -1, left
    firsts, receipt = np.empty(least, np.int64), fed_by(state, i)
    while receipt >= low and left >= 0:
        if same_before(state, receipt) < low:
            firsts[count % least] = receipt
            count += 1
        receipt = in_before(state, receipt)
        left -= 1
    # The oldest kept last: the one seen `least` from the end is the least-th in time.
    return firsts[count % least] if count >= least else -1, left


@njit(cache=True, nogil=True)
def gather_scatter(state, asked, i, out, at):
    """Write the gather-scatter of the payer, if payment `i` brings it to such a size."""
    ring, mask = state.ring, len(state.ring) - 1
    one = ring[i & mask]
    hub, least, low = state.account[one.src], asked.size[GATHER_SCATTER], state.low[GATHER_SCATTER]
    if hub.payers < least or hub.payees < least:
        return
    gathered, left = _gathered(state, asked, i, least, low)
    # Payees since then, counted from the end or, less those only before, from the start of the
    # window, whichever is nearer.
    since, before, newer, older = 0, 0, i, hub.first_out
    while gathered >= 0 and newer > gathered and older < gathered and left >= 0:
        since += same_before(state, newer) < gathered
        newer = out_before(state, newer)
        before += not ring[older & mask].repeated
        older += ring[older & mask].after_out
        left -= 1
    if left < 0:
        return cut_short(state, out, at, GATHER_SCATTER, i)
    size = since if newer <= gathered else hub.payees - before
    if gathered < 0 or same_before(state, i) > gathered or size < least:
        return
    if not is_level(size, least):
        return
    start = begin(out, at, GATHER_SCATTER, i, size, one.src, -1)
    receipt, left = fed_by(state, i), asked.budget
    got = add_walk(state, out, at, start, receipt, low, ROLE_IN, left)
    paid = add_walk(state, out, at, start, i, gathered + 1, ROLE_OUT, left)
    if min(got, paid) < 0:
        cut_short(state, out, at, GATHER_SCATTER, i)


@njit(cache=True, nogil=True)
def pass_through(state, asked, i, out, at):
    """Write the receipt that payment `i` passes on, the latest that fits."""
    mask = len(state.ring) - 1
    one, low = state.ring[i & mask], state.low[PASS_THROUGH]
    receipt, left = fed_by(state, i), asked.budget
    while receipt >= low:
        got = state.ring[receipt & mask]
        if (
            one.amount <= got.amount
            and one.amount >= asked.kept * got.amount
            and got.currency == one.currency
            and got.src != one.dst
        ):
            start = begin(out, at, PASS_THROUGH, i, 2, one.src, -1)
            add(out, at, start, receipt, ROLE_IN)
            add(out, at, start, i, ROLE_OUT)
            return
        receipt = in_before(state, receipt)
        left -= 1
        if left < 0:
            return cut_short(state, out, at, PASS_THROUGH, i)


@njit(cache=True, nogil=True, inline="always")
def _denser(band, all_, past_band, past_all):
    """Return whether the share just under the threshold is three times that of the past."""
    return band * (past_all + 10) >= 3 * all_ * (past_band + 1)


@njit(cache=True, nogil=True)
def structuring(state, asked, i, out, at):
    """Write the payments just under the threshold, if they got denser for payer or payee."""
    one = state.ring[i & (len(state.ring) - 1)]
    if not asked.band <= one.amount < asked.threshold:
        return
    who = state.account[one.dst]
    if asked.on[STRUCTURING_IN] and is_level(who.in_band, asked.size[STRUCTURING_IN]):
        past_band, past = who.in_total_band - who.in_band, who.in_total - who.in_count
        if _denser(who.in_band, who.in_count, past_band, past):
            start = begin(out, at, STRUCTURING_IN, i, who.in_band, one.dst, -1)
            _just_under(state, asked, i, STRUCTURING_IN, ROLE_IN, start, out, at)
    who = state.account[one.src]
    if asked.on[STRUCTURING_OUT] and is_level(who.out_band, asked.size[STRUCTURING_OUT]):
        past_band, past = who.out_total_band - who.out_band, who.out_total - who.out_count
        if _denser(who.out_band, who.out_count, past_band, past):
            start = begin(out, at, STRUCTURING_OUT, i, who.out_band, one.src, -1)
            _just_under(state, asked, i, STRUCTURING_OUT, ROLE_OUT, start, out, at)


@njit(cache=True, nogil=True)
def _just_under(state, asked, i, pattern, role, start, out, at):
    """Add the payments just under the threshold on one side of an account, from `i` back."""
    mask, payment, left = len(state.ring) - 1, i, asked.budget
    while payment >= state.low[pattern]:
        if asked.band <= state.ring[payment & mask].amount < asked.threshold:
            add(out, at, start, payment, role)
        payment = in_before(state, payment) if role == ROLE_IN else out_before(state, payment)
        left -= 1
        if left < 0:
            return cut_short(state, out, at, pattern, i)


@njit(cache=True, nogil=True)
def dormant(state, asked, i, who, out, at):
    """Note that an account is active; write its payments if that completes a waking."""
    one, account = state.ring[i & (len(state.ring) - 1)], state.account[who]
    if account.seen >= 0 and one.ts - account.seen >= asked.dormancy:
        account.woke, account.since = i, 0
    account.seen = one.ts
    if account.woke < 0:
        return
    account.since += 1
    low = state.low[DORMANT]
    if account.woke < low:
        account.woke = -1
    elif account.since == asked.size[DORMANT] and asked.on[DORMANT]:
        start = begin(out, at, DORMANT, i, account.since, who, -1)
        got, paid = account.last_in, account.last_out
        while got >= account.woke or paid >= account.woke:
            if got > paid:
                add(out, at, start, got, ROLE_IN)
                got = in_before(state, got)
            else:
                add(out, at, start, paid, ROLE_OUT)
                paid = out_before(state, paid)
