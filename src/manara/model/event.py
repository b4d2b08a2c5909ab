"""What happened: rows of the high-volume tables, whose columns are declared here as data.

Parties are entity ids, times UTC, countries ISO 3166-1 alpha-2 codes in lower case, coordinates
degrees in WGS 84, distances metres. A source's own words for what has no column stay in the source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import NamedTuple, TypeAlias

from manara.model._check import check_utc
from manara.model.errors import UsageError

#: Decimal columns hold 38 digits, 18 of them after the point: the most that Parquet, DuckDB and
#: Spark have in common, enough for 10^19 of any currency and for one wei of an ether.
DECIMAL_PRECISION, DECIMAL_SCALE = 38, 18

Value: TypeAlias = str | tuple[str, ...] | datetime | Decimal | float | int


class ColumnType(StrEnum):
    """What a column holds; in brackets the value in Python."""

    TEXT = "text"  #: (str)
    TEXTS = "texts"  #: several texts (tuple of str)
    TIME = "time"  #: UTC, microseconds (aware datetime)
    DECIMAL = "decimal"  #: exact, `DECIMAL_PRECISION` and `DECIMAL_SCALE` (Decimal)
    FLOAT = "float"  #: 64 bits (float)
    INTEGER = "integer"  #: 64 bits, signed (int)


class Column(NamedTuple):
    """One column of an event table.

    Attributes:
        name: its name.
        type: what it holds.
        meaning: what it says of the event.
        unit: unit or code list of its values, ``""`` for none.
        required: whether every row has a value.
        low: least number it may hold.
        high: greatest number it may hold.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    required: bool = False
    low: float = float("-inf")
    high: float = float("inf")


class Event(NamedTuple):
    """One row of an event table as a reader made it; the store adds where it came from.

    Attributes:
        table: a key of `EVENT_TABLES`.
        id: identity of the event, see `event_id`.
        values: value by name of column; columns without a value are left out.
        locator: where the event stands in its source.
    """

    table: str
    id: str
    values: Mapping[str, Value]
    locator: str


class StatedEvent(NamedTuple):
    """An event as a reader states it, before it has an identity.

    Attributes:
        table: a key of `EVENT_TABLES`.
        values: value by name of column; columns without a value are left out.
        locator: where the event stands in its source.
    """

    table: str
    values: Mapping[str, Value]
    locator: str


_TEXT, _TEXTS, _TIME = ColumnType.TEXT, ColumnType.TEXTS, ColumnType.TIME
_DECIMAL, _FLOAT, _INTEGER = ColumnType.DECIMAL, ColumnType.FLOAT, ColumnType.INTEGER
_COUNTRY, _ENTITY, _METRES = "ISO 3166-1 alpha-2", "entity id", "m"
_PORT = "UN/LOCODE, or IATA code for air"

#: Columns that the store fills in, the same in every table.
PROVENANCE: tuple[Column, ...] = (
    Column("id", _TEXT, "identity of the event, see event_id", required=True),
    Column("dataset", _TEXT, "name of the dataset that states it", required=True),
    Column("source_id", _TEXT, "the file it stands in", "SHA-256", required=True),
    Column("locator", _TEXT, "where it stands in that file", required=True),
    Column("handling_id", _TEXT, "the handling rule it came under", required=True),
)

_WHEN = (
    Column("time", _TIME, "when it happened or began", "UTC", required=True),
    Column("time_end", _TIME, "when it ended, where it lasted", "UTC"),
    Column(
        "time_precision", _TEXT, "how exact the source is: year, month, day, minute; else second"
    ),
    Column("reference", _TEXT, "the source's own number for it"),
)
_WHERE = (
    Column("place", _TEXT, "name of the place as the source has it"),
    Column("country", _TEXT, "country of the place", _COUNTRY),
    Column("latitude", _FLOAT, "of the place", "degrees, WGS 84", low=-90, high=90),
    Column("longitude", _FLOAT, "of the place", "degrees, WGS 84", low=-180, high=180),
    Column("accuracy", _FLOAT, "radius within which the coordinates hold", _METRES, low=0),
)

