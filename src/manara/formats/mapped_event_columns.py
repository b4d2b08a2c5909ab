"""The events that a mapping makes of many rows at once, as `MappedEvent` does of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manara.formats import columns
from manara.formats.mapped_event import HS_CODE, Direction, MappedColumn, MappedEvent
from manara.formats.mapped_run import Run, called, is_filled
from manara.formats.mapped_values import sums, times
from manara.formats.payment import UnusableError, currency
from manara.model import EVENT_TABLES, ColumnType

_SWAPPED = {"payer": "payee", "payee": "payer"}
# Not pa.scalar, which looks for pandas and so loads it.
_NOTHING = pa.nulls(1, pa.string())[0]
_NUMBERS = (ColumnType.FLOAT, ColumnType.INTEGER)


class Events:
    """The columns of one event of a run of rows.

    Args:
        event: the event.
        run: the rows.
        ids: of each entity its id in each row, ``""`` where there is none.
    """

    def __init__(self, event: MappedEvent, run: Run, ids: Mapping[str, pa.Array]) -> None:
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
        if self._event.table in ("payments", "declarations"):
            self._check()
        for known in EVENT_TABLES[self._event.table]:
            if known.required:
                self._odd |= columns.mask(pc.is_null(self._made[known.name]))
        numbers = pa.array(self._run.numbers, pa.int64()).cast(pa.string())
        self._made["locator"] = pc.binary_join_element_wise("row ", numbers, "")
        return pa.record_batch(self._made), self._odd

    def _column(self, column: MappedColumn) -> pa.Array:
        several = column.type is ColumnType.TEXTS
        if column.entity:
            named = _filled(self._ids[column.entity])
            return _lists(named) if several else named
        texts = self._texts(column)
        if column.type is ColumnType.TIME:
            return self._times(column, texts)
        if column.type is ColumnType.DECIMAL:
            return self._sums(column, texts)
        plain = _filled(texts)
        if column.type is ColumnType.TEXT and not column.is_country:
            return plain
        if column.type in _NUMBERS:
            made, bad = columns.distinct(plain, self._reader(column), columns.ARROW[column.type])
        else:
            made, bad = (columns.lists if several else columns.texts)(plain, column.read)
        self._odd |= bad
        return made

    def _texts(self, column: MappedColumn) -> pa.Array:
        if not column.columns:
            return pa.repeat(column.literal, len(self._run))
        parts = [self._run.stripped(each) for each in column.columns]
        texts = parts[0]
        if len(parts) > 1:
            rows = zip(*(part.to_pylist() for part in parts), strict=True)
            texts = pa.array([column.join.join(filter(None, row)) for row in rows], pa.string())
        names = dict(column.values)
        return called(texts, lambda text: names.get(text, text)) if names else texts

    def _times(self, column: MappedColumn, texts: pa.Array) -> pa.Array:
        made, is_day, bad = times(texts, column.times, column.zone)
        self._odd |= bad
        if column.name == "time" and is_day.any():
            self._made["time_precision"] = pc.if_else(pa.array(is_day), "day", _NOTHING)
        return made

    def _sums(self, column: MappedColumn, texts: pa.Array) -> pa.Array:
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
        return columns.is_in(self._run.stripped(way.column), way.incoming)

    def _booked(self, out: pa.Array, into: pa.Array) -> np.ndarray:
        empty = [~is_filled(texts) for texts in (out, into)]
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

    def _check(self) -> None:
        """Mark what can be no payment or declaration."""
        virtual = "value" not in self._made
        for name in ("currency", "instructed_currency"):
            if name in self._made:
                may_be = virtual and name == "currency"
                self._mark(name, partial(currency, virtual=may_be))
        if "hs_code" in self._made:
            self._mark("hs_code", _hs_code)
        if "value" in self._made:
            self._odd |= columns.mask(pc.less_equal(self._made["value"], 0))

    def _reader(self, column: MappedColumn) -> Callable[[str], float]:
        """Return what reads a number of a column within its bounds."""
        known = next(each for each in EVENT_TABLES[self._event.table] if each.name == column.name)

        def read(text: str) -> float:
            value = column.read(text)
            if not isinstance(value, (int, float)) or not known.low <= value <= known.high:
                raise UnusableError("number", "out of bounds")
            return value

        return read

    def _mark(self, name: str, check: Callable[[str], str]) -> None:
        self._odd |= columns.texts(self._made[name], check)[1]


def _filled(texts: pa.Array) -> pa.Array:
    """Return texts, null for empty ones."""
    return pc.if_else(pc.equal(texts, ""), _NOTHING, texts)


def _lists(texts: pa.Array) -> pa.Array:
    """Return lists of one text each, null for null."""
    there = columns.mask(texts.is_valid())
    ends = np.concatenate([[0], np.cumsum(there)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), texts.drop_null(), mask=pa.array(~there))


def _hs_code(text: str) -> str:
    if not HS_CODE.fullmatch(text):
        raise UnusableError("hs_code", "no code")
    return text
