"""Declarations of goods as the checks take them, from a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import UsageError
from manara.money.book import engine, read_rows

#: Columns of a file of declarations, and what they hold; the first eight must be there.
COLUMNS = {
    "id": "the declaration's own number, or that of its line; one row each",
    "date": "day of the declaration, ISO 8601",
    "exporter": "who sells or sends",
    "importer": "who buys or receives",
    "hs_code": "Harmonized System code, 4 digits or more",
    "value": "declared value, in units of the currency",
    "currency": "ISO 4217",
    "net_weight_kg": "net weight in kilograms",
    "origin": "country that the goods leave, ISO 3166-1 alpha-2",
    "destination": "country that they go to, ISO 3166-1 alpha-2",
    "direction": "export or import: on which side it was declared",
    "description": "the goods in words",
    "invoice": "number of the commercial invoice",
    "transport_document": "number of the bill of lading, air waybill or consignment note",
    "exporter_business": "the exporter's declared line of business",
    "importer_business": "the importer's declared line of business",
    "exporter_country": "where the exporter has its seat, ISO 3166-1 alpha-2",
    "importer_country": "where the importer has its seat, ISO 3166-1 alpha-2",
    "broker": "who arranged it",
    "broker_country": "where the broker has its seat, ISO 3166-1 alpha-2",
}
NEEDED = tuple(COLUMNS)[:8]
_COUNTRIES = ("origin", "destination", "exporter_country", "importer_country", "broker_country")
#: Rules that set a whole row aside, in the order in which they are looked at.
_ROW_RULES = (
    ("id IS NULL", "no id"),
    ("again > 1", "an id that came before"),
    # The years 1 to 9999, which dates can be written in.
    ("day IS NULL OR day NOT BETWEEN -719162 AND 2932896", "no date that can be read"),
    ("exporter IS NULL OR importer IS NULL", "no exporter or no importer"),
    ("hs IS NULL", "no Harmonized System code of four digits or more"),
    ("value IS NULL OR NOT value > 0 OR value >= 1e18", "no positive value below 10^18"),
    ("currency IS NULL OR NOT regexp_matches(currency, '^[A-Z]{3}$')", "no currency of ISO 4217"),
)


class SetAside(NamedTuple):
    """What could not be used.

    Attributes:
        row: number of the row in the file, from 1.
        id: its id; None where it has none.
        column: the column whose value alone was set aside; ``""`` for the whole row.
        rule: the rule it broke.
    """

    row: int
    id: str | None
    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class Declarations:
    """Declarations that can be used.

    Attributes:
        table: row_number, id, day (days since 1970), exporter, importer, hs (4 to 6 digits),
            chapter, value, currency, weight (kg, null where not known), the countries, direction,
            description, invoice and transport (as `plain_number` gives them), businesses, broker.
        set_aside: what could not be used.
    """

    table: pa.Table
    set_aside: tuple[SetAside, ...]


def declarations_of_file(path: Path) -> Declarations:
    """Return the declarations in a CSV or Parquet file; see `COLUMNS`.

    Raises:
        FormatError: the file cannot be read.
        UsageError: a column is missing.
    """
    return declarations_of(read_rows(path), str(path))


def declarations_of(rows: pa.Table, where: str = "declarations") -> Declarations:
    """Return the declarations in a table; see `COLUMNS`.

    A row that breaks a rule is set aside whole. A weight, country or direction that cannot be used
    is set aside alone, and the row is kept without it.

    Args:
        rows: the table, values as text or typed.
        where: what the table is, for messages.

    Raises:
        UsageError: a column is missing.
    """
    if missing := [name for name in NEEDED if name not in rows.column_names]:
        raise UsageError(
            f"no column {', '.join(missing)}",
            where=where,
            remedy=f"name the columns {', '.join(NEEDED)}",
        )
    given = pa.table({name: _text(rows, name) for name in COLUMNS})
    given = given.append_column("row_number", pa.array(range(1, len(rows) + 1), pa.int64()))
    for name in ("invoice", "transport_document"):
        place = given.column_names.index(name)
        given = given.set_column(place, name, plain_number(given[name]))
    with engine() as session:
        session.read("given", given)
        session.materialise("stated", _STATED)
        rules = " ".join(f"WHEN {test} THEN '{rule}'" for test, rule in _ROW_RULES)
        session.materialise("judged", f"SELECT *, CASE {rules} END AS rule FROM stated")  # noqa: S608
        table = session.fetch("SELECT * FROM judged WHERE rule IS NULL ORDER BY row_number")
        bad = session.fetch(
            "SELECT row_number, id, '' AS col, rule FROM judged WHERE rule IS NOT NULL"
        )
        aside = [SetAside(*row.values()) for row in bad.to_pylist()]
    aside += _values_aside(table)
    return Declarations(_usable(table), tuple(sorted(aside, key=lambda one: (one.row, one.column))))


def plain_number(numbers: Any) -> Any:
    """Return numbers of documents in one spelling: capitals, no marks, no leading zeros."""
    bare = pc.replace_substring_regex(pc.utf8_upper(numbers), r"(^|[^0-9])0+([0-9])", r"\1\2")
    bare = pc.replace_substring_regex(bare, r"[^\p{L}\p{N}]", "")
    return pc.if_else(pc.equal(bare, ""), None, bare)


def _text(rows: pa.Table, name: str) -> Any:
    """Return a column as text without blanks around it, null where there is nothing."""
    if name not in rows.column_names:
        return pa.nulls(len(rows), pa.string())
    column = rows[name]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


# A code of five, seven or nine digits has lost a leading zero, as spreadsheets do to numbers.
_STATED = """
WITH coded AS (
    SELECT *, regexp_replace(hs_code, '[. ]', '', 'g') AS digits FROM given
), padded AS (
    SELECT *, CASE
        WHEN NOT regexp_matches(digits, '^[0-9]{4,12}$') THEN NULL
        WHEN length(digits) IN (5, 7, 9) THEN '0' || digits
        ELSE digits END AS code
    FROM coded
)
SELECT row_number, id,
    date_diff('day', DATE '1970-01-01', TRY_CAST(date AS DATE)) AS day,
    exporter, importer, left(code, 6) AS hs, left(code, 2) AS chapter,
    TRY_CAST(value AS DOUBLE) AS value, upper(currency) AS currency,
    net_weight_kg, TRY_CAST(net_weight_kg AS DOUBLE) AS weight,
    upper(origin) AS origin, upper(destination) AS destination, lower(direction) AS direction,
    description, invoice, transport_document AS transport, exporter_business, importer_business,
    upper(exporter_country) AS exporter_country, upper(importer_country) AS importer_country,
    broker, upper(broker_country) AS broker_country,
    row_number() OVER (PARTITION BY id ORDER BY row_number) AS again
