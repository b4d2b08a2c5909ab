"""Compiled: patterns of layers of accounts: scatter-gather, bipartite, stack.

Of two ways to the same set, each search takes the one with less to walk, so that one account with
very many payments costs little where the other side has few. Untyped: the compiler infers.
"""
# mypy: disable-error-code="no-untyped-def, assignment, arg-type"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.layout import (
    BIPARTITE,
    ROLE_IN,
    ROLE_OUT,
    SCATTER_GATHER,
    STACK,
)
from manara.money.window import (
    add,
    begin,
    cut_short,
    earliest,
    fed_by,
    in_before,
    is_level,
    latest,
    out_before,
    same_before,
)


@njit(cache=True, nogil=True)
def scatter_gather(state, asked, i, out, at):
    """Write scatter-gathers to which payment `i` adds a way between a source and its payee."""
    ring, mask, low = state.ring, len(state.ring) - 1, state.low[SCATTER_GATHER]
    one, least = ring[i & mask], asked.size[SCATTER_GATHER]
    if state.account[one.dst].payers < least or fed_by(state, i) < low:
        return
    left = asked.budget
    before = same_before(state, i)
    if state.account[one.src].in_count <= 4 * state.account[one.dst].in_count:
        receipt = fed_by(state, i)
        while receipt >= low:
            first = same_before(state, receipt)
            if first < low:  # the first payment of this source in the window
                if receipt > before:
                    left = _ways(state, asked, i, ring[receipt & mask].src, left, out, at)
                else:
                    left -= 1
            left -= 1
            if left < 0:
                return cut_short(state, out, at, SCATTER_GATHER, i)
            receipt = in_before(state, receipt)
        return
    state.turn[1] += 1
    stamp, payment = state.turn[1], in_before(state, i)
    while payment >= low:
        if ring[payment & mask].src != one.src:
            receipt = fed_by(state, payment)
            while receipt >= low:
                source = ring[receipt & mask].src
                if state.mark[source].seen != stamp:
                    state.mark[source].seen = stamp
                    last = latest(state, source, one.src)
                    if last >= low and earliest(state, last, low) > before:
                        left = _ways(state, asked, i, source, left, out, at)
                receipt = in_before(state, receipt)
                left -= 1
                if left < 0:
                    return cut_short(state, out, at, SCATTER_GATHER, i)
        payment = in_before(state, payment)
        left -= 1
        if left < 0:
            return cut_short(state, out, at, SCATTER_GATHER, i)


@njit(cache=True, nogil=True)
def _ways(state, asked, i, source, left, out, at):
    """Return the steps left after writing the scatter-gather from a source to `i`'s payee."""
    ring, mask, low = state.ring, len(state.ring) - 1, state.low[SCATTER_GATHER]
    target = ring[i & mask].dst
    if source == target:
        return left
    by_source = state.account[source].out_count <= state.account[target].in_count
    size, least, start = 0, asked.size[SCATTER_GATHER], -1
    for writing in range(2):
        if writing:
            if size < least or not is_level(size, least):
                return left
            start = begin(out, at, SCATTER_GATHER, i, size, source, target)
        payment = state.account[source].last_out if by_source else i
        while payment >= low and left >= 0:
            left -= 1
            if by_source:
                if same_before(state, payment) < low:
                    gather = latest(state, ring[payment & mask].dst, target)
                    if gather > payment:
                        size += 1 - writing
                        if writing:
                            _way(state, payment, gather, low, start, out, at)
                payment = out_before(state, payment)
            else:
                if not ring[payment & mask].repeated:
                    scatter = latest(state, source, ring[payment & mask].src)
                    if scatter >= low:
                        scatter = earliest(state, scatter, low)
                        if scatter < payment:
                            size += 1 - writing
                            if writing:
                                _way(state, scatter, payment, low, start, out, at)
                payment = in_before(state, payment)
    return left


