"""Who acts on the command line: as whoever says so, or, where four eyes count, as who proves it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from manara.model import RefusedError

if TYPE_CHECKING:
    from manara.casework.accounts import Account
    from manara.casework.journal import Journal
    from manara.exchange import Node
    from manara.risk.programme.folder import Folder


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
    from manara.casework.accounts import Accounts, Right
    from manara.casework.journal import Journal

    name = officer or getpass.getuser()
    journal = Journal(node.workspace)
    if not node.partners.get(to).four_eyes or not Accounts(journal).all():
        return name
    proved = _proved(journal, name)
    if Right.RELEASE not in proved.rights:
        raise RefusedError("may not release", 403, where=name, remedy="ask a liaison officer")
    return proved.id


def member_of(programme: Folder, account: str) -> str:
    """Return the account that uses a risk programme, "" where its workspace has no accounts.

    Where there are accounts it gives its password and its one-time password, as in the console.

    Args:
        programme: the programme.
        account: the name given, ``""`` for that of the system's account.

    Raises:
        RefusedError: name and password are no pair, or the account's part is a smaller one.
        NotFoundError: the account has no part in the programme.
    """
    from manara.casework.accounts import Accounts, Right
    from manara.casework.journal import Journal
    from manara.casework.members import Part, home_of, need
    from manara.store import Workspace

    home = home_of(programme)
    if home is None:
        return ""
    with Workspace.open(home) as workspace:
        journal, name = Journal(workspace), account or getpass.getuser()
        if not Accounts(journal).all():
            return ""
        proved = _proved(journal, name)
        if Right.PROTECT not in proved.rights:
            raise RefusedError("is no risk manager", 403, where=name)
        need(programme, proved.id, Part.WORK)
        journal.note(proved.id, "programme-command", programme.path.name)
    return proved.id


def _proved(journal: Journal, name: str) -> Account:
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
    return session.account
