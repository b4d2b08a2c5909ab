"""Cases: the list, one with its evidence and custody, what takes a second account, the bundle."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Query, Request, UploadFile
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, RedirectResponse, Response

from manara.casework import CUSTODY, Case, Cases, ask_release, contents, write_bundle
from manara.casework.accounts import Right
from manara.casework.bundle import released
from manara.casework.cases import OWN
from manara.casework.entries import journals
from manara.casework.erasure import erase_case
from manara.casework.selection import visible
from manara.console.access import rule
from manara.console.pages.partners import partners_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.model import Handling, NotFoundError, Recipient, RefusedError, Relation, Tlp, UsageError
from manara.pipeline.releasing import Release

router = page_router()

Field = Annotated[str, Form(max_length=400)]
Words = Annotated[str, Form(max_length=4000)]
Asked = Annotated[str, Query(max_length=200)]

#: What an account must be able to do to confirm what another asks for.
CONFIRMS = {
    "close": Right.REVIEW,
    "seal": Right.REVIEW,
    "release": Right.RELEASE,
    "erase": Right.ERASE,
}

_READ, _WORK = [rule(Right.READ)], [rule(Right.OPEN_CASE)]


def cases_of(sight: Sight) -> Cases:
    """Return the cases as the account that visits works on them."""
    visit = sight.visit
    return Cases(sight.workspace, visit.account.id, visit.purpose, visit.console.journal)


def listed(sight: Sight, *, closed: bool = False) -> Iterator[Case]:
    """Yield the cases that may be seen, the newest first."""
    account = sight.visit.account.id
    for entries in reversed(list(journals(sight.workspace))):
        found = visible(entries, sight.visit.sees)
        if found and found.seen_by(account) and (closed or found.status == "open"):
            yield found


def case_in(sight: Sight, case_id: str) -> Case:
    """Return a case as far as it may be seen.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    found = visible(cases_of(sight).entries(case_id), sight.visit.sees)
    if found is None:
        raise NotFoundError("no such case", where=case_id[:100])
    return found


@router.get("/cases", dependencies=_READ)
def cases(request: Request, sight: InSight, state: Asked = "open") -> Response:
    """The cases."""
    found = list(listed(sight, closed=state == "all"))
    sight.visit.read("case", [case.id for case in found])
    return render(request, sight.visit, "cases.html", cases=found, state=state)


@router.get("/cases/new", dependencies=_WORK)
def new_case(request: Request, sight: InSight, lead: Asked = "") -> Response:
    """The form for a new case, begun with a lead if one is named."""
    begun = sight.lead(lead) if lead else None
    levels = [level.label for level in Tlp]
    return render(request, sight.visit, "case-new.html", lead=begun, levels=levels)


@router.post("/cases", dependencies=_WORK)
def open_case(
    sight: InSight,
    title: Field = "",
    legal_basis: Field = "",
    purpose: Field = "",
    tlp: Field = "",
    releasable_to: Field = "",
    lead: Field = "",
) -> Response:
    """Open a case."""
    names = [name.strip() for name in releasable_to.split(",") if name.strip()]
    own = own_rule(sight, tlp, names)
    begun = sight.lead(lead) if lead else None
    work = cases_of(sight)
    case = work.open(title, legal_basis=legal_basis, purpose=purpose, handling=own)
    if begun:
        work.known(case.id, begun.id)
        for subject in begun.finding.subjects:
            work.involve(case.id, subject, "subject")
    return _to(case.id)


@router.get("/cases/{case_id}", dependencies=_READ)
def one_case(request: Request, sight: InSight, case_id: str) -> Response:
    """One case."""
    case = case_in(sight, case_id)
    sight.visit.read("case", [case.id])
    refs = {one.values["ref"] for one in case.evidence}
    return render(
        request,
        sight.visit,
        "case.html",
        case=case,
        leads={one.id: one for one in sight.leads() if one.id in refs},
        custody=CUSTODY,
        partners=partners_of(sight),
        relations=[each.name.lower() for each in Relation],
        may_confirm={one.number: _may_confirm(sight, one.action, one.by) for one in case.pending()},
    )


