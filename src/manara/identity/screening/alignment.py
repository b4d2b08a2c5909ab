"""How far the words of two names speak for one name, in nats: the best one-to-one assignment.

Words that agree outweigh those that are left out, and what contradicts weighs more than what is
missing.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.names.readings import VOWELLESS
from manara.identity.screening.kernels import (
    APART,
    F32,
    I32,
    MAX_COST_SHARE,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    Costs,
    Words,
    borrowing,
    costs_between,
    edit_cost,
    reading_cost,
)
from manara.identity.screening.likelihood import (
    CONTRADICTED,
    INITIAL,
    INITIAL_GAIN,
    JOINED,
    MAX_WORDS,
    NAME,
    ROLE_WEIGHT,
    SLOPE,
    Asked,
    Names,
)

#: How much of what a list's name weighs more than the query counts in what share of them met.
_LONGER = 0.5
#: A counterpart this near needs no rival.
_GOOD_SHARE = 0.12


@njit(cache=True, nogil=True)
def agreement(weight: float, other: float, share: float, weights: F32) -> float:
    """Return what two words that may be one say for it; below zero they contradict."""
    return min(weight, other) * (np.float32(1.0) - share * weights[SLOPE])


@njit(cache=True, nogil=True)
def near_at(near_word: I32, first: int, last: int, word: int) -> int:
    """Return the place of a dictionary word among neighbours from first to last, else -1."""
    low, high = first, last
    while low < high:
        middle = (low + high) >> 1
        if near_word[middle] < word:
            low = middle + 1
        else:
            high = middle
    if low < last and near_word[low] == word:
        return low
    return -1


@borrowing
def _same_initial(asked: Asked, i: int, words: Words, word: int) -> bool:
    """Return whether some readings of both begin with one letter."""
    for a in range(asked.reading[i], asked.reading[i + 1]):
        for b in range(words.reading[word], words.reading[word + 1]):
            if asked.letters[asked.letter[a]] == words.letters[words.letter[b]]:
                return True
    return False


@njit(cache=True, nogil=True)
def _pair(weight: float, role: int, rarity: float, share: float, weights: F32) -> float:
    """Return what pairing a query word with a word of a role in a name gains.

    That is what they say, and that neither of them is left over. So a poor likeness passes
    smoothly into a contradiction.
    """
    other = rarity * (np.float32(1.0) if role == JOINED else ROLE_WEIGHT[role])
    return agreement(weight, other, share, weights) + min(weight, other) * weights[CONTRADICTED]


@borrowing
def _near_pairs(
    asked: Asked, names: Names, first: int, words: Words, weights: F32, worth: F32, share: F32
) -> None:
    """Fill in the pairs of words that the dictionary look-up has found, and initials."""
    # Arrays by themselves: a look into a record counts references at every step.
    weights_of, near, near_word = asked.weight, asked.near, asked.near_word
    near_share, near_rarity = asked.near_share, asked.near_rarity
    their_word, their_role = names.word, names.role
    for i in range(worth.shape[0]):
        ours = asked.role[i]
        for j in range(worth.shape[1]):
            word, role = their_word[first + j], their_role[first + j]
            if ours == INITIAL or role == INITIAL:
                named = ours in (NAME, INITIAL) and role in (NAME, INITIAL)
                if named and _same_initial(asked, i, words, word):
                    worth[i, j] = weights[INITIAL_GAIN]
            elif ours != JOINED or role != JOINED:
                at = near_at(near_word, near[i], near[i + 1], word)
                if at >= 0:
                    share[i, j] = near_share[at]
                    rarity = near_rarity[at]
                    worth[i, j] = _pair(weights_of[i], role, rarity, share[i, j], weights)


@borrowing
def _far_pairs(
    asked: Asked, names: Names, first: int, words: Words, costs: Costs, weights: F32,
    worth: F32, share: F32, rows: F32,
) -> None:  # fmt: skip
    """Fill in the pairs that share no key, between words that have no good counterpart yet."""
    n, m = worth.shape
    met = 0
    for j in range(m):
        for i in range(n):
            met |= int(0 <= share[i, j] <= _GOOD_SHARE) << j
    for i in range(n):
        if asked.role[i] != NAME:
            continue
        good = False
        for j in range(m):
            good |= 0 <= share[i, j] <= _GOOD_SHARE
        for j in range(m):
            if good or met >> j & 1 or share[i, j] >= 0 or names.role[first + j] != NAME:
                continue
            word = names.word[first + j]
            cost = reading_cost(
                asked.letters, asked.letter, asked.masks,
                asked.reading[i], asked.reading[i + 1], asked.habit[i], words, word, costs, rows,
                MAX_COST_SHARE,
            ) * asked.steep[i]  # fmt: skip
            if cost <= MAX_COST_SHARE:
                share[i, j] = cost
                worth[i, j] = _pair(asked.weight[i], NAME, asked.far_rarity[i], cost, weights)


@njit(cache=True, nogil=True)
def _one_cost(
    a: U8, a0: int, a1: int, b: U8, b0: int, b1: int, c0: int, c1: int, kind: int, turned: bool,
    costs: F32, rows: F32, both: U8,
) -> float:  # fmt: skip
    """Return the cost share of reading `a` and of two readings in `b` written as one in `both`.

    Args:
        a: letters of one reading and others, from a0 to a1.
        a0: see there.
        a1: see there.
        b: letters of two readings, from b0 to b1 and from c0 to c1.
        b0: see there.
        b1: see there.
        c0: see there.
        c1: see there.
        kind: which letter costs hold.
        turned: whether their row is a letter of `b`, not of `a`.
        costs: [3, 27, 27] letter costs.
        rows: [3, MAX_LETTERS + 1] scratch.
        both: [2 * MAX_LETTERS] scratch.
    """
    size = 0
    for k in range(b0, min(b1, b0 + MAX_LETTERS)):
        both[size] = b[k]
        size += 1
    for k in range(c0, min(c1, c0 + MAX_LETTERS)):
        both[size] = b[k]
        size += 1
    # A script without vowels writes up to half as many letters.
    most = 3 if kind != VOWELLESS else max(3, (size + a1 - a0) // 3)
    if abs(size - (a1 - a0)) > most or size < 5:
        return np.float32(1.0)
    table = costs[kind]
    whole = np.float32(0.1)
    for k in range(a0, a1):
        whole += table[0, a[k]] if turned else table[a[k], 0]
    for k in range(size):
        whole += table[both[k], 0] if turned else table[0, both[k]]
    if turned:
        cost = edit_cost(both, 0, size, a, a0, a1, table, rows, whole)
    else:
        cost = edit_cost(a, a0, a1, both, 0, size, table, rows, whole)
    return (cost + np.float32(APART)) / whole


@borrowing
def _glued(
    asked: Asked, names: Names, first: int, m: int, words: Words, costs: Costs, weights: F32,
    limit: float, met: int, taken: int, mate: I32, value: F32, shares: F32, rows: F32, both: U8,
) -> tuple[float, int, int]:  # fmt: skip
    """Match words left over that one side writes as one and the other as two neighbours.

    Returns what they say, and the covers of the words met on both sides. A share of a glued pair
    is given 2 more, to tell it from others.
    """
    total = np.float32(0.0)
    ours, theirs, table = asked.letters, words.letters, costs.letters
    their_word, their_role, their_cover = names.word, names.role, names.cover
    reading = words.reading
    for i in range(len(mate)):
        if (
            asked.role[i] != NAME
            or asked.cover[i] & met
            or asked.reading[i + 1] == asked.reading[i]
        ):
            continue
        r = asked.letter[asked.reading[i]], asked.letter[asked.reading[i] + 1]
        after = i + 1 < len(mate) and asked.role[i + 1] == NAME and not asked.cover[i + 1] & met
        after = after and asked.reading[i + 2] > asked.reading[i + 1]
        for j in range(m):
            if their_role[first + j] != NAME or their_cover[first + j] & taken:
                continue
            word = their_word[first + j]
            if reading[word + 1] == reading[word]:
                continue
            s = words.letter[words.reading[word]], words.letter[words.reading[word] + 1]
            kind = costs_between(asked.habit[i], words.habit[word])
            turned = kind != 0 and kind != asked.habit[i]  # the list's word is the row
            if j + 1 < m and names.role[first + j + 1] == NAME:
                other = names.word[first + j + 1]
                if (
                    not names.cover[first + j + 1] & taken
                    and words.reading[other + 1] > words.reading[other]
                ):
                    t = words.letter[words.reading[other]], words.letter[words.reading[other] + 1]
                    share = _one_cost(
                        ours, r[0], r[1], theirs, s[0], s[1], t[0], t[1], kind, turned, table,
                        rows, both,
                    )  # fmt: skip
                    if share <= limit:
                        weight = words.rarity[word] + words.rarity[other]
                        gain = agreement(asked.weight[i] * 2, weight, share, weights)
                        mate[i], value[i], shares[i] = j, gain, share + 2
                        total += gain
                        met |= asked.cover[i]
                        taken |= names.cover[first + j] | names.cover[first + j + 1]
                        break
            if after:
                k = asked.reading[i + 1]
                t = asked.letter[k], asked.letter[k + 1]
                share = _one_cost(
                    theirs, s[0], s[1], ours, r[0], r[1], t[0], t[1], kind, not turned, table,
                    rows, both,
                )  # fmt: skip
                if share <= limit:
                    weight = asked.weight[i] + asked.weight[i + 1]
                    gain = agreement(words.rarity[word] * 2, weight, share, weights)
                    for k in (i, i + 1):
                        mate[k], value[k], shares[k] = j, gain / 2, share + 2
                        met |= asked.cover[k]
                    total += gain
                    taken |= names.cover[first + j]
                    break
    return total, met, taken


@njit(cache=True, nogil=True)
def align(
    asked: Asked, names: Names, name: int, words: Words, costs: Costs, weights: F32,
    mate: I32, value: F32, shares: F32,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return (agreeing, unmet, unasked, whole): nats of the best one-to-one assignment of words.

    The order of words is free. Pairs are taken greedily, the strongest first; a joined word takes
    the place of the words it is made of. `unmet` weighs query words without a counterpart,
    `unasked` the same of the list's name,
    `whole` all plain words of the query, and part of what the list's name weighs more.

    Args:
        asked: the query's words.
        names: the segment's names.
        name: which of them.
        words: the dictionary.
        costs: letter costs.
        weights: `WEIGHTS`.
        mate: [n] receives for each query word the position of its counterpart in the name, or -1.
        value: [n] receives what each pair is worth.
        shares: [n] receives each pair's cost share; -1 for an initial.
    """
    m = min(names.start[name + 1] - names.start[name], MAX_WORDS)
    worth = np.full((len(mate), m), np.float32(-1.0))
    share = np.full((len(mate), m), np.float32(-1.0))
    rows, both = np.empty((3, MAX_LETTERS + 1), np.float32), np.empty(2 * MAX_LETTERS, np.uint8)
    return _assigned(
        asked, names, name, words, costs, weights, mate, value, shares, worth, share, rows, both
    )


