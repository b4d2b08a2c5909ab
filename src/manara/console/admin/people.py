"""Accounts: the list, a new one, one to change."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from manara.casework.accounts import LANGUAGES, Right, Role
from manara.console.access import Visit, needs
from manara.console.pages import render
from manara.model import PURPOSES, RefusedError, Tlp, UsageError

router = APIRouter()

Administering = Annotated[Visit, Depends(needs(Right.ADMINISTER))]
Field = Annotated[str, Form(max_length=1000)]
Several = Annotated[list[str], Form()]

_CHOICES: dict[str, Any] = {
    "all_roles": list(Role),
    "all_purposes": list(PURPOSES),
    "levels": [level.label for level in Tlp],
    "tongues": LANGUAGES,
}


@router.get("/admin/accounts")
def accounts(request: Request, visit: Administering) -> Response:
    """The accounts, the groups that they form, and the form for a new one."""
    return _list(request, visit)


@router.post("/admin/accounts")
def add(
    request: Request,
    visit: Administering,
    account: Field = "",
    name: Field = "",
    roles: Several = [],  # noqa: B006
    purposes: Several = [],  # noqa: B006
    groups: Field = "",
    clearance: Field = "TLP:AMBER+STRICT",
    language: Field = "en",
    subject: Field = "",
) -> Response:
    """Add an account and show the link for its owner, this once."""
    try:
        secret = visit.console.accounts.add(
            account.strip(),
            name,
            by=visit.account.id,
            roles=roles,
            purposes=purposes,
            groups=groups.split(),
            clearance=Tlp.parse(clearance),
            language=language,
            subject=subject,
        )
    except UsageError as error:
        return _list(request, visit, problem=error, status=400)
    return _list(request, visit, link=_link(request, secret), owner=account)


@router.get("/admin/accounts/{account_id}")
def account(request: Request, visit: Administering, account_id: str) -> Response:
    """One account."""
    return _one(request, visit, account_id)


@router.post("/admin/accounts/{account_id}")
def change(
    request: Request,
    visit: Administering,
    account_id: str,
    name: Field,
    version: Annotated[int, Form()],
    clearance: Field,
    language: Field,
    roles: Several = [],  # noqa: B006
    purposes: Several = [],  # noqa: B006
    groups: Field = "",
    subject: Field = "",
    disabled: Annotated[bool, Form()] = False,
) -> Response:
    """Change an account as it was shown."""
    try:
        visit.console.accounts.change(
            account_id,
            by=visit.account.id,
            version=version,
            name=name,
            roles=roles,
            purposes=purposes,
            groups=groups.split(),
            clearance=clearance,
            language=language,
            subject=subject,
            disabled=disabled,
        )
    except (RefusedError, UsageError) as error:
        return _one(request, visit, account_id, problem=error, status=400)
    return RedirectResponse("/admin/accounts", 303)


@router.post("/admin/accounts/{account_id}/reset")
def reset(request: Request, visit: Administering, account_id: str) -> Response:
    """Forget what an account signs in with and show a link to set it anew."""
    secret = visit.console.accounts.reset(account_id, by=visit.account.id)
    return _one(request, visit, account_id, link=_link(request, secret))


def _list(request: Request, visit: Visit, status: int = 200, **more: Any) -> Response:
    known = visit.console.accounts.all()
    names = sorted({group for one in known for group in one.groups})
    groups = [(name, [one for one in known if name in one.groups]) for name in names]
    shown = {"problem": None, "link": "", "owner": ""} | more | _CHOICES
    return render(
        request, visit, "admin-accounts.html", status=status, rows=known, groups=groups, **shown
    )


def _one(
    request: Request, visit: Visit, account_id: str, status: int = 200, **more: Any
) -> Response:
    shown = {"problem": None, "link": ""} | more | _CHOICES
    known = visit.console.accounts.get(account_id)
    return render(request, visit, "admin-account.html", status=status, account=known, **shown)


def _link(request: Request, secret: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/welcome?link={secret}"
