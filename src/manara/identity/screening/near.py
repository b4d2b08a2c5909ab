"""Which words of a dictionary may be a query word.

Thousands of words share a key with a query word, and some dozens are near enough to be it. Nearly
all others are told by what their consonants and their vowels cost by themselves: never more
together than the whole readings. Consonants are compared along a tree and vowels by runs, of which
few are common and remembered.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    ALIKE,
    APART,
    F32,
    I16,
    I32,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    U32,
    U64,
    VOWELS,
    Costs,
    Words,
    borrowing,
    costs_between,
    far,
    find_word,
    group_key,
    hash_bytes,
    letter_masks,
)
from manara.identity.screening.marks import families, listed, mark
from manara.identity.screening.rows import NEAR, along, begin, rows_within, vowel_gain
from manara.identity.screening.sounds import Sounds, split

_VOWELS = np.zeros(27, np.uint8)
_VOWELS[[ord(letter) - 96 for letter in VOWELS]] = 1
#: How many tables of letter costs there are.
_TABLES = 3
#: Nats: no bound, for readings of which not all letters are compared.
_UNTOLD = -1e9
#: Nats: more than what rounding in single precision can add up to.
_SLACK = 0.001
#: Nats of both readings below which only equal ones are near.
_SHORT = 5.1
#: How many gains of vowels are remembered, and of how many query words' vowels at least and most.
_REMEMBERED, _FEWEST, _MOST_SLOTS = 1 << 24, 64, 2048
#: Gains are remembered in these parts of a nat, rounded up: they only tell what is too far.
_PARTS = 256
_MOST, _UNKNOWN = 32_000, 32_767
_NONE, _ONE = np.uint64(0), np.uint64(1)


def costs_of(letters: F32) -> Costs:
    """Return letter costs with the bounds that follow from them.

    Args:
        letters: [3, 27, 27] cost of a letter against another one, 0 for nothing.
    """
    others = np.where(np.eye(27, dtype=bool), np.float32(np.inf), letters)
    least = np.stack([others.min(axis=2), others.min(axis=1)], axis=1)
    bits = np.arange(512)[:, None] >> np.arange(9) & 1
    least[:, :, 0] = _UNTOLD
    floors = np.einsum("tsbk,vk->tsbv", least.reshape(_TABLES, 2, 3, 9), bits)
    # A vowel read for a consonant counts as one left out beside a consonant added, or as less.
    vowels, rest = np.flatnonzero(_VOWELS), np.flatnonzero(_VOWELS == 0)[1:]
    apart = letters.copy()
    for table, of in zip(apart, letters, strict=True):
        table[vowels, 0] = np.minimum(of[vowels, 0], of[np.ix_(vowels, rest)].min(axis=1))
        table[0, vowels] = np.minimum(of[0, vowels], of[np.ix_(rest, vowels)].min(axis=0))
        left = (of[np.ix_(rest, vowels)] - table[0, vowels]).min(axis=1)
        added = (of[np.ix_(vowels, rest)] - table[vowels, :1]).min(axis=0)
        table[rest, 0] = np.minimum(of[rest, 0], left)
        table[0, rest] = np.minimum(of[0, rest], added)
    return Costs(letters, floors.astype(np.float32), apart)


class Memory(NamedTuple):
    """What vowels cost, remembered from query word to query word; for one thread at a time.

    Attributes:
        spelt: [m] hash of a query word's vowels and of which costs hold.
        gains: [m, v] for each run of vowels of the dictionary `NEAR` of what leaving it out costs,
            less what it costs against the query word's, in parts of a nat.
        best: [w] the least share of each word that was found near; 1 between queries.
        found: [w] room for the words found.
        places: room for readings of the dictionary, or for families.
        needs: room for a number of each.
    """

    spelt: U64
    gains: I16
    best: F32
    found: I32
    places: I32
    needs: I32


def memory_for(words: Words, sounds: Sounds) -> Memory:
    """Return room to remember what vowels of these words cost."""
    runs = len(sounds.vowel) - 1
    slots = min(max(_REMEMBERED // max(runs, 1), _FEWEST), _MOST_SLOTS)
    gains = np.empty((slots, runs), np.int16)
    n_words, room = len(words.group), max(len(sounds.word), len(sounds.member)) + 1
    return Memory(
        np.zeros(slots, np.uint64), gains, np.ones(n_words, np.float32),
        np.empty(n_words, np.int32), *np.empty((2, room), np.int32),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _most_gains(parts: U8, first: int, end: int, table: F32, apart: F32) -> F32:
    """Return what a number of vowels can add to the limit of a reading at most beyond their cost.

    Each adds `NEAR` of what leaving it out costs, and costs something as it takes the place of one
    of the query word's or of none; the query word's others are left out.
    """
    n = end - first
    free = np.float32(0.0)
    for y in range(1, 27):
        if _VOWELS[y]:
            free = max(free, NEAR * table[0, y] - apart[0, y])
    most, gains = np.zeros(MAX_LETTERS + 1, np.float32), np.zeros(n, np.float32)
    for k in range(n):
        x = parts[first + k]
        most[0] -= apart[x, 0]
        for y in range(1, 27):
            if _VOWELS[y]:
                gains[k] = max(gains[k], NEAR * table[0, y] - apart[x, y] + apart[x, 0] - free)
    for count in range(1, MAX_LETTERS + 1):
        most[count] = most[count - 1] + free
        if count <= n:
            best = gains.argmax()
            most[count] += gains[best]
            gains[best] = 0.0
    return most


@njit(cache=True, nogil=True)
def _turned(costs: Costs, habit: int, other: int) -> tuple[F32, F32, int]:
    """Return letter costs between two habits, the row that of the first, and their number."""
    kind = costs_between(habit, other)
    if kind != 0 and kind != habit:
        return costs.letters[kind].T.copy(), costs.apart[kind].T.copy(), kind + _TABLES
    return costs.letters[kind].copy(), costs.apart[kind].copy(), kind


@borrowing
def _candidates(
    nodes: I32, scores: F32, base: float, bounds: F32, gains: I16, sharing: U64, sounds: Sounds,
    table: F32, parts: U8, first: int, n: int, mask: int, costs: F32, rows: F32,
    chosen: I32, places: I32, needs: I32,
) -> int:  # fmt: skip
    """Fill in the dictionary's readings that consonants and vowels leave; return how many.

    Args:
        nodes: the runs of consonants to look at.
        scores: what each costs, as `along` gives it.
        base: what is added to be compared with the gain of vowels.
        bounds: the highest gain by number of vowels.
        gains: gains of runs of vowels in parts of a nat, or `_UNKNOWN`.
        sharing: the words that share a key, as bits.
        sounds: the dictionary by sound.
        table: [27, 27] letter costs, the row that of the query word.
        parts: the query word's letters, the vowels behind the consonants.
        first: the first of its vowels.
        n: how many there are.
        mask: these as bits.
        costs: as `begin` fills them.
        rows: the same.
        chosen: [nodes + 1] scratch.
        places: receives the readings.
        needs: scratch, as long.
    """
    most, said, vowelled, words = sounds.most, sounds.said, sounds.vowelled, sounds.word
    vowel, vowels, spelt, theirs = sounds.vowel, sounds.vowels, sounds.spelt, sounds.letters
    # Branches that cannot be foreseen are left out, and one array is read after the other, so that
    # the processor fetches many places at once. Unsigned as in `rows`.
    many, size, kept = _NONE, _NONE, _NONE
    for k in range(len(nodes)):
        chosen[many] = k
        many += np.uint64(base + scores[k] <= bounds[most[nodes[k]]])
    for at in range(many):
        node = np.uint64(nodes[chosen[at]])
        need = np.int32(np.floor(max((base + scores[chosen[at]]) * _PARTS, -_MOST)))
        for each in range(np.uint64(said[node]), np.uint64(said[node + _ONE])):
            places[size], needs[size] = each, need
            size += np.uint64(gains[vowelled[each]] >= need)
    for at in range(size):
        p = np.uint64(places[at])
        word = np.uint64(words[p])
        places[kept], needs[kept] = p, needs[at]
        kept += sharing[word >> np.uint64(6)] >> (word & np.uint64(63)) & _ONE
    size, kept = kept, _NONE
    for at in range(size):
        p = np.uint64(places[at])
        v = vowelled[p]
        if gains[v] == _UNKNOWN:
            gain = vowel_gain(v, vowel, vowels, table, parts, first, n, mask, costs, rows)
            gains[v] = np.int16(np.ceil(max(gain * _PARTS, -_MOST)))
        places[kept] = p
        kept += np.uint64(gains[v] >= needs[at])
    fetched = 0
    for p in places[:kept]:
        fetched += theirs[spelt[p]]
    needs[0] = fetched
    return int(kept)


@borrowing
def _compared(
    places: I32, sounds: Sounds, table: F32, ours: float, our_mask: int,
    letters: U8, first: int, n: int, mask: int, costs: F32, rows: F32, least: F32, weights: F32,
    best: F32, found: I32, size: int,
) -> int:  # fmt: skip
    """Lower `best` of words that a reading is near to; return how many are found so far.

    Neighbouring readings begin alike: what they share is compared once.

    Args:
        places: readings of the dictionary.
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
    words, spelt, theirs = sounds.word, sounds.spelt, sounds.letters
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
    last = 0
    for other in range(_TABLES):
        first = last
        while last < len(nodes) and nodes[last] < sounds.section[other + 1]:
            last += 1
        if first == last:
            continue
        table, apart, kind = _turned(costs, habit, other)
        for i in range(len(middle)):
            a, b, c = start[i], middle[i], end[i]
            # Readings of one word often differ in their vowels alone.
            if not i or not np.array_equal(parts[a:b], parts[start[i - 1] : middle[i - 1]]):
                mask = begin(parts, a, b, apart, spelt[0], rows[0])
                along(
                    nodes[first:last], sounds, table,
                    parts, a, b - a, mask, spelt[0], rows[0], scores,
                )  # fmt: skip
            ours = np.float32(0.0)
            for k in range(a, c):
                ours += table[letters[k], 0]
            base = np.float32(APART) - np.float32(_SLACK) - NEAR * ours
            if ours < _SHORT:
                base -= np.float32(APART + 0.02)
            mask = begin(parts, b, c, apart, spelt[1], rows[1])
            count = _candidates(
                nodes[first:last], scores, float(base), _most_gains(parts, b, c, table, apart),
                _remembered(memory, parts, b, c, kind), sharing, sounds,
                table, parts, b, c - b, mask, spelt[1], rows[1], chosen, places, memory.needs,
            )  # fmt: skip
            mask = begin(letters, a, c, table, spelt[2], rows[2])
            size = _compared(
                places[:count], sounds, table, float(ours), masks[i],
                letters, a, c - a, mask, spelt[2], rows[2], least, weights, best, found, size,
            )  # fmt: skip
    words_found = np.sort(found[:size])
    shares = best[words_found]
    best[words_found] = 1.0
    return words_found, shares


@njit(cache=True, nogil=True)
def _remembered(memory: Memory, parts: U8, first: int, end: int, kind: int) -> I16:
    """Return the gains remembered for a query word's vowels and a table of letter costs."""
    spelt = hash_bytes(parts, first, end) ^ np.uint64(kind + 1) * np.uint64(0x9E3779B97F4A7C15)
    place = np.int64(spelt % np.uint64(len(memory.spelt)))
    if memory.spelt[place] != spelt:
        memory.spelt[place] = spelt
        memory.gains[place] = _UNKNOWN
    gains: I16 = memory.gains[place]
    return gains
