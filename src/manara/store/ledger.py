"""What the registry is asked and told, inside a transaction of `Registry`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from manara.model import Dataset, Handling, Judgement, Source, Verdict
from manara.store.records import Edition, Segment
from manara.store.tables import (
    audit,
    datasets,
    editions,
    erased_sources,
    handlings,
    judgements,
    segments,
    sources,
)


def put_dataset(connection: Connection, dataset: Dataset, at: datetime) -> None:
    """Record what is known of a dataset and its handling rule."""
    put_handling(connection, dataset.handling)
    values = {
        "title": dataset.title,
        "publisher": dataset.publisher,
        "licence": dataset.licence,
        "url": dataset.url,
        "country": dataset.country,
        "handling_id": dataset.handling.id,
        "grade": str(dataset.grade or ""),
        "additive": dataset.additive,
    }
    if find_dataset(connection, dataset.name):
        connection.execute(update(datasets).where(datasets.c.name == dataset.name).values(**values))
    else:
        connection.execute(insert(datasets).values(name=dataset.name, added_at=at, **values))


def put_handling(connection: Connection, rule: Handling) -> None:
    """Record a handling rule, unless it is known."""
    if not connection.scalar(select(handlings.c.id).where(handlings.c.id == rule.id)):
        line = json.dumps(rule.to_dict(), ensure_ascii=False)
        connection.execute(insert(handlings).values(id=rule.id, json=line))


def find_dataset(connection: Connection, name: str) -> Row[Any] | None:
    """Return the row of a dataset, or None."""
    return connection.execute(select(datasets).where(datasets.c.name == name)).one_or_none()


def all_datasets(connection: Connection) -> list[Row[Any]]:
    """Return the rows of all datasets, withdrawn ones too, by name."""
    return sorted(connection.execute(select(datasets)), key=lambda row: str(row.name))


def all_handlings(connection: Connection) -> dict[str, Handling]:
    """Return the handling rules by their id."""
    return {
        row.id: Handling.from_dict(json.loads(row.json))
        for row in connection.execute(select(handlings))
    }


def put_source(connection: Connection, source: Source) -> Source:
    """Record a source, unless it is known, and return what is known of it.

    A known one that was fetched from the same address again takes the server's newest tag.
    """
    known = find_source(connection, source.id)
    if known and _is_back(connection, source):
        return source
    if known and (known.url, known.etag) != (source.url, source.etag) and source.etag:
        again = replace(source, name=known.name)
        values = {"url": again.url, "etag": again.etag, "fetched_at": again.fetched_at}
        connection.execute(update(sources).where(sources.c.id == source.id).values(values))
        return again
    if known:
        return known
    connection.execute(insert(sources).values(asdict(source)))
    return source


def _is_back(connection: Connection, source: Source) -> bool:
    """Return whether the bytes of a source were erased, and are known again from now on."""
    mark = erased_sources.c.source_id == source.id
    if not connection.execute(delete(erased_sources).where(mark)).rowcount:
        return False
    connection.execute(update(sources).where(sources.c.id == source.id).values(asdict(source)))
    return True


def find_source(connection: Connection, source_id: str) -> Source | None:
    """Return a source by its id, or None."""
    row = connection.execute(select(sources).where(sources.c.id == source_id)).one_or_none()
    return Source(*row) if row else None


def etag_of(connection: Connection, url: str) -> str:
    """Return the tag of what was last fetched from an address, ``""`` if nothing was."""
    fetched = select(sources.c.etag).where(sources.c.url == url)
    return connection.execute(fetched.order_by(sources.c.fetched_at.desc())).scalar() or ""


def all_sources(connection: Connection) -> list[Source]:
    """Return all sources, by when they were fetched."""
    return [
        Source(*row) for row in connection.execute(select(sources).order_by("fetched_at", "id"))
    ]


def all_editions(connection: Connection, dataset: str = "") -> Iterator[Edition]:
    """Yield the editions, of one dataset if named, oldest first."""
    query = select(editions).order_by(editions.c.recorded_at)
    for row in connection.execute(query.where(editions.c.dataset == dataset) if dataset else query):
        yield Edition(*row)


def editions_in_force(
    connection: Connection, dataset: str = "", as_of: datetime | None = None
) -> dict[str, Edition]:
    """Return by dataset the edition that counts; withdrawn datasets have none.

    Args:
        connection: of the registry.
        dataset: only of this one.
        as_of: as of this moment, UTC.
    """
    gone = select(datasets.c.name).where(datasets.c.withdrawn_at.is_not(None))
    query = select(editions).where(
        and_(editions.c.status == "applied", editions.c.dataset.not_in(gone))
    )
    if dataset:
        query = query.where(editions.c.dataset == dataset)
    if as_of:
        query = query.where(editions.c.recorded_at <= as_of)
    rows = connection.execute(query.order_by(editions.c.recorded_at))
    return {edition.dataset: edition for edition in (Edition(*row) for row in rows)}


def edition_of(connection: Connection, dataset: str, source_id: str) -> Edition | None:
    """Return the last edition of a dataset that was read from a source and applied, or None."""
    query = select(editions).where(
        editions.c.dataset == dataset,
        editions.c.source_id == source_id,
        editions.c.status == "applied",
    )
    row = connection.execute(query.order_by(editions.c.recorded_at.desc()).limit(1)).one_or_none()
    return Edition(*row) if row else None


def last_edition(connection: Connection, dataset: str) -> Edition | None:
    """Return the newest edition of a dataset, refused or not, or None."""
    query = select(editions).where(editions.c.dataset == dataset)
    row = connection.execute(query.order_by(editions.c.recorded_at.desc()).limit(1)).one_or_none()
    return Edition(*row) if row else None


def new_edition_id(connection: Connection, dataset: str) -> str:
    """Return the id that the next edition of a dataset gets."""
    query = select(func.count()).select_from(editions).where(editions.c.dataset == dataset)
    return f"{dataset}-{(connection.scalar(query) or 0) + 1}"


def put_edition(connection: Connection, edition: Edition) -> None:
    """Record an edition."""
    connection.execute(insert(editions).values(edition._asdict()))


def put_segments(connection: Connection, rows: Iterable[Segment]) -> None:
    """Record segments, which makes them exist."""
    values = [row._asdict() for row in rows]
    if values:
        connection.execute(insert(segments), values)


def replace_segments(
    connection: Connection, old: Iterable[Segment], new: Iterable[Segment], at: datetime
) -> None:
    """Put new segments in the place of old ones."""
    names = [segment.name for segment in old]
    connection.execute(update(segments).where(segments.c.name.in_(names)).values(replaced_at=at))
    put_segments(connection, new)


def count_trail(connection: Connection, action: str) -> int:
    """Return how often something was done, by the audit trail."""
    query = select(func.count()).select_from(audit).where(audit.c.action == action)
    return connection.scalar(query) or 0


def live_segments(connection: Connection, table: str = "") -> list[Segment]:
    """Return the segments that count, of one table if named, oldest first."""
    query = select(segments).where(segments.c.replaced_at.is_(None))
    if table:
        query = query.where(segments.c.table == table)
    rows = connection.execute(query.order_by(segments.c.created_at, segments.c.name))
    return [Segment(*row) for row in rows]


def kept_segments(connection: Connection, replaced_after: datetime) -> set[str]:
    """Return the names of the segments that count or did so after this moment."""
    replaced = segments.c.replaced_at
    query = select(segments.c.name).where(replaced.is_(None) | (replaced > replaced_after))
    return set(connection.scalars(query))


def put_judgement(connection: Connection, judgement: Judgement, at: datetime) -> None:
    """Record a person's judgement on a pair."""
    connection.execute(
        insert(judgements).values(
            left=judgement.pair[0],
            right=judgement.pair[1],
            verdict=judgement.verdict.value,
            score=judgement.score,
            reason=json.dumps(judgement.reason, ensure_ascii=False),
            by=judgement.by,
            at=at,
        )
    )


def human_judgements(connection: Connection, as_of: datetime | None = None) -> list[Judgement]:
    """Return what people judged about pairs, oldest first, as of a moment."""
    query = select(judgements).order_by(judgements.c.at, judgements.c.id)
    if as_of:
        query = query.where(judgements.c.at <= as_of)
    return [
        Judgement(
            row.left,
            row.right,
            Verdict(row.verdict),
            row.score,
            tuple(json.loads(row.reason)),
            row.by,
            True,
            row.at,
        )
        for row in connection.execute(query)
    ]
