"""The private keys of a node: those in use, those announced to follow, those that run out.

A folder holds the keys in use; ``next`` in it those that were announced and take their place once
all partners know, and ``former`` the encryption key before, for messages that are still on their
way.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from manara.exchange.card import NODE_ID, Card, Former, cut, handed_on
from manara.exchange.seal import sealed_for, signed, unseal
from manara.model import ExchangeError, NotFoundError, UsageError, WorkspaceError
from manara.store.files import sync_folder
from manara.store.signing import key_id

_SIGNING, _ENCRYPTION, _BLIND, _CARD = "signing.pem", "encryption.pem", "blind.key", "card.json"
_NEXT, _FORMER, _SWITCH = "next", "former", "switch"


class NodeKeys:
    """The private keys of a node; `create` makes them, `load` finds them.

    Attributes:
        card: what partners get to see; that of the announced keys as soon as there are some.
        signing: Ed25519, the one in use.
        encryption: X25519, the newest; `open` opens what was sealed for others that still count.
        blind: 32 bytes that the keys of blind matching are derived from.
    """

    def __init__(
        self, card: Card, signing: OKPKey, encryption: OKPKey, blind: bytes,
        others: tuple[OKPKey, ...] = (),
    ) -> None:  # fmt: skip
        self.card = card
        self.signing = signing
        self.encryption = encryption
        self.blind = blind
        self._opening = {key_id(key): key for key in (encryption, *others)}

    def open(self, sealed: bytes, where: str) -> bytes:
        """Return what was sealed for this node, under a key that still counts.

        Raises:
            ExchangeError: it was sealed for another, or changed on the way.
        """
        return unseal(sealed, self._opening.get(sealed_for(sealed), self.encryption), where)

    def following(self, until: date) -> NodeKeys:
        """Return new keys that these hand on to; these are taken through a day."""
        return _made(
            self.card, lambda follower: handed_on(self.card, follower, until, self.signing),
            self.blind,
        )  # fmt: skip

    def instead(self, on: date) -> NodeKeys:
        """Return new keys in the place of these, which were lost or stolen and count no more."""
        return _made(self.card, lambda follower: cut(self.card, on), secrets.token_bytes(32))

    def put(self, folder: Path) -> None:
        """Write them into a folder."""
        for file, content in (
            (_SIGNING, self.signing.as_pem(private=True)),
            (_ENCRYPTION, self.encryption.as_pem(private=True)),
            (_BLIND, self.blind),
            (_CARD, self.card.encoded),
        ):
            put_private(folder / file, content)

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
        if not NODE_ID.fullmatch(node):
            raise UsageError(
                "is no name of a node", where=node, remedy="use a to z, 0 to 9, points and hyphens"
            )
        if folder.exists():
            raise UsageError("there are keys already", where=str(folder))
        keys = _made(Card(node, name or node, "", ""), lambda _: (), secrets.token_bytes(32))
        with _appearing(folder) as making:
            keys.put(making)
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
        _finish(folder)
        try:
            signing, encryption = (_key(folder / file) for file in (_SIGNING, _ENCRYPTION))
            card, blind = Card.read((folder / _CARD).read_bytes()), _read(folder / _BLIND)
            whole = (_x(signing), _x(encryption)) == (card.signing, card.encryption)
            newest, others = encryption, list[OKPKey]()
            if (folder / _NEXT).is_dir():
                card, newest = (
                    Card.read((folder / _NEXT / _CARD).read_bytes()),
                    _key(folder / _NEXT / _ENCRYPTION),
                )
                others.append(encryption)
            if (folder / _FORMER).is_dir():
                others.append(_key(folder / _FORMER / _ENCRYPTION))
        except (OSError, ValueError, JoseError, ExchangeError) as error:
            raise WorkspaceError(f"cannot be used: {error}", where=str(folder)) from error
        if not whole or len(blind) != 32:
            raise WorkspaceError("the keys are not those of the card", where=str(folder))
        return cls(card, signing, newest, blind, tuple(others))


@contextmanager
def announcing(folder: Path) -> Iterator[Path]:
    """Yield where to put the keys that follow; they are announced once the block succeeds.

    Raises:
        UsageError: others are announced already.
    """
    if announced(folder):
        raise UsageError("new keys are announced already", where=str(folder))
    with _appearing(folder / _NEXT) as making:
        yield making


def announced(folder: Path) -> bool:
    """Return whether keys are announced that are not in use yet."""
    return (folder / _NEXT).is_dir()


def newest(folder: Path) -> Path:
    """Return where the announced keys are, or those in use if none are announced."""
    return folder / _NEXT if announced(folder) else folder


def running_out(folder: Path) -> bool:
    """Return whether a key of before is kept for messages that are still on their way."""
    return (folder / _FORMER).is_dir()


def switch(folder: Path) -> None:
    """Take the announced keys into use; what was sealed for those before can be opened still."""
    shutil.rmtree(folder / _FORMER, ignore_errors=True)
    with _appearing(folder / _FORMER) as making:
        put_private(making / _ENCRYPTION, _read(folder / _ENCRYPTION))
    (folder / _NEXT).rename(folder / _SWITCH)
    _finish(folder)


@contextmanager
def replacing_all(folder: Path) -> Iterator[Path]:
    """Yield where to put keys that are in use once the block succeeds, and nothing before them."""
    with _appearing(folder / _SWITCH) as making:
        yield making
        retire(folder)
        shutil.rmtree(folder / _NEXT, ignore_errors=True)
    _finish(folder)


def retire(folder: Path) -> None:
    """Delete the key of before."""
    shutil.rmtree(folder / _FORMER, ignore_errors=True)


def put_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _finish(folder: Path) -> None:
    """Put the keys of a switch in their place, file by file; also where a kill interrupted it."""
    waiting = folder / _SWITCH
    if waiting.is_dir():
        # Another process may be at the same.
        with suppress(FileNotFoundError):
            for path in waiting.iterdir():
                path.replace(folder / path.name)
            waiting.rmdir()
        sync_folder(folder)


def _made(before: Card, former: Callable[[str], tuple[Former, ...]], blind: bytes) -> NodeKeys:
    signing, encryption = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("X25519")
    card = Card(before.id, before.name, _x(signing), _x(encryption), former=former(_x(signing)))
    return NodeKeys(Card.read(signed(card.to_dict(), signing)), signing, encryption, blind)


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Yield a new folder that gets its name, whole and on disk, when the block succeeds."""
    making = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    making.mkdir(mode=0o700)
    try:
        yield making
        making.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _key(path: Path) -> OKPKey:
    return OKPKey.import_key(_read(path))


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise WorkspaceError(
            "others than its owner can read it", where=str(path), remedy=f"chmod 600 {path}"
        )
    return path.read_bytes()


def _x(key: OKPKey) -> str:
    return str(key.as_dict(private=False)["x"])
