"""Single sign-on by OpenID Connect: the provider says who somebody is, never what they may.

The authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC
7636; RFC 9700). Nothing is fetched but from the provider that the workspace names.
"""

from __future__ import annotations

import secrets
import time
import tomllib
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from manara.model import RefusedError, WorkspaceError

#: The file of a workspace that names the provider.
FILE = "sso.toml"

#: How long somebody has to sign in at the provider, in seconds.
LASTS = 600

_SETTINGS = ("name", "issuer", "client_id", "client_secret_file", "address")
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]

# Clocks may differ by so much, in seconds.
_SKEW = 60


class Begun(NamedTuple):
    """What a browser keeps while its owner signs in at the provider; random but for the last."""

    state: str
    nonce: str
    verifier: str
    next: str


@dataclass
class SingleSignOn:
    """The provider of a workspace.

    Attributes:
        name: what the button to sign in says.
        issuer: the provider's address.
        client_id: what it calls this node.
        client_secret: by which it knows this node.
        address: where browsers reach this node.
        transport: how it is reached, None for the network.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str
    address: str
    transport: httpx.BaseTransport | None = None

    @classmethod
    def load(cls, root: Path) -> SingleSignOn | None:
        """Return the provider that a workspace names, None if it names none.

        Raises:
            WorkspaceError: the file lacks a setting, or an address is not of https.
        """
        path = root / FILE
        if not path.exists():
            return None
        try:
            values = tomllib.loads(path.read_text("utf-8"))
            secret = (root / str(values["client_secret_file"])).read_text("utf-8").strip()
            texts = {name: str(values[name]).rstrip("/") for name in _SETTINGS}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
            raise WorkspaceError(
                f"cannot be used: {error}", where=str(path), remedy=f"give {', '.join(_SETTINGS)}"
            ) from error
        for name in ("issuer", "address"):
            parts = urlsplit(texts[name])
            if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
                raise WorkspaceError(f"{name} is not of https", where=str(path))
        del texts["client_secret_file"]
        name, issuer, client_id, address = texts.values()
        return cls(name, issuer, client_id, secret, address)

    def begin(self, next: str) -> tuple[str, Begun]:
        """Return the provider's address to send a browser to, and what it keeps meanwhile."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = Begun(state, nonce, verifier, next)
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._provider["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address), begun

    def subject(self, begun: Begun, state: str, code: str) -> str:
        """Return the id of whoever comes back from the provider.

        Raises:
            RefusedError: the provider does not vouch for them, or it is another's answer.
        """
        if not code or not secrets.compare_digest(begun.state.encode(), state.encode()):
            raise _refused("is not an answer to this browser")
        try:
            with self._client() as client:
                token = client.fetch_token(
                    self._provider["token_endpoint"], code=code, code_verifier=begun.verifier
                )
            keys = KeySet.import_key_set(self._get(self._provider["jwks_uri"]))
            claims = jwt.decode(token["id_token"], keys, algorithms=_ALGORITHMS).claims
        except (httpx.HTTPError, JoseError, KeyError, ValueError) as error:
            raise _refused(f"did not vouch for you ({type(error).__name__})") from error
        except Exception as error:
            # Authlib's errors have no root that it makes public.
            raise _refused("refused the code") from error
        return self._checked(claims, begun.nonce)

    def _checked(self, claims: dict[str, Any], nonce: str) -> str:
        """Return the subject of an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
        audience = claims.get("aud")
        known = audience if isinstance(audience, list) else [audience]
        expires = claims.get("exp")
        holds = (
            str(claims.get("iss", "")).rstrip("/") == self.issuer
            and self.client_id in known
            and (len(known) == 1 or claims.get("azp") == self.client_id)
            and isinstance(expires, int | float)
            and expires > time.time() - _SKEW
            and claims.get("nonce") == nonce
        )
        subject = claims.get("sub")
        if not holds or not isinstance(subject, str) or not subject:
            raise _refused("did not vouch for you")
        return subject

    @cached_property
    def _provider(self) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0, section 4)."""
        try:
            found: dict[str, Any] = self._get(f"{self.issuer}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            raise _refused("cannot be reached") from error
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            raise _refused("says that it is another")
        return found

    def _get(self, address: str) -> Any:
        with httpx.Client(transport=self.transport, timeout=10) as client:
            return client.get(address).raise_for_status().json()

    def _client(self) -> Any:
        with warnings.catch_warnings():
            # It would rather have a fork of httpx.
            warnings.simplefilter("ignore")
            from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self.client_id,
            self.client_secret,
            scope="openid",
            redirect_uri=f"{self.address}/sign-in/back",
            code_challenge_method="S256",
            transport=self.transport,
            timeout=10,
        )


def _refused(message: str) -> RefusedError:
    return RefusedError(
        message, 401, where="single sign-on", remedy="try again, or sign in with a password"
    )
