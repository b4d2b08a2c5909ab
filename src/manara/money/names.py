"""Numbers for names of accounts, as they come, in flat memory."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray


class Names:
    """Every name once, numbered from 0 in the order in which they came.

    A Python dictionary would take ten times the memory and twice the time.
    """

    def __init__(self) -> None:
        """Start without names."""
        self._text: NDArray[Any] = np.zeros(1 << 12, np.uint8)
        self._ends: NDArray[Any] = np.zeros(1 << 10, np.int64)
        self._slot: NDArray[Any] = np.full(1 << 11, -1, np.int32)
        self._count = 0

    def __len__(self) -> int:
        """Return how many names there are."""
        return self._count

    def numbers(self, names: pa.Array) -> NDArray[np.int32]:
        """Return the number of each name; none may be null."""
        values = names.cast(pa.large_string())
        _, ends, text = values.buffers()
        offsets = np.frombuffer(ends, np.int64)[values.offset :][: len(values) + 1]
        letters = np.frombuffer(text, np.uint8) if text else np.zeros(0, np.uint8)
        self._make_room(len(values), int(offsets[-1] - offsets[0]) if len(values) else 0)
        found = np.empty(len(values), np.int32)
        self._count = _number(
            letters, offsets, self._text, self._ends, self._slot, self._count, found
        )
        return found

    def array(self) -> pa.Array:
        """Return the names, by number."""
        buffers = [None, pa.py_buffer(self._ends), pa.py_buffer(self._text)]
        return pa.Array.from_buffers(pa.large_string(), self._count, buffers)

    def _make_room(self, names: int, letters: int) -> None:
        while self._count + names >= len(self._ends):
            self._ends = np.concatenate([self._ends, np.zeros_like(self._ends)])
            self._slot = np.full(2 * len(self._slot), -1, np.int32)
            _place(self._text, self._ends, self._slot, self._count)
        while self._ends[self._count] + letters > len(self._text):
            self._text = np.concatenate([self._text, np.zeros_like(self._text)])


@njit(cache=True, nogil=True)
def _hash(text, start, stop):
    """Return FNV-1a, its low bits mixed once more."""
    key = np.uint64(0xCBF29CE484222325)
    for at in range(start, stop):
        key = (key ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
    return key ^ (key >> np.uint64(32))


@njit(cache=True, nogil=True)
def _number(letters, offsets, text, ends, slot, count, found):
    """Fill in the number of each name and return how many names there are then."""
    mask = np.uint64(len(slot) - 1)
    for k in range(len(found)):
        start, stop = offsets[k], offsets[k + 1]
        at = _hash(letters, start, stop) & mask
        while True:
            number = slot[at]
            if number < 0:
                number = slot[at] = count
                first = ends[count]
                text[first : first + stop - start] = letters[start:stop]
                count += 1
                ends[count] = first + stop - start
                break
            first = ends[number]
            same = ends[number + 1] - first == stop - start
            for j in range(stop - start):
                same = same and text[first + j] == letters[start + j]
            if same:
                break
            at = (at + np.uint64(1)) & mask
        found[k] = number
    return count


@njit(cache=True, nogil=True)
def _place(text, ends, slot, count):
    """Put the names into new slots."""
    mask = np.uint64(len(slot) - 1)
    for number in range(count):
        at = _hash(text, ends[number], ends[number + 1]) & mask
        while slot[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slot[at] = number
