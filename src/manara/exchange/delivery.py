"""Delivery of what waits in the outbox, over HTTPS; what cannot be delivered waits on."""

from __future__ import annotations

import ssl
from typing import Any, NamedTuple

import httpx
import msgspec
from msgspec.structs import replace

from manara.exchange.node import Node, today
from manara.exchange.outbox import Outbox, Waiting
from manara.exchange.partners import FIRST_FORM, Partner
from manara.exchange.receipts import take_receipt
from manara.exchange.renewal import settle
from manara.exchange.resealing import seal_anew
from manara.exchange.serving import PATH
from manara.exchange.tls import fingerprint, fingerprint_of, own_certificate, trusting
from manara.model import ExchangeError

_PATIENCE = 30.0


class Delivered(NamedTuple):
    """What became of a message.

    Attributes:
        to: id of the partner.
        message: name of its file in the outbox.
        state: ``delivered``, ``refused`` (it waits no more) or ``waiting``.
        reason: why it was refused or waits on.
    """

    to: str
    message: str
    state: str
    reason: str


def deliver(node: Node, *, by: str) -> list[Delivered]:
    """Hand over what waits, in order, and take the receipts; return what became of each.

    A partner that cannot be reached is asked once; its messages wait for the next time.
    """
    settle(node, by=by)
    outbox, done = Outbox(node.workspace), list[Delivered]()
    unreachable: dict[str, str] = {}
    partners = node.partners.all()
    for message in list(outbox.waiting()):
        message = seal_anew(node, message, by=by)
        reason = unreachable.get(message.to, "")
        partner = partners.get(message.to)
        if not (partner and partner.address and partner.certificate):
            reason = "no address and certificate of it are known; hand it over as a file"
        state = "waiting"
        if partner and not reason:
            state, reason = _hand_over(node, partner, message, by)
        if state == "waiting":
            unreachable[message.to] = reason
        else:
            outbox.done(message)
        done.append(Delivered(message.to, message.name, state, reason))
    settle(node, by=by)
    return done


def greet(node: Node, partner_id: str) -> Partner:
    """Ask a partner what form of messages it reads, keep that, and return the partner.

    Raises:
        NotFoundError: there is no such partner.
        ExchangeError: it cannot be reached.
    """
    partner = node.partners.get(partner_id)
    try:
        status, content = _call(node, partner, "GET", b"")
        said = msgspec.json.decode(content, type=dict[str, Any]) if status == 200 else {}
        form = max(int(said.get("format", FIRST_FORM)), FIRST_FORM)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, msgspec.DecodeError) as error:
        raise ExchangeError(
            f"cannot be reached: {error}", rule="network", where=partner_id
        ) from error
    partner = replace(partner, format=form)
    node.partners.put(partner)
    return partner


def ask_over(node: Node, partner_id: str, question: bytes) -> bytes:
    """Put a blind question to a partner and return its answer.

    Raises:
        NotFoundError: there is no such partner.
        ExchangeError: it cannot be reached, or does not answer.
    """
    partner = node.partners.get(partner_id)
    try:
        status, content = _call(node, partner, "POST", question)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise ExchangeError(
            f"cannot be reached: {error}", rule="network", where=partner_id
        ) from error
    if status != 200:
        raise ExchangeError(_told(content) or f"answers {status}", rule="network", where=partner_id)
    return content


def _hand_over(node: Node, partner: Partner, message: Waiting, by: str) -> tuple[str, str]:
    """Return what became of a message, and why."""
    try:
        status, content = _call(node, partner, "POST", message.path.read_bytes())
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return "waiting", f"cannot be reached: {error}"
    if status in (200, 204):
        try:
            if content:
                take_receipt(node, content, by=by)
        except ExchangeError as error:
            return "waiting", f"its receipt cannot be relied on: {error}"
        return "delivered", ""
    reason = f"{status}: {_told(content)}"
    if status in (413, 422):
        node.note(by, "undelivered", message.name, to=partner.id, reason=reason[:500])
        return "refused", reason
    return "waiting", reason


def _call(node: Node, partner: Partner, method: str, data: bytes) -> tuple[int, bytes]:
    """Return the status and content of a partner's answer to a message.

    Only a pinned certificate is trusted, whatever name its host goes by.
    """
    pinned = partner.pinned(today())
    context = trusting(pinned, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.load_cert_chain(*own_certificate(node.key_folder))
    address = partner.address.rstrip("/") + PATH
    with (
        httpx.Client(verify=context, timeout=_PATIENCE, trust_env=False) as client,
        client.stream(method, address, content=data) as answer,
    ):
        tls = answer.extensions["network_stream"].get_extra_info("ssl_object")
        if fingerprint_of(tls.getpeercert(True)) not in map(fingerprint, pinned):
            raise httpx.ConnectError("shows another certificate than the one pinned")
        return answer.status_code, answer.read()


def _told(content: bytes) -> str:
    try:
        return str(msgspec.json.decode(content)["error"]["message"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        return ""
