"""What a mapping does to one row of a table: the entities in it and what it states about them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from manara.formats.base import Subject, subject
from manara.formats.mapped_event import MappedEvent
from manara.model import EXISTS, Record, Reject, StatedEvent

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?")
_DAY = ("%d", "%j", "%x", "%c")
_MONTH = ("%m", "%b", "%B")
#: A column in a template.
_NOT_IN_ID = re.compile(r"[^0-9A-Za-z.-]+")
PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class MappedProperty:
    """Where the values of one property come from.

    Attributes:
        name: the property.
        columns: columns that hold values, or that the template names.
        literals: values that every row has.
        join: put between the values to make one of them, if not None.
        split: what stands between several values in one, else ``""``.
        template: text with ``{{column}}`` in it, else ``""``.
        entity: name of the mapped entity that is the value, else ``""``.
        dates: `datetime.strptime` formats to read the values with; empty to take them as they are.
        required: an entity without a value of this property is not made.
    """

    name: str
    columns: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    join: str | None = None
    split: str = ""
    template: str = ""
    entity: str = ""
    dates: tuple[str, ...] = ()
    required: bool = False

    def values(self, row: Mapping[str, str]) -> list[str]:
        """Return the values in a row, as text, none of them empty."""
        if len(self.columns) == 1 and self.join is None and not (self.literals or self.template):
            text = row[self.columns[0]].strip()
            if not self.split:  # nearly always
                return [text] if text else []
        there = [text for column in self.columns if (text := row[column].strip())]
        if self.template:
            filled = PLACEHOLDER.sub(lambda found: row[found[1]].strip(), self.template)
            values = [" ".join(filled.split())] if there else []
        else:
            values = [*self.literals, *there]
        if self.join is not None and values:
            values = [self.join.join(values)]
        if self.split:
            values = [part for value in values for part in value.split(self.split)]
        return [text for value in values if (text := value.strip())]

    def locator(self, place: str) -> str:
        """Return where its values stand, given where the row stands."""
        word = "column" if len(self.columns) == 1 else "columns"
        return f"{place}, {word} {', '.join(self.columns)}" if self.columns else place


@dataclass(frozen=True, slots=True)
class MappedEntity:
    """One entity that each row describes.

    Attributes:
        name: what the mapping calls it.
        schema: its schema.
        keys: columns whose values make its id.
        key_literal: text that goes into the id with them.
        id_column: column that holds the id itself, else ``""``.
        properties: what is stated about it.
    """

    name: str
    schema: str
    keys: tuple[str, ...]
    key_literal: str
    id_column: str
    properties: tuple[MappedProperty, ...]

    def id(self, prefix: str, row: Mapping[str, str]) -> str:
        """Return its id in this row, or ``""`` if the columns it is made of are all empty.

        The id is the prefix, the key literal if there is one, and 20 hexadecimal digits of the
        BLAKE2b hash of the key columns in their order; case and white space do not count. Two
        mappings of one prefix that give the same key give the same entity. Characters that
        FollowTheMoney does not take in an id become ``-``.
        """
        named = [self.id_column] if self.id_column else self.keys
        return self.id_of(prefix, [row[column] for column in named])

    def id_of(self, prefix: str, cells: Sequence[str]) -> str:
        """Return its id given the cells of the columns it is made of; see `id`."""
        if self.id_column:
            return cells[0].strip()
        parts = [" ".join(cell.split()).casefold() for cell in cells]
        if not any(parts):
            return ""
        key = "\x1f".join([self.key_literal, *parts])
        digest = hashlib.blake2b(key.encode(), digest_size=10).hexdigest()
        return _stem(prefix, self.key_literal) + digest

    def state(
        self, record: Record, ids: Mapping[str, str], row: Mapping[str, str]
    ) -> Iterator[Reject]:
        """Add what a row says of it to the row's record; yield what cannot be used."""
        made = subject(record, self.schema, ids[self.name])
        before = len(record.stated)
        for prop in self.properties:
            if prop.entity:
                made.add(prop.name, ids[prop.entity], record.locator)
            else:
                yield from _add(made, prop, record.locator, row)
        if len(record.stated) == before:
            made.add(EXISTS, made.id, record.locator)

    @property
    def is_plain(self) -> bool:
        """Whether each property is what stands in one column, as it stands there."""
        return not any(
            len(prop.columns) != 1 or prop.literals or prop.template or prop.entity or prop.dates
            or prop.split or prop.join is not None
            for prop in self.properties
        )  # fmt: skip

    @property
    def shape(self) -> MappedEntity:
        """What it is but for its name and those of its columns."""
        places: dict[str, str] = {}
        for column in self.columns:
            places.setdefault(column, str(len(places)))
        return replace(
            self,
            name="",
            keys=tuple(places[each] for each in self.keys),
            id_column=self.id_column and places[self.id_column],
            properties=tuple(
                replace(prop, columns=tuple(places[each] for each in prop.columns))
                for prop in self.properties
            ),
        )

    @property
    def columns(self) -> Iterator[str]:
        """Every column it needs."""
        yield from self.keys
        if self.id_column:
            yield self.id_column
        for prop in self.properties:
            yield from prop.columns


