"""Accounts: who may sign in, in which roles, for which purposes, up to which level."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from manara.casework.journal import Journal
from manara.casework.secrets import digest, new_secret
from manara.model import PURPOSES, NotFoundError, RefusedError, Tlp, UsageError
from manara.store import tables

#: Languages that the console speaks.
LANGUAGES = ("en", "fr", "ar")

#: How long a link to set a password may be used.
LINK_LASTS = timedelta(hours=24)

_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}[a-z0-9]|[a-z0-9]")


class Role(StrEnum):
    """What a person is here; an account may have several."""

    ANALYST = "analyst"
    OFFICER = "officer"
    LIAISON = "liaison"
    SUPERVISOR = "supervisor"
    DATA_PROTECTION = "data-protection-officer"
    AUDITOR = "auditor"
    TRAINER = "trainer"
    RISK_MANAGER = "risk-manager"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What can be done."""

    READ = "read"
    DECIDE = "decide"
    JUDGE = "judge"
    OPEN_CASE = "open-case"
    REVIEW = "review"
    RELEASE = "release"
    LIAISE = "liaise"
    EXPORT = "export"
    TAKE_IN = "take-in"
    SET_THRESHOLDS = "set-thresholds"
    TRAIN = "train"
    PROTECT = "protect"
    AUDIT = "audit"
    ERASE = "erase"
    ADMINISTER = "administer"


