"""The risk programme in the browser: programmes, the questionnaire, what was found."""

from fastapi import APIRouter

from manara.console.risk import calculations, files, found, programmes, questionnaire, taking

router = APIRouter()
for part in (programmes, files, taking, questionnaire, found, calculations):
    router.include_router(part.router)

__all__ = ["router"]
