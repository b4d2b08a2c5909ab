"""The tables that collections are kept in, and how older files come to have them."""

from __future__ import annotations

import json
import sqlite3

from manara.exchange.taxii.objects import marks_of

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    added INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    versioned INTEGER NOT NULL,
    origin TEXT NOT NULL,
    audience TEXT,
    expires INTEGER,
    body BLOB NOT NULL,
    marks INTEGER
);
CREATE TABLE IF NOT EXISTS marks (
    number INTEGER PRIMARY KEY, collection TEXT, origin TEXT, refs TEXT,
    UNIQUE (collection, origin, refs)
);
CREATE UNIQUE INDEX IF NOT EXISTS one_version ON objects (collection, id, version);
CREATE INDEX IF NOT EXISTS in_order ON objects (collection, added, seq);
CREATE TABLE IF NOT EXISTS statuses (id TEXT PRIMARY KEY, account TEXT, at INTEGER, body BLOB);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS feeds (name TEXT PRIMARY KEY, added_after TEXT NOT NULL);
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an older release up to date."""
    connection.executescript(_TABLES)
    columns = {row[1] for row in connection.execute("PRAGMA table_info (objects)")}
    if "marks" not in columns:
        _mark_all(connection)


def numbered(
    connection: sqlite3.Connection, collection: str, origin: str, marks: set[str]
) -> dict[str, int]:
    """Return the numbers of markings, which are given to those that have none yet."""
    rows = [(collection, origin, each) for each in sorted(marks)]
    connection.executemany(
        "INSERT OR IGNORE INTO marks (collection, origin, refs) VALUES (?, ?, ?)", rows
    )
    query = "SELECT number FROM marks WHERE collection = ? AND origin = ? AND refs = ?"
    return {row[2]: connection.execute(query, row).fetchone()[0] for row in rows}


def _mark_all(connection: sqlite3.Connection) -> None:
    """Bring a file of before markings were kept up to date."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ALTER TABLE objects ADD COLUMN marks INTEGER")
    posted = "SELECT seq, collection, origin, body FROM objects WHERE origin != ''"
    for seq, collection, origin, body in connection.execute(posted).fetchall():
        marks = marks_of(json.loads(body))
        if marks is not None:
            number = numbered(connection, collection, origin, {marks})[marks]
            connection.execute("UPDATE objects SET marks = ? WHERE seq = ?", [number, seq])
    connection.execute("COMMIT")
