"""The journal of a case: entries that only grow, each with the hash of the one before it.

An entry's hash is over the digest of its content and not over the content, and the digest is
salted: content can be withheld or erased, and the chain still be checked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from manara.casework.journal import Journal, Note
from manara.casework.verifier import body_digest, entry_hash
from manara.model import NotFoundError
from manara.store import Workspace
from manara.store.registry import moment
from manara.store.tables import case_entries

_SALT_BYTES = 16


class CaseEntry(NamedTuple):
    """One entry.

    Attributes:
        case: id of the case.
        number: its place, from 1.
        at: when, UTC.
        by: the account.
        purpose: for what the account did it.
        action: what was done, such as ``note`` or ``custody``.
        digest: salted SHA-256 of its content.
        previous: hash of the entry before it, ``""`` for the first.
        hash: its own.
        salt: what the digest was salted with; None once the content is erased.
        body: its content; None once it is erased.
    """

    case: str
    number: int
    at: datetime
    by: str
    purpose: str
    action: str
    digest: str
    previous: str
    hash: str
    salt: str | None
    body: dict[str, Any] | None

    def to_dict(self, *, silent: bool = False) -> dict[str, Any]:
        """Return it as a bundle carries it; ``silent`` leaves its content out."""
        shown: dict[str, Any] = self._asdict()
        del shown["salt"], shown["body"]
        shown["at"] = self.at.isoformat()
        if not silent and self.body is not None:
            shown |= {"salt": self.salt, "body": _encoded(self.body)}
        return shown


class Adding:
    """The journal of one case, inside a transaction that adds to it."""

    def __init__(self, connection: Connection, case_id: str, note: Note) -> None:
        self._connection = connection
        self._note = note
        self.case_id = case_id
        self.entries = list(entries_of(connection, case_id))

    def add(self, action: str, body: Mapping[str, Any], *, by: str, purpose: str) -> CaseEntry:
        """Add an entry and return it."""
        last = self.entries[-1] if self.entries else None
        salt, content = secrets.token_hex(_SALT_BYTES), _encoded(body)
        at = datetime.now(UTC)
        entry = CaseEntry(
            self.case_id,
            len(self.entries) + 1,
            max(at, last.at) if last else at,
            by,
            purpose,
            action,
            body_digest(salt, content),
            last.hash if last else "",
            "",
            salt,
            dict(body),
        )
        entry = entry._replace(hash=entry_hash(entry.to_dict()))
        values = entry._asdict() | {"case_id": entry.case, "body": content}
        del values["case"]
        self._connection.execute(insert(case_entries).values(values))
        told = {"purpose": purpose, "number": entry.number, "entry": entry.hash}
        self._note(by, f"case.{action}", self.case_id, **told)
        self.entries.append(entry)
        return entry

    def erase(self) -> None:
        """Erase the content of all entries; that they were stays."""
        mine = case_entries.c.case_id == self.case_id
        self._connection.execute(update(case_entries).where(mine).values(salt=None, body=None))
        self.entries = [each._replace(salt=None, body=None) for each in self.entries]


@contextmanager
def adding(journal: Journal, case_id: str) -> Iterator[Adding]:
    """Yield the journal of a case for reading and adding; nobody else adds during the block.

    What was added stands in the audit log when the block has ended.

    Raises:
        NotFoundError: there is no such case.
    """
    with journal.writing() as (connection, note):
        made = Adding(connection, case_id, note)
        if not made.entries:
            raise _unknown(case_id)
        yield made


@contextmanager
def beginning(journal: Journal) -> Iterator[Adding]:
    """Yield the journal of a case that does not exist yet, under the next free id."""
    with journal.writing() as (connection, note):
        prefix = f"case-{moment(connection).year}-"
        known = select(func.max(case_entries.c.case_id)).where(
            case_entries.c.case_id.startswith(prefix)
        )
        last = str(connection.scalar(known) or f"{prefix}0")
        yield Adding(connection, f"{prefix}{int(last.removeprefix(prefix)) + 1:05}", note)


def entries_in(workspace: Workspace, case_id: str) -> list[CaseEntry]:
    """Return the journal of a case.

    Raises:
        NotFoundError: there is no such case.
    """
    with workspace.registry.reading() as connection:
        found = list(entries_of(connection, case_id))
    if not found:
        raise _unknown(case_id)
    return found


def journals(workspace: Workspace) -> Iterator[list[CaseEntry]]:
    """Yield the journal of each case, by id."""
    with workspace.registry.reading() as connection:
        rows = list(connection.execute(select(case_entries).order_by("case_id", "number")))
    found: dict[str, list[CaseEntry]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(_entry(row))
    yield from found.values()


def entries_of(connection: Connection, case_id: str) -> Iterator[CaseEntry]:
    """Yield the entries of a case's journal."""
    mine = select(case_entries).where(case_entries.c.case_id == case_id)
    yield from map(_entry, connection.execute(mine.order_by("number")))


def _entry(row: Row[Any]) -> CaseEntry:
    body = json.loads(row.body) if row.body is not None else None
    return CaseEntry(
        row.case_id, row.number, row.at, row.by, row.purpose, row.action, row.digest,
        row.previous, row.hash, row.salt, body,
    )  # fmt: skip


def _encoded(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _unknown(case_id: str) -> NotFoundError:
    return NotFoundError("no such case", where=case_id, remedy="`manara case list` lists them")
