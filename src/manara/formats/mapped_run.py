"""Runs of rows of a table as columns of texts, with what is asked of them more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.formats import columns
from manara.formats.delimited_blocks import Block, Item
from manara.model import Reject

#: The last ASCII character that `str.strip` takes off, and the first beyond ASCII.
_SPACE, _BEYOND = 0x20, 0x80


class Coded(NamedTuple):
    """A column as codes: of each row the place of its text among the different ones."""

    codes: np.ndarray
    values: pa.Array

    @classmethod
    def of(cls, texts: pa.Array) -> Coded:
        """Return a column of texts as codes."""
        made = texts.dictionary_encode()
        return cls(made.indices.to_numpy().astype(np.int64), made.dictionary)


class Run:
    """Rows one after the other; a reject has the place of a row without any text.

    Args:
        names: names of the columns.
        numbers: the rows' numbers in the file.
        cells: the columns.
        rejects: the rejects by their place.
    """

    def __init__(
        self,
        names: Sequence[str],
        numbers: np.ndarray,
        cells: Sequence[pa.Array],
        rejects: dict[int, Reject],
    ) -> None:
        self.numbers = numbers
        self.rejects = rejects
        self._raw = dict(zip(names, cells, strict=True))
        self._stripped: dict[str, pa.Array] = {}
        self._coded: dict[str, Coded] = {}
        self._lists: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def kept(self, there: np.ndarray) -> Run:
        """Return some of the rows, and all rejects."""
        there[list(self.rejects)] = True
        if there.all():
            return self
        places = np.cumsum(there) - 1
        rejects = {int(places[place]): reject for place, reject in self.rejects.items()}
        cells = [column.filter(pa.array(there)) for column in self._raw.values()]
        return Run(list(self._raw), self.numbers[there], cells, rejects)

    def raw(self, column: str) -> pa.Array:
        """Return the cells of a column as they stand there."""
        return self._raw[column]

    def coded(self, column: str) -> Coded:
        """Return the same as codes."""
        if column not in self._coded:
            self._coded[column] = Coded.of(self._raw[column])
        return self._coded[column]

    def stripped(self, column: str) -> pa.Array:
        """Return the cells of a column without white space around them."""
        if column not in self._stripped:
            cells = self._raw[column]
            if _may_have_space(cells):
                cells = called(cells, str.strip)
            self._stripped[column] = cells
        return self._stripped[column]

    def row(self, place: int) -> dict[str, str]:
        """Return a row by the names of its columns."""
        if not self._lists:
            self._lists = {name: cells.to_pylist() for name, cells in self._raw.items()}
        return {name: cells[place] for name, cells in self._lists.items()}


class Runs:
    """Puts rows together to runs.

    Args:
        names: names of the columns.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def of(self, items: Iterator[Item]) -> Iterator[Run]:
        """Yield runs of at least `columns.ROWS` rows, but for the last."""
        self._begin()
        for item in items:
            self._add(item)
            if self._count >= columns.ROWS:
                yield self._end()
                self._begin()
        if self._count:
            yield self._end()

    def _begin(self) -> None:
        self._count = 0
        self._parts: list[Block] = []
        self._single: list[tuple[int, Sequence[str]]] = []
        self._rejects: dict[int, Reject] = {}

    def _add(self, item: Item) -> None:
        if isinstance(item, Block):
            self._close()
            self._parts.append(item)
            self._count += len(item.numbers)
            return
        if isinstance(item, Reject):
            self._rejects[self._count] = item
            item = (0, [""] * len(self._names))
        self._single.append(item)
        self._count += 1

    def _close(self) -> None:
        if self._single:
            numbers = np.array([number for number, _ in self._single])
            cells = zip(*(each for _, each in self._single), strict=True)
            self._parts.append(Block(numbers, [pa.array(each, pa.string()) for each in cells]))
            self._single = []

    def _end(self) -> Run:
        self._close()
        cells = zip(*(part.columns for part in self._parts), strict=True)
        return Run(
            self._names,
            np.concatenate([part.numbers for part in self._parts]),
            [pa.concat_arrays(each) for each in cells],
            self._rejects,
        )


def together(coded: Sequence[np.ndarray]) -> np.ndarray:
    """Return codes that are the same where those of several columns all are."""
    both = coded[0]
    for codes in coded[1:]:
        both = both * (int(codes.max(initial=0)) + 1) + codes
        both = np.unique(both, return_inverse=True)[1]
    return both


def called(texts: pa.Array, convert: Callable[[str], str]) -> pa.Array:
    """Return what texts become, each different one converted once."""
    codes, values = Coded.of(texts)
    made = pa.array([convert(text) for text in values.to_pylist()], pa.string())
    return made.take(pa.array(codes))


def starts(texts: pa.Array) -> np.ndarray:
    """Return where texts start in their buffer, and where the last one ends."""
    found = np.frombuffer(texts.buffers()[1], np.int32)
    return found[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)


def _may_have_space(texts: pa.Array) -> bool:
    """Return whether a text may start or end with white space, of which Unicode has much."""
    at = starts(texts)
    if not len(texts) or at[0] == at[-1]:
        return False
    data = np.frombuffer(texts.buffers()[2], np.uint8)
    filled = np.diff(at) > 0
    ends = np.concatenate([data[at[:-1][filled]], data[at[1:][filled] - 1]])
    return bool(((ends <= _SPACE) | (ends >= _BEYOND)).any())


def is_filled(texts: pa.Array) -> np.ndarray:
    """Return which texts are not empty."""
    return columns.mask(pc.not_equal(texts, ""))
