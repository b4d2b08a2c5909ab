"""What a mapping does to one row of a table: the event that it tells of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from manara.formats.payment import UnusableError, currency, moment
from manara.model import TYPES, ColumnType, Reject, StatedEvent, Value

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_NUMBERS = {
    ".": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+", re.ASCII),
    ",": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?|[+-]?,\d+", re.ASCII),
}
HS_CODE = re.compile(r"\d(?:[. ]?\d){3,11}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
#: Directives of `datetime.strptime` that give an hour.
_HOURS = ("%H", "%I", "%X", "%c")
#: Longest number and time in characters.
_LONGEST = 60
_OTHER = {".": ",", ",": "."}
_SWAPPED = {"payer": "payee", "payee": "payer"}
#: Units in which the columns of an event are cleaned as such.
_COUNTRY = "ISO 3166-1 alpha-2"


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """Where the value of one column of an event comes from.

    Attributes:
        name: the column of the event.
        type: what it holds.
        unit: its unit or code list.
        columns: columns of the table; several are joined.
        literal: the value in every row, if there are no columns.
        join: put between the values of several columns.
        split: what stands between several values in one, else ``""``.
        entity: name of the mapped entity whose id is the value, else ``""``.
        times: `datetime.strptime` formats; empty for ISO 8601.
        zone: time zone of times without an offset, IANA name.
        decimal: the decimal sign, ``.`` or ``,``.
        values: what the table's values are called in the event; others stay as they are.
    """

    name: str
    type: ColumnType
    unit: str
    columns: tuple[str, ...]
    literal: str
    join: str
    split: str
    entity: str
    times: tuple[str, ...]
    zone: str
    decimal: str
    values: tuple[tuple[str, str], ...]

    @property
    def is_country(self) -> bool:
        """Whether it holds a country."""
        return self.unit == _COUNTRY

    def text(self, row: Mapping[str, str]) -> str:
        """Return the text of a row that it is read from."""
        if not self.columns:
            return self.literal
        if len(self.columns) == 1:
            text = row[self.columns[0]].strip()
        else:
            text = self.join.join(part for each in self.columns if (part := row[each].strip()))
        return dict(self.values).get(text, text) if self.values else text

    def read(self, text: str) -> Value:
        """Return the value of a text that is not empty.

        Raises:
            UnusableError: it is none.
        """
        if self.type is ColumnType.TIME:
            return time(text, self.times, self.zone)[0]
        if self.type is ColumnType.DECIMAL:
            return number(text, self.decimal)
        if self.type is ColumnType.FLOAT:
            return float(number(text, self.decimal))
        if self.type is ColumnType.INTEGER:
            return int(number(text, self.decimal))
        if self.type is ColumnType.TEXTS:
            parts = text.split(self.split) if self.split else [text]
            return tuple(each for part in parts if (each := part.strip()))
        if self.is_country:
            code = TYPES["country"].clean(text)
            if code is None:
                raise UnusableError("country", "not a country")
            return code
        return text


@dataclass(frozen=True, slots=True)
class Direction:
    """How a row of a statement tells which way the money goes.

    The mapping describes a payment that goes out; for one that comes in, payer and payee change
    places.

    Attributes:
        column: the column that says it, else ``""``.
        incoming: its values for what comes in.
        signed: an amount with a minus goes out, one without comes in.
        debit: column of amounts that go out, else ``""``.
        credit: column of amounts that come in, else ``""``.
    """

    column: str = ""
    incoming: frozenset[str] = frozenset()
    signed: bool = False
    debit: str = ""
    credit: str = ""

    @property
    def columns(self) -> Iterator[str]:
        """Every column it needs."""
        yield from filter(None, (self.column, self.debit, self.credit))

    def apply(self, values: dict[str, Value], row: Mapping[str, str], decimal: str) -> None:
        """Set the amount and let payer and payee change places if the money comes in.

        Raises:
            UnusableError: the row says both ways or none.
        """
        if self.debit:
            out, into = row[self.debit].strip(), row[self.credit].strip()
            sums = [number(each, decimal) if each else Decimal(0) for each in (out, into)]
            if bool(sums[0]) == bool(sums[1]) and not (out and not into) and not (into and not out):
                raise UnusableError("direction", "debit and credit at once, or none")
            comes = bool(sums[1]) or not out
            values["amount"] = abs(sums[1] if comes else sums[0])
        elif self.signed:
            sum_ = values.get("amount")
            comes = not (isinstance(sum_, Decimal) and sum_.is_signed())
            if isinstance(sum_, Decimal):
                values["amount"] = abs(sum_)
        else:
            comes = row[self.column].strip() in self.incoming
        if comes:
            _swap(values)


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """One event that each row tells of.

    Attributes:
        name: what the mapping calls it.
        table: the table of events.
        columns: where its values come from.
        direction: which way the money goes, if rows differ in that.
    """

    name: str
    table: str
    mapped: tuple[MappedColumn, ...]
    direction: Direction | None

    @property
    def columns(self) -> Iterator[str]:
        """Every column of the table it needs."""
        for column in self.mapped:
            yield from column.columns
        if self.direction:
            yield from self.direction.columns

    def read(
        self, ids: Mapping[str, str], place: str, row: Mapping[str, str]
    ) -> Iterator[StatedEvent | Reject]:
        """Yield the event of a row, and what of it cannot be used.

        Args:
            ids: ids of the entities of the row by their names, ``""`` where there is none.
            place: where the row stands.
            row: text by column.
        """
        values: dict[str, Value] = {}
        at, decimal = place, "."
        try:
            for column in self.mapped:
                if column.entity:
                    named = ids[column.entity]
                    several = column.type is ColumnType.TEXTS
                    values[column.name] = ((named,) if named else ()) if several else named
                elif text := column.text(row):
                    at = f"{place}, column {', '.join(column.columns)}" if column.columns else place
                    try:
                        values[column.name] = column.read(text)
                        if column.name == "time" and time(text, column.times, column.zone)[1]:
                            values.setdefault("time_precision", "day")
                    except UnusableError as error:
                        if error.rule != "country":
                            raise
                        yield error.reject(at, text)
                if column.name == "amount":
                    decimal = column.decimal
            at = place
            if self.direction:
                self.direction.apply(values, row, decimal)
            if self.table in ("payments", "declarations"):
                _check(values)
        except UnusableError as error:
            yield error.reject(at, ",".join(row.values()))
            return
        yield StatedEvent(self.table, values, place)


def _check(values: Mapping[str, Value]) -> None:
    """Raise if a payment or declaration cannot be one: of no currency, no code, no positive sum."""
    for name in ("currency", "instructed_currency"):
        if name in values:
            currency(str(values[name]), virtual=name == "currency" and "value" not in values)
    for name in ("amount", "instructed_amount"):
        sum_ = values.get(name)
        if isinstance(sum_, Decimal) and sum_ < 0:
            raise UnusableError("amount", "the amount is negative")
    value, code = values.get("value"), values.get("hs_code", "")
    if isinstance(value, Decimal) and value <= 0:
        raise UnusableError("amount", "the value is not above zero")
    if code and not HS_CODE.fullmatch(str(code)):
        raise UnusableError("hs_code", "no Harmonized System code of four digits or more")


def _swap(values: dict[str, Value]) -> None:
    """Let everything of the payer become the payee's and the other way round."""
    moved = {
        _SWAPPED[name[:5]] + name[5:]: values.pop(name)
        for name in list(values)
        if name[:5] in _SWAPPED
    }
    values |= moved


