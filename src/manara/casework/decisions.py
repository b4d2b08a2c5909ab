"""Decisions about leads and pairs, recorded with their entry in the audit log."""

from __future__ import annotations

from manara.casework.journal import Journal
from manara.model import Decision, Judgement, Lead
from manara.store.decisions import put_decision, put_judgement


def decide(
    journal: Journal,
    lead: Lead,
    outcome: str,
    *,
    by: str,
    ground: str,
    legal_basis: str = "",
    purpose: str = "",
) -> Decision:
    """Record what a person decided about a lead, and return it; it is on disk then.

    Args:
        journal: where it is told.
        lead: the lead as the person saw it.
        outcome: one of `manara.model.LEAD_OUTCOMES`.
        by: the person.
        ground: the reason, in the person's own words.
        legal_basis: the provision relied on.
        purpose: for what the person looked at it.

    Raises:
        UsageError: there is no such outcome, or no ground.
    """
    with journal.writing() as (connection, note):
        made = put_decision(
            connection, lead, outcome, by=by, ground=ground, legal_basis=legal_basis
        )
        note(by, "decide", lead.id, outcome=outcome, decision=made.id, purpose=purpose)
    return made


def judge(journal: Journal, judgement: Judgement, *, purpose: str = "") -> None:
    """Record a person's judgement on a pair of entities; it is on disk then.

    Args:
        journal: where it is told.
        judgement: the judgement.
        purpose: for what the person looked at the pair.

    Raises:
        UsageError: it is a machine's.
    """
    left, right = judgement.pair
    with journal.writing() as (connection, note):
        put_judgement(connection, judgement)
        said = {"verdict": judgement.verdict.value, "purpose": purpose}
        note(judgement.by, "judge", left, other=right, **said)
