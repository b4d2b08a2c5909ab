"""Of whom the office asks a second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from manara.casework.accounts import Right, Role
from manara.casework.requirements import EVERYBODY
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.model import UsageError

router = APIRouter()

Administering = Annotated[Visit, Depends(needs(Right.ADMINISTER))]


@router.get("/admin/second-factor")
def factors(request: Request, visit: Administering) -> Response:
    """Of whom it is asked, who has none yet, and how that came about."""
    return _page(request, visit)


@router.post("/admin/second-factor")
def require(
    request: Request,
    visit: Administering,
    whom: Annotated[str, Form(max_length=20)] = "",
    roles: Annotated[list[str], Form()] = [],  # noqa: B006
    ground: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Ask it of others from now on."""
    try:
        if whom not in ("nobody", "roles", EVERYBODY) or (whom == "roles" and not roles):
            raise UsageError("says not of whom", where="second factor", remedy="choose a role")
        asked = {"nobody": [], EVERYBODY: [EVERYBODY]}.get(whom, roles)
        visit.console.requirements.require_factor(asked, by=visit.account.id, ground=ground)
    except UsageError as error:
        return _page(request, visit, error, 400)
    return RedirectResponse("/admin/second-factor", 303)


def _page(
    request: Request, visit: Visit, problem: UsageError | None = None, status: int = 200
) -> Response:
    requirements = visit.console.requirements
    known = [one for one in visit.console.accounts.all() if not one.disabled]
    return render(
        request,
        visit,
        "admin-second-factor.html",
        status=status,
        problem=problem,
        required=requirements.factor(),
        everybody=EVERYBODY,
        all_roles=list(Role),
        without=[one for one in known if not one.second_factor],
        history=requirements.history(),
    )
