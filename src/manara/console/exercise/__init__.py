"""Pages of an exercise that is played: the facilitator's, and the debriefing at the end."""

from __future__ import annotations

from fastapi import APIRouter

from manara.console.exercise import debriefs, facilitate

router = APIRouter(include_in_schema=False)
for part in (facilitate, debriefs):
    router.include_router(part.router)
