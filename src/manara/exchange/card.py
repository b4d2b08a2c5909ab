"""The card of a node: its public keys, and those it had before, each handed on by the one before.

A key that is replaced in time signs the one that follows it, so that whoever knew the old card can
tell that the new one is of the same node. One that was lost or stolen signs nothing: the new card
says that it is void, and its fingerprint is compared by telephone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from manara.exchange.seal import check, named_key, read, verify
from manara.model import ExchangeError
from manara.store.signing import canonical, key_id, sign

#: A node is called like a host, so that the name of its organisation can be in it.
NODE_ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
KIND = "manara-card"
#: Most keys that a node may have had before.
_MOST = 64


class Former(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signing key that a node had before.

    Attributes:
        signing: the key, as in `Card`.
        until: last day on which a message signed by it is taken; of a lost one the day it was cut.
        lost: whether it was lost or stolen, so that nothing signed by it counts any more.
        signature: by it, over what key follows it and when; empty if it was lost.
    """

    signing: str
    until: date
    lost: bool = False
    signature: str = ""


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a node shows its partners; its public keys are raw, in base64url.

    Attributes:
        id: what handling rules and partners call the node's organisation by.
        name: what people call it.
        signing: its Ed25519 key.
        encryption: its X25519 key.
        signature: of all this by the first.
        former: the signing keys it had before, oldest first.
    """

    id: str
    name: str
    signing: str
    encryption: str
    signature: str = ""
    former: Annotated[tuple[Former, ...], msgspec.Meta(max_length=_MOST)] = ()

    @property
    def signing_key(self) -> OKPKey:
        """The key that its signatures are checked with."""
        return _public("Ed25519", self.signing, self.id)

    @property
    def encryption_key(self) -> OKPKey:
        """The key that is sealed for."""
        return _public("X25519", self.encryption, self.id)

    @property
    def fingerprint(self) -> str:
        """128 bits of its hash in groups of four digits, to be compared by telephone."""
        digits = hashlib.sha256(self.encoded).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))

    @property
    def inherited(self) -> tuple[Former, ...]:
        """The former keys since the last that was lost: each signed the one after it."""
        lost = [at for at, each in enumerate(self.former) if each.lost]
        return self.former[lost[-1] + 1 :] if lost else self.former

    @property
    def root(self) -> str:
        """The first of the keys that were handed on to the present one without a break."""
        return self.inherited[0].signing if self.inherited else self.signing

    @property
    def overlap(self) -> date | None:
        """The last day on which the key before is still taken; None if there is no such day."""
        return self.inherited[-1].until if self.inherited else None

    def follows(self, older: Card, on: date = date.min) -> bool:
        """Return whether the key of an older card was handed on, in steps, to this one's.

        Args:
            older: the older card.
            on: a day on which that key must count still.
        """
        keys = {each.signing for each in self.inherited if on <= each.until}
        return self.id == older.id and older.signing in keys

    def voids(self, older: Card) -> bool:
        """Return whether an older card is of a key that was lost or stolen."""
        return any(each.lost and each.signing == older.signing for each in self.former)

    def check(self, message: Mapping[str, Any], on: date | None = None) -> None:
        """Return if a message is signed by this node.

        Args:
            message: the message.
            on: the day on which it arrives, on which the key must count still; None for a message
                that arrived in its time.

        Raises:
            ExchangeError: it is not, or by a key that does not count any more.
        """
        where = f"{message.get('type')} {message.get('id', '')}".strip()
        check(message, self._key(str(message.get("signature")), where, on))

    def verify(self, payload: bytes, signature: str, where: str) -> None:
        """Return if a detached signature of some bytes is by this node, now or in its time.

        Raises:
            ExchangeError: it is not, or by a key that was lost.
        """
        verify(payload, signature, self._key(signature, where, None), where)

    def _key(self, signature: str, where: str, on: date | None) -> OKPKey:
        """Return the key that a signature names; the present one if it names none of this node."""
        named = named_key(signature.partition(".")[0]) if self.former else ""
        for each in self.former:
            key = _public("Ed25519", each.signing, self.id)
            if key_id(key) != named:
                continue
            if each.lost or (on and on > each.until):
                how = "was lost or stolen" if each.lost else f"counted until {each.until}"
                raise ExchangeError(
                    f"is signed by a key of {self.id} that {how}", rule="signature", where=where,
                    remedy="have it sent again under the key of today",
                )  # fmt: skip
            return key
        return self.signing_key

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is handed over."""
        return {"type": KIND, **msgspec.to_builtins(self)}

    @property
    def encoded(self) -> bytes:
        """It as it is handed over, in canonical JSON."""
        return canonical(self.to_dict())

    @classmethod
    def read(cls, data: bytes) -> Card:
        """Return the card that a node handed over.

        Raises:
            ExchangeError: it is none, is not signed by the key in it, or names a key as its
                former one that did not hand on to it.
        """
        message = read(data, KIND)
        try:
            card = msgspec.convert(message, cls)
        except msgspec.ValidationError as error:
            raise ExchangeError(str(error), rule="form", where=KIND) from error
        if not NODE_ID.fullmatch(card.id):
            raise ExchangeError(f"{card.id!r} is no name of a node", rule="form", where=KIND)
        check(message, card.signing_key)
        after = [*(each.signing for each in card.former[1:]), card.signing]
        for each, follower in zip(card.former, after, strict=False):
            if not each.lost:
                key = _public("Ed25519", each.signing, card.id)
                verify(_handing_on(card.id, each, follower), each.signature, key, KIND)
        return card


def handed_on(card: Card, follower: str, until: date, key: OKPKey) -> tuple[Former, ...]:
    """Return the former keys of the card that comes after one.

    Args:
        card: the card so far.
        follower: the signing key that comes now.
        until: last day on which the present one is taken.
        key: the present private key.
    """
    former = Former(card.signing, until)
    signature = sign(_handing_on(card.id, former, follower), key)
    return (*card.former, msgspec.structs.replace(former, signature=signature))


def cut(card: Card, on: date) -> tuple[Former, ...]:
    """Return the former keys of the card that comes after one whose key was lost or stolen.

    Whatever still counted on that day counts no more: it may be in the same hands.
    """
    cut_now = [
        msgspec.structs.replace(each, until=on, lost=True, signature="")
        if not each.lost and each.until >= on
        else each
        for each in card.former
    ]
    return (*cut_now, Former(card.signing, on, lost=True))


def _handing_on(node: str, former: Former, follower: str) -> bytes:
    return canonical(
        {
            "type": "manara-succession",
            "node": node,
            "from": former.signing,
            "to": follower,
            "until": former.until.isoformat(),
        }
    )


@lru_cache(maxsize=1024)
def _public(curve: str, x: str, where: str) -> OKPKey:
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": curve, "x": x})
    except (JoseError, ValueError) as error:
        raise ExchangeError(
            f"a card with a key that is none: {error}", rule="form", where=where
        ) from error
