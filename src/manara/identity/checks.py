"""Does a number keep its own check digits? Those of wallets, vehicles, travel documents, countries.

What the vocabulary's types and python-stdnum check is asked of them; here stands the rest.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any

from manara.model.types.identifier import IdentifierType

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
#: Networks by the version byte of a Base58Check address, from each chain's parameters.
_VERSIONS = {0: "btc", 5: "btc", 48: "ltc", 50: "ltc", 30: "doge", 22: "doge", 76: "dash",
             16: "dash", 65: "trx", 0x1CB8: "zec", 0x1CBD: "zec"}  # fmt: skip
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
#: Checksum constants of BIP-173 and, from witness version 1, of BIP-350.
_BECH32_ENDS = (1, 0x2BC830A3)
_SEGWIT = {"bc": "btc", "ltc": "ltc"}
_HEX_ADDRESS = re.compile(r"0x[0-9a-f]{40}", re.IGNORECASE)
_MONERO = re.compile(rf"[48][{_BASE58}]{{94}}(?:[{_BASE58}]{{11}})?")
#: What looks like an address of Bitcoin, so that a checksum can be wrong.
_SUMMED = re.compile(rf"[13][{_BASE58}]{{25,34}}|bc1[{_BECH32}]{{8,87}}")

#: Numbers of people that python-stdnum knows by a name of their own.
_PERSONAL = {
    "bg": "egn", "br": "cpf", "cn": "ric", "cz": "rc", "es": "dni", "fr": "nir",
    "hr": "oib", "id": "nik", "ie": "pps", "il": "idnr", "in": "aadhaar", "it": "codicefiscale",
    "kr": "rrn", "lt": "asmens", "my": "nric", "nl": "bsn", "pk": "cnic",
    "pl": "pesel", "pt": "cc", "ro": "cnp", "sk": "rc", "th": "pin", "tr": "tckimlik",
    "za": "idnr",
}  # fmt: skip
_NATIONAL = {"id": "personalid", "tax": "vat", "vat": "vat", "reg": "businessid"}
_STANDARD = {"container": "iso6346"}
#: Kinds of number whose check digits the vocabulary knows, by the name of the format.
_VOCABULARY = {
    "figi": "figi", "iban": "iban", "imo": "imo", "inn": "inn", "isin": "isin", "lei": "lei",
    "npi": "npi", "ogrn": "ogrn", "usc": "uscc",
}  # fmt: skip
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@lru_cache(maxsize=65_536)
def keeps_check_digits(kind: str, issuer: str, number: str) -> bool | None:
    """Return whether a number's check digits are right; None where it has none that are known.

    Args:
        kind: as in ``identifiers.yaml``.
        issuer: country code, lower case, or the network of a wallet; may be empty.
        number: as in its key.
    """
    if kind in _VOCABULARY:
        return IdentifierType().clean(number, _VOCABULARY[kind]) is not None
    if kind == "vin":
        return vin_is_valid(number)
    if kind == "wallet":
        if issuer in ("eth", "xmr"):
            return None
        return True if issuer else (False if _SUMMED.fullmatch(number) else None)
    module = _STANDARD.get(kind) or (issuer and _national(kind, issuer))
    if not module:
        return None
    standard: Any = import_module(f"stdnum.{module}") if isinstance(module, str) else module
    errors = import_module("stdnum.exceptions")
    try:
        standard.validate(number)
    except errors.InvalidChecksum:
        return False
    except (errors.ValidationError, LookupError):
        # Another kind of number than the one that has check digits; python-stdnum 2.2 also fails
        # with a KeyError on Chinese identity numbers of counties that its table does not hold.
        return None
    return True


def _national(kind: str, country: str) -> object:
    """Return python-stdnum's module of a country's numbers of a kind, or its path, or None."""
    if kind == "id" and country in _PERSONAL:
        return f"{country}{'_' * (country == 'in')}.{_PERSONAL[country]}"
    name = _NATIONAL.get(kind)
    return name and import_module("stdnum.util").get_cc_module(country, name)


def wallet_network(address: str) -> str:
    """Return the network a wallet address belongs to, ``""`` where its checksum tells none.

    Base58Check, Bech32 (BIP-173), Bech32m (BIP-350) addresses are known by version and checksum;
    those of Ethereum and Monero, ``eth`` and ``xmr``, by their form alone.
    """
    if _HEX_ADDRESS.fullmatch(address):
        return "eth"
    if _MONERO.fullmatch(address):
        return "xmr"
    prefix, mark, _ = address.lower().rpartition("1")
    if mark and prefix in _SEGWIT and _bech32(address, prefix):
        return _SEGWIT[prefix]
    if not 25 <= len(address) <= 36:
        return ""
    if (version := _base58(address, _BASE58)) is not None:
        return _VERSIONS.get(version, "")
    return "xrp" if address[0] == "r" and _base58(address, _RIPPLE) == 0 else ""


def _base58(address: str, alphabet: str) -> int | None:
    """Return the version of a Base58Check address, or None if the checksum is wrong."""
    value = 0
    for letter in address:
        place = alphabet.find(letter)
        if place < 0:
            return None
        value = value * 58 + place
    if value >> 208:
        return None
    raw = value.to_bytes(26, "big")
    # The version of one byte leaves 25 bytes: Zcash alone has two.
    raw = raw if raw[0] else raw[1:]
    if sha256(sha256(raw[:-4]).digest()).digest()[:4] != raw[-4:]:
        return None
    return int.from_bytes(raw[:-24], "big")


def _bech32(address: str, prefix: str) -> bool:
    if address not in (address.lower(), address.upper()):
        return False
    digits = [_BECH32.find(letter) for letter in address.lower()[len(prefix) + 1 :]]
    if len(digits) < 8 or min(digits) < 0:
        return False
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for value in spread + digits:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(_GENERATOR):
            check ^= factor if top >> bit & 1 else 0
    return check == _BECH32_ENDS[digits[0] > 0]


def vin_is_valid(number: str) -> bool:
    """Return whether a vehicle identification number keeps its check digit (49 CFR 565.15).

    Only North American makers must give one: a wrong one elsewhere is no error.
    """
    number = number.upper()
    if len(number) != 17 or any(not c.isdecimal() and c not in _VIN for c in number):
        return False
    values = [int(c) if c.isdecimal() else _VIN[c] for c in number]
    rest = sum(v * w for v, w in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return number[8] == ("X" if rest == 10 else str(rest))


def travel_document_number(field: str) -> str | None:
    """Return the number in a machine-readable zone, or None if its check digit is wrong.

    Args:
        field: number, fillers and the check digit behind them, such as ``L898902C<3``: ten
            characters (ICAO Doc 9303 part 3, section 4.9).
    """
    field = field.strip().upper()
    if not re.fullmatch(r"[0-9A-Z<]{9}[0-9]", field):
        return None
    values = [0 if c == "<" else int(c, 36) for c in field[:9]]
    check = sum(v * w for v, w in zip(values, (7, 3, 1) * 3, strict=True)) % 10
    return field[:9].rstrip("<") if check == int(field[9]) else None
