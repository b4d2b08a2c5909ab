"""One address at which partners hand messages over: HTTPS, with a certificate on both sides."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

import msgspec
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from manara.exchange.node import Node, today
from manara.exchange.partners import FORM
from manara.exchange.seal import LONGEST
from manara.exchange.taking import take
from manara.exchange.tls import fingerprint, fingerprint_of, own_certificate, trusting
from manara.model import ExchangeError, ManaraError, UsageError, WorkspaceError

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: The address of the endpoint on a node.
PATH = "/exchange"
#: How long a partner may take to hand a message over, in seconds.
_PATIENCE = 60.0
#: How long a connection may be open without a whole request, in seconds, and how many a partner may
#: have open, so that none of them shuts the others out.
_IDLE, _AT_ONCE = 20.0, 16
_CERTIFICATE = "manara.certificate"


class _Protocol(H11Protocol):
    """The library's protocol, which tells the application whose certificate was shown."""

    _open: ClassVar[Counter[bytes | None]] = Counter()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        shown, app = tls.getpeercert(binary_form=True) if tls else None, self.app
        self._shown, self._watch = shown, self.loop.call_later(_IDLE, self._look)
        self._open[shown] += 1
        if self._open[shown] > _AT_ONCE:
            transport.close()

        async def identified(scope: Any, receive: Any, send: Any) -> None:
            scope[_CERTIFICATE] = shown
            await app(scope, receive, send)

        self.app = identified

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._open[self._shown] -= 1
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close a connection on which nothing was asked since the last look."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self._watch = self.loop.call_later(_IDLE, self._look)


class Endpoint:
    """The application: any message a partner POSTs is taken in and answered with its receipt.

    A GET is answered with the form of messages that this node reads.

    Args:
        node: this node.
        most: longest message, in bytes.
    """

    def __init__(self, node: Node, most: int = LONGEST) -> None:
        self._node = node
        self._most = most
        self._one = asyncio.Lock()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer one request, as ASGI 3 has it."""
        if scope["type"] == "http":
            status, content = await self._answer(scope, receive)
            kind = b"application/json" if content else b"text/plain"
            headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: _Scope, receive: _Receive) -> tuple[int, bytes]:
        partner = self._partner(scope.get(_CERTIFICATE))
        if not partner:
            return _refused(403, "no partner has this certificate", "certificate")
        if scope["path"] != PATH:
            return _refused(404, "nothing is here", "form")
        if scope["method"] == "GET":
            return 200, msgspec.json.encode({"node": self._node.id, "format": FORM})
        if scope["method"] != "POST":
            return _refused(405, "messages are handed over by POST", "form")
        try:
            async with asyncio.timeout(_PATIENCE):
                data = await self._body(receive)
        except TimeoutError:
            return _refused(408, "it took too long", "form")
        if data is None:
            return _refused(413, f"is longer than {self._most} bytes", "form")
        try:
            # One after the other: a node has one writer.
            async with self._one:
                _, receipt = await asyncio.to_thread(
                    take, self._node, data, by=partner, sender=partner
                )
        except WorkspaceError as error:
            return _refused(503, str(error), "busy")
        except ExchangeError as error:
            return _refused(422, str(error), error.rule)
        except ManaraError as error:
            return _refused(422, str(error), error.code)
        return (200, receipt) if receipt else (204, b"")

    async def _body(self, receive: _Receive) -> bytes | None:
        data = bytearray()
        more = True
        while more:
            event = await receive()
            data += event.get("body", b"")
            if len(data) > self._most:
                return None
            more = event["type"] == "http.request" and event.get("more_body", False)
        return bytes(data)

    def _partner(self, certificate: bytes | None) -> str:
        """Return the partner that a certificate is pinned for, ``""`` for none."""
        if not certificate:
            return ""
        shown, on = fingerprint_of(certificate), today()
        for partner in self._node.partners.all().values():
            if shown in map(fingerprint, partner.pinned(on)):
                return partner.id
        return ""


class _Contexts:
    """Gives each connection the certificates that are pinned, and our own, as they are now."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: tuple[object, ssl.SSLContext] | None = None

    def choose(
        self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _first: ssl.SSLContext
    ) -> int | None:
        """Let a connection that begins go on with what holds now; called before any is shown."""
        try:
            connection.context = self._context()
        except (ManaraError, OSError, ssl.SSLError):
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _context(self) -> ssl.SSLContext:
        node, on = self._node, today()
        certificate, key = own_certificate(node.key_folder)
        partners = node.partners.all().values()
        pinned = [pem for each in partners for pem in each.pinned(on)]
        state = (certificate.stat().st_mtime_ns, pinned)
        if not self._known or self._known[0] != state:
            context = trusting(pinned, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_cert_chain(certificate, key)
            self._known = (state, context)
        return self._known[1]


def serve(
    node: Node, *, host: str, port: int, most: int = LONGEST,
    ready: Callable[[str], None] = lambda address: None,
) -> None:  # fmt: skip
    """Take messages of partners in until told to stop.

    Partners and certificates that come while it runs are known from the next connection on.

    Args:
        node: this node.
        host: name or address to listen at.
        port: TCP port; 0 for any that is free.
        most: longest message, in bytes.
        ready: called with the address once messages are taken.

    Raises:
        NotFoundError: this node has no certificate.
        UsageError: no partner has one, or the port is taken.
    """
    certificate, key = own_certificate(node.key_folder)
    if not any(each.certificate for each in node.partners.all().values()):
        raise UsageError(
            "no partner has a certificate, so nobody could speak to it", where="exchange",
            remedy="`manara partner add CARD --certificate FILE`",
        )  # fmt: skip
    config = uvicorn.Config(
        Endpoint(node, most), http=_Protocol, ws="none", lifespan="off", log_config=None,
        access_log=False, server_header=False, ssl_certfile=certificate, ssl_keyfile=key,
        ssl_cert_reqs=ssl.CERT_REQUIRED, timeout_graceful_shutdown=10, limit_concurrency=64,
    )  # fmt: skip
    config.load()
    if config.ssl:
        contexts = _Contexts(node)
        trusting([], config.ssl)
        config.ssl.sni_callback = contexts.choose
    try:
        listening = socket.create_server((host, port), backlog=64)
    except OSError as error:
        raise UsageError(f"cannot listen there: {error}", where=f"{host}:{port}") from error
    at = listening.getsockname()
    ready(f"https://{at[0]}:{at[1]}")
    uvicorn.Server(config).run(sockets=[listening])


def _refused(status: int, message: str, rule: str) -> tuple[int, bytes]:
    return status, msgspec.json.encode({"error": {"rule": rule, "message": message}})
