"""What vowels cost, remembered by runs of vowels: bounds that tell nearly all words to be far.

A gain is `NEAR` of what leaving out a run of vowels costs, less what it costs against the query
word's. Gains are kept in parts of a nat, rounded up: they only tell what is too far.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    F32,
    I16,
    I32,
    MAX_LETTERS,
    U8,
    U64,
    VOWELS,
    Costs,
    Words,
    hash_bytes,
)
from manara.identity.screening.rows import NEAR, begin, vowel_gain
from manara.identity.screening.sounds import Sounds

#: The letters that are vowels, by code.
IS_VOWEL = np.zeros(27, np.uint8)
IS_VOWEL[[ord(letter) - 96 for letter in VOWELS]] = 1
#: Parts of a nat in which gains are kept, the least, and one that is not worked out yet.
PARTS, LEAST_GAIN, UNKNOWN = 256, -32_000, 32_767
#: How many tables of letter costs there are.
TABLES = 3
#: How many gains of vowels are remembered, and of how many query words' vowels at least and most.
_REMEMBERED, _FEWEST, _MOST_SLOTS = 1 << 24, 64, 2048
#: Runs of vowels whose gains against one another are kept with an index.
_OFTEN = 512
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Often(NamedTuple):
    """What the runs of vowels that most readings have gain against each other: `n` runs.

    Attributes:
        hashes: [n] hash of each run, ascending.
        runs: [n] the run of each hash.
        gains: [6 * n * n] by table of letter costs (turned ones last), the query word's run, run.
    """

    hashes: U64
    runs: I32
    gains: I16


#: None are kept.
NONE_OFTEN = Often(np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.int16))


class Memory(NamedTuple):
    """What vowels cost, remembered from query word to query word; for one thread at a time.

    Attributes:
        often: gains that are known beforehand.
        spelt: [m] hash of a query word's vowels and of which costs hold.
        gains: [m, v] the gain of each run of vowels of the dictionary.
        merged: [v] room for the best gains of several readings.
        best: [w] the least share of each word that was found near; 1 between queries.
        found: [w] room for the words found.
        places: room for readings of the dictionary, or for families.
        needs: room for a number of each.
        left: room for those that are left.
        alphabet: one bit for each reading; 0 between queries.
    """

    often: Often
    spelt: U64
    gains: I16
    merged: I16
    best: F32
    found: I32
    places: I32
    needs: I32
    left: I32
    alphabet: U64


def memory_for(words: Words, sounds: Sounds, often: Often = NONE_OFTEN) -> Memory:
    """Return room to remember what vowels of these words cost."""
    runs = len(sounds.vowel) - 1
    slots = min(max(_REMEMBERED // max(runs, 1), _FEWEST), _MOST_SLOTS)
    n_words, room = len(words.group), max(len(sounds.word), len(sounds.member)) + 1
    places, needs, left = np.empty((3, room), np.int32)
    return Memory(
        often, np.zeros(slots, np.uint64), np.empty((slots, runs), np.int16),
        np.empty(runs, np.int16), np.ones(n_words, np.float32), np.empty(n_words, np.int32),
        places, needs, left, np.zeros((room >> 6) + 1, np.uint64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def in_parts(gain: float) -> int:
    """Return a gain of nats in parts of a nat."""
    return int(np.ceil(max(gain * PARTS, LEAST_GAIN)))


def often_of(sounds: Sounds, costs: Costs) -> Often:
    """Return what the dictionary's most frequent runs of vowels gain against each other."""
    count = min(_OFTEN, len(sounds.vowel) - 1)
    hashes = np.array(
        [hash_bytes(sounds.vowels, *sounds.vowel[at : at + 2]) for at in range(count)], np.uint64
    )
    runs = np.argsort(hashes).astype(np.int32)
    return Often(hashes[runs], runs, _often_gains(count, sounds, costs))


@njit(cache=True, nogil=True)
def _often_gains(count: int, sounds: Sounds, costs: Costs) -> I16:
    """Return the gains of `Often`."""
    gains = np.full(2 * TABLES * count * count, UNKNOWN, np.int16)
    vowel, vowels = sounds.vowel, sounds.vowels
    spelt, rows = (
        np.empty(27 * (MAX_LETTERS + 1), np.float32),
        np.empty((MAX_LETTERS + 1) ** 2, np.float32),
    )
    at = 0
    for kind in range(2 * TABLES):
        table, apart = costs.letters[kind % TABLES].copy(), costs.apart[kind % TABLES].copy()
        if kind >= TABLES:
            table, apart = table.T.copy(), apart.T.copy()
        for ours in range(count):
            first, end = vowel[ours], vowel[ours + 1]
            mask = begin(vowels, first, end, apart, spelt, rows)
            for run in range(count):
                gain = vowel_gain(
                    run, vowel, vowels, table, vowels, first, end - first, mask, spelt, rows
                )
                gains[at] = in_parts(gain)
                at += 1
    return gains


@njit(cache=True, nogil=True)
def remembered(memory: Memory, parts: U8, first: int, end: int, kind: int) -> I16:
    """Return the gains remembered for a query word's vowels and a table of letter costs."""
    vowels = hash_bytes(parts, first, end)
    spelt = vowels ^ np.uint64(kind + 1) * _GOLDEN
    place = np.int64(spelt % np.uint64(len(memory.spelt)))
    gains: I16 = memory.gains[place]
    if memory.spelt[place] != spelt:
        memory.spelt[place] = spelt
        gains[:] = UNKNOWN
        often = memory.often
        n = len(often.hashes)
        at = np.searchsorted(often.hashes, vowels)
        if at < n and often.hashes[at] == vowels:
            row = (kind * n + often.runs[at]) * n
            gains[:n] = often.gains[row : row + n]
    return gains


@njit(cache=True, nogil=True)
def merge(gains: I16, less: int, merged: I16, fresh: bool) -> None:
    """Raise the best gains of several readings to those of one.

    Args:
        gains: of the reading.
        less: by how much these need to be higher, in parts of a nat.
        merged: the best gains, unknown where one is.
        fresh: whether it is the first reading.
    """
    for v in range(len(merged)):
        told = np.int32(gains[v])
        if told != UNKNOWN:
            told = max(told - np.int32(less), np.int32(LEAST_GAIN))
        if not fresh:
            told = max(told, np.int32(merged[v]))
        merged[v] = told


@njit(cache=True, nogil=True)
def most_gains(parts: U8, first: int, end: int, table: F32, apart: F32) -> F32:
    """Return what a number of vowels can add to the limit of a reading at most beyond their cost.

    Each adds `NEAR` of what leaving it out costs, and costs something as it takes the place of one
    of the query word's or of none; the query word's others are left out.
    """
    n = end - first
    free = np.float32(0.0)
    for y in range(1, 27):
        if IS_VOWEL[y]:
            free = max(free, NEAR * table[0, y] - apart[0, y])
    most, gains = np.zeros(MAX_LETTERS + 1, np.float32), np.zeros(n, np.float32)
    for k in range(n):
        x = parts[first + k]
        most[0] -= apart[x, 0]
        for y in range(1, 27):
            if IS_VOWEL[y]:
                gains[k] = max(gains[k], NEAR * table[0, y] - apart[x, y] + apart[x, 0] - free)
    for count in range(1, MAX_LETTERS + 1):
        most[count] = most[count - 1] + free
        if count <= n:
            best = gains.argmax()
            most[count] += gains[best]
            gains[best] = 0.0
    return most
