"""How it is written down who is the same as whom: whole, each time anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from manara.model import Judgement
from manara.store.lake import SCHEMAS, SegmentWriter
from manara.store.records import Segment


def write_clusters(
    lake: Path,
    judgements: Iterable[Judgement],
    clusters: Mapping[str, str],
    *,
    at: datetime,
    by: str,
) -> list[Segment]:
    """Write a new state of clusters and machine judgements; it counts once it is recorded.

    Args:
        lake: folder of the segments.
        judgements: what machines judged about pairs.
        clusters: canonical id by entity id, of entities that are one with another.
        at: when it is recorded, UTC.
        by: who asked.
    """
    columns = zip(*sorted(clusters.items()), strict=True) if clusters else ([], [])
    by_entity = pa.table([pa.array(each, pa.string()) for each in columns], SCHEMAS["clusters"])
    tables = {
        "clusters": by_entity,
        "members": by_entity.sort_by([("canonical_id", "ascending"), ("entity_id", "ascending")]),
        "judgements": pa.Table.from_pylist(_rows(judgements), SCHEMAS["judgements"]),
    }
    written: list[Segment] = []
    for table, rows in tables.items():
        with SegmentWriter(lake, table, at=at, by=by) as writer:
            writer.write(rows.to_batches())
        written += writer.segments
    return written


def _rows(judgements: Iterable[Judgement]) -> list[dict[str, object]]:
    return [
        {
            "left": judgement.pair[0],
            "right": judgement.pair[1],
            "verdict": judgement.verdict.value,
            "by": judgement.by,
            "score": judgement.score,
            "reason": list(judgement.reason),
            "at": judgement.at.astimezone(UTC).replace(tzinfo=None),
        }
        for judgement in sorted(judgements, key=lambda each: (*each.pair, each.by))
    ]
