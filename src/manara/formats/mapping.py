"""Tables of any shape, CSV or XLSX, read by a FollowTheMoney mapping in a YAML file.

A mapping says which columns are which property of which entity. The language is that of
`followthemoney` mappings (``queries``, ``entities``, ``schema``, ``key``, ``properties`` …), but
the table is given when it is ingested: ``csv_url`` is passed over, databases are not read. Added
are ``dataset``, ``publisher``, ``handling``, ``prefix``, ``date_format``, ``delimiter``,
``encoding`` and, in a query, ``sheet``, ``header_row`` and ``events``. Tables of a mapping with
events add to each other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from manara.formats import delimited, workbook
from manara.formats.base import Batch, Format, Head, Match
from manara.formats.delimited_blocks import blocks
from manara.formats.mapped import PLACEHOLDER, MappedEntity, MappedProperty, Query
from manara.formats.mapped_columns import Table, suits
from manara.formats.mapping_event import event_of
from manara.formats.payment import REMEMBERED
from manara.model import (
    FormatError,
    Handling,
    Property,
    Record,
    Reject,
    UsageError,
    vocabulary,
)

_TOP = {
    *("dataset", "title", "publisher", "handling", "prefix", "date_format"),
    *("delimiter", "encoding", "queries", "query", "label", "summary"),
}
_QUERY = {
    *("csv_url", "csv_urls", "entities", "events", "filters", "filters_not", "sheet", "header_row"),
}
_ENTITY = {"schema", "key", "keys", "key_literal", "id_column", "properties"}
_PROPERTY = {
    *("column", "columns", "literal", "literals", "join", "split", "template"),
    *("entity", "format", "required", "fuzzy"),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been read and found whole.

    Attributes:
        dataset: name of the dataset its tables are editions of.
        publisher: who publishes them, else ``""``.
        handling: the handling rule its facts come under, if the mapping states one.
        prefix: start of the ids made by it.
        delimiter: what stands between the fields of a CSV file.
        encoding: encoding of a CSV file without a byte order mark.
        queries: what is read from each table.
        version: identity of the mapping's text.
    """

    dataset: str
    publisher: str
    handling: Handling | None
    prefix: str
    delimiter: str
    encoding: str
    queries: tuple[Query, ...]
    version: str


def load_mapping(path: Path) -> Mapping:
    """Return the mapping in a YAML file.

    Raises:
        UsageError: the file is no YAML or no mapping, or names a schema, property or entity that
            does not exist; it says which place of the file is meant.
    """
    data = path.read_bytes()
    try:
        top = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"not YAML: {error}", where=path.name) from error
    return _Loader(path.name).mapping(top, hashlib.blake2b(data, digest_size=6).hexdigest())


def format_for(mapping: Mapping) -> Format:
    """Return the format of the tables that a mapping describes; it recognises every file."""

    def recognise(head: Head) -> Match:
        return Match(mapping.dataset)

    def read(path: Path) -> Iterator[Record | Reject]:
        return _read(mapping, path)

    def batches(path: Path) -> Iterator[Batch | Record | Reject]:
        return _batches(mapping, path)

    return Format(
        f"mapping-{mapping.dataset}",
        f"Table mapped to {mapping.dataset}",
        f"1-{mapping.version}",
        recognise,
        read,
        additive=any(query.events for query in mapping.queries),
        batches=batches if suits(mapping.queries) else None,
    )


def _read(mapping: Mapping, path: Path) -> Iterator[Record | Reject]:
    if workbook.is_workbook(path):
        yield from _read_workbook(mapping, path)
        return
    for header_row in dict.fromkeys(query.header_row for query in mapping.queries):
        queries = [query for query in mapping.queries if query.header_row == header_row]
        table = delimited.rows(
            path, delimiter=mapping.delimiter, encoding=mapping.encoding, header_row=header_row
        )
        yield from _map(mapping.prefix, queries, table, "")


def _batches(mapping: Mapping, path: Path) -> Iterator[Batch | Record | Reject]:
    """Yield what `_read` does, the plain rows of each run together."""
    if workbook.is_workbook(path):
        yield from _read_workbook(mapping, path)
        return
    [query] = mapping.queries
    names: list[str] = []
    rows = blocks(
        path,
        names,
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        header_row=query.header_row,
    )
    for item in rows:
        if isinstance(item, Reject):
            yield item
            continue
        _check_columns([query], dict.fromkeys(names, ""), "")
        yield from Table(query, mapping.prefix, names).read(chain([item], rows))


