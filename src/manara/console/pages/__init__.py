"""The pages of the console: made on the server, with a few islands of script."""

from fastapi import APIRouter

from manara.console.pages import (
    assets,
    cases,
    entity,
    inbox,
    keeping,
    leads,
    network,
    pairs,
    partners,
    places,
    preferences,
    questions,
    recalls,
    retention,
    searching,
    sharing,
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
    sharing,
    questions,
    inbox,
    keeping,
    recalls,
    sources,
    preferences,
    cases,
    retention,
):
    router.include_router(part.router)

__all__ = ["render", "router"]
