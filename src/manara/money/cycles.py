"""Compiled: temporal cycles that a payment closes.

First labels from both ends tell whether there is a way at all, growing the cheaper side; then a
search backwards from the payer follows only accounts that the payee can have reached in time. After
the candidates-first idea of Kumar and Calders, "2SCENT: An Efficient Algorithm for Enumerating All
Simple Temporal Cycles", VLDB 2018.
"""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.layout import CYCLE, LONGEST_CYCLE, ROLE_STEP
from manara.money.window import (
    add,
    begin,
    cut_short,
    fed_by,
    in_before,
    latest,
    out_before,
    same_before,
)


@njit(cache=True, nogil=True)
def _ahead(state, stamp, low, closing, count, pair, inside, left):
    """Grow the labels "first reached by payment" by one payment.

    Returns:
        accounts at the new edge, what growing it will cost, whether both sides met, steps left.
    """
    ring, mask, mark = state.ring, len(state.ring) - 1, state.mark
    payer, payee = ring[closing & mask].src, ring[closing & mask].dst
    now, then = state.near[pair[0]], state.near[pair[1]]
    state.turn[1] += 1
    found, cost, met, level = 0, 0, False, state.turn[1]
    for k in range(count):
        here = now[k]
        payment = state.account[here].last_out
        while payment >= low and payment > mark[here].arrival:
            left -= 1
            if left < 0:
                return found, cost, met, left
            there = ring[payment & mask].dst
            label = mark[there]
            known = label.ahead == stamp
            if there != payee and (not known or payment < label.arrival):
                seen = label.behind == stamp and payment < label.departure
                if not inside or seen:
                    label.ahead, label.arrival = stamp, payment
                    met = met or seen
                    if there != payer and label.queued != level:
                        label.queued = level
                        then[found] = there
                        found += 1
                        cost += state.account[there].out_count
            payment = out_before(state, payment)
    return found, cost, met, left


@njit(cache=True, nogil=True)
def _behind(state, stamp, low, closing, count, pair, left):
    """Grow the labels "last left by payment" by one payment; returns as `_ahead`."""
    ring, mask, mark = state.ring, len(state.ring) - 1, state.mark
    payer, payee = ring[closing & mask].src, ring[closing & mask].dst
    now, then = state.near[pair[0]], state.near[pair[1]]
    state.turn[1] += 1
    found, cost, met, level = 0, 0, False, state.turn[1]
    for k in range(count):
        payment = fed_by(state, mark[now[k]].departure)
        while payment >= low:
            left -= 1
            if left < 0:
                return found, cost, met, left
            there = ring[payment & mask].src
            label = mark[there]
            known = label.behind == stamp
            if there != payer and (not known or payment > label.departure):
                label.behind, label.departure = stamp, payment
                met = met or (label.ahead == stamp and label.arrival < payment)
                if there != payee and label.queued != level:
                    label.queued = level
                    then[found] = there
                    found += 1
                    cost += state.account[there].in_count
            payment = in_before(state, payment)
    return found, cost, met, left


@njit(cache=True, nogil=True)
def _labelled(state, asked, closing, stamp):
    """Return whether a cycle may close here, and the steps left; labels are then written."""
    low, mark = state.low[CYCLE], state.mark
    one = state.ring[closing & (len(state.ring) - 1)]
    mark[one.dst].ahead, mark[one.dst].arrival = stamp, low - 1
    mark[one.src].behind, mark[one.src].departure = stamp, closing
    state.near[0, 0], state.near[2, 0] = one.dst, one.src
    ahead, behind, met, left = 1, 1, False, asked.budget
    cost_ahead, cost_behind = state.account[one.dst].out_count, state.account[one.src].in_count
    forth, back, ends = (0, 1), (2, 3), False
    for _ in range(asked.longest - 1):
        if not ahead or not behind or left < 0:
            ends = not ahead
            break
        if cost_ahead <= cost_behind:
            ahead, cost_ahead, now, left = _ahead(
                state, stamp, low, closing, ahead, forth, False, left
            )
            forth = (forth[1], forth[0])
        else:
            behind, cost_behind, now, left = _behind(state, stamp, low, closing, behind, back, left)
            back = (back[1], back[0])
        met = met or now
    if met and not ends:
        for _ in range(asked.longest - 1):
            if not ahead or left < 0:
                break
            ahead, cost_ahead, now, left = _ahead(
                state, stamp, low, closing, ahead, forth, True, left
            )
            forth = (forth[1], forth[0])
    return met, left


@njit(cache=True, nogil=True)
def _is_latest(state, path, depth, closing):
    """Return whether each payment is the latest possible one between its two accounts."""
    ring, mask = state.ring, len(state.ring) - 1
    after = closing
    for k in range(depth + 1):
        payment = path[k]
        last = latest(state, ring[payment & mask].src, ring[payment & mask].dst)
        while last >= after:
            last = same_before(state, last)
        if last != payment:
            return False
        after = payment
    return True


@njit(cache=True, nogil=True)
def cycles(state, asked, i, out, at, counts):
    """Write the cycles that payment `i` closes; add to `counts[:, length]` by both conventions."""
    ring, mask, mark, low = state.ring, len(state.ring) - 1, state.mark, state.low[CYCLE]
    payer, payee = ring[i & mask].src, ring[i & mask].dst
    if fed_by(state, i) < low or state.account[payee].last_out < low:
        return
    state.turn[1] += 1
    stamp = state.turn[1]
    met, left = _labelled(state, asked, i, stamp)
    if left < 0:
        return cut_short(state, out, at, CYCLE, i)
    if not met:
        return
    path = np.empty(LONGEST_CYCLE + 1, np.int64)
    least, most = np.empty(LONGEST_CYCLE + 1), np.empty(LONGEST_CYCLE + 1)
    depth, path[0] = 0, fed_by(state, i)
    amount, currency = float(ring[i & mask].amount), ring[i & mask].currency
    while depth >= 0:
        payment = path[depth]
        left -= 1
        if left < 0:
            return cut_short(state, out, at, CYCLE, i)
        if payment < low:
            depth -= 1
            if depth >= 0:
                path[depth] = in_before(state, path[depth])
            continue
        one = ring[payment & mask]
        label = mark[one.src]
        fits = label.ahead == stamp and label.arrival < payment and one.src != payer
        for k in range(depth):
            fits = fits and ring[path[k] & mask].src != one.src
        if fits and asked.tolerance >= 0:
            least[depth] = min(least[depth - 1] if depth else amount, one.amount)
            most[depth] = max(most[depth - 1] if depth else amount, one.amount)
            fits = (
                one.currency == currency
                and most[depth] - least[depth] <= asked.tolerance * most[depth]
            )
        if fits and one.src == payee and depth + 2 >= asked.shortest:
            first = _is_latest(state, path, depth, i)
            counts[0, depth + 2] += 1
            counts[1, depth + 2] += first
            if first or not asked.sequences:
                start = begin(out, at, CYCLE, i, depth + 2, payee, payer)
                for k in range(depth, -1, -1):
                    add(out, at, start, path[k], ROLE_STEP)
                add(out, at, start, i, ROLE_STEP)
        if fits and one.src != payee and depth + 3 <= asked.longest:
            depth += 1
            path[depth] = fed_by(state, payment)
        else:
            path[depth] = in_before(state, payment)
