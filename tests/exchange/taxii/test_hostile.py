"""Requests that nobody should send: clear refusals, and the store stays whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stix2

from manara.exchange.taxii import Config
from manara.exchange.taxii.objects import Failure, incoming
from manara.model import WorkspaceError

from .conftest import SHARED, TOKENS, Live, domain, identity

OBJECTS = "collections/inbox/objects/"
MEDIA = "application/taxii+json;version=2.1"


def refused(answer: Any) -> int:
    """The status of a refusal in TAXII's form."""
    assert answer.headers["Content-Type"] == MEDIA
    told = answer.json()
    assert told["title"] and told["http_status"] == str(answer.status_code)
    return int(answer.status_code)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer wrong",
        f"Digest {TOKENS['both']}",
        "Basic !!!",
        "Basic /w==",
        "Basic Ym90aDp3cm9uZw==",
        "Bearer \xff",
    ],
)
def test_nobody_is_let_in_without_a_token(standing: Live, header: str) -> None:
    with standing.client() as client:
        answer = client.get("", headers={"Authorization": header.encode("latin-1")})
    assert refused(answer) == 401
    assert "Basic" in answer.headers["WWW-Authenticate"]


def test_a_token_under_another_name_is_no_password(standing: Live) -> None:
    with standing.client() as client:
        client.headers.pop("Authorization")
        assert client.get("", auth=("reader", TOKENS["both"])).status_code == 401
        assert client.get("", auth=("both", TOKENS["both"])).status_code == 200


@pytest.mark.parametrize(
    ("account", "method", "path", "status"),
    [
        ("both", "GET", "collections/hidden/objects/", 404),
        ("both", "GET", "collections/nothing/", 404),
        ("both", "POST", "collections/shared/objects/", 403),
        ("reader", "GET", OBJECTS, 200),
        ("reader", "POST", OBJECTS, 403),
        ("reader", "DELETE", f"{OBJECTS}{identity(1)['id']}/", 403),
        ("writer", "GET", OBJECTS, 403),
        ("writer", "GET", "collections/inbox/manifest/", 403),
        ("writer", "GET", "collections/inbox/", 200),
        ("writer", "GET", "collections/shared/", 404),
        ("writer", "DELETE", f"{OBJECTS}{identity(1)['id']}/", 403),
        ("both", "DELETE", f"{OBJECTS}{identity(2)['id']}/", 404),
        ("both", "GET", f"{OBJECTS}{identity(2)['id']}/", 404),
        ("both", "GET", f"{OBJECTS}{identity(2)['id']}/versions/", 404),
        ("both", "GET", "status/7/", 404),
        ("both", "GET", "collections/inbox/%2e%2e/", 404),
        ("both", "GET", "../other/", 404),
        ("both", "PUT", OBJECTS, 405),
        ("both", "DELETE", OBJECTS, 405),
        ("both", "POST", "collections/", 405),
        ("both", "GET", f"collections/{SHARED}/objects/", 200),
    ],
)
def test_rights_hold_for_every_resource(
    standing: Live, account: str, method: str, path: str, status: int
) -> None:
    with standing.client(account) as client:
        answer = client.request(method, path, headers={"Content-Type": MEDIA})
    if status == 200:
        assert answer.status_code == 200
    else:
        assert refused(answer) == status
        assert status != 405 or "GET" in answer.headers["Allow"]


def test_the_status_of_another_account_is_not_told(standing: Live) -> None:
    key = standing.post([identity(1)]).json()["id"]
    assert standing.get(f"status/{key}/").json()["success_count"] == 1
    assert refused(standing.get(f"status/{key}/", "reader")) == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 406),
        ({"Accept": "application/taxii+json;version=2.0"}, 406),
        ({"Accept": "application/vnd.oasis.taxii+json; version=2.0"}, 406),
        ({"Accept": ";;,,"}, 406),
        ({"Accept": "text/html, application/taxii+json; version=2.1"}, 200),
        ({"Accept": "application/taxii+json"}, 200),
        ({"Accept": "*/*"}, 200),
    ],
)
def test_only_what_was_asked_for_is_answered(
    standing: Live, headers: dict[str, str], status: int
) -> None:
    with standing.client() as client:
        assert client.get("collections/", headers=headers).status_code == status


