"""Of whom the office asks a second factor: of nobody, of some roles, or of everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from manara.casework.accounts import Account, Role
from manara.casework.journal import Journal
from manara.model import UsageError
from manara.store.policies import Policy, policies_on, settle, settled

#: The matter, as the registry and the audit log call it.
MATTER = "second-factor"

#: Stands among the roles for whoever signs in, with or without a role.
EVERYBODY = "everybody"


class Requirement(NamedTuple):
    """Of whom a second factor is asked.

    Attributes:
        roles: of accounts with any of these; `EVERYBODY` for all.
    """

    roles: tuple[str, ...] = ()

    def meets(self, account: Account) -> bool:
        """Return whether it is asked of an account."""
        return EVERYBODY in self.roles or not account.roles.isdisjoint(self.roles)


class Requirements:
    """What the office asks of those who sign in.

    Args:
        journal: where changes are told of.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def factor(self) -> Requirement:
        """Return of whom a second factor is asked now."""
        with self.journal.reading() as connection:
            return factor_required(connection)

    def history(self) -> list[Policy]:
        """Return all that was ever asked, the newest first; values are lists of roles."""
        with self.journal.reading() as connection:
            return policies_on(connection, MATTER)

    def require_factor(self, roles: Iterable[str], *, by: str, ground: str) -> Requirement:
        """Ask a second factor of accounts with any of some roles from now on, and return it.

        Args:
            roles: of whom; `EVERYBODY` for all, none for nobody.
            by: who settles it.
            ground: why.

        Raises:
            UsageError: there is no such role, or no ground.
        """
        asked = frozenset(roles)
        unknown = sorted(asked - {EVERYBODY, *Role})
        if unknown:
            raise UsageError("no such role", where=unknown[0][:80], remedy=", ".join(Role))
        after = Requirement((EVERYBODY,) if EVERYBODY in asked else tuple(sorted(asked)))
        with self.journal.writing() as (connection, note):
            before = factor_required(connection)
            settle(connection, MATTER, list(after.roles), by=by, ground=ground)
            told = {"before": list(before.roles), "after": list(after.roles)}
            note(by, "policy", MATTER, **told, ground=ground.strip())
        return after


def factor_required(connection: Connection) -> Requirement:
    """Return of whom a second factor is asked."""
    return Requirement(tuple(settled(connection, MATTER) or ()))


def owes_factor(connection: Connection, account: Account) -> bool:
    """Return whether an account has no second factor although it is asked of it."""
    return not account.second_factor and factor_required(connection).meets(account)
