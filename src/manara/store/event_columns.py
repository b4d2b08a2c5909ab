"""Many events at once: their identities worked out column by column, equal to those one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.model import EVENT_TABLES, UsageError, event_ids, event_json
from manara.store.lake import SCHEMAS, conform

#: Which bytes JSON writes as they stand: printable ASCII but the quote and the backslash.
_AS_IT_STANDS = np.zeros(256, bool)
_AS_IT_STANDS[0x20:0x7F] = True
_AS_IT_STANDS[list(b'"\\')] = False
_SECOND = 1_000_000


def identified(
    events: pa.RecordBatch, table: str, *, dataset: str, handling_id: str
) -> pa.RecordBatch:
    """Return events as rows of their table with their ids, `manara.model.event_id` of each.

    Args:
        events: columns of the table and ``locator``, nulls where there is no value.
        table: a key of `EVENT_TABLES`.
        dataset: name of the dataset that states them.
        handling_id: identity of the handling rule they came under.

    Raises:
        UsageError: a required value is missing, or a column is unknown or of the wrong type.
    """
    given = conform(events, SCHEMAS[table])
    for column in EVENT_TABLES[table]:
        if column.required and given[column.name].null_count:
            raise UsageError(f"rows without {column.name}", where=table, remedy="set them aside")
    names = sorted(set(events.schema.names) - {"locator"})
    columns = [(name, _without_empty(given[name])) for name in names]
    pairs = [
        pc.binary_join_element_wise(event_json(name) + ":", _json(column), "")
        for name, column in columns
    ]
    values = pc.binary_join_element_wise(*pairs, ",", null_handling="skip")
    ids = event_ids(dataset, table, handling_id, values.cast(pa.binary()).to_pylist())
    made = dict(columns) | {"id": pa.array(ids, pa.string()), "locator": given["locator"]}
    return conform(pa.record_batch(made), SCHEMAS[table])


def _without_empty(column: pa.Array) -> pa.Array:
    """Return a column with null for the empty text, which says nothing."""
    if column.type != pa.string():
        return column
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _json(column: pa.Array) -> pa.Array:
    """Return the values of a column as `event_json` writes them, nulls as null."""
    if pa.types.is_timestamp(column.type):
        texts = pc.replace_substring(_written(column), " ", "T")
        return pc.binary_join_element_wise('"', texts, '+00:00"', "")
    if pa.types.is_string(column.type):
        if _is_plain(column):
            return pc.binary_join_element_wise('"', column, '"', "")
    elif pa.types.is_decimal(column.type):
        texts = column.cast(pa.string())
        is_plain = pc.invert(pc.or_(pc.less(column, 0), pc.match_substring(texts, "E")))
        if pc.all(is_plain).as_py() is not False:
            return _json_sums(texts)
    values = (tuple(each) if isinstance(each, list) else each for each in column.to_pylist())
    return pa.array([None if each is None else event_json(each) for each in values], pa.string())


def _written(times: pa.Array) -> pa.Array:
    """Return times as texts, those of whole seconds without a fraction."""
    numbers = times.cast(pa.int64()).fill_null(0).to_numpy()
    if not (numbers % _SECOND).any():
        return times.cast(pa.timestamp("s")).cast(pa.string())
    return pc.replace_substring_regex(times.cast(pa.string()), r"\.000000$", "")


def _is_plain(texts: pa.Array) -> bool:
    """Return whether JSON writes texts as they stand."""
    _, places, data = texts.buffers()
    if data is None or not len(texts):
        return True
    at = np.frombuffer(places, np.int32)
    first, last = at[texts.offset], at[texts.offset + len(texts)]
    return bool(_AS_IT_STANDS[np.frombuffer(data, np.uint8)[first:last]].all())


def _json_sums(texts: pa.Array) -> pa.Array:
    """Return sums such as ``12.500``: digits without zeros at either end, power of one tenth."""
    plain = pc.ascii_rtrim(texts, "0")
    is_whole = pc.ends_with(plain, ".")
    bare = pc.ascii_rtrim(plain, ".")
    digits = pc.if_else(is_whole, pc.ascii_rtrim(bare, "0"), pc.replace_substring(bare, ".", ""))
    zeros = pc.subtract(pc.binary_length(bare), pc.binary_length(digits))
    places = pc.subtract(pc.binary_length(plain), pc.add(pc.find_substring(plain, "."), 1))
    scale = pc.if_else(is_whole, pc.negate(zeros), places)
    digits = pc.ascii_ltrim(digits, "0")
    return pc.binary_join_element_wise('"', digits, "e-", scale.cast(pa.string()), '"', "")
