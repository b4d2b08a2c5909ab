"""What pieces of readings say for a syllable in Hangul: the compiled part of Korean names."""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]

#: Letters of a reading that are looked at.
_LONGEST = 48
#: Pieces of more letters stand in no table.
_MOST_LETTERS = 12
#: The letters a, e, i, o, u, w and y, which are not written once for two.
_VOWELS = sum(1 << ord(letter) - 96 for letter in "aeiouwy")


class Heard(NamedTuple):
    """One syllable at one place of a name, and what is written at that place.

    Attributes:
        seen: [p] ascending: numbers of the pieces that it was spelt as, by `piece_codes`.
        times: [p] how often, then how often in all and by the letter costs.
        letters: letters 1..26 of its readings.
        start: [r + 1] first letter of each reading.
        written: [q] ascending: numbers of the pieces that any syllable there was spelt as.
        shares: [q] of people who write each, then of those who write any other.
    """

    seen: U64
    times: F64
    letters: U8
    start: I32
    written: U64
    shares: F64


def piece_codes(pieces: list[str]) -> U64:
    """Return one number for each piece of up to 12 letters, five bits each."""
    return np.array(
        [sum(ord(x) - 96 << 5 * at for at, x in enumerate(reversed(piece))) for piece in pieces],
        np.uint64,
    )


@njit(cache=True, nogil=True)
def _at(values: U64, value: int) -> int:
    """Return the place of a value among ascending ones, or their number."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < len(values) and values[low] == value else len(values)


@njit(cache=True, nogil=True)
def _code(letters: U8, first: int, end: int) -> int:
    """Return a piece's number as `piece_codes` does, 0 for what stands in no table."""
    code = np.uint64(0)
    if end - first <= _MOST_LETTERS:
        for k in range(first, end):
            code = code << np.uint64(5) | np.uint64(letters[k])
    return int(code)


@njit(cache=True, nogil=True)
def _by_letters(
    heard: Heard, letters: U8, first: int, n: int, behind: bool, costs: F64, row: F64, least: F64
) -> None:
    """Fill in the least letter costs of a syllable's readings against the first letters, or last.

    Args:
        heard: the syllable.
        letters: letters of a reading and others.
        first: its first letter.
        n: how many there are.
        behind: whether the last letters are meant, and not the first.
        costs: [27, 27] letter costs, the row that of the syllable.
        row: [n + 1] scratch.
        least: [n + 1] receives the costs of none to all of the letters.
    """
    least[: n + 1] = np.inf
    for r in range(len(heard.start) - 1):
        row[0] = 0.0
        for j in range(n):
            y = letters[first + n - 1 - j if behind else first + j]
            row[j + 1] = row[j] + costs[0, y]
        a, b = heard.start[r], heard.start[r + 1]
        for i in range(a, b):
            x = heard.letters[b - 1 - (i - a) if behind else i]
            corner, row[0] = row[0], row[0] + costs[x, 0]
            for j in range(n):
                y = letters[first + n - 1 - j if behind else first + j]
                best = min(corner + costs[x, y], row[j + 1] + costs[x, 0], row[j] + costs[0, y])
                corner, row[j + 1] = row[j + 1], best
        for j in range(n + 1):
            least[j] = min(least[j], row[j])


@njit(cache=True, nogil=True)
def _spelt(heard: Heard, code: int, least: float, by_letters: float) -> float:
    """Return minus the logarithm of the chance that a syllable is spelt as a piece."""
    times = heard.times
    at, n = _at(heard.seen, code), len(heard.seen)
    seen = times[at] if at < n else 0.0
    return -log((seen + times[n + 1] * exp(-least - by_letters)) / (times[n] + times[n + 1]))


@njit(cache=True, nogil=True)
def whole_told(
    heard: Heard, share: float, letters: U8, begin: I32, end: I32, costs: F64, by_letters: float
) -> F64:
    """Return how far whole readings speak for one syllable, in nats.

    Args:
        heard: the syllable.
        share: of the names that have one syllable there.
        letters: letters of the readings and others.
        begin: [n] first letter of each.
        end: [n] where each ends.
        costs: [27, 27] letter costs, the row that of the syllable.
        by_letters: nats that a spelling by letter costs takes beside these.
    """
    told = np.empty(len(begin))
    row, least = np.empty((2, _LONGEST + 1))
    for k in range(len(begin)):
        n = min(end[k] - begin[k], _LONGEST)
        _by_letters(heard, letters, begin[k], n, False, costs, row, least)
        code = _code(letters, begin[k], end[k])
        chance = heard.shares[_at(heard.written, code)]
        told[k] = -_spelt(heard, code, least[n], by_letters) - log(share * chance)
    return told


@njit(cache=True, nogil=True)
def halves_told(
    first: Heard, second: Heard, letters: U8, begin: I32, end: I32, costs: F64, by_letters: float
) -> F64:
    """Return how far readings speak for two syllables, wherever each is cut, in nats.

    Two consonants that meet between the syllables may be written once. The arguments are those of
    `whole_told`.
    """
    told = np.empty(len(begin))
    row, least, other = np.empty((3, _LONGEST + 1))
    spelt, said = np.empty((2, _LONGEST + 1))
    for k in range(len(begin)):
        a, n = begin[k], min(end[k] - begin[k], _LONGEST)
        _by_letters(first, letters, a, n, False, costs, row, least)
        _by_letters(second, letters, a, n, True, costs, row, other)
        for rest in range(n + 1):
            code = _code(letters, a + n - rest, a + n)
            spelt[n - rest] = _spelt(second, code, other[rest], by_letters)
            said[n - rest] = second.shares[_at(second.written, code)]
        best, chance = np.inf, 0.0
        for cut in range(1, n + 1):
            code = _code(letters, a, a + cut)
            mine = _spelt(first, code, least[cut], by_letters)
            share = first.shares[_at(first.written, code)]
            vowel = _VOWELS >> np.int64(letters[a + cut - 1]) & 1
            for once in range(1 if vowel else 2):
                best = min(best, mine + spelt[cut - once])
                chance += share * said[cut - once]
        told[k] = -best - log(chance)
    return told
