"""Tokens: what programs sign in with."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from manara.casework.accounts import Right
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.model import PURPOSES, NotFoundError, UsageError

router = APIRouter()

Administering = Annotated[Visit, Depends(needs(Right.ADMINISTER))]
Field = Annotated[str, Form(max_length=300)]


@router.get("/admin/tokens")
def tokens(request: Request, visit: Administering) -> Response:
    """The tokens, never their secrets."""
    return _list(request, visit)


@router.post("/admin/tokens")
def add(
    request: Request,
    visit: Administering,
    account: Field,
    name: Field,
    rights: Annotated[list[str], Form()] = [],  # noqa: B006
    purpose: Field = "",
    days: Annotated[int, Form()] = 90,
) -> Response:
    """Add a token and show its secret, this once."""
    asked: dict[str, Any] = {"rights": rights, "purpose": purpose, "days": days}
    try:
        _, secret = visit.console.tokens.add(account, name, by=visit.account.id, **asked)
    except (UsageError, NotFoundError) as error:
        return _list(request, visit, problem=error, status=400)
    return _list(request, visit, secret=secret)


@router.post("/admin/tokens/{token_id}/revoke")
def revoke(visit: Administering, token_id: str) -> Response:
    """Let a token count no more."""
    visit.console.tokens.revoke(token_id, by=visit.account.id)
    return RedirectResponse("/admin/tokens", 303)


def _list(request: Request, visit: Visit, status: int = 200, **more: Any) -> Response:
    shown = {
        "problem": None,
        "secret": "",
        "rows": visit.console.tokens.all(),
        "accounts": visit.console.accounts.all(),
        "all_rights": list(Right),
        "all_purposes": list(PURPOSES),
    } | more
    return render(request, visit, "admin-tokens.html", status=status, **shown)
