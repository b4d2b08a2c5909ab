"""A dictionary by sound: which words share a skeleton, which consonants they have, which vowels.

The consonants of all readings make a tree, in which each node adds a letter to its parent: so what
readings begin with is compared once and not with each (Oflazer 1996). The readings of one run of
consonants stand together and go by their run of vowels, of which there are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from manara.identity.screening.kernels import (
    I32,
    I64,
    MAX_LETTERS,
    U8,
    U16,
    U32,
    U64,
    VOWELS,
    Words,
    group_key,
    hash_bytes,
    skeleton_keys,
)

_VOWELS = np.zeros(27, np.uint8)
_VOWELS[[ord(letter) - 96 for letter in VOWELS]] = 1
#: Consonants by which runs are put in order, five bits each.
_ORDERED = 12


class Sounds(NamedTuple):
    """The words of a segment by their sound: `f` families, `c` nodes, `r` readings, `v` vowel runs.

    A family is a skeleton, or after all of these a name group; its words have it.

    Attributes:
        keys: [k] ascending: keys of skeletons, of their deletions, and of name groups.
        keyed: [k] the family of each key.
        directory: [65537] first key of each upper half.
        member: [f + 1] first word of each family in `members`.
        members: words by family.
        heard: [f + 1] first node of each family in `hearing`.
        hearing: nodes of the readings of a family's words, ascending.
        section: [4] first node of each habit of spelling.
        parent: [c] the node of the consonants before each one's last, -1 for none; it stands first.
        depth: [c] consonants of each node.
        added: [c] the last one, 1..26.
        most: [c] vowels of the reading that has most of them.
        said: [c + 1] first reading of each node in the following three.
        vowelled: [r] the run of vowels of each reading.
        word: [r] its word.
        alphabetic: [r] its place among all readings in the order of the alphabet.
        whose: [r] in that order, as the next two: the word of each reading.
        spelt: [r + 1] its first letter in `letters`.
        letters: letters of all readings.
        vowel: [v + 1] first letter of each run of vowels, the most frequent run first.
        vowels: letters of these.
    """

    keys: U32
    keyed: I32
    directory: I32
    member: I32
    members: I32
    heard: I32
    hearing: I32
    section: I32
    parent: I32
    depth: U8
    added: U8
    most: U8
    said: I32
    vowelled: U16
    word: I32
    alphabetic: I32
    whose: I32
    spelt: I32
    letters: U8
    vowel: I32
    vowels: U8


@njit(cache=True, nogil=True)
def split(letters: U8, start: I32) -> tuple[U8, I32, I32]:
    """Return the letters of readings with the consonants first, where their vowels begin and end.

    Only the first `MAX_LETTERS` letters of each are compared. Each reading begins where it does in
    the letters themselves.
    """
    parts = np.zeros(len(letters), np.uint8)
    vowel, end = np.empty(len(start) - 1, np.int32), np.empty(len(start) - 1, np.int32)
    for r in range(len(vowel)):
        at, end[r] = start[r], min(start[r + 1], start[r] + MAX_LETTERS)
        for wanted in range(2):
            if wanted:
                vowel[r] = at
            for k in range(start[r], end[r]):
                if _VOWELS[letters[k]] == wanted:
                    parts[at] = letters[k]
                    at += 1
    return parts, vowel, end


@njit(cache=True, nogil=True)
def _codes(parts: U8, start: I32, middle: I32, end: I32) -> tuple[U64, U64]:
    """Return numbers by which to order the consonants of readings, and hashes of their vowels."""
    order, hashes = np.zeros(len(start), np.uint64), np.empty(len(start), np.uint64)
    for r in range(len(start)):
        for k in range(_ORDERED):
            letter = parts[start[r] + k] if start[r] + k < middle[r] else np.uint8(0)
            order[r] = order[r] << np.uint64(5) | np.uint64(letter)
        hashes[r] = hash_bytes(parts, middle[r], end[r])
    return order, hashes


@njit(cache=True, nogil=True)
def _tree(order: I64, parts: U8, start: I32, middle: I32, habit: U8) -> tuple[I32, U8, U8, I32, U8]:
    """Return a tree of the consonants of readings.

    Args:
        order: readings in the order of habit and consonants.
        parts: letters, the consonants of each reading first.
        start: where each reading begins.
        middle: where its consonants end.
        habit: how its script spells names.

    Returns:
        The node of each reading; of each node its depth, last letter, parent (-1 for none), habit.
    """
    most = len(start) + np.sum(middle - start)
    depth, added = np.empty(most, np.uint8), np.zeros(most, np.uint8)
    parent, spells = np.empty(most, np.int32), np.empty(most, np.uint8)
    node = np.empty(len(start), np.int32)
    path = np.full(MAX_LETTERS + 1, -1, np.int32)
    deep, nodes = -1, 0
    for r in order:
        long, same = middle[r] - start[r], 0
        if deep < 0 or spells[path[0]] != habit[r]:
            depth[nodes], parent[nodes], spells[nodes] = 0, -1, habit[r]
            path[0], deep, nodes = nodes, 0, nodes + 1
        while same < min(long, deep) and added[path[same + 1]] == parts[start[r] + same]:
            same += 1
        if same == long < deep:  # beyond what the order looks at
            same -= 1
        for at in range(same, long):
            depth[nodes], added[nodes] = at + 1, parts[start[r] + at]
            parent[nodes], spells[nodes] = path[at], habit[r]
            path[at + 1], nodes = nodes, nodes + 1
        deep = long
        node[r] = path[deep]
    return node, depth[:nodes], added[:nodes], parent[:nodes], spells[:nodes]


def build_sounds(words: Words, skeleton: I32, skeletons: Sequence[str]) -> Sounds:
    """Return words by their sound.

    Args:
        words: the dictionary.
        skeleton: [r] which skeleton each reading has.
        skeletons: the skeletons.
    """
    letters, letter, reading = words.letters, words.letter, words.reading
    word = np.repeat(np.arange(len(words.habit), dtype=np.int32), np.diff(reading))
    parts, middle, last = split(letters, letter)
    start, spells = letter[:-1], words.habit[word]
    consonants, vowels = _codes(parts, start, middle, last)
    node, depth, added, parent, kind = _tree(
        np.lexsort((consonants, spells)), parts, start, middle, spells
    )
    order = np.argsort(node, kind="stable")
    # Those compared one after the other begin alike: what they share is compared once.
    alphabet = np.argsort(_codes(letters, start, last, last)[0], kind="stable")
    place = np.empty(len(start), np.int32)
    place[alphabet] = np.arange(len(start), dtype=np.int32)
    most = np.zeros(len(depth), np.uint8)
    np.maximum.at(most, node, (last - middle).astype(np.uint8))
    vowelled, spoken = _by_frequency(vowels)
    groups = np.unique(words.group[words.group > 0])
    keys, keyed = _keys(skeletons, groups)
    grouped = np.flatnonzero(words.group).astype(np.int32)
    kin = (len(skeletons) + np.searchsorted(groups, words.group[grouped])).astype(np.int32)
    families = len(skeletons) + len(groups)
    member, members = _pairs(np.append(skeleton, kin), np.append(word, grouped), families)
    heard, hearing = _heard(member, members, reading, node)
    spelt, spelling = _cut(letters, start[alphabet], letter[1:][alphabet])
    vowel, said = _cut(parts, middle[spoken], last[spoken])
    return Sounds(
        keys, keyed, _directory(keys), member, members, heard, hearing,
        np.searchsorted(kind, np.arange(4)).astype(np.int32), parent, depth, added, most,
        np.searchsorted(node[order], np.arange(len(depth) + 1)).astype(np.int32),
        _narrow(vowelled[order]), word[order], place[order], word[alphabet], spelt, spelling,
        vowel, said,
    )  # fmt: skip


def _keys(skeletons: Sequence[str], groups: I32) -> tuple[U32, I32]:
    """Return the keys of skeletons and name groups, ascending, and the family of each."""
    count, families = len(skeletons), len(skeletons) + len(groups)
    ends = np.cumsum([0, *map(len, skeletons)])
    keys, keyed = skeleton_keys(
        np.frombuffer("".join(skeletons).encode(), np.uint8), ends.astype(np.int64),
        np.arange(count, dtype=np.int32),
    )  # fmt: skip
    keys = np.append(keys, np.array([group_key(int(one)) for one in groups], np.uint32))
    keyed = np.append(keyed, np.arange(count, families, dtype=np.int32))
    both = np.unique(keys.astype(np.uint64) << np.uint64(32) | keyed.astype(np.uint64))
    return (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32).view(np.int32)


def _directory(keys: U32) -> I32:
    """Return where the keys of each upper half begin."""
    upper = np.arange(65537, dtype=np.uint64) << np.uint64(16)
    return np.searchsorted(keys, upper).astype(np.int32)


def _heard(member: I32, members: I32, reading: I32, node: I32) -> tuple[I32, I32]:
    """Return the nodes of the readings of each family's words."""
    family = np.repeat(np.arange(len(member) - 1, dtype=np.int32), np.diff(member))
    times = np.diff(reading)[members]
    each = np.repeat(reading[members] - np.cumsum(times) + times, times) + np.arange(times.sum())
    return _pairs(np.repeat(family, times), node[each], len(member) - 1)


def _narrow(values: I32) -> U16:
    """Return numbers in half the room if they fit, as they do but for millions of words."""
    return values.astype(np.uint16) if values.max(initial=0) < 1 << 16 else values  # type: ignore[return-value]


def _by_frequency(values: U64) -> tuple[I32, I64]:
    """Return the rank of each value, the most frequent first, and where each rank first stands."""
    _, first, which, counts = np.unique(
        values, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[which], first[order]


def _pairs(owner: I32, value: I32, owners: int) -> tuple[I32, I32]:
    """Return where each owner's distinct values begin, and these, ascending."""
    both = np.unique(owner.astype(np.uint64) << np.uint64(32) | value.astype(np.uint64))
    begin = np.searchsorted(both, np.arange(owners + 1, dtype=np.uint64) << np.uint64(32))
    return begin.astype(np.int32), both.astype(np.uint32).view(np.int32)


def _cut(parts: U8, start: I32, end: I32) -> tuple[I32, U8]:
    """Return where pieces of `parts` begin when they stand one after the other, and the pieces."""
    sizes = end - start
    ends = np.cumsum(np.append(0, sizes)).astype(np.int32)
    return ends, parts[np.repeat(start - ends[:-1], sizes) + np.arange(ends[-1])]
