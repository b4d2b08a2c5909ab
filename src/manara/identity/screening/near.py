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
    ALIKE,
    APART,
    CONSONANTS,
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
    costs_between,
    edit_cost,
    far,
    find_word,
    key_start,
    letter_masks,
)

_VOWELS = np.zeros(27, np.uint8)
_VOWELS[[ord(letter) - 96 for letter in VOWELS]] = 1
#: How many tables of letter costs there are.
_TABLES = 3
#: Nats: no bound, for readings of which not all letters are compared.
_UNTOLD = -1e9
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


class Sounds(NamedTuple):
    """The readings of some words, taken apart: `r` readings.

    Attributes:
        parts: letters of each reading, its consonants first; each begins where it does in the
            letters themselves.
        vowel: [r] where in `parts` the vowels of each reading begin.
        vowels: [r] the vowels of each reading as one number, 0 where there are too many.
        mask: [r] letters of each reading as bits 1..26; bit 0 if it is longer than is compared.
        whole: [r, 3] nats that leaving out all letters costs, by table of letter costs.
    """

    parts: U8
    vowel: I32
    vowels: U64
    mask: U32
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
    mask = letter_masks(letters, start)
    whole = np.zeros((len(start) - 1, _TABLES), np.float32)
    for word in range(len(habit)):
        for r in range(reading[word], reading[word + 1]):
            at, end = start[r], min(start[r + 1], start[r] + MAX_LETTERS)
            mask[r] |= np.uint32(end < start[r + 1])
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
    return Sounds(parts, vowel, vowels, mask, whole)


