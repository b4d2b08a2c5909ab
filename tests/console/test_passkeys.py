"""Passkeys, with an authenticator made for the test (Web Authentication, sections 6.1 and 6.5)."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.console.office import Client, Office, make_office, opened

ORIGIN = "http://testserver"


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Authenticator:
    """A key on an authenticator."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(b"some credential").digest()
        self.uses = 0

    def data(self, more: bytes = b"", flags: int = 0x05, host: bytes = b"testserver") -> bytes:
        counter = self.uses.to_bytes(4, "big")
        return hashlib.sha256(host).digest() + bytes([flags]) + counter + more

    def client(self, kind: str, challenge: str, origin: str = ORIGIN) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def make(self, options: dict[str, Any], **other: Any) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        x, y = (value.to_bytes(32, "big") for value in (numbers.x, numbers.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        about = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        told = {"fmt": "none", "attStmt": {}, "authData": self.data(about, 0x45)}
        said = self.client("webauthn.create", options["challenge"], **other)
        made = {"attestationObject": text(cbor2.dumps(told)), "clientDataJSON": text(said)}
        return self._credential(made)

    def sign(self, options: dict[str, Any], **other: Any) -> dict[str, Any]:
        self.uses += 1
        data = self.data()
        said = self.client("webauthn.get", options["challenge"], **other)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        made = {"authenticatorData": text(data), "clientDataJSON": text(said)}
        return self._credential(made | {"signature": text(signature), "userHandle": None})

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        extras = {"clientExtensionResults": {}, "authenticatorAttachment": "cross-platform"}
        key = text(self.id)
        return {"id": key, "rawId": key, "type": "public-key", "response": response, **extras}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("passkeys") / "office"
    make_office(root)
    with opened(root) as office:
        yield office


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json=body, headers={"X-CSRF-Token": client.csrf})


def half(office: Office, account: str) -> Client:
    """Return a client that has given the password, and no second factor."""
    from manara.casework.sessions import begin

    client = office.client()
    console = office.console
    with console.journal.writing() as (connection, note):
        secret = begin(connection, note, console.accounts.get(account), full=False)
    session = console.sessions.find(secret)
    assert session
    client.csrf = session.csrf
    client.cookies.set(console.cookie, secret, domain="testserver.local")
    return client


def test_a_passkey_is_added_and_asked_for(office: Office) -> None:
    office.add("ana", ["analyst"])
    own, key = office.client("ana"), Authenticator()
    options = post(own, "/passkeys/new", {}).json()
    assert urlsafe_b64decode(options["user"]["id"] + "==") == b"ana"
    for wrong in (
        key.make(options, origin="https://evil.example"),
        key.make({"challenge": text(b"another challenge")}),
        {"id": "x"},
        {},
    ):
        assert post(own, "/passkeys", {"credential": wrong}).status_code == 400
    assert post(own, "/passkeys", {"credential": key.make(options)}).status_code == 200
    # A challenge counts once.
    assert post(own, "/passkeys", {"credential": key.make(options)}).status_code == 400
    assert office.console.accounts.get("ana").second_factor
    assert "data-passkey" in own.get("/account").text

    client = half(office, "ana")
    assert client.get("/api/v1/me").status_code == 401
    assert "data-passkey" in client.get("/second-factor").text
    options = post(client, "/passkeys/ask", {}).json()
    assert [one["id"] for one in options["allowCredentials"]] == [text(key.id)]
    stranger = Authenticator()
    for wrong in (
        stranger.sign(options),
        key.sign(options, origin="https://evil.example"),
        key.sign({"challenge": text(b"another challenge")}),
        {},
    ):
        assert post(client, "/passkeys/answer", {"credential": wrong}).status_code == 401
    before = client.cookies[office.console.cookie]
    answer = post(client, "/passkeys/answer", {"credential": key.sign(options), "next": "//evil"})
    assert answer.json() == {"next": "/"}
    assert client.cookies[office.console.cookie] != before
    assert client.get("/api/v1/me").json()["id"] == "ana"


def test_a_passkey_that_counts_backwards_is_a_copy(office: Office) -> None:
    office.add("ben", ["analyst"])
    own, key = office.client("ben"), Authenticator()
    key.id = hashlib.sha256(b"of ben").digest()
    options = post(own, "/passkeys/new", {}).json()
    key.uses = 5
    assert post(own, "/passkeys", {"credential": key.make(options)}).status_code == 200
    key.uses = 2
    client = half(office, "ben")
    options = post(client, "/passkeys/ask", {}).json()
    assert post(client, "/passkeys/answer", {"credential": key.sign(options)}).status_code == 401


def test_a_passkey_of_another_does_not_help(office: Office) -> None:
    office.add("cyd", ["analyst"])
    client = half(office, "cyd")
    options = post(client, "/passkeys/ask", {}).json()
    signed = Authenticator().sign(options)
    assert post(client, "/passkeys/answer", {"credential": signed}).status_code == 401
    assert client.get("/api/v1/me").status_code == 401
