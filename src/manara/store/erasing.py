"""Erasure: rows go from every segment, bytes of sources from the disk; a tombstone stays.

Whatever moment it is killed at, the erasure has either not begun or is finished by the next writer.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, insert, or_, select, update

from manara.model import EVENT_TABLES
from manara.store import ledger, sql, tables
from manara.store.files import sha256
from manara.store.lake import SegmentWriter, read_facts, segment_path
from manara.store.records import Segment
from manara.store.registry import ERASE, log, moment

if TYPE_CHECKING:
    from manara.store.workspace import Workspace

_SALT_BYTES = 32


class Wanted(msgspec.Struct, frozen=True):
    """What is to be erased.

    Attributes:
        groups: pairs of a dataset and the id of a handling rule, ``""`` for all of the dataset.
        entities: ids of entities: all facts about them or that refer to them, all their events.
        facts: ids of single facts.
        sources: ids of files that go whatever states them.
    """

    groups: list[tuple[str, str]] = []
    entities: list[str] = []
    facts: list[str] = []
    sources: list[str] = []


class Erased(NamedTuple):
    """What an erasure came to.

    Attributes:
        number: of the erasure; the tombstone in the audit trail bears it.
        counts: how many facts, events, leads and so on are gone.
        digest: what the trail keeps of the ids that are gone: their SHA-256 with the salt.
        salt: kept nowhere else; whoever has it can show which ids were erased.
    """

    number: int
    counts: dict[str, int]
    digest: str
    salt: str


class Gone(NamedTuple):
    """Ids of what an erasure takes away.

    Attributes:
        facts: facts.
        entities: entities of which nothing stays.
        links: pairs of an entity and one that refers to it no longer.
        events: events.
        leads: leads that rest on any of these.
        sources: files whose bytes go.
    """

    facts: set[str]
    entities: set[str]
    links: set[tuple[str, str]]
    events: set[str]
    leads: set[str]
    sources: set[str]


def affected(workspace: Workspace, wanted: Wanted) -> Gone:
    """Return what would be erased; nothing changes."""
    return _Erasing(workspace, 0, "").collect(wanted)


def erase(
    workspace: Workspace,
    wanted: Wanted,
    *,
    kind: str,
    rule: str,
    reason: str,
    by: str,
    second: str,
    purpose: str,
) -> Erased:
    """Erase rows, files, indexes and leads for good, and return what is left of them: numbers.

    A question that is being answered meanwhile may fail and has to be asked again.

    Args:
        workspace: the workspace.
        wanted: what.
        kind: what it is about, such as ``retention`` or ``entity``; no personal data.
        rule: the rule it is done by; no personal data.
        reason: why; no personal data.
        by: who asked for it.
        second: who confirmed it.
        purpose: for what.
    """
    salt = secrets.token_hex(_SALT_BYTES)
    plan = {"wanted": msgspec.to_builtins(wanted), "salt": salt}
    with workspace.writing():
        with workspace.registry.writing() as connection:
            made = connection.execute(insert(tables.erasures).values(
                at=moment(connection), by=by, second=second, purpose=purpose, kind=kind, rule=rule,
                reason=reason, digest="", counts="", plan=json.dumps(plan),
            ))  # fmt: skip
            number = int((made.inserted_primary_key or [0])[0])
        finish(workspace)
    with workspace.registry.reading() as connection:
        mine = tables.erasures.c.id == number
        row = connection.execute(select(tables.erasures).where(mine)).one()
    return Erased(number, json.loads(row.counts), row.digest, salt)


def waiting(connection: Connection) -> bool:
    """Return whether an erasure was begun and not finished."""
    columns = tables.erasures.c
    undone = select(columns.id).where(columns.done_at.is_(None)).limit(1)
    return connection.scalar(undone) is not None


def finish(workspace: Workspace) -> None:
    """Do all erasures that are not done; for the single writer only."""
    columns = tables.erasures.c
    with workspace.registry.reading() as connection:
        rows = list(connection.execute(select(tables.erasures).where(columns.done_at.is_(None))))
    for row in rows:
        plan = json.loads(row.plan)
        if "wanted" in plan:
            wanted = msgspec.convert(plan["wanted"], Wanted)
            plan = _Erasing(workspace, row.id, plan["salt"]).rewrite(wanted)
        _delete_files(workspace, plan)
        with workspace.registry.writing() as connection:
            connection.execute(update(tables.erasures).where(columns.id == row.id)
                               .values(plan=None, done_at=moment(connection)))  # fmt: skip
            log(connection, moment(connection), row.by, ERASE, row.kind, erasure=row.id,
                second=row.second, purpose=row.purpose, rule=row.rule, reason=row.reason,
                counts=json.loads(plan["counts"]), digest=plan["digest"])  # fmt: skip
    workspace.registry.forget()


class _Erasing:
    def __init__(self, workspace: Workspace, number: int, salt: str) -> None:
        self._workspace = workspace
        self._number = number
        self._salt = salt
        with workspace.registry.reading() as connection:
            self._segments = ledger.live_segments(connection)
            self._editions = list(ledger.all_editions(connection))
            self._at = moment(connection)

    def rewrite(self, wanted: Wanted) -> dict[str, Any]:
        """Put segments without the rows in the place of those with them, in one transaction.

        Returns:
            the files that are still to be deleted.
        """
        gone = self.collect(wanted)
        masks = _masks(gone)
        old: list[Segment] = []
        new: list[Segment] = []
        counts: Counter[str] = Counter()
        for segment in self._segments:
            left = self._rewritten(segment, masks, len(old)) if segment.table in masks else None
            if left is not None:
                old.append(segment)
                new += left
                counts[segment.table] += segment.rows - sum(each.rows for each in left)
        counts["sources"] = len(gone.sources)
        ids = sorted(gone.facts | gone.events | gone.leads | gone.entities | gone.sources)
        digest = hashlib.sha256("\n".join([self._salt, *ids]).encode()).hexdigest()
        kept = [each for each in self._segments if each not in old] + new
        facts = self._facts(kept) if old else {}
        plan = {"segments": [each.name for each in old], "sources": sorted(gone.sources),
                "entities": sorted(gone.entities), "digest": digest,
                "counts": json.dumps(counts)}  # fmt: skip
        with self._workspace.registry.writing() as connection:
            ledger.replace_segments(connection, old, new, self._at)
            self._record(connection, gone, facts if old else None)
            columns = tables.erasures.c
            connection.execute(update(tables.erasures).where(columns.id == self._number)
                               .values(plan=json.dumps(plan), digest=digest,
                                       counts=plan["counts"]))  # fmt: skip
        return plan

    def collect(self, wanted: Wanted) -> Gone:
        """Return the ids of all that goes."""
        chosen = _chooser(wanted)
        gone = Gone(set(wanted.facts), set(wanted.entities), set(), set(), set(),
                     set(wanted.sources))  # fmt: skip
        about: set[str] = set()
        for row in self._rows("facts", chosen):
            gone.facts.add(row["id"])
            gone.sources.add(row["source_id"])
            about.add(row["entity_id"])
            gone.links.add((row["value"], row["entity_id"]))
        stay = pa.array(sorted(gone.facts), pa.string())
        for row in self._rows("facts", lambda rows: pc.invert(pc.is_in(rows["id"], stay)), about):
            about.discard(row["entity_id"])
            gone.links.discard((row["value"], row["entity_id"]))
        gone.entities.update(about)
        for table in EVENT_TABLES:
            for row in self._rows(table, chosen):
                gone.events.add(row["id"])
                # An event that was appended by itself is of no file.
                gone.sources.update({row["source_id"]} - {None})
        groups: set[tuple[str, str | None]] = set(wanted.groups)
        for edition in self._editions:
            if {(edition.dataset, edition.handling_id), (edition.dataset, "")} & groups:
                gone.sources.add(edition.source_id)
        seen = gone.facts | gone.events
        for row in self._rows("leads", lambda rows: pc.is_valid(rows["id"])):
            if seen.intersection(row["evidence"]) or gone.entities.intersection(row["subjects"]):
                gone.leads.add(row["id"])
        return gone

    def _rows(
        self,
        table: str,
        mask: Callable[[pa.RecordBatch], pa.Array],
        entities: set[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table that a mask chooses, of certain entities if given."""
        for segment in self._segments:
            if segment.table != table:
                continue
            with pq.ParquetFile(segment_path(self._workspace.lake, segment.name)) as file:
                for rows in file.iter_batches():
                    wanted = mask(rows)
                    if entities is not None:
                        among = pa.array(sorted(entities), pa.string())
                        wanted = pc.and_(wanted, pc.is_in(rows["entity_id"], among))
                    yield from rows.filter(wanted).to_pylist()

    def _rewritten(
        self, old: Segment, masks: dict[str, Callable[[Any], Any]], place: int
    ) -> list[Segment] | None:
        """Return what takes the place of a segment, None if nothing in it goes."""
        mask = masks[old.table]
        path = segment_path(self._workspace.lake, old.name)
        with pq.ParquetFile(path) as file:
            if not any(pc.any(mask(rows)).as_py() for rows in file.iter_batches()):
                return None
        # A name of its own for each, and the time of the old one, by which past views choose.
        at = self._at + timedelta(microseconds=place)
        with (
            pq.ParquetFile(path) as file,
            SegmentWriter(self._workspace.lake, old.table, at=at, by=old.created_by,
                          dataset=old.dataset, edition_id=old.edition_id) as writer,
        ):  # fmt: skip
            writer.write(rows.filter(pc.invert(mask(rows))) for rows in file.iter_batches())
        return [each._replace(created_at=old.created_at) for each in writer.segments]

    def _facts(self, segments: list[Segment]) -> dict[str, int]:
        """Return how many facts each dataset states, as `verify` counts them."""
        found: Counter[str] = Counter()
        with closing(self._workspace.engine.session()) as session:
            read_facts(session, self._workspace.lake, segments)
            session.define("facts", sql.FACTS)
            for query in (sql.FACTS_BY_DATASET, sql.RECALLED_BY_DATASET):
                for row in session.fetch(query).to_pylist():
                    found[row["dataset"]] += row["facts"]
        return found

    def _record(self, connection: Connection, gone: Gone, facts: dict[str, int] | None) -> None:
        """Take what is gone out of the registry."""
        for edition in ledger.editions_in_force(connection).values() if facts is not None else ():
            count = (facts or {}).get(edition.dataset, 0)
            one = update(tables.editions).where(tables.editions.c.id == edition.id)
            connection.execute(one.values(facts=count))
        pairs = tables.judgements.c
        for some in _portions(gone.entities):
            among = or_(pairs.left.in_(some), pairs.right.in_(some))
            connection.execute(delete(tables.judgements).where(among))
        for row in connection.execute(select(tables.decisions)).all():
            if not gone.leads.isdisjoint(json.loads(row.subjects)):
                number = tables.decisions.c.number == row.number
                connection.execute(delete(tables.decisions).where(number))
        known = set(connection.scalars(select(tables.erased_sources.c.source_id)))
        for source_id in gone.sources - known:
            source = update(tables.sources).where(tables.sources.c.id == source_id)
            connection.execute(source.values(name="erased", url="", etag=""))
            mark = {"source_id": source_id, "erasure": self._number}
            connection.execute(insert(tables.erased_sources).values(mark))
            of_source = tables.editions.c.source_id == source_id
            connection.execute(update(tables.editions).where(of_source).values(reason=""))


