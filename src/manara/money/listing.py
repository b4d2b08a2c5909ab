"""Instances as a table that can be written: each with the ids of its payments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.money.layout import I64, PATTERNS, ROLES
from manara.money.mined import Mined
from manara.money.payments import CURRENCIES

#: Sums are in thousandths.
_SUM = pa.decimal128(22, 3)
_TIME = pa.timestamp("us", "UTC")


def listing_schema(tx_id: pa.DataType) -> pa.Schema:
    """Return the columns of a listing, for ids of a type."""
    return pa.schema(
        {
            "pattern": pa.string(),
            "size": pa.int64(),
            "payments": pa.list_(tx_id),
            "roles": pa.list_(pa.string()),
            "first": _TIME,
            "last": _TIME,
            "dwell_s": pa.int64(),
            "sum_in": _SUM,
            "sum_out": _SUM,
            "currency": pa.string(),
        }.items()
    )


def listing(found: Mined) -> pa.Table:
    """Return a row an instance.

    Columns: pattern, size, payments (their tx_id, in the order of time), roles, first, last,
    dwell_s, sum_in, sum_out (null where there are several currencies) and currency.
    """
    ids = found.tx_id.take(pa.array(found.members))
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    several = found.currency == -2
    columns = {
        "pattern": pa.array(PATTERNS).take(pa.array(found.pattern)),
        "size": found.size,
        "payments": _lists(found.offsets, ids),
        "roles": _lists(found.offsets, pa.array(ROLES).take(pa.array(found.roles))),
        "first": _times(found.first),
        "last": _times(found.last),
        "dwell_s": found.dwell,
        "sum_in": _sums(found.sum_in, several),
        "sum_out": _sums(found.sum_out, several),
        "currency": pa.array(CURRENCIES).take(pa.array(found.currency, mask=found.currency < 0)),
    }
    return pa.table(columns, listing_schema(ids.type))


def _lists(offsets: I64, values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(offsets.astype(np.int32), values)


def _times(seconds: I64) -> pa.Array:
    """Return times; null for those out of reach of microseconds."""
    far = np.abs(seconds) > np.iinfo(np.int64).max // 1_000_000
    return pa.array(np.where(far, 0, seconds) * 1_000_000, mask=far).cast(_TIME)


def _sums(thousandths: I64, several: NDArray[np.bool_]) -> pa.Array:
    """Return decimals, which Arrow holds as whole numbers of 128 bits; null for several."""
    wide = np.ascontiguousarray(np.column_stack([thousandths, thousandths >> 63]))
    known = pa.array(~several).buffers()[1]
    return pa.Array.from_buffers(_SUM, len(wide), [known, pa.py_buffer(wide)])
