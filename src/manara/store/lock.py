"""The single writer's lock: readers never wait, writers take turns."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from manara.model import WorkspaceError
from manara.store.registry import Registry

_PAUSE = 0.05

# One lock a schema, so that several workspaces may share a database.
_TRY = text("SELECT pg_try_advisory_lock(hashtext('manara.' || current_schema()))")


@contextmanager
def writer_lock(root: Path, registry: Registry, wait: float) -> Iterator[None]:
    """Hold the lock: a file's where the registry is one, the server's where it has one.

    Both kinds end with the process that holds them.

    Args:
        root: the workspace.
        registry: its registry.
        wait: how long to wait for another writer, in seconds.

    Raises:
        WorkspaceError: another writer is still at work.
    """
    if registry.on_sqlite:
        with (root / "writer.lock").open("a") as file:
            _take(lambda: _lock(file.fileno()), root, wait)
            yield
    else:
        engine = registry.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # The lock belongs to the connection, which therefore must not go back to the pool.
            connection.detach()
            _take(lambda: bool(connection.scalar(_TRY)), root, wait)
            yield


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take(attempt: Callable[[], bool], root: Path, wait: float) -> None:
    until = time.monotonic() + wait
    while not attempt():
        if time.monotonic() > until:
            raise WorkspaceError(
                "busy: another process is writing to it",
                where=str(root),
                remedy="try again when that has ended",
            )
        time.sleep(_PAUSE)
