"""The audit log over the API: search, and proofs that hold offline."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from manara.casework.accounts import Right
from manara.casework.audit import Question, proof, search
from manara.console.access import Visit, rule, visit
from manara.console.api.route import ApiRoute
from manara.console.api.shapes import Cursor, Items, Limit, Word, cursor_at, cursor_place
from manara.model import UsageError

router = APIRouter(tags=["audit"], route_class=ApiRoute, dependencies=[rule(Right.AUDIT)])


class EntryShown(BaseModel):
    """An entry of the audit log, at its place counted from 0."""

    place: int
    at: datetime
    by: str
    action: str
    thing: str
    detail: dict[str, Any]


class Proof(BaseModel):
    """What shows that an entry is in the log (RFC 9162, section 2.1.3)."""

    place: int
    size: int
    root: str
    entry: str
    leaf: str
    path: list[str]


@router.get("/audit")
def audit(
    visit: Annotated[Visit, Depends(visit)],
    by: Word = "",
    action: Word = "",
    thing: Word = "",
    word: Word = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Items[EntryShown]:
    """The entries that are looked for, the newest first."""
    before = None
    if cursor:
        before = cursor_place(cursor)[0]
        if not isinstance(before, int):
            raise UsageError("is no cursor of this list", where="cursor")
    question = Question(by, action, thing, word, since, until)
    log = visit.console.journal.log
    found = list(islice(search(log, question, before), limit + 1))
    words = [each for each in (by, action, thing, word) if each]
    visit.note("audit-search", "audit log", words=words)
    items = [EntryShown(place=one.place, **_plain(one.entry)) for one in found[:limit]]
    following = cursor_at([items[-1].place]) if len(found) > limit else None
    return Items(items=items, next=following)


@router.get("/audit/{place}/proof")
def audit_proof(
    visit: Annotated[Visit, Depends(visit)], place: Annotated[int, Path(ge=0, le=2**53)]
) -> Proof:
    """The proof that an entry is in the log, for whoever holds one of its heads."""
    return Proof(**proof(visit.console.journal.log, place))


def _plain(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("at", "by", "action", "thing", "detail")}
