"""The query for the objects of a collection that somebody asks for and may have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

from manara.exchange.taxii.filters import Filters


class Position(NamedTuple):
    """A place in a collection: all objects up to it have been handed out.

    Attributes:
        upto: the last object that counts; what comes later is for the next time.
        added: when the last object handed out was added.
        seq: its number.
    """

    upto: int
    added: int
    seq: int


class Reader(NamedTuple):
    """Who asks, and what of that which others posted it may have.

    Attributes:
        name: of the account; what it posted itself it may have.
        key: see `Account.key`.
        marks: numbers of the markings of what it may have.
    """

    name: str
    key: str
    marks: frozenset[int]


_OF_IDS = "id IN (SELECT value FROM json_each(?))"
_OF_TYPES = "type IN (SELECT value FROM json_each(?))"
_LAST = """NOT EXISTS (SELECT 1 FROM objects n WHERE n.collection = o.collection AND n.id = o.id
    AND n.version > o.version AND n.seq <= ?)"""
_FIRST = _LAST.replace("n.version >", "n.version <")


def query_of(
    collection: str, filters: Filters, reader: Reader | None, after: Position
) -> tuple[str, list[object]]:
    """Return the query for the objects after a position, without its limit, and its values."""
    today = datetime.now(UTC).date().toordinal()
    conditions = ["collection = ?", "(added, seq) > (?, ?)", "seq <= ?"]
    params: list[object] = [collection, after.added, after.seq, after.upto]
    conditions.append("(expires IS NULL OR expires >= ?)")
    params.append(today)
    if reader is not None:
        # A post is its poster's and theirs whom its markings allow; what is published says whose.
        marks = ",".join(map(str, sorted(reader.marks)))
        conditions.append(f"(origin = ? OR marks IN ({marks}) OR instr(audience, ?))")
        params += [reader.name, reader.key]
    for condition, values in ((_OF_IDS, filters.ids), (_OF_TYPES, filters.types)):
        if values:
            conditions.append(condition)
            params.append(json.dumps(values))
    if "all" not in filters.words:
        versions = ["version IN (SELECT value FROM json_each(?))"]
        params.append(json.dumps(filters.versions))
        for word, condition in (("last", _LAST), ("first", _FIRST)):
            if word in filters.words:
                versions.append(condition)
                params.append(after.upto)
        conditions.append(f"({' OR '.join(versions)})")
    return (
        "SELECT seq, added, id, version, body FROM objects o "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} ORDER BY added, seq LIMIT ?",
        params,
    )
