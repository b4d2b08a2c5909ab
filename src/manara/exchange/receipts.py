"""Receipts: what a partner took in, under its signature, with what it saw of our audit log."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from manara.exchange.heads import read_head, signed_head
from manara.exchange.keys import Card
from manara.exchange.node import Node
from manara.exchange.package import Package
from manara.exchange.partners import Partner
from manara.exchange.seal import check, read, signed
from manara.model import ExchangeError
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


def receipt(node: Node, package: Package, plain: bytes, facts: int, leads: int) -> bytes:
    """Return the signed receipt for a package.

    Args:
        node: this node.
        package: the package.
        plain: it as it was opened.
        facts: how many of its facts were taken in.
        leads: how many of its leads.
    """
    held = node.partners.get(package.sender).head
    made = Receipt(
        package.id,
        hashlib.sha256(plain).hexdigest(),
        node.id,
        package.sender,
        datetime.now(UTC).isoformat(timespec="seconds"),
        facts,
        leads,
        held.size if held else 0,
        signed_head(node.log, node.keys),
    )
    return signed({"type": KIND, **msgspec.to_builtins(made)}, node.keys.signing)


def read_receipt(data: bytes, card: Card) -> Receipt:
    """Return a receipt after checking that it is a node's.

    Raises:
        ExchangeError: it is not.
    """
    message = read(data, KIND)
    check(message, card.signing_key)
    try:
        return msgspec.convert(message, Receipt)
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error


def take_receipt(node: Node, data: bytes, *, by: str) -> Receipt:
    """Note a partner's receipt in the log, and which of our history it confirms; return it.

    Raises:
        ExchangeError: it is none, is not the partner's, is for something never sent, or the
            partner's audit log has become shorter.
    """
    partner = _partner(node, str(read(data, KIND).get("from")))
    told = read_receipt(data, partner.card)
    sent = (entry_of(line) for line in node.log.lines())
    if not any(
        (each.action, each.thing) == ("release", told.package)
        and (each.detail["sha256"], each.detail["to"]) == (told.sha256, partner.id)
        for each in sent
    ):
        raise ExchangeError(
            "is for a package that was never released", rule="receipt", where=partner.id
        )
    head = read_head(told.head, partner.card)
    if partner.head and head.size < partner.head.size:
        raise ExchangeError(
            "its audit log is shorter than the one it showed before", rule="log", where=partner.id
        )
    node.note(by, "receipt", told.package, sender=partner.id, seen=told.seen)
    shown = max(partner.shown, min(told.seen, node.log.size))
    node.partners.put(replace(partner, head=partner.head or head, shown=shown))
    return told


def _partner(node: Node, partner_id: str) -> Partner:
    known = node.partners.all()
    if partner_id not in known:
        raise ExchangeError(f"{partner_id} is not a partner", rule="partner", where=partner_id)
    return known[partner_id]
