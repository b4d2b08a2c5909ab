"""Compiled inner loops of screening: hashing, keys, edit costs.

Everything works on flat arrays and releases the interpreter lock. Compiled code is kept beside the
module, or in the folder named by the environment variable ``NUMBA_CACHE_DIR`` where the
installation is read-only; without a kept copy the first search compiles for some twenty seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

#: Letters of a reading that take part; longer words are compared on their first letters.
MAX_LETTERS = 32
#: Cost of two neighbouring letters exchanged, in nats: as likely a slip as a letter left out.
EXCHANGED = 2.5
#: Words whose readings cost a larger share of their letters are not one name: of random pairs one
#: in twenty comes nearer, of true pairs all but one in fifty.
MAX_COST_SHARE = 0.32
#: Nats that it costs not to be the same word, on top of the letters: short words resemble others
#: by chance. Readings that are equal still come from two spellings.
APART, ALIKE = 1.2, 0.3
#: Words that lead to a name must be nearer than those that may count in one already found.
NEAR_SHARE = 0.24
#: Letters that are hardly ever read for a consonant, and all others, as bits 1..26.
VOWELS = "aeiouy"
CONSONANTS = 0x7FFFFFE - sum(1 << ord(vowel) - 96 for vowel in VOWELS)


Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def borrowing(kernel: Kernel) -> Kernel:
    """Return a compiled kernel that looks into records and makes no arrays.

    Other kernels count references to a record's arrays at every look into it, which can take half
    of their time. What such a kernel calls must not make arrays either.
    """
    options: Any = {"cache": True, "nogil": True, "_nrt": False}
    compiled: Any = njit(**options)(kernel)
    return cast(Kernel, compiled)


class Words(NamedTuple):
    """The dictionary of a segment: every distinct word once, `w` words, `r` readings.

    Attributes:
        hashes: [w] FNV-1a of each word, ascending.
        hashed: [w] the word of each hash.
        reading: [w + 1] first reading of each word.
        letter: [r + 1] first letter of each reading.
        letters: codes 1..26 of all readings.
        masks: [r] which letters a reading has, bit 1..26.
        habit: [w] how each word's script spells names (`manara.identity.names.readings.habit`).
        group: [w] name group, 0 for none.
        rarity: [w] information in nats that meeting the word by chance would carry.
    """

    hashes: U64
    hashed: I32
    reading: I32
    letter: I32
    letters: U8
    masks: U32
    habit: U8
    group: I32
    rarity: F32


class Costs(NamedTuple):
    """Letter costs in nats and what follows from them (`manara.identity.screening.lettercosts`).

    Tables go by `costs_between`: the first is for words spelt alike, the others for a row of a word
    of that habit and a column of one of another.

    Attributes:
        letters: [3, 27, 27] cost of a letter against another one, 0 for nothing.
        floors: [3, 2, 3, 512] by table, by side (row, column), by which nine bits of a letter mask,
            and by their value: the least that letters cost which the other reading lacks. Each is
            left out or replaced, whatever else happens.
        apart: [3, 27, 27] costs of consonants compared without the vowels between them.
    """

    letters: F32
    floors: F32
    apart: F32


@njit(cache=True, nogil=True)
def hash_bytes(data: U8, first: int, last: int) -> int:
    """Return the 64-bit FNV-1a hash of ``data[first:last]`` (Fowler, Noll, Vo; RFC 9923)."""
    value = np.uint64(0xCBF29CE484222325)
    for i in range(first, last):
        value = (value ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return value


@njit(cache=True, nogil=True)
def hash_all(data: U8, offsets: I64) -> U64:
    """Return the hash of every slice ``data[offsets[i]:offsets[i + 1]]``."""
    out = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(out)):
        out[i] = hash_bytes(data, offsets[i], offsets[i + 1])
    return out


@njit(cache=True, nogil=True)
def _short(value: int) -> int:
    """Return a hash folded to 32 bits."""
    wide = np.uint64(value)
    return np.uint32((wide ^ (wide >> np.uint64(32))) & np.uint64(0xFFFFFFFF))


@njit(cache=True, nogil=True)
def group_key(group: int) -> int:
    """Return the key of a name group."""
    return _short((np.uint64(group) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))


@njit(cache=True, nogil=True)
def skeleton_keys(data: U8, offsets: I64, owners: I32) -> tuple[U32, I32]:
    """Return keys of skeletons and of their deletion neighbourhoods, with their owners.

    A skeleton gives its own key and one for each letter left out, so that two skeletons one edit
    apart share a key (symmetric deletion; Garbe 2012, after Mor and Fraenkel 1982). Skeletons of
    fewer than three letters give only their own: what is left of them says nothing.

    Args:
        data: all skeletons, one after the other.
        offsets: [n + 1] first byte of each skeleton.
        owners: [n] what each skeleton belongs to.
    """
    size = 0
    for i in range(len(owners)):
        length = offsets[i + 1] - offsets[i]
        size += 1 + (length if length >= 3 else 0)
    keys, of = np.empty(size, np.uint32), np.empty(size, np.int32)
    spelt = np.empty(256, np.uint8)
    at = 0
    for i in range(len(owners)):
        first, last = offsets[i], offsets[i + 1]
        keys[at], of[at] = _short(hash_bytes(data, first, last)), owners[i]
        at += 1
        if last - first < 3:
            continue
        for left_out in range(first, last):
            n = 0
            for j in range(first, min(last, first + 256)):
                if j != left_out:
                    spelt[n] = data[j]
                    n += 1
            keys[at], of[at] = _short(hash_bytes(spelt, 0, n)), owners[i]
            at += 1
    return keys, of


@njit(cache=True, nogil=True, inline="always")
def edit_cost(
    a: U8, a0: int, a1: int, b: U8, b0: int, b1: int, costs: F32, rows: F32, limit: float
) -> float:
    """Return the least cost of turning one reading into the other, or something above `limit`.

    Weighted edit distance with exchanged neighbours (optimal string alignment, after Wagner and
    Fischer 1974 and Damerau 1964).

    Args:
        a: letters of one reading and others.
        a0: its first letter in `a`.
        a1: where it ends.
        b: letters of the other reading.
        b0: its first letter in `b`.
        b1: where it ends.
        costs: [27, 27] cost in nats of a letter of `a` against one of `b`, 0 for nothing.
        rows: [3, MAX_LETTERS + 1] scratch.
        limit: cost above which the exact value does not matter.
    """
    n, m = min(a1 - a0, MAX_LETTERS), min(b1 - b0, MAX_LETTERS)
    # Rows go by number: views of them would be counted in and out at every step.
    before, last, now = 0, 1, 2
    rows[last, 0] = 0.0
    for j in range(m):
        rows[last, j + 1] = rows[last, j] + costs[0, b[b0 + j]]
    above, cost = np.float32(0.0), np.float32(-1.0)
    for i in range(n):
        x = a[a0 + i]
        drop = costs[x, 0]
        left = rows[last, 0] + drop
        rows[now, 0] = left
        least = left
        for j in range(m):
            y = b[b0 + j]
            best = rows[last, j] + costs[x, y]
            other = rows[last, j + 1] + drop
            if other < best:
                best = other
            other = left + costs[0, y]
            if other < best:
                best = other
            if i and j and x == b[b0 + j - 1] and a[a0 + i - 1] == y and x != y:
                other = rows[before, j - 1] + np.float32(EXCHANGED)
                if other < best:
                    best = other
            rows[now, j + 1] = best
            left = best
            if best < least:
                least = best
        # An exchange may reach over one row.
        if least > limit and above + np.float32(EXCHANGED) > limit:
            cost = min(least, above + np.float32(EXCHANGED))
            break
        above = least
        before, last, now = last, now, before
    if cost < 0:
        cost = rows[last, m]
    return cost


@njit(cache=True, nogil=True)
def _whole(a: U8, first: int, last: int, costs: F32, kind: int, row: bool) -> float:
    """Return what leaving out all letters of a reading costs."""
    total = np.float32(0.0)
    for i in range(first, min(last, first + MAX_LETTERS)):
        total += costs[kind, a[i], 0] if row else costs[kind, 0, a[i]]
    return total


@njit(cache=True, nogil=True)
def far(mask: int, other: int) -> bool:
    """Return whether two readings have too few letters in common to be one name."""
    apart = np.uint32(mask ^ other) & np.uint32(CONSONANTS)
    count = 0
    while apart:
        apart &= apart - np.uint32(1)
        count += 1
    return count > 5


@njit(cache=True, nogil=True)
def costs_between(habit: int, other: int) -> int:
    """Return which letter costs hold between words of two habits of spelling."""
    if habit == other:
        return 0
    return other if habit == 0 else habit if other == 0 else 1


@njit(cache=True, nogil=True)
def letter_masks(letters: U8, offsets: I32) -> U32:
    """Return for each reading which letters it has, as bits 1..26."""
    out = np.zeros(len(offsets) - 1, np.uint32)
    for i in range(len(out)):
        for j in range(offsets[i], offsets[i + 1]):
            out[i] |= np.uint32(1) << np.uint32(letters[j])
    return out


@borrowing
def reading_cost(
    letters: U8, offsets: I32, masks: U32, first: int, last: int, habit: int,
    words: Words, word: int, costs: Costs, rows: F32, most: float,
) -> float:  # fmt: skip
    """Return the least cost share between the readings of a query word and of a list word.

    The share is the cost of the cheapest edits over that of dropping one reading and adding the
    other: 0 for equal readings, 1 for nothing in common.

    Args:
        letters: letters of the query's readings.
        offsets: first letter of each reading.
        masks: letters of each reading as bits.
        first: the word's first reading.
        last: the reading after its last one.
        habit: how its script spells names.
        words: the dictionary.
        word: the list word.
        costs: letter costs.
        rows: [3, MAX_LETTERS + 1] scratch.
        most: share above which the exact value does not matter: something above it is returned.
    """
    best = np.float32(most) + np.float32(1e-6)
    kind = costs_between(habit, words.habit[word])
    table, floors = costs.letters, costs.floors
    their_letters, their_start, their_masks = words.letters, words.letter, words.masks
    turned = kind != 0 and kind != habit  # the list's word is the row
    side = 1 if turned else 0
    for i in range(first, last):
        a0, a1 = offsets[i], offsets[i + 1]
        our_whole = _whole(letters, a0, a1, table, kind, not turned)
        for j in range(words.reading[word], words.reading[word + 1]):
            if far(masks[i], their_masks[j]):
                continue
            b0, b1 = their_start[j], their_start[j + 1]
            whole = _whole(their_letters, b0, b1, table, kind, turned) + our_whole
            # A thousandth of a nat is more than what rounding can add up to.
            limit = max(best * whole - np.float32(APART), np.float32(0.01)) + np.float32(0.001)
            if a1 - a0 <= MAX_LETTERS and b1 - b0 <= MAX_LETTERS:
                ours, theirs = masks[i] & ~their_masks[j], their_masks[j] & ~masks[i]
                floor, other = np.float32(0.0), np.float32(0.0)
                for part in range(3):
                    nine = np.uint32(9 * part)
                    floor += floors[kind, side, part, ours >> nine & np.uint32(511)]
                    other += floors[kind, 1 - side, part, theirs >> nine & np.uint32(511)]
                if floor > limit or other > limit:
                    continue
            if turned:
                cost = edit_cost(their_letters, b0, b1, letters, a0, a1, table[kind], rows, limit)
            else:
                cost = edit_cost(letters, a0, a1, their_letters, b0, b1, table[kind], rows, limit)
            cost += np.float32(APART) if cost > 0.01 else np.float32(ALIKE)
            if cost < best * whole:
                best = cost / whole
    return best


@njit(cache=True, nogil=True)
def find_word(words: Words, value: int) -> int:
    """Return the word with this hash, or -1."""
    low, high = 0, len(words.hashes)
    while low < high:
        middle = (low + high) >> 1
        if words.hashes[middle] < value:
            low = middle + 1
        else:
            high = middle
    if low < len(words.hashes) and words.hashes[low] == value:
        return words.hashed[low]
    return -1