#: What each role may do. Who administers sees no data, and who audits sees who did what, not the
#: data themselves. Who protects sites sees what attackers would make of them, and nobody else does.
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ANALYST: frozenset(
        {Right.READ, Right.DECIDE, Right.JUDGE, Right.OPEN_CASE, Right.EXPORT, Right.TAKE_IN}
    ),
    Role.OFFICER: frozenset({Right.READ, Right.DECIDE}),
    Role.LIAISON: frozenset({Right.READ, Right.RELEASE, Right.LIAISE, Right.EXPORT}),
    Role.SUPERVISOR: frozenset(
        {Right.READ, Right.DECIDE, Right.JUDGE, Right.OPEN_CASE, Right.REVIEW, Right.RELEASE}
        | {Right.EXPORT, Right.TAKE_IN, Right.SET_THRESHOLDS}
    ),
    Role.DATA_PROTECTION: frozenset(
        {Right.READ, Right.REVIEW, Right.EXPORT, Right.AUDIT, Right.ERASE}
    ),
    Role.AUDITOR: frozenset({Right.AUDIT}),
    Role.TRAINER: frozenset({Right.TRAIN}),
    Role.RISK_MANAGER: frozenset({Right.PROTECT}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER, Right.LIAISE}),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        id: the name to sign in with, in small letters.
        name: the person's name.
        roles: what the person is here.
        groups: ids of groups that handling rules may name, such as a joint investigation team.
        purposes: for what the person may look at data; see `manara.model.PURPOSES`.
        clearance: the highest level the person may see.
        language: one of `LANGUAGES`.
        subject: the person's id at the single sign-on, ``""`` for none.
        second_factor: whether signing in takes a one-time password or a passkey as well.
        added_at: since when, UTC.
        last_seen: when the person last signed in, UTC; None for never.
        disabled: whether signing in is over.
        version: how often it has changed.
    """

    id: str
    name: str
    roles: frozenset[Role]
    groups: frozenset[str]
    purposes: frozenset[str]
    clearance: Tlp
    language: str
    subject: str
    second_factor: bool
    added_at: datetime
    last_seen: datetime | None
    disabled: bool
    version: int

    @property
    def rights(self) -> frozenset[Right]:
        """What the account may do."""
        return frozenset().union(*(RIGHTS[role] for role in self.roles))


class Accounts:
    """The accounts of a workspace.

    Args:
        journal: where changes are told of.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def all(self) -> list[Account]:
        """Return all accounts, by id."""
        with self.journal.reading() as connection:
            keyed = set(connection.scalars(select(tables.passkeys.c.account)))
            rows = connection.execute(select(tables.accounts).order_by(tables.accounts.c.id))
            return [account_of(row, row.id in keyed) for row in rows]

    def get(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self.journal.reading() as connection:
            return find(connection, account_id)

    def of_subject(self, subject: str) -> Account | None:
        """Return the account of an id at the single sign-on, None unless it is one's alone."""
        table = tables.accounts
        query = select(table.c.id).where(table.c.subject == subject)
        with self.journal.reading() as connection:
            known = connection.scalars(query).all() if subject else []
            return find(connection, known[0]) if len(known) == 1 else None

    def add(
        self,
        account_id: str,
        name: str,
        *,
        by: str,
        roles: Iterable[str],
        groups: Iterable[str] = (),
        purposes: Iterable[str] = (),
        clearance: Tlp = Tlp.AMBER_STRICT,
        language: str = "en",
        subject: str = "",
    ) -> str:
        """Add an account and return the secret of the link by which its password is set, once.

        Raises:
            UsageError: the id is taken or will not do, or there is no such role or language.
        """
        if not _ID.fullmatch(account_id):
            raise UsageError(
                "is no account name",
                where=account_id[:80],
                remedy="use small letters, digits and . _ @ -",
            )
        changes = _checked(
            name=name,
            roles=roles,
            groups=groups,
            purposes=purposes,
            clearance=clearance,
            language=language,
            subject=subject,
        )
        secret, now = new_secret(), datetime.now(UTC)
        link = {"link": digest(secret), "link_until": now + LINK_LASTS}
        blank = {"password": "", "totp": "", "recovery": "[]", "totp_step": 0, "failures": 0}
        with self.journal.writing() as (connection, note):
            if _row(connection, account_id):
                raise UsageError("is taken", where=account_id, remedy="choose another name")
            values = {"id": account_id, "added_at": now, "version": 1}
            connection.execute(insert(tables.accounts).values(changes | blank | link | values))
            note(by, "account-add", account_id, **_told(changes))
        return secret

    def change(
        self, account_id: str, *, by: str, version: int | None = None, **changes: Any
    ) -> Account:
        """Change ``name, roles, groups, purposes, clearance, language, subject`` or ``disabled``.

        Args:
            account_id: the account.
            by: who changes it.
            version: the version that was looked at; None for any.
            changes: what is to be different.

        Raises:
            NotFoundError: there is no such account.
            RefusedError: it has changed since, or nobody could administer afterwards.
        """
        disabled = changes.pop("disabled", None)
        values = _checked(**changes)
        told = _told(values)
        if disabled is not None:
            values["disabled_at"] = datetime.now(UTC) if disabled else None
            told["disabled"] = bool(disabled)
        with self.journal.writing() as (connection, note):
            before = find(connection, account_id)
            if version not in (None, before.version):
                raise RefusedError("has changed since", 412, where=account_id, remedy="look again")
            put(connection, account_id, **values, version=before.version + 1)
            _keep_an_administrator(connection, account_id)
            if disabled or "roles" in values:
                end_sessions(connection, account_id)
            note(by, "account-change", account_id, **told)
            return find(connection, account_id)

    def reset(self, account_id: str, *, by: str) -> str:
        """Forget password, second factors and sessions; return the secret of a link to start anew.

        Raises:
            NotFoundError: there is no such account.
        """
        secret = new_secret()
        with self.journal.writing() as (connection, note):
            before = find(connection, account_id)
            put(
                connection,
                account_id,
                **{"password": "", "totp": "", "recovery": "[]", "failures": 0},
                link=digest(secret),
                link_until=datetime.now(UTC) + LINK_LASTS,
                locked_until=None,
                version=before.version + 1,
            )
            keys = tables.passkeys
            connection.execute(delete(keys).where(keys.c.account == account_id))
            end_sessions(connection, account_id)
            note(by, "account-reset", account_id)
        return secret


def account_of(row: Row[Any], passkey: bool) -> Account:
    """Return the account that a row of the table states."""
    return Account(
        row.id,
        row.name,
        frozenset(Role(role) for role in json.loads(row.roles)),
        frozenset(json.loads(row.groups)),
        frozenset(json.loads(row.purposes)),
        Tlp(row.clearance),
        row.language,
        row.subject,
        bool(row.totp) or passkey,
        row.added_at,
        row.last_seen,
        row.disabled_at is not None,
        row.version,
    )


def find(connection: Connection, account_id: str) -> Account:
    """Return an account.

    Raises:
        NotFoundError: there is none of this id.
    """
    row = _row(connection, account_id)
    if row is None:
        raise NotFoundError(
            "no such account", where=account_id[:80], remedy="`manara account list` lists them"
        )
    keys = tables.passkeys.c
    query = select(func.count()).select_from(tables.passkeys).where(keys.account == account_id)
    return account_of(row, bool(connection.scalar(query)))


def put(connection: Connection, account_id: str, **values: object) -> None:
    """Change columns of an account."""
    table = tables.accounts
    connection.execute(update(table).where(table.c.id == account_id).values(values))


def end_sessions(connection: Connection, account_id: str) -> None:
    """Sign an account out everywhere."""
    table = tables.sessions
    connection.execute(delete(table).where(table.c.account == account_id))


def _row(connection: Connection, account_id: str) -> Row[Any] | None:
    table = tables.accounts
    return connection.execute(select(table).where(table.c.id == account_id)).one_or_none()


def _keep_an_administrator(connection: Connection, account_id: str) -> None:
    columns = tables.accounts.c
    query = select(columns.roles).where(columns.disabled_at.is_(None))
    if not any(Role.ADMINISTRATOR in json.loads(roles) for roles in connection.scalars(query)):
        raise RefusedError(
            "is the last administrator",
            409,
            where=account_id,
            remedy="make somebody else an administrator first",
        )


def _checked(**changes: Any) -> dict[str, Any]:
    """Return the columns that changes of an account amount to."""
    values = dict[str, Any]()
    for name, value in changes.items():
        match name:
            case "name" | "subject":
                values[name] = _text(name, value)
            case "language":
                values[name] = _one_of(name, value, LANGUAGES)
            case "roles":
                values[name] = _listed(_one_of("role", role, list(Role)) for role in value)
            case "groups":
                values[name] = _listed(_text("group", group) for group in value)
            case "purposes":
                values[name] = _listed(_one_of("purpose", each, PURPOSES) for each in value)
            case "clearance":
                values[name] = int(Tlp.parse(value) if isinstance(value, str) else value)
            case _:
                raise UsageError("cannot be changed", where=name)
    return values


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit log says of columns."""
    lists = ("roles", "groups", "purposes")
    return {key: json.loads(value) if key in lists else value for key, value in values.items()}


def _listed(texts: Iterable[str]) -> str:
    return json.dumps(sorted(set(texts)), ensure_ascii=False)


def _text(where: str, value: str) -> str:
    if len(value) > 200 or not value.isprintable():
        raise UsageError("is too long or not plain text", where=where)
    return value.strip()


def _one_of(where: str, value: str, known: Iterable[str]) -> str:
    if value not in list(known):
        raise UsageError(f"no such {where}", where=str(value)[:80], remedy=", ".join(known))
    return str(value)
