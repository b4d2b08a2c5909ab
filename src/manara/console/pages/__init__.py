"""Pages made on the server."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse, Response

router = APIRouter()
_pages = Environment(loader=PackageLoader("manara.console"), autoescape=True)


def render(request: Request, visit: Any, name: str, *, status: int = 200, **data: Any) -> Response:
    """Return a page."""
    page = _pages.get_template(name)
    return HTMLResponse(page.render(request=request, visit=visit, _=str, **data), status)
