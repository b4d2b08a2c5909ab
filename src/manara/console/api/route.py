"""What every route of the API does: entity tags, and answers that may be asked for again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import Connection, delete, insert, select, update
from starlette.concurrency import run_in_threadpool

from manara.casework.journal import Journal, claiming
from manara.casework.secrets import digest
from manara.console.access import Console, visit
from manara.model import RefusedError, UsageError
from manara.store.tables import answers

#: The header that makes a request one that may be sent again (draft-ietf-httpapi-idempotency-key).
KEY = "Idempotency-Key"

#: How long an answer is kept for whoever asks again.
KEPT = timedelta(days=2)

_LONGEST_KEY = 200

#: A header that a route sets whose answer holds a secret, which is not kept for another time.
SECRET = {"Cache-Control": "no-store, private"}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route of the API.

    What is got has an entity tag, and is not sent again to whoever has it. What is posted with an
    idempotency key is done once: whoever sends it again gets the first answer.
    """

    def get_route_handler(self) -> Handler:
        """See `APIRoute`."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.method == "POST" and KEY in request.headers:
                return await _once(request, handler)
            response = await handler(request)
            return _tagged(request, response) if request.method == "GET" else response

        return handle


def tag_of(content: bytes | BaseModel) -> str:
    """Return the entity tag of JSON, the same however it is written."""
    text = content.model_dump_json() if isinstance(content, BaseModel) else content
    plain = json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(plain.encode()).hexdigest()[:32]}"'


def check_match(request: Request, present: BaseModel) -> None:
    """Return if a request names the present state of what it changes, or names none.

    Raises:
        RefusedError: it names another.
    """
    wanted = request.headers.get("if-match")
    if wanted and wanted != "*" and tag_of(present) not in _tags(wanted):
        raise RefusedError("has changed since", 412, where="If-Match", remedy="get it again")


def _tags(header: str) -> set[str]:
    return {each.strip().removeprefix("W/") for each in header.split(",")}


def _tagged(request: Request, response: Response) -> Response:
    body = getattr(response, "body", b"")
    if response.status_code != 200 or not body or response.media_type != "application/json":
        return response
    tag = tag_of(body)
    response.headers["ETag"] = tag
    if tag in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={"ETag": tag})
    return response


async def _once(request: Request, handler: Handler) -> Response:
    asks = await visit(request)
    given = request.headers[KEY]
    if not 0 < len(given) <= _LONGEST_KEY or not given.isprintable():
        raise UsageError("is empty or too long", where=KEY, remedy="use a random UUID")
    files = request.headers.get("content-type", "").startswith("multipart/")
    body = b"" if files else await request.body()
    asked = digest(f"{request.method} {request.url} {hashlib.sha256(body).hexdigest()}")
    key = digest(f"{asks.account.id}\0{given}")
    console: Console = request.app.state.console
    first = await run_in_threadpool(_answered, console.journal, key, asked)
    if first is not None:
        return first
    token = claiming.set(lambda connection: _claim(connection, key, asked))
    try:
        response = await handler(request)
    finally:
        claiming.reset(token)
    await run_in_threadpool(_keep, console.journal, key, response)
    return response


def _answered(journal: Journal, key: str, asked: str) -> Response | None:
    with journal.reading() as connection:
        row = connection.execute(select(answers).where(answers.c.key == key)).one_or_none()
    if row is None:
        return None
    if row.request != asked:
        raise RefusedError("was used for another request", 422, where=KEY, remedy="take a new one")
    if not row.status:
        raise RefusedError(
            "was done already, and its answer was not kept", 409, where=KEY, remedy="look at it"
        )
    headers = json.loads(row.headers) | {"Idempotent-Replayed": "true"}
    return Response(row.body, row.status, headers)


def _claim(connection: Connection, key: str, asked: str) -> None:
    """Take a key in the transaction that does what was asked, so that nothing is done twice."""
    if connection.execute(select(answers.c.key).where(answers.c.key == key)).one_or_none():
        raise RefusedError("is being answered", 409, where=KEY, remedy="wait for that answer")
    now = datetime.now(UTC)
    connection.execute(delete(answers).where(answers.c.at < now - KEPT))
    blank = {"headers": "{}", "body": "", "status": 0}
    connection.execute(insert(answers).values(key=key, request=asked, at=now, **blank))


def _keep(journal: Journal, key: str, response: Response) -> None:
    if response.headers.get("Cache-Control") == SECRET["Cache-Control"]:
        return
    headers = {"Content-Type": response.headers.get("content-type", "application/json")}
    if "location" in response.headers:
        headers["Location"] = response.headers["location"]
    values = {
        "headers": json.dumps(headers),
        "body": bytes(response.body).decode(),
        "status": response.status_code,
    }
    with journal.writing() as (connection, _):
        connection.execute(update(answers).where(answers.c.key == key).values(values))