@njit(cache=True, nogil=True)
def _lacking(masks: U32, tables: F32) -> F32:
    """Return what the letters cost at least that another word has and a query word lacks.

    Args:
        masks: [r] letters of the query word's readings.
        tables: [3, 27, 27] letter costs, the row that of the query word.

    Returns:
        [r, 3, 3, 512] by reading, by table of letter costs, by which nine bits of the mask of
        letters lacking, and by their value.
    """
    out = np.zeros((len(masks), _TABLES, 3, 512), np.float32)
    for i in range(len(masks)):
        for kind in range(_TABLES):
            for y in range(27):
                least = np.float32(0.0 if y else _UNTOLD)
                if y and not masks[i] >> np.uint32(y) & np.uint32(1):
                    least = tables[kind, 0, y]
                    for x in range(1, 27):
                        if masks[i] >> np.uint32(x) & np.uint32(1):
                            least = min(least, tables[kind, x, y])
                of, bit = out[i, kind, y // 9], 1 << y % 9
                for rest in range(bit):
                    of[bit + rest] = of[rest] + least
    return out


@njit(cache=True, nogil=True)
def _sharing(keys: U32, same: int, words: Words) -> I32:
    """Return the words that have one of these keys, and the word `same` if it is not -1."""
    all_keys, keyed = words.keys, words.keyed
    size = 1
    starts, ends = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    for k in range(len(keys)):
        at = end = key_start(words, keys[k])
        while end < len(all_keys) and all_keys[end] == keys[k]:
            end += 1
        starts[k], ends[k] = at, end
        size += end - at
    found, n = np.empty(size, np.int32), 0
    seen = np.zeros((len(words.group) >> 6) + 1, np.uint64)
    if same >= 0:
        found[0], n = same, 1
        seen[same >> 6] = np.uint64(1) << np.uint64(same & 63)
    for k in range(len(keys)):
        for at in range(starts[k], ends[k]):
            word = keyed[at]
            bit = np.uint64(1) << np.uint64(word & 63)
            if not seen[word >> 6] & bit:
                seen[word >> 6] |= bit
                found[n] = word
                n += 1
    return found[:n]


@njit(cache=True, nogil=True)
def neighbours(
    exact: int, group: int, habit: int, keys: U32, letters: U8, start: I32,
    words: Words, sounds: Sounds, costs: Costs, group_share: float,
) -> tuple[I32, F32]:  # fmt: skip
    """Return the list's words that may be this query word, ascending, with their cost shares.

    Shares are those of `reading_cost`.

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
    n = len(start) - 1
    ours = sounds_of(letters, start, np.array([0, n], np.int32), np.full(1, habit, np.uint8), costs)
    floors = np.empty((_TABLES, 3, 512), np.float32)
    tables = np.stack((costs.letters, costs.apart))
    for kind in range(_TABLES):  # the row is always the query word
        turned = kind != 0 and kind != habit
        floors[kind] = costs.floors[kind, 1 if turned else 0]
        if turned:
            tables[0, kind], tables[1, kind] = costs.letters[kind].T, costs.apart[kind].T
    lacking, apart = _lacking(ours.mask, tables[0]), _lacking(ours.mask, tables[1])
    rows = np.empty((3, MAX_LETTERS + 1), np.float32)
    known = np.zeros((n, _TABLES, _KNOWN), np.uint64)
    cost_of = np.empty((n, _TABLES, _KNOWN), np.float32)
    # Arrays by themselves: a look into a record counts references, here many thousands of times.
    groups, habits, reading, letter = words.group, words.habit, words.reading, words.letter
    our_parts, our_vowel, our_mask, our_whole = ours.parts, ours.vowel, ours.mask, ours.whole
    their_letters, parts, vowel, vowels = words.letters, sounds.parts, sounds.vowel, sounds.vowels
    their_mask, their_whole = sounds.mask, sounds.whole
    same = find_word(words, exact)
    found = _sharing(keys, same, words)
    shares, size = np.empty(len(found), np.float32), 0
    low, long, consonants = np.uint32(511), np.uint32(1), np.uint32(CONSONANTS | 1)
    for word in found:
        kind = costs_between(habit, habits[word])
        best = np.float32(NEAR_SHARE) + np.float32(1e-6)
        last = reading[word + 1] if word != same else 0
        for j in range(reading[word], last):
            theirs = their_mask[j]
            for i in range(n):
                mine = our_mask[i]
                whole = their_whole[j, kind] + our_whole[i, kind]
                limit = max(best * whole - np.float32(APART), np.float32(0.01)) + np.float32(_SLACK)
                more, less = theirs & ~(mine & ~long), mine & ~(theirs & ~long)
                if limit < (
                    lacking[i, kind, 0, more & low]
                    + lacking[i, kind, 1, more >> np.uint32(9) & low]
                    + lacking[i, kind, 2, more >> np.uint32(18)]
                ) or limit < (
                    floors[kind, 0, less & low]
                    + floors[kind, 1, less >> np.uint32(9) & low]
                    + floors[kind, 2, less >> np.uint32(18)]
                ):
                    continue
                if far(mine, theirs):
                    continue
                a0, a1, a2 = start[i], our_vowel[i], min(start[i + 1], start[i] + MAX_LETTERS)
                b0, b1, b2 = letter[j], vowel[j], min(letter[j + 1], letter[j] + MAX_LETTERS)
                spelt = vowels[j]
                slot = np.int64(
                    (spelt * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _KNOWN_BITS)
                )
                if known[i, kind, slot] != spelt or not spelt:
                    cost_of[i, kind, slot] = edit_cost(
                        our_parts, a1, a2, parts, b1, b2, tables[1, kind], rows, 1e9
                    )
                    known[i, kind, slot] = spelt
                left = limit - cost_of[i, kind, slot]
                more &= consonants
                if left < 0 or left < (
                    apart[i, kind, 0, more & low]
                    + apart[i, kind, 1, more >> np.uint32(9) & low]
                    + apart[i, kind, 2, more >> np.uint32(18)]
                ):
                    continue
                if left < edit_cost(our_parts, a0, a1, parts, b0, b1, tables[1, kind], rows, left):
                    continue
                cost = np.float32(
                    edit_cost(letters, a0, a2, their_letters, b0, b2, tables[0, kind], rows, limit)
                )
                cost += np.float32(APART) if cost > 0.01 else np.float32(ALIKE)
                if cost < best * whole:
                    best = cost / whole
        share = 0.0
        if word != same:
            share = float(best)
            if group and groups[word] == group:
                share = min(share, group_share)
        if share <= NEAR_SHARE:
            found[size], shares[size] = word, share
            size += 1
    order = np.argsort(found[:size])
    return found[order], shares[order]
