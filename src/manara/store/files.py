"""Files that are either whole and on disk, or not there at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

#: Age in seconds after which a scratch folder without a lock file counts as abandoned: no engine
#: spills into the same query for a day.
ABANDONED_AFTER = 24 * 3600.0


_WAITS = ContextVar("waits", default=True)


@contextmanager
def unsynced() -> Iterator[None]:
    """Let what is written in the block not wait for the disk: only for what can be made anew.

    A kill still leaves all of it whole; a loss of power may not.
    """
    before = _WAITS.set(False)
    try:
        yield
    finally:
        _WAITS.reset(before)


def waits() -> bool:
    """Return whether what is written waits until it is on disk."""
    return _WAITS.get()


def sync(descriptor: int) -> None:
    """Make what was written to a file durable."""
    if waits():
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def partial(path: Path) -> Path:
    """Return where to write a file before it is whole; begins with a dot, never used twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def publish(written: Path, path: Path) -> None:
    """Make a file durable and put it in its place in one step."""
    with written.open("rb") as file:
        sync(file.fileno())
    written.replace(path)
    sync_folder(path.parent)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path whose file takes the place of ``path`` when the block succeeds."""
    written = partial(path)
    try:
        yield written
        publish(written, path)
    finally:
        written.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Yield a new folder that is deleted at the end, by a later sweep if this process is killed.

    A lock on a file inside says that the folder is in use.
    """
    folder = parent / secrets.token_hex(8)
    making = folder.with_name(f".{folder.name}")
    making.mkdir(parents=True)
    with (making / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Only now, so that a sweep never meets it without its lock.
        making.rename(folder)
        try:
            yield folder
        finally:
            _remove(folder)


def sweep_scratch(parent: Path) -> None:
    """Delete scratch folders that no living process uses."""
    for folder in parent.iterdir() if parent.is_dir() else ():
        with suppress(FileNotFoundError):
            if _abandoned(folder):
                _remove(folder)


def _remove(folder: Path) -> None:
    """Delete a folder under a name that says so, or a kill half-way would leave it without lock."""
    leaving = folder.with_name(f".{folder.name.removeprefix('.')}")
    folder.rename(leaving)
    shutil.rmtree(leaving, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    lock = folder / "lock"
    if folder.name.startswith(".") or not lock.exists():
        return time.time() - folder.stat().st_mtime > ABANDONED_AFTER
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
