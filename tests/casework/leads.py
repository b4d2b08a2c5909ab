"""A lead on the facts about one entity."""

from __future__ import annotations

from datetime import UTC, datetime

from manara.model import Finding, Handling, Lead, Recipe, Severity, Step
from manara.store import Workspace, put_leads


def put_lead(
    workspace: Workspace, entity: str, *, evidence: tuple[str, ...] = (), subjects: str = ""
) -> Lead:
    """Put a lead on an entity's facts, or on other evidence, and return it."""
    facts = list(workspace.view().facts([entity]))
    rules = workspace.view().handlings()
    ids = evidence or tuple(fact.id for fact in facts)
    finding = Finding(
        "network.broker", (subjects or entity,), 0.7, Severity.HIGH, f"{entity} ties two groups",
        (Step(1, "It stands between.", ids[:1]),), ids,
    )  # fmt: skip
    handling = Handling.join_all(rules[fact.handling_id] for fact in facts)
    now = datetime.now(UTC)
    recipe = Recipe("network", "1", "{}", now, ())
    lead = Lead(finding, tuple({fact.dataset for fact in facts}), handling, recipe, now, now)
    put_leads(workspace, "network", [lead], by="tester")
    return lead
