"""What a new edition changes about its dataset: found and written in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import UsageError, vocabulary
from manara.store import sql
from manara.store.engine import Engine
from manara.store.lake import SegmentWriter, read_facts, read_table, segment_path
from manara.store.records import Segment
from manara.store.stage import STAGED, Stage

#: An edition that drops more than this share of its dataset's entities, if it had at least so
#: many, is more often a source cut short than the truth: lists of this field change by a few
#: percent from one edition to the next.
_SHRINK_SHARE, _SHRINK_FROM = 0.5, 20

#: Columns of events that are the same for a whole edition.
_STORED = ("dataset", "source_id", "handling_id")


class Written(NamedTuple):
    """What was written of an edition.

    Attributes:
        added: facts the dataset did not state before.
        removed: facts the dataset no longer states.
        events: events not known from the dataset before.
        segments: files that hold them; they count once they are recorded.
    """

    added: int
    removed: int
    events: int
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference between what a dataset states and what an edition of it states.

    Attributes:
        lake: folder of the segments.
        segments: those that count.
        stage: what the edition states.
        dataset: name of the dataset.
        source_id: the source of the edition.
        handling_id: the handling rule its facts come under.
        edition_id: the edition.
        at: when it is recorded, UTC.
        by: who takes it in.
    """

    lake: Path
    segments: Sequence[Segment]
    stage: Stage
    dataset: str
    source_id: str
    handling_id: str
    edition_id: str
    at: datetime
    by: str

    def write(
        self, engine: Engine, *, allow_shrink: bool, may_be_cut: bool, additive: bool
    ) -> Written:
        """Write what differs and return it; nothing goes from an additive dataset.

        Raises:
            UsageError: more than half of the dataset's entities would go, or one of a source that
                may be cut off, and that is not allowed.
        """
        texts = {"dataset": self.dataset, "source_id": self.source_id}
        with closing(engine.session()) as session, ExitStack() as stack:
            facts, links, retractions, rejects = (
                stack.enter_context(self._writer(table))
                for table in ("facts", "links", "retractions", "rejects")
            )
            removed = self._removed(session, additive)
            if removed and not allow_shrink:
                self._check_shrink(session, may_be_cut)
            added = facts.write(
                _with(batch, texts | {"handling_id": self.handling_id}, first_seen=self.at)
                for batch in _different(session.stream(sql.ADDED))
            )
            facts.finish()
            if facts.segments:
                links.write(self._links(session, facts.segments))
            texts["edition_id"] = self.edition_id
            if removed:
                retractions.write(
                    _with(batch, texts, retracted_at=self.at)
                    for batch in session.stream(sql.REMOVED_SORTED)
                )
            rejects.write(
                _with(batch, texts, recorded_at=self.at) for batch in self.stage.reject_batches()
            )
            tables = {
                table: stack.enter_context(self._writer(table)) for table in self.stage.events
            }
            events = sum(
                writer.write(self._new_events(session, table)) for table, writer in tables.items()
            )
        written = (facts, links, retractions, rejects, *tables.values())
        segments = [each for writer in written for each in writer.segments]
        return Written(added, removed, events, segments)

    def _new_events(self, session: Engine, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the events that the dataset did not state before, by time."""
        session.read("event_rows", self.stage.events[table])
        # Columns without a value would be sorted with the rest, and they are most of them.
        filled = ", ".join(f'"{name}"' for name in sorted(self.stage.filled[table]))
        session.define("staged_events", f"SELECT {filled}, line FROM event_rows")  # noqa: S608
        session.materialise("repeated_events", sql.REPEATED_EVENTS)
        mine = [each for each in self.segments if each.dataset in (self.dataset, None)]
        read_table(session, "event_table", self.lake, mine, table)
        read_table(session, "recalled_events", self.lake, mine, "retractions")
        # What was recalled and is stated anew by another source is known from then on.
        known = f"SELECT * FROM event_table WHERE {sql.HAPPENED}"  # noqa: S608
        session.define("known_events", known.replace("any_table", "event_table"))
        texts = dict(zip(_STORED, (self.dataset, self.source_id, self.handling_id), strict=True))
        # Equal events are of one time, so that most of what is known need not be looked at.
        between = session.fetch(sql.TIMES_OF_EVENTS).to_pylist()[0].values()
        for batch in session.stream(sql.NEW_EVENTS, list(between)):
            names = [name for name in batch.schema.names if name not in ("number_id", "line")]
            columns = {name: batch[name] for name in names} | {"id": batch["number_id"]}
            yield _with(pa.record_batch(columns), texts)

    def _writer(self, table: str) -> SegmentWriter:
        return SegmentWriter(
            self.lake,
            table,
            at=self.at,
            by=self.by,
            dataset=self.dataset,
            edition_id=self.edition_id,
        )

    def _removed(self, session: Engine, additive: bool) -> int:
        """Give the session what the queries need and return how many facts go."""
        session.read("staged", self.stage.files or STAGED.empty_table())
        mine = [each for each in self.segments if each.dataset in (self.dataset, None)]
        read_facts(session, self.lake, mine)
        session.define("facts", sql.FACTS)
        session.materialise("current_facts", sql.CURRENT, [self.dataset])
        session.materialise("removed", sql.REMOVED_NONE if additive else sql.REMOVED)
        return _number(session, sql.REMOVED_COUNT)

    def _check_shrink(self, session: Engine, may_be_cut: bool) -> None:
        before, gone = _number(session, sql.ENTITIES_BEFORE), _number(session, sql.ENTITIES_GONE)
        if (gone and may_be_cut) or (before >= _SHRINK_FROM and gone > before * _SHRINK_SHARE):
            raise UsageError(
                f"{gone} of {before} entities would go: the source may be cut short",
                where=self.dataset,
                remedy="if it is right, say --allow-shrink",
            )

    def _links(self, session: Engine, facts: Iterable[Segment]) -> Iterator[pa.RecordBatch]:
        session.read("fresh_facts", [segment_path(self.lake, each.name) for each in facts])
        params: list[object] = []
        query = sql.where(sql.LINKS, sql.one_of("prop", link_props(), params))
        yield from session.stream(query, params)


@cache
def link_props() -> tuple[str, ...]:
    """Return the names of the properties by which one entity refers to another."""
    properties = (
        prop for schema in vocabulary().schemata.values() for prop in schema.properties.values()
    )
    return tuple(sorted({prop.name for prop in properties if prop.type.name == "entity"}))


def _number(session: Engine, query: str) -> int:
    return int(session.fetch(query).column(0)[0].as_py())


def _different(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield sorted facts without those equal to the one before."""
    last = pa.array([None], pa.string())
    for batch in batches:
        if len(batch):
            ids = batch["id"]
            before = pa.concat_arrays([last, ids[:-1]])
            yield batch.filter(pc.fill_null(pc.not_equal(ids, before), True))
            last = ids[-1:]


def _with(batch: pa.RecordBatch, texts: dict[str, str], **times: datetime) -> pa.RecordBatch:
    """Return a batch with further columns of one value each."""
    for name, text in texts.items():
        batch = batch.append_column(name, pa.repeat(pa.scalar(text), len(batch)))
    for name, time in times.items():
        naive = pa.scalar(time.astimezone(UTC).replace(tzinfo=None), pa.timestamp("us"))
        batch = batch.append_column(name, pa.repeat(naive, len(batch)))
    return batch
