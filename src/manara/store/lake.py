"""The lake: tables as immutable Parquet segments, sorted so that one entity is found fast."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manara.model import DECIMAL_PRECISION as PRECISION
from manara.model import DECIMAL_SCALE as SCALE
from manara.model import EVENT_TABLES, PROVENANCE, ColumnType, UsageError
from manara.store.engine import BATCH_ROWS, Engine
from manara.store.files import partial, publish, sha256
from manara.store.records import Segment

#: Rows after which a table goes on in a further segment: some 100 MB of facts.
SEGMENT_ROWS = 6_000_000

_TIME = pa.timestamp("us")

_ARROW = {
    ColumnType.TEXT: pa.string(),
    ColumnType.TEXTS: pa.list_(pa.string()),
    ColumnType.TIME: _TIME,
    ColumnType.DECIMAL: pa.decimal128(PRECISION, SCALE),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.INTEGER: pa.int64(),
}


def _schema(texts: str, **others: pa.DataType) -> pa.Schema:
    fields = [(name, pa.string()) for name in texts.split()]
    return pa.schema([*fields, *others.items()])


#: Columns of the tables; times are UTC without a zone.
SCHEMAS: Mapping[str, pa.Schema] = {
    "facts": _schema(
        "id entity_id schema prop value original_value lang dataset source_id locator handling_id",
        first_seen=_TIME,
    ),
    # A retraction ends the statement of one fact that began at first_seen.
    "retractions": _schema(
        "fact_id entity_id dataset source_id edition_id", first_seen=_TIME, retracted_at=_TIME
    ),
    "rejects": _schema(
        "dataset source_id edition_id locator rule reason excerpt", recorded_at=_TIME
    ),
    # The facts that refer to another entity, the other way round; some may be retracted since.
    "links": _schema("target entity_id"),
    # The same rows twice, sorted for either way of asking.
    "clusters": _schema("entity_id canonical_id"),
    "members": _schema("entity_id canonical_id"),
    "judgements": _schema(
        "left right verdict by", score=pa.float64(), reason=pa.list_(pa.string()), at=_TIME
    ),
    # One row for each state of a lead; the newest one of each counts.
    "leads": _schema(
        "id kind title explanation handling_id recipe standing",
        subjects=pa.list_(pa.string()),
        evidence=pa.list_(pa.string()),
        datasets=pa.list_(pa.string()),
        score=pa.float64(),
        severity=pa.int64(),
        created=_TIME,
        updated=_TIME,
    ),
} | {
    table: pa.schema([(column.name, _ARROW[column.type]) for column in (*PROVENANCE, *columns)])
    for table, columns in EVENT_TABLES.items()
}

#: The column by which a table is sorted and looked up.
KEYS: Mapping[str, str] = {
    "facts": "entity_id",
    "retractions": "entity_id",
    "links": "target",
    "clusters": "entity_id",
    "members": "canonical_id",
    "judgements": "left",
    "leads": "id",
}

#: Tables of which only the newest state counts, each written whole.
SNAPSHOTS = frozenset({"clusters", "members", "judgements"})

# Keys are cut for the registry; what was cut off sorts before two of the last character.
_KEY_LENGTH, _LAST = 200, "\U0010ffff" * 2

# Columns of few values compress best through a dictionary; these seldom repeat.
_PLAIN = frozenset({"id", "fact_id", "value", "locator", "reference", "time", "amount"})


class SegmentWriter:
    """Writes one table as segments that nobody sees before their rows are committed.

    After the block `segments` holds the rows to commit; leaving it by an exception deletes the
    files.

    Args:
        folder: the lake's.
        table: a key of `SCHEMAS`.
        at: when it is recorded, UTC; with the table the name of the segments.
        by: who writes.
        dataset: the only dataset in it, None for several.
        edition_id: the edition it comes with, None for any other origin.
    """

    def __init__(
        self,
        folder: Path,
        table: str,
        *,
        at: datetime,
        by: str,
        dataset: str | None = None,
        edition_id: str | None = None,
    ) -> None:
        if table not in SCHEMAS:
            raise UsageError("no such table", where=table, remedy=f"use {', '.join(SCHEMAS)}")
        self.segments: list[Segment] = []
        self._folder = folder
        self._table = table
        self._origin = (dataset, edition_id)
        self._made = (at, by)
        self._schema = SCHEMAS[table]
        self._key = KEYS.get(table)
        self._waiting: list[pa.RecordBatch] = []
        self._open: _Open | None = None

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind:
            self.discard()
        else:
            self.finish()

    def write(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Add rows and return how many.

        Columns may come in any order, those that are missing stay null.

        Raises:
            UsageError: a column is not one of the table's.
        """
        rows = 0
        for batch in batches:
            rows += len(batch)
            self._waiting.append(conform(batch, self._schema))
            if sum(map(len, self._waiting)) >= BATCH_ROWS:
                self._flush(BATCH_ROWS)
        return rows

    def discard(self) -> None:
        """Delete everything written."""
        if self._open:
            self._open.abandon()
            self._open = None
        for segment in self.segments:
            segment_path(self._folder, segment.name).unlink(missing_ok=True)
        self.segments.clear()

    def _flush(self, least: int) -> None:
        """Write the waiting rows in whole row groups, all of them if ``least`` is 1."""
        rows = pa.Table.from_batches(self._waiting, self._schema)
        while len(rows) >= least:
            self._put(rows.slice(0, BATCH_ROWS))
            rows = rows.slice(BATCH_ROWS)
        self._waiting = rows.to_batches()

    def _put(self, rows: pa.Table) -> None:
        if self._open and self._open.rows >= SEGMENT_ROWS:
            self._close()
        if not self._open:
            name = f"{self._table}/{self._made[0]:%Y%m%dT%H%M%S.%f}-{len(self.segments)}"
            self._open = _Open(self._folder, name, self._schema, self._key)
        self._open.put(rows)

    def _close(self) -> None:
        if self._open:
            self.segments.append(
                self._open.finish()._replace(
                    table=self._table,
                    dataset=self._origin[0],
                    edition_id=self._origin[1],
                    created_at=self._made[0],
                    created_by=self._made[1],
                )
            )
            self._open = None

    def finish(self) -> None:
        """Make everything written durable; nothing can be added afterwards."""
        if self._waiting:
            self._flush(1)
        if not self._open and not self.segments and self._table in SNAPSHOTS:
            # That nothing is known is a state of its own.
            self._put(self._schema.empty_table())
        self._waiting = []
        self._close()


