"""Decisions about leads and pairs, recorded with their entry in the audit log."""

from __future__ import annotations

from collections.abc import Sequence

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


def judge(
    journal: Journal, judgements: Sequence[Judgement], *, purpose: str = "", login: str = ""
) -> list[Judgement]:
    """Record a person's judgements on pairs of entities, all or none; return them as they are kept.

    The log has each one's id, which is a digest of its words too: these stay where they can be
    erased.

    Args:
        journal: where it is told.
        judgements: the judgements.
        purpose: for what the person looked at the pairs.
        login: who ran the command, where the judgements are an account's.

    Raises:
        UsageError: one is a machine's.
    """
    kept = []
    with journal.writing() as (connection, note):
        for one in judgements:
            kept.append(put_judgement(connection, one))
            (left, right), said = one.pair, {"verdict": one.verdict.value, "purpose": purpose}
            more = {"login": login} if login else {}
            note(one.by, "judge", left, other=right, judgement=kept[-1].id, **said, **more)
    return kept
