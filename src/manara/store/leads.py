"""Leads in the lake: every state a row of its own, so that a past moment can be asked as well."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from manara.model import Finding, Handling, Lead, Recipe, Severity, Step, Text, text_of
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
    said = json.loads(row["explanation"])
    # The title's words stand before the steps, where no step is; older rows have no words at all.
    words = _words(said.pop(0)) if said and said[0][0] == 0 else None
    finding = Finding(
        row["kind"],
        tuple(row["subjects"]),
        row["score"],
        Severity(row["severity"]),
        row["title"],
        tuple(Step(one[0], one[1], tuple(one[2]), _words(one)) for one in said),
        tuple(row["evidence"]),
        words,
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
        "explanation": _json(list(_said(finding))),
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


def _said(finding: Finding) -> Iterator[list[object]]:
    """Yield number, text, evidence and, where there are any, words of the title and each step."""
    if finding.words:
        yield [0, finding.title, (), finding.words.plain()]
    for step in finding.explanation:
        words = [step.words.plain()] if step.words else []
        yield [step.number, step.text, step.evidence, *words]


def _words(said: list[Any]) -> Text | None:
    return text_of(said[3]) if len(said) > 3 else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
