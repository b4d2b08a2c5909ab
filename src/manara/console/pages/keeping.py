"""Our own keys and those of partners, tables for their questions, files that came by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import Request, UploadFile
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.jobs import Job
from manara.console.access import rule
from manara.console.pages.partners import (
    Field,
    ask_job,
    certificate_in,
    content_of,
    deliver_soon,
    own_id,
)
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight
from manara.exchange import Node
from manara.exchange.node import today
from manara.exchange.renewal import (
    announced_certificate,
    renew,
    replace_card,
    replace_lost,
    standing,
)
from manara.model import PURPOSES, NotFoundError, UsageError

router = page_router()

_LIAISE = [rule(Right.LIAISE)]
#: For how many days partners take the key of before, if nothing else is said.
_OVERLAP = 30
#: Jobs that the page shows, the latest first.
_SHOWN = 10


@router.get("/partners/keys", dependencies=_LIAISE)
def keys(request: Request, sight: InSight) -> Response:
    """How our keys stand, and the forms to renew them; files that came by hand."""
    node = Node(sight.workspace)
    jobs = [job for job in sight.visit.console.jobs.all() if job.kind in ("table", "take")]
    return render(
        request,
        sight.visit,
        "keys.html",
        keys=standing(node) if own_id(sight) else None,
        until=(today() + timedelta(days=_OVERLAP)).isoformat(),
        jobs=[(job, _told(job)) for job in jobs[:_SHOWN]],
    )


@router.post("/partners/keys", dependencies=_LIAISE)
def renew_keys(sight: InSight, until: Field = "", ground: Field = "") -> Response:
    """Announce new keys, or put new ones in the place of those that were lost."""
    node, by = Node(sight.workspace), sight.visit.account.id
    if ground.strip():
        replace_lost(node, ground.strip(), by=by)
    else:
        renew(node, _day(until), by=by)
        deliver_soon(sight)
    return RedirectResponse("/partners/keys", 303)


@router.get("/partners/keys/{file}", dependencies=_LIAISE)
def handed_out(sight: InSight, file: str) -> Response:
    """Our card or certificate, to be handed to a partner."""
    node = Node(sight.workspace)
    known = {"card.json": node.keys.card.encoded, "certificate.pem": None}
    if file not in known:
        raise NotFoundError("no such file", where=file[:80])
    content = known[file] or announced_certificate(node).encode()
    if not content:
        raise NotFoundError("this node has no certificate", where=file)
    headers = {"content-disposition": f'attachment; filename="{node.id}-{file}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.post("/partners/nodes/{partner_id}/replace", dependencies=_LIAISE)
def replace(
    sight: InSight,
    partner_id: str,
    card: UploadFile | None = None,
    certificate: UploadFile | None = None,
    fingerprint: Field = "",
) -> Response:
    """Put a partner's new card in the place of the one whose key was lost."""
    node, shown = Node(sight.workspace), content_of(card)
    if not shown:
        raise UsageError("no card", where="card", remedy="choose the file that the node handed out")
    pem = content_of(certificate)
    replace_card(
        node, shown, fingerprint, by=sight.visit.account.id, partner=partner_id,
        certificate=certificate_in(pem) if pem else "",
    )  # fmt: skip
    return RedirectResponse(f"/partners/nodes/{partner_id}", 303)


@router.post("/partners/nodes/{partner_id}/table", dependencies=_LIAISE)
def table(sight: InSight, partner_id: str, purpose: Field = "") -> Response:
    """Let a partner ask blindly this month for what it may learn of for a purpose."""
    Node(sight.workspace).partners.get(partner_id)
    if purpose not in PURPOSES:
        raise UsageError("is no purpose", where=purpose[:80])
    ask_job(sight, "table", to=partner_id, purpose=purpose)
    return RedirectResponse("/partners/keys#work", 303)


@router.post("/partners/take", dependencies=_LIAISE)
def take(sight: InSight, file: UploadFile | None = None) -> Response:
    """Take a file in that a partner handed over by hand."""
    visit = sight.visit
    if not file:
        raise UsageError("no file", where="file", remedy="choose the file that came")
    visit.console.jobs.take_in(
        file.file, file.filename or "", by=visit.account.id, purpose=visit.purpose, kind="take"
    )
    visit.console.workers.wake()
    return RedirectResponse("/partners/keys#work", 303)


def _told(job: Job) -> dict[str, Any]:
    """Return what came of a job in the parts that the page has words for."""
    result = job.result if isinstance(job.result, dict) else {}
    problem = result.get("error", {}).get("message", "") if "error" in result else ""
    about = job.settings.get("to") or job.settings.get("name", "")
    return {"about": about, "kind": result.get("kind", ""), "problem": problem}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("is no day", where=text[:40], remedy="such as 2027-01-31") from error