_PAYMENTS = (
    Column("payer", _TEXT, "who pays", _ENTITY),
    Column("payee", _TEXT, "who is paid", _ENTITY),
    Column("payer_account", _TEXT, "account or wallet debited", _ENTITY),
    Column("payee_account", _TEXT, "account or wallet credited", _ENTITY),
    Column("payer_institution", _TEXT, "institution that holds the payer's account", _ENTITY),
    Column("payee_institution", _TEXT, "institution that holds the payee's account", _ENTITY),
    Column("intermediaries", _TEXTS, "institutions between, in the order of payment", _ENTITY),
    Column("payer_country", _TEXT, "where the payer pays from", _COUNTRY),
    Column("payee_country", _TEXT, "where the payee is paid", _COUNTRY),
    Column("amount", _DECIMAL, "sum settled", "currency", required=True),
    Column("currency", _TEXT, "of the sum", "ISO 4217; ticker of a virtual asset", required=True),
    Column("instructed_amount", _DECIMAL, "sum before exchange", "instructed_currency"),
    Column("instructed_currency", _TEXT, "of the sum before exchange", "ISO 4217"),
    Column("purpose", _TEXT, "the payment's purpose in the payer's words"),
    Column("purpose_code", _TEXT, "the purpose as a code", "ISO 20022 ExternalPurpose1Code"),
    Column("channel", _TEXT, "how it was ordered: branch, agent, mobile, web, terminal …"),
    Column("instrument", _TEXT, "how it was paid: transfer, cash, card, prepaid, cheque …"),
    Column("device", _TEXT, "device it was ordered from", _ENTITY),
    Column("status", _TEXT, "as the source has it: settled, returned, refused …"),
)

_MOVEMENTS = (
    Column("subject", _TEXT, "traveller, vehicle, vessel or consignment", _ENTITY, required=True),
    Column(
        "stage", _TEXT, "what is recorded: booked, checked-in, departed, arrived, entry, exit …"
    ),
    Column("means", _TEXT, "air, sea, road, rail or foot"),
    Column("carrier", _TEXT, "who carries", _ENTITY),
    Column("conveyance", _TEXT, "craft or vehicle that carries", _ENTITY),
    Column("service", _TEXT, "number of flight, voyage or train"),
    Column("origin", _TEXT, "where the leg starts", _PORT),
    Column("destination", _TEXT, "where the leg ends", _PORT),
    Column("origin_country", _TEXT, "where the leg starts", _COUNTRY),
    Column("destination_country", _TEXT, "where the leg ends", _COUNTRY),
    Column("document", _TEXT, "travel document or transport document shown", _ENTITY),
    Column("booking", _TEXT, "record locator of the booking, or number of the manifest"),
    Column("booked_at", _TIME, "when it was booked", "UTC"),
)

_CUSTODY = (
    Column("item", _TEXT, "firearm, part, lot or consignment", _ENTITY, required=True),
    Column(
        "kind",
        _TEXT,
        "made, exported, imported, sold, issued, lost, stolen, deactivated, converted, destroyed, "
        "seized, found …",
        required=True,
    ),
    Column("holder_from", _TEXT, "who gave it up", _ENTITY),
    Column("holder_to", _TEXT, "who received it", _ENTITY),
    Column("country_from", _TEXT, "where it left", _COUNTRY),
    Column("country_to", _TEXT, "where it came", _COUNTRY),
    Column("quantity", _INTEGER, "how many", "pieces", low=0),
    Column("licence", _TEXT, "licence or end-user certificate relied on"),
    Column("consignment", _TEXT, "consignment it moved in", _ENTITY),
)

_INCIDENTS = (
    Column("kind", _TEXT, "what happened: attack, seizure, arrest, kidnapping …", required=True),
    Column("domains", _TEXTS, "crime domains it belongs to: arms, drugs, terror …"),
    Column("title", _TEXT, "the incident in one line"),
    Column("perpetrators", _TEXTS, "persons and groups suspected of it or claiming it", _ENTITY),
    Column("targets", _TEXTS, "persons, organisations and sites it was aimed at", _ENTITY),
    Column("method", _TEXT, "weapon or method used"),
    Column("killed", _INTEGER, "dead, perpetrators included", "persons", low=0),
    Column("injured", _INTEGER, "injured, perpetrators included", "persons", low=0),
    Column("grade", _TEXT, "grade of the report", "Admiralty code"),
)

