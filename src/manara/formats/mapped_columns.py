"""What a mapping does to many rows with an event at once, as its `Query` does to each.

Whatever is not plain in a row (a number or time that cannot be read, a name of no country, an
entity without its key) is left to the query, so that the reject says what it says for one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from manara.formats import columns
from manara.formats.base import Batch
from manara.formats.delimited_blocks import Item
from manara.formats.mapped import MappedEntity, Query
from manara.formats.mapped_event_columns import Events
from manara.formats.mapped_run import Coded, Run, Runs, is_filled, together
from manara.formats.payment import REMEMBERED
from manara.model import EXISTS, Record, Reject, Stated


def suits(queries: Sequence[Query]) -> bool:
    """Return whether rows that are read by these queries can be read column by column."""
    if len(queries) != 1 or len(queries[0].events) != 1:
        return False
    [event] = queries[0].events
    names = {column.name for column in event.mapped}
    return "time_precision" not in names and not any(
        prop.required for each in queries[0].entities for prop in each.properties
    )


class _New(NamedTuple):
    """A row that says something new of an entity.

    Attributes:
        row: its place in the run.
        entity: the entity's place among those of the query.
        said: what it says.
        id: the entity's id.
        number: the row's number in the file.
    """

    row: int
    entity: int
    said: tuple[str, ...]
    id: str
    number: int


class Table:
    """Reads runs of rows of one table by one query.

    Args:
        query: the query, of one event; see `suits`.
        prefix: start of the ids made here.
        names: names of the table's columns.
    """

    def __init__(self, query: Query, prefix: str, names: list[str]) -> None:
        self._query = query
        self._prefix = prefix
        self._runs = Runs(names)
        self._entities = [(each, list(each.columns)) for each in query.entities]
        # Of plain entities: each property, the place of its column in what is said, the column.
        self._plain = {
            place: [
                (prop.name, 1 + names_.index(prop.columns[0]), prop.locator(""))
                for prop in entity.properties
            ]
            for place, (entity, names_) in enumerate(self._entities)
            if entity.is_plain
        }
        self._known: set[object] = set()
        self._ids: dict[object, dict[tuple[str, ...], str]] = {
            query.twins[each.name]: {} for each in query.entities
        }

    def read(self, items: Iterator[Item]) -> Iterator[Batch | Record | Reject]:
        """Yield what rows state; those in which all is plain are put together."""
        for run in self._runs.of(items):
            yield from self._read(self._wanted(run))

    def _wanted(self, run: Run) -> Run:
        there = np.ones(len(run), bool)
        for column, values in self._query.filters:
            there &= _is_in(run, column, values)
        for column, values in self._query.filters_not:
            there &= ~_is_in(run, column, values)
        return run.kept(there)

    def _read(self, run: Run) -> Iterator[Batch | Record | Reject]:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        ids = {each.name: self._ids_of(each, run) for each in self._query.entities}
        events, odd = Events(self._query.events[0], run, ids).made()
        for entity in self._query.entities:
            odd |= _lacks_key(entity, ids[entity.name], run)
        odd[list(run.rejects)] = True
        if len(odd) and odd.mean() > columns.MOST_ODD:
            odd[:] = True
        news = iter(self._news(run, ids, odd))
        new = next(news, None)
        for start, end in columns.runs(odd):
            if end > start:
                stated: list[Stated] = []
                while new and new.row < end:
                    yield from self._state(run, ids, stated, new)
                    new = next(news, None)
                yield Batch(self._query.events[0].table, events.slice(start, end - start), stated)
            if end in run.rejects:
                yield run.rejects[end]
            elif end < len(odd):
                place = f"row {run.numbers[end]}"
                yield from self._query.read(self._prefix, place, run.row(end), self._known)

    def _ids_of(self, entity: MappedEntity, run: Run) -> pa.Array:
        named = [entity.id_column] if entity.id_column else list(entity.keys)
        coded = [run.coded(each) for each in named]
        codes, keys = coded[0].codes, [each.values for each in coded]
        if len(coded) > 1:
            codes = together([each.codes for each in coded])
            _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
            keys = [run.raw(each).take(pa.array(first)) for each in named]
        made = self._ids[self._query.twins[entity.name]]
        if len(made) > REMEMBERED:
            made.clear()
        told = list(zip(*(each.to_pylist() for each in keys), strict=True))
        for key in told:
            if key not in made:
                made[key] = entity.id_of(self._prefix, key)
        return pa.array([made[key] for key in told], pa.string()).take(pa.array(codes))

    def _news(self, run: Run, ids: Mapping[str, pa.Array], odd: np.ndarray) -> list[_New]:
        """Return the plain rows that say something new of an entity."""
        found = []
        for place, (entity, names) in enumerate(self._entities):
            named = [ids[prop.entity] for prop in entity.properties if prop.entity]
            coded = [run.coded(each).codes for each in dict.fromkeys(names)]
            coded += [Coded.of(each).codes for each in named]
            there = np.flatnonzero(~odd & is_filled(ids[entity.name]))
            rows = there[np.unique(together(coded)[there], return_index=True)[1]]
            some = pa.array(rows)
            told = {each: run.raw(each).take(some).to_pylist() for each in names}
            said = [told[each] for each in names] + [each.take(some).to_pylist() for each in named]
            twin = [self._query.twins[entity.name]] * len(rows)
            numbers, made = run.numbers[rows].tolist(), ids[entity.name].take(some).to_pylist()
            keys = zip(twin, *said, strict=True)
            found += [
                _New(row, place, key, id_, number)
                for row, key, id_, number in zip(rows.tolist(), keys, made, numbers, strict=True)
                if key not in self._known
            ]
        return sorted(found)

    def _state(
        self,
        run: Run,
        ids: Mapping[str, pa.Array],
        stated: list[Stated],
        new: _New,
    ) -> Iterator[Reject]:
        row, place, said, made, number = new
        if said in self._known:
            return
        self._known.add(said)
        entity, columns_ = self._entities[place]
        where, before = f"row {number}", len(stated)
        if place in self._plain:
            for prop, at, column in self._plain[place]:
                if text := said[at].strip():
                    stated.append(Stated(made, entity.schema, prop, text, where + column))
            if len(stated) == before:
                stated.append(Stated(made, entity.schema, EXISTS, made, where))
            return
        named = {name: each[row].as_py() for name, each in ids.items()}
        cells = dict(zip(columns_, said[1:], strict=False))
        yield from entity.state(Record(where, stated), named, cells)


def _is_in(run: Run, column: str, values: frozenset[str]) -> np.ndarray:
    return columns.is_in(run.stripped(column), values)


def _lacks_key(entity: MappedEntity, ids: pa.Array, run: Run) -> np.ndarray:
    """Return the rows that tell something of an entity that has no key there."""
    without = ~is_filled(ids)
    if without.any():
        keys = {*entity.keys, entity.id_column}
        told = [is_filled(run.stripped(each)) for each in entity.columns if each not in keys]
        without &= np.any(told, axis=0) if told else False
    return without