def _read_workbook(mapping: Mapping, path: Path) -> Iterator[Record | Reject]:
    with workbook.opened(path) as book:
        names = book.names
        chosen = [(query, query.sheet or names[0]) for query in mapping.queries]
        for query, sheet in chosen:
            if sheet not in names:
                raise FormatError(f"no sheet {sheet}{_meant(sheet, names)}", where=path.name)
            table = book.rows(sheet, query.header_row)
            yield from _map(mapping.prefix, [query], table, f"sheet {sheet}, ")
        for sheet in names:
            if all(sheet != other for _, other in chosen) and not book.is_blank(sheet):
                yield Reject(f"sheet {sheet}", "sheet", "no query of the mapping reads this sheet")


def _map(
    prefix: str, queries: list[Query], table: Iterator[delimited.Row | Reject], place: str
) -> Iterator[Record | Reject]:
    checked = False
    known: set[object] = set()
    for row in table:
        if isinstance(row, Reject):
            yield row._replace(locator=place + row.locator)
            continue
        if not checked:
            _check_columns(queries, row.values, place)
            checked = True
        if len(known) > REMEMBERED:
            known.clear()
        for query in queries:
            yield from query.read(prefix, place + row.locator, row.values, known)


def _check_columns(queries: list[Query], row: dict[str, str], place: str) -> None:
    for query in queries:
        for column in query.columns:
            if column not in row:
                raise FormatError(
                    f"no column {column}, which the mapping reads{_meant(column, list(row))}",
                    where=f"{place}row {query.header_row}",
                    remedy="mend the mapping, or its header_row or delimiter",
                )


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