class _Open:
    """A segment being written."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema, key: str | None) -> None:
        self.rows = 0
        self._name = name
        self._key = key
        self._range: tuple[str, str] | None = None
        self._path = segment_path(folder, name)
        self._partial = partial(self._path)
        self._writer = pq.ParquetWriter(
            self._partial,
            schema,
            compression="zstd",
            use_dictionary=[name for name in schema.names if name not in _PLAIN],
        )

    def put(self, rows: pa.Table) -> None:
        """Add one row group."""
        self._writer.write_table(rows, row_group_size=BATCH_ROWS)
        self.rows += len(rows)
        if self._key and len(rows):
            found = pc.min_max(rows[self._key]).as_py()
            low, high = self._range or (found["min"], found["max"])
            self._range = min(low, found["min"]), max(high, found["max"])

    def finish(self) -> Segment:
        """Make the file durable and return what it holds."""
        self._writer.close()
        publish(self._partial, self._path)
        low, high = map(_bound, self._range or ("", ""))
        if self._range and high != self._range[1]:
            high += _LAST
        size, digest = self._path.stat().st_size, sha256(self._path)
        return Segment(
            self._name, "", None, None, self.rows, size, digest, low, high, datetime.min, ""
        )

    def abandon(self) -> None:
        """Delete the unfinished file."""
        self._writer.close()
        self._partial.unlink(missing_ok=True)


def _bound(key: str) -> str:
    """Return the part of a key that the registry can keep: PostgreSQL's texts hold no NUL."""
    return key.split("\0")[0][:_KEY_LENGTH]


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns of a schema in its order and types.

    Raises:
        UsageError: it has a column that the schema does not know.
    """
    unknown = set(batch.schema.names).difference(schema.names)
    if unknown:
        raise UsageError(f"no such column: {', '.join(sorted(unknown))}", where="lake")
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)


def segment_path(folder: Path, name: str) -> Path:
    """Return where a segment's file is."""
    return folder / f"{name}.parquet"


def read_table(
    session: Engine, name: str, folder: Path, segments: Iterable[Segment], table: str
) -> None:
    """Give the rows of a table in some segments a name, also where there are none."""
    paths = [segment_path(folder, each.name) for each in segments if each.table == table]
    session.read(name, paths or SCHEMAS[table].empty_table())


def read_facts(session: Engine, folder: Path, segments: Sequence[Segment]) -> None:
    """Name the facts in some segments ``fact_rows`` and the retractions ``retraction_rows``."""
    read_table(session, "fact_rows", folder, segments, "facts")
    read_table(session, "retraction_rows", folder, segments, "retractions")


def sweep(folder: Path, keep: set[str]) -> None:
    """Delete files that are no segment in ``keep`` (names); for the single writer only."""
    # Runs before every writing, over all segments: paths as objects would take most of its time.
    for table in os.scandir(folder) if folder.is_dir() else ():
        for file in os.scandir(table.path) if table.is_dir() else ():
            name, suffix = os.path.splitext(file.name)
            if suffix != ".parquet" or f"{table.name}/{name}" not in keep:
                Path(file.path).unlink(missing_ok=True)
