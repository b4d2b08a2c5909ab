"""Sharing: what would go to a partner and what stays, drafts for a second officer, what went."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.console.access import rule
from manara.console.pages.cases import case_in
from manara.console.pages.partners import deliver_soon, own_id, partners_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sending import Line, called, chosen_of, lines, narrowed, unseen
from manara.console.pages.sight import InSight, Sight
from manara.exchange import (
    Draft,
    Node,
    Selection,
    Sent,
    all_sent,
    drafts,
    prepare,
    preview,
    refuse,
    release,
)
from manara.exchange import Request as Wanted
from manara.exchange.outbox import Outbox
from manara.exchange.receipts import confirmation
from manara.model import ExchangeError, ManaraError, NotFoundError, UsageError

router = page_router()

Asked = Annotated[str, Query(max_length=400)]
Several = Annotated[list[str], Query(max_length=200)]
Field = Annotated[str, Form(max_length=400)]
Listed = Annotated[list[str], Form(max_length=200)]

_RELEASE = [rule(Right.RELEASE)]
#: Packages in the list, the latest first.
_MOST = 100


class Went(NamedTuple):
    """A package that was released.

    Attributes:
        sent: it.
        state: ``confirmed``, ``waiting`` in the outbox or ``gone``: handed over, not confirmed.
    """

    sent: Sent
    state: str


def went(sight: Sight) -> list[Went]:
    """Return the packages and recalls that went for purposes of the account, the latest first."""
    waiting = {one.name for one in Outbox(sight.workspace).waiting()}

    def state(sent: Sent) -> str:
        if sent.answered:
            return "confirmed"
        held = sent.message and any(sent.message in name for name in waiting)
        return "waiting" if held else "gone"

    mine = sight.visit.account.purposes
    found = [Went(one, state(one)) for one in all_sent(sight.workspace) if one.purpose in mine]
    return found[::-1]


@router.get("/partners/share", dependencies=_RELEASE)
def share(
    request: Request,
    sight: InSight,
    entity: Several = [],  # noqa: B006
    lead: Several = [],  # noqa: B006
    case: Asked = "",
    to: Asked = "",
    purpose: Asked = "",
    linked: Asked = "",
    basis: Asked = "",
    reference: Asked = "",
    consents: Asked = "",
    answers: Asked = "",
) -> Response:
    """What of entities, leads or a case would go to a partner; or what waits and what went."""
    chosen = chosen_of(sight, entity, lead, case_in(sight, case) if case else None)
    data: dict[str, Any] = {"goes": None, "held": [], "digest": "", "problem": None}
    wanted = Wanted(
        to, purpose or sight.visit.purpose, chosen.entities, chosen.leads, bool(linked), basis,
        reference or case, _ids(consents), facts=chosen.facts, answers=answers,
    )  # fmt: skip
    if to and chosen.named:
        try:
            data |= _looked_at(sight, wanted)
        except ExchangeError as error:
            data["problem"] = error
    return render(
        request,
        sight.visit,
        "share.html",
        chosen=chosen,
        wanted=wanted,
        case=case,
        partners=partners_of(sight),
        own=own_id(sight),
        drafts=[] if chosen.named else _drafts(sight),
        refused=[] if chosen.named else _drafts(sight, refused=True),
        went=[] if chosen.named else [one for one in went(sight) if not one.sent.recalls][:_MOST],
        **data,
    )


@router.post("/partners/share", dependencies=_RELEASE)
def draft(
    sight: InSight,
    to: Field = "",
    purpose: Field = "",
    digest: Field = "",
    entity: Listed = [],  # noqa: B006
    lead: Listed = [],  # noqa: B006
    case: Field = "",
    linked: Field = "",
    basis: Field = "",
    reference: Field = "",
    consents: Field = "",
    answers: Field = "",
) -> Response:
    """Keep what was shown as a draft that waits to be released."""
    chosen = chosen_of(sight, entity, lead, case_in(sight, case) if case else None)
    wanted = Wanted(
        to, _purpose(sight, purpose), chosen.entities, chosen.leads, bool(linked), basis,
        reference, _ids(consents), facts=chosen.facts, answers=answers,
    )  # fmt: skip
    wanted, selection = narrowed(sight, wanted)
    if selection.digest != digest:
        raise UsageError(
            "what may go has changed since you looked", where=to, remedy="look at it again"
        )
    made, _ = prepare(Node(sight.workspace), wanted, by=sight.visit.account.id)
    return _to(made.id)


@router.get("/partners/share/{package_id}", dependencies=_RELEASE)
def one(request: Request, sight: InSight, package_id: str) -> Response:
    """A draft, or a package that was released."""
    sent = next((each for each in went(sight) if each.sent.id == package_id), None)
    if sent:
        return _sent_page(request, sight, sent)
    found, selection, problem = _draft_in(sight, package_id)
    goes, held = lines(sight, selection)
    sight.visit.read("entity", {line.entity for line in (*goes, *held) if line.entity})
    partner = Node(sight.workspace).partners.all().get(found.request.to)
    needs_other = bool(partner and partner.four_eyes) and found.by == sight.visit.account.id
    return render(
        request,
        sight.visit,
        "share-draft.html",
        draft=found,
        goes=goes,
        held=held,
        needs_other=needs_other,
        four_eyes=bool(partner and partner.four_eyes),
        problem=problem,
    )


@router.post("/partners/share/{package_id}/release", dependencies=_RELEASE)
def let_go(sight: InSight, package_id: str) -> Response:
    """Release a draft, and let it go."""
    found, _, _ = _draft_in(sight, package_id)
    released = release(Node(sight.workspace), found.id, by=sight.visit.account.id)
    Outbox(sight.workspace).put(released.to, released.sealed, released.own)
    deliver_soon(sight)
    return _to(found.id)


@router.post("/partners/share/{package_id}/refuse", dependencies=_RELEASE)
def keep_back(sight: InSight, package_id: str, ground: Field = "") -> Response:
    """Refuse to release a draft."""
    found, _, _ = _draft_in(sight, package_id)
    refuse(Node(sight.workspace), found.id, ground, by=sight.visit.account.id)
    return _to(found.id)


@router.get("/partners/share/{package_id}/receipt", dependencies=_RELEASE)
def receipt(sight: InSight, package_id: str) -> Response:
    """The partner's signed receipt, as `manara verify` checks it."""
    known = {each.sent.id for each in went(sight)}
    content = confirmation(Node(sight.workspace), package_id) if package_id in known else b""
    if not content:
        raise NotFoundError("no receipt of this package", where=package_id[:80])
    name = f'attachment; filename="{package_id}.receipt"'
    return Response(content, media_type="application/json", headers={"Content-Disposition": name})


