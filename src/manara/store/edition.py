"""Taking in a new edition of a dataset: only what differs from the one in force is written."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from manara.model import Dataset, Reject, Source, StatedEvent, UsageError, event, fact_id
from manara.store import ledger
from manara.store.difference import Difference
from manara.store.event_columns import identified
from manara.store.files import scratch
from manara.store.lake import SCHEMAS
from manara.store.records import Edition, Segment
from manara.store.registry import log, moment
from manara.store.stage import STAGE_ROWS, Stage

if TYPE_CHECKING:
    from manara.store.workspace import Workspace


class EditionResult(NamedTuple):
    """What an edition came to.

    Attributes:
        edition_id: id of the edition in force now.
        dataset: name of its dataset.
        unchanged: whether it was in force already, read by the same reader under the same handling
            rule, so that nothing was written.
        records: records read.
        facts: different facts stated.
        added: facts the dataset did not state before.
        removed: facts the dataset no longer states.
        rejects: things set aside.
        events: events not known from this dataset before.
    """

    edition_id: str
    dataset: str
    unchanged: bool
    records: int
    facts: int
    added: int
    removed: int
    rejects: int
    events: int = 0


class EditionWriter:
    """Collects what a source states and commits it as one edition, whole or not at all.

    Use it in a ``with`` block; a block left without `commit` leaves nothing behind. The workspace
    is locked only during the commit.

    Args:
        workspace: where to.
        dataset: the dataset it is an edition of; its handling rule comes on every fact.
        source: the file it is read from, kept by `Workspace.keep`.
        format: name of the file's format.
        parser_version: version of the reader.
        published: date or time of the edition as the source states it, ISO 8601, or ``""``.
        by: who takes it in.
        allow_shrink: accept that more than half of the dataset's entities go.
        may_be_cut: the source has no proper end; do not let it drop a single entity.

    Attributes:
        records: number of records read; the caller counts.

    Raises:
        UsageError: the dataset has been withdrawn.
    """

    def __init__(
        self,
        workspace: Workspace,
        dataset: Dataset,
        source: Source,
        *,
        format: str,
        parser_version: str,
        published: str = "",
        by: str,
        allow_shrink: bool = False,
        may_be_cut: bool = False,
    ) -> None:
        with workspace.registry.reading() as connection:
            known = ledger.find_dataset(connection, dataset.name)
        if known and known.withdrawn_at:
            raise UsageError(
                f"was withdrawn: {known.reason}",
                where=dataset.name,
                remedy="take the source in under another name",
            )
        self.records = 0
        self._workspace = workspace
        self._dataset = dataset
        self._source = source
        self._reader = (format, parser_version, published)
        self._by = by
        self._allow_shrink = allow_shrink
        self._may_be_cut = may_be_cut
        self._key = (dataset.name, dataset.handling.id)
        self._rows: list[tuple[str, ...]] = []
        self._events: dict[str, list[dict[str, object]]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> EditionWriter:
        self._stage = Stage(self._stack.enter_context(scratch(self._workspace.scratch)))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def add(
        self,
        entity_id: str,
        schema: str,
        prop: str,
        value: str,
        original_value: str,
        lang: str,
        locator: str,
    ) -> None:
        """State a fact; stating it again in the same edition changes nothing. See `Fact`."""
        # Runs once for every fact of every source: one tuple, no keywords.
        name, handling = self._key
        identity = fact_id(name, entity_id, schema, prop, value, original_value, lang, handling)
        self._rows.append((identity, entity_id, schema, prop, value, original_value, lang, locator))
        if len(self._rows) >= STAGE_ROWS:
            self._stage.put(self._rows)
            self._rows.clear()

    def add_event(self, stated: StatedEvent, nth: int = 0) -> None:
        """State an event; one that another source of the dataset has stated changes nothing.

        Args:
            stated: the event.
            nth: how many events equal in all values came before it, where that is known from
                elsewhere; else those of the source are counted.

        Raises:
            UsageError: the table or a value is not as `EVENT_TABLES` declares.
        """
        name, handling = self._key
        made = event(*stated, dataset=name, handling_id=handling, nth=nth)
        rows = self._events.setdefault(made.table, [])
        rows.append({"id": made.id, "locator": made.locator, **made.values})
        if len(rows) >= STAGE_ROWS:
            self._put_events(made.table)

    def add_events(self, table: str, events: pa.RecordBatch) -> None:
        """State many events at once, in the order of the source; see `add_event`.

        Args:
            table: a key of `EVENT_TABLES`.
            events: columns of the table and ``locator``, nulls where there is no value.

        Raises:
            UsageError: a required value is missing, or a column is not as `EVENT_TABLES` declares.
        """
        name, handling = self._key
        made = identified(events, table, dataset=name, handling_id=handling)
        self._put_events(table)
        self._stage.put_events(table, made)

    def _put_events(self, table: str) -> None:
        if rows := self._events.pop(table, None):
            self._stage.put_events(table, pa.RecordBatch.from_pylist(rows, SCHEMAS[table]))

    def reject(self, reject: Reject) -> None:
        """Set something of the source aside for a person to look at."""
        self._stage.reject(reject)

    def refuse(self, reason: str) -> Edition:
        """Record that the source cannot be used; the edition in force stays in force."""
        name, version, published = self._reader
        return self._workspace.refused(
            self._dataset.name,
            self._source,
            format=name,
            parser_version=version,
            published=published,
            reason=reason,
            by=self._by,
        )

    def commit(self) -> EditionResult:
        """Make this the edition in force and return what has changed by it.

        Doing it again, after a commit of which nobody heard, changes nothing.

        Raises:
            UsageError: more than half of the dataset's entities would go.
            WorkspaceError: another process is writing.
        """
        self._stage.put(self._rows)
        self._rows.clear()
        for table in list(self._events):
            self._put_events(table)
        self._stage.finish()
        name = self._dataset.name
        with self._workspace.writing():
            with self._workspace.registry.reading() as connection:
                present = ledger.editions_in_force(connection, name).get(name)
                if self._dataset.additive:
                    taken = ledger.edition_of(connection, name, self._source.id)
                    present = taken if taken and self._is(taken) else present
                edition_id = ledger.new_edition_id(connection, name)
                at = moment(connection)
            unchanged = present is not None and self._is(present)
            events = 0
            if present and unchanged:
                edition = present
            else:
                edition, events = self._apply(present, edition_id, at)
        return EditionResult(
            edition.id,
            name,
            unchanged,
            edition.records,
            edition.facts,
            0 if unchanged else edition.added,
            0 if unchanged else edition.removed,
            edition.rejects,
            events,
        )

    def _is(self, edition: Edition) -> bool:
        mine = (self._source.id, *self._reader[:2], self._dataset.handling.id)
        its = (edition.source_id, edition.format, edition.parser_version, edition.handling_id)
        return mine == its

    def _apply(self, present: Edition | None, edition_id: str, at: datetime) -> tuple[Edition, int]:
        """Write what differs, then make it count, in one transaction."""
        with self._workspace.registry.reading() as connection:
            segments = ledger.live_segments(connection)
        written = Difference(
            self._workspace.lake,
            segments,
            self._stage,
            self._dataset.name,
            self._source.id,
            self._dataset.handling.id,
            edition_id,
            at,
            self._by,
        ).write(
            self._workspace.engine,
            allow_shrink=self._allow_shrink,
            may_be_cut=self._may_be_cut,
            additive=self._dataset.additive,
        )
        edition = Edition(
            edition_id,
            self._dataset.name,
            self._source.id,
            self._dataset.handling.id,
            *self._reader,
            at,
            self.records,
            (present.facts if present else 0) + written.added - written.removed,
            written.added,
            written.removed,
            self._stage.rejects,
            "applied",
            "",
            self._by,
        )
        self._record(edition, written.segments, written.events)
        return edition, written.events

    def _record(self, edition: Edition, segments: list[Segment], events: int) -> None:
        with self._workspace.registry.writing() as connection:
            ledger.put_dataset(connection, self._dataset, edition.recorded_at)
            ledger.put_edition(connection, edition)
            ledger.put_segments(connection, segments)
            log(
                connection,
                edition.recorded_at,
                self._by,
                "ingest",
                edition.dataset,
                edition=edition.id,
                source=edition.source_id,
                records=edition.records,
                added=edition.added,
                removed=edition.removed,
                rejects=edition.rejects,
                events=events,
            )