def number(text: str, decimal: str) -> Decimal:
    """Return a number as people write it: spaces and thousands apart, minus before or after.

    Args:
        text: the number.
        decimal: its decimal sign; the other of ``.`` and ``,`` stands between thousands.

    Raises:
        UnusableError: it is none.
    """
    plain = text.translate(_SPACES).replace("−", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    elif plain.endswith("-"):
        plain = f"-{plain[:-1]}"
    if len(plain) > _LONGEST or not _NUMBERS[decimal].fullmatch(plain):
        raise UnusableError(
            "amount", f"{text[:40]!r} is no number with {decimal!r} as decimal sign"
        )
    return Decimal(plain.replace(_OTHER[decimal], "").replace(",", "."))


def time(text: str, forms: tuple[str, ...], zone: str) -> tuple[datetime, str]:
    """Return a time in UTC and its precision, read by the first form that fits or as ISO 8601.

    Raises:
        UnusableError: none fits.
    """
    return _time(text[: _LONGEST + 1], forms, zone)


@lru_cache(maxsize=65_536)
def _time(text: str, forms: tuple[str, ...], zone: str) -> tuple[datetime, str]:
    for form in forms:
        with suppress(ValueError, OverflowError):
            found = datetime.strptime(text, form)
            if found.tzinfo is None:
                found = found.replace(tzinfo=ZoneInfo(zone))
            return found.astimezone(UTC), "" if any(each in form for each in _HOURS) else "day"
    if not forms or _ISO.match(text):
        found, precision = moment(text)
        if zone != "UTC" and not _OFFSET.search(text):
            try:
                found = found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            except (ValueError, OverflowError) as error:  # before the year 1 or after 9999
                raise UnusableError("time", f"{text[:40]!r} is no time") from error
        return found, precision
    raise UnusableError("time", f"not a time in the form {' or '.join(forms)}")
