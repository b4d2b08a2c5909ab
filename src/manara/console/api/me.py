"""The account that asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from manara.casework.accounts import Right, Role
from manara.console.access import Visit, visit

router = APIRouter(tags=["me"])


class Me(BaseModel):
    """Who asks, and what may be done."""

    id: str
    name: str
    roles: list[Role]
    rights: list[Right]
    purposes: list[str]
    purpose: str
    clearance: str
    language: str


@router.get("/me")
def me(visit: Annotated[Visit, Depends(visit)]) -> Me:
    """Who asks."""
    account = visit.account
    return Me(
        id=account.id,
        name=account.name,
        roles=sorted(account.roles),
        rights=sorted(visit.rights),
        purposes=sorted(account.purposes),
        purpose=visit.purpose,
        clearance=account.clearance.label,
        language=visit.language,
    )
