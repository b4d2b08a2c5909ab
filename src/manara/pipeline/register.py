"""The folder of kept screenings: whose names were asked, kept until a day and then erased."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from manara.model import NotFoundError, UsageError
from manara.store import Workspace
from manara.store.files import sync_folder
from manara.store.registry import log, moment

#: Days that a kept screening stays unless the user names its last day.
RETENTION = timedelta(days=30)

_NAME = re.compile(r"[\w][\w.-]{0,63}")
_KIND = ".screening"


class Retained(msgspec.Struct, frozen=True, kw_only=True):
    """What every kept screening says of how long it may stay.

    Attributes:
        retain_until: the last day on which it may be used.
    """

    retain_until: date


def default_last_day() -> date:
    """Return the last day of a screening kept today."""
    return datetime.now(UTC).date() + RETENTION


def screening_file(workspace: Workspace, name: str) -> Path:
    """Return where a kept screening lies.

    Raises:
        UsageError: the name cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "is no name for a screening",
            where=repr(name),
            remedy="take up to 64 letters, digits, dots, dashes and underscores",
        )
    return workspace.root / "screenings" / f"{name}{_KIND}"


def kept_screenings(workspace: Workspace) -> list[str]:
    """Return the names of the kept screenings, sorted."""
    folder = workspace.root / "screenings"
    return sorted(path.name.removesuffix(_KIND) for path in folder.glob(f"[!.]*{_KIND}"))


@contextmanager
def registering(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of those who change kept screenings; what is past its day is erased first."""
    folder = workspace.root / "screenings"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _sweep(workspace, folder)
        yield


def erase_expired(workspace: Workspace) -> None:
    """Erase the kept screenings that are past their day."""
    if (workspace.root / "screenings").is_dir():
        with registering(workspace):
            pass


def forget(workspace: Workspace, name: str, *, by: str) -> None:
    """Erase a kept screening: its queries and its hits; the audit trail keeps that it was there.

    Raises:
        NotFoundError: there is none of this name.
    """
    path = screening_file(workspace, name)
    with registering(workspace):
        if not path.exists():
            raise unknown(name)
        _erase(workspace, path, by=by, why="asked for")


def unknown(name: str) -> NotFoundError:
    """Return the error that there is no kept screening of this name."""
    remedy = "keep one with `manara screen FILE.csv --keep NAME`"
    return NotFoundError("no such kept screening", where=name, remedy=remedy)


def note(workspace: Workspace, action: str, name: str, *, by: str, **detail: object) -> None:
    """Add a line about a kept screening to the audit trail."""
    with workspace.registry.writing() as connection:
        log(connection, moment(connection), by, action, name, **detail)


def _sweep(workspace: Workspace, folder: Path) -> None:
    """Erase what is past its day, and what killed processes left half written."""
    today = datetime.now(UTC).date()
    for path in list(folder.iterdir()):
        if path.name.startswith("."):
            path.unlink(missing_ok=True)
        elif path.suffix == _KIND:
            with suppress(msgspec.DecodeError):
                if msgspec.json.decode(path.read_bytes(), type=Retained).retain_until < today:
                    _erase(workspace, path, by="manara", why="past its last day")


def _erase(workspace: Workspace, path: Path, *, by: str, why: str) -> None:
    path.unlink()
    sync_folder(path.parent)
    note(workspace, "forget", path.name.removesuffix(_KIND), by=by, why=why)
