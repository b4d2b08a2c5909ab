"""Whatever a partner hands over, taken in: packages, letters, receipts, blind questions, tables."""

from __future__ import annotations

import msgspec

from manara.exchange.blind.answering import Answerer
from manara.exchange.blind.question import KIND as QUESTION
from manara.exchange.blind.table import KIND as TABLE
from manara.exchange.blind.table import take_table
from manara.exchange.intake import import_package
from manara.exchange.letters import KIND as LETTER
from manara.exchange.letters import take_letter
from manara.exchange.node import Node
from manara.exchange.package import KIND as PACKAGE
from manara.exchange.receipts import KIND as RECEIPT
from manara.exchange.receipts import kept_receipt, take_receipt
from manara.exchange.renewal import KIND as RENEWAL
from manara.exchange.renewal import settle, take_renewal
from manara.exchange.seal import digest
from manara.model import ExchangeError


def take(node: Node, data: bytes, *, by: str, sender: str = "") -> tuple[str, bytes]:
    """Return what kind of message a partner handed over, and the receipt for it.

    What came before gets the receipt that it got then, and changes nothing.

    Args:
        node: this node.
        data: the message as it came.
        by: the officer or service that takes it in.
        sender: id of the partner whose certificate it came under, if it came by network.

    Returns:
        ``package``, ``letter``, ``renewal``, ``receipt``, ``table`` or ``question``, and the
        receipt or answer, ``b""`` to a receipt or table.

    Raises:
        ExchangeError: it cannot be relied on.
    """
    settle(node, by=by)
    sealed = data.lstrip()[:1] != b"{"
    try:
        plain = node.keys.open(data, "message") if sealed else data
        message = msgspec.json.decode(plain)
        kind, source = message["type"], message["from"]
        kept = kept_receipt(node, str(message.get("id", "")), digest(plain))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, KeyError) as error:
        raise ExchangeError("is no message of a partner", rule="form", where="message") from error
    if sender and source != sender:
        node.note(sender, "refuse", f"sha256:{digest(data)}", rule="certificate")
        raise ExchangeError(f"is of {source}", rule="certificate", where=sender)
    if sealed and kept:
        return str(kind).removeprefix("manara-"), kept
    if sealed and kind == PACKAGE:
        return "package", import_package(node, data, by=by).receipt
    if sealed and kind == LETTER:
        return "letter", take_letter(node, plain, by=by)
    if sealed and kind == RENEWAL:
        return "renewal", take_renewal(node, plain, by=by)
    if kind == QUESTION:
        return "question", Answerer(node).answer(data)
    if kind == TABLE:
        take_table(node, data, by=by)
        return "table", b""
    if kind == RECEIPT:
        take_receipt(node, data, by=by)
        settle(node, by=by)
        return "receipt", b""
    raise ExchangeError("is no message of a partner", rule="form", where=str(kind))
