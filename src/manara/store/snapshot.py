"""Which rows count as of a moment, and questions over them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from manara.model import EVENT_TABLES
from manara.store import ledger, sql
from manara.store.engine import BATCH_ROWS, Engine
from manara.store.lake import SCHEMAS, SNAPSHOTS, read_table, segment_path
from manara.store.memory import Held, Kept
from manara.store.records import Edition, Segment
from manara.store.registry import ERASE, RECALL, Registry

_WORD = re.compile(r"\w+")

# Tables whose rows say themselves since when they count; compaction makes younger segments of them.
_DATED = frozenset({"facts", "retractions", "links"})

_FACTS = frozenset({"facts", "past_facts"})

#: What a query can ask of.
_RELATIONS = frozenset(
    {*_FACTS, *SNAPSHOTS, *EVENT_TABLES, "links", "retractions", "leads", "rejects", "editions"}
    | {"lists"}
)

#: Columns of tables held in memory with the entities that a row is about.
ENDS = {"facts": ("entity_id",), "links": ("target",), "judgements": ("left", "right")} | {
    table: tuple(one.name for one in columns if one.unit == "entity id" and one.type == "text")
    for table, columns in EVENT_TABLES.items()
}

#: Most rows of a table that is held in memory: some 170 bytes a fact, 300 an event. Looking an
#: entity up there takes a hundredth of the time that the engine takes to read its column through.
_HELD = 3_000_000

_NUMBERS = frozenset({"records", "facts", "added", "removed", "rejects"})
_EDITIONS = pa.schema(
    [(name, pa.int64() if name in _NUMBERS else pa.string()) for name in Edition._fields]
).set(Edition._fields.index("recorded_at"), pa.field("recorded_at", pa.timestamp("us")))


class Snapshot:
    """What counts as of a moment; later writing does not change it.

    Args:
        registry: says which segments count.
        engine: runs the questions.
        lake: folder of the segments.
        as_of: the moment; None for now. Without a zone it is taken as UTC.
    """

    def __init__(
        self, registry: Registry, engine: Engine, lake: Path, as_of: datetime | None = None
    ) -> None:
        if as_of and not as_of.tzinfo:
            as_of = as_of.replace(tzinfo=UTC)
        self.as_of = as_of
        self._engine = engine
        self._lake = lake
        self._registry = registry
        self._kept: Kept | None = None
        with registry.reading() as connection:
            rows = ledger.all_datasets(connection)
            self._withdrawn = {row.name for row in rows if row.withdrawn_at}
            self._datasets = [row for row in rows if not row.withdrawn_at]
            self._rules = ledger.all_handlings(connection)
            self._in_force = ledger.editions_in_force(connection, as_of=as_of)
            self._recalls = ledger.count_trail(connection, RECALL)
            self._erasures = ledger.count_trail(connection, ERASE)
            self._segments = [
                segment
                for segment in ledger.live_segments(connection)
                if segment.dataset not in self._withdrawn
            ]
        # What had to be deleted by now is in no answer, whatever moment is asked about.
        today = datetime.now(UTC).date()
        self._expired = {
            key
            for key, rule in self._rules.items()
            if rule.retain_until and rule.retain_until < today
        }

    @property
    def hidden(self) -> tuple[str, ...]:
        """Datasets withdrawn, rules run out, how often facts or events were recalled or erased.

        The facts of all these are in no answer.
        """
        counts = {RECALL: self._recalls, ERASE: self._erasures}
        told = {f"{action} {count}" for action, count in counts.items() if count}
        return tuple(sorted(self._withdrawn | self._expired | told))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the segments whose rows count as of the moment, sorted."""
        return tuple(sorted(each.name for each in self._segments if self._knows(each)))

    @property
    def index(self) -> Path:
        """Folder for what is derived from segments; it may be emptied at any time."""
        return self._lake.parent / "index"

    @property
    def unseen(self) -> tuple[frozenset[str], frozenset[str]]:
        """Datasets, and handling rules, of which no row is in any answer."""
        return frozenset(self._withdrawn), frozenset(self._expired)

    def files(self, table: str) -> dict[str, Path]:
        """Return the Parquet files of a table by segment, for those who read columns themselves.

        Of their rows do not count: those that are `unseen`, those begun after the moment or ended
        by it (`ended`), and recalled events.
        """
        return {each.name: segment_path(self._lake, each.name) for each in self._chosen(table, ())}

    def ended(self) -> pa.Table:
        """Return ``fact_id, entity_id, source_id, first_seen, retracted_at`` of all that ended.

        What ended after the moment is in it too; see `manara.store.recalls` for events.
        """
        with closing(self._engine.session()) as session:
            self._read(session, "retractions", "retraction_rows", ())
            return session.fetch(sql.ENDED)

    def holds(self, table: str) -> bool:
        """Return whether an event table, or another, has rows at all."""
        return bool(self._chosen(table, ()))

    def sql(self, query: str, params: Sequence[object] = ()) -> pa.Table:
        """Return the answer to a question, all in memory.

        Args:
            query: in DuckDB's dialect, over ``facts``, ``past_facts`` (with ``last_seen``),
                ``retractions``, ``rejects`` of the editions in force, ``clusters`` (only entities
                that are one with another), ``judgements`` of machines, ``links``, ``editions``,
                ``lists`` (the list that each dataset is, or is a part of) and the event tables.
            params: values for its ``?``.
        """
        with self._session(query) as session:
            return session.fetch(query, params)

    def stream(self, query: str, params: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the answer to a question in batches, in constant memory. See `sql`."""
        with self._session(query) as session:
            yield from session.stream(query, params)

    def remember(self, before: Snapshot | None = None) -> None:
        """Keep sessions and answers from now on, for whoever asks the same again and again.

        Tables that fit are held in memory, which takes seconds for millions of rows; those that
        are the same in an earlier snapshot are taken over from it.
        """
        self._kept = Kept(before._kept if before else None)
        for table in ENDS:
            self._held(table)

    def _held(self, table: str) -> Held | None:
        """Return a table in memory, None where nothing is kept or it is too large for that."""
        if self._kept is None or self.as_of:
            return None
        segments = self._chosen(table, ())
        if not segments or sum(one.rows for one in segments) > _HELD:
            return None
        among = [*segments, *(self._chosen("retractions", ()) if table in _DATED else ())]
        key = (tuple(one.name for one in among), self.hidden)
        query, ends = f"SELECT * FROM {table}", ENDS[table]  # noqa: S608
        if table in EVENT_TABLES:
            query += ' ORDER BY "time" DESC, id'
        loaded = sql.SELECT_FACTS if table == "facts" else query
        return self._kept.held(table, key, lambda: Held(self.sql(loaded), ends))

    @contextmanager
    def _session(self, query: str, keys: Collection[str] = ()) -> Iterator[Engine]:
        """Yield a session in which the relations that a query names are defined.

        Args:
            query: the query.
            keys: only rows with these values of a relation's key column will be asked for.
        """
        words = _RELATIONS.intersection(_WORD.findall(query))
        if self._kept is None:
            with closing(self._defined(words, keys)) as session:
                yield session
            return
        tables = sorted(words | ({"facts", "retractions"} if words & _FACTS else set()))
        held = [one.name for table in tables for one in self._chosen(table, keys)]
        idle = self._kept.idle(words, held)
        session = idle.pop() or self._defined(words, keys)
        try:
            yield session
        except BaseException:
            session.close()
            raise
        idle.append(session)

    def _defined(self, relations: frozenset[str], keys: Collection[str]) -> Engine:
        """Return a new session in which some relations are defined."""
        session, words = self._engine.session(), set(relations)
        hidden = self._hidden("f.dataset", "f.handling_id")
        if hidden and words & {"clusters", "members"}:
            words.add("facts")
        if words & _FACTS:
            self._read(session, "facts", "fact_rows", keys)
            self._read(session, "retractions", "retraction_rows", keys)
        for table, rows in (("facts", sql.FACTS), ("past_facts", sql.PAST_FACTS)):
            if table in words:
                session.define(table, sql.at_moment(rows, self.as_of, hidden))
        for table in words & (SNAPSHOTS | EVENT_TABLES.keys() | {"links", "retractions", "leads"}):
            self._define(session, table, keys)
        if "rejects" in words:
            self._read(session, "rejects", "rejects", ())
        if "editions" in words:
            session.read("editions", self._editions)
        if "lists" in words:
            names, titles = [r.name for r in self._datasets], [r.title for r in self._datasets]
            columns = {"dataset": names, "list": titles}
            session.read("lists", pa.table(columns, pa.schema(dict.fromkeys(columns, pa.string()))))
        return session

    def _jumps(self, keys: Collection[str]) -> bool:
        """Return whether jumping to each entity is quicker than reading all facts through."""
        rows = sum(segment.rows for segment in self._chosen("facts", keys))
        # A jump reads a row group and finds its way there in about the time of another.
        return len(keys) == 1 or len(keys) * 2 * BATCH_ROWS < rows

    def _define(self, session: Engine, table: str, keys: Collection[str]) -> None:
        """Define a relation of which a plain filter says what may be seen."""
        self._read(session, table, f"{table}_rows", keys)
        names = SCHEMAS[table].names
        columns = [name for name in ("dataset", "handling_id") if name in names]
        condition = self._hidden(*columns) or "TRUE"
        if table == "retractions" and self.as_of:
            moment = self.as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
            condition += f" AND retracted_at <= TIMESTAMP '{moment}'"
        if table in EVENT_TABLES and self._recalls:
            self._read(session, "retractions", "recalled_events", ())
            condition += " AND " + sql.HAPPENED.replace("any_table", f"{table}_rows")
        if table in ("clusters", "members") and self._hidden("dataset", "handling_id"):
            condition = "entity_id IN (SELECT entity_id FROM facts)"
        session.define(table, f"SELECT * FROM {table}_rows WHERE {condition}")  # noqa: S608

    def _hidden(self, dataset: str = "", handling_id: str = "") -> str:
        """Return the condition on columns that hides what must not be seen; ``""`` for none."""
        conditions = []
        if dataset:
            conditions += sql.excluding(dataset, self._withdrawn)
        if handling_id:
            conditions += sql.excluding(handling_id, self._expired)
        return " AND ".join(conditions)

    def _read(self, session: Engine, table: str, name: str, keys: Collection[str]) -> None:
        """Give the rows of a table a name, leaving out segments that cannot hold the keys."""
        read_table(session, name, self._lake, self._chosen(table, keys), table)

    def _chosen(self, table: str, keys: Collection[str]) -> list[Segment]:
        known = [
            segment
            for segment in self._segments
            if segment.table == table and (table in _DATED or self._knows(segment))
        ]
        if table in SNAPSHOTS:
            last = max((segment.created_at for segment in known), default=None)
            known = [segment for segment in known if segment.created_at == last]
        if table == "rejects":
            counting = {edition.id for edition in self._in_force.values()}
            additive = {row.name for row in self._datasets if row.additive}
            known = [
                segment
                for segment in known
                if segment.edition_id in counting or segment.dataset in additive
            ]
        if not keys:
            return known
        return [
            segment
            for segment in known
            if any(segment.min_key <= key <= segment.max_key for key in keys)
        ]

    def _knows(self, segment: Segment) -> bool:
        return self.as_of is None or segment.created_at <= self.as_of

    @cached_property
    def _editions(self) -> pa.Table:
        with self._registry.reading() as connection:
            editions = [
                edition._replace(recorded_at=edition.recorded_at.replace(tzinfo=None))
                for edition in ledger.all_editions(connection)
                if edition.dataset not in self._withdrawn
                and (self.as_of is None or edition.recorded_at <= self.as_of)
            ]
        return pa.Table.from_pylist([edition._asdict() for edition in editions], _EDITIONS)
