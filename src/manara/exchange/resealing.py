"""Messages that still wait when keys are renewed: signed and sealed anew, under those of today.

A partner refuses what is signed by a key whose last day is over, and cannot open what is sealed for
one that it has deleted. So what a message says is kept beside it while it waits, sealed for this
node itself.
"""

from __future__ import annotations

from typing import Any

import msgspec

from manara.exchange.node import Node
from manara.exchange.outbox import Outbox, Waiting
from manara.exchange.package import KIND as PACKAGE
from manara.exchange.packing import shown_log
from manara.exchange.partners import Partner
from manara.exchange.seal import digest, named_key, seal, sealed_for, signed
from manara.exchange.sent import keep_sealed, sent_by_id
from manara.model import ExchangeError
from manara.store.signing import key_id


def sealed_twice(node: Node, plain: bytes, partner: Partner) -> tuple[bytes, bytes]:
    """Return a signed message sealed for a partner, and for this node, for `Outbox.put`."""
    return seal(plain, partner.card.encryption_key), seal(plain, node.keys.card.encryption_key)


def seal_all_anew(node: Node, *, by: str) -> None:
    """Bring all that waits under the keys of today; each message that changes is in the log."""
    for message in list(Outbox(node.workspace).waiting()):
        seal_anew(node, message, by=by)


def seal_anew(node: Node, message: Waiting, *, by: str) -> Waiting:
    """Return a waiting message as it waits under the keys of today.

    It is the same one if it is under them, or if what it says is not kept or cannot be opened.

    Args:
        node: this node.
        message: what waits.
        by: the officer or service on whose behalf it goes.
    """
    partner = node.partners.all().get(message.to)
    if not (partner and message.own.exists()):
        return message
    theirs = sealed_for(message.path.read_bytes()) == key_id(partner.card.encryption_key)
    if theirs and not node.keys.card.former:
        return message
    try:
        plain = node.keys.open(message.own.read_bytes(), "outbox")
    except ExchangeError:
        return message
    said: dict[str, Any] = msgspec.json.decode(plain)
    signer = named_key(str(said["signature"]).partition(".")[0])
    if theirs and signer == key_id(node.keys.signing):
        return message
    if signer != key_id(node.keys.signing):
        del said["signature"]
        if said["type"] == PACKAGE:
            said["head"], proof = shown_log(node, partner)
            said["proof"] = msgspec.to_builtins(proof)
        plain = signed(said, node.keys.signing)
    node.note(by, "reseal", said["id"], to=partner.id, sha256=digest(plain))
    sealed, own = sealed_twice(node, plain, partner)
    if sent := sent_by_id(node.workspace, said["id"]):
        keep_sealed(node.workspace, sent, sealed)
    return Outbox(node.workspace).replace(message, sealed, own)
