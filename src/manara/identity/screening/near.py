"""Which words of a dictionary may be a query word.

Thousands of words share a key with a query word, and some dozens are near enough to be it. Nearly
all others are told by lower bounds of their edit cost that take a few nanoseconds: by the letters
that one reading has and the other lacks, by the consonants alone and by the vowels alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    APART,
    F32,
    I32,
    MAX_LETTERS,
    NEAR_SHARE,
    U8,
    U32,
    U64,
    VOWELS,
    Costs,
    Words,
    _key_start,
    costs_between,
    edit_cost,
    find_word,
    letter_masks,
    reading_cost,
)

_VOWELS = np.zeros(27, np.uint8)
_VOWELS[[ord(letter) - 96 for letter in VOWELS]] = 1
#: How many tables of letter costs there are.
_TABLES = 3
#: Nats: more than what rounding in single precision can add up to.
_SLACK = 0.001
#: Costs of vowels that are remembered for one query word.
_KNOWN_BITS = 9
_KNOWN = 1 << _KNOWN_BITS


def costs_of(letters: F32) -> Costs:
    """Return letter costs with the bounds that follow from them.

    Args:
        letters: [3, 27, 27] cost of a letter against another one, 0 for nothing.
    """
    others = np.where(np.eye(27, dtype=bool), np.float32(np.inf), letters)
    least = np.stack([others.min(axis=2), others.min(axis=1)], axis=1)
    bits = np.arange(512)[:, None] >> np.arange(9) & 1
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


class Sounds(NamedTuple):
    """The readings of some words, taken apart: `r` readings.

    Attributes:
        parts: letters of each reading, its consonants first; each begins where it does in the
            letters themselves.
        vowel: [r] where in `parts` the vowels of each reading begin.
        vowels: [r] the vowels of each reading as one number, 0 where there are too many.
        whole: [r, 3] nats that leaving out all letters costs, by table of letter costs.
    """

    parts: U8
    vowel: I32
    vowels: U64
    whole: F32


@njit(cache=True, nogil=True)
def sounds_of(letters: U8, start: I32, reading: I32, habit: U8, costs: Costs) -> Sounds:
    """Return the readings of words taken apart.

    Args:
        letters: letters of all readings.
        start: [r + 1] first letter of each reading.
        reading: [w + 1] first reading of each word.
        habit: [w] how each word's script spells names.
        costs: letter costs.
    """
    parts = np.empty(len(letters), np.uint8)
    vowel = np.empty(len(start) - 1, np.int32)
    vowels = np.zeros(len(start) - 1, np.uint64)
    whole = np.zeros((len(start) - 1, _TABLES), np.float32)
    for word in range(len(habit)):
        for r in range(reading[word], reading[word + 1]):
            at, end = start[r], min(start[r + 1], start[r] + MAX_LETTERS)
            for k in range(start[r], end):
                letter = letters[k]
                if not _VOWELS[letter]:
                    parts[at] = letter
                    at += 1
                for kind in range(_TABLES):
                    row, column = (letter, 0) if kind == habit[word] else (0, letter)
                    whole[r, kind] += costs.letters[kind, row, column]
            vowel[r] = at
            for k in range(start[r], end):
                if _VOWELS[letters[k]]:
                    parts[at] = letters[k]
                    at += 1
                    vowels[r] = vowels[r] << np.uint64(5) | np.uint64(letters[k])
            if end - vowel[r] > 12:
                vowels[r] = 0
    return Sounds(parts, vowel, vowels, whole)


@njit(cache=True, nogil=True)
def _bounds(masks: U32, habit: int, costs: Costs) -> tuple[F32, F32]:
    """Return what letters cost at least that one side has and the other lacks.

    Args:
        masks: [r] letters of the query word's readings.
        habit: how its script spells names.
        costs: letter costs.

    Returns:
        [3, 3, 512] for the query's letters, whatever the other word has; [r, 3, 3, 512] for the
        other word's letters, given those of each reading; each by letter costs, by which nine bits
        of the mask of letters lacking, and by their value.
    """
    n = len(masks)
    mine = np.zeros((_TABLES, 3, 512), np.float32)
    given = np.zeros((n, _TABLES, 3, 512), np.float32)
    for kind in range(_TABLES):
        row = kind in (0, habit)
        for x in range(27):
            least = np.float32(np.inf)
            for y in range(27):
                if x != y:
                    cost = costs.letters[kind, x, y] if row else costs.letters[kind, y, x]
                    least = min(least, cost)
            mine[kind, x // 9, 1 << x % 9] = least
        for i in range(n):
            for y in range(1, 27):
                least = np.float32(np.inf)
                for x in range(27):
                    if not x or masks[i] >> np.uint32(x) & np.uint32(1):
                        cost = costs.letters[kind, x, y] if row else costs.letters[kind, y, x]
                        least = min(least, cost) if x != y else np.float32(0.0)
                given[i, kind, y // 9, 1 << y % 9] = least
        for part in range(3):
            for bits in range(1, 512):
                rest = bits & (bits - 1)
                one = bits - rest
                mine[kind, part, bits] = mine[kind, part, rest] + mine[kind, part, one]
                for i in range(n):
                    of = given[i, kind, part]
                    of[bits] = of[rest] + of[one]
    return mine, given


@njit(cache=True, nogil=True)
def _possible(
    habit: int, keys: U32, start: I32, masks: U32, ours: Sounds,
    words: Words, sounds: Sounds, costs: Costs, group: int,
) -> I32:  # fmt: skip
    """Return the words that share a key and are not told to be farther than `NEAR_SHARE`.

    Words of the query word's group are all possible. The arguments are those of `neighbours`.
    """
    mine, given = _bounds(masks, habit, costs)
    tables = costs.apart.copy()  # the row is always the query word
    for kind in range(1, _TABLES):
        if kind != habit:
            tables[kind] = costs.apart[kind].T
    rows = np.empty((3, MAX_LETTERS + 1), np.float32)
    known = np.zeros((len(masks), _TABLES, _KNOWN), np.uint64)
    cost_of = np.empty((len(masks), _TABLES, _KNOWN), np.float32)
    seen = np.zeros((len(words.group) >> 6) + 1, np.uint64)
    found, n = np.empty(256, np.int32), 0
    # Arrays by themselves: a look into a record counts references, here millions of times.
    all_keys, keyed, groups, habits = words.keys, words.keyed, words.group, words.habit
    reading, letter, all_masks = words.reading, words.letter, words.masks
    our_parts, our_vowel, our_whole = ours.parts, ours.vowel, ours.whole
    parts, vowel, vowels, wholes = sounds.parts, sounds.vowel, sounds.vowels, sounds.whole
    low = np.uint32(511)
    for key in keys:
        at = _key_start(words, key)
        while at < len(all_keys) and all_keys[at] == key:
            word = keyed[at]
            at += 1
            bit = np.uint64(1) << np.uint64(word & 63)
            if seen[word >> 6] & bit:
                continue
            seen[word >> 6] |= bit
            near = group != 0 and groups[word] == group
            kind = costs_between(habit, habits[word])
            j, last = reading[word], reading[word + 1]
            while j < last and not near:
                mask, whole = all_masks[j], wholes[j, kind]
                b0, b1, b2 = letter[j], vowel[j], letter[j + 1]
                for i in range(len(masks)):
                    limit = np.float32(NEAR_SHARE) * (our_whole[i, kind] + whole)
                    limit = max(limit - np.float32(APART), np.float32(0.01)) + np.float32(_SLACK)
                    a0, a1, a2 = start[i], our_vowel[i], start[i + 1]
                    if a2 - a0 <= MAX_LETTERS and b2 - b0 <= MAX_LETTERS:
                        lacking = mask & ~masks[i]
                        if limit < (
                            given[i, kind, 0, lacking & low]
                            + given[i, kind, 1, lacking >> np.uint32(9) & low]
                            + given[i, kind, 2, lacking >> np.uint32(18) & low]
                        ):
                            continue
                        lacking = masks[i] & ~mask
                        if limit < (
                            mine[kind, 0, lacking & low]
                            + mine[kind, 1, lacking >> np.uint32(9) & low]
                            + mine[kind, 2, lacking >> np.uint32(18) & low]
                        ):
                            continue
                    a2, b2 = min(a2, a0 + MAX_LETTERS), min(b2, b0 + MAX_LETTERS)
                    spelt = vowels[j]
                    slot = np.int64(
                        (spelt * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _KNOWN_BITS)
                    )
                    if known[i, kind, slot] != spelt or not spelt:
                        cost_of[i, kind, slot] = edit_cost(
                            our_parts, a1, a2, parts, b1, b2, tables[kind], rows, 1e9
                        )
                        known[i, kind, slot] = spelt
                    left = limit - cost_of[i, kind, slot]
                    if left >= 0 and left >= edit_cost(
                        our_parts, a0, a1, parts, b0, b1, tables[kind], rows, left
                    ):
                        near = True
                        break
                j += 1
            if near:
                if n == len(found):
                    found = np.concatenate((found, np.empty(n, np.int32)))
                found[n] = word
                n += 1
    return found[:n]


@njit(cache=True, nogil=True)
def neighbours(
    exact: int, group: int, habit: int, keys: U32, letters: U8, start: I32,
    words: Words, sounds: Sounds, costs: Costs, group_share: float,
) -> tuple[I32, F32]:  # fmt: skip
    """Return the list's words that may be this query word, ascending, with their cost shares.

    Args:
        exact: the hash of the query word.
        group: its name group, 0 for none.
        habit: how its script spells names.
        keys: keys of its readings' skeletons and their deletions, and of its group.
        letters: letters of its readings.
        start: first letter of each reading, and the end.
        words: the dictionary.
        sounds: its readings taken apart.
        costs: letter costs.
        group_share: cost share of two different words of one name group.
    """
    last = len(start) - 1
    masks = letter_masks(letters, start)
    reading, habits = np.array([0, last], np.int32), np.full(1, habit, np.uint8)
    ours = sounds_of(letters, start, reading, habits, costs)
    found = _possible(habit, keys, start, masks, ours, words, sounds, costs, group)
    same = find_word(words, exact)
    if same >= 0:  # mostly among them already
        found = np.concatenate((found, np.full(1, same, np.int32)))
    found = np.sort(found)
    shares = np.empty(len(found), np.float32)
    rows = np.empty((3, MAX_LETTERS + 1), np.float32)
    n, previous = 0, -1
    for word in found:
        if word == previous:
            continue
        previous = word
        share = 0.0
        if word != same:
            share = reading_cost(
                letters, start, masks, reading[0], reading[1], habits[0],
                words, word, costs, rows, NEAR_SHARE,
            )  # fmt: skip
            if group and words.group[word] == group:
                share = min(share, group_share)
        if share <= NEAR_SHARE:
            found[n], shares[n] = word, share
            n += 1
    return found[:n].copy(), shares[:n].copy()
