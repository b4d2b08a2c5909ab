"""What one segment of the lake says of ties, in flat arrays that are kept beside the lake.

A segment never changes, so it is read once, and again only when a withdrawal or a retention date
changes what of it may be seen. What ended since is left out where a network is put together.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from manara.graph.arrays import I32, I64
from manara.graph.columns import UNREADABLE, delete_folder, mapped, save_folder
from manara.graph.places import EVENTS, FINISHES, I8, I16, STARTS, places
from manara.graph.texts import merged, runs, sorted_texts, whole
from manara.store import View

#: A day that is not stated, as the first and as the last.
UNKNOWN_FIRST, UNKNOWN_LAST = -(2**31), 2**31 - 1

#: Version of the arrays; a change reads all segments anew.
_FORM = 1

_COLUMNS = ("id", "entity", "value", "place", "day", "dataset", "mark")
_LISTS = ("datasets", "sources")


class Stated(NamedTuple):
    """What a segment says of ties: one row for each fact or event.

    Attributes:
        names: ids and other texts, each once, in order.
        id: id of the fact or event.
        entity: the entity stated of, in `names`, ascending; of an event the one it leads from.
        value: what is stated, in `names`; of an event the one it leads to.
        place: see `Places`.
        day: days since 1970, or `UNKNOWN_FIRST`.
        dataset: number in `datasets`.
        mark: time of a fact in microseconds since 1970; of an event the number in `sources`.
        datasets: names of datasets.
        sources: ids of sources, of events only.
    """

    names: pa.StringArray
    id: pa.StringArray
    entity: I32
    value: I32
    place: I16
    day: I32
    dataset: I32
    mark: I64
    datasets: list[str]
    sources: list[str]


def kept_statement(view: View, name: str, path: Path) -> Stated:
    """Return what a segment says of ties, from its own folder if it has been read before.

    Args:
        view: what may be seen; nothing else is kept.
        name: of the segment; the part before the slash is its table.
        path: of the segment.
    """
    place = view.index / "ties" / folder_of(view, name)
    try:
        return _open(place)
    except UNREADABLE:
        delete_folder(place)
        table = name.split("/")[0]
        found = _of_facts(path, view) if table == "facts" else _of_events(path, table, view)
        columns = {each: getattr(found, each) for each in _COLUMNS}
        lists = json.dumps({each: getattr(found, each) for each in _LISTS})
        rows = pa.table(columns).replace_schema_metadata({"lists": lists})
        save_folder(place, {"rows": rows, "names": pa.table({"text": found.names})})
        return _open(place)


def folder_of(view: View, name: str) -> str:
    """Return the name of the folder in which it is kept what a segment says of ties."""
    state = repr((_FORM, places().digest, *map(sorted, view.unseen)))
    return f"{name.replace('/', '-')}.{hashlib.blake2b(state.encode(), digest_size=8).hexdigest()}"


def _open(folder: Path) -> Stated:
    rows, names = mapped(folder / "rows.arrow"), mapped(folder / "names.arrow")
    numbers: list[Any] = [whole(rows[each]).to_numpy() for each in _COLUMNS[1:]]
    lists = json.loads((rows.schema.metadata or {})[b"lists"])
    return Stated(whole(names["text"]), whole(rows["id"]), *numbers, **lists)


def _of_facts(path: Path, view: View) -> Stated:
    """Return what facts say of ties, sorted by the entity they are about."""
    wanted = ["entity_id", "value", "id", "dataset", "handling_id", "first_seen"]
    coded = ["schema", "prop", "dataset", "handling_id"]
    tables, numbers = [], []
    with pq.ParquetFile(path, read_dictionary=coded) as file:
        for group in range(file.num_row_groups):
            kinds = file.read_row_group(group, ["schema", "prop"], use_threads=False)
            place = _places_of(kinds)
            if (place < 0).all():
                continue
            rows = file.read_row_group(group, wanted, use_threads=False)
            kept = (place >= 0) & _seen(rows, view)
            tables.append(rows if kept.all() else rows.filter(pa.array(kept)))
            numbers.append(place[kept])
        empty = file.schema_arrow.empty_table().select(wanted)
    rows = pa.concat_tables(tables) if tables else empty
    place = np.concatenate([np.empty(0, np.int16), *numbers])
    differs, in_order = runs(whole(rows["entity_id"]))
    if not in_order:
        order = pc.sort_indices(rows, [("entity_id", "ascending")])
        rows, place = rows.take(order), place[order.to_numpy()]
        differs, _ = runs(whole(rows["entity_id"]))
    return _numbered(rows, place, differs)


def _numbered(rows: pa.Table, place: I16, differs: NDArray[np.bool_]) -> Stated:
    """Return facts, sorted by entity, with numbers for texts."""
    entities = whole(rows["entity_id"]).filter(pa.array(differs))
    values = whole(rows["value"]).dictionary_encode()
    by_text = pc.array_sort_indices(values.dictionary)
    rank = np.empty(len(by_text), np.int32)
    rank[by_text.to_numpy()] = np.arange(len(by_text), dtype=np.int32)
    names, of_entity, of_value = merged(entities, values.dictionary.take(by_text))
    code = values.indices.to_numpy()
    datasets, dataset = _coded(rows["dataset"])
    return Stated(
        names,
        whole(rows["id"]),
        of_entity[np.cumsum(differs) - 1],
        of_value[rank][code],
        place,
        _days(values.dictionary, code, places().role[place]),
        dataset,
        whole(rows["first_seen"]).to_numpy().astype("M8[us]").astype(np.int64),
        datasets,
        [],
    )


def _of_events(path: Path, table: str, view: View) -> Stated:
    """Return what events say of ties."""
    _, *sides = EVENTS[table]
    parties = [column for side in sides for column in side]
    wanted = ["id", "dataset", "handling_id", "source_id", "time"]
    coded = ["dataset", "handling_id", "source_id", *parties]
    rows = pq.read_table(path, columns=wanted + parties, read_dictionary=coded, use_threads=False)
    one, other = (
        pc.coalesce(*(whole(rows[name].cast(pa.string())) for name in side)) for side in sides
    )
    both = pc.and_(pc.and_(pc.is_valid(one), pc.is_valid(other)), pa.array(_seen(rows, view)))
    rows, one, other = rows.filter(both), one.filter(both), other.filter(both)
    coded_ends = whole(pa.chunked_array([one, other], pa.string())).dictionary_encode()
    names = sorted_texts(coded_ends.dictionary)
    rank = pc.index_in(coded_ends.dictionary, names).to_numpy().astype(np.int32)
    ends = rank[coded_ends.indices.to_numpy()]
    datasets, dataset = _coded(rows["dataset"])
    sources, source = _coded(rows["source_id"])
    time = whole(rows["time"]).to_numpy().astype("M8[D]").astype(np.int32)
    return Stated(
        names,
        whole(rows["id"]),
        ends[: len(rows)],
        ends[len(rows) :],
        np.full(len(rows), places().number[table, ""], np.int16),
        time,
        dataset,
        source.astype(np.int64),
        datasets,
        sources,
    )


def _seen(rows: pa.Table, view: View) -> NDArray[np.bool_]:
    """Return which rows may be in an answer."""
    seen = np.ones(len(rows), np.bool_)
    for name, gone in zip(("dataset", "handling_id"), view.unseen, strict=True):
        if gone:
            among = pc.is_in(whole(rows[name].cast(pa.string())), pa.array(sorted(gone)))
            seen &= ~among.to_numpy(zero_copy_only=False)
    return seen


def _places_of(kinds: pa.Table) -> I16:
    """Return the place of each fact by its schema and property, -1 where no tie is stated."""
    schema, prop = (whole(kinds[name].unify_dictionaries()) for name in ("schema", "prop"))
    schemata, props = schema.dictionary.to_pylist(), prop.dictionary.to_pylist()
    key = schema.indices.to_numpy() * len(props) + prop.indices.to_numpy()
    number = np.full(max(len(schemata) * len(props), 1), -1, np.int16)
    for at in np.flatnonzero(np.bincount(key, minlength=1)).tolist():
        stated = schemata[at // len(props)], props[at % len(props)]
        number[at] = places().number.get(stated, -1)
    return np.asarray(number[key])


def _coded(column: pa.ChunkedArray) -> tuple[list[str], I32]:
    """Return the texts of a column of few different ones, "" for null, and the number of each."""
    coded = whole(column.unify_dictionaries())
    texts = [text or "" for text in coded.dictionary.to_pylist()]
    if coded.null_count:
        texts, coded = [*texts, ""], coded.indices.fill_null(len(texts))
    else:
        coded = coded.indices
    return texts, coded.to_numpy().astype(np.int32)


def _days(texts: pa.StringArray, code: I32, role: I8) -> I32:
    """Return the days that facts state, the first or last that a date of any precision can mean."""
    days = np.full(len(code), UNKNOWN_FIRST, np.int32)
    for wanted, rest, unknown in (
        (STARTS, "-01-01", UNKNOWN_FIRST),
        (FINISHES, "-12-31", UNKNOWN_LAST),
    ):
        at = np.flatnonzero(role == wanted)
        once, back = np.unique(code[at], return_inverse=True)
        stated = [_day(text, rest, unknown) for text in texts.take(pa.array(once)).to_pylist()]
        days[at] = np.array(stated, np.int32)[back]
    return days


def _day(text: str, rest: str, unknown: int) -> int:
    try:
        if len(text) == 7:
            month = np.datetime64(text, "M")
            exact = month.astype("M8[D]") if rest == "-01-01" else (month + 1).astype("M8[D]") - 1
        else:
            exact = np.datetime64(text[:10] if len(text) >= 10 else text + rest, "D")
        return int(exact.astype(np.int64))
    except ValueError:
        return unknown
