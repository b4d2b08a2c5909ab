"""Signing in and staying so: sessions that end, doors that close on whoever guesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, delete, insert, select, update

from manara.casework.accounts import Account, account_of, end_sessions, find, put
from manara.casework.journal import Journal, Note
from manara.casework.requirements import owes_factor
from manara.casework.secrets import check_password, digest, hash_password, new_secret
from manara.model import RefusedError
from manara.store import tables

#: How long a session lasts without a request, and at most (NIST SP 800-63B-4, section 2.2.3).
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)

#: How long somebody who has given the password has for the second factor.
PENDING = timedelta(minutes=10)

#: How many wrong passwords or codes in a row close an account, for how long, doubling to how long.
TRIES, CLOSED, CLOSED_MOST = 5, timedelta(seconds=30), timedelta(hours=1)

# A session need not say at every request when it was last used.
_SEEN = timedelta(minutes=1)

_WRONG = "name, password or code is wrong, or the account is closed for now"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in, or on the way there.

    Attributes:
        id: what the session is kept as, never its secret.
        account: who.
        csrf: what a form must bring along.
        purpose: for what the person looks at data now, ``""`` for nothing.
        full: whether the second factor, if there is one, was given.
        challenge: what a passkey was last asked to sign.
        vouched: whether the single sign-on says who it is, and so asks for the second factor.
        owes_factor: whether the office asks this account for a second factor, and it has none.
    """

    id: str
    account: Account
    csrf: str
    purpose: str
    full: bool
    challenge: str
    vouched: bool
    owes_factor: bool


