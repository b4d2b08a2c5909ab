"""The walk over a segment: which names can be meant, and how well each fits.

The posting lists of a query's rarest word are read first. The lists of frequent words are not cut
but left unread for as long as no name outside the candidates could still get among the best
(MaxScore: Turtle and Flood 1995); candidates look frequent words up in their own words.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.alignment import agreement, align, near_at
from manara.identity.screening.evidence import OTHER_KIND, People, evidence
from manara.identity.screening.kernels import F32, I32, I64, U8, U16, Costs, Words
from manara.identity.screening.likelihood import (
    HEFT,
    JOINED,
    LEGAL,
    MAX_WORDS,
    PARTICLE,
    ROLE_WEIGHT,
    Asked,
    Names,
)
from manara.identity.screening.signs import SIGNS, name_score, observe

#: Names that are compared word by word for one query, in each segment. Not exact: the walk ranks by
#: near words alone, while the comparison adds spaces, initials, far words, weak aliases and other
#: evidence; a name that only these would bring among the best is lost beyond this many.
KEPT = 32
_UNMET, _UNASKED = 2, 3
#: 2^64 over the golden ratio: its products spread neighbouring numbers.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
#: Postings that can be read in the time that looking up the words of one candidate takes.
_LOOKED_UP = 10


@njit(cache=True, nogil=True)
def _push(heap: F32, item: I32, size: int, score: float, name: int) -> int:
    """Put a name on a heap whose weakest lies on top; return the heap's new size."""
    if size < len(heap):
        at = size
        size += 1
        while at and heap[(at - 1) >> 1] > score:
            heap[at], item[at] = heap[(at - 1) >> 1], item[(at - 1) >> 1]
            at = (at - 1) >> 1
    elif score <= heap[0]:
        return size
    else:
        at = 0
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            if child + 1 < size and heap[child + 1] < heap[child]:
                child += 1
            if heap[child] >= score:
                break
            heap[at], item[at] = heap[child], item[child]
            at = child
    heap[at], item[at] = score, name
    return size


@njit(cache=True, nogil=True)
def _nth(scores: F32, n: int) -> float:
    """Return the `n`-th highest of a few scores; sorting them takes seconds to compile."""
    value = np.float32(0.0)
    for one in scores:
        higher = (scores > one).sum()
        if higher < n <= higher + (scores == one).sum():
            value = one
    return float(value)


@njit(cache=True, nogil=True)
def _worth(asked: Asked, words: Words, weights: F32) -> F32:
    """Return what a name gains by each of the query words' neighbours.

    Beside the agreement itself, neither of the two words has to be paid for as left over.
    """
    weight, rarity, near = asked.weight, words.rarity, asked.near
    near_word, near_rarity, near_share = asked.near_word, asked.near_rarity, asked.near_share
    worth = np.empty(len(near_word), np.float32)
    for i in range(len(weight)):
        for at in range(near[i], near[i + 1]):
            says = agreement(weight[i], near_rarity[at], near_share[at], weights)
            says += rarity[near_word[at]] * weights[_UNASKED]
            says += weight[i] * weights[_UNMET]
            worth[at] = max(np.float32(0.0), says)
    return worth


# Arrays by themselves here and below: a look into a record counts references at every step.
@njit(cache=True, nogil=True)
def _looked_up(
    worth: F32, near_word: I32, first: int, end: int, their_word: I32, begin: int, last: int
) -> float:
    """Return the best gain among some words of one name by neighbours from first to end."""
    best = 0.0
    for j in range(begin, last):
        at = near_at(near_word, first, end, their_word[j])
        if at >= 0:
            best = max(best, worth[at])
    return best


@njit(cache=True, nogil=True)
def _order(asked: Asked, names: Names) -> tuple[I64, I64]:
    """Return the query's words that lead to names, the rarest first, and each one's postings.

    Particles, honorifics, legal forms and initials lead nowhere: no name is meant by them alone.
    """
    n = len(asked.weight)
    counts = np.zeros(n, np.int64)
    leading = np.empty(n, np.int64)
    n_leading = 0
    for i in range(n):
        if PARTICLE <= asked.role[i] <= LEGAL:
            continue
        leading[n_leading] = i
        n_leading += 1
        for k in range(asked.near[i], asked.near[i + 1]):
            word = asked.near_word[k]
            counts[i] += names.post[word + 1] - names.post[word]
    leading = leading[:n_leading]
    return leading[np.argsort(counts[leading], kind="mergesort")], counts


