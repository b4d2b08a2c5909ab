"""Passkeys as the second factor (W3C Web Authentication, level 3): add one, sign in with one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import webauthn
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from manara.casework.factors import Passkey
from manara.casework.sessions import Session
from manara.console.access import enrolling
from manara.console.api.shapes import Text
from manara.console.entrance import console_of, entered, local, pending
from manara.model import RefusedError

router = APIRouter(include_in_schema=False)

# What a session keeps of a challenge says what it was for: one cannot stand in for the other.
_NEW, _ASK = "new-passkey:", "ask-passkey:"


class NewPasskey(BaseModel):
    """What an authenticator made."""

    name: Text = ""
    next: Text = "/account"
    credential: dict[str, Any]


class Answer(BaseModel):
    """What an authenticator signed."""

    next: Text = "/"
    credential: dict[str, Any] = {}


@router.post("/passkeys/new")
def new(request: Request, session: Annotated[Session, Depends(enrolling)]) -> Response:
    """What an authenticator needs to make a passkey for this account and node."""
    console, account = console_of(request), session.account
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=console.issuer,
        user_name=account.id,
        user_id=account.id.encode(),
        exclude_credentials=_known(console.factors.passkeys(account.id)),
    )
    console.factors.challenged(session, _NEW + bytes_to_base64url(options.challenge))
    return Response(webauthn.options_to_json(options), media_type="application/json")


@router.post("/passkeys")
def add(
    request: Request, session: Annotated[Session, Depends(enrolling)], made: NewPasskey
) -> dict[str, str]:
    """Sign in with a passkey from now on."""
    try:
        found = webauthn.verify_registration_response(
            credential=made.credential,
            expected_challenge=_challenge(session, _NEW),
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
        )
    except (WebAuthnException, ValueError, TypeError) as error:
        raise RefusedError("is no passkey made for this page", 400, where="passkey") from error
    passkey = Passkey(
        bytes_to_base64url(found.credential_id),
        made.name.strip() or "passkey",
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
        datetime.now(UTC),
    )
    console_of(request).factors.add_passkey(session, passkey)
    return {"next": local(made.next)}


@router.post("/passkeys/ask")
def ask(request: Request, session: Annotated[Session, Depends(pending)]) -> Response:
    """What a passkey is asked to sign."""
    factors = console_of(request).factors
    options = webauthn.generate_authentication_options(
        rp_id=_host(request), allow_credentials=_known(factors.passkeys(session.account.id))
    )
    factors.challenged(session, _ASK + bytes_to_base64url(options.challenge))
    return Response(webauthn.options_to_json(options), media_type="application/json")


@router.post("/passkeys/answer")
def answer(
    request: Request, session: Annotated[Session, Depends(pending)], signed: Answer
) -> Response:
    """Complete a session by what a passkey has signed."""
    console = console_of(request)
    console.sessions.attempt(session.account.id)
    known = {one.id: one for one in console.factors.passkeys(session.account.id)}
    passkey = known.get(str(signed.credential.get("id")))
    if passkey is None:
        console.sessions.failed(session.account.id)
    try:
        found = webauthn.verify_authentication_response(
            credential=signed.credential,
            expected_challenge=_challenge(session, _ASK),
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.uses,
        )
    except (WebAuthnException, ValueError, TypeError):
        console.sessions.failed(session.account.id)
    secret = console.factors.signed(session, passkey.id, found.new_sign_count)
    response = entered(console, secret, "/")
    response.status_code = 200
    del response.headers["location"]
    response.headers["content-type"] = "application/json"
    response.body = msgspec.json.encode({"next": local(signed.next)})
    response.headers["content-length"] = str(len(response.body))
    return response


def _challenge(session: Session, kind: str) -> bytes:
    if not session.challenge.startswith(kind):
        raise ValueError("nothing was asked")
    return base64url_to_bytes(session.challenge.removeprefix(kind))


def _known(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in passkeys]


def _host(request: Request) -> str:
    return request.url.hostname or ""


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