@router.post("/cases/{case_id}/add", dependencies=_WORK)
def add(
    sight: InSight,
    case_id: str,
    kind: Field,
    text: Words = "",
    role: Field = "",
    owner: Field = "",
    due: Field = "",
    reason: Field = "",
) -> Response:
    """Add a note, a task, a person, a fact, event or lead, a partner or an account."""
    case_in(sight, case_id)
    work = cases_of(sight)
    if kind == "note":
        work.note(case_id, text)
    elif kind == "task":
        work.task(case_id, text, owner or work.by, _day(due))
    elif kind == "person":
        work.involve(case_id, _entity(sight, text), role)
    elif kind == "evidence":
        work.known(case_id, known_in(sight, text.strip()))
    elif kind == "partner":
        work.partner(case_id, text, reason)
    elif kind == "account":
        work.officer(case_id, sight.visit.console.accounts.get(text.strip()).id)
    else:
        raise UsageError("is nothing that a case holds", where=kind)
    return _to(case_id)


@router.post("/cases/{case_id}/done", dependencies=_WORK)
def done(sight: InSight, case_id: str, task: Field, result: Words = "") -> Response:
    """Say what came of a task."""
    case = case_in(sight, case_id)
    if task not in {one.key for one in case.tasks}:
        raise NotFoundError("no such open task", where=f"{case_id} {task}")
    cases_of(sight).done(case_id, task, result)
    return _to(case_id)


@router.post("/cases/{case_id}/file", dependencies=_WORK)
def add_file(
    sight: InSight,
    case_id: str,
    file: UploadFile,
    how: Field = "",
    who: Field = "",
    when: Field = "",
    document: Field = "",
) -> Response:
    """Keep a file as evidence, or as a document that proves nothing."""
    case_in(sight, case_id)
    # Only the name: what a browser sends may look like a path.
    name = (file.filename or "file").replace("\\", "/").rpartition("/")[2][:200] or "file"
    work = cases_of(sight)
    if document:
        work.document(case_id, file.file, name)
    else:
        work.file(case_id, file.file, name, how=how, who=who, when=_moment(when))
    return _to(case_id)


@router.post("/cases/{case_id}/custody", dependencies=_WORK)
def custody(
    sight: InSight,
    case_id: str,
    item: Field,
    what: Field,
    how: Field = "",
    who: Field = "",
    when: Field = "",
    result: Words = "",
    to: Field = "",
) -> Response:
    """Record what was done with an evidence item."""
    if not case_in(sight, case_id).item(item):
        raise NotFoundError("no such evidence", where=f"{case_id} {item}"[:100])
    cases_of(sight).custody(
        case_id, item, what, how=how, who=who, when=_moment(when), result=result, to=to
    )
    return _to(case_id)


@router.post("/cases/{case_id}/ask", dependencies=_WORK)
def ask(sight: InSight, case_id: str, action: Field, reason: Words = "") -> Response:
    """Ask for the case to be closed, sealed, unsealed or erased."""
    case_in(sight, case_id)
    work = cases_of(sight)
    if action == "reopen":
        work.reopen(case_id, reason)
    elif action in ("seal", "unseal"):
        work.ask(case_id, "seal", reason, open=action == "unseal")
    elif action in ("close", "erase"):
        work.ask(case_id, action, reason)
    else:
        raise UsageError("no such action", where=action)
    return _to(case_id)


@router.post("/cases/{case_id}/answer", dependencies=_READ)
def answer(
    sight: InSight,
    case_id: str,
    number: Annotated[int, Form(ge=1, le=10**9)],
    outcome: Field,
    reason: Words = "",
) -> Response:
    """Confirm or refuse what another account asked for."""
    case = case_in(sight, case_id)
    asked = next((one for one in case.pending() if one.number == number), None)
    if not asked:
        raise NotFoundError("nothing of this number waits", where=f"{case_id} {number}")
    sight.visit.require(CONFIRMS[asked.action])
    work = cases_of(sight)
    if outcome != "confirm":
        work.refuse(case_id, number, reason)
    elif work.confirm(case_id, number) == "erase":
        erase_case(work, case_id)
    return _to(case_id)


