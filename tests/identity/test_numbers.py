"""Numbers of every kind in one form; the examples are those of the standards themselves."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.identity.checks import travel_document_number, wallet_network
from manara.identity.numbers import identifier_key, identify, kinds, parts, rules, stated_identifier
from manara.model import vocabulary

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("prop", "value", "country", "key", "valid"),
    [
        ("imoNumber", "IMO 9074729", "", "imo:9074729", True),  # IMO Resolution A.1117(30)
        ("imoNumber", "9074792", "", "imo:9074792", False),
        ("leiCode", "2138 00KUD8LAJWSQ9D15", "gb", "lei:213800KUD8LAJWSQ9D15", True),
        ("iban", "gb82 west 1234 5698 7654 32", "", "iban:GB82WEST12345698765432", True),
        ("iban", "GB82WEST12345698765433", "", "iban:GB82WEST12345698765433", False),
        ("isin", "US0378331005", "", "isin:US0378331005", True),  # ISO 6166
        ("containerNumber", "CSQU 305438 3", "", "container:CSQU3054383", True),  # ISO 6346
        ("containerNumber", "CSQU3054384", "", "container:CSQU3054384", False),
        ("passportNumber", "12-AB 34567", "FR", "passport:fr:12ab34567", None),
        ("passportNumber", "12AB34567", "", "passport:12ab34567", None),
        ("idNumber", "10000000146", "tr", "id:tr:10000000146", True),
        ("idNumber", "10000000147", "tr", "id:tr:10000000147", False),
        ("idNumber", "X-77", "tr", "id:tr:x77", None),
        ("phone", "+44 (0)20 7946 0018", "", "phone:+442079460018", None),
        ("phone", "0044 20 7946 0018", "", "phone:+442079460018", None),
        ("email", "Info@BÜCHER.example", "", "email:info@bücher.example", None),
        ("email", "info@xn--bcher-kva.example", "", "email:info@bücher.example", None),
        ("swiftBic", "DEUTDEFF500", "", "bic:DEUTDEFF", None),  # ISO 9362, branch left out
        ("innCode", "7707083893", "", "inn:ru:7707083893", True),
        ("mmsi", "MMSI 235 000 001", "", "mmsi:235000001", None),
        ("idNumber", "...", "", "", None),
    ],
)
def test_numbers_in_one_form(
    prop: str, value: str, country: str, key: str, valid: bool | None
) -> None:
    found = identify(prop, value, country)
    assert (found.key, found.valid) == (key, valid)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("GB82 WEST 1234 5698 7654 32", "iban:GB82WEST12345698765432"),
        ("IMO 9074729", "imo:9074729"),
        ("imo:9074729", "imo:9074729"),
        ("MMSI: 235000001", "mmsi:235000001"),
        ("213800KUD8LAJWSQ9D15", "lei:213800KUD8LAJWSQ9D15"),
        ("US0378331005", "isin:US0378331005"),
        ("+44 20 7946 0018", "phone:+442079460018"),
        ("somebody@example.org", "email:somebody@example.org"),
        ("1M8GDM9AXKP042788", "vin:1M8GDM9AXKP042788"),  # 49 CFR 565
        ("1M8GDM9A1KP042788", "no:1m8gdm9a1kp042788"),
        ("passport:FR:12AB34567", "passport:fr:12ab34567"),
        ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", "passport:l898902c3"),  # ICAO 9303-4
        ("AB 123456", "no:ab123456"),
        ("12345678901", "no:12345678901"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
         "wallet:eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
         "wallet:btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),  # BIP-173
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "wallet:btc:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),  # BIP-350
        ("  ", ""),
    ],
)  # fmt: skip
def test_a_number_of_unknown_kind_is_known_by_its_form(text: str, key: str) -> None:
    assert stated_identifier(text).key == key


def test_what_holds_a_registration_says_what_it_is() -> None:
    assert identifier_key("registrationNumber", "EP-ABC", "ir", "Airplane") == "tail:epabc"
    assert identifier_key("registrationNumber", "AB-123-CD", "fr", "Vehicle") == "plate:fr:ab123cd"
    assert identifier_key("registrationNumber", "HRB 1234", "de", "Company") == "reg:de:hrb1234"


@pytest.mark.parametrize("prop", rules())
def test_identifying_properties_are_of_the_vocabulary(prop: str) -> None:
    held = [schema for schema in vocabulary().schemata.values() if prop in schema.properties]
    # Of OpenCorporates and Wikidata some versions of the vocabulary know more.
    assert held or prop == "opencorporatesUrl"


def test_a_key_comes_apart() -> None:
    assert parts("passport:fr:12ab") == ("passport", "fr", "12ab")
    assert parts("imo:9074729") == ("imo", "", "9074729")
    assert parts("X1234567") == ("no", "", "X1234567")
    assert parts("unknown:x") == ("no", "", "unknown:x")
    assert {rule.unique for rule in kinds().values()} == {"world", "issuer", "shared", "weak"}


def base58check(version: int, payload: bytes) -> str:
    """Return an address as its owner's wallet makes it: the way that the check goes back."""
    raw = bytes([version]) + payload
    raw += sha256(sha256(raw).digest()).digest()[:4]
    value, text = int.from_bytes(raw, "big"), ""
    while value:
        value, rest = divmod(value, 58)
        text = BASE58[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


@given(
    st.sampled_from([(0, "btc"), (5, "btc"), (48, "ltc"), (30, "doge"), (76, "dash"), (65, "trx")]),
    st.binary(min_size=20, max_size=20),
    st.data(),
)
def test_wallets_are_known_by_their_checksum(
    chain: tuple[int, str], payload: bytes, data: st.DataObject
) -> None:
    address = base58check(chain[0], payload)
    if len(address) < 25:  # all but zero: no hash of a key
        return
    assert wallet_network(address) == chain[1]
    at = data.draw(st.integers(0, len(address) - 1))
    other = data.draw(st.sampled_from(BASE58.replace(address[at], "")))
    assert wallet_network(address[:at] + other + address[at + 1 :]) == ""


@given(st.text(max_size=80), st.sampled_from(["", *rules()]), st.sampled_from(["", "fr", "zz"]))
def test_any_text_has_one_key_that_is_stable(text: str, prop: str, country: str) -> None:
    found = identify(prop, text, country)
    assert found == identify(prop, text, country)
    assert stated_identifier(text)
    assert not found.key or found.key.startswith(found.kind + ":")


def test_a_number_that_a_check_cannot_place_has_no_known_check_digits() -> None:
    # 110001 is no county of Beijing; the last digit is right by ISO 7064, MOD 11-2.
    found = identify("idNumber", "110001199001011231", "cn")
    assert found == ("id:cn:110001199001011231", "id", None)


def test_check_digit_of_travel_documents() -> None:
    # The specimen of ICAO Doc 9303 part 4, appendix B.
    assert travel_document_number("L898902C36") == "L898902C3"
    assert travel_document_number("L898902C35") is None
    assert travel_document_number("D23145890<"[:9]) is None
