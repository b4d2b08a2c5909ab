"""What a mapping does to many rows of payments at once, as its `Query` does to each.

Whatever is not plain in a row (a number or time that cannot be read, a name of no country, an
entity without its key) is left to the query, so that the reject says what it says for one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.formats import columns
from manara.formats.base import Batch
from manara.formats.mapped import MappedEntity, Query
from manara.formats.mapped_event import Direction, MappedColumn, MappedEvent
from manara.formats.mapped_values import sums, times
from manara.formats.payment import REMEMBERED, currency
from manara.model import EXISTS, ColumnType, Record, Reject, Stated

_TYPES = (ColumnType.TEXT, ColumnType.TEXTS, ColumnType.TIME, ColumnType.DECIMAL)
_SWAPPED = {"payer": "payee", "payee": "payer"}
_REQUIRED = ("time", "amount", "currency")
_AT_ONCE = 512
#: The number of a row with its fields, or a reject.
Item: TypeAlias = tuple[int, list[str]] | Reject


def suits(queries: Sequence[Query]) -> bool:
    """Return whether rows that are read by these queries can be read column by column."""
    if len(queries) != 1 or len(queries[0].events) != 1:
        return False
    [event] = queries[0].events
    names = {column.name for column in event.mapped}
    return (
        event.table == "payments"
        and "time_precision" not in names
        and all(column.type in _TYPES for column in event.mapped)
        and not any(prop.required for each in queries[0].entities for prop in each.properties)
    )


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
        self._names = names
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
        self._ids: dict[str, dict[object, str]] = {each.name: {} for each in query.entities}

    def read(self, items: Iterable[Item]) -> Iterator[Batch | Record | Reject]:
        """Yield what rows state; those in which all is plain are put together."""
        items = iter(items)
        while rows := self._run(items):
            yield from self._read(rows)

    def _run(self, items: Iterator[Item]) -> _Run:
        run = _Run(self._names)
        # Few at a time, so that the lists of rows are gone before they weigh on garbage collection.
        while len(run) < columns.ROWS // 4 and (some := list(islice(items, _AT_ONCE))):
            run.extend([each for each in some if self._is_wanted(each)])
        return run

    def _read(self, run: _Run) -> Iterator[Batch | Record | Reject]:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        ids = {each.name: self._ids_of(each, run) for each in self._query.entities}
        events, odd = _Event(self._query.events[0], run, ids).made()
        for entity in self._query.entities:
            odd |= _lacks_key(entity, ids[entity.name], run)
        odd[list(run.rejects)] = True
        if odd.mean() > columns.MOST_ODD:
            odd[:] = True
        news = iter(self._news(run, ids, odd))
        new = next(news, None)
        for start, end in columns.runs(odd):
            if end > start:
                stated: list[Stated] = []
                while new and new[0] < end:
                    yield from self._state(run, ids, stated, *new)
                    new = next(news, None)
                yield Batch("payments", events.slice(start, end - start), stated)
            if end in run.rejects:
                yield run.rejects[end]
            elif end < len(odd):
                place = f"row {run.numbers[end]}"
                yield from self._query.read(self._prefix, place, run.row(end), self._known)

    def _is_wanted(self, item: Item) -> bool:
        if isinstance(item, Reject) or not (self._query.filters or self._query.filters_not):
            return True
        return self._query.wants(dict(zip(self._names, item[1], strict=True)))

    def _ids_of(self, entity: MappedEntity, run: _Run) -> list[str]:
        named = [entity.id_column] if entity.id_column else list(entity.keys)
        keys: Sequence[Any] = run.raw(named[0])
        if len(named) > 1:
            keys = list(zip(*map(run.raw, named), strict=True))
        made = self._ids[entity.name]
        if len(made) > REMEMBERED:
            made.clear()
        for key in set(keys) - made.keys():
            made[key] = entity.id_of(self._prefix, (key,) if len(named) == 1 else key)
        return list(map(made.__getitem__, keys))

    def _news(
        self, run: _Run, ids: Mapping[str, list[str]], odd: np.ndarray
    ) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return the plain rows that say something new of an entity: row, entity and what."""
        found = []
        for place, entity in enumerate(self._query.entities):
            said = [run.raw(column) for column in entity.columns]
            said += [ids[prop.entity] for prop in entity.properties if prop.entity]
            there = ~odd & np.array(list(map(bool, ids[entity.name])), bool)
            rows = list(_firsts(said, there))
            names = [entity.name] * len(rows)
            keys = zip(names, *([cells[row] for row in rows] for cells in said), strict=True)
            found += [
                (row, place, key)
                for row, key in zip(rows, keys, strict=True)
                if key not in self._known
            ]
        return sorted(found)

    def _state(
        self,
        run: _Run,
        ids: Mapping[str, list[str]],
        stated: list[Stated],
        row: int,
        place: int,
        said: tuple[str, ...],
    ) -> Iterator[Reject]:
        if said in self._known:
            return
        self._known.add(said)
        entity, columns_ = self._entities[place]
        where = f"row {run.numbers[row]}"
        if place in self._plain:
            made, before = ids[entity.name][row], len(stated)
            for prop, at, column in self._plain[place]:
                if text := said[at].strip():
                    stated.append(Stated(made, entity.schema, prop, text, where + column))
            if len(stated) == before:
                stated.append(Stated(made, entity.schema, EXISTS, made, where))
            return
        named = {name: each[row] for name, each in ids.items()}
        cells = dict(zip(columns_, said[1:], strict=False))
        yield from entity.state(Record(where, stated), named, cells)


