"""Compaction: many overlapping segments become a few in which one entity stands in one place."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from manara.store import ledger
from manara.store.engine import Engine
from manara.store.lake import SegmentWriter, segment_path
from manara.store.records import Segment
from manara.store.registry import Registry, log, moment

#: So many segments may hold one entity before a look-up has to open too many files.
OVERLAP = 16

#: Small segments alone are merged until they are this share of the table.
_SHARE = 0.25

#: Segments of fewer rows are small.
_SMALL = 1_000_000

_QUERIES = {
    "facts": "SELECT * FROM segment_rows ORDER BY entity_id, id, first_seen",
    "retractions": "SELECT * FROM segment_rows ORDER BY entity_id, fact_id, first_seen",
    "links": "SELECT DISTINCT * FROM segment_rows ORDER BY target, entity_id",
}


def compact(registry: Registry, engine: Engine, lake: Path, *, by: str, force: bool) -> int:
    """Merge segments where more than `OVERLAP` hold one entity; return how many were replaced.

    No row is left out, so every past moment answers as before. For the single writer only.

    Args:
        registry: says which segments count.
        engine: sorts.
        lake: folder of the segments.
        by: who asks.
        force: merge all segments, however few.
    """
    return sum(_compact(registry, engine, lake, table, by=by, force=force) for table in _QUERIES)


def _compact(
    registry: Registry, engine: Engine, lake: Path, table: str, *, by: str, force: bool
) -> int:
    with registry.reading() as connection:
        old = _chosen(ledger.live_segments(connection, table), force)
        at = moment(connection)
    if len(old) < 2:
        return 0
    with (
        closing(engine.session()) as session,
        SegmentWriter(lake, table, at=at, by=by) as writer,
    ):
        session.read("segment_rows", [segment_path(lake, segment.name) for segment in old])
        writer.write(session.stream(_QUERIES[table]))
    with registry.writing() as connection:
        ledger.replace_segments(connection, old, writer.segments, at)
        log(
            connection,
            at,
            by,
            "compact",
            table,
            replaced=len(old),
            by_segments=len(writer.segments),
        )
    return len(old)


def _chosen(segments: list[Segment], force: bool) -> list[Segment]:
    """Return the segments to merge: none, the small ones, or all."""
    if force:
        return segments
    if overlap(segments) <= OVERLAP:
        return []
    small = [segment for segment in segments if segment.rows < _SMALL]
    total = sum(segment.rows for segment in segments)
    return small if sum(segment.rows for segment in small) < _SHARE * total else segments


def overlap(segments: Iterable[Segment]) -> int:
    """Return the greatest number of segments that may hold one and the same key."""
    ends = [(segment.min_key, 0) for segment in segments]
    ends += [(segment.max_key, 1) for segment in segments]
    deepest = depth = 0
    for _, is_end in sorted(ends):
        depth += -1 if is_end else 1
        deepest = max(deepest, depth)
    return deepest
