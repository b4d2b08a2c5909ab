"""Signed heads of audit logs, by which partners keep each other from rewriting what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from manara.exchange.card import Card
from manara.exchange.keys import NodeKeys
from manara.model import ExchangeError
from manara.store import AuditLog
from manara.store.merkle import verify_consistency
from manara.store.signing import canonical, sign

_KIND = "manara-head"


class Head(msgspec.Struct, frozen=True):
    """What the whole of a node's audit log was at a moment.

    Attributes:
        node: whose log.
        size: number of entries.
        root: root of the Merkle tree over them, hexadecimal.
        at: when, ISO 8601 in UTC.
    """

    node: str
    size: int
    root: str
    at: str


def signed_head(log: AuditLog, keys: NodeKeys) -> dict[str, Any]:
    """Return the head of a node's log at this moment, with the node's signature."""
    tree, now = log.tree, datetime.now(UTC)
    head = Head(keys.card.id, tree.size, tree.root().hex(), now.isoformat(timespec="seconds"))
    message = {"type": _KIND, **msgspec.to_builtins(head)}
    return {**message, "signature": sign(canonical(message), keys.signing)}


def read_head(message: Any, card: Card, on: date | None = None) -> Head:
    """Return a head after checking that it is a node's.

    Args:
        message: the head.
        card: of the node.
        on: see `Card.check`.

    Raises:
        ExchangeError: it is not.
    """
    try:
        head = msgspec.convert(message, Head)
        bytes.fromhex(head.root)
    except (msgspec.ValidationError, ValueError) as error:
        raise ExchangeError(str(error), rule="form", where=_KIND) from error
    if message.get("type") != _KIND or head.node != card.id:
        raise ExchangeError(f"is no head of {card.id}", rule="signature", where=_KIND)
    card.check(message, on)
    return head


def grew(old: Head, new: Head, proof: Sequence[str]) -> bool:
    """Return whether a proof shows that a log only grew from one head to another."""
    try:
        hashes = [bytes.fromhex(each) for each in proof]
    except ValueError:
        return False
    roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
    return verify_consistency(old.size, new.size, hashes, *roots)
