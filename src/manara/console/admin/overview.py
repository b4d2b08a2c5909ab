"""The first page of administration: what there is, as far as the reader may see it."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from manara.casework.accounts import Right
from manara.console.access import Visit, visit
from manara.console.pages import render

router = APIRouter()


def N_(text: str) -> str:
    """Mark a text for translation."""
    return text


class Tile(NamedTuple):
    """A page of administration and what it takes."""

    path: str
    label: str
    told: str
    right: Right


TILES = (
    Tile(
        "/admin/accounts",
        N_("Accounts"),
        N_("who may sign in, in which roles and groups, for which purposes"),
        Right.ADMINISTER,
    ),
    Tile(
        "/admin/second-factor",
        N_("Second factor"),
        N_("of whom a one-time password or a passkey is asked"),
        Right.ADMINISTER,
    ),
    Tile("/admin/tokens", N_("Tokens"), N_("what programs sign in with"), Right.ADMINISTER),
    Tile("/admin/audit", N_("Audit log"), N_("who did what, when, and for what"), Right.AUDIT),
    Tile(
        "/retention",
        N_("Retention"),
        N_("what falls due, and what waits for a second account"),
        Right.REVIEW,
    ),
    Tile(
        "/subject-access",
        N_("Right of access"),
        N_("what is held about a person, and the answer to the person"),
        Right.ERASE,
    ),
    Tile("/admin/jobs", N_("Jobs"), N_("files taken in, resolution, detection"), Right.TAKE_IN),
    Tile(
        "/admin/thresholds",
        N_("Thresholds"),
        N_("what a threshold of screening costs and buys on these lists"),
        Right.TAKE_IN,
    ),
)


@router.get("/admin")
def overview(request: Request, visit: Annotated[Visit, Depends(visit)]) -> Response:
    """What the reader may administer."""
    tiles = [tile for tile in TILES if tile.right in visit.rights]
    return render(request, visit, "admin.html", tiles=tiles)