_SIGHTINGS = (
    Column("subject", _TEXT, "who or what was seen, or what the sign belongs to", _ENTITY),
    Column("kind", _TEXT, "of the sign: face, plate, document, domain, address, hash …"),
    Column("sign", _TEXT, "the sign itself: the plate, the domain, the wallet", required=True),
    Column("observer", _TEXT, "person, post, sensor or host that saw it", _ENTITY),
    Column("with_entities", _TEXTS, "others seen together with it", _ENTITY),
    Column("count", _INTEGER, "how often it was seen from time to time_end", low=1),
    Column("score", _FLOAT, "probability that the sign was read or matched right", low=0, high=1),
    Column("grade", _TEXT, "grade of the report", "Admiralty code"),
)

_DECLARATIONS = (
    Column("exporter", _TEXT, "who sells or sends", _ENTITY, required=True),
    Column("importer", _TEXT, "who buys or receives", _ENTITY, required=True),
    Column("broker", _TEXT, "who arranged it", _ENTITY),
    Column("hs_code", _TEXT, "the goods as a code", "Harmonized System", required=True),
    Column("value", _DECIMAL, "declared value", "currency", required=True),
    Column("currency", _TEXT, "of the value", "ISO 4217", required=True),
    Column("net_weight", _FLOAT, "net weight", "kg", low=0),
    Column("origin", _TEXT, "country that the goods leave", _COUNTRY),
    Column("destination", _TEXT, "country that they go to", _COUNTRY),
    Column("direction", _TEXT, "export or import: on which side it was declared"),
    Column("description", _TEXT, "the goods in words"),
    Column("invoice", _TEXT, "number of the commercial invoice"),
    Column("transport_document", _TEXT, "number of the bill of lading, air waybill or note"),
    Column("exporter_business", _TEXT, "the exporter's declared line of business"),
    Column("importer_business", _TEXT, "the importer's declared line of business"),
    Column("exporter_country", _TEXT, "where the exporter has its seat", _COUNTRY),
    Column("importer_country", _TEXT, "where the importer has its seat", _COUNTRY),
    Column("broker_country", _TEXT, "where the broker has its seat", _COUNTRY),
)

#: Columns of every table in order, without `PROVENANCE`.
EVENT_TABLES: Mapping[str, tuple[Column, ...]] = {
    "payments": (*_WHEN, *_PAYMENTS),
    "movements": (*_WHEN, *_MOVEMENTS, *_WHERE),
    "custody": (*_WHEN, *_CUSTODY, *_WHERE),
    "incidents": (*_WHEN, *_INCIDENTS, *_WHERE),
    "sightings": (*_WHEN, *_SIGHTINGS, *_WHERE),
    "declarations": (*_WHEN, *_DECLARATIONS),
}

#: Columns of every table by name, and the names of those that every row has.
_DECLARED = {
    table: (
        {column.name: column for column in columns},
        frozenset(column.name for column in columns if column.required),
    )
    for table, columns in EVENT_TABLES.items()
}

_quoted = json.encoder.encode_basestring_ascii

_PYTHON: Mapping[ColumnType, type] = {
    _TEXT: str,
    _TEXTS: tuple,
    _TIME: datetime,
    _DECIMAL: Decimal,
    _FLOAT: float,
    _INTEGER: int,
}


def event(
    table: str,
    values: Mapping[str, Value],
    locator: str,
    *,
    dataset: str,
    handling_id: str,
    nth: int = 0,
) -> Event:
    """Return a row of an event table, its values checked.

    Args:
        table: a key of `EVENT_TABLES`.
        values: value by name of column; empty texts and tuples count as no value.
        locator: where the event stands in its source.
        dataset: name of the dataset that states it.
        handling_id: identity of the handling rule it came under.
        nth: how many events of the source equal in all values came before it.

    Raises:
        UsageError: unknown table or column, a required value is missing, or a value is of the wrong
            kind or out of range; a reader sets the record aside with this reason.
    """
    if table not in EVENT_TABLES:
        raise UsageError("no such table", where=table, remedy=f"use {', '.join(EVENT_TABLES)}")
    columns, required = _DECLARED[table]
    # Runs for every event of every source: what is as it should be is passed over quickly.
    given = {name: each for name, each in values.items() if each or each not in ("", ())}
    if not (given.keys() <= columns.keys() and required <= given.keys()):
        unknown, missing = given.keys() - columns.keys(), required - given.keys()
        raise UsageError(
            f"unknown: {sorted(unknown)}, missing: {sorted(missing)}",
            where=f"{table}, {locator}",
            remedy="see EVENT_TABLES for the columns",
        )
    for name, value in given.items():
        if type(value) is not str or columns[name].type is not _TEXT:
            _check_value(table, locator, columns[name], value)
    identity = event_id(dataset, table, given, handling_id, nth)
    return Event(table, identity, given, locator)


