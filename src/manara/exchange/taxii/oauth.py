"""OAuth 2.0 client credentials (RFC 6749, section 4.4): short-lived tokens instead of the long one.

The access token is a JWT (RFC 7519, as RFC 9068 shapes it) that only this server can make, and is
void once the account's own token is another one.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from manara.exchange.taxii.config import Account, Config
from manara.exchange.taxii.credentials import authorization, basic
from manara.model import RefusedError

#: Where tokens are asked for, below the beginning of the service.
PATH = "oauth2/token"
#: How long an access token holds, in seconds.
LIFE = 900
#: Most bytes of a request for a token.
MOST_BYTES = 4096

_HEADER = {"alg": "HS256", "typ": "at+jwt"}


def granted(
    config: Config, secret: bytes, headers: Mapping[str, str], body: bytes
) -> dict[str, str | int]:
    """Return the answer to a request for a token.

    Args:
        config: who has an account.
        secret: of the workspace.
        headers: of the request, with names in lower case.
        body: a form with ``grant_type``, and with ``client_id`` and ``client_secret`` unless they
            stand in the header of HTTP's basic scheme.

    Raises:
        RefusedError: it is not granted; the message is the error code of RFC 6749, section 5.2.
    """
    if headers.get("content-type", "").partition(";")[0].strip() != (
        "application/x-www-form-urlencoded"
    ):
        raise RefusedError("invalid_request", 400, where="Content-Type")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise RefusedError("invalid_request", 400, where="body") from error
    form = dict(pairs)
    if len(form) != len(pairs) or "grant_type" not in form:
        raise RefusedError("invalid_request", 400, where="grant_type")
    if form["grant_type"] != "client_credentials":
        raise RefusedError("unsupported_grant_type", 400, where="grant_type")
    name, token = _client(headers, form)
    account = config.account(token)
    if account is None or account.name != name:
        raise RefusedError("invalid_client", 401, where="Authorization")
    now = int(time.time())
    claims = {
        "sub": account.name, "iat": now, "exp": now + LIFE, "jti": str(uuid4()),
        "cnf": account.digest.hex()[:32],
    }  # fmt: skip
    made = jwt.encode(_HEADER, claims, _key(secret))
    return {"access_token": made, "token_type": "Bearer", "expires_in": LIFE}


def holder(config: Config, secret: bytes, token: str) -> Account | None:
    """Return whose access token this is, None if it is none, has run out or was made void."""
    try:
        claims = jwt.decode(token, _key(secret), algorithms=["HS256"]).claims
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
    except (JoseError, ValueError):
        return None
    found = [one for one in config.accounts if one.name == claims.get("sub")]
    same = found and claims.get("cnf") == found[0].digest.hex()[:32]
    return found[0] if same else None


def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(hmac.digest(secret, b"oauth2 access tokens", "sha256"))


def _client(headers: Mapping[str, str], form: dict[str, str]) -> tuple[str, str]:
    """Return name and secret of the client (RFC 6749, section 2.3.1)."""
    scheme, said = authorization(headers)
    if scheme != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    name, secret = basic(said)
    return unquote_plus(name), unquote_plus(secret)
