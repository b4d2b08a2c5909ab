"""Keys, signatures and seals hold; what is left out of a signed object cannot be guessed."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from manara.exchange.card import Card
from manara.exchange.disclosure import SignedObject
from manara.exchange.keys import NodeKeys
from manara.exchange.seal import canonical, check, read, seal, sign, signed, unseal, verify
from manara.model import ExchangeError, NotFoundError, UsageError, WorkspaceError


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> NodeKeys:
    return NodeKeys.create(tmp_path_factory.mktemp("n") / "keys", "north.example", "Northport")


@pytest.fixture(scope="module")
def east(tmp_path_factory: pytest.TempPathFactory) -> NodeKeys:
    return NodeKeys.create(tmp_path_factory.mktemp("e") / "keys", "east.example", "Estvale")


def test_canonical_json_is_that_of_the_standard() -> None:
    # RFC 8785, sections 3.2.2 and 3.2.3.
    stated = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    assert canonical(stated) == (
        b'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    names = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\u00f6": 7}
    ordered = list(json.loads(canonical(names)))
    assert ordered == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    with pytest.raises(ExchangeError):
        canonical({"a": float("nan")})


def test_a_detached_signature_is_plain_ed25519_over_the_jws_signing_input(north: NodeKeys) -> None:
    # RFC 7515, section 5.1, checked by another library.
    head, middle, signature = sign(b"payload", north.signing).split(".")
    assert middle == ""
    assert json.loads(urlsafe_b64decode(head + "==")) == {
        "alg": "Ed25519",
        "kid": north.signing.thumbprint()[:12],
    }
    raw = urlsafe_b64decode(north.card.signing + "=")
    payload = urlsafe_b64encode(b"payload").rstrip(b"=")
    Ed25519PublicKey.from_public_bytes(raw).verify(
        urlsafe_b64decode(signature + "=="), head.encode() + b"." + payload
    )


def test_the_example_of_rfc_8037_is_verified() -> None:
    # RFC 8037, appendix A.4, with the algorithm's name before RFC 9864, which is not taken here.
    key = OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    )
    old = (
        "eyJhbGciOiJFZERTQSJ9..hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt"
        "9g7sVvpAr_MuM0KAg"
    )
    with pytest.raises(ExchangeError):
        verify(b"Example of Ed25519 signing", old, key, "example")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s[:-2] + ("AA" if s[-2:] != "AA" else "BB"),
        lambda s: "eyJhbGciOiJub25lIn0..",
        lambda s: s.replace("..", ".cGF5bG9hZA."),
        lambda s: "",
        lambda s: "...",
    ],
    ids=["changed", "none", "attached", "empty", "dots"],
)
def test_a_spoilt_signature_is_refused(north: NodeKeys, spoil: Any) -> None:
    with pytest.raises(ExchangeError) as refused:
        verify(b"payload", spoil(sign(b"payload", north.signing)), north.signing, "it")
    assert refused.value.rule == "signature"


def test_messages_are_bound_to_their_content_and_signer(north: NodeKeys, east: NodeKeys) -> None:
    message = read(signed({"type": "note", "n": 1}, north.signing), "note")
    check(message, north.card.signing_key)
    for other, card in ((message | {"n": 2}, north.card), (message, east.card)):
        with pytest.raises(ExchangeError, match="does not hold"):
            check(other, card.signing_key)
    for data in (b"{", b"[]", b'{"type":"other"}', b"\xff", b"[" * 100_000):
        with pytest.raises(ExchangeError) as refused:
            read(data, "note")
        assert refused.value.rule == "form"


def test_only_the_receiver_can_open_what_is_sealed(north: NodeKeys, east: NodeKeys) -> None:
    sealed = seal(b"plain", north.card.encryption_key)
    assert unseal(sealed, north.encryption, "it") == b"plain"
    assert b"plain" not in sealed
    flipped = bytearray(sealed)
    flipped[-3] ^= 1
    for data, key in (
        (sealed, east.encryption),
        (bytes(flipped), north.encryption),
        (b"x", north.encryption),
    ):
        with pytest.raises(ExchangeError) as refused:
            unseal(data, key, "it")
        assert refused.value.rule == "recipient"


def test_keys_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = NodeKeys.create(folder, "north.example", "Northport")
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    again = NodeKeys.load(folder)
    assert (again.card, again.blind) == (made.card, made.blind)
    verify(b"p", sign(b"p", again.signing), made.card.signing_key, "it")
    (folder / "signing.pem").chmod(0o644)
    with pytest.raises(WorkspaceError, match="others than its owner"):
        NodeKeys.load(folder)
    with pytest.raises(UsageError, match="already"):
        NodeKeys.create(folder, "north.example", "Northport")
    with pytest.raises(UsageError, match="no name"):
        NodeKeys.create(tmp_path / "other", "North Port", "")
    with pytest.raises(NotFoundError, match="manara node --id"):
        NodeKeys.load(tmp_path / "none")


def test_a_card_is_read_only_as_it_was_made(north: NodeKeys, east: NodeKeys) -> None:
    assert Card.read(north.card.encoded) == north.card
    assert len(north.card.fingerprint.split()) == 8
    assert north.card.fingerprint != east.card.fingerprint
    forged = north.card.to_dict() | {"encryption": east.card.encryption}
    with pytest.raises(ExchangeError, match="does not hold"):
        Card.read(msgspec.json.encode(forged))
    with pytest.raises(ExchangeError):
        Card.read(msgspec.json.encode(north.card.to_dict() | {"signing": "AA"}))


@given(st.lists(st.text(), max_size=6), st.data())
def test_what_is_left_out_does_not_break_the_signature(
    north: NodeKeys, values: list[str], data: st.DataObject
) -> None:
    made = SignedObject.make("entity", values, north)
    dropped = data.draw(st.sets(st.integers(0, len(values) - 1))) if values else set()
    shown = made.opened(north.card)
    assert sorted(shown) == sorted(values)
    rest = made.without(dropped)
    assert rest.opened(north.card) == [v for at, v in enumerate(shown) if at not in dropped]
    assert rest.signature == made.signature


def test_nothing_can_be_added_to_a_signed_object(north: NodeKeys, east: NodeKeys) -> None:
    made = SignedObject.make("entity", ["one", "two"], north)
    other = SignedObject.make("entity", ["three"], north)
    for disclosures in (
        [*made.disclosures, *other.disclosures],
        [made.disclosures[0], made.disclosures[0]],
        ["AAAA"],
    ):
        with pytest.raises(ExchangeError, match="did not sign"):
            msgspec.structs.replace(made, disclosures=disclosures).opened(north.card)
    with pytest.raises(ExchangeError, match="is not of east"):
        made.opened(east.card)
    body = msgspec.structs.replace(made.body, origin="east.example")
    with pytest.raises(ExchangeError, match="does not hold"):
        msgspec.structs.replace(made, body=body).opened(east.card)


def test_a_value_cannot_be_guessed_from_what_is_signed(north: NodeKeys) -> None:
    made = SignedObject.make("entity", ["1961-04-12"], north).without({0})
    guess = urlsafe_b64encode(hashlib.sha256(canonical("1961-04-12")).digest()).rstrip(b"=")
    assert guess.decode() not in made.body.hashes
    again = SignedObject.make("entity", ["1961-04-12"], north)
    assert again.body.hashes != made.body.hashes
