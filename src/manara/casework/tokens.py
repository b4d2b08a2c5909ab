"""Tokens: with what a program asks in an account's place, for fewer rights and a limited time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from manara.casework.accounts import Account, Right, find
from manara.casework.journal import Journal
from manara.casework.secrets import digest, new_secret
from manara.model import NotFoundError, UsageError
from manara.store import tables

#: How long a token may last at most.
LONGEST = timedelta(days=366)

#: What a token begins with, so that a scanner for lost secrets knows it.
PREFIX = "manara_"


@dataclass(frozen=True, slots=True)
class Token:
    """What a program may do in an account's place.

    Attributes:
        id: the token's id, which is no secret.
        account: in whose place.
        name: what for, in words.
        rights: what may be done, as far as the account may.
        purpose: for what data are looked at, ``""`` for nothing.
        added_at: since when, UTC.
        until: until when, UTC.
        revoked: whether it is over.
    """

    id: str
    account: Account
    name: str
    rights: frozenset[Right]
    purpose: str
    added_at: datetime
    until: datetime
    revoked: bool


class Tokens:
    """The tokens of a workspace.

    Args:
        journal: where it is told.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def all(self) -> list[Token]:
        """Return all tokens, the newest first."""
        table = tables.tokens
        with self.journal.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.added_at.desc())).all()
            return [_token(row, find(connection, row.account)) for row in rows]

    def add(
        self,
        account_id: str,
        name: str,
        *,
        by: str,
        rights: Iterable[str],
        days: int,
        purpose: str = "",
    ) -> tuple[str, str]:
        """Add a token and return its id and its secret, which is not kept.

        Raises:
            NotFoundError: there is no such account.
            UsageError: the account has not all these rights or not this purpose, or it would last
                too long.
        """
        if not 0 < days <= LONGEST.days:
            raise UsageError("lasts 1 to 366 days", where=f"{days} days")
        token_id, secret, now = secrets.token_hex(6), PREFIX + new_secret(), datetime.now(UTC)
        with self.journal.writing() as (connection, note):
            account = find(connection, account_id)
            known = sorted(set(rights))
            if foreign := [right for right in known if right not in account.rights]:
                raise UsageError("is not a right of the account", where=", ".join(foreign)[:80])
            if purpose and purpose not in account.purposes:
                raise UsageError("is not a purpose of the account", where=purpose[:80])
            values = {
                "id": token_id,
                "account": account.id,
                "hash": digest(secret),
                "name": name[:200],
                "rights": json.dumps(known),
                "purpose": purpose,
                "added_at": now,
                "until": now + timedelta(days=days),
            }
            connection.execute(insert(tables.tokens).values(values))
            note(by, "token-add", token_id, account=account.id, rights=known, days=days)
        return token_id, secret

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret if it still counts, else None."""
        table = tables.tokens
        query = select(table).where(
            table.c.hash == digest(secret),
            table.c.until > datetime.now(UTC),
            table.c.revoked_at.is_(None),
        )
        with self.journal.reading() as connection:
            row = connection.execute(query).one_or_none()
            account = find(connection, row.account) if row else None
        return _token(row, account) if row and account and not account.disabled else None

    def revoke(self, token_id: str, *, by: str) -> None:
        """Let a token count no more.

        Raises:
            NotFoundError: there is none of this id.
        """
        table = tables.tokens
        with self.journal.writing() as (connection, note):
            change = update(table).where(table.c.id == token_id, table.c.revoked_at.is_(None))
            if not connection.execute(change.values(revoked_at=datetime.now(UTC))).rowcount:
                raise NotFoundError("no such token in force", where=token_id[:80])
            note(by, "token-revoke", token_id)


def _token(row: Row[Any], account: Account) -> Token:
    return Token(
        row.id,
        account,
        row.name,
        frozenset(Right(right) for right in json.loads(row.rights)),
        row.purpose if row.purpose in account.purposes else "",
        row.added_at,
        row.until,
        row.revoked_at is not None,
    )
