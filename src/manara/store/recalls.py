"""What must never have been known: single facts and events taken out of every answer."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from manara.model import EVENT_TABLES
from manara.store import ledger, sql
from manara.store.engine import Engine
from manara.store.lake import SegmentWriter, read_facts, read_table
from manara.store.registry import RECALL, log, moment

if TYPE_CHECKING:
    from manara.store.workspace import Workspace


#: Before the name of the table in a retraction of an event; no id of an entity begins so.
MARK = "\x1f"


def recall(workspace: Workspace, ids: Iterable[str], *, by: str, reason: str) -> int:
    """Take facts and events out of every answer, past ones too, with the leads that rest on them.

    What is stated anew afterwards is known from then on. The sources stay, and the audit trail
    keeps that something went.

    Args:
        workspace: the workspace.
        ids: of the facts and events; unknown ones change nothing.
        by: who does it.
        reason: why.

    Returns:
        how many facts and events went.
    """
    wanted = pa.table({"id": pa.array(sorted(set(ids)), pa.string())})
    with workspace.writing():
        with workspace.registry.reading() as connection:
            segments = ledger.live_segments(connection)
            at = moment(connection)
        with closing(workspace.engine.session()) as session:
            read_facts(session, workspace.lake, segments)
            rows = [_statements(session, wanted)]
            for table in sorted(EVENT_TABLES.keys() & {each.table for each in segments}):
                read_table(session, table, workspace.lake, segments, table)
                rows.append(_events(session, table, at))
        rows = [each for each in rows if len(each)]
        if not rows:
            return 0
        with SegmentWriter(workspace.lake, "retractions", at=at, by=by) as writer:
            for each in rows:
                writer.write(each.to_batches())
        datasets = sorted({name for each in rows for name in each["dataset"].to_pylist()})
        with workspace.registry.writing() as connection:
            ledger.put_segments(connection, writer.segments)
            for name in datasets:
                log(connection, at, by, RECALL, name, reason=reason)
    return len({key for each in rows for key in each["fact_id"].to_pylist()})


def _statements(session: Engine, wanted: pa.Table) -> pa.Table:
    """Return the statements of facts, each ended when it began: so it never was."""
    session.define("past_facts", sql.PAST_FACTS)
    session.read("wanted", wanted)
    return session.fetch(sql.NEVER_STATED)


def _events(session: Engine, table: str, at: datetime) -> pa.Table:
    """Return what hides events: as what they are of stands no id of an entity, but a table."""
    moment = at.astimezone(UTC).replace(tzinfo=None)
    query = sql.NEVER_HAPPENED.replace("any_table", table)
    return session.fetch(query, [MARK + table, moment, moment])
