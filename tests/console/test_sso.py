"""Single sign-on against a provider made for the test: what it takes to be let in."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from manara.console.sso import SingleSignOn
from manara.model import WorkspaceError
from tests.console.office import Client, Office, make_office, opened

ISSUER = "https://id.agency.example"


class Provider:
    """An OpenID provider that answers as it is told to."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})
        self.signing = self.key
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.issuer = ISSUER

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                found = {name: f"{ISSUER}/{name}" for name in names}
                return httpx.Response(200, json=found | {"issuer": self.issuer})
            case "/jwks_uri":
                return httpx.Response(200, json=KeySet([self.key]).as_dict(private=False))
            case "/token_endpoint":
                return self._token({k: v[0] for k, v in parse_qs(request.content.decode()).items()})
        return httpx.Response(404)

    def _token(self, form: dict[str, str]) -> httpx.Response:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if form["code"] != "the-code" or challenge != self.asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        claims = {
            "iss": ISSUER,
            "aud": "manara",
            "sub": "subject-of-ana",
            "exp": int(time.time()) + 60,
            "nonce": self.asked["nonce"],
        } | self.claims
        token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.signing)
        return httpx.Response(200, json={"access_token": "x", "token_type": "x", "id_token": token})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("sso") / "office"
    make_office(root)
    (root / "secret").write_text("shared-secret")
    (root / "sso.toml").write_text(
        f'name = "Agency"\nissuer = "{ISSUER}"\nclient_id = "manara"\n'
        'client_secret_file = "secret"\naddress = "https://node.example"\n'
    )
    with opened(root) as office:
        office.add("ana", ["analyst"], subject="subject-of-ana")
        office.add("gone", ["analyst"], subject="subject-of-gone")
        office.add("root", ["administrator"])
        office.console.accounts.change("gone", by="root", disabled=True)
        yield office


@pytest.fixture
def provider(office: Office) -> Provider:
    made = Provider()
    assert office.console.sso
    office.console.sso.transport = httpx.MockTransport(made)
    office.console.sso.__dict__.pop("_provider", None)
    return made


def begin(office: Office, provider: Provider) -> Client:
    client = office.client()
    assert "Agency" in client.get("/sign-in").text
    answer = client.get("/sign-in/elsewhere?next=/leads")
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}" == ISSUER
    provider.asked = {key: values[0] for key, values in parse_qs(address.query).items()}
    assert provider.asked["redirect_uri"] == "https://node.example/sign-in/back"
    assert provider.asked["code_challenge_method"] == "S256"
    return client


def back(client: Client, provider: Provider, **other: str) -> httpx.Response:
    sent = {"state": provider.asked["state"], "code": "the-code"} | other
    answer: httpx.Response = client.get("/sign-in/back", params=sent)
    return answer


def test_whom_the_provider_vouches_for_is_let_in(office: Office, provider: Provider) -> None:
    client = begin(office, provider)
    answer = back(client, provider)
    assert answer.status_code == 200 and answer.headers["refresh"] == "0; url=/leads"
    assert client.get("/api/v1/me").json()["id"] == "ana"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of-another-time"},
        {"aud": "another-service"},
        {"aud": ["manara", "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000},
        {"exp": None},
        {"sub": "nobody-here"},
        {"sub": "subject-of-gone"},
        {"sub": ""},
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    office: Office, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    client = begin(office, provider)
    assert back(client, provider).status_code == 401
    assert client.get("/api/v1/me").status_code == 401


def test_an_answer_to_another_browser_lets_nobody_in(office: Office, provider: Provider) -> None:
    client = begin(office, provider)
    assert back(client, provider, state="x").status_code == 401
    assert back(client, provider, code="x").status_code == 401
    assert back(client, provider, code="").status_code == 401
    assert back(office.client(), provider).status_code == 401


def test_a_token_of_another_key_lets_nobody_in(office: Office, provider: Provider) -> None:
    provider.signing = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"})
    assert back(begin(office, provider), provider).status_code == 401


def test_a_provider_that_is_another_is_not_asked(office: Office, provider: Provider) -> None:
    provider.issuer = "https://evil.example"
    assert office.client().get("/sign-in/elsewhere").status_code == 401


def test_the_file_names_a_provider_of_https(tmp_path: Path) -> None:
    assert SingleSignOn.load(tmp_path) is None
    (tmp_path / "secret").write_text("x")
    text = 'name="A"\nclient_id="m"\nclient_secret_file="secret"\naddress="https://a.example"\n'
    for issuer in ("", 'issuer="http://id.example"'):
        (tmp_path / "sso.toml").write_text(text + issuer)
        with pytest.raises(WorkspaceError):
            SingleSignOn.load(tmp_path)
