"""Which facts of others are here, from which packages: so that a recall need not read them all.

An index in a file of its own, of ids and not of what they stand for. It is filled from the packages
that were taken in, each of which is read once, when the first recall after it comes; without the
file it is made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import msgspec

from manara import __version__
from manara.exchange.arrivals import VERSION, item_of, local_id
from manara.exchange.card import Card
from manara.exchange.indexes import opened
from manara.exchange.node import Node
from manara.exchange.package import FACTS, FORMAT, Package, rules_of, told_in
from manara.exchange.sent import Recalls
from manara.store import ledger

_TABLES = """
CREATE TABLE IF NOT EXISTS sources (number INTEGER PRIMARY KEY, source TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS held (
    source INTEGER, origin TEXT, root TEXT, fact TEXT, here TEXT, first_seen TEXT);
CREATE INDEX IF NOT EXISTS held_fact ON held (fact);
CREATE INDEX IF NOT EXISTS held_here ON held (here);
CREATE INDEX IF NOT EXISTS held_source ON held (source);
"""
#: Ids of one query.
_AT_ONCE = 500


class Held(NamedTuple):
    """A fact or event of a package that was taken in.

    Attributes:
        who: what `Recalls` calls its originator.
        fact: what the originator knows it by.
        here: the id that it has here, ``""`` if it was not well formed.
        first_seen: when the originator first recorded it.
    """

    who: str
    fact: str
    here: str
    first_seen: datetime


class Taken:
    """The facts and events of the packages that are in force at a node.

    Args:
        node: this node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._recalls = Recalls(node)
        self._path = node.workspace.root / "exchange" / "taken.db"
        self._path.parent.mkdir(exist_ok=True, mode=0o700)

    def of(self, facts: Iterable[str]) -> Iterator[Held]:
        """Yield what is held of facts, by what their originators know them by."""
        yield from self._where("fact", facts)

    def at(self, ids: Iterable[str]) -> Iterator[Held]:
        """Yield all that is held under ids of this node: several may have told one thing."""
        yield from self._where("here", ids)

    def _where(self, column: str, values: Iterable[str]) -> Iterator[Held]:
        wanted = sorted(set(values))
        with self._open() as known:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT origin, root, fact, here, first_seen FROM held WHERE {column} IN ({marks})"  # noqa: S608, E501
                for origin, root, fact, here, seen in known.execute(query, part):
                    who = self._recalls.who(origin, root)
                    yield Held(who, fact, here, datetime.fromisoformat(seen))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield the index with all packages that are in force, and no others."""
        # Only an older release gave other ids to the same facts.
        made_by = f"{__version__} {VERSION} {self._node.id}"
        with opened(self._path, _TABLES, made_by, self._follow) as known:
            yield known

    def _follow(self, known: sqlite3.Connection) -> None:
        with self._node.workspace.registry.reading() as connection:
            present = {
                each.source_id
                for each in ledger.all_editions(connection)
                if (each.format, each.status) == (FORMAT, "applied")
            }
        numbers = {source: number for number, source in known.execute("SELECT * FROM sources")}
        for source in numbers.keys() - present:
            known.execute("DELETE FROM held WHERE source = ?", (numbers[source],))
            known.execute("DELETE FROM sources WHERE number = ?", (numbers[source],))
        for source in sorted(present - numbers.keys()):
            added = known.execute("INSERT INTO sources (source) VALUES (?)", (source,)).lastrowid
            data = self._node.workspace.source_path(source).read_bytes()
            rows = _rows(msgspec.json.decode(data, type=Package), self._node.id)
            known.executemany(
                "INSERT INTO held VALUES (?, ?, ?, ?, ?, ?)", ((added, *row) for row in rows)
            )


def _rows(package: Package, here: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield of each fact and event its origin, that one's first key, its id there and here."""
    roots = {card["id"]: msgspec.convert(card, Card).root for card in package.cards}
    for carried in package.objects:
        if carried.object.body.kind not in FACTS:
            continue
        origin = carried.object.body.origin
        told = told_in(carried.object, carried.object.values)
        for each, rule in zip(told, rules_of(carried, told), strict=True):
            local = local_id(item_of(each, origin, package.sender, here, rule, "", ""))
            yield origin, roots.get(origin, ""), each.id, local, each.first_seen.isoformat()
