"""Records, links and keys of a resolution as arrays, and what is read off them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.identity.resolution.agreement import Model
from manara.identity.resolution.blocking import atoms, hash_texts, pairs_of
from manara.identity.resolution.columns import Field, Pool, encode
from manara.identity.resolution.pairs import patterns
from manara.identity.resolution.partition import APART, SAME
from manara.model import UsageError

Array = NDArray[Any]

#: The most records that share a key, in a table of up to 25,000 and in a very large one: the more
#: records, the more of those that share a key are strangers. Larger finds more and costs more.
_BOUNDS, _SMALL = (150, 30), 25_000
#: Pairs of less log-odds are not kept.
_FLOOR = -3.0
#: Pairs compared at a time, and records whose pairs the model is estimated on.
_ROOM, SAMPLE = 2_000_000, 50_000
#: Segments of keys after which they become one.
_SEGMENTS = 16


class Records(NamedTuple):
    """Records by row: values, rarities, and keys in sorted segments."""

    ids: pa.Array
    values: Array
    rarity: Array
    keys: tuple[tuple[Array, Array], ...]


class Links(NamedTuple):
    """Pairs of rows with their log-odds."""

    left: Array
    right: Array
    weight: Array


def bound_for(count: int) -> int:
    """Return the most records that a key may have."""
    high, low = _BOUNDS
    return max(low, min(high, int(high * (_SMALL / max(count, 1)) ** 0.5)))


def read_ids(table: pa.Table, column: str) -> pa.Array:
    """Return the ids as strings."""
    if column not in table.column_names:
        there = ", ".join(table.column_names)
        raise UsageError("no such column", where=column, remedy=f"name the ids' column: {there}")
    ids = pa.array(pc.cast(table[column], pa.string()).to_pylist(), pa.string())
    if ids.null_count or pc.any(pc.equal(ids, "")).as_py():
        raise UsageError("a record without an id", where=column, remedy="give each record an id")
    counted = pc.value_counts(ids)
    often = counted.filter(pc.greater(counted.field("counts"), 1))
    if len(often):
        raise repeated(often[0]["values"].as_py())
    return ids


def repeated(name: str) -> UsageError:
    """Return the error about an id that occurs twice."""
    return UsageError("an id that occurs twice", where=name, remedy="give each record its own id")


def read_records(table: pa.Table, ids: pa.Array, model: Model, pool: Pool, start: int) -> Records:
    """Return records of a sorted table, their rows numbered from ``start``."""
    missing = [c for f in model.fields for c in f.columns if c not in table.column_names]
    if missing:
        raise UsageError("no such column", where=missing[0], remedy="use the first table's columns")
    values = encode(table, model.fields, pool)
    text = pool.arrays()
    hashes, rows = model.blocking.keys(atoms(values, model.fields, *text[:2]))
    order = np.argsort(hashes)
    keys = (hashes[order], (rows[order] + start).astype(np.int32))
    return Records(ids, values, model.rarity(values, hash_texts(*text[:2])), (keys,))


def count_unpaired(records: Records) -> int:
    """Return how many records have a value but no key."""
    some = (records.values >= 0).any(axis=1).sum()
    return max(int(some) - len(np.unique(records.keys[0][1])), 0)


def candidates(
    values: Array,
    wanted: tuple[Field, ...],
    text: tuple[Array, Array, Array],
    index: tuple[Array, Array, Array, Array],
    rows: Array,
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield candidate pairs of ``rows`` with any: left and right rows, packed levels."""
    compared = np.array([f.compared for f in wanted], np.int64)
    while len(rows):
        left, right, done = pairs_of(rows, *index, len(values), _ROOM)
        yield left, right, patterns(values, compared, text, left, right)
        rows = rows[done:]


def columns_of(parts: Iterable[Sequence[Array]]) -> tuple[Array, Array, Array]:
    """Return three columns that come in parts as three arrays."""
    none = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    left, right, third = (
        np.concatenate([c[k] for c in columns])
        for columns in [[*parts] or [none]]
        for k in range(3)
    )
    return left, right, third


