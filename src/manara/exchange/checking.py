"""Is a file of the exchange what it claims to be? Needs no network and no workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from manara.exchange.card import Card
from manara.exchange.events import EVENTS
from manara.exchange.heads import read_head
from manara.exchange.keys import NodeKeys
from manara.exchange.letters import KIND as LETTER
from manara.exchange.package import KIND as PACKAGE
from manara.exchange.package import Package, origins, read_package, recalled, tellings
from manara.exchange.receipts import KIND as RECEIPT
from manara.exchange.receipts import read_receipt
from manara.exchange.renewal import KIND as RENEWAL
from manara.exchange.seal import read
from manara.model import ExchangeError, WorkspaceError
from manara.store import AuditLog
from manara.store.log import entry_of
from manara.store.merkle import Tree, leaf_hash, verify_inclusion

PROOF = "manara-proof"


class Checked(NamedTuple):
    """A file that is what it claims to be.

    Attributes:
        kind: ``package``, ``letter``, ``renewal``, ``receipt``, ``card``, ``head``, ``proof`` or
            ``log``.
        signer: id of the node whose signature holds.
        told: what it shows, in a sentence.
    """

    kind: str
    signer: str
    told: str


def proof_of(log: AuditLog, index: int, head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what shows to anybody with a head that an entry is in a log.

    Args:
        log: the log.
        index: place of the entry, from 0.
        head: signed head of the log.

    Raises:
        ExchangeError: there is no such entry.
    """
    if not 0 <= index < head["size"]:
        raise ExchangeError(f"the log has {head['size']} entries", rule="log", where=str(index))
    (line,) = log.lines(index, index + 1)
    hashes = [each.hex() for each in log.tree.inclusion(index, head["size"])]
    return {
        "type": PROOF, "entry": line.decode(), "index": index, "hashes": hashes, "head": dict(head),
    }  # fmt: skip


def examine(
    data: bytes, cards: Mapping[str, Card], keys: NodeKeys | None = None, head: bytes = b""
) -> Checked:
    """Return what a file is, if all the signatures and hashes in it hold.

    Args:
        data: content of the file.
        cards: of the nodes that are known, by id.
        keys: of this node, for what is sealed for it.
        head: for a log, the signed head that its first entries must make.

    Raises:
        ExchangeError: it is not what it claims to be, or cannot be told.
    """
    if data.count(b".") == 4 and data.lstrip()[:1] != b"{":
        if keys is None:
            raise ExchangeError(
                "is sealed: only its receiver can open it", rule="recipient", where="package",
                remedy="run this in the receiver's workspace",
            )  # fmt: skip
        data = keys.open(data, "package")
    try:
        message = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _log(data, head, cards)
    kind = message.get("type", "") if isinstance(message, dict) else ""
    if kind == PACKAGE:
        return _package(data, dict(cards))
    if kind == LETTER:
        card = _card(cards, message.get("from"))
        card.check(message)
        told = f"{message.get('kind')} {message.get('id')} for {message.get('to')}"
        return Checked("letter", card.id, told)
    if kind == RENEWAL:
        card = Card.read(msgspec.json.encode(message.get("card")))
        card.check(message)
        told = f"announces to {message.get('to')} the fingerprint {card.fingerprint}"
        return Checked("renewal", card.id, told)
    if kind == "manara-card":
        card = Card.read(data)
        return Checked("card", card.id, f"{card.name}, fingerprint {card.fingerprint}")
    if kind == RECEIPT:
        card = _card(cards, message.get("from"))
        confirmed = read_receipt(data, card)
        told = f"for package {confirmed.package}: {confirmed.facts} facts, {confirmed.leads} leads"
        return Checked("receipt", card.id, told)
    if kind == "manara-head":
        shown = read_head(message, _card(cards, message.get("node")))
        return Checked("head", shown.node, f"{shown.size} entries at {shown.at}")
    if kind == PROOF:
        return _proof(message, cards)
    if isinstance(message, dict) and "action" in message:
        return _log(data, head, cards)
    raise ExchangeError("is no file of the exchange", rule="form", where=kind or "file")


def _card(cards: Mapping[str, Card], node: Any) -> Card:
    if node not in cards:
        raise ExchangeError(
            f"no card of {node} is known", rule="signature", where="signer", remedy="give --card"
        )
    return cards[node]


def _package(data: bytes, cards: dict[str, Card]) -> Checked:
    package: Package = read_package(data, cards)
    known = origins(package, cards)
    facts = events = leads = 0
    for carried in package.objects:
        card = known[carried.object.body.origin]
        if carried.object.body.kind == "lead":
            leads += len(carried.object.opened(card))
        elif carried.object.body.kind == EVENTS:
            events += len(tellings(carried, card))
        else:
            facts += len(tellings(carried, card))
    taken = [recalled(each, known[each.body.origin]) for each in package.recalls]
    read_head(package.head, cards[package.sender])
    signers = ", ".join(sorted({each.object.body.origin for each in package.objects}))
    told = (
        f"package {package.id} for {package.receiver}, {package.purpose}, until {package.expires}: "
        f"{facts} facts, {events} events, {leads} leads, signed by {signers or package.sender}"
    )
    if taken:
        told += f", takes {sum(map(len, taken))} facts back"
    return Checked("package", package.sender, told)


def _proof(message: dict[str, Any], cards: Mapping[str, Card]) -> Checked:
    try:
        entry, index = str(message["entry"]), int(message["index"])
        hashes = [bytes.fromhex(each) for each in message["hashes"]]
        head = read_head(message["head"], _card(cards, message["head"].get("node")))
        told = entry_of(entry.encode())
    except (KeyError, TypeError, ValueError, AttributeError, WorkspaceError) as error:
        raise ExchangeError(f"is no proof: {error!r}", rule="form", where=PROOF) from error
    leaf = leaf_hash(entry.encode())
    if not verify_inclusion(leaf, index, head.size, hashes, bytes.fromhex(head.root)):
        raise ExchangeError("the entry is not in the log of this head", rule="log", where=PROOF)
    return Checked("proof", head.node, f"entry {index}: {told.action} {told.thing} by {told.by}")


def _log(data: bytes, head: bytes, cards: Mapping[str, Card]) -> Checked:
    """Check the entries of a log against a signed head of it."""
    lines = data.split(b"\n")[:-1]
    try:
        for line in lines:
            entry_of(line)
    except WorkspaceError as error:
        raise ExchangeError(
            "is no file of the exchange, or one that was cut", rule="form", where="file"
        ) from error
    if not lines or not head:
        raise ExchangeError(
            "needs a signed head to be checked against" if lines else "is no file of the exchange",
            rule="form", where="log", remedy="give --head",
        )  # fmt: skip
    message = read(head, "manara-head")
    known = read_head(message, _card(cards, message.get("node")))
    root = Tree.of(lines[: known.size]).root().hex()
    if len(lines) < known.size or root != known.root:
        raise ExchangeError(
            f"its first {known.size} entries are not those that {known.node} signed at {known.at}",
            rule="log",
            where="log",
        )
    told = f"{len(lines)} entries, the first {known.size} as signed at {known.at}"
    return Checked("log", known.node, told)
