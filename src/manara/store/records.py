"""What the registry knows about files, editions and segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Edition(NamedTuple):
    """One state of a dataset, as one source stated it.

    Attributes:
        id: the dataset's name and a running number.
        dataset: name of the dataset.
        source_id: the source it was read from.
        handling_id: the handling rule its facts came under; None if it was refused.
        format: name of the source's format.
        parser_version: version of the reader.
        published: date or time of the edition as the source states it, else ``""``.
        recorded_at: when this node recorded it, UTC; no two editions share a moment.
        records: records read.
        facts: different facts stated.
        added: facts the dataset did not state before.
        removed: facts the dataset no longer states.
        rejects: things set aside.
        status: ``applied`` or ``refused``.
        reason: why it was refused.
        by: who took it in.
    """

    id: str
    dataset: str
    source_id: str
    handling_id: str | None
    format: str
    parser_version: str
    published: str
    recorded_at: datetime
    records: int
    facts: int
    added: int
    removed: int
    rejects: int
    status: str
    reason: str
    by: str


class Segment(NamedTuple):
    """One immutable Parquet file of the lake; it exists once this row is committed.

    Attributes:
        name: path below the lake's folder without ``.parquet``.
        table: the table it is part of.
        dataset: the only dataset in it; None for several.
        edition_id: the edition it came with; None for any other origin.
        rows: number of rows.
        bytes: size of the file.
        sha256: of the file, 64 hexadecimal digits.
        min_key: least value of the table's key column, ``""`` if it has none.
        max_key: greatest value of the table's key column, ``""`` if it has none.
        created_at: when it was recorded, UTC.
        created_by: who wrote it.
        replaced_at: when compaction put others in its place, UTC; None while it counts.
    """

    name: str
    table: str
    dataset: str | None
    edition_id: str | None
    rows: int
    bytes: int
    sha256: str
    min_key: str
    max_key: str
    created_at: datetime
    created_by: str
    replaced_at: datetime | None = None


class Trace(NamedTuple):
    """One line of the audit trail.

    Attributes:
        at: when, UTC.
        who: the person or account.
        action: what was done, such as ``ingest`` or ``withdraw``.
        thing: to what, such as the name of a dataset.
        detail: particulars as JSON values.
    """

    at: datetime
    who: str
    action: str
    thing: str
    detail: dict[str, Any]
