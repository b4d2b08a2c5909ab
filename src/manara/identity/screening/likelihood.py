"""How far two records' names, dates, countries and genders speak for one person, in nats.

A log-likelihood ratio is positive where the observation is likelier if both records are one person
and negative where it is likelier by chance (Fellegi and Sunter 1969). What agrees outweighs what is
left out, and what contradicts weighs more than what is missing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.names.readings import VOWELLESS
from manara.identity.screening.kernels import (
    APART,
    F32,
    I32,
    I64,
    MAX_COST_SHARE,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    U16,
    U32,
    Costs,
    Words,
    borrowing,
    costs_between,
    edit_cost,
    reading_cost,
)

#: Words of one name that take part in a comparison; longer names are cut here.
MAX_WORDS = 24

#: Roles of a word in a name, as stored; the first seven are those of `manara.identity.names.forms`.
ROLES = ("name", "particle", "honorific", "initial", "legal", "number", "joined")
NAME, PARTICLE, HONORIFIC, INITIAL, LEGAL, NUMBER, JOINED = range(7)
#: Share of its rarity that a word of each role weighs: particles, honorifics and legal forms are
#: left out and added freely. A joined word is another writing of words that weigh already.
ROLE_WEIGHT = np.array([1.0, 0.15, 0.1, 0.4, 0.15, 1.0, 0.0], np.float32)

#: Parameters of the name score, in the order of `PARAMETERS`; tuned by `scripts` on development
#: pairs only.
PARAMETERS = ("slope", "contradicted", "unmet", "unasked", "initial")
WEIGHTS = np.array([3.5, 0.6, 0.4, 0.3, 0.8], np.float32)
_SLOPE, _CONTRADICTED, _UNMET, _UNASKED, _INITIAL_GAIN = range(5)

#: How much of what a list's name weighs more than the query counts in what share of them met.
_LONGER = 0.5
#: A counterpart this near needs no rival.
_GOOD_SHARE = 0.12


class Asked(NamedTuple):
    """A query's words, ready to be searched: `n` words (joined ones last), `r` readings.

    Attributes:
        letters: codes of all readings.
        letter: [r + 1] first letter of each reading.
        masks: [r] letters of each reading as bits.
        reading: [n + 1] first reading of each word.
        habit: [n] how each word's script spells names.
        abroad: [n] 1 for a name from elsewhere put into syllables, which fit it badly.
        weight: [n] nats that each word's agreement is worth at most.
        role: [n] index into `ROLES`.
        cover: [n] bits of the plain words that a word stands for.
        near: [n + 1] first neighbour of each word.
        near_word: the list's words it may be, ascending within each word.
        near_share: their cost shares.
        near_rarity: the information in nats of meeting by chance any word as near as each.
        far_rarity: [n] the same of any neighbour, for words that share no key with the query's.
        steep: [n] by how much more the cost shares of its pairs count; those of `near_share` do.
        telling: [n] how much more each nat of a word says for its being seldom borne.
        popular: [n] 1 for names that are popular somewhere.
        cited: 1 for words of a running text.
        thing: 1 if words tell that the name is an organisation's.
    """

    letters: U8
    letter: I32
    masks: U32
    reading: I32
    habit: U8
    abroad: U8
    weight: F32
    role: U8
    cover: I32
    near: I32
    near_word: I32
    near_share: F32
    near_rarity: F32
    far_rarity: F32
    steep: F32
    telling: F32
    popular: U8
    cited: int
    thing: int


#: Parts of a nat in which what a name weighs is kept beside its postings.
HEFT = 8


class Names(NamedTuple):
    """The names of a segment: `n` names of `t` words, on `e` entities.

    Attributes:
        start: [n + 1] first word of each name.
        word: [t] dictionary words.
        role: [t] index into `ROLES`.
        cover: [t] bits of the plain words of the name that a word stands for.
        mass: [n] nats that all plain words weigh together.
        entity: [n] whose name it is.
        weak: [n] 1 for a weak alias.
        post: [w + 1] first posting of each dictionary word.
        posting: names that hold the word.
        heft: the mass of each of these names in `HEFT` parts of a nat, at most 255.
        gone: [e] 1 for entities that no longer stand on the list.
    """

    start: I64
    word: I32
    role: U8
    cover: I32
    mass: F32
    entity: I32
    weak: U8
    post: I64
    posting: I32
    heft: U8
    gone: U8


@njit(cache=True, nogil=True)
def agreement(weight: float, other: float, share: float, weights: F32) -> float:
    """Return what two words that may be one say for it; below zero they contradict."""
    return min(weight, other) * (np.float32(1.0) - share * weights[_SLOPE])


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
    return agreement(weight, other, share, weights) + min(weight, other) * weights[_CONTRADICTED]


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
                    worth[i, j] = weights[_INITIAL_GAIN]
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
            says = np.float32(1.0) - share[bi, bj] * weights[_SLOPE]
            best *= says / (says + weights[_CONTRADICTED])
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


#: What birth dates say. A day agrees by chance once in some 60 * 365 pairs of adults (ln = 10), of
#: which errors and copied dates leave less; a year once in 60 (ln = 4.1).
SAME_DAY, SAME_MONTH, SAME_YEAR = 6.5, 4.5, 2.5
SWAPPED, ONE_DIGIT, NEXT_YEAR, NEAR_YEAR, OTHER_DATE = 4.0, 2.5, 0.3, -1.5, -5.0
SAME_COUNTRY, OTHER_COUNTRY = 1.6, -0.8
SAME_GENDER, OTHER_GENDER = 0.4, -2.5
#: What it says against one entity that one is a person and the other an organisation or vessel.
OTHER_KIND = 4.0
#: A document number that both state settles the matter, whatever the names: nine characters of a
#: passport number (ICAO Doc 9303 part 4) agree by chance once in 10^9 to 10^14, 21 to 32 nats.
SAME_DOCUMENT = 30.0


@njit(cache=True, nogil=True)
def date_evidence(a: int, b: int) -> float:
    """Return what two birth dates say; each is ``year * 10000 + month * 100 + day``, 0 unknown."""
    ya, yb = a // 10000, b // 10000
    ma, mb = a // 100 % 100, b // 100 % 100
    da, db = a % 100, b % 100
    if ya == yb:
        if not ma or not mb:
            return SAME_YEAR
        if ma == mb:
            return SAME_MONTH if not da or not db else (SAME_DAY if da == db else _digits(a, b))
        if ma == db and mb == da:
            return SWAPPED
        if (ma == 1 and da == 1) or (mb == 1 and db == 1):
            return SAME_YEAR * 0.6  # 1 January stands for an unknown day
        return _digits(a, b)
    if ma and mb and da and db and ma == mb and da == db:
        return max(ONE_DIGIT, _digits(a, b)) if abs(ya - yb) <= 10 else _digits(a, b)
    if abs(ya - yb) == 1:
        return NEXT_YEAR if not (ma and mb) else -SAME_DAY * 0.2
    if abs(ya - yb) <= 3 and not (ma and mb):
        return NEAR_YEAR
    return _digits(a, b) if da and db else OTHER_DATE


@njit(cache=True, nogil=True)
def _digits(a: int, b: int) -> float:
    """Return what two full dates say that differ: one digit is an error, more is another day."""
    apart = 0
    same_year = a // 10000 == b // 10000
    while a or b:
        if a % 10 != b % 10:
            apart += 1
        a //= 10
        b //= 10
    if apart == 1:
        return ONE_DIGIT
    return -1.0 if same_year else OTHER_DATE


class People(NamedTuple):
    """What is known of a segment's `e` entities apart from their names.

    Attributes:
        date: [e + 1] first birth date of each.
        dates: ``year * 10000 + month * 100 + day``.
        country: [e + 1] first country of each.
        countries: two letters, ``256 * first + second``.
        gender: [e] bits: 1 male, 2 female, 4 other.
        kind: [e] index into `manara.identity.screening.query.KINDS`.
    """

    date: I64
    dates: I32
    country: I64
    countries: U16
    gender: U8
    kind: U8


@borrowing
def evidence(
    people: People, entity: int, dates: I32, countries: U16, gender: int, out: F32
) -> float:
    """Return what dates, countries and gender say together, and each in ``out[0:3]``.

    What one side does not state says nothing. Of several dates the best pair counts.
    """
    out[:] = 0.0
    first, last = people.date[entity], people.date[entity + 1]
    if len(dates) and last > first:
        best = np.float32(-100.0)
        for a in dates:
            for k in range(first, last):
                best = max(best, np.float32(date_evidence(a, people.dates[k])))
        out[0] = best
    first, last = people.country[entity], people.country[entity + 1]
    if len(countries) and last > first:
        out[1] = OTHER_COUNTRY
        for c in countries:
            for k in range(first, last):
                if people.countries[k] == c:
                    out[1] = SAME_COUNTRY
    if gender and people.gender[entity]:
        out[2] = SAME_GENDER if gender & people.gender[entity] else OTHER_GENDER
    return out[0] + out[1] + out[2]
