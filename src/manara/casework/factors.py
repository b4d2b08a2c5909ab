"""Second factors: one-time passwords with recovery codes, and passkeys."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from datetime import datetime
from typing import Any, NamedTuple

import pyotp
from sqlalchemy import Connection, Row, delete, insert, select, update

from manara.casework.accounts import find, put
from manara.casework.journal import Journal
from manara.casework.secrets import digest
from manara.casework.sessions import Session, Sessions, begin, change
from manara.model import NotFoundError, RefusedError, UsageError
from manara.store import tables

#: How many recovery codes there are, each for one use.
CODES = 10

#: How long one one-time password counts, in seconds (RFC 6238, section 4.1).
STEP = 30

# A clock may be this many steps off (RFC 6238, section 5.2).
_OFF = (0, -1, 1)

_PENDING = "totp:"


class Passkey(NamedTuple):
    """A passkey of an account.

    Attributes:
        id: the credential's id, base64url.
        name: what its owner calls it.
        public_key: COSE key, base64url.
        uses: the authenticator's counter.
        added_at: since when, UTC.
    """

    id: str
    name: str
    public_key: str
    uses: int
    added_at: datetime


class SecondFactors:
    """What accounts sign in with beside the password.

    Args:
        sessions: who is on the way in.
    """

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.journal: Journal = sessions.journal

    def propose(self, session: Session, issuer: str) -> tuple[str, str]:
        """Return a new key for one-time passwords, and its address for an app to scan.

        Nothing is asked for yet: `accept` takes a first password made with it.
        """
        key = pyotp.random_base32()
        with self.journal.writing() as (connection, _):
            change(connection, session, challenge=_PENDING + key)
        return key, _address(key, session, issuer)

    def proposed(self, session: Session, issuer: str) -> tuple[str, str] | None:
        """Return what `propose` last returned for a session, None if no key waits."""
        if not session.challenge.startswith(_PENDING):
            return None
        key = session.challenge.removeprefix(_PENDING)
        return key, _address(key, session, issuer)

    def accept(self, session: Session, code: str) -> list[str]:
        """Ask for one-time passwords from now on, and return the recovery codes.

        Raises:
            UsageError: the code was not made with the key last proposed.
        """
        if not session.challenge.startswith(_PENDING):
            raise UsageError("no key was proposed", where="one-time password")
        key = session.challenge.removeprefix(_PENDING)
        step = _step(key, code, 0)
        if step is None:
            raise UsageError("is not the present one", where="one-time password")
        codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(CODES)]
        with self.journal.writing() as (connection, note):
            kept = json.dumps([digest(each) for each in codes])
            put(connection, session.account.id, totp=key, totp_step=step, recovery=kept)
            change(connection, session, challenge="")
            note(session.account.id, "factor-add", session.account.id, kind="one-time password")
        return codes

    def confirm(self, session: Session, code: str) -> str:
        """Return the secret of a full session for a one-time password or a recovery code.

        Raises:
            RefusedError: it is neither, or was used, or there were too many attempts.
        """
        row = self._attempt(session)
        code = "".join(code.split()).lower()
        changes = _used(row, code)
        if changes is None:
            self.sessions.failed(session.account.id)
        with self.journal.writing() as (connection, note):
            # Twice at once it would be two uses of one code.
            if _unchanged(connection, row):
                put(connection, session.account.id, **changes)
                if "recovery" in changes:
                    note(session.account.id, "recovery-code", session.account.id)
                return self._complete(connection, note, session)
        raise RefusedError("was used already", 401, where="code")

    def passkeys(self, account_id: str) -> list[Passkey]:
        """Return the passkeys of an account."""
        columns = tables.passkeys.c
        query = select(*(columns[name] for name in Passkey._fields))
        with self.journal.reading() as connection:
            rows = connection.execute(query.where(columns.account == account_id))
            return [Passkey(*row) for row in rows]

    def challenged(self, session: Session, challenge: str) -> None:
        """Keep what an authenticator is asked to sign."""
        with self.journal.writing() as (connection, _):
            change(connection, session, challenge=challenge)

    def add_passkey(self, session: Session, passkey: Passkey) -> None:
        """Ask for a passkey from now on."""
        with self.journal.writing() as (connection, note):
            values = passkey._asdict() | {"account": session.account.id}
            connection.execute(insert(tables.passkeys).values(values))
            change(connection, session, challenge="")
            note(session.account.id, "factor-add", session.account.id, kind="passkey")

    def drop_passkey(self, session: Session, passkey_id: str) -> None:
        """Ask for a passkey no longer.

        Raises:
            NotFoundError: the account has none of this id.
        """
        columns = tables.passkeys.c
        with self.journal.writing() as (connection, note):
            own = (columns.id == passkey_id) & (columns.account == session.account.id)
            if not connection.execute(delete(tables.passkeys).where(own)).rowcount:
                raise NotFoundError("no such passkey", where=passkey_id[:80])
            note(session.account.id, "factor-drop", session.account.id, kind="passkey")

    def signed(self, session: Session, passkey_id: str, uses: int) -> str:
        """Return the secret of a full session, since a passkey has signed what it was asked to."""
        table = tables.passkeys
        with self.journal.writing() as (connection, note):
            moved = update(table).where(table.c.id == passkey_id).values(uses=uses)
            connection.execute(moved)
            return self._complete(connection, note, session)

    def _attempt(self, session: Session) -> Row[Any]:
        row = self.sessions.attempt(session.account.id)
        if row is None:
            raise NotFoundError("no such account", where=session.account.id)
        return row

    @staticmethod
    def _complete(connection: Connection, note: Any, session: Session) -> str:
        table = tables.sessions
        connection.execute(delete(table).where(table.c.id == session.id))
        return begin(connection, note, find(connection, session.account.id), full=True)


def _address(key: str, session: Session, issuer: str) -> str:
    return pyotp.TOTP(key).provisioning_uri(name=session.account.id, issuer_name=issuer)


def _used(row: Row[Any], code: str) -> dict[str, object] | None:
    """Return how an account changes by the use of a code, None if it is not one of its own."""
    if row.totp:
        step = _step(row.totp, code, row.totp_step)
        if step is not None:
            return {"totp_step": step}
    kept = json.loads(row.recovery)
    known = digest(code)
    if known in kept:
        return {"recovery": json.dumps([each for each in kept if each != known])}
    return None


def _unchanged(connection: Connection, row: Row[Any]) -> bool:
    columns = tables.accounts.c
    query = select(columns.totp_step, columns.recovery).where(columns.id == row.id)
    return connection.execute(query).one() == (row.totp_step, row.recovery)


def _step(key: str, code: str, after: int) -> int | None:
    """Return the time step that a one-time password is of, if it is later than one, else None."""
    now = int(time.time()) // STEP
    for step in (now + off for off in _OFF):
        expected = pyotp.TOTP(key).generate_otp(step)
        if step > after and hmac.compare_digest(expected.encode(), code.encode()):
            return step
    return None
