"""Where the objects of collections are kept: a SQLite file of their own in the workspace.

Objects are kept byte for byte as they came and handed out by joining these bytes. What is added
gets a moment that no other object of its collection has, later than all before it, so that whoever
has all up to some moment misses nothing that comes after.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from manara.exchange.taxii.filters import Filters
from manara.exchange.taxii.moments import now
from manara.exchange.taxii.objects import Incoming
from manara.exchange.taxii.queries import Position, Reader, query_of
from manara.exchange.taxii.tables import numbered, prepare
from manara.model import WorkspaceError

#: The file in a workspace's folder.
FILE = "taxii.db"

#: Most bytes of objects on a page; one object may be larger.
PAGE_BYTES = 8 << 20

#: How long statuses are kept, in microseconds: a week.
_STATUSES = 7 * 86_400 * 1_000_000

#: How long to wait for another writer, in seconds.
_WAIT = 30.0


class Row(NamedTuple):
    """An object of a page."""

    seq: int
    added: int
    id: str
    version: int
    body: bytes


class Page(NamedTuple):
    """Some objects in the order in which they were added, and where the next page begins."""

    rows: list[Row]
    next: Position | None


class Marked(NamedTuple):
    """Markings that objects of an account have: their number here, and their ids."""

    number: int
    origin: str
    refs: tuple[str, ...]


class Published(NamedTuple):
    """An object as it is published.

    Attributes:
        object: the object.
        audience: keys of the accounts that may have it, joined; see `Account.key`.
        expires: last day on which it may be handed out, as a day's ordinal; None for no limit.
    """

    object: Incoming
    audience: str
    expires: int | None


class Store:
    """The collections of a workspace; one object may serve many threads.

    Args:
        root: the workspace's folder.

    Raises:
        WorkspaceError: the file is damaged or not ours.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        if not self._path.exists():
            # Made with the right mode before there is anything in it: it holds a secret.
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with self._open() as connection:
            prepare(connection)
            value = (secrets.token_bytes(32),)
            connection.execute("INSERT OR IGNORE INTO secrets VALUES ('cursors', ?)", value)
            found = connection.execute("SELECT value FROM secrets WHERE name = 'cursors'")
            self.secret: bytes = found.fetchone()[0]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, _WAIT, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                # What is deleted or superseded is overwritten too.
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(str(error), where=str(self._path)) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    # Reading

    def page(
        self,
        collection: str,
        filters: Filters,
        *,
        reader: Reader | None,
        after: Position | None = None,
        limit: int,
    ) -> Page:
        """Return the objects that are asked for, beginning after a position.

        Args:
            collection: id of the collection.
            filters: what is asked for.
            reader: the account that asks; None in the house.
            after: a position that an earlier page ended with; None to begin.
            limit: most objects.
        """
        if filters.impossible:
            return Page([], None)
        with self._open() as connection:
            if after is None:
                upto = connection.execute("SELECT coalesce(max(seq), 0) FROM objects").fetchone()[0]
                after = Position(upto, filters.added_after or 0, 2**62)
            query, params = query_of(collection, filters, reader, after)
            rows, size = list[Row](), 0
            for found in connection.execute(query, [*params, limit + 1]):
                row = Row(*found)
                size += len(row.body)
                if rows and (len(rows) == limit or size > PAGE_BYTES):
                    return Page(rows, Position(after.upto, rows[-1].added, rows[-1].seq))
                rows.append(row)
        return Page(rows, None)

    def marked(self, collection: str) -> list[Marked]:
        """Return the markings that objects posted to a collection have."""
        query = "SELECT number, origin, refs FROM marks WHERE collection = ?"
        with self._open() as connection:
            rows = connection.execute(query, [collection]).fetchall()
        return [Marked(number, origin, tuple(refs.split())) for number, origin, refs in rows]

    def definitions(self, collection: str, origin: str) -> list[bytes]:
        """Return the marking definitions that an account posted to a collection, oldest first."""
        query = (
            "SELECT body FROM objects WHERE collection = ? AND origin = ? "
            "AND type = 'marking-definition' ORDER BY version, seq"
        )
        with self._open() as connection:
            return [body for (body,) in connection.execute(query, [collection, origin])]

    def holds(self, collection: str, object_id: str, reader: Reader) -> bool:
        """Return whether a collection has any version of an object."""
        return bool(self.page(collection, Filters(ids=(object_id,)), reader=reader, limit=1).rows)

    def bodies(self, collection: str) -> Iterator[bytes]:
        """Yield the latest version of each object of a collection, in the order of ids."""
        with self._open() as connection:
            yield from (
                body
                for (body,) in connection.execute(
                    "SELECT body FROM objects o WHERE collection = ? AND NOT EXISTS "
                    "(SELECT 1 FROM objects n WHERE n.collection = o.collection AND n.id = o.id "
                    "AND n.version > o.version) ORDER BY id",
                    [collection],
                )
            )

    # Writing

    def add(self, collection: str, objects: Sequence[Incoming], *, origin: str) -> int:
        """Add objects, all or none, and return how many were not there already.

        Args:
            collection: id of the collection.
            objects: the objects; a version that is there already stays as it is.
            origin: name of the account that they are from.
        """
        with self._writing() as connection:
            at = _next(connection, collection)
            # Of what has no versions, the same bytes are added once.
            once = {(one.id, one.version, one.body): one for one in objects}
            new = [one for one in once.values() if not _same(connection, collection, one)]
            marks = numbered(connection, collection, origin, {one.marks for one in new})
            before = connection.total_changes
            connection.executemany(
                _INSERT,
                [
                    _row(collection, at + n, one, origin, marks=marks[one.marks])
                    for n, one in enumerate(new)
                ],
            )
            return connection.total_changes - before

    def published(self, collection: str) -> dict[str, tuple[int, bytes]]:
        """Return version and bytes of what is published in a collection, by id."""
        query = "SELECT id, version, body FROM objects WHERE collection = ? AND origin = ''"
        with self._open() as connection:
            rows = connection.execute(query, [collection]).fetchall()
        return {key: (version, body) for key, version, body in rows}

    def publish(self, collection: str, objects: Sequence[Published]) -> tuple[int, int]:
        """Make these the published objects of a collection, and the only ones.

        Nothing stays of those published before that are not among them or have changed.

        Returns:
            how many are new or changed, and how many went.
        """
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT id, seq, body, audience, expires FROM objects "
                "WHERE collection = ? AND origin = ''",
                [collection],
            )
            there = {key: (seq, (body, who, until)) for key, seq, body, who, until in rows}
            at = _next(connection, collection)
            new, kept = list[Published](), set[str]()
            for one in objects:
                known = there.get(one.object.id)
                if known and known[1] == (one.object.body, one.audience, one.expires):
                    kept.add(one.object.id)
                else:
                    new.append(one)
            gone = [(seq,) for key, (seq, _) in there.items() if key not in kept]
            connection.executemany("DELETE FROM objects WHERE seq = ?", gone)
            connection.executemany(
                _INSERT,
                [
                    _row(collection, at + n, one.object, "", one.audience, one.expires)
                    for n, one in enumerate(new)
                ],
            )
            replaced = sum(one.object.id in there for one in new)
            return len(new), len(gone) - replaced

    def delete(self, collection: str, object_id: str, filters: Filters, reader: Reader) -> None:
        """Delete the versions of an object that are asked for, as far as the reader sees them."""
        if filters.impossible:
            return
        with self._writing() as connection:
            at = Position(2**62, 0, 0)
            query, params = query_of(collection, filters._replace(ids=(object_id,)), reader, at)
            found = [row[:1] for row in connection.execute(query, [*params, -1]).fetchall()]
            connection.executemany("DELETE FROM objects WHERE seq = ?", found)

    def prune(self, collection: str) -> None:
        """Delete all but the latest version of each object of a collection."""
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM objects WHERE collection = ? AND EXISTS (SELECT 1 FROM objects n "
                "WHERE n.collection = objects.collection AND n.id = objects.id "
                "AND n.version > objects.version)",
                [collection],
            )

    # Statuses and feeds

    def put_status(self, status_id: str, account: str, body: bytes) -> None:
        """Keep what became of a request to add objects, for some days."""
        at = now()
        with self._writing() as connection:
            connection.execute("DELETE FROM statuses WHERE at < ?", [at - _STATUSES])
            row = (status_id, account, at, body)
            connection.execute("INSERT INTO statuses VALUES (?, ?, ?, ?)", row)

    def status(self, status_id: str, account: str) -> bytes | None:
        """Return what became of a request of an account, None if there was no such request."""
        query = "SELECT body FROM statuses WHERE id = ? AND account = ?"
        with self._open() as connection:
            found = connection.execute(query, [status_id, account]).fetchone()
        return found[0] if found else None

    def feed(self, name: str) -> str:
        """Return the moment up to which a feed of elsewhere is here, as its server wrote it."""
        with self._open() as connection:
            query = "SELECT added_after FROM feeds WHERE name = ?"
            found = connection.execute(query, [name]).fetchone()
        return found[0] if found else ""

    def put_feed(self, name: str, added_after: str) -> None:
        """Remember the moment up to which a feed of elsewhere is here."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?)", [name, added_after])


_INSERT = """
INSERT OR IGNORE INTO objects
    (collection, added, id, type, version, versioned, origin, audience, expires, body, marks)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _row(
    collection: str,
    added: int,
    one: Incoming,
    origin: str,
    audience: str | None = None,
    expires: int | None = None,
    marks: int | None = None,
) -> tuple[object, ...]:
    version = added if one.version is None else one.version
    versioned = one.version is not None
    return (
        *(collection, added, one.id, one.type, version, versioned),
        *(origin, audience, expires, one.body, marks),
    )


def _next(connection: sqlite3.Connection, collection: str) -> int:
    query = "SELECT coalesce(max(added), 0) + 1 FROM objects WHERE collection = ?"
    last: int = connection.execute(query, [collection]).fetchone()[0]
    return max(last, now())


def _same(connection: sqlite3.Connection, collection: str, one: Incoming) -> bool:
    """Return whether an object that has no versions is there just so."""
    if one.version is not None:
        return False
    query = "SELECT 1 FROM objects WHERE collection = ? AND id = ? AND body = ?"
    return connection.execute(query, [collection, one.id, one.body]).fetchone() is not None