@router.get("/cases/{case_id}/bundle", dependencies=[rule(Right.RELEASE)])
def preview(
    request: Request,
    sight: InSight,
    case_id: str,
    recipient: Asked = "",
    relation: Asked = "community",
    purpose: Asked = "prosecution",
    sources: Asked = "yes",
) -> Response:
    """What a court bundle for a recipient would hold, and what stays by which rule."""
    case = case_in(sight, case_id)
    given = {"recipient": recipient, "relation": relation, "purpose": purpose, "sources": sources}
    data: dict[str, Any] = {"case": case, "given": given, "chosen": None, "waits": None,
                            "problem": None}  # fmt: skip
    if recipient.strip():
        release = _release(recipient, relation, purpose)
        try:
            data["chosen"] = contents(cases_of(sight), case_id, release, sources=sources == "yes")
            data["waits"] = released(data["chosen"], release, sources=sources == "yes")
        except RefusedError as error:
            data["problem"] = error
        sight.visit.read("case", [case.id])
    data["relations"] = [each.name.lower() for each in Relation]
    return render(request, sight.visit, "case-bundle.html", **data)


@router.post("/cases/{case_id}/bundle", dependencies=[rule(Right.RELEASE)])
def bundle(
    sight: InSight,
    case_id: str,
    recipient: Field,
    relation: Field = "community",
    purpose: Field = "prosecution",
    sources: Field = "yes",
    reason: Words = "",
    write: Field = "",
) -> Response:
    """Ask for the release of a bundle, or get the one that was released."""
    case_in(sight, case_id)
    release, work = _release(recipient, relation, purpose), cases_of(sight)
    if not write:
        ask_release(work, case_id, release, reason, sources=sources == "yes")
        return _to(case_id)
    folder = tempfile.TemporaryDirectory(prefix="manara-bundle-")
    path = Path(folder.name) / f"{case_id}.zip"
    try:
        write_bundle(work, case_id, path, release, sources=sources == "yes")
    except BaseException:
        folder.cleanup()
        raise
    sight.visit.note("export", case_id, recipient=recipient.strip()[:200])
    return FileResponse(path, filename=path.name, media_type="application/zip",
                        background=BackgroundTask(folder.cleanup))  # fmt: skip


def own_rule(sight: Sight, tlp: str, names: list[str]) -> Handling:
    """Return the rule of a new case: its recipients beside our own organisation.

    Raises:
        UsageError: whoever opens it could not see it.
    """
    if not tlp:
        return OWN
    ours = sight.workspace.settings.organisation or sight.visit.account.id
    own = Handling.of(tlp, releasable_to=[*names, ours] if names else None)
    if not sight.visit.sees(own):
        raise UsageError("is a level that you could not see yourself", where=own.label)
    return own


def _release(recipient: str, relation: str, purpose: str) -> Release:
    name = recipient.strip()
    known = {each.name.lower(): each for each in Relation}
    if relation not in known or not name or not purpose.strip():
        raise UsageError("to whom, and for what?", where="recipient",
                         remedy="name the recipient, its relation and a purpose")  # fmt: skip
    return Release((Recipient(name, name, known[relation]),), purpose.strip())


def _entity(sight: Sight, text: str) -> str:
    """Return who is meant; the id of an entity that may not be seen is but a name."""
    name = text.strip()
    known = sight.entities([sight.canonical(name)])
    unseen = not known and next(iter(sight.view.facts([name])), None)
    if unseen:
        raise NotFoundError("no such entity", where=name[:100])
    return name


def known_in(sight: Sight, ref: str) -> str:
    """Return the id of a fact, an event or a lead that may be seen.

    Raises:
        NotFoundError: there is none.
    """
    if ref.startswith("lead-"):
        return sight.lead(ref).id
    if ref not in sight.evidence([ref]):
        raise NotFoundError("no such fact, event or lead", where=ref[:100])
    return ref


def _may_confirm(sight: Sight, action: str, asked_by: str) -> bool:
    return CONFIRMS[action] in sight.visit.rights and sight.visit.account.id != asked_by


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise UsageError("is no date", where=text, remedy="such as 2026-12-24") from error


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise UsageError("is no time", where=text, remedy="such as 2026-05-01T10:00") from error
    return found.replace(tzinfo=UTC) if found and not found.tzinfo else found


def _to(case_id: str) -> Response:
    return RedirectResponse(f"/cases/{case_id}", 303)
