"""OpenSanctions statement CSV: one row a statement, with the dataset and the source's own id.

Columns: ``canonical_id, entity_id, prop, schema, value, dataset`` and, where present, ``lang``,
``original_value`` and ``external``. The others (``prop_type``, ``origin``, ``first_seen``,
``last_seen``, ``id``) are the publisher's own book-keeping and stay in the source.

* Facts are about ``entity_id``, the id the original source's record has. That the publisher judged
  it the same as ``canonical_id`` is kept as a statement of the property `EXISTS` whose value is the
  canonical id.
* A file may mix datasets. They are one dataset here, since it is the file that is published,
  replaced and withdrawn as a whole; each statement's locator names the dataset of its row.
  A file of one dataset has its name, with ``_statements`` if that is an official list's own.
* Rows may come in any order; each is a record of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from manara.formats.base import HEAD_BYTES, Format, Head, Match
from manara.formats.delimited import Row, rows
from manara.formats.ftm import one_dataset
from manara.model import EXISTS, Record, Reject, Stated

#: Dataset of a file that mixes several.
DATASET = "opensanctions_statements"

_NEEDED = ("canonical_id", "entity_id", "prop", "schema", "value", "dataset")
_TRUE = {"t", "true", "1", "yes"}
_FALSE = {"", "f", "false", "0", "no"}


def recognise(head: Head) -> Match | None:
    """Return a match if the header names the columns of statements; see `Format`."""
    named = named_in(head, _NEEDED, "dataset")
    if named is None:
        return None
    return Match(one_dataset([[name] for name in named], DATASET, "statements"))


def named_in(head: Head, needed: Iterable[str], column: str) -> set[str] | None:
    """Return what the first rows hold in a column, or None if the header lacks needed columns."""
    lines = head.text.splitlines(keepends=True)
    if len(head.data) == HEAD_BYTES:
        lines = lines[:-1]
    try:
        header, *table = csv.reader(lines)
    except (csv.Error, ValueError):
        return None
    if not {*needed, column} <= set(header):
        return None
    place = header.index(column)
    return {row[place] for row in table if len(row) == len(header)}


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record a row; see `Format`.

    Raises:
        FormatError: the header lacks a column, or the file is broken as `delimited.rows` tells.
    """
    before = ("", "")
    for row in rows(path, required=_NEEDED):
        if isinstance(row, Reject):
            yield row
            continue
        values = row.values
        if problem := _problem(row):
            yield problem
            continue
        locator = f"{row.locator}, dataset {values['dataset']}"
        entity_id, schema, canonical_id = (
            values[name] for name in ("entity_id", "schema", "canonical_id")
        )
        stated = [_statement(row, locator)]
        if before != (entity_id, canonical_id) and canonical_id not in ("", entity_id):
            stated.append(Stated(entity_id, schema, EXISTS, canonical_id, locator))
        before = (entity_id, canonical_id)
        yield Record(locator, stated)


FORMAT = Format("os-statements", "OpenSanctions statements, CSV", "1", recognise, read)


def _statement(row: Row, locator: str) -> Stated:
    values = row.values
    entity_id, schema, prop = values["entity_id"], values["schema"], values["prop"]
    if prop == EXISTS:
        # The value of these rows is a checksum over the entity's other statements.
        return Stated(entity_id, schema, EXISTS, entity_id, locator)
    lang, original = values.get("lang", ""), values.get("original_value", "")
    return Stated(entity_id, schema, prop, values["value"], locator, lang, original)


def _problem(row: Row) -> Reject | None:
    """Return why a row states nothing that can be used, or None."""
    values = row.values
    excerpt = ",".join(values.values())[:500]
    for name in ("entity_id", "schema", "prop", "value"):
        if not values[name].strip():
            return Reject(row.at(name), "empty", f"a statement without {name}", excerpt)
    external = values.get("external", "").strip().casefold()
    if external in _TRUE:
        return Reject(
            row.at("external"),
            "external",
            "a suggestion from enrichment that its publisher has not verified",
            excerpt,
        )
    if external not in _FALSE:
        return Reject(row.at("external"), "external", "neither true nor false", excerpt)
    return None
