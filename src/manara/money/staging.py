"""The payments of files that can be mined, on disk: numbered, narrow, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from manara.money.layout import I64
from manara.money.names import Names
from manara.money.payments import checked, direct, increasing


class Accounts:
    """The numbers of accounts: whole numbers stand for themselves if few are left out."""

    def __init__(self) -> None:
        """Start without accounts."""
        self._names = Names()
        self._are_numbers = False
        self._least, self._most, self._seen = 0, -1, 0

    def stage(self, names: pa.Array, whole: bool) -> Any:
        """Return what stands for accounts on disk: whole numbers as they are, else numbers."""
        self._seen += len(names)
        self._are_numbers = whole
        if not whole:
            return self._names.numbers(names)
        if len(names):
            low, high = pc.min_max(names).as_py().values()
            self._least, self._most = min(self._least, low), max(self._most, high)
        return names.cast(pa.int64())

    def numbers(self, staged: pa.Array) -> NDArray[np.int32]:
        """Return the numbers of what stands for accounts on disk."""
        if self._are_numbers and not self._direct():
            return self._names.numbers(staged.cast(pa.large_string()))
        numbers: NDArray[np.int32] = staged.to_numpy(zero_copy_only=False).astype(np.int32)
        return numbers

    def __len__(self) -> int:
        """Return how many numbers there are so far."""
        return self._most + 1 if self._direct() else len(self._names)

    def names(self) -> pa.Array | None:
        """Return the names by number; None if the numbers are the names."""
        return None if self._direct() else self._names.array()

    def _direct(self) -> bool:
        return self._are_numbers and direct(self._least, self._most, self._seen // 2)


class Staged:
    """Payments on disk, and those that were set aside.

    Columns on disk: row_number (from 0), ts, src and dst (see `Accounts`), amount, currency and
    tx_id; see `manara.money.payments.Payments`.

    Attributes:
        path: the Parquet file.
        accounts: what src and dst stand for.
        aside: rows set aside, with reasons and ids.
        increasing: whether each tx_id is above the one before, so that none comes again.
        last_id: the last tx_id, if there is one.
    """

    last_id: pa.Array

    def __init__(self, path: Path, batches: Iterable[pa.RecordBatch]) -> None:
        """Read all batches, at least one."""
        self.path, self.accounts, self.increasing = path, Accounts(), True
        self.aside: list[tuple[I64, I64, pa.Array]] = []
        self._rows = 0
        writer = None
        try:
            for batch in batches:
                if writer is None:
                    self.last_id = batch["tx_id"][:0]
                table = self._taken(batch)
                writer = writer or pq.ParquetWriter(
                    path, table.schema, compression="lz4", use_dictionary=False
                )
                writer.write_table(table)
                self._rows += len(batch)
        finally:
            if writer:
                writer.close()

    def _taken(self, batch: pa.RecordBatch) -> pa.Table:
        """Return the rows of a batch that can be mined; note the others."""
        found = checked(batch)
        good, bad = np.flatnonzero(found.reason < 0), np.flatnonzero(found.reason >= 0)
        if len(bad):
            self.aside.append(
                (self._rows + bad, found.reason[bad], batch["tx_id"].take(pa.array(bad)))
            )
            batch = batch.take(pa.array(good))
        whole = all(pa.types.is_integer(batch[name].type) for name in ("src", "dst"))
        ids = batch["tx_id"]
        if self.increasing and len(ids):
            self.increasing = increasing(pa.concat_arrays([self.last_id, ids]))
            self.last_id = ids[-1:]
        columns = {
            "row_number": self._rows + good,
            "ts": found.ts[good],
            "src": self.accounts.stage(batch["src"], whole),
            "dst": self.accounts.stage(batch["dst"], whole),
            "amount": found.amount[good],
            "currency": found.currency[good],
            "tx_id": ids,
        }
        return pa.table(columns)
