"""Where what an edition states and sets aside waits for its commit: files no reader sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import Reject
from manara.store.lake import SCHEMAS

#: Rows held in memory before they go to a staged file: some 30 MB of facts.
STAGE_ROWS = 50_000

_COLUMNS = ("id", "entity_id", "schema", "prop", "value", "original_value", "lang", "locator")
_VALUE, _LOCATOR = _COLUMNS.index("value"), _COLUMNS.index("locator")

#: Columns of a staged file of facts; ``line`` numbers them in the order of the source.
STAGED = pa.schema([*((name, pa.string()) for name in _COLUMNS), ("line", pa.int64())])


class Stage:
    """The staged files of one edition.

    Args:
        folder: where to put them.

    Attributes:
        files: the staged files of facts, in order.
        events: the staged files of each event table, in order.
        filled: the columns of each event table that any of its rows has a value of.
        rejects: number of rejects.
    """

    def __init__(self, folder: Path) -> None:
        self.files: list[Path] = []
        self.events: dict[str, list[Path]] = {}
        self.filled: dict[str, set[str]] = {}
        self.rejects = 0
        self._folder = folder
        self._rows = 0
        self._event_rows = 0
        self._events: dict[str, list[pa.RecordBatch]] = {}
        self._waiting: list[Reject] = []
        self._reject_files: list[Path] = []

    def put(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Add facts, each the values of the columns of `STAGED` but ``line``."""
        try:
            columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        except UnicodeEncodeError:
            self.put([row for row in rows if self._is_text(row)])
            return
        if not columns:
            return
        lines = pa.array(np.arange(self._rows, self._rows + len(rows)))
        path = self._folder / f"{len(self.files)}.parquet"
        pq.write_table(
            pa.table([*columns, lines], schema=STAGED),
            path,
            compression="lz4",
            use_dictionary=["entity_id", "schema", "prop", "lang"],
            write_statistics=False,
        )
        self.files.append(path)
        self._rows += len(rows)

    def put_events(self, table: str, rows: pa.RecordBatch) -> None:
        """Add events of one table, rows of its schema without what is the same for all."""
        waiting = self._events.setdefault(table, [])
        waiting.append(rows)
        filled = (name for name in rows.schema.names if rows[name].null_count < len(rows))
        self.filled.setdefault(table, set()).update(filled)
        if sum(map(len, waiting)) >= STAGE_ROWS:
            self._write_events(table)

    def finish(self) -> None:
        """Write what still waits."""
        for table in self._events:
            self._write_events(table)

    def _write_events(self, table: str) -> None:
        rows = pa.Table.from_batches(self._events[table], SCHEMAS[table])
        self._events[table] = []
        if not len(rows):
            return
        lines = pa.array(np.arange(self._event_rows, self._event_rows + len(rows)))
        files = self.events.setdefault(table, [])
        path = self._folder / f"{table}-{len(files)}.parquet"
        pq.write_table(
            rows.append_column("line", lines),
            path,
            compression="lz4",
            use_dictionary=False,
            write_statistics=False,
        )
        files.append(path)
        self._event_rows += len(rows)

    def _is_text(self, row: tuple[str, ...]) -> bool:
        """Return whether a row can be kept: half of a UTF-16 pair is no character."""
        try:
            "".join(row).encode()
        except UnicodeEncodeError:
            self.reject(
                Reject(
                    row[_LOCATOR],
                    "encoding",
                    "the text holds half a character (a UTF-16 surrogate)",
                    row[_VALUE][:500],
                )
            )
            return False
        return True

    def reject(self, reject: Reject) -> None:
        """Add a reject."""
        self._waiting.append(Reject(*map(visible, reject)))
        self.rejects += 1
        if len(self._waiting) >= STAGE_ROWS:
            path = self._folder / f"rejects-{len(self._reject_files)}.parquet"
            pq.write_table(pa.Table.from_batches([self._batch()]), path)
            self._reject_files.append(path)
            self._waiting.clear()

    def reject_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rejects in order, with the fields of `Reject` as columns."""
        for path in self._reject_files:
            yield from pq.read_table(path).to_batches()
        if self._waiting:
            yield self._batch()

    def _batch(self) -> pa.RecordBatch:
        columns = [pa.array(column, pa.string()) for column in zip(*self._waiting, strict=True)]
        return pa.record_batch(columns, list(Reject._fields))


def visible(text: str) -> str:
    """Return a text that can be kept, with halves of characters written out as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
