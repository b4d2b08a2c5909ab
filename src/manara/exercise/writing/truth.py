"""The answers of an exercise: who each record is about, and which payments a plot made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manara.exercise.tables import Ints

_RECORDS = pa.schema(
    [
        *((name, pa.string()) for name in ("state", "agency", "file", "record", "kind")),
        ("internal", pa.int64()),
    ]
)
_SIGNS = pa.schema(
    [*((name, pa.string()) for name in ("state", "file", "row")), ("sign", pa.int64())]
)
_PAYMENTS = pa.schema(
    [
        *((name, pa.string()) for name in ("state", "file", "reference")),
        *(("payment", pa.int64()), ("plot", pa.int16()), ("pattern", pa.int16())),
    ]
)


class Truth:
    """The tables of answers, written as the files are.

    ``records`` has ``state, agency, file, record, kind, internal``: the record's id as the file has
    it, and the row of the table ``kind`` (``person``, ``company``, ``account``, ``document``,
    ``firearm``, ``consignment``) that it is about; of a ``sign`` it is its number. ``payments`` has
    ``state, file, reference, payment, plot, pattern``, of payments that a plot made; all others are
    innocent. ``signs`` has ``state, file, row, sign``: the sign that each line of a log shows.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open = {
            "records": pq.ParquetWriter(folder / "records.parquet", _RECORDS, compression="zstd"),
            "payments": pq.ParquetWriter(
                folder / "payments.parquet", _PAYMENTS, compression="zstd"
            ),
            "signs": pq.ParquetWriter(folder / "signs.parquet", _SIGNS, compression="zstd"),
        }

    def records(
        self, state: str, agency: str, file: str, kind: str, record: pa.Array, internal: Ints
    ) -> None:
        """Note what records are about; ``internal`` below zero is a company, ``~row``."""
        if kind == "person" and (np.asarray(internal) < 0).any():
            firm = np.asarray(internal) < 0
            self.records(
                state, agency, file, "company", record.filter(pa.array(firm)), ~internal[firm]
            )
            record, internal = record.filter(pa.array(~firm)), internal[~firm]
        count = len(record)
        if count:
            columns = [
                *(
                    pa.array([word] * 1).take(pa.array(np.zeros(count, np.int8)))
                    for word in (state, agency, file)
                ),
                record,
                pa.array([kind]).take(pa.array(np.zeros(count, np.int8))),
                pa.array(np.asarray(internal, np.int64)),
            ]
            self._open["records"].write_table(pa.Table.from_arrays(columns, schema=_RECORDS))

    def payments(
        self, state: str, file: str, reference: pa.Array, rows: Ints, plot: Ints, pattern: Ints
    ) -> None:
        """Note the payments of plots."""
        count = len(rows)
        if count:
            word = [
                pa.array([text]).take(pa.array(np.zeros(count, np.int8))) for text in (state, file)
            ]
            numbers = [
                pa.array(np.asarray(rows, np.int64)),
                pa.array(np.asarray(plot, np.int16)),
                pa.array(np.asarray(pattern, np.int16)),
            ]
            self._open["payments"].write_table(
                pa.Table.from_arrays([*word, reference, *numbers], schema=_PAYMENTS)
            )

    def signs(self, state: str, file: str, signs: Ints) -> None:
        """Note the sign of each line of a log; the heading is its first row."""
        rows = [f"row {number}" for number in range(2, len(signs) + 2)]
        columns = [[state] * len(rows), [file] * len(rows), rows, pa.array(signs)]
        self._open["signs"].write_table(pa.Table.from_arrays(columns, schema=_SIGNS))

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Write a table of answers of its own."""
        pq.write_table(
            pa.table(dict(columns)), self._folder / f"{name}.parquet", compression="zstd"
        )

    def close(self) -> None:
        """Finish the tables that were written as the files were."""
        for writer in self._open.values():
            writer.close()
