"""Data protection: what falls due, erasure by two people, a person's right of access."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.erasure import reach
from manara.casework.retention import Retention
from manara.casework.right_of_access import PURPOSE, access, access_page, people_called
from manara.console.access import rule
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.exchange.sent import all_sent
from manara.model import NotFoundError, UsageError

router = page_router()

Field = Annotated[str, Form(max_length=400)]

_REVIEW, _ERASE = [rule(Right.REVIEW)], [rule(Right.ERASE)]


def _queue(sight: Sight) -> Retention:
    return Retention(sight.workspace, sight.visit.console.journal)


@router.get("/retention", dependencies=_REVIEW)
def retention(request: Request, sight: InSight) -> Response:
    """What falls due, and what waits for a second account."""
    queue = _queue(sight)
    return render(request, sight.visit, "retention.html", due=queue.due(), waiting=queue.waiting())


@router.post("/retention/prolong", dependencies=_REVIEW)
def prolong(sight: InSight, item: Field, until: Field, reason: Field = "") -> Response:
    """Keep something longer."""
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise UsageError("is no date", where=until, remedy="such as 2027-12-31") from error
    _queue(sight).prolong(item, day, reason, by=sight.visit.account.id)
    return RedirectResponse("/retention", 303)


@router.post("/retention/ask", dependencies=_REVIEW)
def ask(sight: InSight, item: Field, reason: Field = "") -> Response:
    """Ask for erasure."""
    kind, _, entity = item.partition(":")
    if kind == "entity":
        sight.dossier(entity, past=True)
    _queue(sight).ask(item, reason, by=sight.visit.account.id)
    return RedirectResponse("/retention", 303)


@router.get("/retention/{number}", dependencies=_ERASE)
def request_(request: Request, sight: InSight, number: int) -> Response:
    """One request for erasure, with what it would reach."""
    queue = _queue(sight)
    asked = next((one for one in queue.waiting() if one.number == number), None)
    if not asked:
        raise NotFoundError("no request of this number waits", where=str(number))
    would = reach(sight.workspace, queue.wanted(asked.item))
    counts = {"facts": would.gone.facts, "events": would.gone.events, "leads": would.gone.leads,
              "sources": would.gone.sources}  # fmt: skip
    told = {name: len(ids) for name, ids in counts.items()}
    return render(request, sight.visit, "retention-request.html", wanted=asked, counts=told,
                  cases=would.cases, receipt=None)  # fmt: skip


@router.post("/retention/{number}", dependencies=_ERASE)
def answer(request: Request, sight: InSight, number: int, outcome: Field) -> Response:
    """Erase for good what another account asked for, or refuse it."""
    queue, by = _queue(sight), sight.visit.account.id
    if outcome != "confirm":
        queue.refuse(number, by=by)
        return RedirectResponse("/retention", 303)
    asked = next((one for one in queue.waiting() if one.number == number), None)
    done = queue.confirm(number, by=by, purpose=sight.visit.purpose or "data-protection")
    return render(request, sight.visit, "retention-request.html", wanted=asked, counts=done.counts,
                  cases=[], receipt=done)  # fmt: skip


@router.get("/subject-access", dependencies=_ERASE)
def subject_access(
    request: Request,
    sight: InSight,
    q: Annotated[str, Query(max_length=300)] = "",
    tell: Annotated[list[str], Query()] = [],  # noqa: B006
    answer: bool = False,
) -> Response:
    """All that is held about a person, for the officer; or the answer to the person."""
    data: dict[str, Any] = {"asked": q, "people": [], "found": None, "tell": tell}
    if q.strip():
        called = sight.captions(one for one, _ in people_called(sight.view, q.strip()))
        data["people"] = people = sorted(called.items())
        if len(people) == 1:
            found = access(sight.workspace, people[0][0], sent=_sent(sight), tell=tell,
                           sees=sight.visit.sees)  # fmt: skip
            sight.visit.note("read", "entity", ids=list(found.members), right=PURPOSE)
            if answer:
                page = access_page(found, sight.workspace.settings.organisation)
                name = {"Content-Disposition": 'attachment; filename="answer.html"'}
                return HTMLResponse(page, headers=name)
            data["found"] = found
    return render(request, sight.visit, "subject-access.html", **data)


def _sent(sight: Sight) -> Any:
    for one in all_sent(sight.workspace):
        yield one.to, one.purpose, one.at, {e for fact in one.facts for e in (fact.id, fact.entity)}
