"""Exchange rates of days, as the European Central Bank publishes its reference rates."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from manara.model import FormatError, UsageError

#: The currency that all rates are of.
BASE = "EUR"
#: A rate holds until the next, for this many days at most: over weekends and holidays.
_HOLDS = 7
_NONE = ("", "N/A")
_TABLE = pa.schema([("day", pa.int64()), ("currency", pa.string()), ("per", pa.float64())])
_EPOCH = date(1970, 1, 1).toordinal()


class Rates(NamedTuple):
    """Units of currencies for one of `BASE`.

    Attributes:
        days: days of each currency, since 1970, rising.
        per: units on these days.
    """

    days: dict[str, NDArray[np.int64]]
    per: dict[str, NDArray[np.float64]]

    def on(self, currency: str, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return units of a currency for one of `BASE` on some days, not a number for none."""
        found = np.full(len(days), 1.0 if currency == BASE else np.nan)
        if currency in self.days:
            known = self.days[currency]
            at = np.searchsorted(known, days, "right") - 1
            there = (at >= 0) & (days - known[at] <= _HOLDS)
            found[there] = self.per[currency][at[there]]
        return found

    def table(self, days: Iterable[int], currencies: Iterable[str]) -> pa.Table:
        """Return the rates of all these days and currencies: day, currency, per; none left out."""
        some = np.array(sorted(set(days)), np.int64)
        rows = [
            {"day": day, "currency": name, "per": per}
            for name in sorted(set(currencies))
            for day, per in zip(some.tolist(), self.on(name, some).tolist(), strict=True)
            if not np.isnan(per)
        ]
        return pa.Table.from_pylist(rows, _TABLE)

    def between(self, currencies: Iterable[str], first: int, last: int) -> Rates:
        """Return what is needed to know the rates of these currencies from one day to another."""
        made = Rates({}, {})
        for name in sorted(self.days.keys() & set(currencies)):
            there = (self.days[name] >= first - _HOLDS) & (self.days[name] <= last)
            if there.any():
                made.days[name], made.per[name] = self.days[name][there], self.per[name][there]
        return made

    def plain(self) -> dict[str, dict[str, float]]:
        """Return units by day (ISO 8601) by currency; see `rates_of`."""
        return {
            name: {
                date.fromordinal(day + _EPOCH).isoformat(): per
                for day, per in zip(days.tolist(), self.per[name].tolist(), strict=True)
            }
            for name, days in self.days.items()
        }

    def lacking(self, days: Iterable[int], currencies: Iterable[str]) -> list[tuple[str, date]]:
        """Return of some pairs of a day and a currency those without a rate: currency, day."""
        found = {
            (currency, date.fromordinal(day + _EPOCH))
            for day, currency in set(zip(days, currencies, strict=True))
            if np.isnan(self.on(currency, np.array([day]))[0])
        }
        return sorted(found)


#: What is known where no rates were given.
UNKNOWN = Rates({}, {})


def rates_of(units: Mapping[str, Mapping[str, float]]) -> Rates:
    """Return the rates that `Rates.plain` gives."""
    return Rates(
        {
            name: np.array([date.fromisoformat(day).toordinal() - _EPOCH for day in of], np.int64)
            for name, of in units.items()
        },
        {name: np.array(list(of.values()), np.float64) for name, of in units.items()},
    )


def rates_of_file(path: Path) -> Rates:
    """Return the rates in a CSV file of the form of ``eurofxref-hist.csv``.

    The first column is ``Date`` (ISO 8601), the others are named by currencies (ISO 4217); cells
    hold units of the currency for one euro, or are empty or ``N/A``. Rows may be in any order.

    Raises:
        FormatError: it has another form; the row and column are named.
        UsageError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = list(csv.reader(file)) or [[]]
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read", where=str(path)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"no CSV: {error}", where=str(path)) from error
    names = [name.strip() for name in head]
    if not names or names[0] != "Date" or len(names) < 2:
        raise FormatError(
            "no table of exchange rates",
            where=str(path),
            remedy="name the columns Date,USD,JPY, … with units of each for one euro",
        )
    found: dict[str, dict[int, float]] = {name: {} for name in names[1:] if name}
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row):
            where = f"{path}, row {number}"
            day = _day(row[0], where)
            for name, cell in zip(names[1:], row[1:], strict=False):
                if name and cell.strip() not in _NONE:
                    found[name][day] = _per(cell, f"{where}, column {name}")
    known = {name: dict(sorted(of.items())) for name, of in found.items() if of}
    return Rates(
        {name: np.array(list(of), np.int64) for name, of in known.items()},
        {name: np.array(list(of.values()), np.float64) for name, of in known.items()},
    )


def _day(cell: str, where: str) -> int:
    try:
        return date.fromisoformat(cell.strip()).toordinal() - _EPOCH
    except ValueError as error:
        raise FormatError(f"{cell[:20]!r} is no day of ISO 8601", where=where) from error


def _per(cell: str, where: str) -> float:
    try:
        found = float(cell)
    except ValueError:
        found = np.nan
    if not 0 < found < np.inf:
        raise FormatError(f"{cell[:20]!r} is no rate", where=where, remedy="leave it empty")
    return found
