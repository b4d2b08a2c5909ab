"""The registry: one transactional database that says what counts, and who did what.

SQLite by default, PostgreSQL by URL; the same statements run on both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from manara.model import WorkspaceError
from manara.store import tables
from manara.store.files import waits
from manara.store.records import Trace

#: Version of the tables that this code reads and writes: the newest file in `migrations/versions`.
HEAD = "0006"

#: What the audit trail calls it when single facts are taken out of every answer.
RECALL = "recall"

#: What it calls it when rows and bytes are erased for good.
ERASE = "erase"

# A reader in SQLite must not queue with the writers.
_READ_ONLY = {"manara_read_only": True}

# One lock a schema, so that several workspaces may share a database.
_ONE_AFTER_THE_OTHER = text(
    "SELECT pg_advisory_xact_lock(hashtext('manara.write.' || current_schema()))"
)


class Registry:
    """Transactions, time and trail of the registry.

    Args:
        url: SQLAlchemy URL; ``postgresql://`` means the pg8000 driver.
    """

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+pg8000")
        try:
            self.engine = create_engine(address, pool_pre_ping=not self._is_sqlite(address))
        except ModuleNotFoundError as error:
            raise WorkspaceError(
                f"{error.name} is not installed",
                where=address.render_as_string(),
                remedy="pip install 'manara[postgres]'",
            ) from error
        if self.on_sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)

    @staticmethod
    def _is_sqlite(address: Any) -> bool:
        return bool(address.get_backend_name() == "sqlite")

    @property
    def on_sqlite(self) -> bool:
        """Whether the registry is a SQLite file."""
        return self._is_sqlite(self.engine.url)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the registry and changes nothing."""
        with _explained(self.engine), self.engine.connect() as connection:
            if self.on_sqlite:
                connection = connection.execution_options(**_READ_ONLY)
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection inside one transaction, committed when the block succeeds.

        Transactions come one after the other, whatever the database, so what one reads before it
        writes still holds when it commits.
        """
        with _explained(self.engine), self.engine.begin() as connection:
            if not self.on_sqlite:
                connection.execute(_ONE_AFTER_THE_OTHER)
            yield connection

    def forget(self) -> None:
        """Let nothing that was deleted stay in the files of the database (SQLite only).

        Readers may hold the log of writes for a while; it is then emptied at the next occasion.
        """
        if self.on_sqlite:
            with _explained(self.engine), self.engine.connect() as connection:
                raw = connection.connection.driver_connection
                connection.rollback()
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def upgrade(self) -> None:
        """Bring the tables to the newest version.

        Raises:
            WorkspaceError: they are of a newer version than this code.
        """
        with self.reading() as connection:
            if _version(connection) == HEAD:
                return
        # Imported here because hardly any start of the program needs it.
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        with self.writing() as connection:
            config = Config()
            config.set_main_option("script_location", "manara.store:migrations")
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, HEAD)
            except CommandError as error:
                raise WorkspaceError(
                    f"its tables are of version {_version(connection)}, not {HEAD}",
                    where=self.engine.url.render_as_string(),
                    remedy="it was made by a newer Manara: upgrade this one",
                ) from error


def moment(connection: Connection) -> datetime:
    """Return the present time, UTC, but always later than anything in the trail."""
    last = connection.scalar(select(func.max(tables.audit.c.at)))
    now = datetime.now(UTC)
    return max(now, last + timedelta(microseconds=1)) if last else now


def log(
    connection: Connection, at: datetime, who: str, action: str, thing: str, **detail: object
) -> None:
    """Add a line to the audit trail, which nothing can change or take away again."""
    values = {"at": at, "who": who, "action": action, "thing": thing}
    line = json.dumps(detail, ensure_ascii=False, default=str)
    connection.execute(insert(tables.audit).values(**values, detail=line))


def trail(connection: Connection) -> Iterator[Trace]:
    """Yield the audit trail, oldest first."""
    columns = tables.audit.c
    for row in connection.execute(select(tables.audit).order_by(columns.at, columns.id)):
        yield Trace(row.at, row.who, row.action, row.thing, json.loads(row.detail))


def _prepare(connection: Any, record: object) -> None:
    """Set up a new SQLite connection: durable commits, foreign keys, our own transactions."""
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        f"synchronous={'FULL' if waits() else 'OFF'}",
        "foreign_keys=ON",
        # What is erased is overwritten in the file.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then wants to write fails at once if another has written
    # in between, whatever the timeout; so those that will write say so from the start.
    reads = connection.get_execution_options().get("manara_read_only")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    """Turn what the database driver raises into an error for the user."""
    try:
        yield
    except SQLAlchemyError as error:
        raise WorkspaceError(
            f"the registry failed: {getattr(error, 'orig', None) or error}",
            where=engine.url.render_as_string(),
            remedy="see that the database is there, writable and not full",
        ) from error
