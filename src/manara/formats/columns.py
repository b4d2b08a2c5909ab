"""Columns of a table as columns of events: what is plain all at once, the rest left to its row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.formats.payment import UnusableError
from manara.model import DECIMAL_PRECISION, DECIMAL_SCALE, ColumnType

#: How the values of a column stand in a `manara.formats.Batch`.
ARROW = {
    ColumnType.TEXT: pa.string(),
    ColumnType.TEXTS: pa.list_(pa.string()),
    ColumnType.TIME: pa.timestamp("us"),
    ColumnType.DECIMAL: pa.decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.INTEGER: pa.int64(),
}
#: Rows read at once: enough that the cost of a batch is not felt, little enough to be held.
ROWS = 131_072
#: With more than this share of rows that are not plain, going from run to run costs more than rows.
MOST_ODD = 1 / 20

_PLAIN_SUM = r"^\d{1,20}(\.\d{1,18})?$"
_YEAR_1, _YEAR_9999 = -62_135_596_800, 253_402_300_799


def distinct(
    cells: pa.Array, convert: Callable[[Any], Any], kind: pa.DataType
) -> tuple[pa.Array, np.ndarray]:
    """Return a column of what its cells become, each different cell converted once.

    Args:
        cells: the cells.
        convert: returns the value of a cell that is not null; may raise `UnusableError`.
        kind: type of the result.

    Returns:
        the column, null where there is no value, and the rows that are unusable.
    """
    coded = cells.dictionary_encode() if not pa.types.is_nested(cells.type) else None
    known = (coded.dictionary if coded is not None else cells).to_pylist()
    values, bad = [], np.zeros(len(known), bool)
    for place, cell in enumerate(known):
        value = None
        try:
            value = None if cell is None else pa.scalar(convert(cell), kind)
        except (UnusableError, pa.ArrowException, OverflowError):
            bad[place] = True
        values.append(value)
    made = pa.array(values, kind)
    if coded is None:
        return made, bad
    is_bad = pa.array(bad).take(coded.indices).fill_null(False)
    return made.take(coded.indices), is_bad.to_numpy(zero_copy_only=False)


def sums(cells: pa.Array, convert: Callable[[Any], Any]) -> tuple[pa.Array, np.ndarray]:
    """Return amounts of at least nothing and the rows that are not plainly one, as `distinct`."""
    kind = ARROW[ColumnType.DECIMAL]
    held = cells.type
    if pa.types.is_decimal(held):
        if held.scale > DECIMAL_SCALE or held.precision - held.scale > kind.precision - kind.scale:
            return distinct(cells, convert, kind)
        return cells.cast(kind), mask(pc.less(cells, 0))
    if pa.types.is_float32(held):
        cells = cells.cast(pa.float64())
    elif not (pa.types.is_integer(held) or pa.types.is_float64(held) or pa.types.is_string(held)):
        return distinct(cells, convert, kind)
    texts = cells.cast(pa.string())
    plain = pc.match_substring_regex(texts, _PLAIN_SUM)
    found = pc.if_else(plain, texts, pa.scalar(None, pa.string()))
    return found.cast(kind), mask(pc.invert(plain))


def times(cells: pa.Array, convert: Callable[[Any], Any]) -> tuple[pa.Array, np.ndarray]:
    """Return times in UTC and the rows that are none, as `distinct`; whole numbers are seconds."""
    kind, held = ARROW[ColumnType.TIME], cells.type
    unit = held.unit if pa.types.is_timestamp(held) else "s"
    if unit == "ns" or not (pa.types.is_timestamp(held) or pa.types.is_signed_integer(held)):
        return distinct(cells, convert, kind)
    numbers = cells.view(pa.int64()) if pa.types.is_timestamp(held) else cells.cast(pa.int64())
    second = {"s": 1, "ms": 1_000, "us": 1_000_000}[unit]
    ends = pc.min_max(numbers).as_py()
    if len(cells) > cells.null_count and not (
        ends["min"] >= _YEAR_1 * second and ends["max"] < (_YEAR_9999 + 1) * second
    ):
        return distinct(cells, convert, kind)
    return numbers.view(pa.timestamp(unit)).cast(kind), np.zeros(len(cells), bool)


def texts(cells: pa.Array, convert: Callable[[Any], Any]) -> tuple[pa.Array, np.ndarray]:
    """Return texts, as `distinct`; where any text will do, ``convert`` is `str`."""
    if convert is str and (pa.types.is_string(cells.type) or pa.types.is_integer(cells.type)):
        return cells.cast(pa.string()), np.zeros(len(cells), bool)
    return distinct(cells, convert, pa.string())


def lists(cells: pa.Array, convert: Callable[[Any], Any]) -> tuple[pa.Array, np.ndarray]:
    """Return several texts a row, as `distinct`."""
    found, bad = distinct(cells, convert, ARROW[ColumnType.TEXTS])
    is_empty = pc.equal(pc.list_value_length(found), 0)
    return pc.if_else(is_empty, pa.scalar(None, found.type), found), bad


def decoded(cells: pa.Array) -> pa.Array:
    """Return cells without a dictionary, and texts of whatever layout as plain ones."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return cells.cast(pa.string()) if pa.types.is_large_string(cells.type) else cells


def runs(odd: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each run of rows before an odd one or the end of the table."""
    start = 0
    for end in (*np.flatnonzero(odd).tolist(), len(odd)):
        yield start, end
        start = end + 1


def locators(first: int, count: int, place: str = "row ") -> pa.Array:
    """Return the locators of rows that follow each other, from the number of the first."""
    numbers = pa.array(np.arange(first, first + count)).cast(pa.string())
    return pc.binary_join_element_wise(place, numbers, "")


def is_in(texts: pa.Array, values: Collection[str]) -> np.ndarray:
    """Return which texts are among some."""
    return mask(pc.is_in(texts, pa.array(sorted(values), pa.string())))


def mask(column: pa.Array) -> np.ndarray:
    """Return where a column is true; a null is not."""
    found: np.ndarray = column.fill_null(False).to_numpy(zero_copy_only=False)
    return found
