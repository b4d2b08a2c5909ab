"""The pages of the console: made on the server, with a few islands of script."""

from fastapi import APIRouter

from manara.console.pages import (
    assets,
    cases,
    entity,
    leads,
    network,
    pairs,
    partners,
    places,
    preferences,
    retention,
    searching,
    sources,
    today,
)
from manara.console.pages.rendering import render

router = APIRouter()
for part in (
    assets,
    today,
    leads,
    searching,
    entity,
    pairs,
    network,
    places,
    partners,
    sources,
    preferences,
    cases,
    retention,
):
    router.include_router(part.router)

__all__ = ["render", "router"]