@dataclass(frozen=True, slots=True)
class Query:
    """What one table is read as.

    Attributes:
        entities: the entities in each row.
        filters: values a column must have one of.
        filters_not: values a column must have none of.
        sheet: the sheet of a workbook, or ``""`` for the first.
        header_row: number of the row that names the columns, from 1.
        events: the events each row tells of.
        twins: of each entity, by name, the first of its shape: payer and payee are both accounts,
            and what one column has said of an account the other need not say again.
    """

    entities: tuple[MappedEntity, ...]
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    filters_not: tuple[tuple[str, frozenset[str]], ...] = ()
    sheet: str = ""
    header_row: int = 1
    events: tuple[MappedEvent, ...] = ()
    twins: Mapping[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        firsts: dict[MappedEntity, str] = {}
        twins = {each.name: firsts.setdefault(each.shape, each.name) for each in self.entities}
        object.__setattr__(self, "twins", twins)

    @property
    def columns(self) -> Iterator[str]:
        """Every column it needs."""
        for entity in self.entities:
            yield from entity.columns
        for event in self.events:
            yield from event.columns
        for column, _ in (*self.filters, *self.filters_not):
            yield column

    def read(
        self, prefix: str, place: str, row: Mapping[str, str], known: set[object]
    ) -> Iterator[Record | Reject]:
        """Yield the record a row is, and what of it cannot be used.

        Args:
            prefix: start of the ids made here.
            place: where the row stands, such as ``row 7``.
            row: text by column.
            known: what rows with events have stated of their entities; to state it with each of
                their payments again would change nothing.
        """
        if not self.wants(row):
            return
        ids = {entity.name: entity.id(prefix, row) for entity in self.entities}
        if not all(ids.values()) or any(
            prop.required for entity in self.entities for prop in entity.properties
        ):
            yield from self._drop_incomplete(ids, place, row)
        record = Record(place, [])
        for entity in self.entities:
            if ids[entity.name] and not (
                self.events and _is_known(entity, self.twins[entity.name], ids, row, known)
            ):
                yield from entity.state(record, ids, row)
        told: list[StatedEvent] = []
        for event in self.events:
            for item in event.read(ids, place, row):
                if isinstance(item, Reject):
                    yield item
                else:
                    told.append(item)
        if record.stated or told:
            yield record._replace(events=tuple(told)) if told else record

    def wants(self, row: Mapping[str, str]) -> bool:
        """Return whether the filters let a row pass."""
        return all(row[column].strip() in values for column, values in self.filters) and not any(
            row[column].strip() in values for column, values in self.filters_not
        )

    def _drop_incomplete(
        self, ids: dict[str, str], place: str, row: Mapping[str, str]
    ) -> Iterator[Reject]:
        """Empty the ids of entities that cannot be made; one that is dropped may drop another."""
        excerpt = ",".join(row.values())[:500]
        for entity in self.entities:
            keys = {*entity.keys, entity.id_column}
            if not ids[entity.name] and any(
                row[column].strip() for column in entity.columns if column not in keys
            ):
                where = f"{place}, column {entity.id_column or entity.keys[0]}"
                yield Reject(where, "key", f"{entity.name} has no key in this row", excerpt)
        while True:
            lacking = [
                (entity, prop)
                for entity in self.entities
                for prop in entity.properties
                if prop.required
                and ids[entity.name]
                and not (ids[prop.entity] if prop.entity else prop.values(row))
            ]
            if not lacking:
                return
            entity, prop = lacking[0]
            ids[entity.name] = ""
            if any(part.values(row) for part in entity.properties if part.columns):
                reason = f"{entity.name} has no {prop.name} here, which the mapping requires"
                yield Reject(prop.locator(place), "required", reason, excerpt)


@lru_cache(maxsize=256)
def _stem(prefix: str, literal: str) -> str:
    return _NOT_IN_ID.sub("-", "".join(f"{part}-" for part in (prefix, literal) if part))


def _is_known(
    entity: MappedEntity,
    twin: str,
    ids: Mapping[str, str],
    row: Mapping[str, str],
    known: set[object],
) -> bool:
    """Return whether all that this row says of an entity has been stated; from now on it has."""
    said = [row[column] for column in entity.columns]
    said += [ids[prop.entity] for prop in entity.properties if prop.entity]
    key = (twin, *said)
    if key in known:
        return True
    known.add(key)
    return False


def _add(
    made: Subject, prop: MappedProperty, place: str, row: Mapping[str, str]
) -> Iterator[Reject]:
    where = prop.locator(place)
    for value in prop.values(row):
        if not prop.dates or _ISO.fullmatch(value):
            made.add(prop.name, value, where)
        elif read := _date(value, prop.dates):
            made.add(prop.name, read, where, original=value)
        else:
            reason = f"not a date in the form {' or '.join(prop.dates)}"
            yield Reject(where, "date", reason, value[:500])


def _date(text: str, forms: tuple[str, ...]) -> str:
    """Return a date in ISO 8601, no more precise than the form that fits, or ``""``."""
    for form in forms:
        with suppress(ValueError):
            found = datetime.strptime(text, form)
            if any(code in form for code in _DAY):
                return found.date().isoformat()
            return f"{found:%Y-%m}" if any(code in form for code in _MONTH) else f"{found:%Y}"
    return ""