class Sessions:
    """Who is signed in.

    Args:
        journal: where it is told.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def sign_in(self, account_id: str, password: str) -> str:
        """Return the secret of a new session.

        Where the account has a second factor, the session is not full before `SecondFactors` says.

        Raises:
            RefusedError: name and password are no pair, or the account is closed.
        """
        row = self.attempt(account_id)
        kept = check_password(row.password if row else "", password)
        if row is None or kept is None or row.disabled_at:
            self.failed(account_id if row else "")
        with self.journal.writing() as (connection, note):
            account = find(connection, account_id)
            full = not account.second_factor
            put(connection, account_id, password=kept)
            return begin(connection, note, account, full=full)

    def sign_in_as(self, account: Account) -> str:
        """Return the secret of a new session of somebody whom the single sign-on has vouched for.

        Raises:
            RefusedError: the account is disabled.
        """
        if account.disabled:
            self.failed(account.id)
        with self.journal.writing() as (connection, note):
            return begin(connection, note, account, full=True, vouched=True)

    def attempt(self, account_id: str) -> Row[Any] | None:
        """Count an attempt as failed until it has succeeded, and return the account's row.

        Raises:
            RefusedError: there were too many.
        """
        now, table = datetime.now(UTC), tables.accounts
        with self.journal.writing() as (connection, _):
            query = select(table).where(table.c.id == account_id)
            row = connection.execute(query).one_or_none()
            closed = row is not None and row.locked_until and row.locked_until > now
            if row is not None and not closed:
                failures = row.failures + 1
                over = min(failures - TRIES, 20)
                until = now + min(CLOSED * 2**over, CLOSED_MOST) if over >= 0 else None
                put(connection, account_id, failures=failures, locked_until=until)
        if closed:
            self.failed(account_id)
        return row

    def failed(self, account_id: str) -> NoReturn:
        """Tell the log of a failed attempt and refuse it.

        Args:
            account_id: whose, ``""`` if there is no such account: somebody may have typed a
                password in its place.

        Raises:
            RefusedError: always.
        """
        self.journal.note(account_id, "sign-in-refused", account_id)
        raise RefusedError(
            _WRONG, 401, remedy="try again in a while, or have an administrator reset the account"
        )

    def find(self, secret: str) -> Session | None:
        """Return the session that a secret is of, or None if there is none or it has ended."""
        now, table, key = datetime.now(UTC), tables.sessions, digest(secret)
        with self.journal.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == key)).one_or_none()
            if row is None:
                return None
            account = find(connection, row.account)
            owes = not row.vouched and owes_factor(connection, account)
        limit = LONGEST if row.full else PENDING
        if now - row.seen_at > IDLE or now - row.began_at > limit or account.disabled:
            return None
        if now - row.seen_at > _SEEN:
            with self.journal.writing() as (connection, _):
                connection.execute(update(table).where(table.c.id == key).values(seen_at=now))
        purpose = row.purpose if row.purpose in account.purposes else ""
        told = (row.csrf, purpose, row.full, row.challenge, row.vouched, owes)
        return Session(key, account, *told)

    def for_purpose(self, session: Session, purpose: str) -> None:
        """Let a session look at data for another purpose from now on.

        Raises:
            RefusedError: the account may not for this purpose.
        """
        if purpose not in session.account.purposes:
            raise RefusedError("is not a purpose of this account", 403, where=purpose[:80])
        with self.journal.writing() as (connection, note):
            change(connection, session, purpose=purpose)
            note(session.account.id, "purpose", purpose)

    def end(self, session: Session) -> None:
        """Sign out."""
        table = tables.sessions
        with self.journal.writing() as (connection, note):
            connection.execute(delete(table).where(table.c.id == session.id))
            note(session.account.id, "sign-out", session.account.id)

    def invited(self, link: str) -> Account | None:
        """Return whose link to set a password this is, or None if it is none or was used."""
        with self.journal.reading() as connection:
            return _invited(connection, link)

    def set_password(self, link: str, password: str) -> str:
        """Set a password by a link, which is used up by it, and return a session's secret.

        Raises:
            RefusedError: the link is none, was used, or is too old.
            UsageError: the password will not do.
        """
        account = self.invited(link)
        hashed = hash_password(password, account.id if account else "")
        with self.journal.writing() as (connection, note):
            account = _invited(connection, link)
            if account is None:
                raise RefusedError(
                    "the link was used or is too old",
                    403,
                    remedy="have an administrator reset the account",
                )
            put(connection, account.id, password=hashed, link="", link_until=None)
            end_sessions(connection, account.id)
            note(account.id, "password-set", account.id)
            return begin(connection, note, account, full=not account.second_factor)

    def change_password(self, session: Session, old: str, new: str) -> str:
        """Change one's own password, sign out everywhere, and return a new session's secret.

        Raises:
            RefusedError: the old one is wrong.
            UsageError: the new one will not do.
        """
        account = session.account
        hashed = hash_password(new, account.id)
        row = self.attempt(account.id)
        if row is None or check_password(row.password, old) is None:
            self.failed(account.id)
        with self.journal.writing() as (connection, note):
            put(connection, account.id, password=hashed)
            end_sessions(connection, account.id)
            note(account.id, "password-set", account.id)
            return begin(connection, note, account, full=True, vouched=session.vouched)


def begin(
    connection: Connection, note: Note, account: Account, *, full: bool, vouched: bool = False
) -> str:
    """Begin a session and return its secret, which nobody can know before.

    Args:
        connection: a transaction.
        note: tells the log.
        account: whose.
        full: whether no second factor is missing.
        vouched: whether the single sign-on says who it is.
    """
    secret, now, table = new_secret(), datetime.now(UTC), tables.sessions
    connection.execute(delete(table).where(table.c.seen_at < now - LONGEST))
    values = {
        "id": digest(secret),
        "account": account.id,
        "csrf": new_secret(),
        "purpose": min(account.purposes, default=""),
        "challenge": "",
        "full": full,
        "vouched": vouched,
        "began_at": now,
        "seen_at": now,
    }
    connection.execute(insert(table).values(values))
    if full:
        put(connection, account.id, failures=0, locked_until=None, last_seen=now)
        note(account.id, "sign-in", account.id)
    return secret


def change(connection: Connection, session: Session, **values: object) -> None:
    """Change columns of a session."""
    table = tables.sessions
    connection.execute(update(table).where(table.c.id == session.id).values(values))


def _invited(connection: Connection, link: str) -> Account | None:
    table = tables.accounts
    query = select(table).where(
        table.c.link == digest(link),
        table.c.link_until > datetime.now(UTC),
        table.c.disabled_at.is_(None),
    )
    row = connection.execute(query).one_or_none() if link else None
    return account_of(row, False) if row else None
