"""Reading the events of a mapping, and saying what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from manara.formats.mapped_event import Direction, MappedColumn, MappedEvent
from manara.model import EVENT_TABLES, Column

if TYPE_CHECKING:
    from manara.formats.mapping import _Loader

_EVENT = {"table", "columns", "direction"}
_COLUMN = {
    *("column", "columns", "literal", "join", "split", "entity", "format", "timezone"),
    *("decimal", "values"),
}
_DIRECTION = {"column", "in", "sign", "debit", "credit"}
_ENTITY = "entity id"


def event_of(
    loader: _Loader, name: str, data: Any, schemata: dict[str, str], place: str
) -> MappedEvent:
    """Return one event of a query.

    Raises:
        UsageError: it names a table, column or entity that does not exist, or lacks one it needs.
    """
    data = loader.table(data, _EVENT, place)
    table = loader.text(data, "table", place)
    if table not in EVENT_TABLES:
        raise loader.fail(f"no table {table!r}", f"{place}.table", f"use {', '.join(EVENT_TABLES)}")
    known = {column.name: column for column in EVENT_TABLES[table]}
    described = loader.table(data.get("columns"), set(known), f"{place}.columns")
    columns = tuple(
        _column(loader, known[each], spec, schemata, f"{place}.columns.{each}")
        for each, spec in described.items()
    )
    direction = _direction(loader, data.get("direction"), f"{place}.direction")
    given = {column.name for column in columns} | ({"amount"} if direction else set())
    if lacking := [each for each, column in known.items() if column.required and each not in given]:
        raise loader.fail(f"no {', '.join(lacking)}", f"{place}.columns", "every row needs it")
    if direction and table != "payments":
        raise loader.fail("only payments have a direction", f"{place}.direction")
    return MappedEvent(name, table, columns, direction)


def _column(
    loader: _Loader, column: Column, data: Any, schemata: dict[str, str], place: str
) -> MappedColumn:
    data = loader.table(data, _COLUMN, place)
    columns = loader.texts(data, "column", "columns", place)
    entity, literal = loader.text(data, "entity", place), loader.text(data, "literal", place)
    if entity and entity not in schemata:
        raise loader.fail(f"no entity {entity}", f"{place}.entity", f"of {', '.join(schemata)}")
    if (column.unit == _ENTITY) != bool(entity):
        wanted = "the entity" if column.unit == _ENTITY else "a column or a literal"
        raise loader.fail(f"{column.name} needs {wanted}", place)
    if not (entity or columns or literal):
        raise loader.fail("no column, literal or entity", place)
    decimal = loader.text(data, "decimal", place) or "."
    if decimal not in (".", ","):
        raise loader.fail(f"{decimal!r} is no decimal sign", f"{place}.decimal", "use . or ,")
    zone = loader.text(data, "timezone", place) or "UTC"
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError) as error:
        raise loader.fail(f"no time zone {zone!r}", f"{place}.timezone") from error
    values = loader.table(data.get("values") or {}, None, f"{place}.values")
    return MappedColumn(
        column.name,
        column.type,
        column.unit,
        columns,
        literal,
        " " if data.get("join") is None else str(data["join"]),
        "" if data.get("split") is None else str(data["split"]),
        entity,
        loader.formats(data.get("format"), f"{place}.format") or loader.dates,
        zone,
        decimal,
        tuple((str(theirs), str(ours)) for theirs, ours in values.items()),
    )


def _direction(loader: _Loader, data: Any, place: str) -> Direction | None:
    if data is None:
        return None
    data = loader.table(data, _DIRECTION, place)
    column, signed = loader.text(data, "column", place), data.get("sign") is True
    debit, credit = loader.text(data, "debit", place), loader.text(data, "credit", place)
    incoming = frozenset(loader.texts(data, "in", "", place))
    ways = (bool(column and incoming), signed, bool(debit and credit))
    if sum(ways) != 1 or len(data) > 2:
        raise loader.fail("one of three ways", place, "column and in; sign: true; debit and credit")
    return Direction(column, incoming, signed, debit, credit)
