"""The door of the service: who may ask, how much at once, and what is said when it is closed."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Collection
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manara.console.errors import error_response
from manara.model import ManaraError, RefusedError

#: Most bytes a request may have.
MOST_BYTES = 4 << 20

#: Most requests under way at once; each may hold a body.
MOST_AT_ONCE = 128

#: How long a request may take to arrive, in seconds.
ARRIVAL = 20.0

#: What answers without a token: that the process lives says nothing about anybody.
_OPEN = frozenset({"/healthz", "/readyz"})

#: What has accounts and limits of its own, and asks everybody for a token.
_APART = "/taxii2"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_LOG = logging.getLogger("manara.console")


class Guard:
    """Stands before an application; nothing reaches it that is not let in.

    Args:
        app: the application.
        tokens: any of these opens the door; without one, no token is asked for.
        hosts: the names under which requests may come while no token is asked for, so that a web
            page whose name was made to point here (DNS rebinding) cannot ask.
    """

    def __init__(self, app: ASGIApp, tokens: Collection[str], hosts: Collection[str]) -> None:
        self._app = app
        self._tokens = [sha256(token.encode()).digest() for token in tokens]
        self._hosts = hosts
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        started, status = time.perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        self._under_way += 1
        try:
            await self._let_in(scope, receive, told)
        except ManaraError as error:
            if not status:
                await error_response(error)(scope, receive, told)
        except Exception as error:
            # Its message may quote what was asked, which is nobody's business but the asker's.
            _LOG.error("internal error: %s", _place(error))
            if not status:
                await error_response(None)(scope, receive, told)
        finally:
            self._under_way -= 1
            taken = 1000 * (time.perf_counter() - started)
            path = scope.get("raw_path", b"").decode("ascii", "replace")[:200]
            _LOG.info("%s %s %d %.1f ms", scope["method"], path, status, taken)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        apart = f"{scope['path']}/".startswith(f"{_APART}/")
        if not apart:
            self._check_asker(scope["path"], headers)
        if self._under_way > MOST_AT_ONCE and scope["path"] not in _OPEN:
            raise RefusedError("too many requests at once", 503, remedy="ask again in a while")
        if apart or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        _check_kind(headers)
        body = await body_of(headers, receive)
        handed = False

        async def again() -> Message:
            nonlocal handed
            if handed:
                return await receive()
            handed = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)

    def _check_asker(self, path: str, headers: Headers) -> None:
        if not self._tokens:
            host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
            if host not in self._hosts:
                raise RefusedError(
                    "this name is not ours",
                    421,
                    where="Host",
                    remedy=f"ask under {', '.join(sorted(self._hosts))}, or serve with a token",
                )
        elif path not in _OPEN:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            digest = sha256(token.strip().encode("utf-8", "replace")).digest()
            known = [hmac.compare_digest(digest, one) for one in self._tokens]
            # Clients of yente send their key as "ApiKey".
            if scheme.lower() not in ("bearer", "apikey") or not any(known):
                raise RefusedError(
                    "no valid token",
                    401,
                    where="Authorization",
                    remedy="send the header `Authorization: Bearer TOKEN`",
                )


def _check_kind(headers: Headers) -> None:
    """Refuse what is not JSON in UTF-8; a web page of elsewhere cannot send that unasked."""
    kind, _, rest = headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip().strip('"')
    if kind.strip() != "application/json" or charset not in ("", "utf-8", "utf8"):
        raise RefusedError(
            "not JSON in UTF-8",
            415,
            where="Content-Type",
            remedy="send JSON with `Content-Type: application/json`",
        )


async def body_of(headers: Headers, receive: Receive, most: int = MOST_BYTES) -> bytes:
    """Return the body of a request.

    Raises:
        RefusedError: it is larger than ``most`` bytes, too slow, or breaks off.
    """
    stated = headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:12]) > most:
        raise _too_large(most)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(ARRIVAL):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RefusedError("gone before it was asked", 400, where="request body")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > most:
                    raise _too_large(most)
                if not message.get("more_body"):
                    return b"".join(chunks)
    except TimeoutError as error:
        raise RefusedError(
            f"not here after {ARRIVAL:.0f} seconds", 408, where="request body"
        ) from error


def _too_large(most: int) -> RefusedError:
    return RefusedError(
        f"larger than {most >> 20} MiB",
        413,
        where="request body",
        remedy="ask in several requests",
    )


def _place(error: Exception) -> str:
    """Return the kind of an error and where in the code it was raised, without its message."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    at = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {at}"
