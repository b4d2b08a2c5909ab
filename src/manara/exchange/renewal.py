"""New keys in the place of old ones: announced in time, or at once because one was lost or stolen.

In time, the old key signs what announces the new one, partners take messages signed by either
until a stated day, and the new one is used as soon as all of them know it, or that day is over. At
once, nothing that the old key signs counts: each partner hears the new fingerprint by telephone.
"""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from manara.exchange import keys as keeping
from manara.exchange.card import Card
from manara.exchange.node import Node, today
from manara.exchange.outbox import Outbox
from manara.exchange.partners import Partner
from manara.exchange.receipts import receipt
from manara.exchange.resealing import seal_all_anew
from manara.exchange.seal import digest, read, seal, signed
from manara.exchange.tls import (
    expires,
    fingerprint,
    has_certificate,
    make_certificate,
    own_certificate,
)
from manara.model import ExchangeError, UsageError

KIND = "manara-renewal"


class Renewal(msgspec.Struct, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """What announces new keys to a partner, without its signature, which is by the old key.

    Attributes:
        id: of the message.
        sender: id of the node whose keys they are.
        receiver: id of the partner.
        made: when.
        card: the new card.
        certificate: the new certificate for the network as PEM, or ``""``.
    """

    id: str
    sender: str
    receiver: str
    made: datetime
    card: dict[str, Any]
    certificate: str = ""


class Standing(NamedTuple):
    """How a node's keys stand.

    Attributes:
        card: the newest card.
        announced: whether its keys are announced and not in use yet.
        until: last day on which partners take the keys of before; None if there are none.
        waiting: partners that have not confirmed the announcement.
        certificate: SHA-256 of the newest certificate, or ``""``.
        expires: last day of that certificate.
    """

    card: Card
    announced: bool
    until: date | None
    waiting: list[str]
    certificate: str
    expires: date | None


def renew(node: Node, until: date, *, by: str) -> Standing:
    """Announce new keys, and a new certificate if there is one, to all partners.

    Done again while keys are announced, it announces the same ones to partners that were not told.

    Args:
        node: this node.
        until: last day on which partners take messages signed by the present key.
        by: the officer who renews.

    Raises:
        UsageError: the day is over.
        NotFoundError: the node has no identity.
    """
    keys, folder = node.keys, node.key_folder
    if not keeping.announced(folder):
        if until < today():
            raise UsageError("is over", where=until.isoformat(), remedy="name a day to come")
        following = keys.following(until)
        node.note(
            by, "renew", node.id, fingerprint=following.card.fingerprint, until=until.isoformat()
        )
        with keeping.announcing(folder) as making:
            following.put(making)
            if has_certificate(folder):
                make_certificate(node.id, making)
    settle(node, by=by)
    return standing(node)


def replace_lost(node: Node, ground: str, *, by: str) -> Standing:
    """Put new keys in the place of those that were lost or stolen, at once.

    Partners refuse this node until each has put the new card in the place of the old one with
    `replace_card`. The tables for blind questions must be made anew.

    Raises:
        UsageError: no ground is given.
        NotFoundError: the node has no identity.
    """
    if not ground.strip():
        raise UsageError("no ground", where=node.id, remedy="say what happened to the keys")
    folder, made = node.key_folder, node.keys.instead(today())
    node.note(by, "lost", node.id, fingerprint=made.card.fingerprint, reason=ground)
    with keeping.replacing_all(folder) as making:
        made.put(making)
        if has_certificate(folder):
            make_certificate(node.id, making)
    return standing(node)


def settle(node: Node, *, by: str) -> None:
    """Take announced keys into use once their time has come, and delete those that ran out.

    Partners that came since they were announced are told of them.
    """
    folder = node.key_folder
    if not (keeping.announced(folder) or keeping.running_out(folder)):
        return
    until = node.keys.card.overlap
    over = not until or until < today()
    if not over:
        _announce(node, by)
    if keeping.announced(folder) and (over or not _unconfirmed(node)):
        keeping.switch(folder)
        node.note(by, "renewed", node.id, fingerprint=node.keys.card.fingerprint)
        seal_all_anew(node, by=by)
    if over and keeping.running_out(folder):
        keeping.retire(folder)
        node.note(by, "retire", node.id)


def standing(node: Node) -> Standing:
    """Return how the keys of a node stand.

    Raises:
        NotFoundError: the node has no identity.
    """
    card, folder = node.keys.card, node.key_folder
    is_announced = keeping.announced(folder)
    until = card.overlap if card.overlap and card.overlap >= today() else None
    pem = announced_certificate(node)
    return Standing(
        card,
        is_announced,
        until,
        _unconfirmed(node) if is_announced else [],
        fingerprint(pem) if pem else "",
        expires(pem) if pem else None,
    )


def announced_certificate(node: Node) -> str:
    """Return the newest certificate of a node as PEM, ``""`` if it has none."""
    folder = keeping.newest(node.key_folder)
    return own_certificate(folder)[0].read_text("utf-8") if has_certificate(folder) else ""


def take_renewal(node: Node, plain: bytes, *, by: str) -> bytes:
    """Take a partner's new card and certificate, and return the receipt.

    Raises:
        ExchangeError: it is for another node, or no key of the partner that counts still handed
            on to the new card.
    """
    message = read(plain, KIND)
    partner = node.partners.known(str(message.get("from")), KIND)
    try:
        renewal = msgspec.convert(message, Renewal)
        if renewal.certificate:
            fingerprint(renewal.certificate)
    except (msgspec.ValidationError, UsageError) as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error
    if renewal.receiver != node.id:
        raise ExchangeError(f"is for {renewal.receiver}", rule="recipient", where=KIND)
    card = Card.read(msgspec.json.encode(renewal.card))
    if card != partner.card and not card.follows(partner.card, today()):
        raise ExchangeError(
            "does not follow in time from the card that is known here", rule="signature",
            where=partner.id, remedy="hear its fingerprint by voice: `manara partner replace`",
        )  # fmt: skip
    card.check(message, today())
    node.note(
        by, "renewal", renewal.id, sender=partner.id, fingerprint=card.fingerprint,
        until=card.overlap.isoformat() if card.overlap else "", sha256=digest(plain),
        certificate=fingerprint(renewal.certificate) if renewal.certificate else "",
    )  # fmt: skip
    if card != partner.card:
        changed = replace(partner, card=card)
        if renewal.certificate and renewal.certificate != partner.certificate:
            changed = replace(
                changed, certificate=renewal.certificate, former_certificate=partner.certificate
            )
        node.partners.put(changed)
    return receipt(node, renewal.id, plain, partner.id)


def replace_card(
    node: Node, shown: bytes, heard: str, *, by: str, certificate: str = "", partner: str = ""
) -> Partner:
    """Put a partner's card in the place of the one that is known, and return the partner.

    The keys and the certificate of before are refused at once, unless the card says until when
    they count. What its audit log showed is kept.

    Args:
        node: this node.
        shown: the new card.
        heard: its fingerprint as the partner said it, by voice.
        by: the officer who heard it.
        certificate: its new certificate as PEM; without, it has none any more.
        partner: id of the partner that the card must be of.

    Raises:
        ExchangeError: it is no card, or not of this fingerprint.
        NotFoundError: it is of no partner.
        UsageError: the certificate is none.
    """
    card = Card.read(shown)
    known = node.partners.get(card.id)
    if partner not in ("", card.id):
        raise UsageError("is the card of another node", where=card.id)
    if "".join(heard.split()).lower() != card.fingerprint.replace(" ", ""):
        node.note(by, "deny", card.id, rule="fingerprint")
        raise ExchangeError(
            "its fingerprint is not the one that was heard", rule="fingerprint", where=card.id,
            remedy="call the partner at the number you have always had, not at a new one",
        )  # fmt: skip
    overlaps = card.follows(known.card)
    node.note(
        by, "replace", card.id, fingerprint=card.fingerprint, before=known.card.fingerprint,
        overlap=overlaps, certificate=fingerprint(certificate) if certificate else "",
    )  # fmt: skip
    former = known.certificate if overlaps and certificate else ""
    changed = replace(known, card=card, certificate=certificate, former_certificate=former)
    node.partners.put(changed)
    return changed


def _announce(node: Node, by: str) -> None:
    """Tell the partners that were not told yet; the audit log has that they are."""
    card, pem = node.keys.card, announced_certificate(node)
    told = {to for to, _ in _told(node)}
    for partner in node.partners.all().values():
        if partner.id in told:
            continue
        message = Renewal(
            secrets.token_hex(16), node.id, partner.id, datetime.now(UTC), card.to_dict(), pem
        )
        plain = signed({"type": KIND, **msgspec.to_builtins(message)}, node.keys.signing)
        node.note(
            by, "announce", message.id, to=partner.id, fingerprint=card.fingerprint,
            sha256=digest(plain),
        )  # fmt: skip
        Outbox(node.workspace).put(partner.id, seal(plain, partner.card.encryption_key))


def _told(node: Node) -> list[tuple[str, str]]:
    """Return whom the newest keys were announced to, each with the id of the message."""
    shown = node.keys.card.fingerprint
    return [
        (str(each.detail["to"]), each.thing)
        for each in node.noted("announce")
        if each.detail["fingerprint"] == shown
    ]


def _unconfirmed(node: Node) -> list[str]:
    """Return the partners that were told of the newest keys and have not confirmed it."""
    told, known = _told(node), node.partners.all()
    confirmed = {(str(each.detail.get("sender")), each.thing) for each in node.noted("receipt")}
    return sorted({to for to, message in told if to in known and (to, message) not in confirmed})
