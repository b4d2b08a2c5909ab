"""Accounts and tokens over the API, for whoever administers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from manara.casework.accounts import Account, Right, Role
from manara.casework.tokens import Token
from manara.console.access import Visit, rule, visit
from manara.console.api.route import SECRET, ApiRoute, check_match
from manara.console.api.shapes import Cursor, Id, Items, Limit, Text, page_of
from manara.model import Tlp

router = APIRouter(tags=["accounts"], route_class=ApiRoute, dependencies=[rule(Right.ADMINISTER)])

Asking = Annotated[Visit, Depends(visit)]
Level = Literal["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
Language = Literal["en", "fr", "ar"]


class AccountShown(BaseModel):
    """Somebody who may sign in."""

    id: str
    name: str
    roles: list[Role]
    groups: list[str]
    purposes: list[str]
    clearance: Level
    language: str
    subject: str
    second_factor: bool
    disabled: bool
    added_at: datetime
    last_seen: datetime | None
    version: int


class NewAccount(BaseModel):
    """An account to add."""

    model_config = ConfigDict(extra="forbid")

    id: Text
    name: Text
    roles: list[Role]
    groups: list[Text] = []
    purposes: list[Text] = []
    clearance: Level = "TLP:AMBER+STRICT"
    language: Language = "en"
    subject: Text = ""


class AccountChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    roles: list[Role] | None = None
    groups: list[Text] | None = None
    purposes: list[Text] | None = None
    clearance: Level | None = None
    language: Language | None = None
    subject: Text | None = None
    disabled: bool | None = None


class Link(BaseModel):
    """The path at which a password is set, once, within a day."""

    path: str


class NewToken(BaseModel):
    """A token to add."""

    model_config = ConfigDict(extra="forbid")

    account: Text
    name: Text
    rights: list[Right]
    purpose: Text = ""
    days: Annotated[int, Field(ge=1, le=366)] = 90


class TokenShown(BaseModel):
    """With what a program asks in an account's place."""

    id: str
    account: str
    name: str
    rights: list[Right]
    purpose: str
    added_at: datetime
    until: datetime
    revoked: bool


class TokenMade(BaseModel):
    """A token's id and its secret, which is shown this once."""

    id: str
    secret: str


@router.get("/accounts")
def accounts(asking: Asking, cursor: Cursor = None, limit: Limit = 100) -> Items[AccountShown]:
    """The accounts, by id."""
    known = asking.console.accounts.all()
    found, following = page_of(known, lambda one: [one.id], cursor, limit)
    return Items(items=[_account(one) for one in found], next=following)


@router.post("/accounts", status_code=201)
def add_account(asking: Asking, response: Response, account: NewAccount) -> Link:
    """Add an account; the answer is the link for its owner."""
    values = account.model_dump(exclude={"id", "name", "clearance"})
    secret = asking.console.accounts.add(
        account.id,
        account.name,
        by=asking.account.id,
        clearance=Tlp.parse(account.clearance),
        **values,
    )
    response.headers.update({**SECRET, "Location": f"/api/v1/accounts/{account.id}"})
    return Link(path=f"/welcome?link={secret}")


@router.get("/accounts/{account_id}")
def account(asking: Asking, account_id: Id) -> AccountShown:
    """One account."""
    return _account(asking.console.accounts.get(account_id))


@router.patch("/accounts/{account_id}")
def change_account(
    request: Request, asking: Asking, account_id: Id, change: AccountChange
) -> AccountShown:
    """Change an account; with ``If-Match`` only as it was looked at."""
    known = asking.console.accounts
    before = known.get(account_id)
    check_match(request, _account(before))
    values = change.model_dump(exclude_none=True)
    after = known.change(account_id, by=asking.account.id, version=before.version, **values)
    return _account(after)


@router.post("/accounts/{account_id}/reset")
def reset_account(asking: Asking, response: Response, account_id: Id) -> Link:
    """Forget password, second factors and sessions; the answer is a link to set a password."""
    secret = asking.console.accounts.reset(account_id, by=asking.account.id)
    response.headers.update(SECRET)
    return Link(path=f"/welcome?link={secret}")


@router.get("/tokens")
def tokens(asking: Asking, cursor: Cursor = None, limit: Limit = 100) -> Items[TokenShown]:
    """The tokens, by id; never their secrets."""
    known = sorted(asking.console.tokens.all(), key=lambda one: one.id)
    found, following = page_of(known, lambda one: [one.id], cursor, limit)
    return Items(items=[_token(one) for one in found], next=following)


@router.post("/tokens", status_code=201)
def add_token(asking: Asking, response: Response, token: NewToken) -> TokenMade:
    """Add a token; the answer is the only one with its secret."""
    token_id, secret = asking.console.tokens.add(
        token.account,
        token.name,
        by=asking.account.id,
        rights=token.rights,
        days=token.days,
        purpose=token.purpose,
    )
    response.headers.update(SECRET)
    return TokenMade(id=token_id, secret=secret)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(asking: Asking, token_id: Id) -> None:
    """Let a token count no more."""
    asking.console.tokens.revoke(token_id, by=asking.account.id)


def _account(account: Account) -> AccountShown:
    plain: dict[str, Any] = {
        name: getattr(account, name)
        for name in AccountShown.model_fields
        if name not in ("roles", "groups", "purposes", "clearance")
    }
    return AccountShown(
        **plain,
        roles=sorted(account.roles),
        groups=sorted(account.groups),
        purposes=sorted(account.purposes),
        clearance=cast(Level, account.clearance.label),
    )


def _token(token: Token) -> TokenShown:
    return TokenShown(
        id=token.id,
        account=token.account.id,
        name=token.name,
        rights=sorted(token.rights),
        purpose=token.purpose,
        added_at=token.added_at,
        until=token.until,
        revoked=token.revoked,
    )
