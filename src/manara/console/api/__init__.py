"""The JSON API of the console, version 1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from manara import __version__
from manara.console.api import accounts, audit, cases, entities, jobs, leads, me, policies
from manara.console.api.shapes import PROBLEMS

#: The parts of the API, each with a `router`; their paths begin with ``/api/v1``.
PARTS = (me, leads, entities, cases, jobs, audit, accounts, policies)

router = APIRouter(prefix="/api/v1", responses=PROBLEMS)
for part in PARTS:
    router.include_router(part.router)


@router.get("/openapi.json", include_in_schema=False)
def description() -> dict[str, Any]:
    """The API in the words of OpenAPI."""
    return get_openapi(title="Manara", version=__version__, routes=router.routes)
