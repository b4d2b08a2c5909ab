"""Pages for whoever administers or audits."""

from __future__ import annotations

from fastapi import APIRouter

from manara.console.admin import audit, factors, jobs, overview, people, thresholds, tokens

router = APIRouter(include_in_schema=False)
for part in (overview, people, factors, tokens, audit, jobs, thresholds):
    router.include_router(part.router)
