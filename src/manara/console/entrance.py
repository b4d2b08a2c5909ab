"""The way in and out: sign in, second factor, set a password by a link, sign out, purpose."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from manara.casework.sessions import Session
from manara.console.access import (
    SAFE,
    Console,
    SignInError,
    Visit,
    check_csrf,
    session_of,
    visit,
)
from manara.console.pages import render
from manara.console.sso import LASTS, Begun, SingleSignOn
from manara.model import NotFoundError, RefusedError, UsageError

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1000)]


async def pending(request: Request) -> Session:
    """Return the session of somebody who has given the password.

    Raises:
        SignInError: there is none.
        RefusedError: a form of elsewhere sends it.
    """
    session = await run_in_threadpool(session_of, request)
    if session is None:
        raise SignInError("nobody has signed in")
    if request.method not in SAFE:
        await check_csrf(request, session.csrf)
    return session


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    """The form to sign in."""
    return _ask_sign_in(request, local(next))


@router.post("/sign-in")
def sign_in(
    request: Request, account: Text = "", password: Text = "", next: Text = "/"
) -> Response:
    """Begin a session; the one before, if any, is not taken over."""
    console = console_of(request)
    try:
        secret = console.sessions.sign_in(account.strip().lower(), password)
    except RefusedError as error:
        return _ask_sign_in(request, local(next), account, error)
    begun = console.sessions.find(secret)
    onward = local(next) if begun and begun.full else f"/second-factor?next={quote(local(next))}"
    return entered(console, secret, onward)


@router.get("/sign-in/elsewhere")
def sign_in_elsewhere(request: Request, next: str = "/") -> Response:
    """Lead to the provider of the single sign-on."""
    console = console_of(request)
    address, begun = _sso(console).begin(local(next))
    response = RedirectResponse(address, 303)
    # Lax, since the way back begins at the provider.
    response.set_cookie(
        f"{console.cookie}-sso",
        " ".join(begun),
        max_age=LASTS,
        secure=console.secure,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return response


@router.get("/sign-in/back")
def sign_in_back(request: Request, state: str = "", code: str = "") -> Response:
    """Begin a session of whoever the provider vouches for."""
    console = console_of(request)
    kept = request.cookies.get(f"{console.cookie}-sso", "").split(" ", 3)
    try:
        if len(kept) != 4:
            raise RefusedError("did not begin in this browser", 401, where="single sign-on")
        begun = Begun(*kept)
        account = console.accounts.of_subject(_sso(console).subject(begun, state, code))
        if account is None:
            console.sessions.failed("")
        secret = console.sessions.sign_in_as(account)
    except RefusedError as error:
        return _ask_sign_in(request, "/", "", error)
    # Sent on by a page of ours, or the browser would take it for a way from elsewhere and keep
    # the session's cookie back.
    response = entered(console, secret, "/")
    response.status_code = 200
    response.headers["Refresh"] = f"0; url={local(begun.next)}"
    del response.headers["location"]
    response.delete_cookie(f"{console.cookie}-sso", secure=console.secure, httponly=True)
    return response


def _sso(console: Console) -> SingleSignOn:
    if console.sso is None:
        raise NotFoundError("no single sign-on is set up here", remedy="sign in with a password")
    return console.sso


def _ask_sign_in(
    request: Request, next: str, account: str = "", error: RefusedError | None = None
) -> Response:
    provider = console_of(request).sso
    shown = {"next": next, "account": account, "sso": provider.name if provider else ""}
    problem, status = (error.message, error.status) if error else ("", 200)
    return render(request, None, "sign-in.html", status=status, problem=problem, **shown)


@router.get("/second-factor")
def second_factor_page(
    request: Request, session: Annotated[Session, Depends(pending)], next: str = "/"
) -> Response:
    """The form for the second factor."""
    return _ask_factor(request, session, local(next))


@router.post("/second-factor")
def second_factor(
    request: Request,
    session: Annotated[Session, Depends(pending)],
    code: Text = "",
    next: Text = "/",
) -> Response:
    """Take a one-time password or a recovery code; the session before it ends."""
    console = console_of(request)
    try:
        secret = console.factors.confirm(session, code)
    except RefusedError as error:
        return _ask_factor(request, session, local(next), error)
    return entered(console, secret, local(next))


def _ask_factor(
    request: Request, session: Session, next: str, error: RefusedError | None = None
) -> Response:
    keys = console_of(request).factors.passkeys(session.account.id)
    shown = {"csrf": session.csrf, "next": next, "passkeys": bool(keys)}
    told = {"problem": error.message if error else ""}
    status = error.status if error else 200
    return render(request, None, "second-factor.html", status=status, **shown, **told)


@router.get("/welcome")
def welcome_page(request: Request, link: str = "") -> Response:
    """The form to set a password by a link."""
    account = console_of(request).sessions.invited(link)
    return render(request, None, "welcome.html", link=link, account=account, problem="")


@router.post("/welcome")
def welcome(request: Request, link: Text = "", password: Text = "", again: Text = "") -> Response:
    """Set a password and begin a session."""
    console = console_of(request)
    try:
        if password != again:
            raise UsageError("is not the same twice", where="password")
        secret = console.sessions.set_password(link, password)
    except (RefusedError, UsageError) as error:
        shown = {"link": link, "account": console.sessions.invited(link), "problem": str(error)}
        return render(request, None, "welcome.html", status=400, **shown)
    return entered(console, secret, "/")


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session, be it full or not."""
    console = console_of(request)
    session = await run_in_threadpool(session_of, request)
    if session:
        await check_csrf(request, session.csrf)
        await run_in_threadpool(console.sessions.end, session)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(console.cookie, secure=console.secure, httponly=True, samesite="strict")
    return response


@router.post("/purpose")
def purpose(
    visit: Annotated[Visit, Depends(visit)], purpose: Text = "", next: Text = "/"
) -> Response:
    """Look at data for another purpose from now on."""
    if visit.session:
        visit.console.sessions.for_purpose(visit.session, purpose)
    return RedirectResponse(local(next), 303)


def console_of(request: Request) -> Console:
    """Return what is behind a request."""
    console: Console = request.app.state.console
    return console


def entered(console: Console, secret: str, path: str) -> Response:
    """Return the answer that lets a browser keep a session and go on to a path."""
    response = RedirectResponse(path, 303)
    response.set_cookie(
        console.cookie, secret, secure=console.secure, httponly=True, samesite="strict", path="/"
    )
    return response


def local(path: str) -> str:
    """Return a path of this console, the first page in the place of anything else."""
    parts = urlsplit(path)
    plain = path.isprintable() and "\\" not in path and not path.startswith("//")
    return path if plain and path.startswith("/") and not (parts.scheme or parts.netloc) else "/"
