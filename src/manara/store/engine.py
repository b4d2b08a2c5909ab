"""What runs the set-wise work: a few verbs over Parquet, and DuckDB behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.func import FunctionNullHandling, PythonUDFType

from manara.model import WorkspaceError

if TYPE_CHECKING:
    from manara.store.settings import Settings

#: Rows of a Parquet row group and of a streamed batch: DuckDB's own default, large enough to
#: compress well and small enough to find one entity fast.
BATCH_ROWS = 122_880

#: A function over columns: takes and gives Arrow arrays of one length.
Function: TypeAlias = Callable[..., pa.Array]


class Engine(Protocol):
    """The verbs that all set-wise work is written in.

    Queries are in DuckDB's dialect, in the subset that SQLGlot can transpile to Spark; ``?`` stands
    for a bound parameter. Names that a session makes are its own and end with it.
    """

    def session(self) -> Engine:
        """Return an engine that shares memory, threads and functions but has names of its own."""

    def read(self, name: str, data: Sequence[Path] | pa.Table) -> None:
        """Give Parquet files of one schema, at least one, or an Arrow table a name."""

    def read_numbered(self, name: str, files: Sequence[Path]) -> None:
        """Give Parquet files a name; `row_number` counts their rows through, from 0."""

    def define(self, name: str, sql: str) -> None:
        """Give a query a name; it runs whenever the name is used."""

    def materialise(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """Run a query and give its result a name."""

    def fetch(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """Return the result of a query, all in memory."""

    def stream(self, sql: str, params: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the result of a query in its order, in batches of at most `BATCH_ROWS`.

        The session can do nothing else before the last batch is taken.
        """

    def register(
        self, name: str, function: Function, takes: Sequence[pa.DataType], gives: pa.DataType
    ) -> None:
        """Make a function over Arrow arrays usable in queries of this engine and its sessions.

        Args:
            name: what queries call it.
            function: gets one array an argument, nulls included, and returns one of their length.
            takes: types of the arguments: string, int64, float64 or bool.
            gives: type of the result: one of these.
        """

    def apply(
        self,
        sql: str,
        by: str,
        function: Callable[[pa.Table], pa.Table],
        gives: pa.Schema,
        folder: Path,
    ) -> None:
        """Write what a function makes of each group of a query's rows, as Parquet files.

        Args:
            sql: the query.
            by: its column, of whole numbers, that is the same in all rows of a group.
            function: gets the rows of a group in any order; a cluster's machines must have it too.
            gives: the columns of what it returns.
            folder: made for the files, at least one.
        """

    def write(self, sql: str, path: Path) -> None:
        """Write the result of a query, in its order, to one Parquet file."""

    def close(self) -> None:
        """Let go of everything the engine or session holds."""


def make_engine(settings: Settings, spill: Path) -> Engine:
    """Return the engine that the settings name.

    Args:
        settings: of the workspace.
        spill: folder, not yet made, for what does not fit into memory.

    Raises:
        WorkspaceError: it is not installed.
    """
    if settings.engine == "spark":
        from manara.store.spark import SparkEngine

        return SparkEngine.start(settings.memory, spill)
    return DuckDbEngine.start(settings.memory, spill)


_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}


class DuckDbEngine:
    """The engine for one machine."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    def start(cls, memory: str, spill: Path) -> DuckDbEngine:
        """Return a new engine.

        Args:
            memory: how much it may use before it spills, such as ``1GB``.
            spill: folder for what does not fit, of no other process.

        Raises:
            WorkspaceError: ``memory`` is not a size.
        """
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            connection = duckdb.connect(":memory:", config=config)
        except duckdb.Error as error:
            raise WorkspaceError(
                f"DuckDB does not start: {error}",
                where="manara.toml",
                remedy="give memory as a size such as 1GB",
            ) from error
        # Segments never change, and a look-up would otherwise read their footers several times.
        connection.execute("SET parquet_metadata_cache = true")
        return cls(connection)

    def session(self) -> DuckDbEngine:
        """See `Engine.session`."""
        return DuckDbEngine(self._connection.cursor())

    def read(self, name: str, data: Sequence[Path] | pa.Table) -> None:
        """See `Engine.read`."""
        if isinstance(data, pa.Table):
            self._connection.register(name, data)
            return
        files = ", ".join(quoted(str(path)) for path in data)
        self.define(name, f"SELECT * FROM read_parquet([{files}])")  # noqa: S608

    def read_numbered(self, name: str, files: Sequence[Path]) -> None:
        """See `Engine.read_numbered`."""
        self.define(
            name,
            " UNION ALL BY NAME ".join(
                f"SELECT * EXCLUDE file_row_number, file_row_number + {before} AS row_number "  # noqa: S608
                f"FROM read_parquet({quoted(str(path))}, file_row_number = true)"
                for path, before in rows_before(files)
            ),
        )

    def define(self, name: str, sql: str) -> None:
        """See `Engine.define`."""
        self._connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')

    def materialise(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """See `Engine.materialise`."""
        self._connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}', params)

    def fetch(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """See `Engine.fetch`."""
        return self._connection.sql(sql, params=params).to_arrow_table()

    def stream(self, sql: str, params: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """See `Engine.stream`."""
        yield from self._connection.sql(sql, params=params).to_arrow_reader(BATCH_ROWS)

    def register(
        self, name: str, function: Function, takes: Sequence[pa.DataType], gives: pa.DataType
    ) -> None:
        """See `Engine.register`."""

        @wraps(function)
        def whole(*columns: pa.ChunkedArray | pa.Array) -> pa.Array:
            return function(
                *(
                    column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
                    for column in columns
                )
            )

        with suppress(duckdb.Error):
            self._connection.remove_function(name)
        self._connection.create_function(
            name,
            whole,
            [duckdb.sqltype(_SQL_TYPES[each]) for each in takes],
            duckdb.sqltype(_SQL_TYPES[gives]),
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )

    def apply(
        self,
        sql: str,
        by: str,
        function: Callable[[pa.Table], pa.Table],
        gives: pa.Schema,
        folder: Path,
    ) -> None:
        """See `Engine.apply`."""
        folder.mkdir(parents=True)
        rows = self.stream(f'SELECT * FROM ({sql}) AS rows_of_groups ORDER BY "{by}"')  # noqa: S608
        with pq.ParquetWriter(folder / "part-0.parquet", gives, compression="zstd") as writer:
            for group in _groups(rows, by):
                writer.write_table(function(group))

    def write(self, sql: str, path: Path) -> None:
        """See `Engine.write`."""
        self._connection.execute(
            f"COPY ({sql}) TO {quoted(str(path))} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {BATCH_ROWS})"
        )

    def close(self) -> None:
        """See `Engine.close`."""
        self._connection.close()


def _groups(batches: Iterable[pa.RecordBatch], by: str) -> Iterator[pa.Table]:
    """Yield the rows that have the same number, given batches in its order."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        numbers = batch[by].to_numpy()
        starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist()]
        for start, stop in pairwise([*starts, len(batch)]):
            if held and held[-1][by][0] != batch[by][start]:
                yield pa.Table.from_batches(held)
                held = []
            held.append(batch.slice(start, stop - start))
    if held:
        yield pa.Table.from_batches(held)


def rows_before(files: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    """Yield each Parquet file and how many rows the files before it hold."""
    before = 0
    for path in files:
        yield path, before
        before += pq.read_metadata(path).num_rows


def quoted(text: str) -> str:
    """Return a text as a literal in DuckDB's dialect."""
    return "'" + text.replace("'", "''") + "'"
