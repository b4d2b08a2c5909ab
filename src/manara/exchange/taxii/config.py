"""Who may read and write which collection: the file `taxii.toml` of a workspace."""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import msgspec

from manara.formats.stated_rule import StatedRule
from manara.model import Handling, Recipient, Relation, UsageError, WorkspaceError

#: The file in a workspace's folder.
FILE = "taxii.toml"

#: Stands for a purpose that was not stated.
UNSTATED = "unstated"
_COLLECTIONS = UUID("1e5bd8c1-6036-47d4-9b95-817aa8a9be3f")
_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
_REMEDY = "see the guide exchange-by-taxii"


class _Rule(StatedRule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tlp: str = "AMBER+STRICT"


class _Collection(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    description: str = ""
    id: str = ""
    purpose: str = UNSTATED
    handling: _Rule = msgspec.field(default_factory=_Rule)


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    token_sha256: str
    organisation: str = ""
    relation: str = "community"
    groups: list[str] = []
    read: list[str] = []
    write: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    title: str = "Manara"
    description: str = ""
    contact: str = ""
    collections: dict[str, _Collection] = {}
    accounts: dict[str, _Account] = {}


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of objects.

    Attributes:
        id: its UUID.
        alias: its name in the file and in addresses.
        title: what people call it.
        description: what it is for.
        handling: the rule that what others post to it comes under.
        purpose: what those who read it use it for; `UNSTATED` meets no rule that names purposes.
    """

    id: str
    alias: str
    title: str
    description: str
    handling: Handling
    purpose: str = UNSTATED


@dataclass(frozen=True, slots=True)
class Account:
    """Who may ask.

    Attributes:
        name: its name in the file.
        recipient: who it is to handling rules.
        read: aliases of the collections it may read.
        write: aliases of the collections it may post to.
        digest: SHA-256 of its token.
    """

    name: str
    recipient: Recipient
    read: frozenset[str]
    write: frozenset[str]
    digest: bytes

    @property
    def key(self) -> str:
        """The account as one that things were published for; another once the recipient changes."""
        who = self.recipient
        text = repr((self.name, who.id, who.organisation, who.relation, sorted(who.groups)))
        return f"|{hashlib.sha256(text.encode()).hexdigest()[:24]}|"


@dataclass(frozen=True, slots=True)
class Config:
    """What `taxii.toml` says.

    Attributes:
        title: of the server.
        description: of the server.
        contact: whom to ask.
        collections: by alias.
        accounts: all accounts.
    """

    title: str
    description: str
    contact: str
    collections: Mapping[str, Collection]
    accounts: tuple[Account, ...]

    @classmethod
    def load(cls, root: Path) -> Config | None:
        """Return what the file in a workspace's folder says, None if there is none.

        Raises:
            WorkspaceError: it cannot be used.
        """
        path = root / FILE
        if not path.exists():
            return None
        try:
            said = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
            collections = {
                alias: _collection(alias, one) for alias, one in said.collections.items()
            }
            accounts = tuple(
                _account(name, one, collections) for name, one in said.accounts.items()
            )
        except (ValueError, OSError, UsageError) as error:
            raise WorkspaceError(str(error), where=str(path), remedy=_REMEDY) from error
        return cls(said.title, said.description, said.contact, collections, accounts)

    def account(self, token: str) -> Account | None:
        """Return whose token this is."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        found = [one for one in self.accounts if hmac.compare_digest(one.digest, digest)]
        return found[0] if found else None

    def collection(self, name: str) -> Collection | None:
        """Return the collection of this id or alias."""
        for one in self.collections.values():
            if name in (one.id, one.alias):
                return one
        return None

    def readers(self, alias: str) -> list[Account]:
        """Return the accounts that may read a collection."""
        return [one for one in self.accounts if alias in one.read]


def _collection(alias: str, said: _Collection) -> Collection:
    if not _NAME.fullmatch(alias):
        raise ValueError(f"collection {alias!r}: use small letters, digits and _")
    key = str(UUID(said.id)) if said.id else str(uuid5(_COLLECTIONS, alias))
    rule = said.handling.handling()
    return Collection(key, alias, said.title or alias, said.description, rule, said.purpose)


def _account(name: str, said: _Account, collections: Mapping[str, Collection]) -> Account:
    if not name:
        raise ValueError("an account without a name")
    digest = bytes.fromhex(said.token_sha256)
    if len(digest) != 32:
        raise ValueError(f"account {name!r}: token_sha256 is not 64 hexadecimal digits")
    if unknown := {*said.read, *said.write} - collections.keys():
        raise ValueError(f"account {name!r}: no collection {', '.join(sorted(unknown))}")
    if said.relation.upper() not in Relation.__members__:
        raise ValueError(f"account {name!r}: no relation {said.relation!r}")
    organisation = said.organisation or name
    recipient = Recipient(
        organisation, organisation, Relation[said.relation.upper()], frozenset(said.groups)
    )
    return Account(name, recipient, frozenset(said.read), frozenset(said.write), digest)