@njit(cache=True, nogil=True)
def _way(state, scatter, gather, low, start, out, at):
    """Add all payments of one way: its first scatter and its last gather are given."""
    ring, mask = state.ring, len(state.ring) - 1
    payment = latest(state, ring[scatter & mask].src, ring[scatter & mask].dst)
    while payment >= low:
        if payment < gather:
            add(out, at, start, payment, ROLE_OUT)
        payment = same_before(state, payment)
    while gather > scatter:
        add(out, at, start, gather, ROLE_IN)
        gather = same_before(state, gather)


@njit(cache=True, nogil=True)
def _fewer(state, one, other):
    """Return the two accounts, the one with fewer payments made first."""
    if state.account[one].out_count <= state.account[other].out_count:
        return one, other
    return other, one


@njit(cache=True, nogil=True)
def _shared(state, one, other, low, left):
    """Return how many payees two accounts share, and the steps left."""
    ring, mask = state.ring, len(state.ring) - 1
    few, many = _fewer(state, one, other)
    count, payment = 0, state.account[few].last_out
    while payment >= low and left >= 0:
        left -= 1
        if same_before(state, payment) < low:
            count += latest(state, many, ring[payment & mask].dst) >= low
        payment = out_before(state, payment)
    return count, left


@njit(cache=True, nogil=True)
def _rarest(state, i, least, low):
    """Return payees of which another payer must have paid one; `i`'s own if that is cheapest.

    Who shares `least` of an account's p payees, `i`'s among them, shares one of any p - least + 1
    of the rest.
    """
    ring, mask = state.ring, len(state.ring) - 1
    payer, payee = ring[i & mask].src, ring[i & mask].dst
    direct = state.account[payee].in_count
    rest = [np.int64(payee)]
    if direct <= state.account[payer].out_count:
        return rest
    rest.pop()
    payment = out_before(state, i)
    while payment >= low:
        if same_before(state, payment) < low:
            paid = np.int64(state.account[ring[payment & mask].dst].in_count)
            rest.append((paid << 32) | (i - payment))
        payment = out_before(state, payment)
    rest.sort()
    rest = rest[: len(rest) + 2 - least]
    around = 0
    for k in range(len(rest)):
        around += rest[k] >> 32
        rest[k] = ring[(i - (rest[k] & 0xFFFFFFFF)) & mask].dst
    return rest if around < direct else [np.int64(payee)]


@njit(cache=True, nogil=True)
def _candidates(state, i, least, low, left):
    """Return other payers of `i`'s payee that may share enough payees, and the steps left."""
    ring, mask, mark = state.ring, len(state.ring) - 1, state.mark
    payer, payee = ring[i & mask].src, ring[i & mask].dst
    found = [payer]
    found.pop()
    state.turn[1] += 1
    stamp = state.turn[1]
    mark[payer].seen = stamp
    for asked_of in _rarest(state, i, least, low):
        receipt = state.account[asked_of].last_in
        while receipt >= low and left >= 0:
            left -= 1
            other = ring[receipt & mask].src
            if not ring[receipt & mask].repeated and mark[other].seen != stamp:
                mark[other].seen = stamp
                if state.account[other].payees >= least and latest(state, other, payee) >= low:
                    found.append(other)
            receipt = in_before(state, receipt)
    return found, left


@njit(cache=True, nogil=True)
def layers(state, asked, i, pattern, out, at):
    """Write bipartites, or stacks, to which payment `i` adds a payee."""
    one, low = state.ring[i & (len(state.ring) - 1)], state.low[pattern]
    payer = state.account[one.src]
    least = asked.size[pattern]
    if (
        payer.payees < least
        or not is_level(payer.payees, least)
        or state.account[one.dst].payers < 2
    ):
        return
    if same_before(state, i) >= low or (pattern == STACK and payer.payers < 2):
        return
    others, left = _candidates(state, i, least, low, asked.budget)
    kept = [one.src]
    kept.pop()
    for other in others:
        if pattern == STACK and state.account[other].payers < 2:
            continue
        count, left = _shared(state, one.src, other, low, left)
        if left < 0:
            break
        if count >= least and pattern == BIPARTITE:
            kept.append(other)
        elif count >= least:
            left = _stack(state, i, other, count, low, left, out, at)
    if kept and left >= 0:
        left = _bipartite(state, i, kept, low, left, out, at)
    if left < 0:
        cut_short(state, out, at, pattern, i)


