"""Signed objects from which facts can be left out without breaking the signature.

The signature covers the salted hash of each fact, not the fact, as in SD-JWT (RFC 9901, sections
4.2 and 7.1): whoever hands an object on leaves out what may not go further, and the receiver can
still check that the rest is the originator's. The salt keeps a short value from being guessed from
the hash of what was left out; how many facts were signed stays visible.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from manara.exchange.card import Card
from manara.exchange.keys import NodeKeys
from manara.exchange.seal import base64url, unbase64url
from manara.model import ExchangeError
from manara.store.signing import canonical, sign


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed.

    Attributes:
        kind: ``entity``, ``event``, ``lead`` or ``recall``.
        origin: id of the node that signed it.
        hashes: of the disclosures, sorted.
    """

    kind: str
    origin: str
    hashes: list[str]


class SignedObject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object as it travels.

    Attributes:
        body: what is signed.
        signature: of the canonical body by its origin.
        disclosures: what is told: each a salt and a value as canonical JSON in base64url.
    """

    body: Body
    signature: str
    disclosures: list[str]

    @classmethod
    def make(cls, kind: str, values: Iterable[Any], keys: NodeKeys) -> SignedObject:
        """Return an object of JSON values, signed by a node; their order tells nothing."""
        disclosures = sorted(_disclosure(value) for value in values)
        body = Body(kind, keys.card.id, sorted(map(hash_of, disclosures)))
        return cls(body, sign(_signed(body), keys.signing), disclosures)

    def without(self, dropped: Iterable[int]) -> SignedObject:
        """Return the object without the disclosures at these places."""
        gone = set(dropped)
        kept = [each for at, each in enumerate(self.disclosures) if at not in gone]
        return msgspec.structs.replace(self, disclosures=kept)

    @property
    def values(self) -> list[Any]:
        """What is disclosed, in its order, of an object that was checked before."""
        return [
            _value(each, f"{self.body.kind} of {self.body.origin}") for each in self.disclosures
        ]

    def opened(self, card: Card) -> list[Any]:
        """Return the values that are disclosed, in their order, after checking each.

        Args:
            card: of the node that is to have signed it.

        Raises:
            ExchangeError: it is of another node, or something in it was changed or added.
        """
        where = f"{self.body.kind} of {self.body.origin}"
        if self.body.origin != card.id:
            raise ExchangeError(f"is not of {card.id}", rule="signature", where=where)
        card.verify(_signed(self.body), self.signature, where)
        left = set(self.body.hashes)
        for disclosure in self.disclosures:
            if (found := hash_of(disclosure)) not in left:
                raise ExchangeError(
                    "holds something that its originator did not sign",
                    rule="signature",
                    where=where,
                )
            left.remove(found)
        return self.values


def _signed(body: Body) -> bytes:
    return canonical({"type": "manara-object", **msgspec.to_builtins(body)})


def _disclosure(value: Any) -> str:
    return base64url(canonical([base64url(secrets.token_bytes(16)), value]))


def hash_of(disclosure: str) -> str:
    """Return the hash under which a disclosure is signed."""
    return base64url(hashlib.sha256(disclosure.encode()).digest())


def _value(disclosure: str, where: str) -> Any:
    try:
        _, value = msgspec.json.decode(unbase64url(disclosure))
    except (ValueError, TypeError, msgspec.DecodeError) as error:
        raise ExchangeError(f"a disclosure is none: {error}", rule="form", where=where) from error
    return value
