"""Who acts on the command line: as whoever says so, or, where four eyes count, as who proves it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from manara.model import RefusedError

if TYPE_CHECKING:
    from manara.casework.journal import Journal
    from manara.exchange import Node


def officer_of(node: Node, officer: str, to: str) -> str:
    """Return the officer who sends something to a partner.

    Where four eyes were agreed with it and the workspace has accounts, the officer is one of them,
    and gives its password and its one-time password, so that nobody is two officers.

    Args:
        node: this node.
        officer: the name given, ``""`` for that of the system's account.
        to: id of the partner.

    Raises:
        RefusedError: name and password are no pair, or the account may not release.
        NotFoundError: there is no such partner.
    """
    from manara.casework.accounts import Accounts
    from manara.casework.journal import Journal

    name = officer or getpass.getuser()
    journal = Journal(node.workspace)
    if not node.partners.get(to).four_eyes or not Accounts(journal).all():
        return name
    return _proved(journal, name)


def _proved(journal: Journal, name: str) -> str:
    from manara.casework.accounts import Right
    from manara.casework.factors import SecondFactors
    from manara.casework.sessions import Sessions

    sessions = Sessions(journal)
    password = click.prompt(f"Password of {name}", hide_input=True, err=True)
    session = sessions.find(sessions.sign_in(name, password))
    if session and not session.full:
        code = click.prompt("One-time password", hide_input=True, err=True)
        session = sessions.find(SecondFactors(sessions).confirm(session, code))
    if session is None:
        raise RefusedError("is not signed in", 401, where=name)
    sessions.end(session)
    if session.owes_factor:
        raise RefusedError(
            "owes a second factor", 403, where=name, remedy="add one in the console, at Account"
        )
    if Right.RELEASE not in session.account.rights:
        raise RefusedError("may not release", 403, where=name, remedy="ask a liaison officer")
    return session.account.id
