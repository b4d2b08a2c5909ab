"""What a reader sets for themselves: the language and the colours."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from manara.console.pages.languages import LANGUAGES
from manara.console.pages.rendering import THEMES, keep, page_router

router = page_router()


@router.post("/preferences")
def preferences(
    request: Request,
    language: Annotated[str, Form()],
    theme: Annotated[str, Form()],
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Keep language and colours in this browser, and return to the page."""
    # Only a path of this node: "//elsewhere" would leave it.
    here = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(here, 303)
    chosen = {"language": (language, LANGUAGES), "theme": (theme, THEMES)}
    for name, (value, known) in chosen.items():
        if value in known:
            keep(request, response, name, value)
    return response
