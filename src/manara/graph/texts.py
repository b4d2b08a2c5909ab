"""Sorted lists of texts, compared byte by byte where Arrow keeps them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import I32

U8: TypeAlias = NDArray[np.uint8]
Bools: TypeAlias = NDArray[np.bool_]


class Bytes(NamedTuple):
    """Texts as numba sees them.

    Attributes:
        start: [n + 1] where each starts.
        data: their UTF-8, one after the other.
    """

    start: I32
    data: U8

    @classmethod
    def of(cls, texts: pa.StringArray) -> Bytes:
        """Return the texts of an array without nulls; nothing is copied."""
        _, start, data = texts.buffers()
        held = start if len(texts) else bytes(4)
        offsets = np.frombuffer(held, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        return cls(offsets, np.frombuffer(data if data and data.size else bytes(1), np.uint8))


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def sorted_texts(texts: pa.Array) -> pa.StringArray:
    """Return each of the texts once, in order."""
    once = texts.unique()
    return once.take(pc.array_sort_indices(once))


def merged(one: pa.StringArray, other: pa.StringArray) -> tuple[pa.StringArray, I32, I32]:
    """Return two sorted lists, no text twice in either, as one, and where the texts are in it."""
    if not len(one) or not len(other):
        every = one if len(one) else other
        return every, _count(len(one)), _count(len(other))
    mine, theirs, count = _merge(Bytes.of(one), Bytes.of(other))
    order = np.empty(count, np.int32)
    order[theirs] = np.arange(len(one), len(one) + len(other), dtype=np.int32)
    order[mine] = _count(len(one))
    return whole(pa.chunked_array([one, other])).take(pa.array(order)), mine, theirs


def found(texts: pa.StringArray, wanted: pa.StringArray) -> I32:
    """Return the place of each wanted text in a sorted list, -1 where it is not there."""
    once = sorted_texts(wanted)
    mine, theirs, count = _merge(Bytes.of(texts), Bytes.of(once))
    place = np.full(count, -1, np.int32)
    place[mine] = _count(len(mine))
    return np.asarray(place[theirs][pc.index_in(wanted, once).to_numpy()])


def runs(texts: pa.StringArray) -> tuple[Bools, bool]:
    """Return which texts differ from the one before, and whether all are in order."""
    before, after = texts.slice(0, max(len(texts) - 1, 0)), texts.slice(1)
    differs = np.ones(len(texts), np.bool_)
    differs[1:] = pc.not_equal(before, after).to_numpy(zero_copy_only=False)
    return differs, not pc.any(pc.greater(before, after)).as_py()


def _count(number: int) -> I32:
    return np.arange(number, dtype=np.int32)


@njit(cache=True, nogil=True)
def _compare(one: Bytes, at: int, other: Bytes, place: int) -> Any:
    """Return a number below, equal to or above 0, as one text is before, like or after another."""
    a, b = one.start[at], other.start[place]
    mine, theirs = one.start[at + 1] - a, other.start[place + 1] - b
    for step in range(min(mine, theirs)):
        x, y = one.data[a + step], other.data[b + step]
        if x != y:
            return -1 if x < y else 1
    return mine - theirs


@njit(cache=True, nogil=True)
def _merge(one: Bytes, other: Bytes) -> tuple[I32, I32, int]:
    mine = np.empty(len(one.start) - 1, np.int32)
    theirs = np.empty(len(other.start) - 1, np.int32)
    a = b = count = 0
    while a < len(mine) or b < len(theirs):
        if a == len(mine):
            order = 1
        elif b == len(theirs):
            order = -1
        else:
            order = _compare(one, a, other, b)
        if order <= 0:
            mine[a] = count
            a += 1
        if order >= 0:
            theirs[b] = count
            b += 1
        count += 1
    return mine, theirs, count