FROM padded
"""


def _bad_values(table: pa.Table) -> Iterator[tuple[str, Any, str]]:
    """Yield column, mask and rule of single values that cannot be used."""
    weight = table["weight"]
    good = pc.fill_null(pc.and_(pc.greater(weight, 0), pc.less(weight, 1e12)), False)
    yield (
        "net_weight_kg",
        pc.and_(pc.is_valid(table["net_weight_kg"]), pc.invert(good)),
        "no positive weight below 10^12 kg",
    )
    for name in _COUNTRIES:
        matches = pc.match_substring_regex(table[name], "^[A-Z]{2}$")
        yield name, pc.fill_null(pc.invert(matches), False), "no country of ISO 3166-1 alpha-2"
    known = pc.is_in(table["direction"], pa.array(["export", "import"]))
    wrong = pc.and_(pc.is_valid(table["direction"]), pc.invert(known))
    yield "direction", wrong, "neither export nor import"


def _values_aside(table: pa.Table) -> Iterator[SetAside]:
    for column, mask, rule in _bad_values(table):
        bad = table.filter(mask)
        for row, name in zip(bad["row_number"].to_pylist(), bad["id"].to_pylist(), strict=True):
            yield SetAside(row, name, column, rule)


def _usable(table: pa.Table) -> pa.Table:
    """Return the table without the values that cannot be used."""
    for column, mask, _ in list(_bad_values(table)):
        name = "weight" if column == "net_weight_kg" else column
        place = table.column_names.index(name)
        blank = pa.scalar(None, table[name].type)
        table = table.set_column(place, name, pc.if_else(mask, blank, table[name]))
    return table.drop_columns(["net_weight_kg", "again", "rule"])
