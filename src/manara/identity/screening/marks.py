"""Which words and nodes of a dictionary by sound share a key with a query word, as bits."""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.identity.screening.kernels import I32, U32, U64, borrowing
from manara.identity.screening.sounds import Sounds

_ONE = np.uint64(1)
#: Which bit of a word is set, by its product with a de Bruijn sequence (Leiserson, Prokop and
#: Randall 1998).
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACE = np.zeros(64, np.int32)
for _bit in range(64):
    _PLACE[(int(_DE_BRUIJN) << _bit & (1 << 64) - 1) >> 58] = _bit


@borrowing
def families(keys: U32, sounds: Sounds, seen: U64, found: I32) -> int:
    """Fill in the families that have one of these keys, each once; return how many."""
    all_keys, keyed, directory = sounds.keys, sounds.keyed, sounds.directory
    size = 0
    for key in keys:
        upper = np.int64(key >> np.uint32(16))
        for at in range(directory[upper], directory[upper + 1]):
            family = keyed[at]
            if all_keys[at] == key and not seen[family >> 6] >> np.uint64(family & 63) & _ONE:
                seen[family >> 6] |= _ONE << np.uint64(family & 63)
                found[size] = family
                size += 1
    return size


@borrowing
def mark(families: I32, sounds: Sounds, words: U64, nodes: U64) -> int:
    """Mark the words of some families, and the nodes that they lead to or pass.

    What is returned is of no use: adding it up first has the processor fetch all families' lists
    at once, and not each when its turn comes.
    """
    member, members, heard, hearing = sounds.member, sounds.members, sounds.heard, sounds.hearing
    parent = sounds.parent
    fetched = 0
    for family in families:
        fetched += members[member[family]]
        if heard[family] < len(hearing):
            fetched += hearing[heard[family]]
    for family in families:
        for p in range(member[family], member[family + 1]):
            words[members[p] >> 6] |= _ONE << np.uint64(members[p] & 63)
        for p in range(heard[family], heard[family + 1]):
            node = hearing[p]
            while node >= 0 and not nodes[node >> 6] >> np.uint64(node & 63) & _ONE:
                nodes[node >> 6] |= _ONE << np.uint64(node & 63)
                node = parent[node]
    return fetched


@njit(cache=True, nogil=True)
def listed(marks: U64) -> I32:
    """Return which bits are set, ascending."""
    size, n = 0, 0
    for bits in marks:
        while bits:
            bits &= bits - np.uint64(1)
            size += 1
    found = np.empty(size, np.int32)
    for at in range(len(marks)):
        bits = marks[at]
        while bits:
            lowest = bits & (~bits + np.uint64(1))
            found[n] = (at << 6) + _PLACE[(lowest * _DE_BRUIJN) >> np.uint64(58)]
            bits ^= lowest
            n += 1
    return found


@borrowing
def take_out(marks: U64, first: int, last: int, found: I32) -> int:
    """Fill in which bits are set in the words from first to last, ascending, and unset them.

    Returns how many.
    """
    size = 0
    for at in range(first, last + 1):
        bits = marks[at]
        marks[at] = np.uint64(0)
        while bits:
            lowest = bits & (~bits + _ONE)
            found[size] = (at << 6) + _PLACE[(lowest * _DE_BRUIJN) >> np.uint64(58)]
            bits ^= lowest
            size += 1
    return size
