"""Thresholds of screening: what each costs and buys on the lists in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from manara.casework.accounts import Right
from manara.casework.jobs import Status
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.pipeline.screening import THRESHOLD

router = APIRouter()


@router.get("/admin/thresholds")
def thresholds(
    request: Request, visit: Annotated[Visit, Depends(needs(Right.TAKE_IN))]
) -> Response:
    """What was last measured, and whether a measuring is under way."""
    known = [one for one in visit.console.jobs.all(1000) if one.kind == "measure"]
    last = next((one for one in known if one.status is Status.DONE), None)
    under_way = any(not one.ended for one in known)
    return render(
        request, visit, "admin-thresholds.html", last=last, under_way=under_way, present=THRESHOLD
    )
