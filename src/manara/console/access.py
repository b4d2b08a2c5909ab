"""Who visits, and what they may see and do: asked in this one place, for pages and API alike."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from manara.casework.accounts import Account, Accounts, Right, Role
from manara.casework.factors import SecondFactors
from manara.casework.jobs import Jobs
from manara.casework.journal import Detail, Journal
from manara.casework.requirements import Requirements
from manara.casework.sessions import Session, Sessions
from manara.casework.thresholds import Thresholds
from manara.casework.tokens import Tokens
from manara.console.sso import SingleSignOn
from manara.console.workers import Workers
from manara.model import Handling, ManaraError, Recipient, RefusedError, Relation
from manara.store import Workspace

#: The header in which a script brings what a form brings in its field ``csrf``.
CSRF_HEADER = "X-CSRF-Token"

#: What changes nothing (RFC 9110, section 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

#: The account of the first administrator.
FIRST = "administrator"

# A browser takes a cookie of this prefix only over TLS and for this host.
_SECURE = "__Host-manara"


class Console:
    """What the console of a workspace needs beside the application.

    Args:
        workspace: the workspace.
        secure: whether browsers come over TLS, and so keep a session for it alone.

    Attributes:
        workspace: the workspace.
        journal: its audit log.
        accounts: who may sign in.
        sessions: who has.
        factors: what they sign in with beside a password.
        requirements: of whom a second factor is asked.
        tokens: what machines bring instead.
        thresholds: from when on somebody is alerted.
        jobs: the long work.
        workers: sees to it that this is done.
        sso: the provider of the single sign-on; None for none.
        secure: see above.
    """

    def __init__(self, workspace: Workspace, *, secure: bool = False) -> None:
        self.workspace = workspace
        self.journal = Journal(workspace)
        self.accounts = Accounts(self.journal)
        self.sessions = Sessions(self.journal)
        self.factors = SecondFactors(self.sessions)
        self.requirements = Requirements(self.journal)
        self.tokens = Tokens(self.journal)
        self.thresholds = Thresholds(workspace, self.journal)
        self.jobs = Jobs(workspace, self.journal)
        self.workers = Workers(workspace.root, self.jobs)
        self.sso = SingleSignOn.load(workspace.root)
        self.secure = secure

    def first_administrator(self) -> str:
        """Return the secret of a link for the first administrator; ``""`` if one has been used.

        An administrator who never set a password, because the link went astray, gets a new one.
        """
        known = self.accounts.all()
        if not known:
            roles = [Role.ADMINISTRATOR]
            return self.accounts.add(FIRST, "Administrator", by="manara", roles=roles)
        unused = len(known) == 1 and known[0].id == FIRST and known[0].last_seen is None
        return self.accounts.reset(FIRST, by="manara") if unused else ""

    @property
    def issuer(self) -> str:
        """What an app for one-time passwords calls this node."""
        return self.workspace.settings.organisation or "Manara"

    @property
    def cookie(self) -> str:
        """Name of the cookie that holds a session's secret."""
        return _SECURE if self.secure else "manara"


class SignInError(ManaraError):
    """Nobody has signed in, or not in full; a page answers with the way to do so."""

    code = "sign-in"