class _Loader:
    """Reads one mapping; its methods take the place in the file as their last argument."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.dates: tuple[str, ...] = ()

    def fail(self, message: str, place: str, remedy: str = "") -> UsageError:
        return UsageError(message, where=f"{self.file}, {place}", remedy=remedy)

    def mapping(self, top: Any, version: str) -> Mapping:
        name = ""
        if isinstance(top, dict) and len(top) == 1 and not _TOP & set(top):
            # The form of followthemoney: everything under the name of the dataset.
            [(name, top)] = top.items()
        top = self.table(top, _TOP, str(name) or "top")
        dataset = self.text(top, "dataset", "top") or str(name)
        if not _NAME.fullmatch(dataset):
            raise self.fail(
                f"{dataset!r} is no name of a dataset",
                "dataset",
                "use a-z, 0-9, _ and -",
            )
        self.dates = self.formats(top.get("date_format"), "date_format")
        queries = top.get("queries", [top["query"]] if "query" in top else None)
        if not isinstance(queries, list) or not queries:
            raise self.fail("no queries", "queries", "give a list of them")
        delimiter = top.get("delimiter", ",")
        if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
            raise self.fail("not one character", "delimiter")
        return Mapping(
            dataset,
            self.text(top, "publisher", "top"),
            self.handling(top.get("handling")),
            self.text(top, "prefix", "top") or dataset,
            delimiter,
            self.encoding(top),
            tuple(self.query(data, f"queries[{i}]") for i, data in enumerate(queries)),
            version,
        )

    def encoding(self, top: dict[str, Any]) -> str:
        name = self.text(top, "encoding", "top") or "utf-8"
        try:
            b"a".decode(name)
        except (LookupError, ValueError) as error:
            raise self.fail(f"{name!r} is no encoding of text", "encoding") from error
        return name

    def handling(self, data: Any) -> Handling | None:
        if data is None:
            return None
        rule = {"tlp": data} if isinstance(data, str) else self.table(data, None, "handling")
        try:
            return Handling.of(**rule)
        except (UsageError, TypeError, ValueError) as error:
            raise self.fail(f"no handling rule: {error}", "handling") from error

    def query(self, data: Any, place: str) -> Query:
        if isinstance(data, dict) and {"database", "table", "tables"} & set(data):
            raise self.fail("databases are not read", place, "export the table as CSV")
        data = self.table(data, _QUERY, place)
        described = self.table(data.get("entities"), None, f"{place}.entities")
        schemata = {
            name: self.schema(entity, f"{place}.entities.{name}")
            for name, entity in described.items()
        }
        entities = tuple(
            self.entity(str(name), entity, schemata, f"{place}.entities.{name}")
            for name, entity in described.items()
        )
        if not entities:
            raise self.fail("no entities", f"{place}.entities")
        told = self.table(data.get("events") or {}, None, f"{place}.events")
        events = tuple(
            event_of(self, str(name), event, schemata, f"{place}.events.{name}")
            for name, event in told.items()
        )
        self.check_keys(entities, f"{place}.entities")
        header_row = data.get("header_row", 1)
        if not isinstance(header_row, int) or header_row < 1:
            raise self.fail("not the number of a row", f"{place}.header_row", "the first is 1")
        return Query(
            entities,
            self.filters(data.get("filters"), f"{place}.filters"),
            self.filters(data.get("filters_not"), f"{place}.filters_not"),
            self.text(data, "sheet", place),
            header_row,
            events,
        )

    def check_keys(self, entities: tuple[MappedEntity, ...], place: str) -> None:
        """Refuse two entities that would get the same id in every row."""
        seen: dict[tuple[object, ...], str] = {}
        for entity in entities:
            key = (entity.keys, entity.key_literal, entity.id_column)
            if other := seen.get(key):
                raise self.fail(
                    f"gets the same id as {other}",
                    f"{place}.{entity.name}",
                    "give one of them a key_literal",
                )
            seen[key] = entity.name

    def schema(self, data: Any, place: str) -> str:
        name = self.text(self.table(data, _ENTITY, place), "schema", place)
        known = vocabulary()
        if known.get(name) is None:
            raise self.fail(
                f"no schema {name}{_meant(name, list(known.schemata))}", f"{place}.schema"
            )
        return name

    def entity(
        self, name: str, data: dict[str, Any], schemata: dict[str, str], place: str
    ) -> MappedEntity:
        keys = self.texts(data, "key", "keys", place)
        id_column = self.text(data, "id_column", place)
        if bool(keys) == bool(id_column):
            raise self.fail("needs either keys or an id_column", place)
        described = self.table(data.get("properties", {}), None, f"{place}.properties")
        return MappedEntity(
            name,
            schemata[name],
            keys,
            self.text(data, "key_literal", place),
            id_column,
            tuple(
                self.property(str(prop), spec, name, schemata, f"{place}.properties.{prop}")
                for prop, spec in described.items()
            ),
        )

    def property(
        self, name: str, data: Any, owner: str, schemata: dict[str, str], place: str
    ) -> MappedProperty:
        schema = schemata[owner]
        known = vocabulary()[schema]
        prop = known.get(name)
        if prop is None:
            raise self.fail(
                f"{schema} has no property {name}{_meant(name, list(known.properties))}", place
            )
        if prop.stub:
            raise self.fail(f"{name} is stated by the other entity", place, "map it there")
        data = self.table(data, _PROPERTY, place)
        template, entity = self.text(data, "template", place), self.text(data, "entity", place)
        columns = self.texts(data, "column", "columns", place)
        literals = self.texts(data, "literal", "literals", place)
        if entity:
            self.check_reference(prop, entity, schemata, place)
        elif prop.range:
            raise self.fail(f"{name} is a reference", place, "give the entity it refers to")
        elif not (columns or literals or template):
            raise self.fail("no column, literal, template or entity", place)
        dates = self.formats(data.get("format"), f"{place}.format") or self.dates
        join = data.get("join")
        return MappedProperty(
            name,
            (*columns, *PLACEHOLDER.findall(template)),
            literals,
            None if join is None else str(join),
            "" if data.get("split") is None else str(data["split"]),
            template,
            entity,
            dates if prop.type.name == "date" else (),
            data.get("required") is True,
        )

    def check_reference(
        self, prop: Property, entity: str, schemata: dict[str, str], place: str
    ) -> None:
        if entity not in schemata:
            raise self.fail(
                f"no entity {entity}{_meant(entity, list(schemata))}", f"{place}.entity"
            )
        if not prop.range or not vocabulary()[schemata[entity]].is_a(prop.range):
            wanted = f"a {prop.range}" if prop.range else "text"
            raise self.fail(f"must be {wanted}, not a {schemata[entity]}", f"{place}.entity")

    def filters(self, data: Any, place: str) -> tuple[tuple[str, frozenset[str]], ...]:
        table = self.table(data or {}, None, place)
        return tuple(
            (str(column), frozenset(self.texts(table, column, "", place))) for column in table
        )

    def formats(self, data: Any, place: str) -> tuple[str, ...]:
        forms = self.texts({"format": data}, "format", "", place)
        for form in forms:
            if "%Y" not in form or "%y" in form:
                raise self.fail(
                    f"{form!r} does not say the year", place, "use %Y, four digits: others guess"
                )
        return forms

    def table(self, data: Any, known: set[str] | None, place: str) -> dict[str, Any]:
        """Return a table of the file, whose keys must be known."""
        if not isinstance(data, dict):
            raise self.fail("must be a table of names and values", place)
        for name in data:
            if known is not None and name not in known:
                raise self.fail(f"unknown: {name}{_meant(str(name), sorted(known))}", place)
        return data

    def text(self, data: dict[str, Any], name: str, place: str) -> str:
        texts = self.texts(data, name, "", place)
        if len(texts) > 1:
            raise self.fail("must be one value", f"{place}.{name}")
        return texts[0] if texts else ""

    def texts(self, data: dict[str, Any], one: str, many: str, place: str) -> tuple[str, ...]:
        """Return the values under either name, each of which may be one or a list."""
        found: list[str] = []
        for name in (one, many):
            values = data.get(name)
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, dict | list):
                    raise self.fail("must be text", f"{place}.{name}")
                if value is not None:
                    found.append(str(value).lower() if isinstance(value, bool) else str(value))
        return tuple(found)
