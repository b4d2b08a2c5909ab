"""The risk programme in the browser: programmes, the questionnaire, what was found."""

from fastapi import APIRouter

from manara.console.risk import files, found, programmes, questionnaire

router = APIRouter()
for part in (programmes, files, questionnaire, found):
    router.include_router(part.router)

__all__ = ["router"]
