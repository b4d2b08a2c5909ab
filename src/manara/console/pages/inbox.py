"""The inbox: what partners ask and say, what came from them, what we asked and how it went."""

from __future__ import annotations

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.console.access import rule
from manara.console.pages.partners import deliver_soon, own_id, partners_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sharing import went
from manara.console.pages.sight import InSight, Sight
from manara.exchange import (
    FEEDBACK,
    MESSAGE,
    REFUSAL,
    REQUEST,
    Node,
    approve,
    states,
    subjects_for,
    write_letter,
)
from manara.exchange.letters import USEFUL, Letter, letters
from manara.model import NotFoundError, UsageError
from manara.store import Entry

router = page_router()

Field = Annotated[str, Form(max_length=400)]
Words = Annotated[str, Form(max_length=4000)]
Asked = Annotated[str, Query(max_length=400)]
Listed = Annotated[list[str], Form(max_length=200)]

_READ, _RELEASE = [rule(Right.READ)], [rule(Right.RELEASE)]
#: Lines of a list, the latest first.
_MOST = 100
#: Rules by which a request may be refused, as those of `manara.model.Permission`.
REFUSALS = ("purpose", "audience", "releasable-to", "consent", "retention", "caveat", "unknown")


class Passed(NamedTuple):
    """A request between nodes: ``ours`` or theirs, and what has become of it."""

    letter: Letter
    state: str
    reply: Letter | None
    ours: bool


def requests(sight: Sight) -> list[Passed]:
    """Return the requests that the account may know of, the newest first.

    They are those for its purposes; there are none without an identity or the right to read.
    """
    own, mine = own_id(sight), _purposes(sight)
    if not (own and mine):
        return []
    told = [
        Passed(letter, state, reply, letter.sender == own)
        for letter, state, reply in states(Node(sight.workspace))
        if letter.purpose in mine
    ]
    return told[::-1]


def requests_open(sight: Sight) -> list[Passed]:
    """Return what partners ask and nobody has answered."""
    return [one for one in requests(sight) if not one.ours and one.state in ("open", "overdue")]


@router.get("/partners/inbox", dependencies=_READ)
def inbox(request: Request, sight: InSight) -> Response:
    """Requests, messages and packages, from partners and to them."""
    known = requests(sight)
    return render(
        request,
        sight.visit,
        "inbox.html",
        theirs=[one for one in known if not one.ours][:_MOST],
        ours=[one for one in known if one.ours][:_MOST],
        messages=_messages(sight)[:_MOST],
        came=_came(sight)[:_MOST],
        partners=partners_of(sight),
    )


@router.get("/partners/inbox/{letter_id}", dependencies=_READ)
def one(request: Request, sight: InSight, letter_id: str) -> Response:
    """One request, with what was said about it since."""
    found = _request_in(sight, letter_id)
    subjects = [
        (node, key, key if node == own_id(sight) else f"{node}:{key}")
        for node, key in found.letter.subjects
    ]
    captions = sight.captions(sight.canonical(here) for _, _, here in subjects)
    about = [each for each in letters(Node(sight.workspace)) if each.about == found.letter.id]
    return render(
        request,
        sight.visit,
        "letter.html",
        one=found,
        subjects=[(node, key, sight.canonical(here)) for node, key, here in subjects],
        captions=captions,
        about=about,
        sent=[each for each in went(sight) if each.sent.answers == found.letter.id],
        came=[each for each in _came(sight) if each.detail.get("answers") == found.letter.id],
        refusals=REFUSALS,
        useful=USEFUL,
    )


@router.post("/partners/inbox/{letter_id}", dependencies=_RELEASE)
def act(
    sight: InSight,
    letter_id: str,
    action: Field = "",
    text: Words = "",
    reason: Field = "",
    useful: Field = "",
) -> Response:
    """Approve, answer or refuse a request, or say whether its answer helped."""
    found = _request_in(sight, letter_id)
    node, by, letter = Node(sight.workspace), sight.visit.account.id, found.letter
    other = letter.receiver if found.ours else letter.sender
    if action == "approve":
        waits = [each for each in letters(node) if letter.id in (each.id, each.about)]
        gone = {each.thing for each in node.noted(REQUEST, MESSAGE)}
        for each in waits:
            if each.kind in (REQUEST, MESSAGE) and each.sender == node.id and each.id not in gone:
                approve(node, each.id, by=by)
    elif action == "answer" and not found.ours:
        write_letter(
            node, other, MESSAGE, by=by, about=letter.id, text=text, purpose=letter.purpose,
            case=letter.case,
        )  # fmt: skip
    elif action == "refuse" and not found.ours:
        write_letter(node, other, REFUSAL, by=by, about=letter.id, rule=reason, text=text)
    elif action == "feedback" and found.ours:
        write_letter(node, other, FEEDBACK, by=by, about=letter.id, useful=useful, text=text)
    else:
        raise UsageError("no such action", where=action[:80])
    deliver_soon(sight)
    return RedirectResponse(f"/partners/inbox/{letter.id}", 303)


