"""Events in packages: payments, movements and the like, each disclosed whole by its originator."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from manara.model import EVENT_TABLES, ColumnType, Handling, StatedEvent
from manara.model.event import Value, event_id, event_json
from manara.store import View
from manara.store.sql import one_of

#: Kind of a signed object that holds events.
EVENTS = "event"
#: Most events of an object: who hands some on keeps the hashes of all the others.
MOST = 1000
#: How many equal events of one dataset are told apart.
_EQUAL = 1000

_ENTITY = "entity id"
_SINCE = "SELECT dataset, source_id, min(recorded_at) AS at FROM editions GROUP BY ALL"


class Happened(NamedTuple):
    """An event as this node has it.

    Attributes:
        id: see `manara.model.Event`.
        table: a key of `manara.model.EVENT_TABLES`.
        values: value by name of column; columns without a value are left out.
        dataset: the dataset that states it.
        source_id: SHA-256 of the source.
        locator: where it stands there.
        handling_id: the rule it came under.
        first_seen: when its source was first recorded; the beginning of time where none was.
    """

    id: str
    table: str
    values: Mapping[str, Value]
    dataset: str
    source_id: str
    locator: str
    handling_id: str
    first_seen: datetime

    @property
    def parties(self) -> list[str]:
        """Ids of the entities in it, each once."""
        return parties_of(self.table, self.values)

    @property
    def what(self) -> str:
        """It in words."""
        return _words(self.table, {name: _plain(value) for name, value in self.values.items()})

    @property
    def nth(self) -> int:
        """How many events equal in all values came before it; see `manara.model.event`."""
        first = event_id(self.dataset, self.table, self.values, self.handling_id)
        for nth in range(1, _EQUAL if self.id != first else 0):
            if self.id == hashlib.md5(f"{first} {nth}".encode()).hexdigest():  # noqa: S324
                return nth
        return 0


class TellingEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as its originator discloses it.

    Attributes:
        id: what its originator knows it by.
        table: a key of `manara.model.EVENT_TABLES`.
        values: value by name of column: times in ISO 8601, sums as texts.
        nth: how many events equal in all values came before it.
        dataset: the originator's dataset.
        source: SHA-256 of the originator's source.
        locator: where it stands in that source.
        first_seen: when the originator first recorded it.
        handling: the rule it was handed over under.
    """

    id: str
    table: str
    values: dict[str, str | list[str] | int | float]
    nth: int
    dataset: str
    source: str
    locator: str
    first_seen: datetime
    handling: dict[str, Any]

    @classmethod
    def of(cls, one: Happened, rule: Handling) -> TellingEvent:
        """Return an event of this node to be handed over under a rule."""
        values = {name: _plain(value) for name, value in one.values.items()}
        return cls(
            one.id, one.table, values, one.nth, one.dataset, one.source_id or "", one.locator,
            one.first_seen, rule.to_dict(),
        )  # fmt: skip

    @property
    def what(self) -> str:
        """It in words."""
        return _words(self.table, self.values)

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells it from all other statements of its originator."""
        told = ",".join(f"{name}={value}" for name, value in sorted(self.values.items()))
        return self.table, "event", f"{told} {self.nth}"

    @property
    def parties(self) -> list[str]:
        """Ids of the entities in it at its originator, each once."""
        return parties_of(self.table, self.values)


def happened(view: View, entities: Collection[str]) -> Iterator[Happened]:
    """Yield the events in which an entity stands, in any column, by table and time."""
    wanted = sorted(entities)
    for table, columns in EVENT_TABLES.items():
        params: list[object] = []
        either = [
            _any_of(column.name, wanted, params)
            if column.type is ColumnType.TEXTS
            else one_of(f'"{column.name}"', wanted, params)
            for column in columns
            if column.unit == _ENTITY
        ]
        query = f'SELECT * FROM {table} WHERE {" OR ".join(either)} ORDER BY "time", id'  # noqa: S608
        rows = view.sql(query, params).to_pylist() if wanted else []
        yield from happened_in(view, ({"table": table, **row} for row in rows))


def _any_of(column: str, wanted: Collection[str], params: list[object]) -> str:
    """Return the condition that a list has one of the values, which are added to the params."""
    params += wanted
    return f'list_has_any("{column}", [{", ".join("?" * len(wanted))}])'


def happened_in(view: View, rows: Iterable[Mapping[str, Any]]) -> Iterator[Happened]:
    """Yield the events among facts and events, as `View.evidence` tells them."""
    since: dict[tuple[str, str], datetime] | None = None
    for row in rows:
        if row["table"] not in EVENT_TABLES:
            continue
        if since is None:
            told = view.sql(_SINCE).to_pylist()
            since = {(one["dataset"], one["source_id"]): one["at"] for one in told}
        key = (row["dataset"], row["source_id"])
        at = since.get(key, datetime.min).replace(tzinfo=UTC)
        values = {
            column.name: _value(column.type, row[column.name])
            for column in EVENT_TABLES[row["table"]]
            if row[column.name] not in (None, "", [])
        }
        yield Happened(
            row["id"], row["table"], values, *key, row["locator"], row["handling_id"], at
        )


def parties_of(table: str, values: Mapping[str, Any]) -> list[str]:
    """Return the ids of the entities in an event, each once."""
    found: list[str] = []
    for column in EVENT_TABLES.get(table, ()):
        value = values.get(column.name) if column.unit == _ENTITY else None
        found += [value] if isinstance(value, str) else value or ()
    return list(dict.fromkeys(found))


def event_of(told: TellingEvent, names: Mapping[str, str], locator: str) -> StatedEvent:
    """Return an event of an originator with the ids that this node gives the entities in it.

    What is not of its column's type stays as it is: `manara.model.event` says so.

    Args:
        told: the event.
        names: the ids here by those there.
        locator: where it stands in the package.
    """
    columns = {column.name: column for column in EVENT_TABLES.get(told.table, ())}
    values: dict[str, Any] = {}
    for name, plain in told.values.items():
        column = columns.get(name)
        if column is None:
            values[name] = plain
        elif column.unit == _ENTITY:
            values[name] = (
                names.get(plain, plain)
                if isinstance(plain, str)
                else tuple(names.get(str(one), str(one)) for one in plain)  # type: ignore[union-attr]
            )
        else:
            values[name] = _read(column.type, plain)
    return StatedEvent(told.table, values, locator)


def _value(kind: ColumnType, value: Any) -> Value:
    if kind is ColumnType.TIME:
        moment: datetime = value
        return moment.replace(tzinfo=UTC)
    return tuple(value) if kind is ColumnType.TEXTS else value


def _plain(value: Value) -> str | list[str] | int | float:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        digits, _, places = event_json(value).strip('"').partition("e-")
        return f"{Decimal(digits).scaleb(-int(places)):f}"
    return list(value) if isinstance(value, tuple) else value


def _read(kind: ColumnType, plain: Any) -> Any:
    try:
        if kind is ColumnType.TIME:
            return datetime.fromisoformat(plain).astimezone(UTC)
        if kind is ColumnType.DECIMAL:
            return Decimal(plain)
    except (TypeError, ValueError, InvalidOperation):
        return plain
    if kind is ColumnType.FLOAT and type(plain) is int:
        return float(plain)
    return tuple(plain) if isinstance(plain, list) else plain


def _words(table: str, values: Mapping[str, Any]) -> str:
    parts = [str(values.get("time", ""))[:16], *map(str, parties_of(table, values)[:4])]
    parts += [str(values[name]) for name in ("amount", "currency", "kind", "stage", "place", "sign")
              if name in values]  # fmt: skip
    return f"{table} {' '.join(filter(None, parts))}"
