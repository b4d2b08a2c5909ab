"""What an office has settled for itself: kept for ever, the last word on a matter counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from manara.model import UsageError
from manara.store.tables import policies

# Longer reasons belong into a paper that the reason names.
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Policy:
    """What was settled about a matter.

    Attributes:
        name: the matter, such as ``screening-threshold``.
        value: what was settled, as JSON can say it.
        by: who settled it.
        ground: on what ground.
        at: when, UTC.
    """

    name: str
    value: Any
    by: str
    ground: str
    at: datetime


def policies_on(connection: Connection, name: str) -> list[Policy]:
    """Return all that was settled about a matter, the newest first."""
    columns = policies.c
    query = select(policies).where(columns.name == name).order_by(columns.number.desc())
    return [
        Policy(row.name, msgspec.json.decode(row.value), row.by, row.ground, row.at)
        for row in connection.execute(query)
    ]


def settled(connection: Connection, name: str) -> Any:
    """Return what counts about a matter, None if nothing was ever settled."""
    columns = policies.c
    query = select(columns.value).where(columns.name == name).order_by(columns.number.desc())
    value = connection.scalar(query.limit(1))
    return None if value is None else msgspec.json.decode(value)


def settled_under(connection: Connection, prefix: str) -> dict[str, Any]:
    """Return what counts about all matters of a prefix, by the rest of their names."""
    columns = policies.c
    query = select(columns.name, columns.value).where(columns.name.startswith(prefix))
    rows = connection.execute(query.order_by(columns.number))
    return {row.name.removeprefix(prefix): msgspec.json.decode(row.value) for row in rows}


def settle(connection: Connection, name: str, value: Any, *, by: str, ground: str) -> Policy:
    """Settle a matter in a transaction, and return how.

    Raises:
        UsageError: there is no ground, or a very long one.
    """
    ground = ground.strip()
    if not 0 < len(ground) <= _LONGEST:
        raise UsageError(
            "is missing" if not ground else f"is longer than {_LONGEST} characters",
            where="ground",
            remedy="say in a few words why",
        )
    policy = Policy(name, value, by, ground, datetime.now(UTC))
    told = msgspec.json.encode(value).decode()
    connection.execute(
        insert(policies).values(name=name, value=told, by=by, ground=ground, at=policy.at)
    )
    return policy
