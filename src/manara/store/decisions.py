"""What people decided about leads: kept for ever, the last one counts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from manara.model import LEAD_OUTCOMES, Decision, Judgement, Lead, UsageError
from manara.store import ledger, tables
from manara.store.registry import log, moment

if TYPE_CHECKING:
    from manara.store.workspace import Workspace


def decide(
    workspace: Workspace,
    lead: Lead,
    outcome: str,
    *,
    by: str,
    ground: str,
    legal_basis: str = "",
) -> Decision:
    """Record what a person decided about a lead, and return it.

    Args:
        workspace: the workspace.
        lead: the lead as the person saw it.
        outcome: one of `LEAD_OUTCOMES`.
        by: the person.
        ground: the reason, in the person's own words.
        legal_basis: the provision relied on.

    Raises:
        UsageError: there is no such outcome, or no ground.
    """
    with workspace.registry.writing() as connection:
        return put_decision(
            connection, lead, outcome, by=by, ground=ground, legal_basis=legal_basis
        )


def put_decision(
    connection: Connection, lead: Lead, outcome: str, *, by: str, ground: str, legal_basis: str
) -> Decision:
    """Record in a transaction what a person decided about a lead, and return it; see `decide`."""
    if outcome not in LEAD_OUTCOMES:
        raise UsageError("no such outcome", where=outcome, remedy=", ".join(LEAD_OUTCOMES))
    at = moment(connection)
    decision = Decision(
        "lead", (lead.id,), outcome, by, at, ground.strip(), legal_basis.strip(), lead.state
    )
    _put(connection, decision)
    log(connection, at, by, "decide", lead.id, outcome=outcome, decision=decision.id)
    return decision


def put_judgement(connection: Connection, judgement: Judgement) -> Judgement:
    """Record in a transaction a person's judgement on a pair, and return it as it is kept.

    The later of two counts.

    Raises:
        UsageError: it is a machine's.
    """
    if not judgement.human:
        raise UsageError("is not a person's", where=f"judgement by {judgement.by}")
    at, (left, right) = moment(connection), judgement.pair
    ledger.put_judgement(connection, judgement, at)
    # Not on what ground: the trail never forgets, and words about people may have to be erased.
    log(connection, at, judgement.by, "judge", left, other=right, verdict=judgement.verdict.value)
    return replace(judgement, at=at)


def decisions_on(
    connection: Connection, kind: str, as_of: datetime | None = None
) -> dict[str, Decision]:
    """Return by subject the last decision of a kind as of a moment."""
    return decisions_after(connection, kind, 0, as_of)[1]


def decisions_after(
    connection: Connection, kind: str, number: int, as_of: datetime | None = None
) -> tuple[int, dict[str, Decision]]:
    """Return by subject the last decision of a kind among those after a number, and their last.

    One is written after the other, so that none of a lower number comes later.
    """
    columns = tables.decisions.c
    query = select(tables.decisions).where(columns.kind == kind, columns.number > number)
    if as_of:
        query = query.where(columns.at <= as_of)
    found: dict[str, Decision] = {}
    for row in connection.execute(query.order_by(columns.number)):
        number = row.number
        values = {name: getattr(row, name) for name in Decision.__dataclass_fields__}
        decision = Decision(**values | {"subjects": tuple(json.loads(row.subjects))})
        found |= dict.fromkeys(decision.subjects, decision)
    return number, found


def _put(connection: Connection, decision: Decision) -> None:
    values = {name: getattr(decision, name) for name in Decision.__dataclass_fields__}
    subjects = json.dumps(decision.subjects, ensure_ascii=False)
    connection.execute(insert(tables.decisions).values(**values | {"subjects": subjects}))
