"""Which words of a dictionary may be a query word.

Thousands of words share a key with a query word, and some dozens are near enough to be it. Nearly
all others are told by what their consonants and their vowels cost by themselves: never more
together than the whole readings. Consonants are compared along a tree and vowels by runs, of which
few are common and remembered.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    ALIKE,
    APART,
    F32,
    I16,
    I32,
    I64,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    U32,
    U64,
    Costs,
    Words,
    borrowing,
    far,
    find_word,
    group_key,
    letter_masks,
)
from manara.identity.screening.lettercosts import turned
from manara.identity.screening.marks import families, listed, mark, take_out
from manara.identity.screening.rows import NEAR, along, begin, rows_within, vowel_gain
from manara.identity.screening.sounds import Sounds, split
from manara.identity.screening.vowels import (
    PARTS,
    TABLES,
    UNKNOWN,
    Memory,
    in_parts,
    merge,
    most_gains,
    remembered,
)

#: Nats: more than what rounding in single precision can add up to.
_SLACK = 0.001
#: Nats of both readings below which only equal ones are near.
_SHORT = 5.1
_NONE, _ONE = np.uint64(0), np.uint64(1)


@borrowing
def _candidates(
    nodes: I32, scores: F32, base: float, bounds: F32, gains: I16, sharing: U64, sounds: Sounds,
    chosen: I32, places: I32, needs: I32,
) -> int:  # fmt: skip
    """Fill in the dictionary's readings that consonants and known vowels leave; return how many.

    Args:
        nodes: the runs of consonants to look at.
        scores: what each costs, as `along` gives it.
        base: what is added to be compared with the gain of vowels.
        bounds: the highest gain by number of vowels.
        gains: gains of runs of vowels in parts of a nat, or `UNKNOWN`.
        sharing: the words that share a key, as bits.
        sounds: the dictionary by sound.
        chosen: [nodes + 1] scratch.
        places: receives the readings.
        needs: receives the gain that each needs, in parts of a nat.
    """
    most, said, vowelled, words = sounds.most, sounds.said, sounds.vowelled, sounds.word
    # Branches that cannot be foreseen are left out, and one array is read after the other, so that
    # the processor fetches many places at once. Unsigned as in `rows`.
    many, size, kept = _NONE, _NONE, _NONE
    for k in range(len(nodes)):
        chosen[many] = k
        many += np.uint64(base + scores[k] <= bounds[most[nodes[k]]])
    for at in range(many):
        node = np.uint64(nodes[chosen[at]])
        need = np.int32(np.floor((base + scores[chosen[at]]) * PARTS))
        for each in range(np.uint64(said[node]), np.uint64(said[node + _ONE])):
            places[size], needs[size] = each, need
            size += np.uint64(gains[vowelled[each]] >= need)
    for at in range(size):
        p = np.uint64(places[at])
        word = np.uint64(words[p])
        places[kept], needs[kept] = p, needs[at]
        kept += sharing[word >> np.uint64(6)] >> (word & np.uint64(63)) & _ONE
    return int(kept)


@borrowing
def _left(
    places: I32, needs: I32, more: int, gains: I16, sounds: Sounds,
    table: F32, parts: U8, first: int, n: int, mask: int, costs: F32, rows: F32,
    marks: U64, best: F32, left: I32,
) -> int:  # fmt: skip
    """Fill in the candidates that one reading's vowels leave, by the alphabet; return how many.

    Args:
        places: readings of the dictionary.
        needs: the gain that each needs, in parts of a nat.
        more: how much more this reading needs.
        gains: gains of runs of vowels in parts of a nat, or `UNKNOWN`.
        sounds: the dictionary by sound.
        table: [27, 27] letter costs, the row that of the query word.
        parts: the query word's letters, the vowels behind the consonants.
        first: the first of its vowels.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        marks: one bit for each reading by the alphabet, 0 before and after.
        best: as in `Memory`.
        left: receives the places of the readings in the order of the alphabet.
    """
    vowelled, alphabetic = sounds.vowelled, sounds.alphabetic
    vowel, vowels = sounds.vowel, sounds.vowels
    least, last = np.int64(len(marks)), np.int64(-1)
    for at in range(len(places)):
        p = np.uint64(places[at])
        v = vowelled[p]
        if gains[v] == UNKNOWN:
            gains[v] = in_parts(
                vowel_gain(v, vowel, vowels, table, parts, first, n, mask, costs, rows)
            )
        if gains[v] >= needs[at] + more:
            place = np.int64(alphabetic[p])
            marks[place >> 6] |= _ONE << np.uint64(place & 63)
            least, last = min(least, place >> 6), max(last, place >> 6)
    if last < 0:
        return 0
    size = take_out(marks, int(least), int(last), left)
    theirs, spelt, whose = sounds.letters, sounds.spelt, sounds.whose
    fetched = 0
    for place in left[:size]:
        fetched += theirs[spelt[place]] + (best[whose[place]] > 0)
    left[size] = fetched
    return size


@borrowing
def _compared(
    places: I32, sounds: Sounds, table: F32, ours: float, our_mask: int,
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32, least: F32, weights: F32,
    best: F32, found: I32, size: int,
) -> int:  # fmt: skip
    """Lower `best` of words that a reading is near to; return how many are found so far.

    Neighbouring readings begin alike: what they share is compared once.

    Args:
        places: readings of the dictionary, by the alphabet.
        sounds: the dictionary by sound.
        table: [27, 27] letter costs, the row that of the query word.
        ours: what leaving out the query word's reading costs.
        our_mask: its letters as bits, those that are not compared included.
        letters: letters of it and others.
        first: its first letter.
        n: how many are compared.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        least: [33] receives the least cost of each row.
        weights: [33] receives what leaving out the other reading's letters costs.
        best: as in `Memory`.
        found: words found before, and room for more.
        size: how many.
    """
    words, spelt, theirs = sounds.whose, sounds.spelt, sounds.letters
    least[0] = weights[0] = 0.0
    before, filled = 0, 0
    for p in places:
        begin, last = spelt[p], spelt[p + 1]
        many = min(last - begin, MAX_LETTERS)
        same, most = 0, min(many, filled)
        while same < most and theirs[begin + same] == theirs[before + same]:
            same += 1
        for k in range(same, many):
            weights[k + 1] = weights[k] + table[0, theirs[begin + k]]
        whole = weights[many] + np.float32(ours)
        word = words[p]
        share = min(best[word], NEAR)
        limit = max(share * whole - np.float32(APART), np.float32(0.01)) + np.float32(_SLACK)
        before = begin
        filled = rows_within(
            theirs, begin, many, same, limit, letters, first, n, mask, costs, rows, least
        )
        if filled < many:
            continue
        cost = rows[many * (MAX_LETTERS + 1) + n]
        cost += np.float32(APART) if cost > 0.01 else np.float32(ALIKE)
        if not cost < share * whole:
            continue
        their_mask = np.uint32(0)
        for k in range(begin, last):
            their_mask |= np.uint32(1) << np.uint32(theirs[k])
        if far(our_mask, int(their_mask)) or cost / whole > NEAR_SHARE:
            continue
        if best[word] == 1:
            found[size] = word
            size += 1
        best[word] = cost / whole
    return size


@borrowing
def _kin(
    group: int, share: float, words: Words, sounds: Sounds, best: F32, found: I32, size: int
) -> int:
    """Give the words of a name group a share; return how many words are found so far."""
    key = np.uint32(group_key(group))
    upper = np.int64(key >> np.uint32(16))
    for at in range(sounds.directory[upper], sounds.directory[upper + 1]):
        family = sounds.keyed[at]
        if sounds.keys[at] != key:
            continue
        for p in range(sounds.member[family], sounds.member[family + 1]):
            word = sounds.members[p]
            if words.group[word] == group and best[word] == 1:
                found[size] = word
                size += 1
                best[word] = np.float32(share)
    return size


@njit(cache=True, nogil=True)
def _weight(letters: U8, first: int, end: int, table: F32) -> float:
    """Return what leaving out a reading of the query word costs."""
    weight = np.float32(0.0)
    for k in range(first, end):
        weight += table[letters[k], 0]
    return float(weight)


@njit(cache=True, nogil=True)
def _base(weight: float) -> float:
    """Return what a reading of this weight adds to what consonants cost, to be held against gains.

    Readings are near below `NEAR` of what leaving out both costs, less what it costs to be apart.
    """
    base = APART - _SLACK - NEAR * weight
    return float(base - (APART + 0.02) if weight < _SHORT else base)


@njit(cache=True, nogil=True)
def _leads(parts: U8, start: I32, middle: I32) -> I32:
    """Return for each reading the first one that has the same consonants."""
    leads = np.arange(len(middle)).astype(np.int32)
    for i in range(1, len(middle)):
        for before in range(i):
            if np.array_equal(parts[start[i] : middle[i]], parts[start[before] : middle[before]]):
                leads[i] = before
                break
    return leads


@njit(cache=True, nogil=True)
def _together(
    memory: Memory, parts: U8, middle: I32, end: I32, alike: I64, bases: F32, base: float,
    table: F32, apart: F32, kind: int,
) -> tuple[F32, I16]:  # fmt: skip
    """Return by number of vowels, and by run, the highest gain that one of some readings has.

    Args:
        memory: what is remembered.
        parts: letters of the query word's readings, the vowels behind the consonants.
        middle: where the vowels of each begin.
        end: where they end.
        alike: the readings, whose consonants are the same.
        bases: of all readings: what is held against gains beside the cost of consonants.
        base: the least of theirs.
        table: [27, 27] letter costs, the row that of the query word.
        apart: the same of consonants compared without vowels.
        kind: which costs these are.
    """
    i = alike[0]
    bounds = most_gains(parts, middle[i], end[i], table, apart) - (bases[i] - base)
    gains = remembered(memory, parts, middle[i], end[i], kind)
    if len(alike) == 1:
        return bounds, gains
    merged = memory.merged
    for k in range(len(alike)):
        i = alike[k]
        more = most_gains(parts, middle[i], end[i], table, apart) - (bases[i] - base)
        bounds = np.maximum(bounds, more)
        gains = remembered(memory, parts, middle[i], end[i], kind)
        merge(gains, int((bases[i] - base) * PARTS), merged, k == 0)
    return bounds, merged


@njit(cache=True, nogil=True)
def neighbours(
    exact: int, group: int, habit: int, keys: U32, letters: U8, start: I32,
    words: Words, sounds: Sounds, costs: Costs, group_share: float, memory: Memory,
) -> tuple[I32, F32]:  # fmt: skip
    """Return the list's words that may be this query word, ascending, with their cost shares.

    Shares are those of `reading_cost`; that of the word itself is 0, and no other one's.

    Args:
        exact: the hash of the query word.
        group: its name group, 0 for none.
        habit: how its script spells names.
        keys: keys of its readings' skeletons and their deletions, and of its group.
        letters: letters of its readings.
        start: first letter of each reading, and the end.
        words: the dictionary.
        sounds: the same by sound.
        costs: letter costs.
        group_share: cost share of two different words of one name group.
        memory: what is remembered of these words, from `memory_for`.
    """
    parts, middle, end = split(letters, start)
    masks = letter_masks(letters, start)
    best, found, places, size = memory.best, memory.found, memory.places, 0
    sharing = np.zeros((len(words.group) >> 6) + 1, np.uint64)
    marks = np.zeros((len(sounds.depth) >> 6) + 1, np.uint64)
    seen = np.zeros((len(sounds.member) >> 6) + 1, np.uint64)
    count = families(keys, sounds, seen, places)
    places[0] = mark(places[:count], sounds, sharing, marks)
    same = find_word(words, exact)
    if same >= 0:
        found[0], size, best[same] = same, 1, 0.0
        sharing[same >> 6] &= ~(_ONE << np.uint64(same & 63))
    if group:
        size = _kin(group, group_share, words, sounds, best, found, size)
    nodes = listed(marks)
    scores, chosen = np.empty(len(nodes), np.float32), np.empty(len(nodes) + 1, np.int32)
    wide, square = 27 * (MAX_LETTERS + 1), (MAX_LETTERS + 1) ** 2
    spelt, rows = np.empty((3, wide), np.float32), np.empty((3, square), np.float32)
    least, weights = np.empty((2, MAX_LETTERS + 1), np.float32)
    leads = _leads(parts, start, middle)
    bases, alphabet = np.empty(len(middle), np.float32), memory.alphabet
    last = 0
    for other in range(TABLES):
        first = last
        while last < len(nodes) and nodes[last] < sounds.section[other + 1]:
            last += 1
        if first == last:
            continue
        table, apart, kind = turned(costs, habit, other)
        for i in range(len(middle)):
            bases[i] = _base(_weight(letters, start[i], end[i], table))
        for lead in range(len(middle)):
            if leads[lead] != lead:
                continue
            a, b = start[lead], middle[lead]
            mask = begin(parts, a, b, apart, spelt[0], rows[0])
            along(
                nodes[first:last], sounds, table,
                parts, a, b - a, mask, spelt[0], rows[0], scores,
            )  # fmt: skip
            alike = np.flatnonzero(leads == lead)
            base = bases[alike].min()
            bounds, gains = _together(
                memory, parts, middle, end, alike, bases, base, table, apart, kind
            )
            kept = _candidates(
                nodes[first:last], scores, base, bounds, gains, sharing, sounds,
                chosen, places, memory.needs,
            )  # fmt: skip
            for i in alike if kept else alike[:0]:
                a, b, c = start[i], middle[i], end[i]
                mask = begin(parts, b, c, apart, spelt[1], rows[1])
                count = _left(
                    places[:kept], memory.needs, int((bases[i] - base) * PARTS),
                    remembered(memory, parts, b, c, kind), sounds,
                    table, parts, b, c - b, mask, spelt[1], rows[1], alphabet, best, memory.left,
                )  # fmt: skip
                mask = begin(letters, a, c, table, spelt[2], rows[2])
                size = _compared(
                    memory.left[:count], sounds, table, _weight(letters, a, c, table), masks[i],
                    letters, a, c - a, mask, spelt[2], rows[2], least, weights, best, found, size,
                )  # fmt: skip
    words_found = np.sort(found[:size])
    shares = best[words_found]
    best[words_found] = 1.0
    return words_found, shares
