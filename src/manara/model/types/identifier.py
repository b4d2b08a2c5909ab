"""Identifiers that some authority gives out, checksums and references between entities."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

from manara.model.types.base import PropertyType, plain

_ENTITY_ID = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")
_CHECKSUM = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})")
_IMO = re.compile(r"(?:IMO[\s:.#-]*)?(\d{7})", re.ASCII | re.IGNORECASE)
_OGRN = re.compile(r"[1-9](?:\d{12}|\d{14})", re.ASCII)
_UEI = re.compile(r"[1-9A-HJ-NP-Z][0-9A-HJ-NP-Z]{11}")
_NPI = re.compile(r"[12]\d{9}", re.ASCII)
_QID = re.compile(r"(?:.*/)?Q([1-9]\d*)", re.ASCII | re.IGNORECASE)


class IdentifierType(PropertyType):
    """A number or code by which an authority knows an entity.

    Where the property names a format, the value must keep to it, check digits included:

    ======== ==========================================================================
    bic      business identifier code, ISO 9362; the eight characters without the branch
    figi     Financial Instrument Global Identifier, ANSI X9.145
    iban     International Bank Account Number, ISO 13616
    imo      IMO number: of a ship, IMO Resolution A.1117(30), or of a company, MSC.160(78)
    inn      Russian taxpayer number
    isin     International Securities Identification Number, ISO 6166
    lei      Legal Entity Identifier, ISO 17442
    npi      US National Provider Identifier, 45 CFR 162.406
    ogrn     Russian primary state registration number of a company or entrepreneur
    ssn      US social security number
    uei      US Unique Entity Identifier (SAM)
    uscc     Chinese Unified Social Credit Code, GB 32100-2015
    wikidata item of Wikidata, ``Q`` and digits
    ======== ==========================================================================
    """

    name = "identifier"
    max_length = 64

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the identifier; see `PropertyType.clean`."""
        text = plain(text)
        return _FORMATS[format](text) if format else text or None


def _standard(name: str) -> Callable[[str], str | None]:
    """Return a cleaner by python-stdnum, which is loaded when first needed."""

    def clean(text: str) -> str | None:
        module = import_module(f"stdnum.{name}")
        return str(module.compact(text)) if module.is_valid(text) else None

    return clean


def _bic(text: str) -> str | None:
    whole = _standard("bic")(text)
    return whole and whole[:8]


def _imo(text: str) -> str | None:
    found = _IMO.fullmatch(text)
    if found is None or not int(found[1]):
        return None
    *digits, check = map(int, found[1])
    ship = sum(d * w for d, w in zip(digits, (7, 6, 5, 4, 3, 2), strict=True)) % 10
    owner = sum(d * w for d, w in zip(digits, (8, 6, 4, 2, 9, 7), strict=True))
    return f"IMO{found[1]}" if check in (ship, (11 - owner % 11) % 10) else None


def _ogrn(text: str) -> str | None:
    if not _OGRN.fullmatch(text):
        return None
    check = int(text[:-1]) % (11 if len(text) == 13 else 13) % 10
    return text if check == int(text[-1]) else None


def _npi(text: str) -> str | None:
    # The check digit is computed as if the number began with 80840, ISO/IEC 7812.
    luhn = import_module("stdnum.luhn")
    return text if _NPI.fullmatch(text) and luhn.is_valid(f"80840{text}") else None


def _uei(text: str) -> str | None:
    text = text.upper()
    return text if _UEI.fullmatch(text) else None


def _wikidata(text: str) -> str | None:
    found = _QID.fullmatch(text)
    return f"Q{found[1]}" if found else None


_FORMATS: dict[str, Callable[[str], str | None]] = {
    "bic": _bic,
    "figi": _standard("figi"),
    "iban": _standard("iban"),
    "imo": _imo,
    "inn": _standard("ru.inn"),
    "isin": _standard("isin"),
    "lei": _standard("lei"),
    "npi": _npi,
    "ogrn": _ogrn,
    "ssn": _standard("us.ssn"),
    "uei": _uei,
    "uscc": _standard("cn.uscc"),
    "wikidata": _wikidata,
}


class ChecksumType(PropertyType):
    """A digest of a file in hexadecimal: MD5, SHA-1 or one of SHA-2 (FIPS 180-4)."""

    name = "checksum"
    max_length = 40

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the digest in lower case; see `PropertyType.clean`."""
        text = text.strip().lower()
        return text if _CHECKSUM.fullmatch(text) else None


class EntityType(PropertyType):
    """A reference to another entity: its id, of Latin letters, digits, dots and hyphens."""

    name = "entity"
    max_length = 200

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the id; see `PropertyType.clean`."""
        text = text.strip()
        return text if _ENTITY_ID.fullmatch(text) else None
