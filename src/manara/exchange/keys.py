"""Who a node is: its card for partners, and the private keys behind it."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from manara.exchange.seal import check, read, signed
from manara.model import ExchangeError, NotFoundError, UsageError, WorkspaceError
from manara.store.files import sync_folder
from manara.store.signing import canonical

#: A node is called like a host, so that the name of its organisation can be in it.
_ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_FILES = ("signing.pem", "encryption.pem", "blind.key")
_CARD = "card.json"
_KIND = "manara-card"


class Card(msgspec.Struct, frozen=True):
    """What a node shows its partners; its public keys are raw, in base64url.

    Attributes:
        id: what handling rules and partners call the node's organisation by.
        name: what people call it.
        signing: its Ed25519 key.
        encryption: its X25519 key.
        signature: of all this by the first.
    """

    id: str
    name: str
    signing: str
    encryption: str
    signature: str = ""

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

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is handed over."""
        return {"type": _KIND, **msgspec.to_builtins(self)}

    @property
    def encoded(self) -> bytes:
        """It as it is handed over, in canonical JSON."""
        return canonical(self.to_dict())

    @classmethod
    def read(cls, data: bytes) -> Card:
        """Return the card that a node handed over.

        Raises:
            ExchangeError: it is none, or is not signed by the key in it.
        """
        message = read(data, _KIND)
        try:
            card = msgspec.convert(message, cls)
        except msgspec.ValidationError as error:
            raise ExchangeError(str(error), rule="form", where=_KIND) from error
        if not _ID.fullmatch(card.id):
            raise ExchangeError(f"{card.id!r} is no name of a node", rule="form", where=_KIND)
        check(message, card.signing_key)
        return card


class NodeKeys:
    """The private keys of a node; `create` makes them, `load` finds them.

    Attributes:
        card: what partners get to see.
        signing: Ed25519.
        encryption: X25519.
        blind: 32 bytes that the keys of blind matching are derived from.
    """

    def __init__(self, card: Card, signing: OKPKey, encryption: OKPKey, blind: bytes) -> None:
        self.card = card
        self.signing = signing
        self.encryption = encryption
        self.blind = blind

    @classmethod
    def create(cls, folder: Path, node: str, name: str) -> NodeKeys:
        """Return new keys, kept in a folder that only its owner can read.

        Args:
            folder: where; must not exist.
            node: id of the node, such as ``border.example``.
            name: what people call it.

        Raises:
            UsageError: the id is not well formed, or there are keys already.
        """
        if not _ID.fullmatch(node):
            raise UsageError(
                "is no name of a node", where=node, remedy="use a to z, 0 to 9, points and hyphens"
            )
        if folder.exists():
            raise UsageError("there are keys already", where=str(folder))
        signing, encryption = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("X25519")
        stated = Card(node, name or node, _x(signing), _x(encryption)).to_dict()
        del stated["signature"]
        card = Card.read(signed(stated, signing))
        keys = cls(card, signing, encryption, secrets.token_bytes(32))
        making = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        making.mkdir(mode=0o700)
        contents = (signing.as_pem(private=True), encryption.as_pem(private=True), keys.blind)
        for file, content in zip((*_FILES, _CARD), (*contents, card.encoded), strict=True):
            put_private(making / file, content)
        making.rename(folder)
        sync_folder(folder.parent)
        return keys

    @classmethod
    def load(cls, folder: Path) -> NodeKeys:
        """Return the keys in a folder.

        Raises:
            NotFoundError: there are none.
            WorkspaceError: they are damaged, or others can read them.
        """
        if not folder.is_dir():
            raise NotFoundError(
                "this node has no identity yet",
                where=str(folder),
                remedy="make one with `manara node --id NAME`",
            )
        try:
            signing, encryption, blind = (_read(folder / file) for file in _FILES)
            card = Card.read((folder / _CARD).read_bytes())
            keys = cls(card, OKPKey.import_key(signing), OKPKey.import_key(encryption), blind)
            whole = (_x(keys.signing), _x(keys.encryption)) == (card.signing, card.encryption)
        except (OSError, ValueError, JoseError, ExchangeError) as error:
            raise WorkspaceError(f"cannot be used: {error}", where=str(folder)) from error
        if not whole or len(blind) != 32:
            raise WorkspaceError("the keys are not those of the card", where=str(folder))
        return keys


def put_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise WorkspaceError(
            "others than its owner can read it", where=str(path), remedy=f"chmod 600 {path}"
        )
    return path.read_bytes()


def _x(key: OKPKey) -> str:
    return str(key.as_dict(private=False)["x"])


@lru_cache(maxsize=1024)
def _public(curve: str, x: str, where: str) -> OKPKey:
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": curve, "x": x})
    except (JoseError, ValueError) as error:
        raise ExchangeError(
            f"a card with a key that is none: {error}", rule="form", where=where
        ) from error
