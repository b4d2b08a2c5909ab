"""Programmes: the list, a new one, one with its state, its settings, and working it out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Form, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.members import Part, members, name_members, of_parts
from manara.casework.programmes import new_programme, programme, programmes, results, shelf
from manara.console.access import Visit
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.risk.files import KINDS, listed
from manara.console.risk.opening import (
    Protecting,
    changed,
    data_of,
    entered,
    job_of,
    seen,
    sites_of,
)
from manara.model import ManaraError, UsageError
from manara.risk.programme.editing import Value, change_settings
from manara.risk.programme.folder import Folder, Settings, named

router = page_router()

Field = Annotated[str, Form(max_length=200)]

#: Settings that the page changes; the file has all of them.
_TEXTS = ("organisation", "owner")
_DAYS = ("incidents_until",)
_NUMBERS = ("criteria.loss", "criteria.people", "money.budget", "money.retention",
            "assumptions.comparable", "assumptions.usual_rate", "assumptions.success_unprotected",
            "assumptions.success_protected", "assumptions.return_period")  # fmt: skip


class Line(NamedTuple):
    """A programme in the list."""

    name: str
    organisation: str
    sites: int
    found: dict[str, Any] | None
    stale: bool


async def form_of(request: Request) -> FormData:
    """Return the fields of a form whose names are not known before."""
    return await request.form()


@router.get("/risk")
def all_programmes(request: Request, visit: Protecting) -> Response:
    """The programmes known to this node."""
    return _list(request, visit)


@router.post("/risk")
def create(
    request: Request,
    visit: Protecting,
    name: Field = "",
    organisation: Field = "",
    currency: Annotated[str, Form(max_length=3)] = "",
    own: Field = "",
) -> Response:
    """Make a programme."""
    try:
        if own != "yes":
            raise UsageError("is for sites that you own or are authorised to protect", where="own")
        folder = new_programme(
            visit.console.workspace, name, organisation, currency, by=visit.account.id
        )
    except UsageError as error:
        return _list(request, visit, 400, error)
    visit.note("programme-add", name, organisation=organisation)
    return RedirectResponse(f"/risk/{folder.path.name}", 303)


@router.get("/risk/{name}")
def one(request: Request, visit: Protecting, name: str) -> Response:
    """One programme: how far it is, its files, its settings."""
    folder = entered(visit, name, Part.ASSESS)
    if members(folder.path).part(visit.account.id) is Part.ASSESS:
        return RedirectResponse(f"/risk/{name}/questionnaire", 303)
    return overview(request, visit, folder)


@router.post("/risk/{name}/settings")
def settings(
    request: Request,
    visit: Protecting,
    name: str,
    form: Annotated[FormData, Depends(form_of)],
) -> Response:
    """Change settings."""
    folder = entered(visit, name)
    try:
        changes = dict(_asked(form))
        folder = change_settings(folder, changes)
    except UsageError as error:
        return overview(request, visit, folder, 400, problem=error)
    changed(visit, folder, "settings", *changes)
    return RedirectResponse(f"/risk/{name}", 303)


@router.post("/risk/{name}/members")
def share(
    request: Request,
    visit: Protecting,
    name: str,
    form: Annotated[FormData, Depends(form_of)],
) -> Response:
    """Say who may see the programme; another owner than before owns it alone."""
    folder = entered(visit, name, Part.OWN)
    accounts = visit.console.accounts.all()
    try:
        told = {one.id: _part(form.get(f"part-{one.id}")) for one in accounts}
        given = [account for account, part in told.items() if part is Part.OWN]
        if len(given) > 1:
            raise UsageError("one account owns a programme", where=", ".join(given)[:200])
        own = Part.WORK if given else Part.OWN
        named = of_parts(told | {visit.account.id: own})
        with folder.locked():
            name_members(folder, named, accounts)
    except UsageError as error:
        return overview(request, visit, folder, 400, problem=error)
    changed(visit, folder, "members", f"owner {named.owner}",
            *(f"colleague {one}" for one in named.colleagues),
            *(f"assessor {one}" for one in named.assessors))  # fmt: skip
    return RedirectResponse(f"/risk/{name}#members", 303)


@router.post("/risk/{name}/run")
def run(visit: Protecting, name: str) -> Response:
    """Ask for the programme to be worked out."""
    entered(visit, name)
    last = job_of(visit, name)
    if last is None or last.ended:
        visit.console.jobs.ask(
            "risk", by=visit.account.id, purpose=visit.purpose, settings={"programme": name}
        )
        visit.console.workers.wake()
    return RedirectResponse(f"/risk/{name}", 303)


def overview(
    request: Request, visit: Visit, folder: Folder, status: int = 200, **more: Any
) -> Response:
    """Return the page of a programme.

    Args:
        request: what asks for it.
        visit: who asks.
        folder: of the programme.
        status: HTTP status.
        more: ``problem``, an error; ``rejects`` of a file that was sent, and its ``sent`` name;
            ``taken`` of the workspace and its ``count``.
    """
    seen(visit, folder, "overview")
    known = members(folder.path)
    managers = [one for one in visit.console.accounts.all() if Right.PROTECT in one.rights]
    found = results(folder, spoken_in(request, visit).code)
    shown: dict[str, Any] = {"problem": None, "rejects": [], "sent": "", "taken": "", "count": 0}
    shown |= more
    return render(
        request,
        visit,
        "risk-programme.html",
        status=status,
        **data_of(visit, folder, ""),
        reading=Right.READ in visit.rights,
        owning=known.part(visit.account.id) is Part.OWN,
        people=[(one, known.part(one.id)) for one in managers if not one.disabled],
        parts={part.name.lower(): int(part) for part in Part},
        **shown,
        found=found,
        file=lambda name: named(name, found["language"] if found else "en"),
        stale=is_stale(folder, found),
        job=job_of(visit, folder.path.name),
        files=list(listed(folder)),
        kinds=KINDS,
        fields=[(key, value_of(folder.settings, key)) for key in (*_TEXTS, *_DAYS, *_NUMBERS)],
        days=_DAYS,
        numbers=_NUMBERS,
    )


def is_stale(folder: Folder, found: dict[str, Any] | None) -> bool:
    """Return whether files have changed since a programme was worked out."""
    return found is not None and found["inputs"] != folder.inputs()


def value_of(settings: Settings, key: str) -> Any:
    """Return the value of a setting by its key, such as ``criteria.loss``."""
    found: Any = settings
    for part in key.split("."):
        found = getattr(found, part)
    return found


def _list(
    request: Request, visit: Visit, status: int = 200, problem: UsageError | None = None
) -> Response:
    lines = [
        line
        for name in programmes(visit.console.workspace)
        if (line := _listed(visit, name)) is not None
    ]
    visit.read("programme", [one.name for one in lines])
    return render(request, visit, "risk.html", status=status, rows=lines, problem=problem)


def _listed(visit: Visit, name: str) -> Line | None:
    """Return the line of a programme, None for whoever has no part in it."""
    try:
        part = members(shelf(visit.console.workspace) / name).part(visit.account.id)
        if part is Part.NONE:
            return None
        folder = programme(visit.console.workspace, name)
        sites = len(sites_of(folder))
        found = results(folder) if part >= Part.WORK else None
    except ManaraError as error:
        # One that is broken does not hide the others.
        return Line(name, str(error), 0, None, False)
    return Line(name, folder.settings.organisation, sites, found, is_stale(folder, found))


def _part(told: object) -> Part:
    try:
        return Part(int(str(told or 0)))
    except ValueError as error:
        raise UsageError("is no part in a programme", where=str(told)[:40]) from error


def _asked(form: FormData) -> list[tuple[str, Value]]:
    """Return the settings that a form changes, by key; a number or day left blank stays."""
    found: list[tuple[str, Value]] = []
    for key in (*_TEXTS, *_DAYS, *_NUMBERS):
        text = str(form.get(key) or "").strip()
        if not text:
            continue
        try:
            if key in _TEXTS:
                if not text.isprintable() or len(text) > 200:
                    raise UsageError("is too long or not plain text", where=key)
                found.append((key, text))
            elif key in _DAYS:
                found.append((key, date.fromisoformat(text)))
            else:
                number = float(text)
                if not 0 <= number < 1e15:
                    raise ValueError(text)
                found.append((key, _plain(key, number)))
        except ValueError as error:
            raise UsageError("no such number or day", where=key) from error
    return found


def _plain(key: str, number: float) -> float | int:
    """Return a number as the settings take it: whole where they count."""
    counts = isinstance(value_of(Settings("x", "EUR"), key), int)
    return int(number) if counts else number
