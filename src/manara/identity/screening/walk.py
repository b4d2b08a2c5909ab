"""The walk over a segment: which names can be meant, and how well each fits.

The posting lists of a query's rarest word are read first. The lists of frequent words are not cut
but left unread for as long as no name outside the candidates could still get among the best
(MaxScore: Turtle and Flood 1995); candidates look frequent words up in their own words.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import F32, I32, I64, U8, U16, Costs, Words
from manara.identity.screening.likelihood import (
    JOINED,
    LEGAL,
    MAX_WORDS,
    OTHER_KIND,
    PARTICLE,
    ROLE_WEIGHT,
    Asked,
    Names,
    People,
    agreement,
    align,
    evidence,
    near_at,
)
from manara.identity.screening.signs import SIGNS, name_score, observe

#: Names that are compared word by word for one query, in each segment. Not exact: the walk ranks by
#: near words alone, while the comparison adds spaces, initials, far words, weak aliases and other
#: evidence; a name that only these would bring among the best is lost beyond this many.
KEPT = 32
_UNMET, _UNASKED = 2, 3
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
def _gain(asked: Asked, i: int, at: int, rarity: float, weights: F32) -> float:
    """Return what a name gains when a query word meets one of its words, its neighbour `at`.

    Beside the agreement itself, neither of the two words has to be paid for as left over.
    """
    weight = asked.weight[i]
    says = agreement(weight, asked.near_rarity[at], asked.near_share[at], weights)
    return max(np.float32(0.0), says + rarity * weights[_UNASKED] + weight * weights[_UNMET])


@njit(cache=True, nogil=True)
def _looked_up(asked: Asked, i: int, names: Names, name: int, words: Words, weights: F32) -> float:
    """Return the best gain of the query's word `i` among the words of one name."""
    best = 0.0
    near_word, their_word = asked.near_word, names.word
    first, end = asked.near[i], asked.near[i + 1]
    last = min(names.start[name + 1], names.start[name] + MAX_WORDS)
    for j in range(names.start[name], last):
        word = their_word[j]
        at = near_at(near_word, first, end, word)
        if at >= 0:
            best = max(best, _gain(asked, i, at, words.rarity[word], weights))
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
def _read(
    asked: Asked, i: int, stamp: float, names: Names, words: Words, weights: F32,
    cells: F32, touched: I32, n_touched: int, base: float,
) -> int:  # fmt: skip
    """Read the postings of the query's word `i`; return how many names are touched by now."""
    start, end = asked.near[i], asked.near[i + 1]
    post, posting = names.post, names.posting
    gains = np.empty(end - start, np.float32)
    for k in range(start, end):
        rarity = words.rarity[asked.near_word[k]]
        gains[k - start] = _gain(asked, i, k, rarity, weights)
    for place in np.argsort(-gains):
        gain = gains[place]
        word = asked.near_word[start + place]
        for p in range(post[word], post[word + 1]):
            name = posting[p]
            last = cells[name, 1]
            if last < base:
                cells[name, 0] = gain
                touched[n_touched] = name
                n_touched += 1
            elif last < stamp:
                cells[name, 0] += gain
            cells[name, 1] = stamp
    return n_touched


@njit(cache=True, nogil=True)
def _most(asked: Asked, i: int, words: Words, weights: F32) -> tuple[float, float]:
    """Return what the query's word `i` can give a name that has no other word, and any name."""
    alone, most = 0.0, 0.0
    for k in range(asked.near[i], asked.near[i + 1]):
        rarity = words.rarity[asked.near_word[k]]
        gain = _gain(asked, i, k, rarity, weights)
        most = max(most, gain)
        alone = max(alone, gain - rarity * weights[_UNASKED])
    return alone, most


@njit(cache=True, nogil=True)
def walk(
    asked: Asked, names: Names, words: Words, weights: F32,
    cells: F32, touched: I32, base: float, limit: int,
) -> I32:  # fmt: skip
    """Return up to `KEPT` names that fit the query's words best, in no order.

    Args:
        asked: the query's words.
        names: the segment's names.
        words: its dictionary.
        weights: parameters of the name score.
        cells: [names, 2] scratch: a name's gains, and the stamp of the word that gave the last.
        touched: [names] scratch.
        base: a whole number above all stamps left in `cells` and `MAX_WORDS` below the next call's.
        limit: how many of the best must be right; the walk may stop once these are settled.
    """
    order, counts = _order(asked, names)
    n = len(order)
    most = np.zeros((2, n + 1), np.float32)
    for at in range(n - 1, -1, -1):
        alone, gain = _most(asked, order[at], words, weights)
        most[0, at] = most[0, at + 1] + alone
        most[1, at] = most[1, at + 1] + gain
    keep, item = np.empty(KEPT, np.float32), np.empty(KEPT, np.int32)
    n_touched, unread = 0, counts.sum()
    for at in range(n):
        i = order[at]
        if at and unread > _LOOKED_UP * max(n_touched, limit):
            size = _best(asked, order[at:], most[1, at], names, words, weights,
                         cells, touched[:n_touched], keep, item)  # fmt: skip
            if size >= limit and _nth(keep[:size], limit) >= most[0, at]:
                return item[:size].copy()
        n_touched = _read(
            asked, i, float(base + at), names, words, weights,
            cells, touched, n_touched, float(base),
        )  # fmt: skip
        unread -= counts[i]
    size = _best(asked, order[n:], np.float32(0.0), names, words, weights,
                 cells, touched[:n_touched], keep, item)  # fmt: skip
    return item[:size].copy()


@njit(cache=True, nogil=True)
def _best(
    asked: Asked, later: I64, most: float, names: Names, words: Words, weights: F32,
    cells: F32, touched: I32, keep: F32, item: I32,
) -> int:  # fmt: skip
    """Put the best candidates on a heap, with what unread words give them; return its size.

    Args:
        asked: the query's words.
        later: those whose postings are not read.
        most: what they can give a name at most.
        names: the segment's names.
        words: its dictionary.
        weights: parameters of the name score.
        cells: gains of the names touched.
        touched: the names touched.
        keep: [KEPT] receives their scores.
        item: [KEPT] receives the names.
    """
    size = 0
    mass, entity, gone, unasked = names.mass, names.entity, names.gone, weights[_UNASKED]
    for t in range(len(touched)):
        name = touched[t]
        score = cells[name, 0]
        if size == KEPT and score + most <= keep[0]:
            continue
        score -= mass[name] * unasked
        if size == KEPT and score + most <= keep[0]:
            continue
        if gone[entity[name]]:
            continue
        for i in later:
            score += _looked_up(asked, i, names, name, words, weights)
        size = _push(keep, item, size, score, name)
    return size


@njit(cache=True, nogil=True)
def rank(
    found: I32, asked: Asked, names: Names, words: Words, people: People, costs: Costs,
    weights: F32, dates: I32, countries: U16, gender: int, kind: int,
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
                aligned, signs)  # fmt: skip
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
