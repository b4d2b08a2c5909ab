"""Compiled: payments go through the window one by one; instances and features come out."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from manara.money.accounts import dormant, fans, gather_scatter, pass_through, structuring
from manara.money.cycles import cycles
from manara.money.layers import layers, scatter_gather
from manara.money.layout import (
    BIPARTITE,
    CYCLE,
    DORMANT,
    GATHER_SCATTER,
    LONGEST_CYCLE,
    PASS_THROUGH,
    PATTERNS,
    ROLE_STEP,
    SCATTER_GATHER,
    STACK,
)
from manara.money.lent import lent_asked, lent_state
from manara.money.window import (
    HEADER,
    enter,
    fed_by,
    in_before,
    leave,
    out_before,
    same_before,
)

_SIDE = ("in_count", "payers", "in_sum", "out_count", "payees", "out_sum")
_GAPS = ("same_gap", "out_gap", "fed_gap", "in_gap")
#: The features of a payment, sums in thousandths, times in seconds, not a number for "none":
#: payer and payee in the window, this payment included; time since the last one between the two,
#: since the payer's last, since the payer last received, since the payee last received; amount that
#: the payer last received; of each pattern how many instances it closes and the size of the
#: largest; cycles closed by length, then by sequences of accounts.
FEATURES = (
    *(f"payer_{name}" for name in _SIDE),
    *(f"payee_{name}" for name in _SIDE),
    *_GAPS,
    "fed_amount",
    *(f"{name}_instances" for name in PATTERNS),
    *(f"{name}_size" for name in PATTERNS),
    *(f"cycle_{length}" for length in range(2, LONGEST_CYCLE + 1)),
    "cycle_sequences",
)
_PATTERNS = len(PATTERNS)


@njit(cache=True, nogil=True)
def run(state, asked, src, dst, ts, amount, currency, start, stop, features, place):
    """Return what the payments from `start` to `stop` complete, as words.

    The arrays hold one value a payment, ordered by time; `features` gets those of each in the
    row that `place` says, or has no rows.
    An instance is `HEADER` words (pattern, closing payment, size, two accounts, members) and its
    members, each 4 times its number plus its role; a pattern of -1 minus its code, without members,
    says that the search at that payment was cut short. Numbers count from the state's first.
    """
    state, asked = lent_state(state), lent_asked(asked)
    out, at = [np.empty(256, np.int64)], np.zeros(1, np.int64)
    counts = np.zeros((2, LONGEST_CYCLE + 1), np.int64)
    for row in range(start, stop):
        leave(state, asked, ts[row])
        i = enter(state, asked, src[row], dst[row], ts[row], amount[row], currency[row])
        first = at[0]
        fans(state, asked, i, out, at)
        structuring(state, asked, i, out, at)
        if asked.on[DORMANT]:
            dormant(state, asked, i, src[row], out, at)
            dormant(state, asked, i, dst[row], out, at)
        if asked.on[GATHER_SCATTER]:
            gather_scatter(state, asked, i, out, at)
        if asked.on[PASS_THROUGH]:
            pass_through(state, asked, i, out, at)
        if asked.on[SCATTER_GATHER]:
            scatter_gather(state, asked, i, out, at)
        if asked.on[BIPARTITE]:
            layers(state, asked, i, BIPARTITE, out, at)
        if asked.on[STACK]:
            layers(state, asked, i, STACK, out, at)
        if asked.on[CYCLE]:
            counts[:] = 0
            cycles(state, asked, i, out, at, counts)
        if len(features):
            _describe(state, i, out[0][first : at[0]], counts, features[place[row]])
    return out[0][: at[0]]


@njit(cache=True, nogil=True)
def _describe(state, i, words, counts, row):
    """Write the features of payment `i`."""
    mask = len(state.ring) - 1
    one = state.ring[i & mask]
    for k in range(2):
        who = state.account[one.dst if k else one.src]
        row[6 * k], row[6 * k + 1], row[6 * k + 2] = who.in_count, who.payers, who.in_sum
        row[6 * k + 3], row[6 * k + 4], row[6 * k + 5] = who.out_count, who.payees, who.out_sum
    befores = (same_before(state, i), out_before(state, i), fed_by(state, i), in_before(state, i))
    for k in range(4):
        if befores[k] >= 0:
            row[12 + k] = one.ts - state.ring[befores[k] & mask].ts
        else:
            row[12 + k] = np.nan
    row[16] = state.ring[befores[2] & mask].amount if befores[2] >= 0 else np.nan
    row[17 : 17 + 2 * _PATTERNS] = 0
    at = 0
    while at < len(words):
        pattern, size = words[at], words[at + 2]
        if pattern >= 0:
            row[17 + pattern] += np.float32(1)
            row[17 + _PATTERNS + pattern] = max(row[17 + _PATTERNS + pattern], np.float32(size))
        at += HEADER + words[at + 5]
    base = 17 + 2 * _PATTERNS
    for length in range(2, LONGEST_CYCLE + 1):
        row[base + length - 2] = counts[0, length]
    row[base + LONGEST_CYCLE - 1] = counts[1].sum()


@njit(cache=True, nogil=True)
def sizes(words):
    """Return how many instances, members and searches cut short the words hold."""
    instances, members, short, at = 0, 0, 0, 0
    while at < len(words):
        if words[at] < 0:
            short += 1
        else:
            instances += 1
            members += words[at + 5]
        at += HEADER + words[at + 5]
    return instances, members, short


@njit(cache=True, nogil=True)
def unpack(ring, words, heads, offsets, members, roles, facts, short):
    """Unpack words into arrays: a row of heads and facts an instance, members in time order."""
    at, k, m, s = 0, 0, 0, 0
    while at < len(words):
        count = words[at + 5]
        if words[at] < 0:
            short[s, 0], short[s, 1] = -1 - words[at], words[at + 1]
            s += 1
        else:
            heads[k] = words[at : at + 5]
            body = words[at + HEADER : at + HEADER + count][::-1].copy()
            # Most walks go back in time, so that most bodies are in order now.
            for j in range(1, count):
                if body[j] < body[j - 1]:
                    body.sort()
                    break
            for j in range(count):
                members[m + j], roles[m + j] = body[j] >> 2, body[j] & 3
            _facts(ring, members[m : m + count], roles[m : m + count], facts[k])
            m += count
            k += 1
            offsets[k] = m
        at += HEADER + count


@njit(cache=True, nogil=True)
def _facts(ring, members, roles, row):
    """Write first and last time, sums in and out, dwell and currency of an instance."""
    mask = len(ring) - 1
    first, last = ring[members[0] & mask], ring[members[-1] & mask]
    row[0], row[1], row[5] = first.ts, last.ts, first.currency
    times, counts = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for j in range(len(members)):
        one, role = ring[members[j] & mask], roles[j]
        if one.currency != row[5]:
            row[5] = -2
        if role != ROLE_STEP:
            row[2 + role] += one.amount
            times[role] += one.ts - first.ts
            counts[role] += 1
    if roles[0] == ROLE_STEP:
        row[2], row[3] = last.amount, first.amount
    row[4] = last.ts - first.ts
    if counts[0] and counts[1]:
        row[4] = round(abs(times[0] / counts[0] - times[1] / counts[1]))
