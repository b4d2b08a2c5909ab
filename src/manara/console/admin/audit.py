"""The audit log: looked through by whoever audits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from manara.casework.accounts import Right
from manara.casework.audit import Question, proof, search
from manara.console.access import Visit, needs
from manara.console.pages import render

router = APIRouter()

Auditing = Annotated[Visit, Depends(needs(Right.AUDIT))]
Word = Annotated[str, Query(max_length=200)]

#: Entries on one page.
_PAGE = 100


@router.get("/admin/audit")
def audit(
    request: Request,
    visit: Auditing,
    by: Word = "",
    action: Word = "",
    word: Word = "",
    since: Word = "",
    until: Word = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """The entries that are looked for, the newest first."""
    asked = {"by": by, "action": action, "word": word, "since": since, "until": until}
    question = Question(by, action, "", word, _day(since), _day(until, 1))
    log = visit.console.journal.log
    rows = list(islice(search(log, question, before), _PAGE + 1))
    visit.note("audit-search", "audit log", words=[each for each in asked.values() if each])
    return render(
        request,
        visit,
        "admin-audit.html",
        rows=rows[:_PAGE],
        older=rows[_PAGE - 1].place if len(rows) > _PAGE else None,
        asked_for=asked,
        size=log.size,
        root=log.tree.root().hex(),
    )


@router.get("/admin/audit/{place}")
def entry(request: Request, visit: Auditing, place: int) -> Response:
    """One entry as it was written, with the proof that it is in the log."""
    shown = proof(visit.console.journal.log, place)
    return render(request, visit, "admin-entry.html", proof=shown)


def _day(text: str, later: int = 0) -> datetime | None:
    """Return the beginning of a day, UTC; None for what is no date."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), UTC)
