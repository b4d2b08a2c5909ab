"""What objects of a bundle say in our own extension: facts and events as another node has them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from manara.formats.stix_extension import EXTENSION, Extended, ExtendedEvent, extended
from manara.formats.stix_objects import Fault, StixObject
from manara.model import EVENT_TABLES, EXISTS, Record, Stated, StatedEvent, Value


def schema_of(one: StixObject) -> str:
    """Return the schema that an object names in our extension, else ``""``."""
    ours = extended(one.extensions)
    return ours.schema if isinstance(ours, Extended) else ""


def own(one: StixObject, locator: str) -> Record | Fault | None:
    """Return what an object says in our extension.

    Returns:
        a record, empty if another object says it already; a fault if it cannot be used; None if
        the object does not have our extension.
    """
    ours = extended(one.extensions)
    if ours is None or isinstance(ours, str):
        return Fault("extension", ours) if ours else None
    at = f"{locator}.extensions.{EXTENSION}"
    if ours.derived:
        return Record(locator, [])
    if ours.lead is not None:
        return Fault("lead", "a lead of another node: what it concluded, not what is known")
    if ours.event is not None:
        return _event(ours.event, locator, f"{at}.event")
    if not ours.schema:
        return Fault("extension", "it says neither facts nor an event")
    stated = [
        Stated(
            one.id,
            fact.schema or ours.schema,
            fact.prop,
            fact.value or fact.value_ref,
            f"{at}.facts[{number}].{'value' if fact.value else 'value_ref'}",
            fact.lang,
            fact.original,
        )
        for number, fact in enumerate(ours.facts)
        if fact.value or fact.value_ref
    ]
    stated += [
        Stated(one.id, ours.schema, EXISTS, known, f"{at}.known_as[{number}]")
        for number, known in enumerate(ours.known_as)
        if known
    ]
    if not stated:
        stated = [Stated(one.id, ours.schema, EXISTS, one.id, f"{locator}.id")]
    return Record(locator, stated)


def _event(said: ExtendedEvent, locator: str, at: str) -> Record | Fault:
    columns = {column.name: column for column in EVENT_TABLES.get(said.table, ())}
    values: dict[str, Value] = {}
    for key, value in said.values.items():
        name = key.removesuffix("_refs").removesuffix("_ref") if key not in columns else key
        if name not in columns:
            return Fault("event", f"{said.table[:50]} has no column {key[:50]}")
        try:
            values[name] = _value(columns[name].type.value, value)
        except (TypeError, ValueError, InvalidOperation):
            return Fault("event", f"{key} is not of type {columns[name].type}")
    return Record(locator, [], (StatedEvent(said.table, values, at),))


def _value(kind: str, value: Any) -> Value:
    """Return a value of a column as the tables hold it.

    Raises:
        TypeError: it is not of its kind.
        ValueError: the same.
        InvalidOperation: the same.
    """
    if kind == "texts" and isinstance(value, list):
        return tuple(value)
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "decimal":
        return Decimal(value)
    if kind == "float":
        return float(value)
    if isinstance(value, list | dict | bool) or value is None:
        raise TypeError(kind)
    checked: Value = value
    return checked
