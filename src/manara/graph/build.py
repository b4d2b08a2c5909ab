"""The network of a view, put together from what each segment of the lake says of ties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import I32, I64, Graph, rows_of
from manara.graph.places import EVENT, EVENTS, FINISHES, I8, I16, LINK, SOURCE, STARTS, places
from manara.graph.stated import UNKNOWN_FIRST, UNKNOWN_LAST, Stated, kept_statement
from manara.graph.texts import found, merged, sorted_texts, whole
from manara.graph.ties import Network
from manara.store import MARK, View

CLUSTERS = "SELECT entity_id, canonical_id FROM clusters"


class _Rows(NamedTuple):
    """Rows of all segments that count: facts sorted by the entity they are about, then events."""

    row: I64
    entity: I32
    value: I32
    place: I16
    day: I32
    dataset: I32


class _Ties(NamedTuple):
    """Statements of ties: rows that state them, -1 for no second one, both ends and days."""

    one: I64
    other: I64
    source: I32
    target: I32
    first: I32
    last: I32


def network(view: View) -> Network:
    """Return the network of all that a view knows; entities without a tie are left out.

    What segments say is kept in the workspace (`manara.graph.stated`), so that only those which
    have come since are read.
    """
    files = segments_of(view)
    segments = [kept_statement(view, name, path) for name, path in files.items()]
    facts = [name.startswith("facts/") for name in files]
    clusters = view.sql(CLUSTERS)
    members, leads = whole(clusters["entity_id"]), whole(clusters["canonical_id"])
    texts, numbers = _one_list([sorted_texts(leads), *(one.names for one in segments)])
    datasets = sorted({name for one in segments for name in one.datasets})
    rows = _gathered(segments, facts, _shown(view, segments, facts), numbers[1:], datasets)
    canonical = np.arange(len(texts), dtype=np.int32)
    member = found(texts, members)
    canonical[member[member >= 0]] = found(texts, leads)[member >= 0]
    of = places()
    ties = _Ties(*_stated(rows, canonical, of.role, of.prop, of.seeks))
    used = np.zeros(len(texts), np.bool_)
    used[ties.source], used[ties.target] = True, True
    number = np.cumsum(used, dtype=np.int32) - 1
    nodes: Any = np.array(texts.filter(pa.array(used)).to_pylist(), object)
    source, target = number[ties.source], number[ties.target]
    order, start, ends = _in_order(source, target, len(nodes))
    weight = np.diff(start).astype(np.float64)
    one, other = ties.one[order], ties.other[order]
    return Network(
        Graph(nodes, ends, weight, *rows_of(len(nodes), ends)),
        segments,
        datasets,
        start,
        rows.place[one],
        rows.dataset[one],
        rows.row[one],
        np.where(other < 0, -1, rows.row[other]) if len(one) else other,
        (source > target)[order],
        ties.first[order],
        ties.last[order],
    )


def segments_of(view: View) -> dict[str, Path]:
    """Return the files of the segments that may state ties by name, in the order of the names."""
    files = {name: path for table in ("facts", *EVENTS) for name, path in view.files(table).items()}
    return dict(sorted(files.items()))


def _one_list(lists: Iterable[pa.StringArray]) -> tuple[pa.StringArray, list[I32]]:
    """Return the texts of sorted lists in one, and for each list where its texts are in it."""
    given = list(lists)
    texts = pa.array([], pa.string())
    numbers: dict[int, I32] = {}
    # The small ones first, so that the large ones are copied once.
    for at in sorted(range(len(given)), key=lambda at: len(given[at])):
        texts, before, own = merged(texts, given[at])
        numbers = {each: before[number] for each, number in numbers.items()} | {at: own}
    return texts, [numbers[at] for at in range(len(given))]


def _shown(view: View, segments: list[Stated], facts: list[bool]) -> list[NDArray[np.bool_]]:
    """Return which rows of each segment count."""
    until = view.as_of and np.datetime64(view.as_of.astimezone(UTC).replace(tzinfo=None), "us")
    ended = view.ended()
    of_event = pc.starts_with(ended["entity_id"], MARK)
    recalled, ended = ended.filter(of_event), ended.filter(pc.invert(of_event))
    if until:
        ended = ended.filter(pc.less_equal(ended["retracted_at"], pa.scalar(until)))
    shown = []
    for one, fact in zip(segments, facts, strict=True):
        counts = np.ones(len(one.entity), np.bool_)
        if fact:
            if until:
                counts &= one.mark <= until.astype(np.int64)
            counts[_ended(one, ended)] = False
        else:
            counts[_recalled(one, recalled)] = False
        shown.append(counts)
    return shown


def _ended(one: Stated, ended: pa.Table) -> I64:
    """Return the rows of facts whose statement ended."""
    entity = found(one.names, whole(ended["entity_id"]))
    known = np.flatnonzero(entity >= 0)
    low = np.searchsorted(one.entity, entity[known])
    count = np.searchsorted(one.entity, entity[known], side="right") - low
    # One row for each fact of the entity beside each statement of it that ended.
    row = np.arange(count.sum()) + np.repeat(low - np.cumsum(count) + count, count)
    beside = ended.take(pa.array(np.repeat(known, count)))
    same = pc.equal(one.id.take(pa.array(row)), whole(beside["fact_id"]))
    began = whole(beside["first_seen"]).to_numpy().astype("M8[us]").astype(np.int64)
    ended_there = same.to_numpy(zero_copy_only=False) & (one.mark[row] == began)
    return np.asarray(row[ended_there])


def _recalled(one: Stated, recalled: pa.Table) -> I64:
    """Return the rows of events that were recalled as their source states them."""
    columns = (recalled[name].to_pylist() for name in ("fact_id", "source_id"))
    pairs = set(zip(*columns, strict=True))
    named = pc.is_in(one.id, whole(recalled["fact_id"])).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(named)
    ids = one.id.take(pa.array(at)).to_pylist()
    sources = [one.sources[number] for number in one.mark[at].tolist()]
    return at[[pair in pairs for pair in zip(ids, sources, strict=True)]] if len(at) else at


def _gathered(
    segments: list[Stated],
    facts: list[bool],
    shown: list[NDArray[np.bool_]],
    numbers: list[I32],
    datasets: list[str],
) -> _Rows:
    """Return the rows that count, with texts and datasets numbered through."""
    begins = np.cumsum([0, *(len(one.entity) for one in segments)])
    dataset_of = {name: at for at, name in enumerate(datasets)}
    parts: list[_Rows] = []
    for wanted in (True, False):
        for at, one in enumerate(segments):
            if facts[at] is wanted:
                row = np.flatnonzero(shown[at])
                own = np.array([dataset_of[name] for name in one.datasets], np.int32)
                entity, value = numbers[at][one.entity[row]], numbers[at][one.value[row]]
                others = one.place[row], one.day[row], own[one.dataset[row]]
                parts.append(_Rows(row + begins[at], entity, value, *others))
    if not parts:
        none = np.empty(0, np.int32)
        return _Rows(np.empty(0, np.int64), none, none, none.astype(np.int16), none, none)
    columns: list[Any] = [np.concatenate(each) for each in zip(*parts, strict=True)]
    if sum(facts) > 1:
        count = sum(len(part.row) for part in parts[: sum(facts)])
        # Of runs that are each in order, so that this is a merge.
        order = np.argsort(columns[1][:count], kind="stable")
        columns = [np.append(each[:count][order], each[count:]) for each in columns]
    return _Rows(*columns)


@njit(cache=True, nogil=True)
def _stated(
    rows: _Rows, canonical: I32, role: I8, prop: I16, seeks: I16
) -> tuple[I64, I64, I32, I32, I32, I32]:
    """Return the statements of ties between two different entities; see `_Ties`."""
    n = len(rows.entity)
    total = 0
    one, other = np.empty(0, np.int64), np.empty(0, np.int64)
    source, target = np.empty(0, np.int32), np.empty(0, np.int32)
    first, last = np.empty(0, np.int32), np.empty(0, np.int32)
    for filling in (False, True):
        if filling:
            one, other = np.empty(total, np.int64), np.empty(total, np.int64)
            source, target = np.empty(total, np.int32), np.empty(total, np.int32)
            first, last = np.empty(total, np.int32), np.empty(total, np.int32)
            total = 0
        low = 0
        while low < n:
            high = low + 1
            while high < n and rows.entity[high] == rows.entity[low]:
                high += 1
            since, until = UNKNOWN_LAST, UNKNOWN_FIRST
            for at in range(low, high):
                day = rows.day[at]
                if role[rows.place[at]] == STARTS and UNKNOWN_FIRST < day < since:
                    since = day
                elif role[rows.place[at]] == FINISHES and until < day < UNKNOWN_LAST:
                    until = day
            if since == UNKNOWN_LAST:
                since = UNKNOWN_FIRST
            if until == UNKNOWN_FIRST:
                until = UNKNOWN_LAST
            for at in range(low, high):
                of = role[rows.place[at]]
                if of == SOURCE:
                    for end in range(low, high):
                        if (
                            prop[rows.place[end]] != seeks[rows.place[at]]
                            or rows.dataset[end] != rows.dataset[at]
                        ):
                            continue
                        a, b = canonical[rows.value[at]], canonical[rows.value[end]]
                        if a == b:
                            continue
                        if filling:
                            one[total], other[total], source[total], target[total] = at, end, a, b
                            first[total], last[total] = since, until
                        total += 1
                elif of in (LINK, EVENT):
                    a, b = canonical[rows.entity[at]], canonical[rows.value[at]]
                    if a == b:
                        continue
                    if filling:
                        one[total], other[total], source[total], target[total] = at, -1, a, b
                        known = of == EVENT
                        first[total] = rows.day[at] if known else UNKNOWN_FIRST
                        last[total] = rows.day[at] if known else UNKNOWN_LAST
                    total += 1
            low = high
    return one, other, source, target, first, last


def _in_order(source: I32, target: I32, n: int) -> tuple[I64, I64, I32]:
    """Return the order of statements by tie, where each tie starts in it, and the ties' ends."""
    low, high = np.minimum(source, target), np.maximum(source, target)
    order = _counted(low, _counted(high, np.arange(len(low)), n), n)
    low, high = low[order], high[order]
    new = (np.diff(low, prepend=-1) != 0) | (np.diff(high, prepend=-1) != 0)
    begins = np.append(np.flatnonzero(new), len(low))
    return order, begins, np.column_stack([low[new], high[new]])


@njit(cache=True, nogil=True)
def _counted(key: I32, before: I64, n: int) -> I64:
    """Return places in the order of their keys, which are below n; like ones as before."""
    place = np.zeros(n + 1, np.int64)
    for at in range(len(key)):
        place[key[at] + 1] += 1
    for each in range(n):
        place[each + 1] += place[each]
    order = np.empty(len(key), np.int64)
    for at in before:
        order[place[key[at]]] = at
        place[key[at]] += 1
    return order
