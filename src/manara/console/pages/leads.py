"""The list of leads, and the page of one: why it is there, what shows it, what to do with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, NamedTuple

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from manara.casework import Case
from manara.casework.accounts import Right
from manara.casework.decisions import decide
from manara.console.pages import cases, charts, places
from manara.console.pages.languages import Tongue
from manara.console.pages.partners import partners_of
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.pages.sight import InSight, Sight
from manara.model import Decision, Fact, Lead, UsageError, vocabulary
from manara.pipeline.flows import ends, flows

router = page_router()

#: Lines of a list on one page; like leads and evidence shown at first.
PAGE, _LIKE, MOST_EVIDENCE = 50, 8, 200

#: What the list can be narrowed to.
STATES = ("open", "escalated", "confirmed", "dismissed", "ended", "all")


class Line(NamedTuple):
    """A lead in a list, with what was decided.

    Attributes:
        lead: the lead.
        decision: what was last decided about it.
        kept: the dismissal for which it stays away, of it or of one that rested on all of this.
    """

    lead: Lead
    decision: Decision | None
    kept: Decision | None = None

    @property
    def state(self) -> str:
        """A value of `STATES`, but ``all``: dismissed leads with new evidence are open again."""
        if not self.lead.standing:
            return "ended"
        if self.kept:
            return "dismissed"
        if self.decision is None:
            return "open"
        again = self.decision.outcome == "dismissed" and self.decision.state != self.lead.state
        return "open" if again else str(self.decision.outcome)

    @property
    def comes_back(self) -> bool:
        """Whether it was dismissed and is there again, because other evidence shows it."""
        return bool(self.decision and self.decision.outcome == "dismissed" and self.state == "open")


def lines_of(sight: Sight, leads: Iterable[Lead]) -> list[Line]:
    """Return leads with what was decided about them."""
    decided, kept = sight.decisions(), sight.suppressed()
    return [Line(one, decided.get(one.id), kept.get(one.id)) for one in leads]


def listed(sight: Sight, *, state: str = "all", kind: str = "", least: int = 0) -> list[Line]:
    """Return the leads of a state and kind, the gravest and most probable first.

    Args:
        sight: what may be seen.
        state: a value of `STATES`.
        kind: a kind, or the first word of several; ``""`` for all.
        least: least severity, 1..4.
    """
    return [
        line
        for line in lines_of(sight, sight.leads())
        if state in ("all", line.state)
        and (not kind or f"{line.lead.finding.kind}.".startswith(f"{kind}."))
        and line.lead.finding.severity >= least
    ]


def searched(lead: Lead, spoken: Tongue) -> str:
    """Return what words are looked for in: the title as it is told, and in English."""
    return f"{spoken.told(lead.finding)} {lead.finding.title}".casefold()


@router.get("/leads")
def leads(
    request: Request,
    sight: InSight,
    state: str = "open",
    kind: str = "",
    severity: Annotated[int, Query(ge=0, le=4)] = 0,
    words: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The leads, narrowed down."""
    found = listed(sight, state=state, kind=kind, least=severity)
    wanted = words.casefold().split()
    if wanted:
        spoken = spoken_in(request, sight.visit)
        titles = ((line, searched(line.lead, spoken)) for line in found)
        found = [line for line, title in titles if all(word in title for word in wanted)]
    kinds = sorted({lead.finding.kind for lead in sight.leads()})
    shown = found[(page - 1) * PAGE : page * PAGE]
    sight.visit.read("lead", [line.lead.id for line in shown])
    return render(
        request,
        sight.visit,
        "leads.html",
        lines=shown,
        total=len(found),
        page=page,
        pages=-(-len(found) // PAGE),
        states=STATES,
        kinds=kinds,
        asked_for={"state": state, "kind": kind, "severity": severity, "words": words},
    )


@router.get("/leads/{lead_id}")
def lead(request: Request, sight: InSight, lead_id: str) -> Response:
    """One lead."""
    found = sight.lead(lead_id)
    finding = found.finding
    known = sight.evidence(finding.evidence)
    rows = [known.get(one, {"id": one}) for one in finding.evidence]
    payments = [row for row in rows if row.get("table") == "payments"]
    others = [(at, row) for at, row in enumerate(rows, 1) if row.get("table") != "payments"]
    pairs = _pairs(sight, rows)
    paid = flows(rows)
    parties = {end for row in payments for end in ends(row)} - {""}
    stated = {row["entity_id"] for row in rows if row.get("table") == "facts"}
    named = {sight.canonical(one) for one in (*finding.subjects, *parties, *stated)}
    named |= {end for pair in pairs for end in pair}
    about = {*finding.subjects, *(m for one in finding.subjects for m in sight.members(one))}
    sight.visit.read("lead", [found.id])
    [line] = lines_of(sight, [found])
    decision = line.kept or line.decision
    seen = {one.id for one in sight.leads()}
    return render(
        request,
        sight.visit,
        "lead.html",
        line=line,
        # The dismissal may be of a lead that this reader may not see.
        decision=decision if decision and decision.subjects[0] in seen else None,
        lead=found,
        finding=finding,
        rows=others[:MOST_EVIDENCE],
        others=len(others),
        numbers={row["id"]: at for at, row in enumerate(rows, 1)},
        captions=_by_record(sight, named, (*parties, *stated)),
        payments=payments,
        timeline=charts.timeline(payments, about),
        flow=charts.flow_chart(paid, about) if len(paid) > 1 else None,
        ties=charts.small_graph(pairs, [sight.canonical(one) for one in finding.subjects]),
        places=places.of_lead(sight, rows, finding.subjects),
        like=_like(sight, found),
        partners=partners_of(sight),
        cases=cases_with(sight, {found.id}),
    )


@router.post("/leads/{lead_id}/decide")
def decide_lead(
    request: Request,
    sight: InSight,
    lead_id: str,
    outcome: Annotated[str, Form()],
    state: Annotated[str, Form()],
    ground: Annotated[str, Form(max_length=4000)] = "",
    legal_basis: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Record what the reader decides about a lead as it was shown."""
    sight.visit.require(Right.DECIDE)
    found = sight.lead(lead_id)
    if found.state != state:
        raise UsageError(
            "its evidence has changed since you opened it", where=lead_id, remedy="look at it again"
        )
    if not ground.strip():
        raise UsageError("no reason", where="reason", remedy="say why, in your own words")
    made = "confirmed" if outcome == "case" else outcome
    decide(
        sight.visit.console.journal,
        found,
        made,
        by=sight.visit.account.id,
        ground=ground,
        legal_basis=legal_basis,
        purpose=sight.visit.purpose,
    )
    to = f"/cases/new?lead={found.id}" if outcome == "case" else f"/leads/{found.id}"
    return RedirectResponse(to, 303)


def cases_with(sight: Sight, ids: Collection[str]) -> list[Case]:
    """Return the cases in which any of these is involved or evidence, closed ones too."""
    return [
        case
        for case in cases.listed(sight, closed=True)
        if any(
            one.values.get("entity") in ids or one.values.get("ref") in ids
            for one in (*case.people, *case.evidence)
        )
    ]


def _pairs(sight: Sight, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the ties that the facts of an evidence state, by the canonical ids of their ends."""
    known = vocabulary()
    named: dict[str, dict[str, str]] = {}
    pairs = []
    for row in rows:
        if row.get("table") != "facts":
            continue
        schema = known[row["schema"]]
        prop = schema.get(row["prop"])
        if prop is None or prop.type.name != "entity":
            continue
        if schema.edge:
            named.setdefault(row["entity_id"], {})[row["prop"]] = row["value"]
            both = named[row["entity_id"]]
            if schema.edge.source in both and schema.edge.target in both:
                pairs.append((both[schema.edge.source], both[schema.edge.target]))
        else:
            pairs.append((row["entity_id"], row["value"]))
    return [(sight.canonical(a), sight.canonical(b)) for a, b in pairs]


def _by_record(sight: Sight, entities: set[str], records: tuple[str, ...]) -> dict[str, str]:
    """Return what to call entities, by their own ids and by those of their records."""
    called = sight.captions(entities)
    found = {one: called[sight.canonical(one)] for one in records if sight.canonical(one) in called}
    return called | found


def _like(sight: Sight, lead: Lead) -> list[Line]:
    """Return earlier leads of the same subjects or kind that were decided, the nearest first."""
    mine = set(lead.finding.subjects)

    def rank(line: Line) -> tuple[bool, bool, float]:
        other = line.lead.finding
        alike = other.kind == lead.finding.kind
        when = line.decision.at.timestamp() if line.decision else 0.0
        return (mine.isdisjoint(other.subjects), not alike, -when)

    others = lines_of(sight, (one for one in sight.leads() if one.id != lead.id))
    near = [
        line
        for line in others
        if not mine.isdisjoint(line.lead.finding.subjects)
        or (line.decision and line.lead.finding.kind == lead.finding.kind)
    ]
    return sorted(near, key=rank)[:_LIKE]


def fact_rows(facts: tuple[Fact, ...]) -> list[Fact]:
    """Return facts in the order in which a person wants to read them: what names them first."""

    def rank(fact: Fact) -> tuple[int, str, str]:
        schema = vocabulary()[fact.schema]
        first = (*schema.caption, "alias", "weakAlias", *schema.featured)
        at = first.index(fact.prop) if fact.prop in first else len(first)
        return (at, fact.prop, fact.value)

    return sorted(facts, key=rank)
