"""Receipts: what a partner took in, under its signature, with what it saw of our audit log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from manara.exchange.card import Card
from manara.exchange.given import Givens
from manara.exchange.heads import read_head, signed_head
from manara.exchange.node import Node, today
from manara.exchange.outbox import Outbox
from manara.exchange.partners import FIRST_FORM, FORM
from manara.exchange.seal import digest, read, signed
from manara.exchange.sent import Sent, keep_sent, sent_by_id
from manara.model import ExchangeError
from manara.store.files import replacing
from manara.store.log import entry_of

KIND = "manara-receipt"


class Receipt(msgspec.Struct, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """What a node confirms of a package.

    Attributes:
        package: id of the package.
        sha256: of it as it was opened.
        sender: id of the node that confirms.
        receiver: id of the node that sent the package.
        received: when, ISO 8601.
        facts: how many of its facts were taken in.
        leads: how many of its leads.
        seen: size of the package's sender's audit log as it was last shown.
        head: signed head of the log of the node that confirms.
        recalled: how many facts went from its answers by it.
        passed: nodes that were told of a recall in turn, by this one or by those it told.
        waiting: those of them that have not confirmed it.
        events: how many of its events were taken in.
        format: the newest form of messages that the node reads.
    """

    package: str
    sha256: str
    sender: str
    receiver: str
    received: str
    facts: int
    leads: int
    seen: int
    head: dict[str, Any]
    recalled: int = 0
    passed: list[str] = []
    waiting: list[str] = []
    events: int = 0
    format: int = FIRST_FORM


def receipt(
    node: Node, message: str, plain: bytes, sender: str, *, facts: int = 0, leads: int = 0,
    recalled: int = 0, passed: Collection[str] = (), events: int = 0,
) -> bytes:  # fmt: skip
    """Return the signed receipt for a message, and keep it.

    Args:
        node: this node.
        message: id of the message.
        plain: it as it was opened.
        sender: id of the node that it came from.
        facts: how many of its facts were taken in.
        leads: how many of its leads.
        recalled: how many facts went by it.
        passed: nodes that it was passed on to.
        events: how many of its events.
    """
    names = sorted(passed)
    made = Receipt(
        message,
        digest(plain),
        node.id,
        sender,
        "",
        facts,
        leads,
        0,
        {},
        recalled,
        names,
        names,
        events,
        FORM,
    )
    return _issue(node, made)


def kept_receipt(node: Node, message: str, sha256: str) -> bytes:
    """Return the receipt that was last given for a message, ``b""`` for none of this content."""
    path = _path(node, message)
    data = path.read_bytes() if path.exists() else b""
    if not data or (kept := read(data, KIND))["sha256"] != sha256:
        return b""
    try:
        node.keys.card.check(kept, today())
    except ExchangeError:
        # Its sender would refuse it: it is signed by a key of before.
        return b""
    return data


def confirmation(node: Node, package: str) -> bytes:
    """Return the receipt that a partner gave for a package last, ``b""`` for none."""
    path = _kept(node, package)
    return path.read_bytes() if path.exists() else b""


def _kept(node: Node, package: str) -> Path:
    return node.workspace.root / "exchange" / "confirmed" / f"{digest(package.encode())}.json"


def _issue(node: Node, made: Receipt) -> bytes:
    """Sign a receipt as of now, and keep it."""
    held = node.partners.get(made.receiver).head
    made = msgspec.structs.replace(
        made,
        received=datetime.now(UTC).isoformat(timespec="seconds"),
        seen=held.size if held else 0,
        head=signed_head(node.log, node.keys),
    )
    data = signed({"type": KIND, **msgspec.to_builtins(made)}, node.keys.signing)
    path = _path(node, made.package)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as partial:
        partial.write_bytes(data)
    return data


def _path(node: Node, message: str) -> Path:
    # An id comes from a partner: what names the file is ours.
    return node.workspace.root / "exchange" / "receipts" / f"{digest(message.encode())}.json"


def read_receipt(data: bytes, card: Card, on: date | None = None) -> Receipt:
    """Return a receipt after checking that it is a node's.

    Args:
        data: the receipt.
        card: of the node.
        on: see `Card.check`.

    Raises:
        ExchangeError: it is not.
    """
    message = read(data, KIND)
    card.check(message, on)
    try:
        return msgspec.convert(message, Receipt)
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error


def receiver_of(answer: bytes) -> str:
    """Return whom an answer of this node's is for: a receipt, or the answer to a question."""
    return str(msgspec.json.decode(answer)["to"])


def take_receipt(node: Node, data: bytes, *, by: str) -> Receipt:
    """Note a partner's receipt in the log, and which of our history it confirms; return it.

    If it confirms a recall that was passed on, those who sent that recall are told.

    Raises:
        ExchangeError: it is none, is not the partner's, is for something never sent, or the
            partner's audit log has become shorter.
    """
    partner = node.partners.known(str(read(data, KIND).get("from")), KIND)
    told = read_receipt(data, partner.card, today())
    sent = (entry_of(line) for line in node.log.lines() if told.sha256.encode() in line)
    if not any(
        (each.thing, each.detail.get("sha256"), each.detail.get("to"))
        == (told.package, told.sha256, partner.id)
        for each in sent
    ):
        raise ExchangeError(
            "is for a package that was never released", rule="receipt", where=partner.id
        )
    head = read_head(told.head, partner.card, today())
    older = partner.head and head.at <= partner.head.at
    if partner.head and head.size < partner.head.size and not older:
        raise ExchangeError(
            "its audit log is shorter than the one it showed before", rule="log", where=partner.id
        )
    node.note(by, "receipt", told.package, sender=partner.id, seen=told.seen)
    shown = max(partner.shown, min(told.seen, node.log.size))
    node.partners.put(replace(partner, head=partner.head or head, shown=shown, format=told.format))
    _note_sent(node, told)
    path = _kept(node, told.package)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with replacing(path) as partial:
        partial.write_bytes(data)
    return told


def _note_sent(node: Node, told: Receipt) -> None:
    """Remember what a receipt says of what was sent; tell the node a recall was passed on for."""
    sent = sent_by_id(node.workspace, told.package)
    if not sent:
        return
    sent = msgspec.structs.replace(
        sent, answered=told.received, recalled=told.recalled, passed=told.passed,
        waiting=told.waiting, taken=told.facts + told.events,
    )  # fmt: skip
    keep_sent(node.workspace, sent)
    cause, sender = sent.cause
    path = _path(node, cause)
    if cause and sender in node.partners.all() and path.exists():
        same = (each for each in Givens(node).passed_on(cause) if each.cause == sent.cause)
        passed, waiting = spread(same)
        before = msgspec.json.decode(path.read_bytes(), type=Receipt)
        again = msgspec.structs.replace(before, passed=passed, waiting=waiting)
        Outbox(node.workspace).put(sender, _issue(node, again))


def spread(recalls: Iterable[Sent]) -> tuple[list[str], list[str]]:
    """Return the nodes that recalls went to, directly or passed on, and who has not confirmed."""
    passed, waiting = set[str](), set[str]()
    for sent in recalls:
        passed |= {sent.to, *sent.passed}
        waiting |= set(sent.waiting) if sent.answered else {sent.to}
    return sorted(passed), sorted(waiting)
