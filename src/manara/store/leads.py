"""Leads in the lake: every state a row of its own, so that a past moment can be asked as well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from manara.model import Finding, Handling, Lead, Recipe, Severity, Step
from manara.store import ledger
from manara.store.lake import SCHEMAS, SegmentWriter
from manara.store.registry import log, moment

if TYPE_CHECKING:
    from manara.store.workspace import Workspace


def put_leads(workspace: Workspace, detector: str, leads: Sequence[Lead], *, by: str) -> None:
    """Add states of leads to a workspace, all or none.

    Args:
        workspace: the workspace.
        detector: name of the detector that ran.
        leads: those that are new or have changed.
        by: who asked.
    """
    rows = pa.Table.from_pylist([_row(lead) for lead in leads], SCHEMAS["leads"]).sort_by("id")
    rules = {lead.handling.id: lead.handling for lead in leads}
    with workspace.writing():
        with workspace.registry.reading() as connection:
            at = moment(connection)
        with SegmentWriter(workspace.lake, "leads", at=at, by=by) as writer:
            writer.write(rows.to_batches())
        with workspace.registry.writing() as connection:
            for rule in rules.values():
                ledger.put_handling(connection, rule)
            ledger.put_segments(connection, writer.segments)
            log(connection, at, by, "detect", detector, leads=len(rows))


def lead_of(row: dict[str, Any], rules: dict[str, Handling]) -> Lead:
    """Return the lead that a row of the table states."""
    finding = Finding(
        row["kind"],
        tuple(row["subjects"]),
        row["score"],
        Severity(row["severity"]),
        row["title"],
        tuple(Step(n, text, tuple(ids)) for n, text, ids in json.loads(row["explanation"])),
        tuple(row["evidence"]),
    )
    recipe = json.loads(row["recipe"])
    recipe["as_of"] = datetime.fromisoformat(recipe["as_of"])
    recipe["inputs"] = tuple(recipe["inputs"])
    created, updated = (row[key].replace(tzinfo=UTC) for key in ("created", "updated"))
    return Lead(
        finding,
        tuple(row["datasets"]),
        rules[row["handling_id"]],
        Recipe(**recipe),
        created,
        updated,
        row["standing"] == "yes",
    )


def _row(lead: Lead) -> dict[str, object]:
    finding, recipe = lead.finding, lead.recipe
    return {
        "id": lead.id,
        "kind": finding.kind,
        "subjects": list(finding.subjects),
        "score": finding.score,
        "severity": int(finding.severity),
        "title": finding.title,
        "explanation": _json(
            [[step.number, step.text, step.evidence] for step in finding.explanation]
        ),
        "evidence": list(finding.evidence),
        "datasets": list(lead.datasets),
        "handling_id": lead.handling.id,
        "recipe": _json(
            {
                "detector": recipe.detector,
                "version": recipe.version,
                "settings": recipe.settings,
                "as_of": recipe.as_of.isoformat(),
                "inputs": recipe.inputs,
            }
        ),
        "created": _naive(lead.created),
        "updated": _naive(lead.updated),
        "standing": "yes" if lead.standing else "no",
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
