"""Short-lived tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from manara.exchange.taxii.client import Access, Client
from manara.exchange.taxii.server import MEDIA
from manara.model import FetchError
from tests.exchange.taxii.conftest import TOKENS, Live

FORM = {"grant_type": "client_credentials"}


def ask(live: Live, form: Any = FORM, **more: Any) -> httpx.Response:
    more.setdefault("auth", ("reader", TOKENS["reader"]))
    return httpx.post(f"{live.address}/taxii2/oauth2/token", data=form, **more)


def listed(live: Live, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA}
    return httpx.get(f"{live.root}collections/", headers=headers).status_code


def test_a_token_is_given_and_opens_what_the_account_may(live: Live) -> None:
    answer = ask(live)
    told = answer.json()
    assert (answer.status_code, told["token_type"]) == (200, "Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 0 < told["expires_in"] <= 3600
    assert listed(live, told["access_token"]) == 200
    in_form = FORM | {"client_id": "reader", "client_secret": TOKENS["reader"]}
    assert ask(live, in_form, auth=None).status_code == 200


@pytest.mark.parametrize(
    ("form", "more", "status", "error"),
    [
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({"scope": "x"}, {}, 400, "invalid_request"),
        ({}, {}, 400, "invalid_request"),
        (FORM, {"auth": ("reader", "wrong")}, 401, "invalid_client"),
        (FORM, {"auth": ("writer", TOKENS["reader"])}, 401, "invalid_client"),
        (FORM, {"auth": None}, 401, "invalid_client"),
        (FORM, {"headers": {"Content-Type": "application/json"}}, 400, "invalid_request"),
        (None, {"content": b"\xff=1&grant_type"}, 400, "invalid_request"),
    ],
)
def test_errors_are_those_of_the_standard(
    live: Live, form: Any, more: dict[str, Any], status: int, error: str
) -> None:
    answer = ask(live, form, **more)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert (status == 401) == ("WWW-Authenticate" in answer.headers)


def test_a_token_of_others_is_none(live: Live) -> None:
    now = int(time.time())
    claims = {"sub": "reader", "iat": now, "exp": now + 600}
    claims["cnf"] = hashlib.sha256(TOKENS["reader"].encode()).hexdigest()[:32]
    for alg, key in (("HS256", OctKey.import_key(b"k" * 32)),):
        assert listed(live, jwt.encode({"alg": alg}, claims, key)) == 401
    header, payload, _ = ask(live).json()["access_token"].split(".")
    assert listed(live, f"{header}.{payload}.") == 401
    assert listed(live, "eyJhbGciOiJub25lIn0." + payload + ".") == 401


def test_a_token_runs_out(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    token = ask(live).json()["access_token"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 901)
    assert listed(live, token) == 401


def test_the_client_shows_short_lived_tokens(live: Live) -> None:
    address = f"{live.address}/taxii2/"
    tokens = f"{address}oauth2/token"
    with Client(address, "shared", Access(TOKENS["reader"], "reader", tokens=tokens)) as client:
        assert client.collection["can_read"]
    with pytest.raises(FetchError, match="gives no token"):
        Client(address, "shared", Access("wrong", "reader", tokens=tokens))
