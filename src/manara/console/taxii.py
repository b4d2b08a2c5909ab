"""TAXII 2.1 over HTTP; it has accounts and errors of its own, and stands beside the door."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from manara.console.guard import body_of
from manara.exchange.taxii import Config, Server, Store, oauth
from manara.exchange.taxii.server import MEDIA, MOST_BYTES, PREFIX, Call, error_body
from manara.model import ManaraError, NotFoundError, RefusedError, WorkspaceError

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_LOG = logging.getLogger("manara.console")


def add_taxii(app: FastAPI, root: Path) -> bool:
    """Let an application speak TAXII if a workspace has collections; return whether it does.

    Args:
        app: the application.
        root: the workspace's folder.

    Raises:
        WorkspaceError: what it says of its collections cannot be used.
    """
    config = Config.load(root)
    if config is None:
        return False
    server = Server(config, Store(root))

    async def answer(request: Request) -> Response:
        try:
            return await _answer(server, request)
        except ManaraError as error:
            return _told(error)

    async def grant(request: Request) -> Response:
        # As RFC 6749 has it (section 5), which is not how TAXII tells errors.
        kept = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        try:
            body = await body_of(request.headers, request.receive, oauth.MOST_BYTES)
            return JSONResponse(server.grant(request.headers, body), headers=kept)
        except RefusedError as error:
            if error.status == 401:
                kept["WWW-Authenticate"] = 'Basic realm="taxii"'
            return JSONResponse({"error": error.message}, error.status, headers=kept)

    app.add_route(PREFIX + oauth.PATH, grant, methods=["POST"], include_in_schema=False)
    app.add_route(PREFIX.rstrip("/"), answer, methods=_METHODS, include_in_schema=False)
    app.add_route(PREFIX + "{path:path}", answer, methods=_METHODS, include_in_schema=False)
    return True


async def _answer(server: Server, request: Request) -> Response:
    account = server.account(request.headers)
    call = Call(
        request.method,
        tuple(part for part in request.path_params.get("path", "").split("/") if part),
        request.query_params.multi_items(),
        request.headers,
        str(request.base_url).rstrip("/"),
    )
    respond = server.check(call, account)
    body = b""
    if request.method == "POST":
        body = await body_of(request.headers, request.receive, MOST_BYTES)
    found = await run_in_threadpool(respond, body)
    return Response(found.body, found.status, found.headers, media_type=MEDIA)


def _told(error: ManaraError) -> Response:
    """Return an error as TAXII tells it, with the headers that its status must have."""
    status = 400
    headers: dict[str, Any] = {}
    if isinstance(error, RefusedError):
        status = error.status
    elif isinstance(error, NotFoundError):
        status = 404
    elif isinstance(error, WorkspaceError):
        _LOG.error("TAXII: %s", error)
        status, headers = 503, {"Retry-After": "5"}
        return Response(error_body(503, "busy"), 503, headers, media_type=MEDIA)
    if status == 401:
        headers = {"WWW-Authenticate": 'Basic realm="taxii", Bearer'}
    if status == 405:
        headers = {"Allow": error.message.removeprefix("only ").removesuffix(" here")}
    described = ": ".join(part for part in (error.where, error.remedy) if part)
    return Response(error_body(status, error.message, described), status, headers, media_type=MEDIA)