@njit(cache=True, nogil=True)
def _more(
    touched: I32, gains: F32, hefts: U8, stamps: U8, n_touched: int, room: int
) -> tuple[I32, F32, U8, U8, I32, int]:
    """Return the names touched with room for more, a hash table of their places, and its shift."""
    longer, more = np.empty(room, np.int32), np.empty(room, np.float32)
    heavy, stamped = np.empty(room, np.uint8), np.empty(room, np.uint8)
    longer[:n_touched], more[:n_touched] = touched[:n_touched], gains[:n_touched]
    heavy[:n_touched], stamped[:n_touched] = hefts[:n_touched], stamps[:n_touched]
    bits = 8
    while 1 << bits < 2 * room:
        bits += 1
    slots = np.full(1 << bits, -1, np.int32)
    for t in range(n_touched):
        slots[_slot(slots, longer, longer[t], 64 - bits)] = t
    return longer, more, heavy, stamped, slots, 64 - bits


@njit(cache=True, nogil=True, inline="always")
def _slot(slots: I32, touched: I32, name: int, shift: int) -> int:
    """Return the slot of a name in the hash table, or the free one where it belongs.

    Multiplicative hashing with linear probing (Knuth 1998, section 6.4).
    """
    last = len(slots) - 1
    at = np.int64((np.uint64(name) * _GOLDEN) >> np.uint64(shift))
    while slots[at] >= 0 and touched[slots[at]] != name:
        at = (at + 1) & last
    return at


@njit(cache=True, nogil=True)
def _credit(
    posting: I32, heft: U8, first: int, last: int, gain: float, stamp: int,
    touched: I32, gains: F32, hefts: U8, stamps: U8, slots: I32, shift: int, n_touched: int,
) -> int:  # fmt: skip
    """Give the names of some postings what a word says; return how many are touched by now.

    Takes no records, the references to whose arrays would be counted at every step.
    """
    for p in range(first, last):
        at = _slot(slots, touched, posting[p], shift)
        t = slots[at]
        if t < 0:
            slots[at] = n_touched
            touched[n_touched], gains[n_touched] = posting[p], gain
            hefts[n_touched], stamps[n_touched] = heft[p], stamp
            n_touched += 1
        elif stamps[t] != stamp:
            gains[t] += gain
            stamps[t] = stamp
    return n_touched


@njit(cache=True, nogil=True)
def _read(
    worth: F32, near_word: I32, stamp: int, post: I64, posting: I32, heft: U8,
    touched: I32, gains: F32, hefts: U8, stamps: U8, slots: I32, shift: int, n_touched: int,
) -> int:  # fmt: skip
    """Read the postings of a query word's neighbours; return how many names are touched by now."""
    for place in np.argsort(-worth):
        word = near_word[place]
        n_touched = _credit(
            posting, heft, post[word], post[word + 1], worth[place], stamp,
            touched, gains, hefts, stamps, slots, shift, n_touched,
        )  # fmt: skip
    return n_touched


@njit(cache=True, nogil=True)
def _most(worth: F32, near_word: I32, rarity: F32, weights: F32) -> tuple[float, float]:
    """Return what a query word can give a name that has no other word, and any name."""
    alone, most = 0.0, 0.0
    for k in range(len(worth)):
        most = max(most, worth[k])
        alone = max(alone, np.float64(worth[k]) - rarity[near_word[k]] * weights[_UNASKED])
    return alone, most


@njit(cache=True, nogil=True)
def walk(asked: Asked, names: Names, words: Words, weights: F32, limit: int) -> I32:
    """Return up to `KEPT` names that fit the query's words best, in no order.

    Args:
        asked: the query's words.
        names: the segment's names.
        words: its dictionary.
        weights: parameters of the name score.
        limit: how many of the best must be right; the walk may stop once these are settled.
    """
    order, counts = _order(asked, names)
    n = len(order)
    worth, near, near_word = _worth(asked, words, weights), asked.near, asked.near_word
    most = np.zeros((2, n + 1), np.float32)
    for at in range(n - 1, -1, -1):
        first, end = near[order[at]], near[order[at] + 1]
        alone, gain = _most(worth[first:end], near_word[first:end], words.rarity, weights)
        most[0, at] = most[0, at + 1] + alone
        most[1, at] = most[1, at + 1] + gain
    keep, item = np.empty(KEPT, np.float32), np.empty(KEPT, np.int32)
    n_touched, unread, shift = 0, counts.sum(), 0
    touched, slots = np.empty(0, np.int32), np.empty(0, np.int32)
    gains = np.empty(0, np.float32)
    hefts, stamps = np.empty(0, np.uint8), np.empty(0, np.uint8)
    for at in range(n):
        i = order[at]
        if at and unread > _LOOKED_UP * max(n_touched, limit):
            size = _best(
                worth, near, near_word, order[at:], most[1, at], weights[_UNASKED], names.mass,
                names.entity, names.gone, names.start, names.word, touched[:n_touched], gains,
                hefts, keep, item,
            )  # fmt: skip
            if size >= limit and _nth(keep[:size], limit) >= most[0, at]:
                return item[:size].copy()
        room = min(n_touched + counts[i], len(names.entity))
        if room > len(touched):
            touched, gains, hefts, stamps, slots, shift = _more(
                touched, gains, hefts, stamps, n_touched, room
            )
        first, end = near[i], near[i + 1]
        n_touched = _read(
            worth[first:end], near_word[first:end], at, names.post, names.posting, names.heft,
            touched, gains, hefts, stamps, slots, shift, n_touched,
        )  # fmt: skip
        unread -= counts[i]
    size = _best(
        worth, near, near_word, order[n:], np.float32(0.0), weights[_UNASKED], names.mass,
        names.entity, names.gone, names.start, names.word, touched[:n_touched], gains,
        hefts, keep, item,
    )  # fmt: skip
    return item[:size].copy()


