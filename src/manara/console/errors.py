"""Errors over HTTP: the same JSON as the command line prints, with a status that fits."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

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
    status = status_of(error)
    return JSONResponse(error.envelope(), status, headers=_WITH.get(status))


def _status(error: ManaraError) -> int:
    match error:
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
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        # A key may hold half a surrogate pair, which no answer can.
        where = where.encode("utf-8", "replace").decode()
        return error_response(UsageError(first["msg"], where=where, remedy=_HELP))

    @app.exception_handler(HTTPException)
    async def theirs(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return error_response(NotFoundError("nothing here", remedy=_HELP))
        if error.status_code == 400:
            return error_response(UsageError(str(error.detail), where="body", remedy=_HELP))
        refused = RefusedError(str(error.detail), error.status_code, remedy=_HELP)
        response = error_response(refused)
        response.headers.update(error.headers or {})
        return response
