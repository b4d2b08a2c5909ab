"""Taking in a new edition of a dataset: only what differs from the one in force is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from manara.model import Dataset, Reject, UsageError, fact_id
from manara.store import ledger, sql
from manara.store.engine import BATCH_ROWS, Engine
from manara.store.files import scratch
from manara.store.lake import SCHEMAS, SegmentWriter, segment_path
from manara.store.records import Edition, Segment, SourceFile
from manara.store.registry import log, moment
from manara.store.stage import STAGED, Stage, visible

if TYPE_CHECKING:
    from manara.store.workspace import Workspace

#: Facts held in memory before they go to a staged file: some 30 MB.
_STAGE_ROWS = 50_000

#: An edition that drops more than this share of its dataset's entities, if it had at least so
#: many, is more often a source cut short than the truth: lists of this field change by a few
#: percent from one edition to the next.
_SHRINK_SHARE, _SHRINK_FROM = 0.5, 20


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
    """

    edition_id: str
    dataset: str
    unchanged: bool
    records: int
    facts: int
    added: int
    removed: int
    rejects: int


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

    Attributes:
        records: number of records read; the caller counts.

    Raises:
        UsageError: the dataset has been withdrawn.
    """

    def __init__(
        self,
        workspace: Workspace,
        dataset: Dataset,
        source: SourceFile,
        *,
        format: str,
        parser_version: str,
        published: str = "",
        by: str,
        allow_shrink: bool = False,
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
        self._key = (dataset.name, dataset.handling.id)
        self._rows: list[tuple[str, ...]] = []
        self._rejects: list[Reject] = []
        self._stack = ExitStack()

    def __enter__(self) -> EditionWriter:
        folder = self._stack.enter_context(scratch(self._workspace.scratch))
        self._stage = Stage(folder, self.reject)
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
        if len(self._rows) >= _STAGE_ROWS:
            self._stage.put(self._rows)
            self._rows.clear()

    def reject(self, reject: Reject) -> None:
        """Set something of the source aside for a person to look at."""
        self._rejects.append(Reject(*map(visible, reject)))

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
        name = self._dataset.name
        with self._workspace.writing():
            with self._workspace.registry.reading() as connection:
                present = ledger.editions_in_force(connection, name).get(name)
                edition_id = ledger.new_edition_id(connection, name)
                at = moment(connection)
            unchanged = present is not None and self._is(present)
            edition = present if present and unchanged else self._apply(present, edition_id, at)
        return EditionResult(
            edition.id,
            name,
            unchanged,
            edition.records,
            edition.facts,
            0 if unchanged else edition.added,
            0 if unchanged else edition.removed,
            edition.rejects,
        )

    def _is(self, edition: Edition) -> bool:
        mine = (self._source.id, *self._reader[:2], self._dataset.handling.id)
        its = (edition.source_id, edition.format, edition.parser_version, edition.handling_id)
        return mine == its

    def _apply(self, present: Edition | None, edition_id: str, at: datetime) -> Edition:
        """Write what differs, then make it count, in one transaction."""
        name, by = self._dataset.name, self._by
        origin = {"dataset": name, "source_id": self._source.id}
        facts, retractions, rejects = (
            SegmentWriter(
                self._workspace.lake, table, at=at, by=by, dataset=name, edition_id=edition_id
            )
            for table in ("facts", "retractions", "rejects")
        )
        with closing(self._workspace.engine.session()) as session, facts, retractions, rejects:
            removed = self._compare(session)
            added = facts.write(
                _with(batch, origin | {"handling_id": self._dataset.handling.id}, first_seen=at)
                for batch in _different(session.stream(sql.ADDED))
            )
            origin["edition_id"] = edition_id
            if removed:
                retractions.write(
                    _with(batch, origin, retracted_at=at)
                    for batch in session.stream(sql.REMOVED_SORTED)
                )
            rejects.write(
                _with(batch, origin, recorded_at=at) for batch in _batches(self._rejects)
            )
        edition = Edition(
            edition_id,
            name,
            self._source.id,
            self._dataset.handling.id,
            *self._reader,
            at,
            self.records,
            (present.facts if present else 0) + added - removed,
            added,
            removed,
            len(self._rejects),
            "applied",
            "",
            by,
        )
        self._record(edition, [*facts.segments, *retractions.segments, *rejects.segments])
        return edition

    def _compare(self, session: Engine) -> int:
        """Give the session what the queries need; return how many facts go.

        Raises:
            UsageError: more than half of the dataset's entities would go.
        """
        session.read("staged", self._stage.files or STAGED.empty_table())
        self._workspace.read_facts(session, dataset=self._dataset.name)
        session.define("facts", sql.FACTS)
        session.materialise("current_facts", sql.CURRENT, [self._dataset.name])
        session.materialise("removed", sql.REMOVED)
        removed = _number(session, sql.REMOVED_COUNT)
        if removed and not self._allow_shrink:
            before, gone = _number(session, sql.ENTITIES_BEFORE), _number(session, sql.ENTITIES_GONE)
            if before >= _SHRINK_FROM and gone > before * _SHRINK_SHARE:
                raise UsageError(
                    f"{gone} of {before} entities would go: the source may be cut short",
                    where=self._dataset.name,
                    remedy="if it is right, say --allow-shrink",
                )
        return removed

    def _record(self, edition: Edition, segments: list[Segment]) -> None:
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
            )


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


def _batches(rejects: list[Reject]) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rejects), BATCH_ROWS):
        columns = zip(*rejects[start : start + BATCH_ROWS], strict=True)
        arrays = [pa.array(column, pa.string()) for column in columns]
        yield pa.record_batch(arrays, list(Reject._fields))