def event_id(
    dataset: str, table: str, values: Mapping[str, Value], handling_id: str, nth: int = 0
) -> str:
    """Return the identity of an event: 32 hexadecimal digits.

    As with facts, the source and the locator are not part of it. Two equal rows of one source are
    two events (the same sum paid twice a day), told apart by their number ``nth``, from 0.
    """
    # Put together by hand: twice as fast as an encoder.
    pairs = ",".join([f"{_quoted(name)}:{event_json(values[name])}" for name in sorted(values)])
    [first] = event_ids(dataset, table, handling_id, [pairs.encode()])
    # MD5 because every engine has it: the store numbers equal rows set-wise.
    return first if nth == 0 else hashlib.md5(f"{first} {nth}".encode()).hexdigest()  # noqa: S324


def event_ids(dataset: str, table: str, handling_id: str, values: Iterable[bytes]) -> list[str]:
    """Return the identities of events, of equal ones the same; see `event_id`.

    Args:
        dataset: name of the dataset that states them.
        table: the table of events.
        handling_id: identity of the handling rule they came under.
        values: of each event the names of its columns with their values as `event_json` writes
            them, sorted by name: ``"amount":"15e-1","currency":"EUR"``.
    """
    head = f"[{_quoted(dataset)},{_quoted(table)},{_quoted(handling_id)},{{".encode()
    return [
        hashlib.blake2b(b"%b%b}]" % (head, each), digest_size=16).hexdigest() for each in values
    ]


def event_json(value: Value) -> str:
    """Return a value as JSON, the same for equal values: 1.50 and 1.5 are one sum."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, Decimal):
        digits, scale = _digits(value)
        return f'"{digits}e-{scale}"'
    return json.dumps(value, separators=(",", ":"))


def _digits(value: Decimal) -> tuple[int, int]:
    """Return a finite decimal as an integer without trailing zeros and its power of one tenth."""
    text = str(value) if value else "0"
    if "E" in text:
        text = f"{value:f}"
    whole, _, part = text.partition(".")
    if part := part.rstrip("0"):
        return int(whole + part), len(part)
    digits = whole.rstrip("0")
    return int(digits or "0"), len(digits) - len(whole) if digits else 0


def _check_value(table: str, locator: str, column: Column, value: Value) -> None:
    where = f"{table}.{column.name}, {locator}"
    if not isinstance(value, _PYTHON[column.type]) or isinstance(value, bool):
        raise UsageError(
            f"{value!r} is not of type {column.type}", where=where, remedy="convert it first"
        )
    if isinstance(value, datetime):
        check_utc(where, value)
    elif isinstance(value, tuple) and not all(isinstance(text, str) and text for text in value):
        raise UsageError("not a tuple of texts", where=where, remedy="leave empty ones out")
    elif isinstance(value, Decimal):
        _check_decimal(where, value)
    elif isinstance(value, (float, int)) and not (
        column.low <= value <= column.high and isfinite(value) and abs(value) < 2**63
    ):
        raise UsageError(
            f"{value!r} is not from {column.low:g} to {column.high:g}",
            where=where,
            remedy="check the unit",
        )


def _check_decimal(where: str, value: Decimal) -> None:
    whole = DECIMAL_PRECISION - DECIMAL_SCALE
    if (
        not value.is_finite()
        or (value and value.adjusted() >= whole)
        or _digits(value)[1] > DECIMAL_SCALE
    ):
        raise UsageError(
            f"{value!r} does not fit {whole} digits before and {DECIMAL_SCALE} after the point",
            where=where,
            remedy="state the sum in another unit",
        )
