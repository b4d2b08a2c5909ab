"""What is known, for other programs: FollowTheMoney JSON lines, CSV, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from manara.model import Entity, Fact, vocabulary
from manara.pipeline.shared import canonical_ids_of
from manara.store import View

if TYPE_CHECKING:
    from typing_extensions import Buffer


def export_ftm(view: View, datasets: Collection[str], *, by_source: bool) -> Iterator[bytes]:
    """Yield entities as FollowTheMoney JSON lines, in order of id.

    Args:
        view: what is known.
        datasets: only these; empty means all.
        by_source: one entity per source record instead of one per canonical entity.
    """
    encode = msgspec.json.Encoder().encode
    canonical_of = {} if by_source else canonical_ids_of(view)
    for canonical, facts in view.entities(datasets, by_source=by_source):
        facts = [_redirected(fact, canonical_of) for fact in facts]
        yield encode(Entity.from_facts(facts, canonical).to_ftm()) + b"\n"


def _redirected(fact: Fact, canonical_of: dict[str, str]) -> Fact:
    """Return a fact that refers to another entity by its canonical id."""
    if fact.value in canonical_of:
        prop = vocabulary()[fact.schema].get(fact.prop)
        if prop and prop.type.name == "entity":
            return fact._replace(value=canonical_of[fact.value])
    return fact


def export_csv(view: View, datasets: Collection[str]) -> Iterator[bytes]:
    """Yield the facts, with their canonical entity, as CSV with a heading (RFC 4180)."""
    heading = True
    for batch in view.fact_batches(datasets):
        text = io.StringIO()
        writer = csv.writer(text)
        if heading:
            writer.writerow(batch.schema.names)
            heading = False
        writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        yield text.getvalue().encode()


def export_parquet(view: View, datasets: Collection[str]) -> Iterator[bytes]:
    """Yield the facts, with their canonical entity, as one Parquet file."""
    buffer = _Chunks()
    writer: pq.ParquetWriter | None = None
    for batch in view.fact_batches(datasets):
        writer = writer or pq.ParquetWriter(buffer, batch.schema, compression="zstd")
        writer.write_table(pa.Table.from_batches([batch]))
        yield from buffer.taken()
    if writer:
        writer.close()
    yield from buffer.taken()


class _Chunks(io.RawIOBase):
    """A file that hands on what was written to it, so that memory stays constant."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Buffer) -> int:
        chunk = bytes(data)
        self._chunks.append(chunk)
        self._position += len(chunk)
        return len(chunk)

    def taken(self) -> Iterator[bytes]:
        """Yield what was written since last time."""
        chunks, self._chunks = self._chunks, []
        yield from chunks
