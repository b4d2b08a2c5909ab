"""Receipts: what a partner took in, under its signature, with what it saw of our audit log."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from manara.exchange.heads import read_head, signed_head
from manara.exchange.node import Node
from manara.exchange.package import Package
from manara.exchange.partners import Partner
from manara.exchange.seal import check, read, signed
from manara.model import ExchangeError
from manara.store.log import entry_of

KIND = "manara-receipt"


def receipt(node: Node, package: Package, plain: bytes, facts: int, leads: int) -> bytes:
    """Return the signed receipt for a package.

    Args:
        node: this node.
        package: the package.
        plain: it as it was opened.
        facts: how many of its facts were taken in.
        leads: how many of its leads.
    """
    partner = node.partners.get(package.sender)
    held = partner.head
    message = {
        "type": KIND,
        "package": package.id,
        "sha256": hashlib.sha256(plain).hexdigest(),
        "from": node.id,
        "to": package.sender,
        "received": datetime.now(UTC).isoformat(timespec="seconds"),
        "facts": facts,
        "leads": leads,
        "seen": held.size if held else 0,
        "head": signed_head(node.log, node.keys),
    }
    return signed(message, node.keys.signing)


def take_receipt(node: Node, data: bytes, *, by: str) -> dict[str, Any]:
    """Note a partner's receipt in the log, and which of our history it confirms; return it.

    Raises:
        ExchangeError: it is none, is not the partner's, or is for something never sent.
    """
    message = read(data, KIND)
    partner = _partner(node, str(message.get("from")))
    check(message, partner.card.signing_key)
    sent = (entry_of(line) for line in node.log.lines())
    if not any(
        each.action == "release"
        and each.thing == message.get("package")
        and (each.detail["sha256"], each.detail["to"]) == (message.get("sha256"), partner.id)
        for each in sent
    ):
        raise ExchangeError(
            "is for a package that was never released", rule="receipt", where=partner.id
        )
    head, seen = read_head(message.get("head"), partner.card), int(message.get("seen", 0))
    node.note(by, "receipt", str(message["package"]), sender=partner.id, seen=seen)
    if partner.head is None:
        partner = replace(partner, head=head)
    elif head.size < partner.head.size:
        raise ExchangeError(
            "its audit log is shorter than the one it showed before", rule="log", where=partner.id
        )
    node.partners.put(replace(partner, shown=max(partner.shown, min(seen, node.log.size))))
    return message


def _partner(node: Node, partner_id: str) -> Partner:
    known = node.partners.all()
    if partner_id not in known:
        raise ExchangeError(f"{partner_id} is not a partner", rule="partner", where=partner_id)
    return known[partner_id]
