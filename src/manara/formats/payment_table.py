"""Payments in Parquet: one row a payment, by the names of our own columns or by short ones.

Short names are ``tx_id, ts, src, dst, amount, currency, src_bank, dst_bank``: accounts by number at
a bank. Under our own names (`manara.model.EVENT_TABLES`) parties are entity ids, taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manara.formats import columns
from manara.formats.base import Batch, Format, Head, Match
from manara.formats.payment import (
    REMEMBERED,
    Account,
    Institution,
    UnusableError,
    account_id,
    currency,
    institution_id,
    moment,
)
from manara.model import (
    EVENT_TABLES,
    ColumnType,
    FormatError,
    Record,
    Reject,
    Stated,
    StatedEvent,
    Value,
)

_Item = TypeVar("_Item")
#: An account as the table has it: its number and its bank.
_Key: TypeAlias = tuple[str, str | None]

_MAGIC = b"PAR1"
_OURS = {column.name: column for column in EVENT_TABLES["payments"]}
_SHORT = {"tx_id": "reference", "ts": "time", "timestamp": "time"}
_ACCOUNTS = {"src": "payer", "dst": "payee"}
_BANKS = {"src_bank": "src", "dst_bank": "dst"}
#: ISO 4217's code where no currency is involved, or none is told.
_NONE = "XXX"
#: Longest number in characters: what is longer fits no column.
_LONGEST = 80


def _recognise(head: Head) -> Match | None:
    if not head.data.startswith(_MAGIC) or not head.tail.endswith(_MAGIC):
        return None
    named = b"amount" in head.tail and (b"src" in head.tail or b"payer" in head.tail)
    return Match("payments") if named else None


def _read(path: Path) -> Iterator[Record | Reject]:
    yield from _walk(path, _Reader.records)


def _batches(path: Path) -> Iterator[Batch | Record | Reject]:
    yield from _walk(path, _Reader.batches)


def _walk(
    path: Path, take: Callable[[_Reader, pa.RecordBatch, int], Iterator[_Item]]
) -> Iterator[_Item | Reject]:
    """Yield the columns that are not read, then what is taken of each part of the table."""
    number = 0
    try:
        file = pq.ParquetFile(path)
        reader = _Reader(file.schema_arrow.names, path)
        for name in reader.unread:
            yield Reject(f"column {name}", "column", "a payment has no such column")
        for batch in file.iter_batches(columns.ROWS, columns=reader.names):
            yield from take(reader, batch.select(reader.names), number)
            number += len(batch)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        where = f"{path.name}, after row {number}"
        raise FormatError(f"damaged Parquet: {str(error)[:300]}", where=where) from error


FORMAT = Format(
    "payments-parquet",
    "Payments in Parquet",
    "1",
    _recognise,
    _read,
    additive=True,
    batches=_batches,
)


class _Reader:
    """Makes the records of one table.

    Attributes:
        names: the columns that are read.
        unread: those that are not.
    """

    def __init__(self, names: list[str], path: Path) -> None:
        targets = {name: _SHORT.get(name, name if name in _OURS else "") for name in names}
        self.names = [
            name for name in names if targets[name] or name in _ACCOUNTS or name in _BANKS
        ]
        self.unread = [name for name in names if name not in self.names]
        self._plain = [
            (place, targets[name], name, _CONVERT.get(targets[name], str))
            for place, name in enumerate(self.names)
            if targets[name] and name not in _ACCOUNTS
        ]
        self._accounts = [
            (place, f"{side}_account", self._bank(name))
            for place, name in enumerate(self.names)
            if (side := _ACCOUNTS.get(name))
        ]
        lacking = {"time", "amount"} - {target for _, target, *_ in self._plain}
        if lacking:
            raise FormatError(
                f"no column for {' and '.join(sorted(lacking))}",
                where=path.name,
                remedy="name them ts and amount, or as the table payments does",
            )
        self._currency = any(target == "currency" for _, target, *_ in self._plain)
        self._known: dict[_Key, str] = {}

    def _bank(self, name: str) -> int | None:
        bank = next((bank for bank, account in _BANKS.items() if account == name), "")
        return self.names.index(bank) if bank in self.names else None

    def records(self, batch: pa.RecordBatch, before: int) -> Iterator[Record | Reject]:
        """Yield what each row states, given how many rows stand before."""
        self._forget()
        for number, row in enumerate(_rows(batch), before + 1):
            yield self.record(row, f"row {number}")

    def batches(self, batch: pa.RecordBatch, before: int) -> Iterator[Batch | Record | Reject]:
        """Yield the same, the plain rows of each run together."""
        batch.validate(full=True)
        self._forget()
        made, odd = self._values(batch)
        news: list[tuple[int, int, _Key]] = []
        for place, side, bank in self._accounts:
            made[side], firsts = self._ids(batch, place, bank, odd)
            news += [(row, place, key) for row, key in firsts if key not in self._known]
        made["locator"] = columns.locators(before + 1, len(batch))
        events, left = pa.record_batch(made), iter(sorted(news, key=lambda new: new[:2]))
        new = next(left, None)
        others = iter(_rows(batch.take(pa.array(np.flatnonzero(odd)))))
        for start, end in columns.runs(odd):
            stated: list[Stated] = []
            while new and new[0] < end:
                if new[2] not in self._known:
                    self._known[new[2]] = _account(stated, *new[2], f"row {before + new[0] + 1}")
                new = next(left, None)
            if end > start:
                yield Batch("payments", events.slice(start, end - start), stated)
            if end < len(batch):
                yield self.record(next(others), f"row {before + end + 1}")

    def _values(self, batch: pa.RecordBatch) -> tuple[dict[str, pa.Array], np.ndarray]:
        """Return the columns but for the accounts, and the rows that are not plain."""
        made = {} if self._currency else {"currency": pa.repeat(_NONE, len(batch))}
        targets = [target for _, target, *_ in self._plain] + [
            side for _, side, _ in self._accounts
        ]
        odd = np.full(len(batch), len(set(targets)) < len(targets))
        for place, target, _, convert in self._plain:
            column = _OURS[target]
            cells = columns.decoded(batch.column(place))
            made[target], bad = _IN_COLUMNS[column.type](cells, convert)
            odd |= bad
            if column.required:
                odd |= made[target].is_null().to_numpy(zero_copy_only=False)
        if odd.mean() > columns.MOST_ODD:
            odd[:] = True
        return made, odd

    def _ids(
        self, batch: pa.RecordBatch, place: int, bank: int | None, odd: np.ndarray
    ) -> tuple[pa.Array, list[tuple[int, _Key]]]:
        """Return a column of account ids, and each different account with its first plain row."""
        coded = [batch.column(place).dictionary_encode()]
        if bank is not None:
            coded.append(batch.column(bank).dictionary_encode())
        codes = [each.indices.fill_null(-1).to_numpy(zero_copy_only=False) for each in coded]
        numbers, banks = coded[0].dictionary.to_pylist(), [None]
        both = codes[0].astype(np.int64)
        if bank is not None:
            banks += coded[1].dictionary.to_pylist()
            both = np.where(both < 0, -1, both * len(banks) + codes[1] + 1)
        both[odd] = -1
        different, first, at = np.unique(both, return_index=True, return_inverse=True)
        keys = [
            _key(numbers[code // len(banks)], banks[code % len(banks)]) if code >= 0 else None
            for code in different.tolist()
        ]
        ids = [key and (self._known.get(key) or account_id(_held(*key))) for key in keys]
        firsts = [(row, key) for row, key in zip(first.tolist(), keys, strict=True) if key]
        return pa.array(ids, pa.string()).take(pa.array(at)), firsts

    def _forget(self) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()

    def record(self, row: tuple[Any, ...], locator: str) -> Record | Reject:
        """Return what a row states."""
        stated: list[Stated] = []
        values: dict[str, Value] = {} if self._currency else {"currency": _NONE}
        name = ""
        try:
            for place, target, column, convert in self._plain:
                name = column
                if (cell := row[place]) is not None:
                    values[target] = convert(cell)
            for place, side, bank in self._accounts:
                if (cell := row[place]) is not None:
                    held = row[bank] if bank is not None else None
                    key = _key(cell, held)
                    known = self._known.get(key)
                    if known is None:
                        known = self._known[key] = _account(stated, *key, locator)
                    values[side] = known
        except UnusableError as error:
            return error.reject(f"{locator}, column {name}", repr(row))
        return Record(locator, stated, (StatedEvent("payments", values, locator),))


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _key(number: object, bank: object) -> _Key:
    return str(number), None if bank is None else str(bank)


def _held(number: str, bank: str | None) -> Account:
    return Account("", number, None if bank is None else Institution(code=bank))


def _account(stated: list[Stated], number: str, bank: str | None, locator: str) -> str:
    account = _held(number, bank)
    made = account_id(account)
    stated.append(Stated(made, "BankAccount", "accountNumber", account.number, locator))
    if account.institution:
        there = institution_id(account.institution)
        stated.append(Stated(made, "BankAccount", "bank", there, locator))
        stated.append(Stated(there, "Organization", "registrationNumber", bank or "", locator))
    return made


def _sum(cell: Any) -> Decimal:
    try:
        # The shortest text of a floating number is the sum that was meant: 0.1, not 0.1000…0055.
        sum_ = cell if isinstance(cell, Decimal) else Decimal(str(cell)[:_LONGEST])
    except InvalidOperation as error:
        raise UnusableError("amount", f"{str(cell)[:40]!r} is no amount") from error
    if not sum_.is_finite() or sum_ < 0:
        raise UnusableError("amount", "the amount is negative or no number")
    return sum_


def _time(cell: Any) -> datetime:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    if isinstance(cell, (int, float)):
        try:
            return datetime.fromtimestamp(cell, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise UnusableError("time", f"{cell!r} is no second since 1970") from error
    return moment(str(cell))[0]


def _currency(cell: Any) -> str:
    return currency(str(cell), virtual=True)


def _texts(cell: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in cell if each)


#: How a cell becomes the value of a column; it may raise `UnusableError`.
_CONVERT: Mapping[str, Callable[[Any], Value]] = {
    "time": _time,
    "time_end": _time,
    "amount": _sum,
    "instructed_amount": _sum,
    "currency": _currency,
    "intermediaries": _texts,
}

_IN_COLUMNS = {
    ColumnType.TEXT: columns.texts,
    ColumnType.TEXTS: columns.lists,
    ColumnType.TIME: columns.times,
    ColumnType.DECIMAL: columns.sums,
}
