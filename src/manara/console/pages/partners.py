"""Partners: who they are, what each may receive, how the link to each stands, their terms."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import Form, Request, UploadFile
from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.jobs import Status
from manara.console.access import rule
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.exchange import Card, Node, Partner, all_sent
from manara.exchange.node import today
from manara.exchange.outbox import Outbox
from manara.exchange.partners import ONWARD
from manara.exchange.tls import expires, fingerprint
from manara.exercise.manifest import is_played
from manara.model import PURPOSES, NotFoundError, Relation, Tlp, UsageError
from manara.model.audience import AUDIENCE

router = page_router()

Field = Annotated[str, Form(max_length=400)]
Several = Annotated[list[str], Form()]
Count = Annotated[int, Form(ge=0, le=1_000_000)]

_LIAISE = [rule(Right.LIAISE)]
#: Most bytes of a card or certificate.
_MOST = 64_000


class Link(NamedTuple):
    """How the link to a partner stands.

    Attributes:
        waiting: messages that wait to go there.
        sent: packages and recalls that went there.
        confirmed: when it last confirmed one.
        open: how many it has not confirmed.
        seen: when anything last came from it.
    """

    waiting: int
    sent: int
    confirmed: datetime | None
    open: int
    seen: datetime | None


def partners_of(sight: Sight) -> list[Partner]:
    """Return the partners of this node, in order."""
    return list(Node(sight.workspace).partners.all().values())


def own_id(sight: Sight) -> str:
    """Return what partners call this node, ``""`` before it has an identity."""
    try:
        return Node(sight.workspace).id
    except NotFoundError:
        return ""


def highest(partner: Partner) -> Tlp:
    """Return the highest level whose audience a partner is in without being named."""
    relation = Relation[partner.relation.upper()]
    open_to = (
        level for level, (least, _) in AUDIENCE.items() if least is not None and relation >= least
    )
    return max(open_to)


def deliver_soon(sight: Sight) -> None:
    """Let what waits for partners be handed over, if any can be reached by network."""
    jobs = sight.visit.console.jobs
    linked = any(one.address and one.certificate for one in partners_of(sight))
    # The partners of an exercise are nodes beside this one.
    reachable = linked or is_played(sight.workspace.root)
    waits = any(job.kind == "deliver" and job.status is Status.WAITING for job in jobs.all())
    if reachable and not waits:
        ask_job(sight, "deliver")


def ask_job(sight: Sight, kind: str, **settings: Any) -> None:
    """Ask for work of the exchange to be done soon."""
    visit = sight.visit
    visit.console.jobs.ask(kind, by=visit.account.id, purpose=visit.purpose, settings=settings)
    visit.console.workers.wake()


@router.get("/partners")
def partners(request: Request, sight: InSight) -> Response:
    """The partners, and the form for a new one."""
    known = partners_of(sight)
    waiting = Counter(one.to for one in Outbox(sight.workspace).waiting())
    return render(
        request,
        sight.visit,
        "partners.html",
        partners=[(one, highest(one), waiting[one.id]) for one in known],
        own=own_id(sight),
        **_choices(),
    )


@router.get("/partners/nodes/{partner_id}")
def one_partner(request: Request, sight: InSight, partner_id: str) -> Response:
    """One partner: terms, link, and the form to change them."""
    partner = Node(sight.workspace).partners.get(partner_id)
    return render(
        request,
        sight.visit,
        "partner.html",
        one=partner,
        level=highest(partner),
        link=_link(sight, partner),
        certificate=fingerprint(partner.certificate) if partner.certificate else "",
        expires=expires(partner.certificate) if partner.certificate else None,
        overlap=partner.card.overlap if _overlaps(partner) else None,
        **_choices(),
    )


@router.post("/partners/nodes", dependencies=_LIAISE)
def agree(
    sight: InSight,
    card: UploadFile | None = None,
    certificate: UploadFile | None = None,
    partner: Field = "",
    relation: Field = "community",
    groups: Field = "",
    purposes: Several = [],  # noqa: B006
    onward: Field = "ask",
    four_eyes: Field = "",
    questions: Count = 0,
    by_officer: Count = 0,
    address: Field = "",
) -> Response:
    """Deal with the node of a card, or change the terms of a partner."""
    node = Node(sight.workspace)
    before = node.partners.get(partner) if partner else None
    shown = content_of(card)
    if not shown and before is None:
        raise UsageError("no card", where="card", remedy="choose the file that the node handed out")
    terms = Partner(
        Card.read(shown) if shown else before.card,  # type: ignore[union-attr]
        relation,
        groups.split(),
        purposes,
        onward,
        bool(four_eyes),
        questions,
        by_officer,
        _address(address),
        before.certificate if before else "",
    )
    if pem := content_of(certificate):
        terms = replace(terms, certificate=certificate_in(pem))
    if before and terms.id != before.id:
        raise UsageError("is the card of another node", where=terms.id)
    node.agree(terms, by=sight.visit.account.id)
    return RedirectResponse(f"/partners/nodes/{terms.id}", 303)


@router.post("/partners/nodes/{partner_id}/part", dependencies=_LIAISE)
def part(sight: InSight, partner_id: str) -> Response:
    """Deal with a partner no longer."""
    Node(sight.workspace).part(partner_id, by=sight.visit.account.id)
    return RedirectResponse("/partners", 303)


def _link(sight: Sight, partner: Partner) -> Link:
    waiting = sum(one.to == partner.id for one in Outbox(sight.workspace).waiting())
    sent = [one for one in all_sent(sight.workspace) if one.to == partner.id]
    came = (
        entry.at
        for entry in Node(sight.workspace).noted("import", "receive", "receipt", "take-table")
        if partner.id in (entry.detail.get("sender"), entry.thing)
    )
    confirmed = max((at for one in sent if (at := one.confirmed_at)), default=None)
    unconfirmed = sum(not one.answered for one in sent)
    return Link(waiting, len(sent), confirmed, unconfirmed, max(came, default=None))


def _overlaps(partner: Partner) -> bool:
    return partner.card.overlap is not None and partner.card.overlap >= today()


def _choices() -> dict[str, Any]:
    return {
        "relations": [each.name.lower() for each in Relation],
        "onwards": ONWARD,
        "all_purposes": list(PURPOSES),
    }


def content_of(file: UploadFile | None) -> bytes:
    """Return what a small file holds that was sent, ``b""`` for none."""
    content = file.file.read(_MOST + 1) if file else b""
    if len(content) > _MOST:
        raise UsageError("is too long", where="file", remedy="choose the card or certificate")
    return content


def certificate_in(pem: bytes) -> str:
    """Return a certificate as text, after a look whether it is one."""
    try:
        text = pem.decode("ascii")
        fingerprint(text)
    except ValueError as error:
        raise UsageError("is no certificate in PEM", where="certificate") from error
    return text


def _address(text: str) -> str:
    address = text.strip()
    try:
        parts = urlsplit(address)
        well = parts.scheme == "https" and bool(parts.hostname) and not parts.username
        well = well and (parts.port or 443) > 0
    except ValueError:
        well = False
    if address and not well:
        raise UsageError("is no address", where=address[:80], remedy="such as https://HOST:PORT")
    return address
