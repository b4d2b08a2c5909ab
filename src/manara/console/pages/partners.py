"""Partners: who they are, what each may receive, how the link to each stands, what is asked."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.exchange import REQUEST, Node, Partner, states, subjects_for, write_letter
from manara.exchange.letters import Letter
from manara.exchange.outbox import Outbox
from manara.model import NotFoundError, Relation, Tlp
from manara.model.audience import AUDIENCE

router = page_router()


class Asked(NamedTuple):
    """A request between nodes: ``ours`` or theirs, and what has become of it."""

    letter: Letter
    state: str
    reply: Letter | None
    ours: bool


def partners_of(sight: Sight) -> list[Partner]:
    """Return the partners of this node, in order."""
    return list(Node(sight.workspace).partners.all().values())


def requests(sight: Sight) -> list[Asked]:
    """Return the requests to and from partners, the newest first; none without an identity."""
    node = Node(sight.workspace)
    try:
        own = node.id
    except NotFoundError:
        return []
    told = [
        Asked(letter, state, reply, letter.sender == own) for letter, state, reply in states(node)
    ]
    return told[::-1]


def requests_open(sight: Sight) -> list[Asked]:
    """Return what partners ask and nobody has answered."""
    return [one for one in requests(sight) if not one.ours and one.state in ("open", "overdue")]


def highest(partner: Partner) -> Tlp:
    """Return the highest level whose audience a partner is in without being named."""
    relation = Relation[partner.relation.upper()]
    open_to = (
        level for level, (least, _) in AUDIENCE.items() if least is not None and relation >= least
    )
    return max(open_to)


@router.get("/partners")
def partners(request: Request, sight: InSight) -> Response:
    """The partners and the requests."""
    known = partners_of(sight)
    waiting = Counter(one.to for one in Outbox(sight.workspace).waiting())
    return render(
        request,
        sight.visit,
        "partners.html",
        partners=[(one, highest(one), waiting[one.id]) for one in known],
        requests=requests(sight),
    )


@router.post("/partners/ask")
def ask(
    sight: InSight,
    to: Annotated[str, Form()],
    lead: Annotated[str, Form()],
    text: Annotated[str, Form(max_length=4000)],
    basis: Annotated[str, Form(max_length=400)],
    case: Annotated[str, Form(max_length=200)],
    deadline: Annotated[str, Form()] = "",
) -> Response:
    """Ask a partner about the subjects of a lead, for the purpose of this visit."""
    sight.visit.require(Right.RELEASE)
    found = sight.lead(lead)
    node = Node(sight.workspace)
    write_letter(
        node,
        to,
        REQUEST,
        by=sight.visit.account.id,
        subjects=subjects_for(node, to, found.finding.subjects),
        text=text,
        purpose=sight.visit.purpose,
        basis=basis,
        case=case,
        deadline=date.fromisoformat(deadline) if deadline else None,
    )
    return RedirectResponse(f"/leads/{found.id}?asked={to}", 303)
