"""Patterns of payments in files of any size, in memory that follows the window, not the files.

One pass sets aside what cannot be mined and keeps the rest on disk; a database that spills finds
ids that come again and, if need be, the order of time; a second pass takes the payments through the
same window as those of a table in memory, so that the instances are the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manara.money.asking import asked
from manara.money.engine import FEATURES
from manara.money.layout import I64, Asked
from manara.money.mined import NONE_ASIDE, Aside, Mined, SomeIds, mined
from manara.money.miner import NO_FEATURES, Columns, Found, Miner, together
from manara.money.payments import REASONS
from manara.money.reading import batches
from manara.money.staging import Accounts, Staged

if TYPE_CHECKING:
    from manara.store import Engine

#: Payments mined at once: what is held of them beside the window follows it.
_ROWS = 16_384

_AGAIN = """
SELECT s.row_number, s.tx_id FROM staged AS s
JOIN (
    SELECT tx_id, min(row_number) AS first_row FROM staged
    WHERE tx_id IS NOT NULL GROUP BY tx_id HAVING count(*) > 1
) AS a ON s.tx_id = a.tx_id
WHERE s.row_number > a.first_row ORDER BY s.row_number
"""
_BY_TIME = "SELECT * FROM staged ORDER BY ts, row_number"


def mine_parts(
    source: Path | str,
    patterns: Any = None,
    window: str | int = "14d",
    *,
    features: bool = False,
    memory: str = "2GB",
    **limits: Any,
) -> Iterator[Mined]:
    """Return the patterns in files of payments, part by part, in the order of time.

    All parts together are what `mine` finds in the same rows; the first holds no instances but what
    was set aside. Memory follows the payments in the window and the accounts; about 40 bytes a
    payment go to the folder for temporary files.

    Args:
        source: a Parquet or CSV file, or a folder of Parquet files, taken in the order of their
            names; the columns of `mine`; rows are counted through.
        patterns: see `mine`.
        window: see `mine`.
        features: whether to describe each payment too.
        memory: for putting payments in order and finding ids again, such as `2GB`.
        limits: see `manara.money.asking.asked`.

    Raises:
        FormatError: a file cannot be read, or a column is missing or of no use.
        UsageError: a pattern or a limit that there is not, or no file.
    """
    return _parts(Path(source), asked(patterns, window, **limits), features, memory)


def _parts(source: Path, wanted: Asked, features: bool, memory: str) -> Iterator[Mined]:
    with TemporaryDirectory() as folder, ExitStack() as opened:
        staged = Staged(Path(folder) / "staged.parquet", batches(source))
        rows = np.zeros(0, np.int64)
        if not staged.increasing:
            with _over(staged, memory) as session:
                again = session.fetch(_AGAIN)
            rows = again["row_number"].to_numpy()
            if len(rows):
                reason = np.full(len(rows), len(REASONS) - 1)
                staged.aside.append((rows, reason, again["tx_id"].combine_chunks()))
        late = _late(_without(_stored(staged.path, ["row_number", "ts"]), rows))
        yield _set_aside(staged, late)
        if late:
            ordered = opened.enter_context(_over(staged, memory)).stream(_BY_TIME)
        else:
            ordered = _stored(staged.path)
        yield from _mined(_without(ordered, rows), staged.accounts, Miner(wanted), features)


@contextmanager
def _over(staged: Staged, memory: str) -> Iterator[Engine]:
    """Give an engine for staged payments; where they stand in order its memory is saved."""
    from manara.money.book import engine

    with engine(memory) as session:
        session.read("staged", [staged.path])
        yield session


def _stored(path: Path, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(_ROWS, columns=columns, use_threads=False)


def _without(batches: Iterable[pa.RecordBatch], rows: I64) -> Iterator[pa.RecordBatch]:
    """Yield batches without some rows, by number."""
    for batch in batches:
        if len(rows):
            kept = ~np.isin(batch["row_number"].to_numpy(), rows)
            yield batch.filter(pa.array(kept))
        else:
            yield batch


def _late(batches: Iterable[pa.RecordBatch]) -> int:
    """Return how many payments stand after a later one."""
    late, newest = 0, np.iinfo(np.int64).min
    for batch in batches:
        ts = batch["ts"].to_numpy()
        so_far = np.maximum(np.maximum.accumulate(ts), newest)
        late += int((ts < so_far).sum())
        newest = so_far[-1] if len(ts) else newest
    return late


def _set_aside(staged: Staged, late: int) -> Mined:
    """Return a part without instances: what was set aside, by row."""
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), staged.last_id[:0])
    rows, reasons, ids = zip(nothing, *staged.aside, strict=True)
    order = np.argsort(np.concatenate(rows), kind="stable")
    row = np.concatenate(rows)[order]
    aside = Aside(row, np.concatenate(reasons)[order], late)
    named = SomeIds(row, pa.concat_arrays(ids).take(pa.array(order)))
    return mined(together([]), row, aside, named, None, NO_FEATURES)


def _mined(
    batches: Iterable[pa.RecordBatch], accounts: Accounts, miner: Miner, features: bool
) -> Iterator[Mined]:
    """Yield what the payments of each batch complete; all are in the order of time."""
    recent = _Recent()
    for batch in batches:
        columns = Columns(
            accounts.numbers(batch["src"]),
            accounts.numbers(batch["dst"]),
            *(batch[name].to_numpy() for name in ("ts", "amount", "currency")),
        )
        recent.add(batch["row_number"].to_numpy(), batch["tx_id"])
        described = np.empty((len(batch) if features else 0, len(FEATURES)), np.float32)
        place = np.arange(len(batch))
        found = miner.run(columns, len(accounts), described, place)
        numbers, short = _renumbered(found)
        row, ids = recent.rows(numbers)
        yield mined(short, row, NONE_ASIDE, ids, accounts.names(), described)
        recent.forget(int(miner.state.low[-1]))


def _renumbered(found: Found) -> tuple[I64, Found]:
    """Return the numbers of all payments spoken of, and what was found in places among them."""
    spoken = np.concatenate([found.members, found.heads[:, 1], found.short[:, 1]])
    numbers, places = np.unique(spoken, return_inverse=True)
    members, closing, short = np.split(places, np.cumsum([len(found.members), len(found.heads)]))
    heads = found.heads.copy()
    heads[:, 1] = closing
    return numbers, found._replace(
        heads=heads, members=members, short=np.column_stack([found.short[:, 0], short])
    )


class _Chunk(NamedTuple):
    """Rows and ids of payments with numbers that follow each other."""

    first: int
    rows: I64
    ids: pa.Array


class _Recent:
    """Rows and ids of the payments in the window."""

    def __init__(self) -> None:
        self._chunks: deque[_Chunk] = deque()
        self._count = 0

    def add(self, rows: I64, ids: pa.Array) -> None:
        self._chunks.append(_Chunk(self._count, rows, ids))
        self._count += len(rows)

    def forget(self, low: int) -> None:
        """Let go of payments with numbers below."""
        while len(self._chunks) > 1 and self._chunks[1].first <= low:
            self._chunks.popleft()

    def rows(self, numbers: I64) -> tuple[I64, SomeIds]:
        """Return the rows of payments by number, which are in order, and the ids of those rows."""
        firsts = [chunk.first for chunk in self._chunks]
        cuts = np.searchsorted(numbers, [*firsts[1:], self._count])
        rows, ids, start = [], [], 0
        for chunk, stop in zip(self._chunks, cuts.tolist(), strict=True):
            places = numbers[start:stop] - chunk.first
            rows.append(chunk.rows[places])
            ids.append(chunk.ids.take(pa.array(places)))
            start = stop
        row = np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        return row, SomeIds(row[order], pa.concat_arrays(ids).take(pa.array(order)))