def _looked_at(sight: Sight, wanted: Wanted) -> dict[str, Any]:
    _purpose(sight, wanted.purpose)
    _, selection = narrowed(sight, wanted)
    goes, held = lines(sight, selection)
    sight.visit.read("entity", {line.entity for line in (*goes, *held) if line.entity})
    return {"goes": goes, "held": held, "digest": selection.digest}


def _draft_in(sight: Sight, draft_id: str) -> tuple[Draft, Selection, ManaraError | None]:
    """Return a draft with what would go now, if all of that may be seen.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    node, mine = Node(sight.workspace), sight.visit.account
    for found in (*drafts(node), *drafts(node, refused=True)):
        if found.id != draft_id or found.request.purpose not in mine.purposes:
            continue
        try:
            selection = preview(node, found.request)
        except ManaraError as error:
            # Nothing can be shown, so only whoever prepared it learns of it.
            if found.by == mine.id:
                return found, Selection.empty(), error
            break
        if not unseen(sight, selection):
            return found, selection, None
    raise NotFoundError("no such draft", where=draft_id[:80])


def _drafts(sight: Sight, *, refused: bool = False) -> list[Draft]:
    found = []
    for each in drafts(Node(sight.workspace), refused=refused):
        try:
            found.append(_draft_in(sight, each.id)[0])
        except NotFoundError:
            continue
    return found


def _sent_page(request: Request, sight: Sight, one: Went) -> Response:
    known = sight.evidence(fact.id for fact in one.sent.facts)
    goes = [Line.of(sight, row, row["handling"]) for row in known.values()]
    sight.visit.read("entity", {line.entity for line in goes if line.entity})
    return render(
        request,
        sight.visit,
        "share-sent.html",
        one=one,
        goes=called(sight, goes),
        signed=bool(confirmation(Node(sight.workspace), one.sent.id)),
    )


def _purpose(sight: Sight, purpose: str) -> str:
    if purpose not in sight.visit.account.purposes:
        raise UsageError(
            "is no purpose of this account", where=purpose[:80] or "purpose",
            remedy="choose one that you work for",
        )  # fmt: skip
    return purpose


def _ids(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _to(package_id: str) -> Response:
    return RedirectResponse(f"/partners/share/{package_id}", 303)
