"""Which facts are with which partner, from what was sent: so that a recall need not read it all.

An index in a file of its own, of ids and not of what they stand for. What was sent is read once,
when the first question after it comes; without the file it is made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from manara import __version__
from manara.exchange.indexes import opened
from manara.exchange.node import Node
from manara.exchange.sent import Sent, SentFact, sent_by_id, sent_ids

_TABLES = """
CREATE TABLE IF NOT EXISTS sent (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, partner TEXT, at REAL, cause TEXT);
CREATE TABLE IF NOT EXISTS given (
    sent INTEGER, origin TEXT, fact TEXT, entity TEXT, prop TEXT, parties TEXT);
CREATE TABLE IF NOT EXISTS party (entity TEXT, fact TEXT);
CREATE TABLE IF NOT EXISTS back (sent INTEGER, origin TEXT, fact TEXT);
CREATE INDEX IF NOT EXISTS sent_cause ON sent (cause);
CREATE INDEX IF NOT EXISTS given_fact ON given (fact);
CREATE INDEX IF NOT EXISTS given_entity ON given (entity);
CREATE INDEX IF NOT EXISTS given_sent ON given (sent);
CREATE INDEX IF NOT EXISTS party_entity ON party (entity);
CREATE INDEX IF NOT EXISTS back_fact ON back (fact);
"""
#: Changes when the index is to be made anew.
_VERSION = 1
#: Ids of one query.
_AT_ONCE = 500
_BETWEEN = "\x1f"


class Given(NamedTuple):
    """A fact or event that a partner got and that was not taken back since.

    Attributes:
        to: id of the partner.
        sent: id of the package that it came there with last.
        fact: the fact.
    """

    to: str
    sent: str
    fact: SentFact


class Givens:
    """What was sent and not taken back, by partner.

    Args:
        node: this node.
    """

    def __init__(self, node: Node) -> None:
        self._workspace = node.workspace
        self._path = node.workspace.root / "exchange" / "sent.db"
        self._path.parent.mkdir(exist_ok=True, mode=0o700)

    def of(self, facts: Iterable[str]) -> list[Given]:
        """Return who has facts, by what their originators know them by."""
        with self._open() as known:
            return list(_standing(known, facts))

    def about(self, entities: Iterable[str]) -> list[Given]:
        """Return all that was sent about entities, and the events in which they stand."""
        wanted, facts = set(entities), set[str]()
        with self._open() as known:
            for part in _parts(wanted):
                marks = _marks(part)
                query = (
                    f"SELECT fact FROM given WHERE entity IN ({marks}) UNION "  # noqa: S608
                    f"SELECT fact FROM party WHERE entity IN ({marks})"
                )
                facts |= {fact for (fact,) in known.execute(query, [*part, *part])}
            return [
                each for each in _standing(known, facts)
                if not wanted.isdisjoint({each.fact.entity, *each.fact.parties})
            ]  # fmt: skip

    def with_package(self, beginning: str) -> list[Given]:
        """Return what came to a partner last with packages whose ids begin so."""
        query = "SELECT fact FROM given JOIN sent ON number = sent WHERE substr(id, 1, ?) = ?"
        with self._open() as known:
            facts = {fact for (fact,) in known.execute(query, (len(beginning), beginning))}
            found = list(_standing(known, facts))
        return [each for each in found if each.sent.startswith(beginning)]

    def all(self) -> list[Given]:
        """Return all that was sent and not taken back."""
        with self._open() as known:
            facts = [fact for (fact,) in known.execute("SELECT DISTINCT fact FROM given")]
            return list(_standing(known, facts))

    def passed_on(self, recall: str) -> list[Sent]:
        """Return the recalls by which one that came, known by its id, was passed on."""
        query = "SELECT id FROM sent WHERE cause = ? ORDER BY at, id"
        with self._open() as known:
            found = [sent_by_id(self._workspace, one) for (one,) in known.execute(query, (recall,))]
        return [sent for sent in found if sent]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield the index with all that was sent."""
        made_by = f"{__version__} {_VERSION}"
        with opened(self._path, _TABLES, made_by, self._follow) as known:
            yield known

    def _follow(self, known: sqlite3.Connection) -> None:
        present = {one for (one,) in known.execute("SELECT id FROM sent")}
        for one in sorted(sent_ids(self._workspace) - present):
            if sent := sent_by_id(self._workspace, one):
                _add(known, sent)


def _add(known: sqlite3.Connection, sent: Sent) -> None:
    row = (sent.id, sent.to, sent.at.timestamp(), sent.cause[0])
    added = known.execute(
        "INSERT OR IGNORE INTO sent (id, partner, at, cause) VALUES (?, ?, ?, ?)", row
    )
    if not added.rowcount:
        return
    number = added.lastrowid
    known.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?, ?)", (
        (number, each.origin, each.id, each.entity, each.prop, _BETWEEN.join(each.parties))
        for each in sent.facts
    ))  # fmt: skip
    known.executemany("INSERT INTO party VALUES (?, ?)", (
        (entity, each.id) for each in sent.facts for entity in each.parties
    ))  # fmt: skip
    known.executemany("INSERT INTO back VALUES (?, ?, ?)", (
        (number, *key) for key in sent.recalls
    ))  # fmt: skip


def _standing(known: sqlite3.Connection, facts: Iterable[str]) -> Iterator[Given]:
    """Yield which partner got facts, the last time it did, unless they were taken back later."""
    for part in _parts(facts):
        marks = _marks(part)
        newest: dict[tuple[str, str, str], tuple[tuple[float, str], Given]] = {}
        query = (
            "SELECT partner, id, at, origin, fact, entity, prop, parties "  # noqa: S608
            f"FROM given JOIN sent ON number = sent WHERE fact IN ({marks})"
        )
        for to, one, at, origin, fact, entity, prop, parties in known.execute(query, part):
            told = SentFact(origin, fact, entity, prop, parties.split(_BETWEEN) if parties else [])
            key, when = (to, origin, fact), (at, one)
            if key not in newest or newest[key][0] < when:
                newest[key] = (when, Given(to, one, told))
        query = (
            "SELECT partner, origin, fact, at, id "  # noqa: S608
            f"FROM back JOIN sent ON number = sent WHERE fact IN ({marks})"
        )
        for to, origin, fact, at, one in known.execute(query, part):
            key = (to, origin, fact)
            if key in newest and newest[key][0] < (at, one):
                del newest[key]
        yield from (each for _, each in newest.values())


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def _marks(part: list[str]) -> str:
    return ",".join("?" * len(part))
