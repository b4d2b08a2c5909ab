"""A person's own account: purpose, password, second factors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from manara.casework.sessions import Session
from manara.console.access import Visit, visit
from manara.console.entrance import Text, entered
from manara.console.pages import render
from manara.model import ManaraError, RefusedError, UsageError

router = APIRouter(include_in_schema=False)

Asking = Annotated[Visit, Depends(visit)]


@router.get("/account")
def own(request: Request, asking: Asking) -> Response:
    """What the account may do, and what it signs in with."""
    return _page(request, asking)


@router.post("/account/password")
def password(
    request: Request, asking: Asking, old: Text = "", new: Text = "", again: Text = ""
) -> Response:
    """Set another password, which ends all sessions but a new one."""
    try:
        if new != again:
            raise UsageError("is not the same twice", where="password")
        secret = asking.console.sessions.change_password(_session(asking), old, new)
    except (RefusedError, UsageError) as error:
        return _page(request, asking, problem=error, status=400)
    return entered(asking.console, secret, "/account")


@router.post("/account/one-time-password")
def propose(request: Request, asking: Asking) -> Response:
    """Show a new key for one-time passwords."""
    key, address = asking.console.factors.propose(_session(asking), asking.console.issuer)
    return _page(request, asking, key=key, address=address)


@router.post("/account/one-time-password/accept")
def accept(request: Request, asking: Asking, code: Text = "") -> Response:
    """Ask for one-time passwords from now on, and show the recovery codes this once."""
    try:
        codes = asking.console.factors.accept(_session(asking), "".join(code.split()))
    except UsageError as error:
        return _page(request, asking, problem=error, status=400)
    return _page(request, asking, codes=codes)


@router.post("/account/passkeys/{passkey_id}/drop")
def drop(asking: Asking, passkey_id: str) -> Response:
    """Sign in with a passkey no longer."""
    asking.console.factors.drop_passkey(_session(asking), passkey_id)
    return RedirectResponse("/account", 303)


def _session(asking: Visit) -> Session:
    if asking.session is None:
        raise RefusedError("takes a session, not a token", 403)
    return asking.session


def _page(
    request: Request,
    asking: Visit,
    *,
    problem: ManaraError | None = None,
    status: int = 200,
    **shown: Any,
) -> Response:
    blank = {"key": "", "address": "", "codes": []}
    account = asking.console.accounts.get(asking.account.id)
    keys = asking.console.factors.passkeys(account.id)
    data = blank | shown | {"account": account, "passkeys": keys, "problem": problem}
    return render(request, asking, "account.html", status=status, **data)
