"""Instances as a table that can be written: each with the ids of its payments."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from manara.money.layout import I64, PATTERNS, ROLES
from manara.money.mined import Mined
from manara.money.payments import CURRENCIES

#: Sums are in thousandths.
_SUM = pa.decimal128(22, 3)


def listing(found: Mined) -> pa.Table:
    """Return a row an instance.

    Columns: pattern, size, payments (their tx_id, in the order of time), roles, first, last,
    dwell_s, sum_in, sum_out (null where there are several currencies) and currency.
    """
    several = found.currency == -2
    names = pa.array(found.currency, mask=found.currency < 0)
    return pa.table(
        {
            "pattern": pa.DictionaryArray.from_arrays(found.pattern, list(PATTERNS)),
            "size": found.size,
            "payments": _lists(found.offsets, _whole(found.tx_id.take(pa.array(found.members)))),
            "roles": _lists(
                found.offsets, pa.DictionaryArray.from_arrays(found.roles, list(ROLES))
            ),
            "first": pa.array(found.first).cast(pa.timestamp("s", "UTC")),
            "last": pa.array(found.last).cast(pa.timestamp("s", "UTC")),
            "dwell_s": found.dwell,
            "sum_in": _sums(found.sum_in, several),
            "sum_out": _sums(found.sum_out, several),
            "currency": pa.array(CURRENCIES).take(names),
        }
    )


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _lists(offsets: I64, values: pa.Array) -> pa.Array:
    return pa.LargeListArray.from_arrays(offsets, values)


def _sums(thousandths: I64, several: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Array:
    """Return decimals, which Arrow holds as whole numbers of 128 bits."""
    wide = np.column_stack([thousandths, thousandths >> 63])
    held = pa.array(~several).buffers()[1]
    return pa.Array.from_buffers(_SUM, len(wide), [held, pa.py_buffer(np.ascontiguousarray(wide))])
