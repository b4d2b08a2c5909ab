"""Which pairs are worth comparing: rows that share a key few others have.

Each record has a few *atoms*: the sound of each name word, its birth date, year, month and day,
place, codes. An atom that few records share is a key. Atoms that many share are joined two by two,
and where the two are still common three by three, until they are rare. What stays common is
reported. Which keys are common is decided once, by `Blocking.fit`; from then on two records are a
candidate pair or not whatever else is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.identity.resolution.columns import Field
from manara.identity.resolution.pairs import CODE, DATE, NAME

Array = NDArray[Any]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

#: Letters by sound class for `sounds`: those of one group are confused in speech and in writing.
_GROUPS = ("bp", "dt", "cgkqx", "fvw", "szj", "l", "mn", "r")
_CLASS = np.zeros(128, np.uint8)
for _number, _letters in enumerate(_GROUPS, start=1):
    for _letter in _letters:
        _CLASS[ord(_letter)] = _number
for _letter in "aeiouyh":
    _CLASS[ord(_letter)] = 255


def mix(values: Array, tag: int) -> Array:
    """Return 64-bit hashes of 64-bit values; different tags give unrelated hashes (splitmix64)."""
    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(tag + 1) * _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


@njit(cache=True, nogil=True)
def sounds(points: Array, starts: Array, classes: Array) -> tuple[Array, Array, Array]:
    """Return of each string hashes of the whole, of its sound and of its first half.

    The sound is the first letter's class and the classes of the other consonants, doubled ones
    once; letters beyond ASCII stand for themselves.
    """
    prime, basis = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)
    count = len(starts) - 1
    whole, sound = np.empty(count, np.uint64), np.empty(count, np.uint64)
    half = np.empty(count, np.uint64)
    for s in range(count):
        h, k, last, middle = basis, basis, -1, basis
        stop = starts[s] + (starts[s + 1] - starts[s] + 1) // 2
        for p in range(starts[s], starts[s + 1]):
            point = points[p]
            h = (h ^ np.uint64(point)) * prime
            if p < stop:
                middle = h
            group = int(classes[point]) if point < 128 else int(point)
            if point < 128 and group == 0:
                group = int(point) + 256
            if group == 255 and p > starts[s]:
                continue
            if group != last:
                k = (k ^ np.uint64(group)) * prime
                last = group
        whole[s], sound[s], half[s] = h, k, middle
    return whole, sound, half


def hash_texts(points: Array, starts: Array) -> Array:
    """Return a hash of each string (uint64), by its code."""
    return np.asarray(sounds(points, starts, _CLASS)[0])


def atoms(values: Array, wanted: Sequence[Field], points: Array, starts: Array) -> Array:
    """Return the atoms of each record as hashes (uint64) [records, atoms], 0 for none."""
    whole, sound, half = sounds(points, starts, _CLASS)
    found: list[Array] = []

    def add(source: Array, codes: Array, tag: int) -> None:
        hashes = mix(source, tag) if len(source) else np.zeros(1, np.uint64)
        found.append(np.where(codes >= 0, hashes[np.maximum(codes, 0)], np.uint64(0)))

    for place, field in enumerate(wanted):
        codes = values[:, place]
        if field.compared == NAME:
            add(sound, codes, 0)
        elif field.compared == DATE:
            for tag, part in enumerate(_date_parts(codes), start=1):
                hashes = mix(np.maximum(part, 0), 100 * (place + 1) + tag)
                found.append(np.where(part > 0, hashes, np.uint64(0)))
        elif field.kind != "gender":
            add(whole, codes, 100 * (place + 1))
            if field.compared == CODE:
                add(half, codes, 100 * (place + 1) + 1)
    return np.column_stack(found) if found else np.zeros((len(values), 0), np.uint64)


def _date_parts(dates: Array) -> tuple[Array, Array, Array]:
    """Return the whole date with day and month in either order, the year, month and day."""
    year, month, day = dates // 10000, dates // 100 % 100, dates % 100
    low, high = np.minimum(month, day), np.maximum(month, day)
    known = (dates > 0) & (low > 0)
    whole = np.where(known, year * 10000 + low * 100 + high, -1)
    return whole, np.where(dates > 0, year, -1), np.where(known, low * 100 + high, -1)


@dataclass(frozen=True, slots=True)
class Blocking:
    """Keys that are too common to be used alone, found on one table.

    Attributes:
        common: hashes of atoms and of joined atoms that more than ``bound`` records share, sorted.
        bound: the most records that a key may have.
        dropped: how many keys stayed common when three atoms were joined, and how many of the
            records' keys those were.
    """

    common: Array
    bound: int
    dropped: tuple[int, int]

    @classmethod
    def fit(cls, found: Array, bound: int) -> Blocking:
        """Return the blocking of these atoms [records, atoms]."""
        singles = _common(found.ravel(), bound)
        pairs = [_common(h, bound) for h, _ in _joined(found, singles, 2, singles)]
        double = np.sort(np.concatenate([singles, *pairs]))
        triples = [_common(h, bound, counts=True) for h, _ in _joined(found, double, 3, singles)]
        dropped = (sum(len(h) for h, _ in triples), int(sum(c.sum() for _, c in triples)))
        common = np.sort(np.concatenate([double, *(h for h, _ in triples)]))
        return cls(common, bound, dropped)

    def keys(self, found: Array) -> tuple[Array, Array]:
        """Return hashes of all keys of these records, and the record (row) of each."""
        hashes, rows = [], []
        for column in range(found.shape[1]):
            here = np.flatnonzero(found[:, column] != 0)
            rare = here[~_within(found[here, column], self.common)]
            hashes.append(found[rare, column])
            rows.append(rare)
        for size in (2, 3):
            for joined, here in _joined(found, self.common, size, self.common):
                rare = ~_within(joined, self.common)
                hashes.append(joined[rare])
                rows.append(here[rare])
        if not hashes:
            return np.zeros(0, np.uint64), np.zeros(0, np.int32)
        return np.concatenate(hashes), np.concatenate(rows).astype(np.int32)


def _within(values: Array, ordered: Array) -> Array:
    """Return which hashes are among those of a sorted array."""
    bits = max(len(ordered) * 2, 2).bit_length()
    slots = np.zeros(1 << bits, np.uint64)
    return np.asarray(_lookup(values, ordered, slots, 64 - bits))


@njit(cache=True, nogil=True)
def _lookup(values: Array, members: Array, slots: Array, shift: int) -> Array:
    """Return which values are members, by a table of slots (open addressing, 0 for free)."""
    mask, right = len(slots) - 1, np.uint64(shift)
    for member in members:
        at = np.int64(member >> right)
        while slots[at] != 0:
            at = (at + 1) & mask
        slots[at] = member
    found = np.zeros(len(values), np.bool_)
    for k in range(len(values)):
        at = np.int64(values[k] >> right)
        while slots[at] != 0 and slots[at] != values[k]:
            at = (at + 1) & mask
        found[k] = slots[at] != 0 and values[k] != 0
    return found


def _common(hashes: Array, bound: int, counts: bool = False) -> Any:
    """Return the sorted hashes that occur more often than the bound, and how often if asked."""
    ordered = np.sort(hashes[hashes != 0])
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    times = np.diff(np.append(first, len(ordered)))
    often = times > bound
    distinct = ordered[first][often]
    return (distinct, times[often]) if counts else distinct


def _joined(found: Array, common: Array, size: int, singles: Array) -> Any:
    """Yield hashes of ``size`` atoms joined where all their parts are common, and the rows."""
    often = [_within(atom, singles) & (atom != 0) for atom in found.T]
    columns = [c for c, rows in enumerate(often) if rows.any()]
    mixed = {c: mix(found[:, c], 7) for c in columns}
    met = {}
    for pair in combinations(columns, 2):
        here = np.flatnonzero(often[pair[0]] & often[pair[1]])
        joined = _join(mixed, here, pair)
        if size == 2 and len(here):
            yield joined, here
        elif size == 3:
            # Rows in ascending order, so that those of three pairs are found by their places.
            met[pair] = here[_within(joined, common)]
    for three in combinations(columns, 3) if size == 3 else ():
        one, other, last = (met[pair] for pair in combinations(three, 2))
        here = np.intersect1d(np.intersect1d(one, other, True), last, True)
        if len(here):
            yield _join(mixed, here, three), here


def _join(mixed: Mapping[int, Array], rows: Array, columns: tuple[int, ...]) -> Array:
    """Return one hash of several atoms of some rows, whatever their order."""
    with np.errstate(over="ignore"):
        parts = [mixed[c][rows] for c in columns]
        return mix(np.add.reduce(parts, dtype=np.uint64), len(columns))


@njit(cache=True, nogil=True)
def pairs_of(
    new: Array,
    row_starts: Array,
    row_blocks: Array,
    block_starts: Array,
    block_rows: Array,
    rows: int,
    room: int,
) -> tuple[Array, Array, int]:
    """Return candidate pairs of the new rows with every row, each pair once.

    Args:
        new: rows to pair, ascending.
        row_starts: where the blocks of each row begin in ``row_blocks``.
        row_blocks: the blocks of each row.
        block_starts: where the rows of each block begin in ``block_rows``.
        block_rows: the rows of each block.
        rows: how many rows there are.
        room: the most pairs to return.

    Returns:
        left and right rows (left is new; of two new ones the later), and how many of ``new`` are
        done.
    """
    left, right = np.empty(room, np.int32), np.empty(room, np.int32)
    stamp = np.full(rows, -1, np.int32)
    is_new = np.zeros(rows, np.bool_)
    is_new[new] = True
    count = 0
    for k in range(len(new)):
        i = new[k]
        begun = count
        for s in range(row_starts[i], row_starts[i + 1]):
            block = row_blocks[s]
            for t in range(block_starts[block], block_starts[block + 1]):
                j = block_rows[t]
                if j == i or stamp[j] == i or (is_new[j] and j > i):
                    continue
                if count == room:
                    return left[:begun], right[:begun], k
                stamp[j] = i
                left[count], right[count] = i, j
                count += 1
    return left[:count], right[:count], len(new)


def blocks(hashes: Array, rows: Array, count: int) -> tuple[Array, Array, Array, Array]:
    """Return keys as two lists of lists: row to blocks and block to rows.

    Args:
        hashes: hash of each key.
        rows: the row that has it.
        count: how many rows there are.

    Returns:
        starts and contents of the blocks of each row, starts and contents of the rows of each
        block.
    """
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    number = np.cumsum(new) - 1
    sizes = np.bincount(number) if len(number) else np.zeros(0, np.int64)
    useful = sizes[number] > 1 if len(number) else np.zeros(0, bool)
    order, number = order[useful], number[useful]
    renumber = np.cumsum(sizes > 1) - 1
    number = renumber[number].astype(np.int32)
    block_rows = rows[order]
    block_starts = np.concatenate([[0], np.cumsum(sizes[sizes > 1])]).astype(np.int64)
    by_row = np.argsort(block_rows, kind="stable")
    row_starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(block_rows, minlength=count), out=row_starts[1:])
    return row_starts, number[by_row], block_starts, block_rows