class FactorNeededError(SignInError):
    """Who has signed in must set up a second factor first; a page answers with the way to do so."""

    code = "second-factor"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody known.

    Attributes:
        account: who.
        rights: what may be done: the account's, or fewer where a token has fewer.
        purpose: for what the person looks at data now, ``""`` for nothing.
        language: in which language.
        csrf: what a form must bring along in its field ``csrf``; ``""`` for a token.
        session: the session; None for a token.
        console: what is behind.
    """

    account: Account
    rights: frozenset[Right]
    purpose: str
    language: str
    csrf: str
    session: Session | None
    console: Console

    def require(self, right: Right) -> None:
        """Return if this may be done.

        Raises:
            RefusedError: it may not; the audit log knows.
        """
        if right not in self.rights:
            self.note("refused", right)
            raise RefusedError(
                f"takes the right to {right}, which this account has not",
                403,
                where=self.account.id,
                remedy="ask an administrator for a role that has it",
            )

    def sees(self, handling: Handling) -> bool:
        """Return whether what comes under a rule may be seen here and now.

        That takes the right to read, a clearance that reaches the rule's level, and a rule that
        permits it for the present purpose.
        """
        if Right.READ not in self.rights or not self.purpose:
            return False
        if handling.tlp > self.account.clearance:
            return False
        organisation = self.console.workspace.settings.organisation
        recipient = Recipient(
            self.account.id, organisation, Relation.ORGANISATION, self.account.groups
        )
        return handling.permits(recipient, self.purpose, datetime.now(UTC).date()).permitted

    def forbidden(self, rules: Mapping[str, Handling]) -> frozenset[str]:
        """Return the ids of the handling rules under which nothing may be seen here and now."""
        return frozenset(key for key, rule in rules.items() if not self.sees(rule))

    def read(self, kind: str, ids: Iterable[str]) -> None:
        """Tell the audit log that personal data were looked at, and for what; once a page.

        Args:
            kind: of what: ``entity``, ``lead``, ``case`` …
            ids: which.
        """
        known = sorted(set(ids))
        if known:
            self.note("read", kind, ids=known)

    def note(self, action: str, thing: str, **detail: Detail) -> None:
        """Tell the audit log what was done, by whom and for what."""
        detail["purpose"] = self.purpose
        self.console.journal.note(self.account.id, action, thing, **detail)


async def visit(request: Request) -> Visit:
    """Return who visits: of the session that a cookie names, or of a token.

    Raises:
        SignInError: nobody known, or somebody who must set up a second factor first.
        RefusedError: a form or script of elsewhere sends it.
    """
    known: Visit | None = getattr(request.state, "visit", None)
    if known:
        return known
    found = await run_in_threadpool(_visit, request)
    if found.session and request.method not in SAFE:
        await check_csrf(request, found.csrf)
    request.state.visit = found
    return found


async def enrolling(request: Request) -> Session:
    """Return the session of somebody who may set up a second factor, be it asked for or not.

    Raises:
        SignInError: nobody has signed in, or not with the second factor that there is.
        RefusedError: a form or script of elsewhere sends it.
    """
    session = await run_in_threadpool(session_of, request)
    if session is None or not session.full:
        raise SignInError("nobody has signed in", remedy="sign in")
    if request.method not in SAFE:
        await check_csrf(request, session.csrf)
    return session


def token_in(headers: Headers) -> str:
    """Return the token that a request of a program brings, ``""`` for none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    # Clients of yente send their key as "ApiKey".
    return token.strip() if scheme.lower() in ("bearer", "apikey") else ""


def visit_of(console: Console, token: str) -> Visit:
    """Return the visit of a program.

    Raises:
        SignInError: its token does not count.
    """
    found = console.tokens.find(token)
    if found is None:
        raise SignInError("no valid token", where="Authorization")
    account = found.account
    rights = account.rights & found.rights
    return Visit(account, rights, found.purpose, account.language, "", None, console)


def rule(right: Right) -> Any:
    """Return what a route is given as one of its ``dependencies`` to say which right it takes."""
    return Depends(needs(right))


def needs(right: Right) -> Callable[[Visit], Awaitable[Visit]]:
    """Return a dependency that gives the visit if it may do this; see `Visit.require`."""

    async def allowed(visit: Annotated[Visit, Depends(visit)]) -> Visit:
        if right not in visit.rights:
            await run_in_threadpool(visit.require, right)
        return visit

    # By this the tests find out what a route takes.
    allowed.right = right  # type: ignore[attr-defined]
    return allowed


async def check_csrf(request: Request, expected: str) -> None:
    """Return if a request brings what only a page of ours can know.

    Raises:
        RefusedError: it does not.
    """
    given = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given is None and kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = (await request.form()).get("csrf")  # type: ignore[assignment]
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedError(
            "does not come from a page of this console",
            403,
            where="csrf",
            remedy="load the page again and repeat it",
        )


def session_of(request: Request) -> Session | None:
    """Return the session that a request's cookie names, full or not, or None."""
    console: Console = request.app.state.console
    secret = request.cookies.get(console.cookie, "")
    return console.sessions.find(secret) if secret else None


def _visit(request: Request) -> Visit:
    console: Console = request.app.state.console
    if token := token_in(request.headers):
        return visit_of(console, token)
    session = session_of(request)
    if session is None or not session.full:
        raise SignInError("nobody has signed in", remedy="sign in, or send a token")
    if session.owes_factor:
        raise FactorNeededError(
            "signing in takes a second factor here, and this account has none",
            where=session.account.id,
            remedy="set one up in the console",
        )
    account = session.account
    return Visit(
        account, account.rights, session.purpose, account.language, session.csrf, session, console
    )
