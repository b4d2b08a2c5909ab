"""Errors over HTTP, with a status that fits, each face in its own way.

The screening service answers with the same JSON as the command line prints, the API with problem
details (RFC 9457), the console with a page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from manara.console.access import FactorNeededError, SignInError
from manara.console.faces import Face, face_of
from manara.console.pages import render
from manara.model import ManaraError, NotFoundError, RefusedError, UsageError, WorkspaceError

_HELP = "see the reference of the HTTP interface"

#: Headers that a status must not be without (RFC 9110, sections 11.6.1 and 10.2.3).
_WITH = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}

_INTERNAL = {
    "error": {
        "code": "internal",
        "message": "an internal error, which is a fault of Manara",
        "where": "",
        "remedy": "please report it",
    }
}


def error_response(error: ManaraError | None) -> Response:
    """Return what is answered when something went wrong; None stands for a fault of ours."""
    if error is None:
        return JSONResponse(_INTERNAL, 500)
    status = _status(error)
    return JSONResponse(error.envelope(), status, headers=_WITH.get(status))


def problem_of(error: ManaraError | None) -> dict[str, Any]:
    """Return an error as problem details; None stands for a fault of ours."""
    status = _status(error) if error else 500
    told = (error.envelope() if error else _INTERNAL)["error"]
    return {
        "type": f"urn:manara:problem:{told['code']}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": told["message"],
        "where": told["where"],
        "remedy": told["remedy"],
    }


def problem_response(error: ManaraError | None) -> Response:
    """Return an error as the API tells it."""
    told = problem_of(error)
    media = "application/problem+json"
    return JSONResponse(told, told["status"], _WITH.get(told["status"]), media_type=media)


def _told(request: Request, error: ManaraError) -> Response:
    """Return an error as the face tells it that was asked."""
    face = face_of(request.url.path)
    if face is Face.API:
        return problem_response(error)
    if face is not Face.PAGE:
        return error_response(error)
    if "text/html" not in request.headers.get("accept", "") and _status(error) != 401:
        # A program, which can do nothing with a page.
        return error_response(error)
    if isinstance(error, SignInError):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = asked if request.method == "GET" else "/"
        way = "/second-factor/new" if isinstance(error, FactorNeededError) else "/sign-in"
        return RedirectResponse(f"{way}?next={quote(back, safe='')}", 303)
    status = _status(error)
    return render(request, None, "error.html", status=status, error=error, missing=status == 404)


def _status(error: ManaraError) -> int:
    match error:
        case SignInError():
            return 401
        case RefusedError():
            return error.status
        case NotFoundError():
            return 404
        case WorkspaceError():
            return 503
    return 400


def tell_errors(app: FastAPI) -> None:
    """Let an application answer every error in the one shape."""

    @app.exception_handler(ManaraError)
    async def ours(request: Request, error: ManaraError) -> Response:
        return _told(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        # A key may hold half a surrogate pair, which no answer can.
        where = where.encode("utf-8", "replace").decode()
        return _told(request, UsageError(first["msg"], where=where, remedy=_HELP))

    @app.exception_handler(HTTPException)
    async def theirs(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _told(request, NotFoundError("nothing here", remedy=_HELP))
        if error.status_code == 400:
            return _told(request, UsageError(str(error.detail), where="body", remedy=_HELP))
        refused = RefusedError(str(error.detail), error.status_code, remedy=_HELP)
        response = _told(request, refused)
        response.headers.update(error.headers or {})
        return response
