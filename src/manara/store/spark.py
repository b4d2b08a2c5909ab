"""The engine for a cluster: the same queries, transpiled, on Apache Spark over the same Parquet."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import WorkspaceError
from manara.store.engine import BATCH_ROWS, Function, rows_before

#: Below this, in MiB, a Java machine with Spark in it has no room to work.
_LEAST_MEMORY = 1024


class SparkEngine:
    """The engine for a cluster. The workspace must lie where all its machines can read it.

    Which cluster it runs on is Spark's own affair (``spark-defaults.conf``, ``SPARK_REMOTE`` …);
    without any such setting it runs on this machine.
    """

    def __init__(self, spark: Any, spill: Path, base: SparkEngine | None = None) -> None:
        self._spark = spark
        self._spill = spill
        self._is_session = base is not None
        self._functions: dict[str, Any] = base._functions if base else {}
        # Spark's sessions do not share functions by themselves.
        for name, function in self._functions.items():
            spark.udf.register(name, function)

    @classmethod
    def start(cls, memory: str, spill: Path) -> SparkEngine:
        """Return a new engine. See `DuckDbEngine.start`.

        Raises:
            WorkspaceError: pyspark or SQLGlot is not installed.
        """
        # Workers otherwise pick whatever Python comes first on their path.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        try:
            import sqlglot  # noqa: F401
            from pyspark.sql import SparkSession
        except ModuleNotFoundError as error:
            raise WorkspaceError(
                f"the engine is spark, but {error.name} is not installed",
                where="manara.toml",
                remedy="pip install 'manara[spark]', or set engine to duckdb",
            ) from error
        builder: Any = SparkSession.builder
        spark = (
            builder.appName("manara")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
            .config("spark.driver.memory", _driver_memory(memory))
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        return cls(spark, spill)

    def session(self) -> SparkEngine:
        """See `Engine.session`."""
        return SparkEngine(self._spark.newSession(), self._spill, self)

    def read(self, name: str, data: Sequence[Path] | pa.Table) -> None:
        """See `Engine.read`."""
        if isinstance(data, pa.Table):
            from pyspark.sql.pandas.types import from_arrow_schema

            schema = from_arrow_schema(data.schema, prefer_timestamp_ntz=True)
            frame = self._spark.createDataFrame(data, schema)
        else:
            frame = self._spark.read.parquet(*map(str, data))
        frame.createOrReplaceTempView(name)

    def read_numbered(self, name: str, files: Sequence[Path]) -> None:
        """See `Engine.read_numbered`."""
        parts = [
            self._spark.read.parquet(str(path)).selectExpr(
                "*", f"_metadata.row_index + {before} AS row_number"
            )
            for path, before in rows_before(files)
        ]
        reduce(lambda one, other: one.unionByName(other), parts).createOrReplaceTempView(name)

    def define(self, name: str, sql: str) -> None:
        """See `Engine.define`."""
        self._run(sql).createOrReplaceTempView(name)

    def materialise(self, name: str, sql: str, params: Sequence[object] = ()) -> None:
        """See `Engine.materialise`."""
        # A checkpoint cuts the lineage, which would grow with every round of an iteration.
        self._run(sql, params).localCheckpoint().createOrReplaceTempView(name)

    def fetch(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """See `Engine.fetch`."""
        return self._run(sql, params).toArrow()

    def stream(self, sql: str, params: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """See `Engine.stream`."""
        # Through files, since Spark hands results to Python row by row or all at once.
        folder = self._spill / uuid4().hex
        try:
            self._run(sql, params).write.parquet(str(folder))
            for path in sorted(folder.glob("part-*.parquet")):
                yield from pq.ParquetFile(path).iter_batches(BATCH_ROWS)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def register(
        self, name: str, function: Function, takes: Sequence[pa.DataType], gives: pa.DataType
    ) -> None:
        """See `Engine.register`."""
        from pyspark.sql import functions
        from pyspark.sql.pandas.types import from_arrow_type

        make: Any = functions.arrow_udf  # type: ignore[attr-defined,unused-ignore]
        self._functions[name] = make(function, from_arrow_type(gives))
        self._spark.udf.register(name, self._functions[name])

    def apply(
        self,
        sql: str,
        by: str,
        function: Callable[[pa.Table], pa.Table],
        gives: pa.Schema,
        folder: Path,
    ) -> None:
        """See `Engine.apply`."""
        from pyspark.sql.pandas.types import from_arrow_schema

        # Spark reads the types of a function's arguments, which not every callable has.
        def one(group: pa.Table) -> pa.Table:
            return function(group)

        made = self._run(sql).groupBy(by).applyInArrow(one, from_arrow_schema(gives))
        made.write.parquet(str(folder))

    def write(self, sql: str, path: Path) -> None:
        """See `Engine.write`."""
        folder = self._spill / uuid4().hex
        self._run(sql).coalesce(1).write.option("compression", "zstd").parquet(str(folder))
        (part,) = folder.glob("part-*.parquet")
        shutil.move(part, path)
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """See `Engine.close`."""
        if not self._is_session:
            self._spark.stop()

    def _run(self, sql: str, params: Sequence[object] = ()) -> Any:
        return self._spark.sql(to_spark(sql), args=list(params) or None)


@lru_cache(maxsize=512)
def to_spark(sql: str) -> str:
    """Return a query of DuckDB's dialect in Spark's."""
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write="spark")[0]


def _driver_memory(memory: str) -> str:
    """Return a size such as ``2GB`` as Spark writes it, never less than it needs."""
    size = re.fullmatch(r"(\d+)\s*([mg])i?b?", memory.strip().lower())
    mebibytes = int(size[1]) * (1024 if size[2] == "g" else 1) if size else _LEAST_MEMORY
    return f"{max(mebibytes, _LEAST_MEMORY)}m"
