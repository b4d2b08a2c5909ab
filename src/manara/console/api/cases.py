"""Cases over the API: the list, one with all in it, and what is added to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from manara.casework import CUSTODY, Case
from manara.casework.accounts import Right
from manara.casework.erasure import erase_case
from manara.console.access import rule
from manara.console.api.route import ApiRoute
from manara.console.api.shapes import Cursor, Id, Items, Limit, Long, Text, page_of
from manara.console.pages import cases as pages
from manara.console.pages.sight import InSight
from manara.model import NotFoundError, UsageError

router = APIRouter(tags=["cases"], route_class=ApiRoute)

_READ, _WORK = [rule(Right.READ)], [rule(Right.OPEN_CASE)]

Number = Annotated[int, Path(ge=1, le=10**9)]


class CaseLine(BaseModel):
    """A case in a list."""

    id: str
    title: str
    status: Literal["open", "closed", "erased"]
    sealed: bool
    purpose: str
    legal_basis: str
    handling: str
    opened_at: datetime | None
    opened_by: str


class CaseShown(CaseLine):
    """A case with all of it that may be seen; ``head`` is the hash of its journal."""

    officers: list[str]
    people: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    custody: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    bundles: list[dict[str, Any]]
    entries: int
    head: str


class NewCase(BaseModel):
    """A case to open."""

    title: Text
    legal_basis: Text
    purpose: Text
    tlp: Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"] | None = None
    releasable_to: list[Text] = []


class NewNote(BaseModel):
    """A note to add."""

    text: Long


class NewTask(BaseModel):
    """A task to add."""

    title: Text
    owner: Text = ""
    due: date | None = None


class NewEvidence(BaseModel):
    """A fact, an event or a lead that becomes evidence, by its id."""

    ref: Text


class NewCustody(BaseModel):
    """What was done with an evidence item."""

    item: Text
    what: Text
    how: Text
    who: Text = ""
    when: datetime | None = None
    result: Long = ""
    to: Text = ""


class NewRequest(BaseModel):
    """An action that a second account confirms."""

    action: Literal["close", "seal", "erase"]
    reason: Long


class Answer(BaseModel):
    """What a second account says to a request."""

    outcome: Literal["confirm", "refuse"]
    reason: Long = ""


@router.get("/cases", dependencies=_READ)
def cases(
    sight: InSight, state: Literal["open", "all"] = "open", cursor: Cursor = None, limit: Limit = 50
) -> Items[CaseLine]:
    """The cases that may be seen, by their id."""
    rows = sorted(pages.listed(sight, closed=state == "all"), key=_place)
    found, following = page_of(rows, _place, cursor, limit)
    sight.visit.read("case", [case.id for case in found])
    return Items(items=[CaseLine(**_line(case)) for case in found], next=following)


@router.post("/cases", status_code=201, dependencies=_WORK)
def open_case(sight: InSight, case: NewCase) -> CaseShown:
    """Open a case."""
    own = pages.own_rule(sight, case.tlp or "", list(case.releasable_to))
    made = pages.cases_of(sight).open(
        case.title, legal_basis=case.legal_basis, purpose=case.purpose, handling=own
    )
    return _shown(pages.case_in(sight, made.id))


@router.get("/cases/{case_id}", dependencies=_READ)
def case(sight: InSight, case_id: Id) -> CaseShown:
    """One case: people, tasks, notes, evidence and custody."""
    found = pages.case_in(sight, case_id)
    sight.visit.read("case", [found.id])
    return _shown(found)


@router.post("/cases/{case_id}/notes", status_code=201, dependencies=_WORK)
def add_note(sight: InSight, case_id: Id, note: NewNote) -> CaseShown:
    """Add a note."""
    pages.case_in(sight, case_id)
    pages.cases_of(sight).note(case_id, note.text)
    return _shown(pages.case_in(sight, case_id))


@router.post("/cases/{case_id}/tasks", status_code=201, dependencies=_WORK)
def add_task(sight: InSight, case_id: Id, task: NewTask) -> CaseShown:
    """Add a task."""
    pages.case_in(sight, case_id)
    work = pages.cases_of(sight)
    work.task(case_id, task.title, task.owner or work.by, task.due)
    return _shown(pages.case_in(sight, case_id))


@router.post("/cases/{case_id}/evidence", status_code=201, dependencies=_WORK)
def add_evidence(sight: InSight, case_id: Id, evidence: NewEvidence) -> CaseShown:
    """Add a fact, an event or a lead as evidence."""
    pages.case_in(sight, case_id)
    pages.cases_of(sight).known(case_id, pages.known_in(sight, evidence.ref))
    return _shown(pages.case_in(sight, case_id))


@router.post("/cases/{case_id}/custody", status_code=201, dependencies=_WORK)
def add_custody(sight: InSight, case_id: Id, custody: NewCustody) -> CaseShown:
    """Record what was done with an evidence item."""
    if custody.what not in CUSTODY:
        raise UsageError("is nothing that is done with evidence", where=custody.what,
                         remedy=", ".join(CUSTODY))  # fmt: skip
    if not pages.case_in(sight, case_id).item(custody.item):
        raise NotFoundError("no such evidence", where=custody.item)
    if custody.when and not custody.when.tzinfo:
        raise UsageError("has no zone", where="when", remedy="such as 2026-05-01T10:00:00Z")
    pages.cases_of(sight).custody(
        case_id, custody.item, custody.what, how=custody.how, who=custody.who,
        when=custody.when, result=custody.result, to=custody.to,
    )  # fmt: skip
    return _shown(pages.case_in(sight, case_id))


@router.post("/cases/{case_id}/requests", status_code=201, dependencies=_WORK)
def ask(sight: InSight, case_id: Id, request: NewRequest) -> CaseShown:
    """Ask for what takes a second account."""
    pages.case_in(sight, case_id)
    detail = {"open": False} if request.action == "seal" else {}
    pages.cases_of(sight).ask(case_id, request.action, request.reason, **detail)
    return _shown(pages.case_in(sight, case_id))


@router.post("/cases/{case_id}/requests/{number}", dependencies=_READ)
def answer(sight: InSight, case_id: Id, number: Number, answer: Answer) -> CaseShown:
    """Confirm or refuse what another account asked for; each action takes a right of its own."""
    found = pages.case_in(sight, case_id)
    asked = next((one for one in found.pending() if one.number == number), None)
    if not asked:
        raise NotFoundError("nothing of this number waits", where=str(number))
    sight.visit.require(pages.CONFIRMS[asked.action])
    work = pages.cases_of(sight)
    if answer.outcome == "refuse":
        work.refuse(case_id, number, answer.reason)
    elif work.confirm(case_id, number) == "erase":
        erase_case(work, case_id)
        return CaseShown(**_line(found) | {"status": "erased"}, **_EMPTY)
    return _shown(pages.case_in(sight, case_id))


_LISTS = ("people", "tasks", "notes", "documents", "evidence", "custody", "partners", "asked",
          "bundles")  # fmt: skip
_EMPTY: dict[str, Any] = {key: [] for key in ("officers", *_LISTS)} | {"entries": 0, "head": ""}


def _place(case: Case) -> list[Any]:
    return [case.id]


def _line(case: Case) -> dict[str, Any]:
    names = ("id", "title", "status", "sealed", "purpose", "legal_basis", "opened_at", "opened_by")
    return {name: getattr(case, name) for name in names} | {"handling": case.handling.label}


def _shown(case: Case) -> CaseShown:
    plain = case.to_dict()
    more = {name: plain[name] for name in ("officers", "entries", "head", *_LISTS)}
    return CaseShown(**_line(case), **more)