@njit(cache=True, nogil=True)
def _best(
    worth: F32, near: I32, near_word: I32, later: I64, most: float, unasked: float, mass: F32,
    entity: I32, gone: U8, start: I64, their_word: I32, touched: I32, gains: F32,
    hefts: U8, keep: F32, item: I32,
) -> int:  # fmt: skip
    """Put the best candidates on a heap, with what unread words give them; return its size.

    Args:
        worth: what a name gains by each neighbour.
        near: first neighbour of each query word.
        near_word: the neighbours.
        later: query words whose postings are not read.
        most: what they can give a name at most.
        unasked: share of its rarity that a word of the list's name costs.
        mass: as in `Names`.
        entity: the same.
        gone: the same.
        start: the same.
        their_word: `Names.word`.
        touched: the names touched.
        gains: what the words read give each.
        hefts: as in `Names`.
        keep: [KEPT] receives their scores.
        item: [KEPT] receives the names.
    """
    size = 0
    for t in range(len(touched)):
        name = touched[t]
        score = gains[t]
        # Told without a look at the name, far away in memory; less what rounding adds up to.
        lightest = np.float32(hefts[t]) / np.float32(HEFT) * unasked - np.float32(0.001)
        if size == KEPT and score + most - lightest <= keep[0]:
            continue
        score -= mass[name] * unasked
        if size == KEPT and score + most <= keep[0]:
            continue
        if gone[entity[name]]:
            continue
        first = start[name]
        last = min(start[name + 1], first + MAX_WORDS)
        for i in later:
            score += _looked_up(worth, near_word, near[i], near[i + 1], their_word, first, last)
        size = _push(keep, item, size, score, name)
    return size


@njit(cache=True, nogil=True)
def rank(
    found: I32, asked: Asked, names: Names, words: Words, people: People, costs: Costs,
    weights: F32, dates: I32, countries: U16, gender: int, kind: int, own: I64, own_name: I32,
) -> tuple[F32, F32]:  # fmt: skip
    """Return the name scores of the names found, and what other evidence says of each."""
    n = len(asked.weight)
    mate, value, shares = np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, np.float32)
    scores, others = np.empty(len(found), np.float32), np.empty(len(found), np.float32)
    parts, signs = np.empty(3, np.float32), np.empty(len(SIGNS), np.float32)
    for f in range(len(found)):
        name = np.int64(found[f])
        entity = np.int64(names.entity[name])
        aligned = align(asked, names, name, words, costs, weights, mate, value, shares)
        observe(asked, names, name, words, mate, value, shares, people.kind[entity], kind,
                aligned, own, own_name, signs)  # fmt: skip
        scores[f] = name_score(signs, min(aligned[1], aligned[2]))
        others[f] = evidence(people, entity, dates, countries, gender, parts)
        if kind and people.kind[entity] and kind != people.kind[entity]:
            others[f] -= np.float32(OTHER_KIND)
    return scores, others


@njit(cache=True, nogil=True)
def masses(start: I64, word: I32, role: U8, rarity: F32) -> F32:
    """Return what the plain words of each name weigh together, in nats."""
    out = np.zeros(len(start) - 1, np.float32)
    for name in range(len(out)):
        for j in range(start[name], min(start[name + 1], start[name] + MAX_WORDS)):
            if role[j] != JOINED:
                out[name] += rarity[word[j]] * ROLE_WEIGHT[role[j]]
    return out


def hefts(mass: F32, posting: I32) -> U8:
    """Return what the name of each posting weighs, as `Names.heft`; never more than it does."""
    return np.minimum(mass * np.float32(HEFT), np.float32(255)).astype(np.uint8)[posting]