@router.get("/partners/ask", dependencies=_RELEASE)
def new_request(
    request: Request,
    sight: InSight,
    entity: Asked = "",
    to: Asked = "",
    case: Asked = "",
    basis: Asked = "",
) -> Response:
    """The form for a request to a partner."""
    entity = sight.canonical(entity) if entity else ""
    captions = sight.captions([entity]) if entity else {}
    if entity and entity not in captions:
        raise NotFoundError("no such entity", where=entity[:100])
    return render(
        request,
        sight.visit,
        "request-new.html",
        entity=entity,
        captions=captions,
        given={"to": to, "case": case, "basis": basis},
        partners=partners_of(sight),
    )


@router.post("/partners/ask", dependencies=_RELEASE)
def ask(
    sight: InSight,
    to: Field = "",
    text: Words = "",
    basis: Field = "",
    case: Field = "",
    deadline: Field = "",
    lead: Field = "",
    entity: Listed = [],  # noqa: B006
) -> Response:
    """Ask a partner about entities, the subjects of a lead, or what words say."""
    found = sight.lead(lead) if lead else None
    seen = sight.entities(map(sight.canonical, entity))
    if missing := [one for one in entity if sight.canonical(one) not in seen]:
        raise NotFoundError("no such entity", where=missing[0][:100])
    node = Node(sight.workspace)
    subjects = [*entity, *(found.finding.subjects if found else ())]
    letter, _ = write_letter(
        node,
        to,
        REQUEST,
        by=sight.visit.account.id,
        subjects=subjects_for(node, to, subjects),
        text=text,
        purpose=sight.visit.purpose,
        basis=basis,
        case=case,
        deadline=_day(deadline),
    )
    deliver_soon(sight)
    there = f"/leads/{found.id}?asked={to}" if found else f"/partners/inbox/{letter.id}"
    return RedirectResponse(there, 303)


@router.post("/partners/tell", dependencies=_RELEASE)
def tell(sight: InSight, to: Field = "", text: Words = "", case: Field = "") -> Response:
    """Tell a partner something it did not ask for, in words."""
    write_letter(
        Node(sight.workspace), to, MESSAGE, by=sight.visit.account.id, text=text, case=case,
        purpose=sight.visit.purpose,
    )  # fmt: skip
    deliver_soon(sight)
    return RedirectResponse("/partners/inbox", 303)


@router.post("/partners/tell/{letter_id}/approve", dependencies=_RELEASE)
def approve_message(sight: InSight, letter_id: str) -> Response:
    """Let a message go that another officer wrote."""
    found = [each for each, state in _messages(sight) if (each.id, state) == (letter_id, "waiting")]
    if not found:
        raise NotFoundError("no such message", where=letter_id[:80])
    approve(Node(sight.workspace), found[0].id, by=sight.visit.account.id)
    deliver_soon(sight)
    return RedirectResponse("/partners/inbox", 303)


def _purposes(sight: Sight) -> frozenset[str]:
    """Return the purposes for which the account may read what partners write."""
    visit = sight.visit
    return visit.account.purposes if Right.READ in visit.rights and visit.purpose else frozenset()


def _request_in(sight: Sight, letter_id: str) -> Passed:
    for one in requests(sight):
        if one.letter.id == letter_id:
            return one
    raise NotFoundError("no such request", where=letter_id[:80])


def _messages(sight: Sight) -> list[tuple[Letter, str]]:
    """Return the messages that answer nothing, each with its state, the newest first."""
    node, mine = Node(sight.workspace), _purposes(sight)
    if not (own_id(sight) and mine):
        return []
    gone = {each.thing for each in node.noted(MESSAGE)}
    found = [
        (each, "came" if each.sender != node.id else "sent" if each.id in gone else "waiting")
        for each in letters(node)
        if each.kind == MESSAGE and not each.about and each.purpose in mine
    ]
    return found[::-1]


def _came(sight: Sight) -> list[Entry]:
    """Return the lines about packages that came, the newest first."""
    mine = _purposes(sight)
    found = [
        entry
        for entry in Node(sight.workspace).noted("import")
        if entry.detail.get("purpose") in mine
    ]
    return found[::-1]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise UsageError("is no date", where=text, remedy="such as 2026-12-24") from error
