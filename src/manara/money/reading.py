"""Files of payments, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from manara.model import FormatError, UsageError
from manara.money.payments import NEEDED

_WANTED = (*NEEDED, "currency")
_BATCH_ROWS = 1 << 16


def files_of(source: Path) -> list[Path]:
    """Return a file, or the Parquet files of a folder and those in it, by name.

    Raises:
        UsageError: there is none.
    """
    found = sorted(source.rglob("*.parquet")) if source.is_dir() else [source]
    if not found:
        raise UsageError("no Parquet files in the folder", where=str(source))
    return found


def columns_of(schema: pa.Schema, more: Sequence[str] = ()) -> list[str]:
    """Return the names of the columns that matter, and of `more`, that are there."""
    return [name for name in (*_WANTED, *more) if name in schema.names]


def batches(source: Path, more: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Yield the columns that matter of the rows of files, at least one batch, all of one schema.

    Args:
        source: a file, or a folder of Parquet files.
        more: other columns that matter here.

    Raises:
        FormatError: a file cannot be read, or not as the first.
        UsageError: there is no file.
    """
    schema: pa.Schema | None = None
    for path in files_of(source):
        try:
            for batch in _read(path, more):
                plain = _plain(batch)
                schema = schema or plain.schema
                yield plain.select(schema.names).cast(schema)
        except OSError as error:
            raise UsageError(error.strerror or "cannot be read", where=str(path)) from error
        except (pa.ArrowException, KeyError) as error:
            raise FormatError(
                f"neither Parquet nor CSV, or not as the files before it: {error}",
                where=str(path),
                remedy="give Parquet files of one schema, or a CSV file with a row of column names",
            ) from error


def _read(path: Path, more: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        packed = file.read(4) == b"PAR1"
    if packed:
        with pq.ParquetFile(path) as opened:
            there = opened.schema_arrow
            names = columns_of(there, more)
            yield from opened.iter_batches(_BATCH_ROWS, columns=names, use_threads=False)
            empty = there.empty_table().select(names)
    else:
        kinds = dict.fromkeys((*_WANTED, *more), pa.string())
        options = pa.csv.ConvertOptions(column_types=kinds)
        with pa.csv.open_csv(path, convert_options=options) as rows:
            names = columns_of(rows.schema, more)
            for batch in rows:
                yield batch.select(names)
            empty = rows.schema.empty_table().select(names)
    yield pa.RecordBatch.from_pydict({name: empty[name].combine_chunks() for name in names})


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without dictionaries, which differ from batch to batch."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)
