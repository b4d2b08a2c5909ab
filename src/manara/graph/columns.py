"""Tables in a folder of Arrow files that is there as a whole or not at all, read where it lies."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa

#: Seconds after which a folder that was begun and not finished counts as abandoned.
_ABANDONED = 3600.0

#: What keeps such a table from being read: it is not there, or damaged.
UNREADABLE = (FileNotFoundError, pa.ArrowInvalid)


def save_folder(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write a folder of tables in one step; one that another process has just made is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    part.mkdir()
    for name, table in tables.items():
        with pa.ipc.new_file(part / f"{name}.arrow", table.schema) as file:
            file.write_table(table.combine_chunks())
    try:
        part.rename(path)
    except OSError:
        # Another process was first; its folder holds the same.
        delete_folder(part)


def mapped(path: Path) -> pa.Table:
    """Return a table of such a folder, mapped into memory.

    Raises:
        FileNotFoundError: it is not there.
    """
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def sweep(folder: Path, pattern: str, kept: Collection[str]) -> None:
    """Delete the folders of a pattern whose names are not kept, and what was left half written."""
    for old in folder.glob(pattern):
        if old.name not in kept and not old.name.endswith(".part"):
            delete_folder(old)
    for part in folder.glob("*.part"):
        if part.is_dir() and time.time() - part.stat().st_mtime > _ABANDONED:
            delete_folder(part)


def delete_folder(folder: Path) -> None:
    """Delete such a folder; one that is gone is no error."""
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