class _Run:
    """Rows one after the other; a reject has the place of a row without any text.

    Attributes:
        numbers: the rows' numbers in the file.
        rejects: the rejects by their place.
    """

    def __init__(self, names: list[str]) -> None:
        self.numbers: list[int] = []
        self.rejects: dict[int, Reject] = {}
        self._raw: dict[str, list[str]] = {name: [] for name in names}
        self._stripped: dict[str, list[str]] = {}

    def extend(self, items: Sequence[Item]) -> None:
        """Add rows."""
        nothing = [""] * len(self._raw)
        rows = []
        for place, item in enumerate(items, len(self)):
            if isinstance(item, Reject):
                self.rejects[place] = item
                item = (0, nothing)
            rows.append(item)
        self.numbers += [number for number, _ in rows]
        for column, cells in zip(
            self._raw.values(), zip(*(cells for _, cells in rows), strict=True), strict=bool(rows)
        ):
            column += cells

    def __len__(self) -> int:
        return len(self.numbers)

    def raw(self, column: str) -> Sequence[str]:
        """Return the cells of a column as they stand there."""
        return self._raw[column]

    def stripped(self, column: str) -> list[str]:
        """Return the cells of a column without white space around them."""
        if column not in self._stripped:
            self._stripped[column] = list(map(str.strip, self._raw[column]))
        return self._stripped[column]

    def row(self, place: int) -> dict[str, str]:
        """Return a row by the names of its columns."""
        return {name: cells[place] for name, cells in self._raw.items()}


def _firsts(said: Sequence[Sequence[str]], there: np.ndarray) -> Iterable[int]:
    """Return the first of the rows with the same texts in some columns, among some rows."""
    different = list({id(cells): cells for cells in said}.values())
    keys: Sequence[Any] = different[0]
    if len(different) > 1:
        keys = list(zip(*different, strict=True))
    backwards: Sequence[int] = range(len(keys) - 1, -1, -1)
    if not there.all():
        backwards = np.flatnonzero(there)[::-1].tolist()
    return dict(zip(map(keys.__getitem__, backwards), backwards, strict=True)).values()


def _lacks_key(entity: MappedEntity, ids: list[str], run: _Run) -> np.ndarray:
    """Return the rows that tell something of an entity that has no key there."""
    without = np.array([not each for each in ids], bool)
    if without.any():
        keys = {*entity.keys, entity.id_column}
        told = [run.stripped(column) for column in entity.columns if column not in keys]
        for row in np.flatnonzero(without).tolist():
            without[row] = any(cells[row] for cells in told)
    return without


