"""OpenSanctions ``targets.simple.csv``: one row a listed entity, fields with several values.

Several values in one field stand between semicolons, quoted like CSV where a value itself holds a
semicolon, a quote or a line end. The table is a simplification its publisher makes; what it has
flattened stays flat here, and nothing is guessed back:

* ``identifiers`` do not say what they identify: they are ``idNumber``, or on what has none,
  ``registrationNumber`` or ``publicKey``; only those that begin with ``IMO`` name themselves.
* ``sanctions`` are prose; each becomes a Sanction with that prose as ``summary``.
* ``dataset`` holds titles of the datasets that list the entity; they are kept as ``publisher``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from manara.formats.base import Format, Head, Match, Subject, derived_id, subject
from manara.formats.delimited import Row, rows
from manara.formats.statements import named_in
from manara.model import EXISTS, Record, Reject, vocabulary

#: Dataset of a file that mixes several.
DATASET = "opensanctions_targets"

_NEEDED = ("id", "schema", "name", "aliases", "birth_date", "countries", "identifiers", "sanctions")
# Each column with the properties its values may have, the first that the schema knows.
_PROPERTIES = {
    "name": ("name",),
    "aliases": ("alias",),
    "birth_date": ("birthDate", "notes"),
    "countries": ("country",),
    "addresses": ("address",),
    "identifiers": ("idNumber", "registrationNumber", "publicKey", "notes"),
    "phones": ("phone", "notes"),
    "emails": ("email", "notes"),
    "program_ids": ("programId",),
    "dataset": ("publisher",),
}
_IMO = re.compile(r"IMO ?\d{7}")


def recognise(head: Head) -> Match | None:
    """Return a match if the header names the columns of the table; see `Format`."""
    titles = named_in(head, _NEEDED, "dataset")
    if titles is None:
        return None
    title = titles.pop() if len(titles) == 1 else ""
    return Match(re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:100] or DATASET)


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record a row; see `Format`.

    Raises:
        FormatError: the header lacks a column, or the file is broken as `delimited.rows` tells.
    """
    for row in rows(path, required=_NEEDED):
        if isinstance(row, Reject):
            yield row
            continue
        yield from _entity(row)


FORMAT = Format("os-targets", "OpenSanctions targets, simplified CSV", "1", recognise, read)


def _entity(row: Row) -> Iterator[Record | Reject]:
    entity_id, schema = row.values["id"].strip(), row.values["schema"].strip()
    for name in ("id", "schema"):
        if not row.values[name].strip():
            excerpt = ",".join(row.values.values())[:500]
            yield Reject(row.at(name), "empty", f"a row without {name}", excerpt)
            return
    record = Record(row.locator, [])
    entity = subject(record, schema, entity_id)
    for column, choices in _PROPERTIES.items():
        yield from _add(entity, row, column, choices)
    sanctions = _values(row, "sanctions")
    if sanctions is None:
        yield _not_separable(row, "sanctions")
    for text in sanctions or ():
        sanction = subject(record, "Sanction", derived_id(entity_id, "sanction", text))
        sanction.add("entity", entity_id, row.at("sanctions"))
        sanction.add("summary", text, row.at("sanctions"))
    if not record.stated:
        entity.add(EXISTS, entity_id, row.locator)
    yield record


def _add(entity: Subject, row: Row, column: str, choices: tuple[str, ...]) -> Iterator[Reject]:
    values = [row.values[column]] if column == "name" else _values(row, column)
    if values is None:
        yield _not_separable(row, column)
    for value in values or ():
        prop = _property(entity.schema, choices)
        if column == "identifiers" and _IMO.fullmatch(value):
            prop = _property(entity.schema, ("imoNumber", prop))
        entity.add(prop, value.strip(), row.at(column))


def _property(schema: str, choices: tuple[str, ...]) -> str:
    """Return the first property the schema knows; an unknown schema is left to cleaning."""
    known = vocabulary().get(schema)
    return next((prop for prop in choices if known and known.get(prop)), choices[0])


def _values(row: Row, column: str) -> list[str] | None:
    """Return the values of one field, or None if they cannot be told apart."""
    text = row.values.get(column, "")
    try:
        return [v for line in csv.reader([text], delimiter=";", strict=True) for v in line]
    except csv.Error:
        return None


def _not_separable(row: Row, column: str) -> Reject:
    reason = "several values whose quoting does not end"
    return Reject(row.at(column), "quoting", reason, row.values[column][:500])
