"""Recalls: what was shared is withdrawn or corrected, and who has confirmed that."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, NamedTuple

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.jobs import Job, Status
from manara.console.access import rule
from manara.console.pages.partners import ask_job, own_id, partners_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sharing import Went, went
from manara.console.pages.sight import InSight, Sight
from manara.exchange import Sent, spread
from manara.model import NotFoundError, UsageError

router = page_router()

Field = Annotated[str, Form(max_length=400)]
Asked = Annotated[str, Query(max_length=400)]

_RELEASE = [rule(Right.RELEASE)]


class Reach(NamedTuple):
    """A node that a recall has to reach.

    Attributes:
        node: its id.
        state: ``confirmed``, ``waiting`` in the outbox, ``gone`` (handed over, not confirmed),
            ``passed`` (told by another, not confirmed) or ``unreachable`` (no partner any more).
    """

    node: str
    state: str


@router.get("/partners/recalls", dependencies=_RELEASE)
def recalls(request: Request, sight: InSight, entity: Asked = "", package: Asked = "") -> Response:
    """The recalls and whom each has reached; with what is named, the form for a new one."""
    named, counts = "", Counter[str]()
    if entity or package:
        named, records = _named(sight, entity, package)
        counts = _with_partners(sight, records, package)
    return render(
        request,
        sight.visit,
        "recalls.html",
        named=named,
        given={"entity": entity, "package": package},
        counts=counts,
        rows=[(one.sent, _reached(sight, one)) for one in went(sight) if one.sent.recalls],
        under_way=[job for job in _jobs(sight) if not job.ended],
        failed=[job for job in _jobs(sight)[:5] if job.status is Status.FAILED],
    )


@router.post("/partners/recalls", dependencies=_RELEASE)
def recall(
    sight: InSight,
    entity: Field = "",
    package: Field = "",
    reason: Field = "",
    correct: Field = "",
) -> Response:
    """Take back what partners got about an entity, or in a package."""
    if not reason.strip():
        raise UsageError("no reason", where="reason", remedy="say why, in your own words")
    _, records = _named(sight, entity, package)
    if not _with_partners(sight, records, package):
        raise NotFoundError("nothing of this is with a partner", where="recall")
    packages = [package] if package else []
    ask_job(
        sight, "recall", entities=sorted(records), packages=packages, reason=reason.strip(),
        correct=bool(correct),
    )  # fmt: skip
    return RedirectResponse("/partners/recalls", 303)


def _named(sight: Sight, entity: str, package: str) -> tuple[str, set[str]]:
    """Return what is to be taken back in words, and the records that are meant.

    Raises:
        NotFoundError: it may not be seen, or is not there.
    """
    if package:
        if package not in {one.sent.id for one in went(sight) if one.sent.facts}:
            raise NotFoundError("no such package", where=package[:80])
        return package, set()
    canonical = sight.canonical(entity)
    captions = sight.captions([canonical])
    if canonical not in captions:
        raise NotFoundError("no such entity", where=entity[:100])
    return captions[canonical], {one.entity_id for one in sight.facts(sight.members(canonical))}


def _with_partners(sight: Sight, records: set[str], package: str) -> Counter[str]:
    """Return how many of our facts that are meant went to each partner and were not taken back."""
    held: dict[tuple[str, str, str], bool] = {}
    for one in reversed(went(sight)):
        for key in one.sent.recalls:
            held.pop((one.sent.to, *key), None)
        for fact in one.sent.facts:
            meant = fact.origin == own_id(sight) and (
                one.sent.id == package
                or fact.entity in records
                or not records.isdisjoint(fact.parties)
            )
            if meant:
                held[one.sent.to, *fact.key] = True
    return Counter(to for to, _, _ in held)


def _reached(sight: Sight, one: Went) -> list[Reach]:
    known = {each.id for each in partners_of(sight)}
    passed, waiting = spread([one.sent])

    def state(node: str, sent: Sent) -> str:
        if node not in waiting:
            return "confirmed"
        if node != sent.to:
            return "passed"
        return one.state if node in known else "unreachable"

    return [Reach(node, state(node, one.sent)) for node in passed]


def _jobs(sight: Sight) -> list[Job]:
    mine = sight.visit.account.id
    jobs = sight.visit.console.jobs.all()
    return [job for job in jobs if job.kind == "recall" and job.account == mine]