class _Event:
    """The columns of one event of a run of rows."""

    def __init__(self, event: MappedEvent, run: _Run, ids: Mapping[str, list[str]]) -> None:
        self._event = event
        self._run = run
        self._ids = ids
        self._odd = np.zeros(len(run), bool)
        self._signed = np.zeros(len(run), bool)
        self._decimal = "."
        self._made: dict[str, pa.Array] = {}

    def made(self) -> tuple[pa.RecordBatch, np.ndarray]:
        """Return the events, and the rows that are not plain."""
        for column in self._event.mapped:
            self._made[column.name] = self._column(column)
        if self._event.direction:
            self._turn(self._comes(self._event.direction))
        for name in ("currency", "instructed_currency"):
            if name in self._made:
                self._check_currency(name)
        for name in _REQUIRED:
            self._odd |= columns.mask(pc.is_null(self._made[name]))
        numbers = pa.array(self._run.numbers, pa.int64()).cast(pa.string())
        self._made["locator"] = pc.binary_join_element_wise("row ", numbers, "")
        return pa.record_batch(self._made), self._odd

    def _column(self, column: MappedColumn) -> pa.Array:
        several = column.type is ColumnType.TEXTS
        if column.entity:
            named = self._ids[column.entity]
            cells: list[Any] = [([each] if several else each) if each else None for each in named]
            return pa.array(cells, columns.ARROW[column.type])
        texts = self._texts(column)
        if column.type is ColumnType.TIME:
            return self._times(column, texts)
        if column.type is ColumnType.DECIMAL:
            return self._sums(column, texts)
        cells = [text or None for text in texts]
        plain = pa.array(cells, pa.string())
        if column.type is ColumnType.TEXT and not column.is_country:
            return plain
        made, bad = (columns.lists if several else columns.texts)(plain, column.read)
        self._odd |= bad
        return made

    def _texts(self, column: MappedColumn) -> Sequence[str]:
        if not column.columns:
            return [column.literal] * len(self._run)
        parts = [self._run.stripped(each) for each in column.columns]
        texts = parts[0]
        if len(parts) > 1:
            texts = [column.join.join(filter(None, row)) for row in zip(*parts, strict=True)]
        called = dict(column.values)
        return [called.get(text, text) for text in texts] if called else texts

    def _times(self, column: MappedColumn, texts: Sequence[str]) -> pa.Array:
        made, is_day, bad = times(texts, column.times, column.zone)
        self._odd |= bad
        if column.name == "time" and is_day.any():
            self._made["time_precision"] = pc.if_else(
                pa.array(is_day), "day", pa.scalar(None, pa.string())
            )
        return made

    def _sums(self, column: MappedColumn, texts: Sequence[str]) -> pa.Array:
        made, signed, bad = sums(texts, column.decimal)
        self._odd |= bad
        if column.name == "amount":
            self._decimal = column.decimal
            if self._event.direction and self._event.direction.signed:
                self._signed = signed
                return pc.abs(made)
        self._odd |= signed
        return made

    def _comes(self, way: Direction) -> np.ndarray:
        """Return where the money comes in, having set the amount."""
        if way.debit:
            return self._booked(self._run.stripped(way.debit), self._run.stripped(way.credit))
        if way.signed:
            return ~self._signed
        return np.array([each in way.incoming for each in self._run.stripped(way.column)], bool)

    def _booked(self, out: list[str], into: list[str]) -> np.ndarray:
        empty = [np.array([not each for each in texts], bool) for texts in (out, into)]
        found = [sums(texts, self._decimal) for texts in (out, into)]
        filled = [made.fill_null(0) for made, _, _ in found]
        any_ = [columns.mask(pc.not_equal(made, 0)) for made in filled]
        one = (empty[0] & ~empty[1]) | (empty[1] & ~empty[0])
        self._odd |= found[0][2] | found[1][2] | ((any_[0] == any_[1]) & ~one)
        comes: np.ndarray = any_[1] | empty[0]
        self._made["amount"] = pc.abs(pc.if_else(pa.array(comes), filled[1], filled[0]))
        return comes

    def _turn(self, comes: np.ndarray) -> None:
        """Let everything of the payer become the payee's and the other way round, in some rows."""
        turned, given = pa.array(comes), dict(self._made)
        for name in [each for each in given if each[:5] in _SWAPPED]:
            other = _SWAPPED[name[:5]] + name[5:]
            for one, two in ((name, other), (other, name)):
                nothing = pa.nulls(len(comes), given[name].type)
                own, its = given.get(one, nothing), given.get(two, nothing)
                self._made[one] = pc.if_else(turned, its, own)

    def _check_currency(self, name: str) -> None:
        _, bad = columns.texts(
            self._made[name], lambda text: currency(text, virtual=name == "currency")
        )
        self._odd |= bad
