"""What is done enters the audit log: with the change itself, so that neither is there alone."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, delete, insert, select

from manara.store import AuditLog, Entry, Workspace
from manara.store.tables import outbox

Detail: TypeAlias = str | int | bool | list[str] | None

#: Writes an entry with the change that it tells of: who, action, thing, particulars.
Note: TypeAlias = Callable[..., None]

#: The key under which an entry that came through the outbox has its id there.
ID = "id"


#: What the first transaction of a request does beside its own matter, if anything; it is a change
#: of the registry that must not be there without the other, nor the other without it.
claiming: ContextVar[Callable[[Connection], None] | None] = ContextVar("claiming", default=None)


class _Batch(list[Entry]):
    """Entries that go to the disk together.

    Attributes:
        done: whether they have gone.
        error: what came in between.
    """

    done = False
    error: Exception | None = None


class Journal:
    """The audit log of a workspace and the way of a change into it.

    A change of the registry and its entry are one transaction: the entry waits in the registry's
    ``outbox`` and is copied to the log right after. What a killed process left there is copied when
    the next one opens the journal or writes.

    Args:
        workspace: the workspace.

    Attributes:
        log: the audit log.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.log = AuditLog(workspace.root / "log")
        self._registry = workspace.registry
        self._mutex, self._turn = threading.Lock(), threading.Lock()
        self._waiting = _Batch()
        self._copied = 0
        self.copy()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the registry and changes nothing."""
        with self._registry.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, Note]]:
        """Yield a transaction of the registry, and what writes an entry of the audit log with it.

        Both are on disk when the block has ended.
        """
        claim = claiming.get()
        claiming.set(None)
        with self._registry.writing() as connection:
            if claim:
                claim(connection)
            # Those are in the log by now; to take them out at once would cost a transaction more.
            connection.execute(delete(outbox).where(outbox.c.number <= self._copied))

            def note(by: str, action: str, thing: str, **detail: Detail) -> None:
                key = secrets.token_hex(8)
                entry = Entry(datetime.now(UTC), by, action, thing, {**detail, ID: key})
                line = msgspec.json.encode(entry).decode()
                values = {"id": key, "entry": line, "log_size": self.log.size}
                connection.execute(insert(outbox).values(values))

            yield connection, note
        self.copy()

    def note(self, by: str, action: str, thing: str, **detail: Detail) -> None:
        """Write an entry that tells of no change, such as a look at something, down to the disk.

        Those of several threads go together: each waits for the disk, but not one after the other.
        """
        with self._mutex:
            batch = self._waiting
            batch.append(Entry(datetime.now(UTC), by, action, thing, detail))
        with self._turn:
            if not batch.done:
                with self._mutex:
                    self._waiting = _Batch()
                try:
                    self.log.append(batch)
                except Exception as error:
                    batch.error = error
                batch.done = True
        if batch.error:
            raise batch.error

    def copy(self) -> None:
        """Copy what waits in the outbox to the log, each entry once, whoever else does the same."""
        query = select(outbox).where(outbox.c.number > self._copied).order_by(outbox.c.number)
        with self.log.adding() as add:
            with self._registry.reading() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            lines = list(self.log.lines(min(row.log_size for row in rows)))
            written = {msgspec.json.decode(line)["detail"].get(ID) for line in lines}
            add(
                msgspec.json.decode(row.entry.encode(), type=Entry)
                for row in rows
                if row.id not in written
            )
        self._copied = max(self._copied, rows[-1].number)