def _chooser(wanted: Wanted) -> Callable[[pa.RecordBatch], pa.Array]:
    """Return what tells the rows of facts and events that are to go."""
    entities = pa.array(sorted(wanted.entities), pa.string())
    facts = pa.array(sorted(wanted.facts), pa.string())

    def chosen(rows: pa.RecordBatch) -> pa.Array:
        mask = pc.is_in(rows["id"], facts)
        for dataset, handling in wanted.groups:
            of = pc.equal(rows["dataset"], dataset)
            if handling:
                of = pc.and_(of, pc.equal(rows["handling_id"], handling))
            mask = pc.or_(mask, of)
        if len(entities):
            for name in rows.schema.names:
                mask = pc.or_(mask, _names(rows[name], entities))
        return mask

    return chosen


def _names(column: pa.Array, ids: pa.Array) -> Any:
    """Return in which rows a column of texts, or of lists of texts, has one of some ids."""
    if pa.types.is_string(column.type):
        return pc.is_in(column, ids)
    found = pa.array([], pa.int64())
    if pa.types.is_list(column.type):
        found = pc.list_parent_indices(column).filter(pc.is_in(pc.list_flatten(column), ids))
    return pc.is_in(pa.array(range(len(column)), pa.int64()), found)


def _masks(gone: Gone) -> dict[str, Callable[[Any], Any]]:
    """Return by table what tells the rows that go."""
    links = pa.array(sorted("\0".join(pair) for pair in gone.links), pa.string())

    def among(ids: Iterable[str], *columns: str) -> Callable[[Any], Any]:
        wanted = pa.array(sorted(ids), pa.string())

        def mask(rows: Any) -> Any:
            found = pc.is_in(rows[columns[0]], wanted)
            for name in columns[1:]:
                found = pc.or_(found, pc.is_in(rows[name], wanted))
            return found

        return mask

    def of_links(rows: Any) -> Any:
        pairs = pc.binary_join_element_wise(rows["target"], rows["entity_id"], "\0")
        return pc.or_(among(gone.entities, "target", "entity_id")(rows), pc.is_in(pairs, links))

    return {
        "facts": among(gone.facts, "id"),
        "retractions": among(gone.facts | gone.events, "fact_id"),
        "links": of_links,
        "clusters": among(gone.entities, "entity_id", "canonical_id"),
        "members": among(gone.entities, "entity_id", "canonical_id"),
        "judgements": among(gone.entities, "left", "right"),
        "rejects": among(gone.sources, "source_id"),
        "leads": among(gone.leads, "id"),
        **{table: among(gone.events, "id") for table in EVENT_TABLES},
    }


def _delete_files(workspace: Workspace, plan: dict[str, Any]) -> None:
    """Delete segments, sources, and everything that was made from them."""
    for name in plan["segments"]:
        segment_path(workspace.lake, name).unlink(missing_ok=True)
    gone = set(plan["sources"])
    for source_id in gone:
        workspace.source_path(source_id).unlink(missing_ok=True)
    shutil.rmtree(workspace.root / "index", ignore_errors=True)
    (workspace.root / "report.html").unlink(missing_ok=True)
    for path in _files(workspace.root / "inbox"):
        if sha256(path) in gone:
            path.unlink()
    named = [json.dumps(each, ensure_ascii=False).encode() for each in plan["entities"]]
    for path in _files(workspace.root / "screenings"):
        content = path.read_bytes()
        if any(each in content for each in named):
            path.unlink()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _portions(ids: set[str], most: int = 500) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for at in range(0, len(ordered), most):
        yield ordered[at : at + most]