def kept_links(model: Model, records: Records, left: Array, right: Array, packed: Array) -> Links:
    """Return the pairs that are worth keeping, with their log-odds."""
    weight = model.weigh(packed, records.rarity, left, right)
    keep = weight > _FLOOR
    return Links(left[keep], right[keep], weight[keep])


def partners(
    new: tuple[Array, Array], segments: Iterable[tuple[Array, Array]]
) -> tuple[Array, Array]:
    """Return pairs of new rows with rows that share a key, each pair once, the later row left."""
    hashes, rows = new
    found = []
    for ordered, owners in segments:
        first = np.searchsorted(ordered, hashes, "left")
        times = np.searchsorted(ordered, hashes, "right") - first
        left = np.repeat(rows, times).astype(np.int64)
        offset = np.arange(len(left)) - np.repeat(np.cumsum(times) - times, times)
        right = owners[np.repeat(first, times) + offset].astype(np.int64)
        earlier = right < left
        found.append(left[earlier] << 32 | right[earlier])
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)


def merged_keys(segments: tuple[tuple[Array, Array], ...]) -> tuple[tuple[Array, Array], ...]:
    """Return the segments of keys, as one where they have become many."""
    if len(segments) <= _SEGMENTS:
        return segments
    hashes, rows = (np.concatenate(part) for part in zip(*segments, strict=True))
    order = np.argsort(hashes, kind="stable")
    return ((hashes[order], rows[order]),)


def supporting(links: Links, threshold: float) -> Array:
    """Return which links are for a match."""
    return np.asarray(links.weight > np.log(threshold) - np.log1p(-threshold))


def places_of(ids: pa.Array, wanted: list[str]) -> Array:
    """Return the row of each id, -1 if there is none."""
    rows = np.flatnonzero(pc.is_in(ids, pa.array(wanted, pa.string())))
    by_id = dict(zip(ids.take(pa.array(rows)).to_pylist(), rows, strict=True))
    return np.array([by_id.get(name, -1) for name in wanted], np.int32)


def judged_rows(ids: pa.Array, known: Mapping[tuple[str, str], bool]) -> tuple[Array, Array]:
    """Return judged pairs of rows as sorted keys, and the weight of each judgement."""
    if not known:
        return np.zeros(0, np.int64), np.zeros(0, np.float64)
    rows = places_of(ids, [name for pair in known for name in pair]).reshape(-1, 2).astype(np.int64)
    there = (rows >= 0).all(axis=1)
    keys = rows.min(axis=1) << 32 | rows.max(axis=1)
    verdicts = np.array([SAME if same else APART for same in known.values()])
    keys, verdicts = keys[there], verdicts[there]
    order = np.argsort(keys)
    return keys[order], verdicts[order]


def links_among(
    links: Links, rows: Array, count: int, threshold: float, judged: tuple[Array, Array]
) -> Links:
    """Return the links for a match among ``rows``, judged ones included, by place in ``rows``."""
    place = np.full(count, -1, np.int32)
    place[rows] = np.arange(len(rows))
    keep = supporting(links, threshold) & (place[links.left] >= 0)
    same = judged[0][judged[1] == SAME]
    left = np.concatenate([links.left[keep], (same >> 32).astype(np.int32)])
    right = np.concatenate([links.right[keep], (same & 0xFFFFFFFF).astype(np.int32)])
    weight = np.concatenate([links.weight[keep], np.full(len(same), np.inf, np.float32)])
    here = (place[left] >= 0) & (place[right] >= 0)
    return Links(place[left[here]], place[right[here]], weight[here])


def by_component(label: Array, ids: pa.Array, rows: Array) -> Array:
    """Return places in ``rows`` by component, and within one in order of ids."""
    table = pa.table({"label": label, "id": ids.take(pa.array(rows))})
    order = pc.sort_indices(table, [("label", "ascending"), ("id", "ascending")])
    return np.asarray(order.to_numpy())
