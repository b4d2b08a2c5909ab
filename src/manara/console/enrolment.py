"""Setting up a second factor where it is asked for: the only page seen before it is done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from manara.casework.sessions import Session
from manara.console.access import enrolling
from manara.console.entrance import Text, console_of, local
from manara.console.pages import render
from manara.model import UsageError

router = APIRouter(include_in_schema=False)

Entering = Annotated[Session, Depends(enrolling)]


@router.get("/second-factor/new")
def new(request: Request, session: Entering, next: str = "/") -> Response:
    """The ways to set one up."""
    # Whoever has one adds others on the page of the own account.
    if not session.owes_factor:
        return RedirectResponse(local(next), 303)
    return _page(request, session, next)


@router.post("/second-factor/new")
def propose(request: Request, session: Entering, next: Text = "/") -> Response:
    """Show a new key for one-time passwords."""
    console = console_of(request)
    key, address = console.factors.propose(session, console.issuer)
    return _page(request, session, next, key=key, address=address)


@router.post("/second-factor/new/accept")
def accept(request: Request, session: Entering, code: Text = "", next: Text = "/") -> Response:
    """Ask for one-time passwords from now on, and show the recovery codes this once."""
    console = console_of(request)
    try:
        codes = console.factors.accept(session, "".join(code.split()))
    except UsageError:
        key, address = console.factors.proposed(session, console.issuer) or ("", "")
        shown = {"key": key, "address": address, "wrong": bool(key)}
        return _page(request, session, next, status=400, **shown)
    return _page(request, session, next, codes=codes)


def _page(
    request: Request, session: Session, next: str, *, status: int = 200, **shown: Any
) -> Response:
    blank = {"key": "", "address": "", "codes": [], "wrong": False}
    data = blank | shown | {"csrf": session.csrf, "next": local(next)}
    return render(request, None, "second-factor-new.html", status=status, **data)