@borrowing
def _paired(
    our_cover: I32, their_cover: I32, first: int, weights: F32, mate: I32, value: F32, shares: F32,
    worth: F32, share: F32, limit: float, met: int, taken: int,
) -> tuple[float, int, int]:  # fmt: skip
    """Pair words greedily, the strongest first, as long as their cost share is within a limit.

    Returns what they say, and the covers of the words met on both sides.
    """
    total = np.float32(0.0)
    n, m = worth.shape
    while True:
        best, bi, bj = np.float32(0.0), -1, -1
        for i in range(n):
            if our_cover[i] & met:
                continue
            for j in range(m):
                if (
                    worth[i, j] > best
                    and (limit == 1 or 0 <= share[i, j] <= limit)
                    and not their_cover[first + j] & taken
                ):
                    best, bi, bj = worth[i, j], i, j
        if bi < 0:
            break
        met |= our_cover[bi]
        taken |= their_cover[first + bj]
        if share[bi, bj] >= 0:
            says = np.float32(1.0) - share[bi, bj] * weights[SLOPE]
            best *= says / (says + weights[CONTRADICTED])
        mate[bi], value[bi], shares[bi] = bj, best, share[bi, bj]
        total += best
    return total, met, taken


@borrowing
def _assigned(
    asked: Asked, names: Names, name: int, words: Words, costs: Costs, weights: F32,
    mate: I32, value: F32, shares: F32, worth: F32, share: F32, rows: F32, both: U8,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return what `align` does; `worth` and `share` hold -1 for each pair of words."""
    n, m = worth.shape
    first = names.start[name]
    _near_pairs(asked, names, first, words, weights, worth, share)
    _far_pairs(asked, names, first, words, costs, weights, worth, share, rows)
    mate[:], value[:], shares[:] = -1, 0.0, 0.0
    agreeing, more = np.float32(0.0), np.float32(0.0)
    taken, met = np.int32(0), np.int32(0)
    # Good pairs first, then words that one side writes as two, then what is left.
    for last in range(2):
        limit = np.float32(1.0) if last else np.float32(_GOOD_SHARE)
        more, met, taken = _paired(
            asked.cover, names.cover, first, weights, mate, value, shares, worth, share, limit,
            met, taken,
        )  # fmt: skip
        agreeing += more
        more, met, taken = _glued(
            asked, names, first, m, words, costs, weights, min(limit, np.float32(NEAR_SHARE)),
            met, taken, mate, value, shares, rows, both,
        )  # fmt: skip
        agreeing += more
    unmet, unasked, whole = np.float32(0.0), np.float32(0.0), np.float32(0.1)
    for i in range(n):
        if asked.role[i] != JOINED:
            whole += asked.weight[i]
            if not asked.cover[i] & met:
                unmet += asked.weight[i]
    whole += np.float32(_LONGER) * max(np.float32(0.0), names.mass[name] - whole)
    for j in range(m):
        role = names.role[first + j]
        if role != JOINED and not names.cover[first + j] & taken:
            unasked += words.rarity[names.word[first + j]] * ROLE_WEIGHT[role]
    return agreeing, unmet, unasked, whole
