"""Numbers by which companies, vessels, accounts, people … are known, each in one form.

A key is ``kind:number`` or, where only the issuer makes the number unique, ``kind:issuer:number``:
``imo:9074729``, ``passport:fr:12ab34567``, ``wallet:btc:1BoatSLRHtKNngkdXEeobR76b53LETtpyT``. Which
properties identify, and how surely, stands in ``identifiers.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec
import yaml

from manara.identity.checks import (
    keeps_check_digits,
    travel_document_number,
    vin_is_valid,
    wallet_network,
)
from manara.identity.names.keys import number_key
from manara.model.types.identifier import IdentifierType
from manara.model.types.net import EmailType, PhoneType

Unique = Literal["world", "issuer", "shared", "weak"]

#: Kinds that no property of the vocabulary is for, found by the form of a number alone.
_BY_FORM = {"vin": "world", "tail": "world", "plate": "issuer", "no": "issuer"}
#: How a kind is called in an explanation; the others are their kind in capitals and "number".
_LABELS = {
    "no": "document", "passport": "passport number", "id": "identity number",
    "reg": "registration number", "tax": "tax number", "wallet": "wallet address",
    "phone": "telephone number", "email": "e-mail address", "lei": "LEI", "iban": "IBAN",
    "isin": "ISIN", "bic": "BIC", "mmsi": "MMSI", "vin": "VIN", "figi": "FIGI", "callsign":
    "call sign", "tail": "aircraft registration", "plate": "number plate",
    "account": "account number", "serial": "serial number", "license": "licence number",
    "container": "container number", "wikidata": "Wikidata item", "usc": "USCC",
}  # fmt: skip

_IMO = re.compile(r"IMO[\s:.#/No-]*(\d{7})", re.IGNORECASE | re.ASCII)
_LEADING = re.compile(r"\s*(IMO|MMSI|LEI|IBAN|BIC|ISIN|VIN)\b[\s:.#-]*", re.IGNORECASE)
_PHONE = re.compile(r"\s*(?:tel[.:]?\s*)?(?:\+|00)[\d\s().\-/]{6,30}", re.IGNORECASE | re.ASCII)


class Rule(msgspec.Struct, frozen=True):
    """What a property says about identity; the fields are told in ``identifiers.yaml``."""

    kind: str
    unique: Unique
    least: int
    single: bool = False
    issuer: str = ""

    @property
    def worldwide(self) -> bool:
        """Whether equal numbers alone make two entities one."""
        return self.unique == "world"


class Identifier(NamedTuple):
    """A number in one form.

    Attributes:
        key: ``kind:number`` or ``kind:issuer:number``, ``""`` for a text without letter or digit.
        kind: as in ``identifiers.yaml``; ``no`` where it is not known.
        valid: whether its check digits are right; None where it has none that are known.
    """

    key: str
    kind: str
    valid: bool | None


@cache
def rules() -> Mapping[str, Rule]:
    """Return what each identifying property says, by its name."""
    text = files("manara.identity").joinpath("identifiers.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Rule])


@cache
def kinds() -> Mapping[str, Rule]:
    """Return what each kind of number says, by the kind."""
    known = {rule.kind: rule for rule in rules().values()}
    return known | {
        kind: Rule(kind, unique, 5)  # type: ignore[arg-type]
        for kind, unique in _BY_FORM.items()
    }


def label(kind: str) -> str:
    """Return how a kind of number is called in a sentence."""
    return _LABELS.get(kind, f"{kind.upper()} number")


def parts(key: str) -> tuple[str, str, str]:
    """Return kind, issuer and number of a key; a text that is no key is a number of kind ``no``."""
    kind, colon, rest = key.partition(":")
    if not colon or kind not in kinds():
        return "no", "", key
    issuer, colon, number = rest.partition(":")
    return (kind, issuer, number) if colon else (kind, "", rest)


@lru_cache(maxsize=65_536)
def identify(prop: str, value: str, country: str = "", schema: str = "") -> Identifier:
    """Return a number in one form, and whether its check digits are right.

    A number that fails its check keeps its key: what is written on a list or by a user is
    compared as written, and the failure is told.

    Args:
        prop: the property that holds it, or its kind; any other word, or ``""``, for a number of
            unknown kind, which is recognised by its form where that is certain.
        value: as stated.
        country: ISO 3166-1 alpha-2 code of the issuer, where known.
        schema: schema of what holds it, which tells what a registration number is.
    """
    rule = rules().get(prop) or kinds().get(prop)
    kind = rule.kind if rule else ""
    issuer = (rule and rule.issuer) or country.strip().lower()
    if kind in ("", "id", "reg", "account", "license", "serial"):
        if prop == "registrationNumber" and schema in ("Airplane", "Vehicle"):
            kind = "tail" if schema == "Airplane" else "plate"
        else:
            kind = _recognised(value) or kind or "no"
    number = _FORMS.get(kind, number_key)(value)
    if kind == "wallet":
        issuer = wallet_network(number)
    elif kinds()[kind].unique != "issuer":
        issuer = ""
    if not number:
        return Identifier("", kind, None)
    key = f"{kind}:{issuer}:{number}" if issuer else f"{kind}:{number}"
    return Identifier(key, kind, keeps_check_digits(kind, issuer, number))


def stated_identifier(text: str) -> Identifier:
    """Return a number as a user states it: alone, or with its kind and issuer as in a key.

    ``GB82 WEST 1234 5698 7654 32``, ``IMO 9074729``, ``imo:9074729``, ``passport:FR:12AB34567``.
    """
    kind, colon, rest = text.partition(":")
    kind = kind.strip().lower()
    if not colon or kind not in kinds():
        return identify("", text)
    issuer, colon, number = rest.partition(":")
    return identify(kind, number, issuer) if colon else identify(kind, rest)


def identifier_key(prop: str, value: str, country: str = "", schema: str = "") -> str:
    """Return the key of a number, ``""`` if it is none; the arguments are those of `identify`."""
    return identify(prop, value, country, schema).key


def _recognised(value: str) -> str:
    """Return the kind of a number whose form leaves no doubt, else ``""``.

    By a written prefix, by a sign only one kind has, or by check digits that a number of another
    kind keeps once in some hundred times or less; a 17-place VIN also needs letters and digits.
    """
    if _IMO.match(value):
        return "imo"
    if found := _LEADING.match(value):
        return found[1].lower()
    text = number_key(value)
    if "@" in value:
        return "email" if EmailType().clean(value.strip()) else ""
    if _PHONE.fullmatch(value):
        return "phone"
    if "<" in value and travel_document_number(value.strip()[:10]):
        return "passport"
    if 15 <= len(text) <= 34 and text[:2].isalpha() and text[2:4].isdigit():
        return "iban" if keeps_check_digits("iban", "", text.upper()) else ""
    if len(text) == 20 and not text.isdecimal() and keeps_check_digits("lei", "", text.upper()):
        return "lei"
    if len(text) == 17 and not text.isdecimal() and vin_is_valid(text):
        return "vin"
    if len(text) == 12 and text[:2].isalpha() and keeps_check_digits("isin", "", text.upper()):
        return "isin"
    return "wallet" if wallet_network(value.strip()) else ""


def _imo(value: str) -> str:
    found = _IMO.match(value)
    return found[1] if found else number_key(value).removeprefix("imo")


def _wallet(value: str) -> str:
    text = value.strip()
    return text.lower() if text.lower().startswith(("0x", "bc1", "ltc1")) else text


def _phone(value: str) -> str:
    text = value.strip()
    text = re.sub(r"^(?:tel[.:]?\s*)", "", text, flags=re.IGNORECASE)
    text = f"+{text[2:]}" if text.startswith("00") else text
    return PhoneType().clean(text) or number_key(text)


def _email(value: str) -> str:
    clean = EmailType().clean(value)
    return (clean or value.strip()).casefold()


def _passport(value: str) -> str:
    read = travel_document_number(value.strip()[:10]) if "<" in value else None
    return number_key(read or value)


def _bic(value: str) -> str:
    return IdentifierType().clean(_bare(value), "bic") or _bare(value)


def _bare(value: str) -> str:
    """Return a number of Latin letters and digits without the name of its kind, in capitals."""
    return number_key(_LEADING.sub("", value, count=1)).upper()


def _digits(value: str) -> str:
    return number_key(_LEADING.sub("", value, count=1))


_FORMS: dict[str, Callable[[str], str]] = {
    "imo": _imo, "wallet": _wallet, "phone": _phone, "email": _email, "passport": _passport,
    "bic": _bic, "lei": _bare, "iban": _bare, "isin": _bare, "vin": _bare, "figi": _bare,
    "uei": _bare, "usc": _bare, "container": _bare, "mmsi": _digits, "opencorporates": str.strip,
}  # fmt: skip
