"""Payments in Parquet: one row a payment, by the names of our own columns or by short ones.

Short names are ``tx_id, ts, src, dst, amount, currency, src_bank, dst_bank``: accounts by number at
a bank. Under our own names (`manara.model.EVENT_TABLES`) parties are entity ids, taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manara.formats.base import Format, Head, Match
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
from manara.model import EVENT_TABLES, FormatError, Record, Reject, Stated, StatedEvent, Value

_MAGIC = b"PAR1"
_BATCH = 10_000
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
    number = 0
    try:
        file = pq.ParquetFile(path)
        reader = _Reader(file.schema_arrow.names, path)
        for name in reader.unread:
            yield Reject(f"column {name}", "column", "a payment has no such column")
        for batch in file.iter_batches(_BATCH, columns=reader.names):
            columns = [batch.column(name).to_pylist() for name in reader.names]
            for row in zip(*columns, strict=True):
                number += 1
                yield reader.record(row, f"row {number}")
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        where = f"{path.name}, after row {number}"
        raise FormatError(f"damaged Parquet: {str(error)[:300]}", where=where) from error


FORMAT = Format("payments-parquet", "Payments in Parquet", "1", _recognise, _read, additive=True)


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
        self._known: dict[tuple[object, object], str] = {}

    def _bank(self, name: str) -> int | None:
        bank = next((bank for bank, account in _BANKS.items() if account == name), "")
        return self.names.index(bank) if bank in self.names else None

    def record(self, row: tuple[Any, ...], locator: str) -> Record | Reject:
        """Return what a row states."""
        stated: list[Stated] = []
        values: dict[str, Value] = {} if self._currency else {"currency": _NONE}
        if len(self._known) > REMEMBERED:
            self._known.clear()
        name = ""
        try:
            for place, target, column, convert in self._plain:
                name = column
                if (cell := row[place]) is not None:
                    values[target] = convert(cell)
            for place, side, bank in self._accounts:
                if (cell := row[place]) is not None:
                    held = row[bank] if bank is not None else None
                    known = self._known.get((cell, held))
                    if known is None:
                        known = self._known[cell, held] = _account(stated, cell, held, locator)
                    values[side] = known
        except UnusableError as error:
            return error.reject(f"{locator}, column {name}", repr(row))
        return Record(locator, stated, (StatedEvent("payments", values, locator),))


def _account(stated: list[Stated], number: object, bank: object, locator: str) -> str:
    held = None if bank is None else Institution(code=str(bank))
    made = account_id(Account("", str(number), held))
    stated.append(Stated(made, "BankAccount", "accountNumber", str(number), locator))
    if held:
        there = institution_id(held)
        stated.append(Stated(made, "BankAccount", "bank", there, locator))
        stated.append(Stated(there, "Organization", "registrationNumber", str(bank), locator))
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
