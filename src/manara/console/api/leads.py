"""Leads over the API: the list, one with its evidence, and decisions about it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from manara.casework.accounts import Right
from manara.casework.decisions import decide
from manara.console.access import rule
from manara.console.api.route import ApiRoute, check_match
from manara.console.api.shapes import Cursor, Id, Items, Limit, Long, Text, Word, page_of
from manara.console.pages.languages import Tongue, asked_in, tongue
from manara.console.pages.leads import Line, listed
from manara.console.pages.sight import InSight, Sight
from manara.model import UsageError

router = APIRouter(tags=["leads"], route_class=ApiRoute)

State = Literal["open", "escalated", "confirmed", "dismissed", "ended", "all"]
Outcome = Literal["confirmed", "dismissed", "escalated"]


def _spoken(
    sight: InSight, response: Response, accept_language: Annotated[str, Header()] = ""
) -> Tongue:
    """Return the language to tell leads in: the one asked for, else the account's."""
    account = sight.visit.language.partition("-")[0]
    spoken = tongue(asked_in(accept_language) or account)
    response.headers["Content-Language"] = spoken.code
    response.headers["Vary"] = "Accept-Language"
    return spoken


Spoken = Annotated[Tongue, Depends(_spoken)]

_COLUMNS = ("id", "kind", "severity", "score", "state", "title", "handling", "updated")

#: What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class DecisionMade(BaseModel):
    """What a person decided about a lead."""

    id: str
    outcome: str
    by: str
    at: datetime
    ground: str
    legal_basis: str
    evidence: str


class LeadLine(BaseModel):
    """A lead in a list. ``state`` is what became of it."""

    id: str
    kind: str
    severity: Literal["low", "medium", "high", "critical"]
    score: float
    state: str
    title: str
    subjects: list[str]
    handling: str
    created: datetime
    updated: datetime


class ExplanationStep(BaseModel):
    """One step of the explanation, with the ids of the evidence that shows it."""

    number: int
    text: str
    evidence: list[str]


class LeadShown(LeadLine):
    """A lead with all that shows it. ``evidence_state`` changes when its evidence does."""

    explanation: list[ExplanationStep]
    evidence: list[dict[str, Any]]
    evidence_state: str
    datasets: list[str]
    names: dict[str, str]
    decision: DecisionMade | None


class NewDecision(BaseModel):
    """A decision to record."""

    outcome: Outcome
    ground: Long
    legal_basis: Text = ""


@router.get("/leads", dependencies=[rule(Right.READ)])
def leads(
    sight: InSight,
    spoken: Spoken,
    state: State = "open",
    kind: Word = "",
    severity: Annotated[int, Query(ge=0, le=4)] = 0,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Items[LeadLine]:
    """The leads that may be seen, the gravest and most probable first."""
    lines = sorted(listed(sight, state=state, kind=kind, least=severity), key=_place)
    found, following = page_of(lines, _place, cursor, limit)
    return Items(items=[LeadLine(**_line(one, spoken)) for one in found], next=following)


@router.get("/leads.csv", dependencies=[rule(Right.EXPORT)], response_class=Response)
def leads_csv(sight: InSight, spoken: Spoken, state: State = "open", kind: Word = "") -> Response:
    """The list of leads for a spreadsheet; texts that it would take for formulas are defused."""
    lines = sorted(listed(sight, state=state, kind=kind), key=_place)
    sight.visit.note("export", "leads", ids=[one.lead.id for one in lines])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in (_line(one, spoken) for one in lines):
        writer.writerow(defused(str(row[name])) for name in _COLUMNS)
    headers = {"Content-Disposition": 'attachment; filename="leads.csv"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv")


@router.get("/leads/{lead_id}", dependencies=[rule(Right.READ)])
def lead(sight: InSight, spoken: Spoken, lead_id: Id) -> LeadShown:
    """One lead: why it is there, and each fact and event that shows it."""
    shown = _shown(sight, spoken, lead_id)
    sight.visit.read("lead", [lead_id])
    return shown


@router.post("/leads/{lead_id}/decisions", status_code=201, dependencies=[rule(Right.DECIDE)])
def decide_lead(
    request: Request, sight: InSight, spoken: Spoken, lead_id: Id, decision: NewDecision
) -> DecisionMade:
    """Record a decision; with ``If-Match`` only about the lead as it was looked at."""
    found = sight.lead(lead_id)
    if not decision.ground.strip():
        raise UsageError("no reason", where="ground", remedy="say why, in your own words")
    if "if-match" in request.headers:
        check_match(request, _shown(sight, spoken, lead_id))
    made = decide(
        sight.visit.console.journal,
        found,
        decision.outcome,
        by=sight.visit.account.id,
        ground=decision.ground,
        legal_basis=decision.legal_basis,
        purpose=sight.visit.purpose,
    )
    return DecisionMade(**_decision(made))


def defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _place(line: Line) -> list[Any]:
    finding = line.lead.finding
    return [-int(finding.severity), -finding.score, line.lead.id]


def _line(line: Line, spoken: Tongue) -> dict[str, Any]:
    lead, finding = line.lead, line.lead.finding
    return {
        "id": lead.id,
        "kind": finding.kind,
        "severity": finding.severity.name.lower(),
        "score": finding.score,
        "state": line.state,
        "title": spoken.told(finding),
        "subjects": list(finding.subjects),
        "handling": lead.handling.label,
        "created": lead.created,
        "updated": lead.updated,
    }


def _decision(made: Any) -> dict[str, Any]:
    names = ("id", "outcome", "by", "at", "ground", "legal_basis")
    return {name: getattr(made, name) for name in names} | {"evidence": made.state}


def _shown(sight: Sight, spoken: Tongue, lead_id: str) -> LeadShown:
    found = sight.lead(lead_id)
    made = sight.decisions().get(found.id)
    known = sight.evidence(found.finding.evidence)
    about = {sight.canonical(one) for one in found.finding.subjects}
    return LeadShown(
        **_line(Line(found, made, sight.suppressed().get(found.id)), spoken),
        explanation=[
            ExplanationStep(
                number=step.number, text=spoken.told(step), evidence=list(step.evidence)
            )
            for step in found.finding.explanation
        ],
        evidence=[plain(known.get(one, {"id": one})) for one in found.finding.evidence],
        evidence_state=found.state,
        datasets=list(found.datasets),
        names=sight.captions(sorted(about)),
        decision=DecisionMade(**_decision(made)) if made else None,
    )


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a fact or event without what it does not state."""
    return {
        key: value
        for key, value in row.items()
        if value is not None and value != "" and key != "handling_id"
    }
