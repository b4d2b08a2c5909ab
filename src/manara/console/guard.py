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

from manara.casework.tokens import PREFIX
from manara.console.access import token_in
from manara.console.errors import error_response, problem_response
from manara.console.faces import Face, face_of
from manara.model import ManaraError, RefusedError

#: Most bytes a request may have.
MOST_BYTES = 4 << 20

#: Most requests under way at once; each may hold a body.
MOST_AT_ONCE = 128

#: How long a request may take to arrive, in seconds.
ARRIVAL = 20.0

#: What answers without a token: that the process lives says nothing about anybody.
_OPEN = frozenset({"/healthz", "/readyz"})

#: Most bytes that a form of the console or a file given to its API may have.
MOST_FILE = 1 << 30

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: What a page of the console may load and do: only what this node itself serves.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

_CONSOLE = frozenset({Face.PAGE, Face.API, Face.ASSET})

_LOG = logging.getLogger("manara.console")


class Guard:
    """Stands before an application; nothing reaches it that is not let in.

    Args:
        app: the application.
        tokens: any of these opens the door; without one, no token is asked for.
        hosts: the names under which requests may come while no token is asked for, so that a web
            page whose name was made to point here (DNS rebinding) cannot ask.
        with_console: whether the console stands beside the services, with accounts of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: Collection[str],
        hosts: Collection[str],
        *,
        with_console: bool = False,
    ) -> None:
        self._app = app
        self._with_console = with_console
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
        started, status, face = time.perf_counter(), 0, self._face(scope["path"])
        tell = problem_response if face is Face.API else error_response

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _protect(MutableHeaders(scope=message), face)
            await send(message)

        self._under_way += 1
        try:
            await self._let_in(scope, face, receive, told)
        except ManaraError as error:
            if not status:
                await tell(error)(scope, receive, told)
        except Exception as error:
            # Its message may quote what was asked, which is nobody's business but the asker's.
            _LOG.error("internal error: %s", _place(error))
            if not status:
                await tell(None)(scope, receive, told)
        finally:
            self._under_way -= 1
            taken = 1000 * (time.perf_counter() - started)
            path = scope.get("raw_path", b"").decode("ascii", "replace")[:200]
            _LOG.info("%s %s %d %.1f ms", scope["method"], path, status, taken)

    def _face(self, path: str) -> Face:
        face = face_of(path)
        return face if self._with_console or face is Face.TAXII else Face.SERVICE

    async def _let_in(self, scope: Scope, face: Face, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        # TAXII has accounts and limits of its own, and asks everybody for a token.
        if face is not Face.TAXII:
            self._check_asker(scope["path"], face, headers)
        if self._under_way > MOST_AT_ONCE and scope["path"] not in _OPEN:
            raise RefusedError("too many requests at once", 503, remedy="ask again in a while")
        if face is Face.TAXII or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        if face in _CONSOLE:
            _check_origin(headers)
            if is_form(headers):
                await self._app(scope, _counted(headers, receive), send)
                return
            if headers.get("content-length", "0") == "0" and "content-type" not in headers:
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

    def _check_asker(self, path: str, face: Face, headers: Headers) -> None:
        if not self._tokens:
            host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
            if host not in self._hosts:
                raise RefusedError(
                    "this name is not ours",
                    421,
                    where="Host",
                    remedy=f"ask under {', '.join(sorted(self._hosts))}, or serve with a token",
                )
        # The console has accounts of its own.
        elif path not in _OPEN and face not in _CONSOLE:
            token = token_in(headers)
            digest = sha256(token.encode("utf-8", "replace")).digest()
            known = [hmac.compare_digest(digest, one) for one in self._tokens]
            # Whether an account's token counts is asked where it is looked what it may see.
            of_account = self._with_console and token.startswith(PREFIX)
            if not (of_account or any(known)):
                raise RefusedError(
                    "no valid token",
                    401,
                    where="Authorization",
                    remedy="send the header `Authorization: Bearer TOKEN`",
                )


def _protect(headers: MutableHeaders, face: Face) -> None:
    """Add to an answer what keeps browsers from doing more with it than is meant."""
    for name, value in _HEADERS.items():
        # Assets say themselves how long they may be kept.
        if name != "Cache-Control" or face is not Face.ASSET:
            headers[name] = value
    if face in (Face.PAGE, Face.ASSET):
        headers["Content-Security-Policy"] = POLICY


def _check_origin(headers: Headers) -> None:
    """Refuse what a page of elsewhere sends; browsers say where a request comes from."""
    site = headers.get("sec-fetch-site", "none")
    # A page that tells nobody where it was says "null" of its own forms as well (Fetch, 3.2).
    origin = headers.get("origin", "")
    own = site == "same-origin" and origin == "null"
    foreign = bool(origin) and not own and urlsplit(origin).netloc != headers.get("host")
    if site not in ("same-origin", "none") or foreign:
        raise RefusedError("comes from another site", 403, where="Origin")


def is_form(headers: Headers) -> bool:
    """Return whether the body of a request is a form."""
    kind = headers.get("content-type", "").lower().partition(";")[0].strip()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


def _counted(headers: Headers, receive: Receive) -> Receive:
    """Return what hands on a body as it comes, but not too much of it.

    Raises:
        RefusedError: it says that it is too large.
    """
    stated = headers.get("content-length", "")
    files = headers.get("content-type", "").lower().startswith("multipart/")
    most, size = MOST_FILE if files else MOST_BYTES, 0
    if stated.isdecimal() and int(stated[:15]) > most:
        raise _too_large(most)

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return counting


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
