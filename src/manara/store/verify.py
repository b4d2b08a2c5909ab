"""Is everything there and as it was written?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from manara.store import ledger, sql
from manara.store.engine import Engine
from manara.store.files import sha256
from manara.store.lake import read_facts, segment_path
from manara.store.records import Edition, Segment
from manara.store.registry import Registry
from manara.store.tables import erased_sources


def problems(registry: Registry, engine: Engine, lake: Path, sources: Path) -> Iterator[str]:
    """Yield what is wrong with the segments and sources that the registry knows.

    Args:
        registry: says what there is.
        engine: counts the facts.
        lake: folder of the segments.
        sources: folder of the sources.
    """
    with registry.reading() as connection:
        segments = ledger.live_segments(connection)
        erased = set(connection.scalars(select(erased_sources.c.source_id)))
        kept = [each for each in ledger.all_sources(connection) if each.id not in erased]
        in_force = ledger.editions_in_force(connection)
    whole = True
    for segment in segments:
        path = segment_path(lake, segment.name)
        problem = _wrong(path, segment.bytes, segment.sha256) or _wrong_rows(path, segment)
        if problem:
            whole = False
            yield f"segment {segment.name} {problem}"
    if whole:
        yield from _wrong_counts(engine, lake, segments, in_force.values())
    for source in kept:
        problem = _wrong(sources / source.id[:2] / source.id, source.size, source.id)
        if problem:
            yield f"source {source.id} ({source.name}) {problem}"


def _wrong_counts(
    engine: Engine, lake: Path, segments: Sequence[Segment], editions: Iterable[Edition]
) -> Iterator[str]:
    """Yield the editions that state more or fewer facts than they were recorded with."""
    with closing(engine.session()) as session:
        read_facts(session, lake, segments)
        session.define("facts", sql.FACTS)
        rows = session.fetch(sql.FACTS_BY_DATASET).to_pylist()
        rows += session.fetch(sql.RECALLED_BY_DATASET).to_pylist()
    found: Counter[str] = Counter()
    for row in rows:
        found[row["dataset"]] += row["facts"]
    for edition in editions:
        facts = found[edition.dataset]
        if facts != edition.facts:
            yield f"edition {edition.id} has {facts} facts instead of {edition.facts}"


def _wrong(path: Path, size: int, digest: str) -> str:
    if not path.is_file():
        return "is missing"
    if path.stat().st_size != size:
        return f"is {path.stat().st_size} bytes long instead of {size}"
    return "" if sha256(path) == digest else "is not what was written: its SHA-256 differs"


def _wrong_rows(path: Path, segment: Segment) -> str:
    try:
        rows = pq.read_metadata(path).num_rows
    except pa.ArrowException as error:
        return f"is no Parquet file: {error}"
    return "" if rows == segment.rows else f"has {rows} rows instead of {segment.rows}"