@njit(cache=True, nogil=True)
def _bipartite(state, i, others, low, left, out, at):
    """Return the steps left after writing the bipartite of `i`'s payer and others."""
    ring, mask, mark = state.ring, len(state.ring) - 1, state.mark
    payer = ring[i & mask].src
    state.turn[1] += 1
    size, stamp, start = 0, state.turn[1], -1
    for writing in range(2):
        if writing:
            start = begin(out, at, BIPARTITE, i, size, payer, others[0])
            for payment in _all_out(state, payer, low):
                if mark[ring[payment & mask].dst].seen == stamp:
                    add(out, at, start, payment, ROLE_OUT)
        for other in others:
            few, many = _fewer(state, payer, other)
            payment = state.account[few].last_out
            while payment >= low:
                left -= 1
                if left < 0:
                    return left
                payee = ring[payment & mask].dst
                if same_before(state, payment) < low and latest(state, many, payee) >= low:
                    if not writing and mark[payee].seen != stamp:
                        mark[payee].seen = stamp
                        size += 1
                    elif writing:
                        _pair(state, other, payee, low, ROLE_OUT, start, out, at)
                payment = out_before(state, payment)
    return left


@njit(cache=True, nogil=True)
def _all_out(state, who, low):
    """Return the payments of an account in the window."""
    found = [np.int64(0) for _ in range(0)]
    payment = state.account[who].last_out
    while payment >= low:
        found.append(payment)
        payment = out_before(state, payment)
    return found


@njit(cache=True, nogil=True)
def _pair(state, src, dst, low, role, start, out, at):
    """Add all payments since `low` from one account to another."""
    payment = latest(state, src, dst)
    while payment >= low:
        add(out, at, start, payment, role)
        payment = same_before(state, payment)


@njit(cache=True, nogil=True)
def _stack(state, i, other, size, low, left, out, at):
    """Return the steps left after writing the stack over `i`'s payer and another account."""
    ring, mask = state.ring, len(state.ring) - 1
    one = ring[i & mask].src
    few, many = _fewer(state, one, other)
    targets = [np.int64(0) for _ in range(0)]
    opens_few, opens_many = i, i
    for payment in _all_out(state, few, low):
        left -= 1
        if same_before(state, payment) < low:
            last = latest(state, many, ring[payment & mask].dst)
            if last >= low:
                targets.append(np.int64(ring[payment & mask].dst))
                opens_few = min(opens_few, payment)
                opens_many = min(opens_many, earliest(state, last, low))
    opens_one, opens_other = (opens_few, opens_many) if few == one else (opens_many, opens_few)
    if state.account[one].in_count > state.account[other].in_count:
        one, other, opens_one, opens_other = other, one, opens_other, opens_one
    sources = [np.int64(0) for _ in range(0)]
    receipt = state.account[one].last_in
    while receipt >= low:
        left -= 1
        if left < 0:
            return left
        source = ring[receipt & mask].src
        if receipt < opens_one and same_before(state, receipt) < low and source != other:
            last = latest(state, source, other)
            if last >= low and earliest(state, last, low) < opens_other:
                shared = latest(state, one, source) >= low and latest(state, other, source) >= low
                if not shared:
                    sources.append(np.int64(source))
        receipt = in_before(state, receipt)
    if len(sources) < 2:
        return left
    start = begin(out, at, STACK, i, size, one, other)
    for source in sources:
        for middle, opens in ((one, opens_one), (other, opens_other)):
            payment = latest(state, source, middle)
            while payment >= low:
                if payment < opens:
                    add(out, at, start, payment, ROLE_IN)
                payment = same_before(state, payment)
    for target in targets:
        for middle in (one, other):
            _pair(state, middle, target, low, ROLE_OUT, start, out, at)
    return left
