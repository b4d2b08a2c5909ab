"""Thresholds of screening and typologies: what each costs and buys here, and setting them."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from manara.casework.accounts import Right
from manara.casework.worker import THRESHOLDS
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.console.state import State
from manara.console.turns import Service
from manara.model import UsageError
from manara.money.features import FEATURES
from manara.money.typology import BOUNDS
from manara.pipeline.thresholds import Wanted, known_cost, rates_known

router = APIRouter()

Looking = Annotated[Visit, Depends(needs(Right.TAKE_IN))]
Setting = Annotated[Visit, Depends(needs(Right.SET_THRESHOLDS))]
Ground = Annotated[str, Form(max_length=2000)]
Typed = Annotated[str, Form(max_length=40)]
Asked = Annotated[str, Query(max_length=40)]


@router.get("/admin/thresholds")
def thresholds(request: Request, visit: Looking, how: Asked = "", value: Asked = "") -> Response:
    """What thresholds cost on the lists in force, and one that is asked about beside the rest."""
    try:
        return _page(request, visit, _wanted(how, value) if how or value else None, (how, value))
    except UsageError as error:
        return _page(request, visit, None, (how, value), error, 400)


@router.post("/admin/thresholds")
def settle(
    request: Request, visit: Setting, how: Typed = "", value: Typed = "", ground: Ground = ""
) -> Response:
    """Choose the threshold of screening otherwise from now on."""
    try:
        after, screen = _wanted(how, value), _state(request).screen
        visit.console.thresholds.settle_screening(after, screen, by=visit.account.id, ground=ground)
    except UsageError as error:
        return _page(request, visit, None, (how, value), error, 400)
    return RedirectResponse("/admin/thresholds", 303)


@router.post("/admin/thresholds/typologies/{typology_id}")
def switch(visit: Setting, typology_id: str, on: Typed = "", ground: Ground = "") -> Response:
    """Look for a typology from now on, or no longer."""
    if on not in ("yes", "no"):
        raise UsageError("is yes or no", where="on")
    visit.console.thresholds.switch(
        typology_id, on == "yes", by=visit.account.id, ground=ground, sees=visit.sees
    )
    return RedirectResponse("/admin/thresholds#typologies", 303)


@router.post("/admin/thresholds/typologies/{typology_id}/limits")
async def limit(request: Request, visit: Setting, typology_id: str) -> Response:
    """Settle thresholds inside a typology: fields named after a feature and a bound."""
    form = await request.form()
    limits: dict[str, dict[str, float]] = defaultdict(dict)
    for name, typed in form.items():
        feature, _, bound = name.partition(":")
        if bound in BOUNDS and isinstance(typed, str) and typed.strip():
            limits[feature][bound] = _number(typed)
    settle_limits = partial(
        visit.console.thresholds.limit,
        by=visit.account.id,
        ground=str(form.get("ground", "")),
        sees=visit.sees,
    )
    await run_in_threadpool(settle_limits, typology_id, limits)
    return RedirectResponse("/admin/thresholds#typologies", 303)


def _number(typed: str) -> float:
    try:
        return float(typed.strip().replace(",", "."))
    except ValueError as error:
        raise UsageError("is no number", where=typed[:40], remedy="such as 0.5") from error


def _state(request: Request) -> State:
    service: Service = request.app.state.service
    return service.keeper.state


def _wanted(how: str, value: str) -> Wanted:
    """Return what a form asks for; a rate is typed in percent."""
    try:
        number = float(value.replace(",", ".").removesuffix("%"))
    except ValueError:
        number = -1.0
    return Wanted.of(None, number / 100) if how == "rate" else Wanted.of(number, None)


def _page(
    request: Request,
    visit: Visit,
    asked: Wanted | None,
    typed: tuple[str, str],
    problem: UsageError | None = None,
    status: int = 200,
) -> Response:
    console, screen = visit.console, _state(request).screen
    present, rates = console.thresholds.screening(), rates_known(screen, console.workspace)
    jobs = [one for one in console.jobs.all(1000) if one.kind == "measure"]
    return render(
        request,
        visit,
        "admin-thresholds.html",
        status=status,
        problem=problem,
        typed=typed,
        present=present,
        compared=[
            (one, known_cost(one, screen, console.workspace)) for one in (present, asked) if one
        ],
        rows=[rates.at(one) for one in THRESHOLDS] if rates else [],
        under_way=any(not one.ended for one in jobs),
        may=Right.SET_THRESHOLDS in visit.rights,
        meanings={name: feature.meaning for name, feature in FEATURES.items()},
        switches=console.thresholds.switches(visit.sees),
        history=console.thresholds.history(),
    )
