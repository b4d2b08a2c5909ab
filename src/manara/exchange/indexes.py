"""Indexes of what a node keeps anyway: each a file of SQLite that is made anew when it is gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_ABOUT = "CREATE TABLE IF NOT EXISTS about (made_by TEXT);"


@contextmanager
def opened(
    path: Path, tables: str, made_by: str, follow: Callable[[sqlite3.Connection], None]
) -> Iterator[sqlite3.Connection]:
    """Yield an index that holds all it is of.

    Args:
        path: the file.
        tables: statements that make its tables where they are not there.
        made_by: what it is of, in which form; an index of anything else is emptied.
        follow: takes in what is not in it yet, all or nothing.
    """
    with closing(sqlite3.connect(path, timeout=60)) as known:
        known.executescript(_ABOUT + tables)
        if known.execute("SELECT made_by FROM about").fetchall() != [(made_by,)]:
            present = known.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            drop = "".join(f'DROP TABLE "{name}";' for (name,) in present.fetchall())
            known.executescript(drop + _ABOUT + tables)
            known.execute("INSERT INTO about VALUES (?)", (made_by,))
        with known:
            follow(known)
        yield known
