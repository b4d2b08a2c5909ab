"""Blind questions: does a partner know this one? What it learns, what came of it."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.console.access import rule
from manara.console.pages.partners import ask_job, partners_of
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.exchange import Node, Partner
from manara.exchange.blind import Person, epoch_of, kept_table, person_of, stated_number
from manara.exchange.blind.asked import (
    APPROVED,
    WAITING,
    Put,
    approve_question,
    put_question,
    question_of,
    questions,
)
from manara.exchange.node import today
from manara.identity.numbers import kinds
from manara.model import ExchangeError, NotFoundError, UsageError

router = page_router()

Field = Annotated[str, Form(max_length=400)]
Asked = Annotated[str, Query(max_length=200)]

_RELEASE = [rule(Right.RELEASE)]
#: Questions in the list, the latest first.
_MOST = 100
#: Kinds of number that people ask by; any other can be written before its number.
KINDS = ("passport", "id", "iban", "account", "imo", "mmsi", "vin", "plate", "phone", "wallet")


@router.get("/partners/questions", dependencies=_RELEASE)
def all_questions(
    request: Request, sight: InSight, entity: Asked = "", to: Asked = "", case: Asked = ""
) -> Response:
    """The form for a question, and the questions that were put."""
    person, caption, problem = None, "", None
    if entity:
        entity = sight.canonical(entity)
        caption = _caption(sight, entity)
        try:
            person = _known(sight, entity)
        except UsageError as error:
            problem = error
    return render(
        request,
        sight.visit,
        "questions.html",
        entity=entity,
        caption=caption,
        person=person,
        problem=problem,
        given={"to": to, "case": case},
        partners=[(one, _table(sight, one)) for one in partners_of(sight)],
        kinds=[kind for kind in KINDS if kind in kinds()],
        rows=[(one, _captioned(sight, one)) for one in _mine(sight)[:_MOST]],
    )


@router.post("/partners/questions", dependencies=_RELEASE)
def ask(
    sight: InSight,
    to: Field = "",
    entity: Field = "",
    name: Field = "",
    birth_date: Field = "",
    place: Field = "",
    kind: Field = "",
    number: Field = "",
    make: Field = "",
    basis: Field = "",
    case: Field = "",
) -> Response:
    """Put a question to a partner, for the purpose of this visit."""
    if not (basis.strip() and case.strip()):
        raise UsageError("a question needs a case and a legal basis", where="question")
    if entity:
        _caption(sight, sight.canonical(entity))
        person = _known(sight, sight.canonical(entity))
        sight.visit.read("entity", [sight.canonical(entity)])
    else:
        person = Person(_one(name), _one(birth_date), _numbers(kind, number, make), _one(place))
        if not (person.names or person.numbers):
            raise UsageError("asks for nobody", where="question", remedy="give a name or a number")
    made = put_question(
        Node(sight.workspace), to, person, by=sight.visit.account.id,
        purpose=sight.visit.purpose, basis=basis, case=case,
        entity=sight.canonical(entity) if entity else "",
    )  # fmt: skip
    return _put(sight, made)


@router.get("/partners/questions/{question_id}", dependencies=_RELEASE)
def one(request: Request, sight: InSight, question_id: str) -> Response:
    """One question, and its answer."""
    found = _question_in(sight, question_id)
    if found.entity:
        sight.visit.read("entity", [found.entity])
    return render(
        request, sight.visit, "question.html", one=found, caption=_captioned(sight, found)
    )


@router.post("/partners/questions/{question_id}/approve", dependencies=_RELEASE)
def approve(sight: InSight, question_id: str) -> Response:
    """Let a question go that another officer put."""
    found = _question_in(sight, question_id)
    return _put(sight, approve_question(Node(sight.workspace), found.id, by=sight.visit.account.id))


def _put(sight: Sight, made: Put) -> Response:
    if made.state == APPROVED:
        ask_job(sight, "put-question", question=made.id)
    return RedirectResponse(f"/partners/questions/{made.id}", 303)


def _may_see(sight: Sight, one: Put) -> bool:
    """Whoever put a question sees it, and whoever could approve it."""
    visit = sight.visit
    if one.purpose not in visit.account.purposes or not visit.purpose:
        return False
    if one.entity and one.entity not in sight.entities([one.entity]):
        return False
    return visit.account.id in (one.by, one.second) or one.state == WAITING


def _mine(sight: Sight) -> list[Put]:
    return [one for one in questions(Node(sight.workspace)) if _may_see(sight, one)]


def _question_in(sight: Sight, question_id: str) -> Put:
    found = question_of(Node(sight.workspace), question_id)
    if not _may_see(sight, found):
        raise NotFoundError("no such question", where=question_id[:80])
    return found


def _caption(sight: Sight, entity: str) -> str:
    captions = sight.captions([entity])
    if entity not in captions:
        raise NotFoundError("no such entity", where=entity[:100])
    return captions[entity]


def _captioned(sight: Sight, one: Put) -> str:
    return _caption(sight, one.entity) if one.entity else ", ".join(chain(*one.person[:3]))


def _known(sight: Sight, entity: str) -> Person:
    rules = {key for key in sight.view.handlings() if sight.may(key)}
    return person_of(sight.view, entity, rules)


def _table(sight: Sight, partner: Partner) -> dict[str, Any] | None:
    """Return what is known of a partner's table for the present purpose; None without one."""
    try:
        table = kept_table(Node(sight.workspace), partner.id, sight.visit.purpose)
    except (ExchangeError, NotFoundError):
        return None
    return {"epoch": table.epoch, "valid": table.epoch == epoch_of(today())}


def _one(text: str) -> tuple[str, ...]:
    return tuple(filter(None, [text.strip()]))


def _numbers(kind: str, number: str, make: str) -> tuple[str, ...]:
    if not number.strip():
        return ()
    parts = ["serial", make.strip()] if make.strip() else [kind] if kind else []
    return (stated_number(":".join([*parts, number.strip()])),)
