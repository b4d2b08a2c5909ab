"""One entity out of a large lake: the median time to find its facts, before and after compaction.

The peer is followthemoney's own way of keeping statements, a table of an SQL database with an index
on the entity: SQLite with the same rows (a tenth of them, to save time; an index look-up hardly
grows with the table).
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from bench._people import write_people
from bench._run import main, median_ms, peak_mib
from manara.pipeline import Request, ingest
from manara.store import Workspace, ledger
from manara.store.lake import SegmentWriter
from manara.store.registry import log, moment

FACTS_EACH = 10

_ROWS = """
SELECT md5(concat(n, '-', p)) AS id,
       format('e-{{:09d}}', n) AS entity_id,
       'Person' AS schema,
       ['name', 'alias', 'firstName', 'lastName', 'birthDate', 'nationality', 'gender',
        'passportNumber', 'position', 'notes'][p + 1] AS prop,
       concat('value ', md5(concat(p, '/', n))) AS value,
       '' AS original_value, '' AS lang, 'bench' AS dataset, '{source}' AS source_id,
       concat('line ', n) AS locator, '{handling}' AS handling_id,
       TIMESTAMP '2026-01-01' AS first_seen
FROM (SELECT (i * {segments} + {segment}) AS n FROM range({entities}) AS r(i)),
     (SELECT unnest(range({each})) AS p)
ORDER BY entity_id, id
"""


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the medians of ours, the peer's and their ratio."""
    draw = random.Random(1)
    entities = options.facts // FACTS_EACH
    asked = [f"e-{draw.randrange(entities // 20):09}" for _ in range(options.lookups)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workspace.create(folder / "workspace") as workspace:
            started = time.monotonic()
            _fill(workspace, folder, entities, options.segments)
            filled = time.monotonic() - started
            before = _look(workspace, asked)
            started = time.monotonic()
            workspace.compact(by="bench", force=True)
            compacted = time.monotonic() - started
            after = _look(workspace, asked)
            fresh = median_ms(lambda: _open_and_look(workspace.root, draw.choice(asked)), 10)
        peer = _peer(folder / "statements.db", entities // 10, asked)
    return {
        "facts": entities * FACTS_EACH,
        "fill_s": round(filled, 1),
        "compact_s": round(compacted, 1),
        "segments_median_ms": before,
        "compacted_median_ms": after,
        "compacted_from_closed_median_ms": fresh,
        "sqlite_index_median_ms": peer,
        "ratio": round(peer / after, 3),
        "peak_mib": peak_mib(),
    }


def _fill(workspace: Workspace, folder: Path, entities: int, segments: int) -> None:
    """Put rows into the lake as so many editions would leave them: each segment spans all ids."""
    seed = folder / "seed.json"
    write_people(seed, 1)
    done = list(ingest(workspace, [str(seed)], Request(dataset="bench", by="bench")))
    edition = workspace.in_force("bench")
    assert edition and done[0].status == "applied"
    database = duckdb.connect(config={"temp_directory": str(folder / "spill")})
    for segment in range(segments):
        query = _ROWS.format(
            source=edition.source_id,
            handling=edition.handling_id,
            entities=entities // segments,
            segments=segments,
            segment=segment,
            each=FACTS_EACH,
        )
        rows = database.sql(query).to_arrow_reader(100_000)
        with workspace.registry.reading() as connection:
            at = moment(connection)
        with SegmentWriter(workspace.lake, "facts", at=at, by="bench", dataset="bench") as writer:
            writer.write(rows)
        with workspace.registry.writing() as connection:
            ledger.put_segments(connection, writer.segments)
            log(connection, at, "bench", "append", "facts")


def _look(workspace: Workspace, asked: list[str]) -> float:
    view = workspace.view()
    answers = iter(asked)

    def look() -> None:
        assert len(list(view.facts([next(answers)]))) == FACTS_EACH

    look()
    return median_ms(look, len(asked) - 1)


def _open_and_look(root: Path, entity_id: str) -> None:
    with Workspace.open(root) as workspace:
        assert len(list(workspace.view().facts([entity_id]))) == FACTS_EACH


def _peer(path: Path, entities: int, asked: list[str]) -> float:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE statement (id, entity_id, prop, value, dataset)")
    rows = (
        (f"{n}-{p}", f"e-{n:09}", "name", f"value {n} {p}", "bench")
        for n in range(entities)
        for p in range(FACTS_EACH)
    )
    database.executemany("INSERT INTO statement VALUES (?, ?, ?, ?, ?)", rows)
    database.execute("CREATE INDEX of_entity ON statement (entity_id)")
    database.commit()
    answers = iter(asked)

    def look() -> None:
        query = "SELECT * FROM statement WHERE entity_id = ?"
        assert len(database.execute(query, (next(answers),)).fetchall()) == FACTS_EACH

    return median_ms(look, len(asked))


if __name__ == "__main__":
    main("lookup", run, facts=50_000_000, segments=16, lookups=101)