@pytest.mark.parametrize(
    "kind", ["", "application/json", "application/taxii+json;version=2.0", "text/plain", ";"]
)
def test_only_taxii_is_taken(standing: Live, kind: str) -> None:
    with standing.client() as client:
        body = json.dumps({"objects": [identity(1)]})
        answer = client.post(OBJECTS, headers={"Content-Type": kind}, content=body)
    assert refused(answer) == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"objects": {}}', 400),
        (b'{"objects": []}', 400),
        (b'{"objects": "x"}', 400),
        (b'{"more": false}', 400),
        (b'{"objects": [{"type": "identity"', 400),
        (b'{"objects": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", 400),
        (b"\xff\xfe", 400),
        (b'{"objects": ["' + b"x" * (17 << 20) + b'"]}', 413),
    ],
)
def test_a_body_that_is_no_envelope_is_refused(standing: Live, body: bytes, status: int) -> None:
    with standing.client() as client:
        answer = client.post(OBJECTS, headers={"Content-Type": MEDIA}, content=body)
    assert refused(answer) == status
    assert standing.get(OBJECTS).json()["objects"] == [identity(1)]


def test_a_body_in_pieces_is_measured_too(standing: Live) -> None:
    pieces = (b"x" * (1 << 20) for _ in range(20))
    with standing.client() as client:
        answer = client.post(OBJECTS, headers={"Content-Type": MEDIA}, content=pieces)
    assert refused(answer) == 413


NO_OBJECTS: list[tuple[Any, str]] = [
    (7, "not an object"),
    (None, "not an object"),
    ([], "not an object"),
    ({}, "its id is not"),
    ({"id": 7}, "its id is not"),
    ({"id": "identity--7"}, "its id is not"),
    (identity(1) | {"type": "malware"}, "its type is not the one"),
    (identity(1) | {"type": None}, "its type is not the one"),
    ({k: v for k, v in identity(1).items() if k != "modified"}, "it has no modified"),
    ({k: v for k, v in identity(1).items() if k != "created"} | {"x": 1}, "it has no created"),
    ({k: v for k, v in identity(1).items() if k != "spec_version"}, "its spec_version is 2.0"),
    (identity(1, created="2026-05-02T00:00:00Z"), "modified before"),
    (identity(1, modified="2026-05-41T00:00:00Z"), "modified is no moment"),
    (identity(1, modified=7), "modified is no moment"),
    (identity(1, name=""), ""),
    (identity(1, name=None), "it has no name"),
    (domain(1) | {"value": None}, "it has no value"),
    (
        {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": []},
        "a bundle is no object",
    ),
]


@pytest.mark.parametrize(("said", "reason"), NO_OBJECTS)
def test_what_is_no_object_of_stix_fails_with_its_reason(said: Any, reason: str) -> None:
    found = incoming(json.dumps(said).encode())
    if reason:
        assert isinstance(found, Failure) and reason in found.message
    else:
        assert not isinstance(found, Failure)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "identity--00000000-0000-4000-8000-000000000001", "name": "\xff"}',
        b'{"id": "\\ud800"}',
        b"[" * 10_000 + b"]" * 10_000,
        b"{",
    ],
)
def test_bytes_that_are_no_json_fail(body: bytes) -> None:
    assert isinstance(incoming(body), Failure)


@pytest.mark.shared
def test_the_examples_of_oasis_are_taken(shared: Path) -> None:
    paths = sorted((shared / "exchange/stix/interop-examples").rglob("*.json"))
    objects = [one for path in paths for one in json.loads(path.read_text("utf-8"))["objects"]]
    failed = [one for one in objects if isinstance(incoming(json.dumps(one).encode()), Failure)]
    assert len(objects) > 100 > 10 * len(failed)
    for one in failed:
        with pytest.raises((stix2.exceptions.STIXError, ValueError)):
            stix2.parse(one, allow_custom=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = 7", "Expected `str`"),
        ("colour = 'red'", "unknown field"),
        ("[collections.'a b']", "small letters"),
        ("[collections.a]\nid = 'x'", "hexadecimal"),
        ("[collections.a]\nhandling = {tlp = 'MAUVE'}", "not a TLP level"),
        ("[accounts.a]\ntoken_sha256 = 'ab'", "64 hexadecimal"),
        (f"[accounts.'']\ntoken_sha256 = '{'0' * 64}'", "without a name"),
        (f"[accounts.a]\ntoken_sha256 = '{'0' * 64}'\nread = ['b']", "no collection b"),
        (f"[accounts.a]\ntoken_sha256 = '{'0' * 64}'\nrelation = 'friend'", "no relation"),
        ("[", "key"),
    ],
)
def test_a_configuration_that_is_wrong_says_where(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "taxii.toml").write_text(text)
    with pytest.raises(WorkspaceError, match=r"taxii\.toml") as told:
        Config.load(tmp_path)
    assert reason in str(told.value)
