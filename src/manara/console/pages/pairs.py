"""Review: pairs of entities of which nobody is sure yet whether they are one."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from manara.casework.accounts import Right
from manara.casework.decisions import judge as record
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.model import Entity, Fact, Judgement, NotFoundError, UsageError, Verdict
from manara.pipeline.resolution import Question, answer, apart, queue, resolve
from manara.store import View, Workspace

router = page_router()

#: Pairs looked up at once; more wait behind them.
_MOST = 50

#: Values with the lists that state each.
_Stated = list[tuple[str, list[str]]]

_QUEUES: WeakKeyDictionary[View, list[Question]] = WeakKeyDictionary()

#: Properties laid side by side, in this order.
_SHOWN = (
    *("name", "alias", "weakAlias", "previousName", "birthDate", "birthPlace", "gender"),
    *("nationality", "citizenship", "country", "jurisdiction", "flag", "passportNumber"),
    *("idNumber", "registrationNumber", "taxNumber", "imoNumber", "leiCode", "phone", "email"),
    *("address", "position", "notes"),
)


def prepare(workspace: Workspace, view: View) -> None:
    """Find what waits for an answer before somebody asks; it takes seconds in large workspaces."""
    if view not in _QUEUES:
        _QUEUES[view] = queue(workspace, _MOST)


def pairs_open(sight: Sight) -> int:
    """Return how many pairs wait for an answer."""
    return len(_open(sight))


@router.get("/review")
def review(request: Request, sight: InSight, skip: int = 0) -> Response:
    """The pair whose answer changes most, both sides beside each other."""
    waiting = _open(sight)
    at = min(max(skip, 0), max(len(waiting) - 1, 0))
    question = waiting[at] if waiting else None
    data: dict[str, Any] = {"question": question, "waiting": len(waiting), "at": at}
    if question:
        sides = [
            [one for one in side if sight.may(one.handling_id)]
            for side in (question.left, question.right)
        ]
        ids = [sight.canonical(one) for one in question.judgement.pair]
        sight.visit.read("entity", ids)
        data["sides"] = [
            (entity, Entity.from_facts(facts, entity))
            for entity, facts in zip(ids, sides, strict=True)
        ]
        data["lines"] = _lines(*sides)
    return render(request, sight.visit, "review.html", **data)


@router.post("/review")
def judge(
    sight: InSight,
    left: Annotated[str, Form()],
    right: Annotated[str, Form()],
    verdict: Annotated[str, Form()],
    ground: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Record the reader's judgement on a pair."""
    sight.visit.require(Right.JUDGE)
    if verdict not in set(Verdict):
        raise UsageError("is no verdict", where=verdict[:40])
    if not ground.strip():
        raise UsageError("no reason", where="reason", remedy="say why, in your own words")
    for question in _open(sight):
        if {left, right} == set(question.judgement.pair):
            by = sight.visit.account.id
            made = answer(question, Verdict(verdict), by=by, ground=ground.strip())
            record(sight.visit.console.journal, [made], purpose=sight.visit.purpose)
            return RedirectResponse("/review", 303)
    raise NotFoundError("no such pair waits for an answer", where=f"{left[:60]}, {right[:60]}")


@router.post("/review/apply")
def apply(sight: InSight) -> Response:
    """Let what was answered count: clusters are made anew."""
    sight.visit.require(Right.JUDGE)
    resolve(sight.workspace, by=sight.visit.account.id)
    return RedirectResponse("/review", 303)


@router.post("/entity-split")
def split_off(
    sight: InSight,
    entity: Annotated[str, Form()],
    ground: Annotated[str, Form(max_length=2000)],
) -> Response:
    """Set a record apart from all that it was found to be one with."""
    sight.visit.require(Right.JUDGE)
    sight.dossier(entity)
    if not ground.strip():
        raise UsageError("no reason", where="reason", remedy="say why, in your own words")
    by = sight.visit.account.id
    found = apart(sight.workspace, entity, by=by, ground=ground.strip())
    record(sight.visit.console.journal, found, purpose=sight.visit.purpose)
    resolve(sight.workspace, by=by)
    return RedirectResponse(f"/entity/{entity}", 303)


@router.post("/entity-join")
def join(
    sight: InSight,
    entity: Annotated[str, Form()],
    other: Annotated[str, Form(max_length=1000)],
    ground: Annotated[str, Form(max_length=2000)],
) -> Response:
    """State that two entities are one and the same, which nobody had asked about."""
    sight.visit.require(Right.JUDGE)
    # People copy what they see: the id, or the address of the page.
    named = unquote(other.strip().rpartition("/entity/")[2].partition("?")[0])
    left, right = (sight.dossier(one).entity for one in (entity, named))
    if left == right:
        raise UsageError("is the same entity already", where=named[:100])
    if not ground.strip():
        raise UsageError("no reason", where="reason", remedy="say why, in your own words")
    by, at = sight.visit.account.id, datetime.now(UTC)
    found = Judgement(left, right, Verdict.POSITIVE, 1.0, (ground.strip(),), by, True, at)
    record(sight.visit.console.journal, [found], purpose=sight.visit.purpose)
    resolve(sight.workspace, by=by)
    return RedirectResponse(f"/entity/{left}", 303)


def _open(sight: Sight) -> list[Question]:
    """Return the pairs nobody has judged, both sides of which may be seen."""
    prepare(sight.workspace, sight.view)
    judged = {one.pair for one in sight.workspace.human_judgements()}
    return [
        one
        for one in _QUEUES[sight.view]
        if one.judgement.pair not in judged
        and all(any(sight.may(fact.handling_id) for fact in side) for side in (one.left, one.right))
    ]


def _lines(left: list[Fact], right: list[Fact]) -> list[tuple[str, _Stated, _Stated]]:
    """Return property by property what each side states, with the lists that do."""
    both = []
    for side in (left, right):
        of: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for fact in side:
            of[fact.prop][fact.value].add(fact.dataset)
        both.append(of)
    left_of, right_of = both
    return [
        (prop, _values(left_of[prop]), _values(right_of[prop]))
        for prop in _SHOWN
        if prop in left_of or prop in right_of
    ]


def _values(of: dict[str, set[str]]) -> _Stated:
    return [(value, sorted(lists)) for value, lists in sorted(of.items())]
