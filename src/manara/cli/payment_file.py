"""Payments that a command reads from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from manara.model import FormatError, UsageError
from manara.money.payments import NEEDED


def read_payments(path: Path, more: Sequence[str] = ()) -> pa.Table:
    """Return the columns that matter of a Parquet or CSV file of payments, and `more`.

    Raises:
        UsageError: it cannot be opened.
        FormatError: it is neither Parquet nor CSV.
    """
    wanted = (*NEEDED, "currency", *more)
    try:
        with path.open("rb") as file:
            packed = file.read(4) == b"PAR1"
        if packed:
            there = parquet.read_schema(path).names
            return parquet.read_table(path, columns=[name for name in wanted if name in there])
        types = dict.fromkeys(wanted, pa.string())
        table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
        return table.select([name for name in wanted if name in table.column_names])
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read", where=str(path)) from error
    except pa.ArrowException as error:
        raise FormatError(
            f"neither Parquet nor CSV: {error}",
            where=str(path),
            remedy="give a Parquet file, or a CSV file with a first row of column names",
        ) from error
