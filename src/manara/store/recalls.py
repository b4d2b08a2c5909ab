"""Facts that must never have been known: single facts taken out of every answer, past ones too."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa

from manara.store import ledger, sql
from manara.store.engine import Engine
from manara.store.lake import SegmentWriter, read_facts
from manara.store.registry import RECALL, log, moment

if TYPE_CHECKING:
    from manara.store.workspace import Workspace


def recall(workspace: Workspace, fact_ids: Iterable[str], *, by: str, reason: str) -> int:
    """Take facts out of every answer, past ones too, with the leads that rest on them.

    What is stated anew afterwards is known from then on. The sources stay, and the audit trail
    keeps that something went.

    Args:
        workspace: the workspace.
        fact_ids: the facts; unknown ones change nothing.
        by: who does it.
        reason: why.

    Returns:
        how many facts went.
    """
    wanted = pa.table({"id": pa.array(sorted(set(fact_ids)), pa.string())})
    with workspace.writing():
        with workspace.registry.reading() as connection:
            segments = ledger.live_segments(connection)
            at = moment(connection)
        with closing(workspace.engine.session()) as session:
            read_facts(session, workspace.lake, segments)
            rows = _statements(session, wanted)
        if not len(rows):
            return 0
        with SegmentWriter(workspace.lake, "retractions", at=at, by=by) as writer:
            writer.write(rows.to_batches())
        datasets = sorted(set(rows["dataset"].to_pylist()))
        with workspace.registry.writing() as connection:
            ledger.put_segments(connection, writer.segments)
            for name in datasets:
                log(connection, at, by, RECALL, name, reason=reason)
    return len(set(rows["fact_id"].to_pylist()))


def _statements(session: Engine, wanted: pa.Table) -> pa.Table:
    """Return the statements of facts, each ended when it began: so it never was."""
    session.define("past_facts", sql.PAST_FACTS)
    session.read("wanted", wanted)
    return session.fetch(sql.NEVER_STATED)
