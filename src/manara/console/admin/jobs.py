"""Jobs: what is under way, what came of it, and forms to ask for more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from manara.casework.accounts import Right
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.model import Tlp, UsageError

router = APIRouter()

Working = Annotated[Visit, Depends(needs(Right.TAKE_IN))]

#: What may be asked for here.
_KINDS = ("resolve", "detect", "measure")

# TLP:RED takes a list of persons, which a form of one line cannot give.
_LEVELS = [level.label for level in Tlp if level is not Tlp.RED]


@router.get("/admin/jobs")
def jobs(request: Request, visit: Working) -> Response:
    """The jobs, the newest first."""
    rows = visit.console.jobs.all(100)
    under_way = any(not one.ended for one in rows)
    return render(request, visit, "admin-jobs.html", rows=rows, levels=_LEVELS, under_way=under_way)


@router.post("/admin/jobs")
def ask(visit: Working, kind: Annotated[str, Form()]) -> Response:
    """Ask for work that takes no file."""
    if kind not in _KINDS:
        raise UsageError("no such work", where=kind[:80])
    visit.console.jobs.ask(kind, by=visit.account.id, purpose=visit.purpose, settings={})
    visit.console.workers.wake()
    return RedirectResponse("/admin/thresholds" if kind == "measure" else "/admin/jobs", 303)


@router.post("/admin/jobs/take-in")
def take_in(
    visit: Working,
    file: Annotated[UploadFile, File()],
    dataset: Annotated[str, Form(max_length=100)] = "",
    tlp: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take a file in."""
    visit.console.jobs.take_in(
        file.file,
        file.filename or "",
        by=visit.account.id,
        purpose=visit.purpose,
        dataset=dataset.strip(),
        tlp=Tlp.parse(tlp).label if tlp else "",
    )
    visit.console.workers.wake()
    return RedirectResponse("/admin/jobs", 303)
